package content_test

import (
	"errors"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"roadmapbot/content"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	r, err := content.Load(bread())
	if err != nil {
		t.Fatal(err)
	}
	if r.Title != "Bread" || len(r.Stages) != 1 || len(r.Stages[0].Topics) != 2 {
		t.Fatalf("got %q with %d stages", r.Title, len(r.Stages))
	}
	s, one, two := r.Stages[0], r.Stages[0].Topics[0], r.Stages[0].Topics[1]
	equal(t, s.Number, 1)
	equal(t, s.ID, "first")
	equal(t, s.Title, "First")
	equal(t, s.Words, content.Section{content.Text("Bread: flour, **water**.")})
	equal(t, s.Intro, content.Section{
		content.Text("After this stage you can bake."),
		content.List{Items: []string{"flour", "water"}},
	})
	equal(t, s.Project, content.Section{content.Text("Bake a loaf.")})
	equal(t, s.Criteria, []string{"It has a crust", "It is `warm`"})

	equal(t, one.Stage, s)
	equal(t, one.Title, "One")
	equal(t, one.Minutes, 90)
	equal(t, one.Named, true)
	equal(t, one.Links, []content.Link{{
		Title: "Bread", URL: "https://bread.example/", Kind: "book", Cost: "free", Level: "beginner", Primary: true,
	}})
	equal(t, one.Lesson, content.Section{
		content.Text("Salt slows the yeast."),
		content.Code{
			Language: "sql", Marks: []string{"postgres", "fails"},
			Text: "SELECT salt;\n\nSELECT more;", Line: 20,
		},
	})
	equal(t, one.Why, content.Section{content.Text("Bakers wait.")})
	equal(t, one.Exercise, content.Section{
		content.List{Ordered: true, Start: 3, Items: []string{"Weigh it", "Bake it"}},
	})
	equal(t, one.Check, content.Section{content.Text("It smells.")})
	equal(t, one.Items, []*content.Item{{
		ID: "one-salt", Topic: one, Kind: "why", Question: "Why salt?", Why: "Salt draws water.",
		Options: []content.Option{
			{Text: "It slows the yeast", Right: true}, {Text: "It feeds the yeast"},
			{Text: "It dries the yeast"}, {Text: "It kills the yeast"},
		},
	}})
	equal(t, two.Minutes, 30)
	equal(t, two.Requires, [][]string{{"one"}})

	topic, _ := r.Topic("old-one")
	equal(t, topic, one)
	item, _ := r.Item("old-one-salt")
	equal(t, item, one.Items[0])
	if _, ok := r.Topic("three"); ok {
		t.Error("found a topic that is not there")
	}
}

// What editors on Windows write, or what only looks odd, is no fault.
func TestLoadTolerates(t *testing.T) {
	t.Parallel()
	tests := map[string]func(dir fstest.MapFS){
		"CRLF": func(dir fstest.MapFS) {
			for name, file := range dir {
				write(dir, name, strings.ReplaceAll(string(file.Data), "\n", "\r\n"))
			}
		},
		"a byte order mark": func(dir fstest.MapFS) {
			for name, file := range dir {
				write(dir, name, "\ufeff"+string(file.Data))
			}
		},
		"other folders and files": func(dir fstest.MapFS) {
			write(dir, "README.md", "words")
			write(dir, ".git/config", "words")
			write(dir, "01-first/.DS_Store", "words")
			write(dir, "01-first/.one.md.swp", "words")
		},
		"a link to a stage's folder": func(dir fstest.MapFS) {
			for _, name := range []string{"stage.md", "one.md", "two.md"} {
				dir["..data/"+name] = dir["01-first/"+name]
				delete(dir, "01-first/"+name)
			}
			dir["01-first"] = &fstest.MapFile{Data: []byte("..data"), Mode: fs.ModeSymlink}
		},
		"an indented end of code": func(dir fstest.MapFS) {
			edit(t, dir, "01-first/one.md", "more;\n```", "more;\n  ```")
		},
		"blanks behind the head's marks": func(dir fstest.MapFS) {
			for name, file := range dir {
				write(dir, name, strings.ReplaceAll(string(file.Data), "---\n", "--- \n"))
			}
		},
		"no line at the end": func(dir fstest.MapFS) {
			for name, file := range dir {
				write(dir, name, strings.TrimSuffix(string(file.Data), "\n"))
			}
		},
	}
	want, err := content.Load(bread())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := bread()
			change(dir)
			got, err := content.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, want)
		})
	}
}

// Everything wrong is told at once, in the order of the files and lines.
func TestLoadReportsAll(t *testing.T) {
	t.Parallel()
	dir := bread()
	edit(t, dir, "roadmap.yaml", "title: Bread\n", "")
	edit(t, dir, "01-first/two.md", "title: Two\n", "colour: red\n")
	edit(t, dir, "01-first/one.md", "> Salt draws water.\n", "")
	edit(t, dir, "01-first/one.md", "It smells.\n", "")
	_, err := content.Load(dir)
	if _, ok := errors.AsType[content.Faults](err); !ok {
		t.Fatalf("got %v", err)
	}
	want := `01-first/one.md:34: section "How to check it" is empty
01-first/one.md:39: the reason is missing: > why
01-first/two.md:3: "colour" is no key of a topic; there are: id, title, hours, minutes, requires, named, choice, optional, links
roadmap.yaml:1: title is missing`
	equal(t, err.Error(), want)
}

// A folder that can't be read is not the author's fault.
func TestLoadUnreadable(t *testing.T) {
	t.Parallel()
	for _, name := range []string{".", "roadmap.yaml", "01-first", "01-first/stage.md", "01-first/two.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := content.Load(broken{bread(), name})
			var faults content.Faults
			if !errors.Is(err, fs.ErrPermission) || errors.As(err, &faults) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// broken refuses to open one name.
type broken struct {
	fstest.MapFS
	name string
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.MapFS.Open(name)
}

func (b broken) ReadFile(name string) ([]byte, error) { return fs.ReadFile(opener{b}, name) }

func (b broken) Stat(name string) (fs.FileInfo, error) { return fs.Stat(opener{b}, name) }

func (b broken) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(opener{b}, name) }

// opener leaves only Open of a file system.
type opener struct{ dir fs.FS }

func (o opener) Open(name string) (fs.File, error) { return o.dir.Open(name) }

func equal[T any](t *testing.T, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// The link that is marked primary is shown first, wherever it stands.
func TestPrimaryLinkFirst(t *testing.T) {
	dir := bread()
	edit(t, dir, "01-first/one.md", "links:\n", "links:\n"+links(4))
	r, err := content.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := r.Topic("one")
	equal(t, len(one.Links), 5)
	equal(t, one.Links[0].Title, "Bread")
	equal(t, one.Links[1].Title, "Crumbs")
}
