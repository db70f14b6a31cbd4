package content

import (
	"math"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Limits of a topic's words, so that a lesson is read to its end on a phone.
const (
	MaxLessonWords   = 120 // code not counted
	MaxWhyWords      = 60  // of a quiz item's explanation
	MaxQuestionRunes = 300
	MaxOptionRunes   = 150
)

func (l *loader) topic(s *Stage, folder, id string) error {
	file := path.Join(folder, id+".md")
	source, err := l.read(file)
	if source == nil {
		return err
	}
	d := parse(&l.faults, file, source)
	known := len(l.faults)
	head := decode[topicHead](&l.faults, file, d.head)
	t := &Topic{
		ID: head.ID.Value, Stage: s, Title: head.Title.Value, Minutes: head.Minutes,
		Named: head.Named, Choice: head.Choice.Value, Optional: head.Optional,
	}
	if len(l.faults) == known {
		l.topicHead(t, file, id, head)
	} else if t.ID = id; l.claim(id, file, 1) { // what the head lacks is told once it can be read
		l.roadmap.topics[id] = t
	}
	t.Lesson = d.section("Lesson", true)
	t.Why = d.section("Why it matters at work", false)
	t.Exercise = d.section("Exercise", false)
	t.Check = d.section("How to check it", false)
	if words := t.Lesson.words(); words > MaxLessonWords {
		l.faults.add(file, d.sectionLine("Lesson"), "the lesson has %d words; at most %d", words, MaxLessonWords)
	}
	t.Items = l.quiz(d, t)
	d.finish()
	s.Topics = append(s.Topics, t)
	return nil
}

func (l *loader) topicHead(t *Topic, file, id string, head topicHead) {
	switch {
	case head.ID.Value == "":
		l.faults.add(file, 1, "id is missing")
	case head.ID.Value != id:
		l.faults.add(file, head.ID.Line, "id %q must be the file's name, %q", head.ID.Value, id)
	case l.claim(id, file, head.ID.Line):
		l.roadmap.topics[id] = t
	}
	if t.Title == "" {
		l.faults.add(file, 1, "title is missing")
	}
	if head.Hours > 0 {
		t.Minutes = int(math.Round(head.Hours * 60))
	}
	if t.Minutes <= 0 || t.Minutes > 200*60 || (head.Hours != 0 && head.Minutes != 0) {
		l.faults.add(file, 1, "give the study time as either hours or minutes, above 0 and at most 200 hours")
	}
	for _, r := range head.Requires {
		var oneOf []string
		for one := range strings.SplitSeq(r.Value, "|") {
			one = strings.TrimSpace(one)
			oneOf = append(oneOf, one)
			l.needs = append(l.needs, need{one, place{file, r.Line}})
		}
		t.Requires = append(t.Requires, oneOf)
	}
	l.links(t, file, head.Links)
}

func (l *loader) links(t *Topic, file string, links []locatedLink) {
	primary := 0
	var seen []string
	for _, link := range links {
		bad := func(format string, args ...any) { l.faults.add(file, link.line, format, args...) }
		if link.Title == "" {
			bad("the link has no title")
		}
		switch {
		case slices.Contains(seen, link.URL):
			bad("the link %s stands twice", link.URL)
		case !strings.HasPrefix(link.URL, "https://") && !slices.Contains(l.head.PlainHTTP, link.URL):
			bad("the link %q is not https (if it really has none, list it under plain-http in roadmap.yaml)", link.URL)
		case strings.ContainsAny(link.URL, " \t\n<>()\"") || len(link.URL) > 512:
			bad("the link %q holds a character that must be escaped, or is over 512 bytes", link.URL)
		}
		seen = append(seen, link.URL)
		for _, word := range []struct {
			name, value string
			known       []string
		}{{"kind", link.Kind, LinkKinds}, {"cost", link.Cost, LinkCosts}, {"level", link.Level, LinkLevels}} {
			if !slices.Contains(word.known, word.value) {
				bad("%s %q: one of %s", word.name, word.value, strings.Join(word.known, ", "))
			}
		}
		if link.Primary {
			primary++
		}
		t.Links = append(t.Links, link.Link)
	}
	if len(links) > 0 && primary != 1 {
		l.faults.add(file, links[0].line, "%d links are marked primary; mark exactly one", primary)
	}
}

// sectionLine is the line of a section's heading.
func (d *document) sectionLine(title string) int {
	for _, s := range d.sections {
		if s.title == title {
			return s.line
		}
	}
	return 1
}

// words counts the words of a section, code aside.
func (s Section) words() int {
	n := 0
	for _, b := range s {
		switch b := b.(type) {
		case Text:
			n += len(strings.Fields(string(b)))
		case List:
			n += len(strings.Fields(strings.Join(b.Items, " ")))
		}
	}
	return n
}

// quiz takes the section of questions: a heading each, a task list, a quotation.
func (l *loader) quiz(d *document, t *Topic) []*Item {
	nodes, line := d.take("Quiz", false)
	if line > 0 && len(nodes) == 0 {
		d.faults.add(d.file, line, "section %q is empty", "Quiz")
	}
	var items []*Item
	for i := 0; i < len(nodes); {
		h, ok := nodes[i].(*ast.Heading)
		if !ok || h.Level != 3 {
			d.fault(nodes[i], "in the quiz, every item begins with ### and its question")
			i++
			continue
		}
		end := i + 1
		for end < len(nodes) && nodes[end].Kind() != ast.KindHeading {
			end++
		}
		items = append(items, l.item(d, t, h, nodes[i+1:end]))
		i = end
	}
	return items
}
