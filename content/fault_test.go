package content_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"roadmapbot/content"
)

const (
	roadmap = "roadmap.yaml"
	stage   = "01-first/stage.md"
	one     = "01-first/one.md"
	two     = "01-first/two.md"
)

// faulty are changes of one file, and the faults that the change brings.
var faulty = []struct {
	name      string
	file      string
	old, text string
	want      []string
}{
	// roadmap.yaml
	{"no title", roadmap, "title: Bread", "", []string{"roadmap.yaml:1: title is missing"}},
	{"unknown key", roadmap, "plain-http:", "plain:", []string{"roadmap.yaml:2: field plain is not a key of a roadmap"}},
	{"no YAML", roadmap, "title: Bread", "title: [Bread", []string{"roadmap.yaml:1: did not find expected ',' or ']'", "roadmap.yaml:1: title is missing"}},
	{"alias to nowhere", roadmap, "old-one: one", "old-one: three", []string{
		`roadmap.yaml:5: alias "old-one" leads to "three", which is neither a topic nor a quiz item`}},
	{"alias in use", roadmap, "old-one-salt: one-salt", "one-salt: one", []string{
		`roadmap.yaml:6: alias "one-salt" is in use at 01-first/one.md:40`}},
	{"alias of an alias", roadmap, "old-one-salt: one-salt", "older-one: old-one", []string{
		`roadmap.yaml:6: alias "older-one" leads to "old-one", which is neither`}},

	// stage.md
	{"stage without id", stage, "id: first\n", "", []string{"01-first/stage.md:1: id is missing"}},
	{"stage with a bad id", stage, "id: first", "id: First One", []string{`01-first/stage.md:2: id "stage-First One"`}},
	{"stage without title", stage, "title: First\n", "", []string{"01-first/stage.md:1: title is missing"}},
	{"stage without topics", stage, "topics:\n  - one\n  - two\n", "", []string{
		"01-first/one.md:1: not listed under topics in 01-first/stage.md",
		"01-first/stage.md:1: topics: list the ids",
		"01-first/two.md:1: not listed under topics in 01-first/stage.md",
		`roadmap.yaml:5: alias "old-one" leads to "one", which is neither`,
		`roadmap.yaml:6: alias "old-one-salt" leads to "one-salt", which is neither`}},
	{"topic listed twice", stage, "  - two\n", "  - two\n  - one\n", []string{`01-first/stage.md:7: topic "one" is listed twice`}},
	{"topic without file", stage, "  - two\n", "  - two\n  - three\n", []string{"01-first/three.md:1: the file is missing"}},
	{"topic outside the folder", stage, "  - two\n", "  - two\n  - ../../etc/passwd\n", []string{
		`01-first/stage.md:7: topic "../../etc/passwd": write the file's name without .md`}},
	{"unknown stage key", stage, "title: First", "title: First\nhours: 3", []string{
		"01-first/stage.md:4: field hours is not a key of a stage"}},
	{"no words of the roadmap", stage, "## In the roadmap", "## In our roadmap", []string{
		`01-first/stage.md:1: section "In the roadmap" is missing`, `01-first/stage.md:9: section "In our roadmap" is not known here; there are: In the roadmap, Introduction, Project`}},
	{"criteria in words", stage, "- [ ] It has a crust\n- [ ] It is `warm`", "It is warm", []string{
		`01-first/stage.md:24: section "Done when" must be one list of - [ ] criteria`}},
	{"criterion without box", stage, "- [ ] It has", "- It has", []string{"01-first/stage.md:26: begin the item with [ ] or [x]"}},

	// the head of a topic
	{"no head", two, "---\nid: two", "id: two", []string{"01-first/two.md:1: the file must begin with a head",
		"01-first/two.md:1: id is missing", "01-first/two.md:1: title is missing", "01-first/two.md:1: give the study time",
		"01-first/two.md:1: text before the first heading", "01-first/two.md:5: text before the first heading",
		"01-first/two.md:6: text before the first heading"}},
	{"head without end", two, "one\n---\n", "one\n", []string{"01-first/two.md:1: the file must begin with a head",
		"01-first/two.md:1: id is missing", "01-first/two.md:1: title is missing", "01-first/two.md:1: give the study time",
		"01-first/two.md:1: text before the first heading", "01-first/two.md:2: text before the first heading",
		"01-first/two.md:6: text before the first heading"}},
	{"no id", two, "id: two\n", "", []string{"01-first/two.md:1: id is missing"}},
	{"id other than the file's name", two, "id: two", "id: zwei", []string{
		`01-first/two.md:2: id "zwei" must be the file's name, "two"`}},
	{"no title of a topic", two, "title: Two\n", "", []string{"01-first/two.md:1: title is missing"}},
	{"no time", two, "minutes: 30\n", "", []string{"01-first/two.md:1: give the study time"}},
	{"two times", two, "minutes: 30\n", "minutes: 30\nhours: 1\n", []string{"01-first/two.md:1: give the study time"}},
	{"time below zero", two, "minutes: 30\n", "hours: -1\n", []string{"01-first/two.md:1: give the study time"}},
	{"endless time", two, "minutes: 30\n", "hours: .inf\n", []string{"01-first/two.md:1: give the study time"}},
	{"time in words", two, "minutes: 30\n", "minutes: many\n", []string{
		"01-first/two.md:4: this is `many`, but should be a whole number"}},
	{"list for a text", two, "title: Two\n", "title: [Two]\n", []string{
		"01-first/two.md:3: this is a list, but should be a text"}},
	{"text for a list", two, "requires:\n  - one\n", "requires: one\n", []string{
		"01-first/two.md:5: this is `one`, but should be a list"}},
	{"text for yes or no", one, "named: true\n", "named: yess\n", []string{
		"01-first/one.md:5: this is `yess`, but should be true or false"}},
	{"text for a link", one, "links:\n", "links:\n  - https://bread.example/\n", []string{
		"01-first/one.md:7: this is `https:/...`, but should be keys and values"}},
	{"unknown prerequisite", two, "  - one\n", "  - one\n  - three\n", []string{`01-first/two.md:7: requires "three", which is no topic`}},
	{"unknown alternative", two, "  - one\n", "  - one | three\n", []string{`01-first/two.md:6: requires "three", which is no topic`}},
	{"empty prerequisite", two, "  - one\n", "  - one|\n", []string{"01-first/two.md:6: requires \"\", which is no topic"}},
	{"requires itself", two, "  - one\n", "  - two\n", []string{
		`01-first/two.md:2: "two" can never be started: its requirements lead in a ring (two requires two)`}},
	{"ring", one, "named: true\n", "requires: [two]\n", []string{
		`01-first/one.md:2: "one" can never be started: its requirements lead in a ring (one requires two requires one)`,
		`01-first/two.md:2: "two" can never be started: its requirements lead in a ring (two requires one requires two)`}},
	{"ring of alternatives", one, "named: true\n", "requires: [one|two]\n", []string{
		`01-first/one.md:2: "one" can never be started`, `01-first/two.md:2: "two" can never be started`}},
	{"unknown topic key", two, "minutes: 30\n", "minutes: 30\nhuors: 2\n", []string{"01-first/two.md:5: field huors is not a key of a topic"}},
	{"key twice", two, "minutes: 30\n", "minutes: 30\nminutes: 40\n", []string{
		`01-first/two.md:5: key "minutes" stands already in line 4`}},
	{"choice of one", two, "minutes: 30\n", "minutes: 30\nchoice: dough\n", []string{
		`01-first/two.md:2: choice "dough" has only this topic`}},

	// links
	{"plain http", one, "https://bread.example/", "http://bread.example/", []string{
		`01-first/one.md:7: the link "http://bread.example/" is not https`}},
	{"no scheme", one, "https://bread.example/", "bread.example", []string{`01-first/one.md:7: the link "bread.example" is not https`}},
	{"space in an address", one, "https://bread.example/", "https://bread.example/a b", []string{
		`01-first/one.md:7: the link "https://bread.example/a b" holds a character that must be escaped`}},
	{"link without title", one, "  - title: Bread\n    url", "  - url", []string{"01-first/one.md:7: the link has no title"}},
	{"unknown link key", one, "    level: beginner\n", "    level: beginner\n    price: 3\n", []string{
		"01-first/one.md:12: field price is not a key of a link"}},
	{"unknown kind", one, "kind: book", "kind: scroll", []string{`01-first/one.md:7: kind "scroll": one of docs, tutorial,`}},
	{"unknown cost", one, "cost: free", "cost: gratis", []string{`01-first/one.md:7: cost "gratis": one of free, paid`}},
	{"no level", one, "    level: beginner\n", "", []string{`01-first/one.md:7: level "": one of beginner, intermediate, advanced`}},
	{"no primary link", one, "    primary: true\n", "", []string{"01-first/one.md:7: 0 links are marked primary; mark exactly one"}},
	{"link twice", one, "links:\n", "links:\n" + link, []string{
		"01-first/one.md:7: 2 links are marked primary; mark exactly one",
		"01-first/one.md:13: the link https://bread.example/ stands twice"}},

	// sections
	{"long lesson", one, "Salt slows the yeast.", strings.Repeat("salt ", 121), []string{
		"01-first/one.md:15: the lesson has 121 words; at most 120"}},
	{"long list in a lesson", one, "Salt slows the yeast.", strings.Repeat("- salt\n", 121), []string{
		"01-first/one.md:15: the lesson has 121 words; at most 120"}},
	{"empty lesson", two, "Wait for the dough.\n", "", []string{`01-first/two.md:9: section "Lesson" is empty`}},
	{"no lesson", two, "## Lesson\n\nWait for the dough.\n", "", []string{`01-first/two.md:1: section "Lesson" is missing`}},
	{"empty exercise", one, "3. Weigh it\n4. Bake it\n", "", []string{`01-first/one.md:29: section "Exercise" is empty`}},
	{"empty quiz", two, "the dough.\n", "the dough.\n\n## Quiz\n", []string{`01-first/two.md:13: section "Quiz" is empty`}},
	{"section twice", one, "## Exercise", "## Lesson", []string{`01-first/one.md:29: section "Lesson" stands twice`}},
	{"unknown section", one, "## Exercise", "## Exercises", []string{`01-first/one.md:29: section "Exercises" is not known here`}},
	{"section without name", one, "## Exercise", "##", []string{`01-first/one.md:29: section "" is not known here`}},
	{"words before the sections", two, "## Lesson\n\nWait", "# Two\n\n## Lesson\n\nWait", []string{
		"01-first/two.md:9: text before the first heading; the title belongs in the head"}},
	{"empty file", two, twoFile, " \n", []string{"01-first/two.md:1: the file must begin with a head",
		"01-first/two.md:1: the file is empty", "01-first/two.md:1: id is missing", "01-first/two.md:1: title is missing",
		"01-first/two.md:1: give the study time", `01-first/two.md:1: section "Lesson" is missing`}},
	{"huge file", two, "Wait for", strings.Repeat("x", 64<<10), []string{"01-first/two.md:1: 65617 bytes; at most 65536"}},

	// what some platform can't show
	{"code without language", one, "```python fails extra", "```", []string{"01-first/one.md:19: a code block needs its language"}},
	{"empty code", one, "print(\"salt\")\n\nprint(\"more\")\n", "", []string{"01-first/one.md:19: an empty code block"}},
	{"indented code", two, "the dough.", "the dough.\n\n    sleep 60", []string{"01-first/two.md:13: indented code: only paragraphs,"}},
	{"image", two, "the dough", "the ![dough](https://bread.example/a.png)", []string{"01-first/two.md:11: images are not shown in a chat"}},
	{"HTML", two, "the dough", "the <b>dough</b>", []string{"01-first/two.md:11: HTML is not shown", "01-first/two.md:11: HTML is not shown"}},
	{"HTML block", two, "the dough.", "the dough.\n\n<table>\n</table>", []string{"01-first/two.md:13: HTML: only paragraphs,"}},
	{"rule", two, "the dough.", "the dough.\n\n***\n\nMore", []string{"01-first/two.md:13: a rule: only paragraphs,"}},
	{"heading in a section", two, "the dough.", "the dough.\n\n### More", []string{"01-first/two.md:13: a heading: only paragraphs,"}},
	{"quotation", two, "the dough.", "the dough.\n\n> More", []string{"01-first/two.md:13: a quotation: only paragraphs,"}},
	{"list in a list", two, "the dough.", "the dough\n\n- flour\n- water\n  - cold\n", []string{
		"01-first/two.md:14: list items hold one line or paragraph each; no lists inside lists"}},
	{"code in a list", two, "the dough.", "the dough\n\n- ```sh\n  ls\n  ```\n", []string{"01-first/two.md:13: list items hold one line"}},
	{"quotation in a list", two, "the dough.", "the dough\n\n- > flour\n", []string{"01-first/two.md:13: list items hold one line"}},
	{"list in a list at once", two, "the dough.", "the dough\n\n- - flour\n", []string{"01-first/two.md:13: list items hold one line"}},
	{"empty list item", two, "the dough.", "the dough\n\n- flour\n-\n", []string{"01-first/two.md:14: list items hold one line"}},
	{"link in text", two, "the dough", "the [dough](http://plain.example/)", []string{
		`01-first/two.md:11: link to "http://plain.example/": links in text begin with https://`}},
	{"bare link in text", two, "the dough", "the <http://plain.example/>", []string{`01-first/two.md:11: link to "http://plain.example/"`}},
	{"address of a person", two, "the dough", "the <ann@bread.example>", []string{`01-first/two.md:11: link to "ann@bread.example"`}},
	{"link by reference", two, "the dough.", "the [dough][d].\n\n[d]: https://bread.example/", []string{
		"01-first/two.md:13: a link's definition: only paragraphs,"}},
	{"bytes that are no text", two, "the dough", "the \xffdough", []string{"01-first/two.md:11: not UTF-8"}},
	{"control character", two, "the dough", "the \x1b[1mdough", []string{"01-first/two.md:11: control character U+001B"}},
	{"turned direction", two, "the dough", "the \u202edough", []string{"01-first/two.md:11: control character U+202E"}},
	{"bytes in the list of stages", roadmap, "Bread", "\xff", []string{"roadmap.yaml:1: invalid leading UTF-8 octet", "roadmap.yaml:1: title is missing"}},

	// the quiz
	{"question without id", one, " {#one-salt .why}", "", []string{
		"01-first/one.md:40: the question needs an id: ### Question {#one-word}", "roadmap.yaml:6: alias"}},
	{"id of another topic", one, "#one-salt", "#two-salt", []string{
		`01-first/one.md:40: id "two-salt" must begin with the topic's, "one-"`, "roadmap.yaml:6: alias"}},
	{"id with odd letters", one, "#one-salt", "#one-SALT", []string{`01-first/one.md:40: id "one-SALT": use lower-case`, "roadmap.yaml:6: alias"}},
	{"long id", one, "#one-salt", "#one-" + strings.Repeat("s", 37), []string{`01-first/one.md:40: id "one-sss`, "roadmap.yaml:6: alias"}},
	{"id twice", one, "## Quiz\n\n", "## Quiz\n\n" + item, []string{
		`01-first/one.md:49: id "one-salt" is already used at 01-first/one.md:40`}},
	{"unknown kind of item", one, ".why", ".deep", []string{"01-first/one.md:40: kind .deep: one of .recall, .apply, .why"}},
	{"two kinds of item", one, ".why", ".why .apply", []string{"01-first/one.md:40: kind .why apply: one of"}},
	{"empty question", one, "Why salt? {#one-salt .why}", "{#one-salt .why}", []string{"01-first/one.md:40: the question has 0 characters; 1 to 300"}},
	{"long question", one, "Why salt?", strings.Repeat("y", 301), []string{"01-first/one.md:40: the question has 301 characters; 1 to 300"}},
	{"no right option", one, "- [x]", "- [ ]", []string{"01-first/one.md:40: 0 right and 4 wrong options; one right and three wrong are needed"}},
	{"two right options", one, "- [ ] It feeds", "- [x] It feeds", []string{"01-first/one.md:40: 2 right and 2 wrong options"}},
	{"three options", one, "- [ ] It feeds the yeast\n", "", []string{"01-first/one.md:40: 1 right and 2 wrong options"}},
	{"five options", one, "- [ ] It feeds", "- [ ] It is free\n- [ ] It feeds", []string{"01-first/one.md:40: 1 right and 4 wrong options"}},
	{"no options", one, options, "", []string{"01-first/one.md:40: 0 right and 0 wrong options"}},
	{"option without box", one, "- [ ] It feeds", "- It feeds", []string{"01-first/one.md:43: begin the item with [ ] or [x]"}},
	{"empty option", one, "- [ ] It feeds the yeast", "- [ ] .", []string{"01-first/one.md:40: an option is empty"}},
	{"option twice", one, "- [ ] It feeds the yeast", "- [ ] it slows the yeast.", []string{
		`01-first/one.md:40: option "it slows the yeast." stands twice`}},
	{"long option", one, "It feeds the yeast", strings.Repeat("y", 151), []string{"01-first/one.md:40: option \"yyy"}},
	{"second list", one, "> Salt", "words\n\n- [ ] It is free\n\n> Salt", []string{
		"01-first/one.md:40: 1 right and 4 wrong options", "01-first/one.md:47: paragraph: a question has a list",
		"01-first/one.md:49: a second list of options"}},
	{"no reason", one, "> Salt draws water.\n", "", []string{"01-first/one.md:40: the reason is missing: > why"}},
	{"long reason", one, "> Salt", "> " + strings.Repeat("salt ", 60), []string{"01-first/one.md:40: the reason has 62 words; at most 60"}},
	{"list as reason", one, "> Salt", "> - Salt", []string{
		"01-first/one.md:40: the reason is missing: > why", "01-first/one.md:47: the reason is plain text: > why"}},
	{"code in a question", one, "> Salt", "```sh\nls\n```\n\n> Salt", []string{"01-first/one.md:47: code: a question has"}},
	{"words before the questions", one, "## Quiz\n", "## Quiz\n\nThink.\n", []string{
		"01-first/one.md:40: in the quiz, every item begins with ### and its question"}},
}

