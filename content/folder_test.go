package content_test

import (
	"testing"

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
			`02-second/stage.md:2: id "stage-first" is already used at 01-first/stage.md:2`,
			`02-second/two.md:2: id "two" is already used at 01-first/two.md:2`,
		})
	})
}
