package content

import (
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

	unread   bool     // some topic can't be read, so its choice and questions are unknown
	unlisted []string // topics whose file no stage.md lists
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
	l.roadmap.aliases = map[string]string{}
	source, err := l.read("roadmap.yaml")
	if source == nil {
		return err
	}
	head, readable := decode[roadmapHead](&l.faults, "roadmap.yaml", source)
	if !readable { // without the links that it allows, others would seem wrong
		return nil
	}
	l.head = head
	if l.head.Title.Value == "" {
		l.faults.add("roadmap.yaml", 1, "title is missing")
	}
	l.roadmap.Title = l.head.Title.Value

	entries, err := fs.ReadDir(l.dir, ".")
	if err != nil {
		return fmt.Errorf("read the roadmap's folder: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := fs.Stat(l.dir, e.Name()) // and not e, which may be a link to a folder, as in a mounted volume
		if err != nil {
			return fmt.Errorf("read the roadmap's folder: %w", err)
		}
		if !info.IsDir() {
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

// claim notes where an id stands, and reports one that stands twice. It is known by
// the prefix and the id, of which the file holds the id alone.
func (l *loader) claim(prefix, id, file string, line int) bool {
	if most := 40 - len(prefix); !idForm.MatchString(id) || len(id) > most {
		l.faults.add(file, line, "id %q: use lower-case letters, digits and single hyphens, at most %d", id, most)
		return false
	}
	if first, taken := l.where[prefix+id]; taken {
		l.faults.add(file, line, "id %q is already used at %s:%d", id, first.file, first.line)
		return false
	}
	l.where[prefix+id] = place{file, line}
	return true
}

func (l *loader) stage(folder string) error {
	file := path.Join(folder, "stage.md")
	source, err := l.read(file)
	if err != nil {
		return err
	}
	s := &Stage{Number: len(l.roadmap.Stages) + 1, File: file}
	l.roadmap.Stages = append(l.roadmap.Stages, s)
	var topics []located[string]
	if d := parse(&l.faults, file, source); d != nil {
		topics = l.stageHead(s, d)
		s.Words = d.section("In the roadmap")
		s.Intro = d.section("Introduction")
		s.Project = d.section("Project")
		s.Criteria = d.criteria("Done when")
		d.finish()
	}
	return l.topics(s, folder, topics)
}

// stageHead returns the topics that the stage lists.
func (l *loader) stageHead(s *Stage, d *document) []located[string] {
	head, readable := decode[stageHead](&l.faults, s.File, d.head)
	s.ID, s.Title = head.ID.Value, head.Title.Value
	if !readable { // what it lacks is told once it can be read
		return head.Topics
	}
	if s.ID == "" {
		l.faults.add(s.File, head.ID.Line, "id is missing")
	} else {
		l.claim("stage-", s.ID, s.File, head.ID.Line)
	}
	l.title(s.File, head.Title)
	if len(head.Topics) == 0 {
		l.faults.add(s.File, 1, "topics: list the ids of the stage's topics in order")
	}
	return head.Topics
}

// topics reads the topics that a stage lists. If there is no list, which is a fault
// already, every file of the folder is taken for a topic.
func (l *loader) topics(s *Stage, folder string, list []located[string]) error {
	files, err := fs.ReadDir(l.dir, folder)
	if err != nil {
		return fmt.Errorf("read the roadmap: %w", err)
	}
	listed := []string{"stage.md"}
	for _, id := range list {
		switch {
		case id.Value == "stage":
			l.faults.add(s.File, id.Line, "topic %q: stage.md is the stage itself; a topic has another id", id.Value)
			continue
		case slices.Contains(listed, id.Value+".md"):
			l.faults.add(s.File, id.Line, "topic %q is listed twice", id.Value)
			continue
		case !idForm.MatchString(id.Value):
			l.faults.add(s.File, id.Line, "topic %q: write the file's name without .md", id.Value)
			continue
		}
		listed = append(listed, id.Value+".md")
		if home := l.home(folder, id.Value); home != "" {
			l.faults.add(s.File, id.Line, "topic %q belongs to the stage %s already; list it in one stage only", id.Value, home)
			continue
		}
		if err := l.topic(s, folder, id.Value); err != nil {
			return err
		}
	}
	for _, f := range files {
		if slices.Contains(listed, f.Name()) || strings.HasPrefix(f.Name(), ".") { // a desktop's or an editor's own
			continue
		}
		id, isTopic := strings.CutSuffix(f.Name(), ".md")
		isTopic = isTopic && idForm.MatchString(id)
		switch {
		case len(list) > 0:
			l.faults.add(path.Join(folder, f.Name()), 1, "not listed under topics in %s", s.File)
			if isTopic {
				l.unlisted, l.unread = append(l.unlisted, id), true
			}
		case isTopic:
			if err := l.topic(s, folder, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// home is the folder of another stage that has the file of a topic which this
// stage's folder lacks, or "".
func (l *loader) home(folder, id string) string {
	if _, err := fs.Stat(l.dir, path.Join(folder, id+".md")); !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if found, err := fs.Glob(l.dir, "*/"+id+".md"); err == nil && len(found) > 0 {
		return path.Dir(found[0])
	}
	return ""
}
