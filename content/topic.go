package content

import (
	"math"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// Limits of a topic, so that a lesson is read to its end on a phone.
const (
	maxLessonWords   = 120 // code not counted
	maxWhyWords      = 60  // of a quiz item's explanation
	maxQuestionRunes = 300
	maxTitleRunes    = 120 // a platform takes 150, words before it included
	maxOptionRunes   = 150
	maxLinks         = 5
)

// topic reads one file. Its name is the topic's id whatever is wrong inside, so that
// one mistake is not told again by every file that refers to the topic.
func (l *loader) topic(s *Stage, folder, id string) error {
	file := path.Join(folder, id+".md")
	source, err := l.read(file)
	if err != nil {
		return err
	}
	d := parse(&l.faults, file, source)
	var head topicHead
	readable := false
	if d != nil {
		head, readable = decode[topicHead](&l.faults, file, d.head)
	}
	l.unread = l.unread || !readable
	if !l.claim("", id, file, head.ID.Line) {
		return nil
	}
	t := &Topic{
		ID: id, File: file, Stage: s, Title: head.Title.Value, Minutes: head.Minutes.Value,
		Named: head.Named, Choice: head.Choice.Value, Optional: head.Optional,
	}
	l.roadmap.topics[id] = t
	s.Topics = append(s.Topics, t)
	if readable { // what the head lacks is told once it can be read
		l.topicHead(t, head)
	}
	if d == nil {
		return nil
	}
	// The bot could do without most of these. A roadmap of the form that it teaches
	// has them, and one that lacks a part is far more often a slip than a wish.
	t.Lesson = d.section("Lesson")
	t.Why = d.section("Why it matters at work")
	t.Exercise = d.section("Exercise")
	t.Check = d.section("How to check it")
	if words := t.Lesson.words(); words > maxLessonWords {
		l.faults.add(file, d.sectionLine("Lesson"), "the lesson has %d words; at most %d", words, maxLessonWords)
	}
	t.Items = l.quiz(d, t)
	d.finish()
	return nil
}

func (l *loader) topicHead(t *Topic, head topicHead) {
	switch {
	case head.ID.Value == "":
		l.faults.add(t.File, head.ID.Line, "id is missing: write id: %s", t.ID)
	case head.ID.Value != t.ID:
		l.faults.add(t.File, head.ID.Line, "id %q must be the file's name, %q", head.ID.Value, t.ID)
	}
	l.title(t.File, head.Title)
	if head.Hours.Value > 0 {
		t.Minutes = int(math.Round(head.Hours.Value * 60))
	}
	if t.Minutes <= 0 || t.Minutes > 200*60 || (head.Hours.Value != 0 && head.Minutes.Value != 0) {
		l.faults.add(t.File, max(head.Hours.Line, head.Minutes.Line), "give the study time as either hours or minutes, above 0 and at most 200 hours")
	}
	for _, r := range head.Requires {
		var oneOf []string
		for one := range strings.SplitSeq(r.Value, "|") {
			one = strings.TrimSpace(one)
			oneOf = append(oneOf, one)
			l.needs = append(l.needs, need{one, place{t.File, r.Line}})
		}
		t.Requires = append(t.Requires, oneOf)
	}
	l.links(t, head.Links)
}

// title checks the title of a topic or stage.
func (l *loader) title(file string, title located[string]) {
	if title.Value == "" {
		l.faults.add(file, title.Line, "title is missing")
	}
	if n := utf8.RuneCountInString(title.Value); n > maxTitleRunes {
		l.faults.add(file, title.Line, "the title has %d characters; at most %d", n, maxTitleRunes)
	}
}

func (l *loader) links(t *Topic, links []locatedLink) {
	primary := 0
	var seen []string
	for _, link := range links {
		bad := func(format string, args ...any) { l.faults.add(t.File, link.line, format, args...) }
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
	if len(links) == 0 {
		l.faults.add(t.File, 1, "links: give at least one place to learn more")
	} else if primary != 1 {
		l.faults.add(t.File, links[0].line, "%d links are marked primary; mark exactly one", primary)
	}
	if len(links) > maxLinks {
		l.faults.add(t.File, links[maxLinks].line, "%d links; at most %d", len(links), maxLinks)
	}
	slices.SortStableFunc(t.Links, func(a, b Link) int {
		switch {
		case a.Primary == b.Primary:
			return 0
		case a.Primary:
			return -1
		}
		return 1
	})
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
	nodes := d.take("Quiz")
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
