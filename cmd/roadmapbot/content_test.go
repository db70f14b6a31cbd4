package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyContent makes a copy of the roadmap to spoil.
func copyContent(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../content/roadmap")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// spoil replaces a text in a file of the copy.
func spoil(t *testing.T, dir, file, from, to string) {
	t.Helper()
	name := filepath.Join(dir, filepath.FromSlash(file))
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	after := strings.Replace(string(data), from, to, 1)
	if after == string(data) {
		t.Fatalf("%s has no %q", file, from)
	}
	if err := os.WriteFile(name, []byte(after), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestContentCheck(t *testing.T) {
	const found = "no faults in 10 stages, 85 topics"
	for _, args := range [][]string{{"content", "check"}, {"content", "check", copyContent(t)}} {
		code, out, complaint := call(t, strings.NewReader(""), args...)
		if code != 0 || complaint != "" || !strings.Contains(out, found) {
			t.Errorf("%q: exit %d, printed %q and %q", args, code, out, complaint)
		}
	}
	code, _, complaint := call(t, strings.NewReader(""), "content", "check", "main.go")
	if code != 1 || complaint != "roadmapbot: the content folder main.go is not a folder\n" {
		t.Errorf("a file: exit %d: %s", code, complaint)
	}
}

// Another folder than a roadmap's is one sentence, by the checker and by every
// command that would teach from it.
func TestContentWrongFolder(t *testing.T) {
	dir := t.TempDir()
	want := "roadmapbot: there is no roadmap.yaml in " + dir + "; the folder of a roadmap holds one"
	for _, name := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	wrong := func(want string) {
		t.Helper()
		for code, args := range map[int][]string{1: {"content", "check", dir}, 2: {"--content", dir}} {
			if got, _, complaint := call(t, strings.NewReader(""), args...); got != code || complaint != want+"\n" {
				t.Errorf("%q: exit %d: %s", args, got, complaint)
			}
		}
	}
	wrong(want)
	if err := os.WriteFile(filepath.Join(dir, "b", "roadmap.yaml"), []byte("title: Bread\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong(want + " (did you mean " + filepath.Join(dir, "b") + "?)")
}

// A reply too long for a platform has a file too.
func TestContentReplies(t *testing.T) {
	dir := copyContent(t)
	spoil(t, dir, "05-version-control/vcs-git.md", "Put your expense tracker", strings.Repeat("Put it there. ", 300)+"Put your expense tracker")
	spoil(t, dir, "05-version-control/stage.md", "Take one feature", strings.Repeat("Take it. ", 700)+"Take one feature")
	code, _, complaint := call(t, strings.NewReader(""), "content", "check", dir)
	lines := strings.Split(strings.TrimSpace(complaint), "\n")
	if code != 1 || len(lines) != 3 || !strings.HasPrefix(lines[1], "05-version-control/stage.md:1: the stage's reply: a text has ") ||
		!strings.HasPrefix(lines[2], "05-version-control/vcs-git.md:1: the exercise's reply: a text has ") {
		t.Errorf("exit %d: %s", code, complaint)
	}
}

// A folder full of faults: each is named with its file and line, by the checker and
// by every command that would teach from it.
func TestContentFaults(t *testing.T) {
	dir := copyContent(t)
	spoil(t, dir, "01-programming-languages/prog-basics.md", "- [x]", "- [ ]")
	spoil(t, dir, "05-version-control/vcs-git.md", "id: vcs-git", "id: Not An Id")
	spoil(t, dir, "03-databases/db-sql.md", "  - prog-basics", "  - no-such-topic")
	spoil(t, dir, "07-caching/cache-redis.md", "https://", "http://")
	if err := os.WriteFile(filepath.Join(dir, "09-soft-skills", "zz.md"), []byte("\xff\xfe"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, faults := call(t, strings.NewReader(""), "content", "check", dir)
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	for _, file := range []string{"prog-basics.md", "vcs-git.md", "db-sql.md", "cache-redis.md", "zz.md"} {
		if !strings.Contains(faults, "/"+file+":") {
			t.Errorf("no fault in %s is named:\n%s", file, faults)
		}
	}
	for _, args := range [][]string{{}, {"serve", "--terminal", "--listen", "127.0.0.1:0"}} {
		code, out, complaint := call(t, strings.NewReader("stages\n"), append(args, "--content", dir)...)
		if code != 2 || out != "" || complaint != faults {
			t.Errorf("%q: exit %d, printed %q and %q", args, code, out, complaint)
		}
	}
}
