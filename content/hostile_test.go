package content_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"roadmapbot/content"
)

// Files made to cost much are read in bounded time and memory: each of these once
// took, or would take without a guard, more than a machine has.
func TestLoadHostile(t *testing.T) {
	t.Parallel()
	const size = 60_000
	bomb := "a0: &a0 [x, x]\n"
	for i := range 40 {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	heads := map[string]string{
		"one key again and again": strings.Repeat("a: b\n", size/5),
		"merged keys":             strings.Repeat("<<: {a: b}\n", size/11),
		"aliases of aliases":      bomb + "links: *a40\n",
		"deep brackets":           "links: " + strings.Repeat("[", size),
		"deep dashes":             strings.Repeat("- ", size/2),
		"a slip below many lines": strings.Repeat("# a\n", size/5) + "\t- b",
		"a ring of many":          "requires: [" + strings.Repeat("two,", size/5) + "]",
	}
	bodies := map[string]string{
		"brackets":  strings.Repeat("[", size),
		"emphasis":  strings.Repeat("*a _b ", size/6),
		"quotes":    strings.Repeat(">", size/5),
		"dashes":    strings.Repeat("- ", size/2),
		"questions": "## Quiz\n" + strings.Repeat("### a {#one-a}\n", size/15),
		"sections":  strings.Repeat("## Lesson\n", size/10),
	}
	for name, head := range heads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hostile(t, "---\n"+head+"\n---\n\n## Lesson\n\nWait.\n")
		})
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hostile(t, strings.Replace(twoFile, "Wait for the dough.\n", body, 1))
		})
	}
}

func hostile(t *testing.T, text string) {
	t.Helper()
	dir := bread()
	write(dir, two, text)
	_, err := content.Load(dir)
	var faults content.Faults
	if err != nil && !errors.As(err, &faults) {
		t.Error(err)
	}
}

// FuzzLoad gives the loader any topic: it finds faults or loads, and never panics;
// what loads keeps its promises to the core.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{oneFile, twoFile, stageFile, "", "---\n---\n", "---\n\n---\n## Quiz\n###\n", "---\n\r\r\r00\n---\n", "---\n\u2028\u2028\u202800\n---\n"} {
		f.Add([]byte(seed))
	}
	for _, tt := range faulty {
		if tt.file == "01-first/one.md" {
			f.Add([]byte(strings.Replace(oneFile, tt.old, tt.text, 1)))
		}
	}
	f.Fuzz(func(t *testing.T, topic []byte) {
		dir := bread()
		write(dir, "01-first/one.md", string(topic))
		r, err := content.Load(dir)
		var faults content.Faults
		switch {
		case errors.As(err, &faults):
			for _, fault := range faults {
				lines := strings.Count(string(dir[fault.File].Data), "\n") + 1
				if fault.Text == "" || fault.Line < 1 || fault.Line > lines {
					t.Errorf("%+v in a file of %d lines", fault, lines)
				}
			}
		case err != nil:
			t.Error(err)
		default:
			promises(t, r)
		}
	})
}

// promises is what the core takes for granted of every roadmap.
func promises(t *testing.T, r *content.Roadmap) {
	t.Helper()
	for topic := range r.Topics() {
		if got, ok := r.Topic(topic.ID); !ok || got != topic {
			t.Errorf("topic %q is not found by its id", topic.ID)
		}
		if topic.Title == "" || topic.Minutes <= 0 || len(topic.Links) == 0 || len(topic.Items) == 0 {
			t.Errorf("topic %q lacks title, time, links or quiz", topic.ID)
		}
		for _, section := range []content.Section{topic.Lesson, topic.Why, topic.Exercise, topic.Check} {
			if len(section) == 0 {
				t.Errorf("topic %q lacks a section", topic.ID)
			}
		}
		for _, oneOf := range topic.Requires {
			for _, id := range oneOf {
				if _, ok := r.Topic(id); !ok {
					t.Errorf("topic %q requires %q", topic.ID, id)
				}
			}
		}
		for _, item := range topic.Items {
			if got, ok := r.Item(item.ID); !ok || got != item || item.Topic != topic {
				t.Errorf("item %q is not found by its id", item.ID)
			}
			if item.Question == "" || item.Why == "" || len(item.Options) != 4 || item.Right() < 0 {
				t.Errorf("item %q is incomplete", item.ID)
			}
		}
	}
}
