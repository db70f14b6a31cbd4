package content

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed roadmap
var embedded embed.FS

// Default is the roadmap inside the binary.
var Default = sync.OnceValues(func() (*Roadmap, error) {
	dir, err := fs.Sub(embedded, "roadmap")
	if err != nil {
		return nil, err
	}
	return Load(dir)
})

// maxFile bounds what is read of one file: far above any honest topic.
const maxFile = 64 << 10

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Load reads and checks a roadmap: a file roadmap.yaml, and a folder a stage with
// a stage.md and a file a topic. Stages come in the order of the folders' names,
// topics in the order that stage.md lists. Everything wrong with the content is
// reported at once, as [Faults]; any other error means the folder can't be read.
func Load(dir fs.FS) (*Roadmap, error) {
	l := &loader{
		dir: dir,
		roadmap: &Roadmap{
			topics:  map[string]*Topic{},
			choices: map[string][]*Topic{},
			items:   map[string]*Item{},
		},
		where: map[string]place{},
	}
	if err := l.load(); err != nil {
		return nil, err
	}
	n := 0
	for t := range l.roadmap.Topics() {
		t.Number = n
		n++
		if t.Choice != "" {
			l.roadmap.choices[t.Choice] = append(l.roadmap.choices[t.Choice], t)
		}
	}
	l.checkRequires()
	l.checkAliases()
	l.checkChoices()
	if err := l.faults.err(); err != nil {
		return nil, err
	}
	return l.roadmap, nil
}

type loader struct {
	dir     fs.FS
	roadmap *Roadmap
	head    roadmapHead
	faults  Faults
	where   map[string]place // of each id, for faults found once everything is read
	needs   []need
}

type place struct {
	file string
	line int
}

// need is a topic that another one requires, and where it says so.
type need struct {
	id string
	place
}

func (l *loader) load() error {
	source, err := l.read("roadmap.yaml")
	if err != nil {
		return err
	}
	l.head = decode[roadmapHead](&l.faults, "roadmap.yaml", source)
	if l.head.Title.Value == "" {
		l.faults.add("roadmap.yaml", 1, "title is missing")
	}
	l.roadmap.Title = l.head.Title.Value
	l.roadmap.aliases = map[string]string{}

	entries, err := fs.ReadDir(l.dir, ".")
	if err != nil {
		return fmt.Errorf("read the roadmap's folder: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := l.stage(e.Name()); err != nil {
			return err
		}
	}
	if len(l.roadmap.Stages) == 0 {
		l.faults.add("roadmap.yaml", 1, "no stages: put a folder with a stage.md beside this file")
	}
	return nil
}

// read returns a file's text, or notes a fault and returns nothing.
func (l *loader) read(name string) ([]byte, error) {
	info, err := fs.Stat(l.dir, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.faults.add(name, 1, "the file is missing")
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the roadmap: %w", err)
	case !info.Mode().IsRegular():
		l.faults.add(name, 1, "not a regular file")
		return nil, nil
	case info.Size() > maxFile:
		l.faults.add(name, 1, "%d bytes; at most %d", info.Size(), maxFile)
		return nil, nil
	}
	source, err := fs.ReadFile(l.dir, name)
	if err != nil {
		return nil, fmt.Errorf("read the roadmap: %w", err)
	}
	source = bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n"))
	if at := bytes.IndexAny(source, "\r\u0085\u2028\u2029"); at >= 0 { // YAML and Markdown don't agree whether these end a line
		l.faults.add(name, 1+bytes.Count(source[:at], []byte("\n")), "a line end of an unusual kind: save the file with ordinary ones")
		return nil, nil
	}
	return source, nil
}

// claim notes where an id stands, and reports one that stands twice.
func (l *loader) claim(id, file string, line int) bool {
	if !idForm.MatchString(id) || len(id) > 40 {
		l.faults.add(file, line, "id %q: use lower-case letters, digits and single hyphens, at most 40", id)
		return false
	}
	if first, taken := l.where[id]; taken {
		l.faults.add(file, line, "id %q is already used at %s:%d", id, first.file, first.line)
		return false
	}
	l.where[id] = place{file, line}
	return true
}

func (l *loader) stage(folder string) error {
	file := path.Join(folder, "stage.md")
	source, err := l.read(file)
	if source == nil {
		return err
	}
	d := parse(&l.faults, file, source)
	head := decode[stageHead](&l.faults, file, d.head)
	s := &Stage{Number: len(l.roadmap.Stages) + 1, ID: head.ID.Value, Title: head.Title.Value}
	if s.ID == "" {
		l.faults.add(file, 1, "id is missing")
	} else {
		l.claim("stage-"+s.ID, file, head.ID.Line)
	}
	if s.Title == "" {
		l.faults.add(file, 1, "title is missing")
	}
	if len(head.Topics) == 0 {
		l.faults.add(file, 1, "topics: list the ids of the stage's topics in order")
	}
	s.Words = d.section("In the roadmap", true)
	s.Intro = d.section("Introduction", true)
	s.Project = d.section("Project", false)
	s.Criteria = d.criteria("Done when")
	d.finish()
	l.roadmap.Stages = append(l.roadmap.Stages, s)

	listed := []string{"stage.md"}
	for _, id := range head.Topics {
		if slices.Contains(listed, id.Value+".md") {
			l.faults.add(file, id.Line, "topic %q is listed twice", id.Value)
			continue
		}
		if !idForm.MatchString(id.Value) {
			l.faults.add(file, id.Line, "topic %q: write the file's name without .md", id.Value)
			continue
		}
		listed = append(listed, id.Value+".md")
		if err := l.topic(s, folder, id.Value); err != nil {
			return err
		}
	}
	files, err := fs.ReadDir(l.dir, folder)
	if err != nil {
		return fmt.Errorf("read the roadmap: %w", err)
	}
	for _, f := range files {
		if !slices.Contains(listed, f.Name()) {
			l.faults.add(path.Join(folder, f.Name()), 1, "not listed under topics in %s", file)
		}
	}
	return nil
}
