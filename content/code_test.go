package content_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"roadmapbot/content"
)

// TestCode proves every listing of the roadmap, as its language and the marks on
// its fence say (see CONTRIBUTING.md): it runs, or fails where it says so, or is
// parsed, and prints what the output block right behind it shows.
func TestCode(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var mu sync.Mutex
	count := map[string]int{}
	t.Cleanup(func() {
		for _, what := range slices.Sorted(maps.Keys(count)) {
			t.Logf("%3d %s", count[what], what)
		}
	})
	for _, l := range listings(embedded(t)) {
		t.Run(fmt.Sprintf("%s:%d", l.file, l.Line), func(t *testing.T) {
			t.Parallel()
			did, err := b.prove(t, l)
			if err != nil {
				t.Errorf("%s:%d: %v", l.file, l.Line, err)
				did = "failed"
			}
			mu.Lock()
			count[l.language()+": "+did]++
			mu.Unlock()
			if reason, skipped := strings.CutPrefix(did, "skipped: "); skipped {
				t.Skip(reason)
			}
		})
	}
}

// listing is a block of code, and the output block right behind it.
type listing struct {
	file string
	content.Code
	output *content.Code
}

// language is the name of a language, with the mark that makes a dialect of it.
func (l listing) language() string {
	for _, mark := range l.Marks {
		if mark == "postgres" || mark == "mysql" {
			return l.Language + " " + mark
		}
	}
	return l.Language
}

// listings are all code blocks of a roadmap. An output block that nothing runs
// before is one of its own, which [bench.prove] refuses.
func listings(r *content.Roadmap) []listing {
	var all []listing
	add := func(file string, sections ...content.Section) {
		for _, s := range sections {
			all = append(all, sectionListings(file, s)...)
		}
	}
	for _, s := range r.Stages {
		folder := fmt.Sprintf("%02d-%s/", s.Number, s.ID)
		add(folder+"stage.md", s.Words, s.Intro, s.Project)
		for _, topic := range s.Topics {
			add(folder+topic.ID+".md", topic.Lesson, topic.Why, topic.Exercise, topic.Check)
		}
	}
	return all
}

func sectionListings(file string, s content.Section) []listing {
	var all []listing
	open := false // the block before is code that may have an output
	for _, block := range s {
		code, ok := block.(content.Code)
		switch {
		case ok && code.Language == "output" && open:
			all[len(all)-1].output = &code
			open = false
		case ok:
			all = append(all, listing{file: file, Code: code})
			open = code.Language != "output"
		default:
			open = false
		}
	}
	return all
}

// syntaxError is not the failure that a block marked fails is to show.
var syntaxError = regexp.MustCompile(`(?i)syntax ?error`)

