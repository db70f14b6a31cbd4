package content_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"roadmapbot/content"
)

// sample is the topic that CONTRIBUTING.md shows, and the text around it.
func sample(t *testing.T) (topic, text string) {
	t.Helper()
	data, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	text = string(data)
	_, rest, found := strings.Cut(text, "\n````markdown\n")
	topic, _, closed := strings.Cut(rest, "````\n")
	if !found || !closed {
		t.Fatal("CONTRIBUTING.md has no sample between lines of ````markdown and ````")
	}
	return topic, text
}

// The sample loads as it stands, its listings do what they say, and it shows every
// key.
func TestContributingSample(t *testing.T) {
	t.Parallel()
	topic, _ := sample(t)
	dir := bread()
	folder := "06-baking/"
	write(dir, folder+"bake-rye.md", topic)
	list := "  - bake-rye\n"
	for _, id := range []string{"bake-basics", "oven-gas", "oven-electric"} {
		text := strings.NewReplacer("id: two", "id: "+id+"\nchoice: flour", "#two", "#"+id).Replace(twoFile)
		write(dir, folder+id+".md", text)
		list += "  - " + id + "\n"
	}
	write(dir, folder+"stage.md", strings.NewReplacer("id: first", "id: baking", "  - one\n  - two\n", list).Replace(stageFile))
	r, err := content.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	rye, _ := r.Topic("bake-rye")
	equal(t, rye.Minutes, 90)
	equal(t, rye.Requires, [][]string{{"bake-basics"}, {"oven-gas", "oven-electric"}})
	b := newBench(t)
	for _, l := range sectionListings("CONTRIBUTING.md", rye.Lesson) {
		if did, err := b.prove(t, l); err != nil {
			t.Errorf("%s: %v", did, err)
		}
	}

	head, _, _ := strings.Cut(topic, "## ")
	keys := append(known(t, one, "named: true", "nobody: knows"), known(t, one, "    level: beginner", "    nobody: knows")...)
	if len(keys) < 10 {
		t.Errorf("only the keys %q are known", keys)
	}
	for _, key := range keys {
		if !strings.Contains(head, key+": ") && !strings.Contains(head, key+":\n") {
			t.Errorf("the sample's head does not show the key %s", key)
		}
	}
}

// known are the keys that a fault lists when nobody knows one.
func known(t *testing.T, file, old, text string) []string {
	t.Helper()
	dir := bread()
	edit(t, dir, file, old, text)
	_, err := content.Load(dir)
	faults, _ := errors.AsType[content.Faults](err)
	if len(faults) != 1 {
		t.Fatalf("got %v", err)
	}
	_, list, _ := strings.Cut(faults[0].Text, "there are: ")
	return strings.Split(list, ", ")
}

// Every word that a file may choose from is named.
func TestContributingWords(t *testing.T) {
	t.Parallel()
	topic, text := sample(t)
	for _, word := range slices.Concat(content.LinkKinds, content.LinkCosts, content.LinkLevels) {
		if !says(topic, word) {
			t.Errorf("the sample does not name %s", word)
		}
	}
	for _, word := range slices.Concat(content.RunLanguages, content.ShownLanguages, content.CodeMarks) {
		if !strings.Contains(text, "`"+word+"`") {
			t.Errorf("CONTRIBUTING.md does not name `%s`", word)
		}
	}
	for _, word := range content.ItemKinds {
		if !strings.Contains(text, "."+word) {
			t.Errorf("CONTRIBUTING.md does not name .%s", word)
		}
	}
}
