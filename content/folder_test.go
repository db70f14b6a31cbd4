package content_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"roadmapbot/content"
)

// Faults that are not in a file's words.
func TestFaultsOfFolders(t *testing.T) {
	t.Parallel()
	t.Run("no roadmap.yaml", func(t *testing.T) {
		t.Parallel()
		dir := bread()
		delete(dir, roadmap)
		_, err := content.Load(dir)
		check(t, err, []string{"roadmap.yaml:1: the file is missing"})
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
			`02-second/stage.md:2: id "first" is already used at 01-first/stage.md:2`,
			`02-second/two.md:2: id "two" is already used at 01-first/two.md:2`,
		})
	})
	for name, folder := range map[string]string{"a later stage": "00-before", "an earlier stage": "02-after"} {
		t.Run("a topic of "+name, func(t *testing.T) {
			t.Parallel()
			dir := bread()
			second(dir, folder)
			edit(t, dir, folder+"/stage.md", "  - own\n", "  - own\n  - two\n")
			_, err := content.Load(dir)
			check(t, err, []string{folder + `/stage.md:6: topic "two" belongs to the stage 01-first already; list it in one stage only`})
		})
	}
}

// What can't be read is one fault, and not told again by all that builds on it.
func TestFaultsOfFilesUnread(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                    "01-first/stage.md:1: the file is empty",
		"Words.\n":            "01-first/stage.md:1: the file must begin with a head",
		"---\nid: first\n":    "01-first/stage.md:1: the head is not closed",
		stageFile + "```sh\n": "01-first/stage.md:28: the code block is not closed",
		strings.Replace(stageFile, "title: First", "title: [First", 1): "01-first/stage.md:3: a bracket is opened and not closed",
	} {
		t.Run("stage: "+want, func(t *testing.T) {
			t.Parallel()
			dir := bread()
			second(dir, "02-after")
			write(dir, stage, text)
			_, err := content.Load(dir)
			check(t, err, []string{want})
		})
	}
	t.Run("the other topic of a choice", func(t *testing.T) {
		t.Parallel()
		dir := bread()
		edit(t, dir, one, "named: true\n", "choice: dough\n")
		write(dir, two, "")
		_, err := content.Load(dir)
		check(t, err, []string{"01-first/two.md:1: the file is empty"})
	})
	t.Run("links that roadmap.yaml allows", func(t *testing.T) {
		t.Parallel()
		dir := bread()
		edit(t, dir, one, "https://bread.example/", "http://plain.example/")
		edit(t, dir, roadmap, "plain-http:", "plain_http:")
		_, err := content.Load(dir)
		check(t, err, []string{`roadmap.yaml:2: "plain_http" is no key of a roadmap`})
	})
}

// second adds a stage whose topic builds on the first stage's.
func second(dir fstest.MapFS, folder string) {
	write(dir, folder+"/stage.md", strings.NewReplacer("id: first", "id: second", "  - one\n  - two\n", "  - own\n").Replace(stageFile))
	write(dir, folder+"/own.md", strings.NewReplacer("id: two", "id: own", "#two", "#own").Replace(twoFile))
}