// prove does with a listing what its marks say. It returns what it did: "run",
// "parsed", "shown" (nothing to prove) or "skipped: " and the reason.
func (b *bench) prove(t *testing.T, l listing) (string, error) {
	t.Helper()
	parse, fails := slices.Contains(l.Marks, "parse"), slices.Contains(l.Marks, "fails")
	for _, mark := range l.Marks {
		if !slices.Contains(content.CodeMarks, mark) {
			return "", fmt.Errorf("mark %q is not known", mark)
		}
	}
	lang, ok := languages[l.language()]
	do := lang.run
	if parse || do == nil {
		do = lang.parse
	}
	switch {
	case !ok:
		return "", fmt.Errorf("language %q is not known", l.language())
	case parse && fails:
		return "", errors.New("parse and fails at once")
	case parse && lang.parse == nil:
		return "", fmt.Errorf("%s can't be parsed only; let it run", l.language())
	case (fails || l.output != nil) && (parse || lang.run == nil):
		return "", errors.New("only code that runs can fail or have an output block; use text")
	case lang.skip != "":
		return "skipped: " + lang.skip, nil
	case do == nil:
		return "shown", nil
	}
	if missing := lang.missing(l, parse); missing != "" {
		return "skipped: " + missing, nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stdout, err := do(ctx, b.desk(t), l.Text)
	if ctx.Err() != nil {
		return "", fmt.Errorf("not done after %s", patience)
	}
	if missing := (missingTool)(""); errors.As(err, &missing) {
		return "skipped: " + string(missing), nil
	}
	exit := (*exec.ExitError)(nil)
	switch {
	case fails && err == nil:
		return "", errors.New("it is marked fails, and did not")
	case fails && (!errors.As(err, &exit) || syntaxError.MatchString(err.Error())):
		return "", fmt.Errorf("it is marked fails, but not in this way: %w", err)
	case !fails && err != nil:
		return "", err
	}
	if l.output != nil && trimmed(stdout) != trimmed(l.output.Text) {
		return "", fmt.Errorf("it prints\n%s\nbut line %d says\n%s", trimmed(stdout), l.output.Line, l.output.Text)
	}
	switch {
	case parse || lang.run == nil:
		return "parsed", nil
	case fails:
		return "run, fails as marked", nil
	case l.output != nil:
		return "run, output compared", nil
	default:
		return "run", nil
	}
}

// trimmed is a text without spaces at the ends of lines and lines at its end.
func trimmed(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// What the loader calls a known language is one that the prover knows, and what it
// lets have an output is run.
func TestCodeLanguages(t *testing.T) {
	t.Parallel()
	var run, shown []string
	for name, lang := range languages {
		if name, _, dialect := strings.Cut(name, " "); dialect {
			equal(t, languages[name].run != nil, lang.run != nil)
		} else if lang.run != nil {
			run = append(run, name)
		} else {
			shown = append(shown, name)
		}
	}
	slices.Sort(run)
	slices.Sort(shown)
	equal(t, content.RunLanguages, run)
	equal(t, content.ShownLanguages, shown)
}

// The prover must see what it is for.
func TestCodeProver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := []struct {
		name, fence, text, output string
		want                      string // what it does, or a part of the error
	}{
		{"runs", "python", "print(1)", "", "run"},
		{"prints", "python", "print(1)", "1", "run, output compared"},
		{"prints otherwise", "python", "print(1)", "2", "it prints\n1\nbut line"},
		{"breaks", "python", "print(1/0)", "", "ZeroDivisionError"},
		{"fails", "python fails", "assert 1 == 2", "", "run, fails as marked"},
		{"does not fail", "python fails", "assert 1 == 1", "", "and did not"},
		{"fails by a slip", "python fails", "assert 1 ==", "", "not in this way"},
		{"parses", "python parse", "import nothing_here", "", "parsed"},
		{"does not parse", "python parse", "import", "", "SyntaxError"},
		{"empty folder", "sh", "ls -A", "", "run"},
		{"shell", "sh", "false; echo no", "", "exit status 1"},
		{"shell unset", "sh", "echo $nothing", "", "unbound variable"},
		{"shell parse", "sh parse", "if true; then", "", "syntax error"},
		{"git knows who", "sh", "git init -q; git commit -q --allow-empty -m x; git log --format=%an", "Ann", "run, output compared"},
		{"script", "javascript", "require('fs'); console.log(1)", "1", "run, output compared"},
		{"module", "javascript", "import 'node:fs';\nconsole.log(1)", "1", "run, output compared"},
		{"script fails", "javascript", "let x = 1; let x = 2", "", "SyntaxError"},
		{"script parse", "javascript parse", "f(", "", "SyntaxError"},
		{"module parse", "javascript parse", "import x from 'y';\nexport default x;", "", "parsed"},
		{"go", "go", "package main\n\nfunc main() { println(1) }", "", "run"},
		{"go statements", "go parse", "x := 1\nx++", "", "parsed"},
		{"go declarations", "go parse", "func f() {}", "", "parsed"},
		{"go slip", "go parse", "x := :1", "", "expected"},
		{"sql", "sql", "SELECT 1; SELECT 2;", "1\n2", "run, output compared"},
		{"sql breaks", "sql", "SELECT 1; SELECT x;", "", "no such column"},
		{"sql fails", "sql fails", "CREATE TABLE t(x CHECK (x > 0)); INSERT INTO t VALUES (0);", "", "run, fails as marked"},
		{"sql fails by a slip", "sql fails", "SELEC 1;", "", "not in this way"},
		{"sql parse", "sql parse", "SELECT 1", "", "can't be parsed only"},
		{"postgres", "sql postgres", "SELECT 1 WHERE 'a' ILIKE 'A';", " ?column?\n----------\n        1\n(1 row)", "run, output compared"},
		{"postgres breaks", "sql postgres", "SELECT x;", "", "does not exist"},
		{"postgres fails", "sql postgres fails", "SELECT 1/0;", "", "run, fails as marked"},
		{"mysql", "sql mysql", "SELECT `x`;", "", "skipped: "},
		{"json", "json", `{"a": 1}`, "", "parsed"},
		{"json slip", "json", `{"a": 1,}`, "", "invalid character"},
		{"yaml", "yaml", "a: {b: 1}\n---\nc: 2", "", "parsed"},
		{"yaml slip", "yaml", "a: {b: 1", "", "did not find"},
		{"http", "http", "GET / HTTP/1.1\nHost: a\n\nHTTP/1.1 200 OK\n\n<p>Hi</p>", "", "parsed"},
		{"http slip", "http", "GET / HTTP/1.1\nHost: a\nAccept", "", "malformed"},
		{"http without a message", "http", "Host: a", "", "no request or response"},
		{"ruby", "ruby", "puts 1", "1", "run, output compared"},
		{"ruby parse", "ruby parse", "def f(", "", "syntax error"},
		{"php", "php", "echo 1;", "1", "run, output compared"},
		{"php parse", "php parse", "<?php echo (;", "", "syntax error"},
		{"java", "java", "class A { public static void main(String[] a) { System.out.println(1); } }", "1", "run, output compared"},
		{"java fragment", "java parse", "@Nowhere class A { Nothing x; }", "", "parsed"},
		{"java statements", "java parse", "int x = nothing.here();", "", "parsed"},
		{"java slip", "java parse", "class A { int }", "", "expected"},
		{"proto slip", "proto", "message {}", "", "Expected"},
		{"text", "text", "anything", "", "shown"},
		{"text with an output", "text", "anything", "x", "only code that runs"},
		{"parsed with an output", "python parse", "print(1)", "1", "only code that runs"},
		{"output alone", "output", "1", "", `language "output" is not known`},
		{"unknown language", "cobol", "1", "", `language "cobol" is not known`},
		{"unknown mark", "python prase", "1", "", `mark "prase" is not known`},
		{"no dialect of it", "python postgres", "1", "", `language "python postgres" is not known`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fence := strings.Fields(tt.fence)
			s := content.Section{content.Code{Language: fence[0], Marks: fence[1:], Text: tt.text}}
			if tt.output != "" {
				s = append(s, content.Code{Language: "output", Text: tt.output})
			}
			did, err := b.prove(t, sectionListings("a.md", s)[0])
			if reason, skipped := strings.CutPrefix(did, "skipped: "); skipped && tt.want != "skipped: " {
				t.Skip(reason)
			}
			if got := fmt.Sprint(did, err); !strings.Contains(got, tt.want) || (err == nil && did != tt.want && tt.want != "skipped: ") {
				t.Errorf("did %q, error %v; want %q", did, err, tt.want)
			}
		})
	}
}
