package bot

import (
	"fmt"
	"strconv"

	"roadmapbot/content"
)

// blocks turns a section of the content into blocks of a reply.
func blocks(s content.Section) []Block {
	var out []Block
	for _, b := range s {
		switch b := b.(type) {
		case content.Text:
			out = append(out, Text(b))
		case content.Code:
			if b.Language == "output" {
				out = append(out, Text("It prints:"))
			}
			out = append(out, Code{Language: b.Language, Text: b.Text})
		case content.List:
			out = append(out, List(b))
		}
	}
	return out
}

// lesson is the part of a topic's card that is the same for everybody. It is
// written once, and shared by the replies that show it.
type lesson struct{ text, after []Block }

func newLesson(t *content.Topic) lesson {
	after := append([]Block{Text("**At work:**")}, blocks(t.Why)...)
	return lesson{text: blocks(t.Lesson), after: append(after, links(t))}
}

// lessonCard shows a topic's lesson.
func (b *Bot) lessonCard(p *path, t *content.Topic) Reply {
	work := p.l.Topics[t.ID]
	r := Reply{Title: t.Title, Blocks: []Block{Text(standing(t, work))}}
	lesson := b.lessons[t]
	r.Blocks = append(r.Blocks, lesson.text...)
	if missing := p.missing(t); len(missing) > 0 && work.State == Open {
		r.Blocks = append(r.Blocks, Text("It builds on **"+Escape(missing[0].Title)+"**, which you have not done yet. You may read on all the same."))
	}
	r.Blocks = append(r.Blocks, lesson.after...)
	return r
}

// links lists where to learn more, the primary one first.
func links(t *content.Topic) List {
	var list List
	for _, link := range t.Links {
		list.Items = append(list.Items, fmt.Sprintf("[%s](%s), %s, %s, %s", Escape(link.Title), link.URL, link.Kind, link.Cost, link.Level))
	}
	return list
}

// exerciseCard shows a topic's exercise and how to check it.
func (b *Bot) exerciseCard(t *content.Topic) Reply {
	r := Reply{Title: "Exercise: " + t.Title, Blocks: blocks(t.Exercise)}
	r.Blocks = append(r.Blocks, Text("**How to check it**"))
	r.Blocks = append(r.Blocks, blocks(t.Check)...)
	return r
}

// standing is one line on where a topic belongs and where the learner is with it.
func standing(t *content.Topic, work Work) string {
	s := fmt.Sprintf("Stage %d, %s. Planned: %s.", t.Stage.Number, Escape(t.Stage.Title), duration(t.Minutes))
	if work.Minutes > 0 {
		s += " You studied " + duration(work.Minutes) + "."
	}
	switch {
	case work.State == Done && work.Verified != 0:
		s += " **Done, and verified by quiz.**"
	case work.State == Done:
		s += " **Done.**"
	case work.State == Skipped:
		s += " **Skipped.**"
	case work.Verified != 0:
		s += " **Verified by quiz.**"
	}
	return s
}

// topicActions are the buttons of a topic's card.
func topicActions(l *Learner, t *content.Topic, part string) []Action {
	work := l.Topics[t.ID]
	var actions []Action
	add := func(label, line string) { actions = append(actions, Action{Label: label, Line: line}) }
	if part == "exercise" {
		add("Lesson", "topic "+t.ID+" lesson")
	} else {
		add("Exercise", "topic "+t.ID+" exercise")
	}
	add("Quiz me", "quiz "+t.ID)
	if work.State != Done {
		add("I studied 30 min", "study "+t.ID+" 30m")
		add("Done", "done "+t.ID)
	}
	switch work.State {
	case Open:
		add("Skip", "skip "+t.ID)
	case Skipped:
		add("Bring it back", "unskip "+t.ID)
	case Done:
	}
	return actions
}

// hours writes a large number of minutes without the odd ones.
func hours(minutes int) string {
	if minutes < 600 {
		return duration(minutes)
	}
	return fmt.Sprintf("%d h", (minutes+30)/60)
}

// counted writes "1 topic", "3 topics".
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

func itoa(n int) string { return strconv.Itoa(n) }

func stageName(s *content.Stage) string { return itoa(s.Number) + " " + s.Title }
