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
	{"unknown key", roadmap, "plain-http:", "plain:", []string{`roadmap.yaml:2: "plain" is no key of a roadmap; there are: title, aliases, plain-http`}},
	{"no YAML", roadmap, "title: Bread", "title: [Bread", []string{"roadmap.yaml:1: a bracket is opened and not closed"}},
	{"alias to nowhere", roadmap, "old-one: one", "old-one: three", []string{
		`roadmap.yaml:5: alias "old-one" leads to "three", which is neither a topic nor a quiz item`}},
	{"alias in use", roadmap, "old-one-salt: one-salt", "one-salt: one", []string{
		`roadmap.yaml:6: alias "one-salt" is in use at 01-first/one.md:40`}},
	{"alias of an alias", roadmap, "old-one-salt: one-salt", "older-one: old-one", []string{
		`roadmap.yaml:6: alias "older-one" leads to "old-one", which is neither`}},

	// stage.md
	{"stage without id", stage, "id: first\n", "", []string{"01-first/stage.md:1: id is missing"}},
	{"stage with a bad id", stage, "id: first", "id: First One", []string{
		`01-first/stage.md:2: id "First One": use lower-case letters, digits and single hyphens, at most 34`}},
	{"stage with a long id", stage, "id: first", "id: " + strings.Repeat("f", 35), []string{`01-first/stage.md:2: id "fff`}},
	{"stage without title", stage, "title: First\n", "", []string{"01-first/stage.md:1: title is missing"}},
	{"stage without topics", stage, "topics:\n  - one\n  - two\n", "", []string{
		"01-first/stage.md:1: topics: list the ids"}},
	{"empty stage", stage, stageFile, "", []string{"01-first/stage.md:1: the file is empty"}},
	{"stage with a long title", stage, "title: First", "title: " + strings.Repeat("f", 121), []string{
		"01-first/stage.md:3: the title has 121 characters; at most 120"}},
	{"stage without a list of topics", stage, "topics:\n  - one\n  - two\n", "topics: one\n", []string{
		"01-first/stage.md:4: this is `one`, but should be a list: put \"- \" before each id"}},
	{"topic taken off the list", stage, "  - one\n", "", []string{"01-first/one.md:1: not listed under topics in 01-first/stage.md"}},
	{"stage without project", stage, "## Project\n\nBake a loaf.\n", "", []string{`01-first/stage.md:1: section "Project" is missing`}},
	{"stage without criteria", stage, "## Done when\n\n- [ ] It has a crust\n- [ ] It is `warm`\n", "", []string{
		`01-first/stage.md:1: section "Done when" is missing`}},
	{"topic listed twice", stage, "  - two\n", "  - two\n  - one\n", []string{`01-first/stage.md:7: topic "one" is listed twice`}},
	{"stage listed as its topic", stage, "  - two\n", "  - two\n  - stage\n", []string{
		`01-first/stage.md:7: topic "stage": stage.md is the stage itself; a topic has another id`}},
	{"topic without file", stage, "  - two\n", "  - two\n  - three\n", []string{"01-first/three.md:1: the file is missing"}},
	{"topic outside the folder", stage, "  - two\n", "  - two\n  - ../../etc/passwd\n", []string{
		`01-first/stage.md:7: topic "../../etc/passwd": write the file's name without .md`}},
	{"unknown stage key", stage, "title: First", "title: First\nhours: 3", []string{
		`01-first/stage.md:4: "hours" is no key of a stage; there are: id, title, topics`}},
	{"no words of the roadmap", stage, "## In the roadmap", "## In our roadmap", []string{
		`01-first/stage.md:9: section "In our roadmap" is not known here; missing: In the roadmap`}},
	{"criteria in words", stage, "- [ ] It has a crust\n- [ ] It is `warm`", "It is warm", []string{
		`01-first/stage.md:24: section "Done when" must be one list of - [ ] criteria`}},
	{"criterion without box", stage, "- [ ] It has", "- It has", []string{"01-first/stage.md:26: begin the item with [ ] or [x]"}},

	// the head of a topic
	{"no head", two, "---\nid: two", "id: two", []string{"01-first/two.md:1: the file must begin with a head"}},
	{"blank line before the head", two, "---\nid: two", "\n \n---\nid: two", []string{
		"01-first/two.md:1: the file must begin with ---: delete the blank lines above it"}},
	{"blank line and a fault", two, "---\nid: two", "\n---\nid: zwei", []string{
		"01-first/two.md:1: the file must begin with ---", `01-first/two.md:3: id "zwei" must be`}},
	{"head without end", two, "true}]\n---\n", "true}]\n", []string{"01-first/two.md:1: the head is not closed: put a line of ---"}},
	{"head without end before a rule", two, "---\n\n## Lesson\n", "\n## Lesson\n\nRise.\n\n---\n", []string{
		"01-first/two.md:1: the head is not closed"}},
	{"no id", two, "id: two\n", "", []string{"01-first/two.md:1: id is missing"}},
	{"id other than the file's name", two, "id: two", "id: zwei", []string{
		`01-first/two.md:2: id "zwei" must be the file's name, "two"`}},
	{"id misspelt of a topic with a quiz", one, "id: one", "id: onne", []string{
		`01-first/one.md:2: id "onne" must be the file's name, "one"`}},
	{"long title", two, "title: Two", "title: " + strings.Repeat("t", 335), []string{
		"01-first/two.md:3: the title has 335 characters; at most 120"}},
	{"no title of a topic", two, "title: Two\n", "", []string{"01-first/two.md:1: title is missing"}},
	{"no time", two, "minutes: 30\n", "", []string{"01-first/two.md:1: give the study time"}},
	{"two times", two, "minutes: 30\n", "minutes: 30\nhours: 1\n", []string{"01-first/two.md:5: give the study time"}},
	{"too much time", two, "minutes: 30\n", "minutes: 12001\n", []string{"01-first/two.md:4: give the study time"}},
	{"time below zero", two, "minutes: 30\n", "hours: -1\n", []string{"01-first/two.md:4: give the study time"}},
	{"endless time", two, "minutes: 30\n", "hours: .inf\n", []string{"01-first/two.md:4: give the study time"}},
	{"time in words", two, "minutes: 30\n", "minutes: many\n", []string{
		"01-first/two.md:4: this is `many`, but should be a whole number, such as 30"}},
	{"list for a text", two, "title: Two\n", "title: [Two]\n", []string{
		"01-first/two.md:3: this is a list, but should be a text"}},
	{"text for a list", two, "requires:\n  - one\n", "requires: one\n", []string{
		"01-first/two.md:5: this is `one`, but should be a list: put \"- \" before each id, on a line of its own"}},
	{"text for the links", two, "links: [", "links: Dough # [", []string{
		"01-first/two.md:7: this is `Dough`, but should be a list: put \"- \" before the first key of each link"}},
	{"text for yes or no", one, "named: true\n", "named: yess\n", []string{
		"01-first/one.md:5: this is `yess`, but should be true or false"}},
	{"text for a link", one, "links:\n", "links:\n  - https://bread.example/\n", []string{
		"01-first/one.md:7: this is `https:/...`, but should be the keys of a link: title, url, kind"}},
	{"unknown prerequisite", two, "  - one\n", "  - one\n  - three\n", []string{`01-first/two.md:7: requires "three", which is no topic`}},
	{"unknown alternative", two, "  - one\n", "  - one | three\n", []string{`01-first/two.md:6: requires "three", which is no topic`}},
	{"empty prerequisite", two, "  - one\n", "  - one|\n", []string{"01-first/two.md:6: requires \"\", which is no topic"}},
	{"requires itself", two, "  - one\n", "  - two\n", []string{
		`01-first/two.md:6: "two" can never be started: its requirements lead in a ring (two requires two)`}},
	{"ring", one, "named: true\n", "requires: [two]\n", []string{
		`01-first/one.md:5: "one" can never be started: its requirements lead in a ring (one requires two requires one)`,
		`01-first/two.md:6: "two" can never be started: its requirements lead in a ring (two requires one requires two)`}},
	{"ring of alternatives", one, "named: true\n", "requires: [one|two]\n", []string{
		`01-first/one.md:5: "one" can never be started`, `01-first/two.md:6: "two" can never be started`}},
	{"builds on a ring", one, "named: true\n", "requires: [one]\n", []string{`01-first/one.md:5: "one" can never be started`}},
	{"unknown topic key", two, "minutes: 30\n", "minutes: 30\nhuors: 2\n", []string{`01-first/two.md:5: "huors" is no key of a topic; there are: id, title, hours, minutes, requires,`}},
	{"key twice", two, "minutes: 30\n", "minutes: 30\nminutes: 40\n", []string{
		`01-first/two.md:5: key "minutes" stands already in line 4`}},
	{"choice of one", two, "minutes: 30\n", "minutes: 30\nchoice: dough\n", []string{
		`01-first/two.md:2: choice "dough" has only this topic`}},

	// YAML in an author's words, at the line of the slip
	{"tab", two, "  - one\n", "\t- one\n", []string{"01-first/two.md:6: indent with blanks, not with a tab"}},
	{"tab further on", one, "    url:", "\t  url:", []string{"01-first/one.md:8: indent with blanks, not with a tab"}},
	{"colon in a text", two, "title: Two", "title: Two: more", []string{"01-first/two.md:3: a text that holds a colon and a blank stands in quotes"}},
	{"no blank behind a colon", two, "minutes: 30", "minutes:30", []string{"01-first/two.md:4: write \"key: value\""}},
	{"open quote", two, "title: Two", "title: \"Two", []string{"01-first/two.md:3: a quote is opened and not closed"}},
	{"words behind a quote", two, "title: Two", "title: \"Two\" loaves", []string{"01-first/two.md:3: this does not fit the lines above"}},
	{"open bracket", two, "title: Two", "title: [Two", []string{"01-first/two.md:3: a bracket is opened and not closed"}},
	{"code first in a text", two, "title: Two", "title: `two` loaves", []string{"01-first/two.md:3: a text that begins with ` @ or % stands in quotes"}},
	{"emphasis first in a text", two, "title: Two", "title: *Two*", []string{"01-first/two.md:3: a text that begins with * or & stands in quotes"}},
	{"bar first in a text", two, "title: Two", "title: | Two", []string{"01-first/two.md:3: a text that begins with | or > stands in quotes"}},
	{"backslash in quotes", two, "title: Two", `title: "\Two"`, []string{`01-first/two.md:3: a \ inside double quotes: use single ones`}},
	{"list behind a key", two, "requires:\n  - one", "requires: - one", []string{"01-first/two.md:5: a list begins on the next line"}},
	{"uneven list", two, "  - one\n", "  - one\n - one\n", []string{"01-first/two.md:7: this does not fit the lines above: indent"}},

	// links
	{"no links", one, "links:\n" + link, "", []string{"01-first/one.md:1: links: give at least one place to learn more"}},
	{"six links", one, "links:\n", "links:\n" + links(5), []string{"01-first/one.md:32: 6 links; at most 5"}},
	{"plain http", one, "https://bread.example/", "http://bread.example/", []string{
		`01-first/one.md:7: the link "http://bread.example/" is not https`}},
	{"no scheme", one, "https://bread.example/", "bread.example", []string{`01-first/one.md:7: the link "bread.example" is not https`}},
	{"space in an address", one, "https://bread.example/", "https://bread.example/a b", []string{
		`01-first/one.md:7: the link "https://bread.example/a b" holds a character that must be escaped`}},
	{"link without title", one, "  - title: Bread\n    url", "  - url", []string{"01-first/one.md:7: the link has no title"}},
	{"unknown link key", one, "    level: beginner\n", "    level: beginner\n    price: 3\n", []string{
		`01-first/one.md:12: "price" is no key of a link; there are: title, url, kind, cost, level, primary`}},
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
	{"empty lesson", two, "Wait for the dough.\n", "", []string{`01-first/two.md:10: section "Lesson" is empty`}},
	{"no lesson", two, "## Lesson\n\nWait for the dough.\n", "", []string{`01-first/two.md:1: section "Lesson" is missing`}},
	{"empty exercise", one, "3. Weigh it\n4. Bake it\n", "", []string{`01-first/one.md:29: section "Exercise" is empty`}},
	{"empty quiz", one, strings.TrimSpace(item) + "\n", "", []string{`01-first/one.md:38: section "Quiz" is empty`, "roadmap.yaml:6: alias"}},
	{"no exercise", one, "## Exercise\n\n3. Weigh it\n4. Bake it\n\n", "", []string{`01-first/one.md:1: section "Exercise" is missing`}},
	{"exercise without its heading", one, "## Exercise\n\n", "", []string{`01-first/one.md:1: section "Exercise" is missing`}},
	{"no reason to learn it", one, "## Why it matters at work\n\nBakers wait.\n", "", []string{
		`01-first/one.md:1: section "Why it matters at work" is missing`}},
	{"no check", one, "## How to check it\n\nIt smells.\n", "", []string{`01-first/one.md:1: section "How to check it" is missing`}},
	{"no quiz", two, "## Quiz\n\n" + between(twoFile, "### How", "\x00"), "", []string{`01-first/two.md:1: section "Quiz" is missing`}},
	{"quiz without its heading", one, "## Quiz\n\n", "", []string{"01-first/one.md:38: questions stand below a line ## Quiz; put it above the first one"}},
	{"lesson without its heading", two, "## Lesson\n\n", "", []string{
		"01-first/two.md:10: text below no section's title (the title of the whole belongs in the head); missing: Lesson"}},
	{"section twice", one, "## Exercise", "## Lesson", []string{`01-first/one.md:29: section "Lesson" stands twice; missing: Exercise`}},
	{"unknown section", one, "## Exercise", "## Exercises", []string{`01-first/one.md:29: section "Exercises" is not known here; missing: Exercise`}},
	{"section without name", one, "## Exercise", "##", []string{"01-first/one.md:29: text below no section's title"}},
	{"words before the sections", two, "## Lesson\n\nWait", "# Two\n\n## Lesson\n\nWait", []string{
		"01-first/two.md:10: text below no section's title (the title of the whole belongs in the head); there are: Lesson"}},
	{"empty file", two, twoFile, "", []string{"01-first/two.md:1: the file is empty"}},
	{"file of blanks", one, oneFile, "\ufeff \n", []string{"01-first/one.md:1: the file is empty"}},
	{"empty roadmap.yaml", roadmap, roadmapFile, "", []string{"roadmap.yaml:1: the file is empty"}},
	{"huge file", two, "Wait for", strings.Repeat("x", 64<<10), []string{"01-first/two.md:1: 65939 bytes; at most 65536"}},

	// what some platform can't show
	{"code without language", one, "```sql postgres fails", "```", []string{"01-first/one.md:19: a code block needs its language"}},
	{"unknown language", one, "```sql postgres fails", "```shel", []string{
		`01-first/one.md:19: language "shel" is not known, use text; there are: go, java,`}},
	{"unknown language with an output", two, "the dough.", "the dough.\n\n```shel\nls\n```\n\n```output\na\n```", []string{
		`01-first/two.md:14: language "shel" is not known`}},
	{"unknown mark", one, "```sql postgres fails", "```sql prase", []string{
		`01-first/one.md:19: "prase" behind the language is not known; there are: parse, fails, postgres, mysql`}},
	{"code without end", two, "the dough.", "the dough.\n\n```sh\nls", []string{
		"01-first/two.md:14: the code block is not closed: put a line of ``` below its last line"}},
	{"empty code without end", two, "> Yeast is slow.", "> Yeast is slow.\n\n```sh", []string{"01-first/two.md:37: the code block is not closed"}},
	{"code without end before more of it", two, "the dough.", "the dough.\n\n```sh\nls\n\n```output\na\n```", []string{
		"01-first/two.md:14: the code block is not closed"}},
	{"empty code without end before more of it", two, "the dough.", "the dough.\n\n```sh\n```output\na\n```", []string{
		"01-first/two.md:14: the code block is not closed"}},
	{"code without beginning", one, "```sql postgres fails\n", "", []string{"01-first/one.md:22: a line of ``` that closes no code block"}},
	{"output behind words", two, "the dough.", "the dough.\n\n```output\na\n```", []string{
		"01-first/two.md:14: an output block stands right behind code that runs; use text"}},
	{"output behind words behind code", two, "the dough.", "the dough.\n\n```sh\nls\n```\n\nIt prints:\n\n```output\na\n```", []string{
		"01-first/two.md:20: an output block stands"}},
	{"output of code that is only parsed", two, "the dough.", "the dough.\n\n```sh parse\nls\n```\n\n```output\na\n```", []string{
		"01-first/two.md:18: an output block stands"}},
	{"output of what is only shown", two, "the dough.", "the dough.\n\n```text\nls\n```\n\n```output\na\n```", []string{
		"01-first/two.md:18: an output block stands"}},
	{"second output", two, "the dough.", "the dough.\n\n```sh\nls\n```\n\n```output\na\n```\n\n```output\nb\n```", []string{
		"01-first/two.md:22: an output block stands"}},
	{"table", two, "the dough.", "the dough.\n\n| flour | water |\n| --- | --- |\n| 5 | 3 |", []string{
		"01-first/two.md:14: a table: only paragraphs,"}},
	{"table in a reason", one, "> Salt draws water.", "> Salt draws water.\n>\n> | a | b |\n> | - | - |", []string{"01-first/one.md:47: the reason is plain text"}},
	{"empty code", one, "SELECT salt;\n\nSELECT more;\n", "", []string{"01-first/one.md:19: an empty code block"}},
	{"indented code", two, "the dough.", "the dough.\n\n    sleep 60", []string{"01-first/two.md:14: indented code: only paragraphs,"}},
	{"image", two, "the dough", "the ![dough](https://bread.example/a.png)", []string{"01-first/two.md:12: images are not shown in a chat"}},
	{"HTML", two, "the dough", "the <b>dough</b>", []string{"01-first/two.md:12: HTML is not shown", "01-first/two.md:12: HTML is not shown"}},
	{"HTML block", two, "the dough.", "the dough.\n\n<table>\n</table>", []string{"01-first/two.md:14: HTML: only paragraphs,"}},
	{"rule", two, "the dough.", "the dough.\n\n***\n\nMore", []string{"01-first/two.md:14: a rule: only paragraphs,"}},
	{"heading in a section", two, "the dough.", "the dough.\n\n### More", []string{"01-first/two.md:14: a heading: only paragraphs,"}},
	{"quotation", two, "the dough.", "the dough.\n\n> More", []string{"01-first/two.md:14: a quotation: only paragraphs,"}},
	{"list in a list", two, "the dough.", "the dough\n\n- flour\n- water\n  - cold\n", []string{
		"01-first/two.md:15: list items hold one line or paragraph each; no lists inside lists"}},
	{"code in a list", two, "the dough.", "the dough\n\n- ```sh\n  ls\n  ```\n", []string{"01-first/two.md:14: list items hold one line"}},
	{"quotation in a list", two, "the dough.", "the dough\n\n- > flour\n", []string{"01-first/two.md:14: list items hold one line"}},
	{"list in a list at once", two, "the dough.", "the dough\n\n- - flour\n", []string{"01-first/two.md:14: list items hold one line"}},
	{"empty list item", two, "the dough.", "the dough\n\n- flour\n-\n", []string{"01-first/two.md:15: list items hold one line"}},
	{"link in text", two, "the dough", "the [dough](http://plain.example/)", []string{
		`01-first/two.md:12: link to "http://plain.example/": links in text begin with https://`}},
	{"bare link in text", two, "the dough", "the <http://plain.example/>", []string{`01-first/two.md:12: link to "http://plain.example/"`}},
	{"address of a person", two, "the dough", "the <ann@bread.example>", []string{`01-first/two.md:12: link to "ann@bread.example"`}},
	{"link by reference", two, "the dough.", "the [dough][d].\n\n[d]: https://bread.example/", []string{
		"01-first/two.md:14: a link's definition: only paragraphs,"}},
	{"bytes that are no text", two, "the dough", "the \xffdough", []string{"01-first/two.md:12: not UTF-8"}},
	{"control character", two, "the dough", "the \x1b[1mdough", []string{"01-first/two.md:12: control character U+001B"}},
	{"turned direction", two, "the dough", "the \u202edough", []string{"01-first/two.md:12: control character U+202E"}},
	{"bytes in the list of stages", roadmap, "Bread", "\xff", []string{"roadmap.yaml:1: not UTF-8: save the file as UTF-8"}},

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

// links are some that are not the primary one.
func links(n int) (text string) {
	for i := range n {
		text += fmt.Sprintf("  - title: Crumbs\n    url: https://crumbs.example/%d\n    kind: docs\n    cost: free\n    level: beginner\n", i)
	}
	return text
}

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