// Parts of one.md that a fault takes away or doubles.
var (
	link    = between(oneFile, "  - title: Bread", "---\n\n## Lesson")
	options = between(oneFile, "- [x]", "\n> Salt")
	item    = between(oneFile, "### Why", "\x00") + "\n"
)

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	middle, _, _ := strings.Cut(rest, to)
	return from + middle
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range faulty {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := bread()
			edit(t, dir, tt.file, tt.old, tt.text)
			_, err := content.Load(dir)
			check(t, err, tt.want)
		})
	}
}

// Faults that are not in a file's words.
func TestFaultsOfFolders(t *testing.T) {
	t.Parallel()
	t.Run("no roadmap.yaml", func(t *testing.T) {
		t.Parallel()
		dir := bread()
		delete(dir, roadmap)
		_, err := content.Load(dir)
		check(t, err, []string{"roadmap.yaml:1: the file is missing", "roadmap.yaml:1: title is missing"})
	})
	t.Run("no stages", func(t *testing.T) {
		t.Parallel()
		dir := bread()
		for _, name := range []string{stage, one, two} {
			delete(dir, name)
		}
		write(dir, roadmap, "title: Bread")
		_, err := content.Load(dir)
		check(t, err, []string{"roadmap.yaml:1: no stages: put a folder with a stage.md beside this file"})
	})
	t.Run("a folder that is no stage", func(t *testing.T) {
		t.Parallel()
		dir := bread()
		write(dir, "02-pictures/a.png", "")
		_, err := content.Load(dir)
		check(t, err, []string{"02-pictures/stage.md:1: the file is missing"})
	})
	t.Run("a file that is no topic", func(t *testing.T) {
		t.Parallel()
		dir := bread()
		write(dir, "01-first/notes.md", "")
		_, err := content.Load(dir)
		check(t, err, []string{"01-first/notes.md:1: not listed under topics in 01-first/stage.md"})
	})
	t.Run("a folder instead of a topic", func(t *testing.T) {
		t.Parallel()
		dir := bread()
		delete(dir, two)
		write(dir, two+"/a.md", "")
		_, err := content.Load(dir)
		check(t, err, []string{"01-first/two.md:1: not a regular file"})
	})
	t.Run("the same ids in two stages", func(t *testing.T) {
		t.Parallel()
		dir := bread()
		write(dir, "02-second/stage.md", stageFile)
		write(dir, "02-second/one.md", oneFile)
		write(dir, "02-second/two.md", twoFile)
		_, err := content.Load(dir)
		check(t, err, []string{
			`02-second/one.md:2: id "one" is already used at 01-first/one.md:2`,
			`02-second/one.md:40: id "one-salt" is already used at 01-first/one.md:40`,
			`02-second/stage.md:2: id "stage-first" is already used at 01-first/stage.md:2`,
			`02-second/two.md:2: id "two" is already used at 01-first/two.md:2`,
		})
	})
}

// check compares faults with how they begin; faults of one line may come in any
// order.
func check(t *testing.T, err error, want []string) {
	t.Helper()
	var faults content.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want faults", err)
	}
	left := slices.Clone(faults)
	for _, w := range want {
		i := slices.IndexFunc(left, func(f content.Fault) bool { return strings.HasPrefix(fmt.Sprint(f), w) })
		if i < 0 {
			t.Errorf("no fault %q", w)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	if len(left) > 0 {
		t.Errorf("not expected:\n%v", left)
	}
}
