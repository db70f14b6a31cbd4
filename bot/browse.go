package bot

import (
	"fmt"
	"slices"
	"strings"

	"roadmapbot/content"
)

func (b *Bot) stages(t *turn) (Reply, error) {
	p := b.path(&t.l)
	list := List{Ordered: true}
	r := Reply{Title: b.roadmap.Title}
	for _, s := range b.roadmap.Stages {
		list.Items = append(list.Items, "**"+Escape(s.Title)+"**: "+stageTally(p.tally(s)))
		r.Actions = append(r.Actions, Action{Label: stageName(s), Line: "stage " + itoa(s.Number)})
	}
	r.Blocks = []Block{list}
	return r, nil
}

func stageTally(n tally) string {
	s := fmt.Sprintf("%d of %d done", n.done, n.topics)
	if n.verified > 0 {
		s += fmt.Sprintf(", %d verified", n.verified)
	}
	if n.skipped > 0 {
		s += fmt.Sprintf(", %d skipped", n.skipped)
	}
	return s
}

func (b *Bot) stage(t *turn) (Reply, error) {
	n, ok := number(strings.TrimPrefix(strings.TrimSpace(t.rest), "#"))
	if at := slices.Index(counts, strings.ToLower(t.rest)); at > 0 {
		n, ok = at, true
	}
	if !ok && t.rest != "" { // by name
		name := strings.Join(split(t.rest), " ")
		for _, s := range b.roadmap.Stages {
			if name != "" && strings.HasPrefix(strings.Join(split(s.Title), " "), name) {
				n, ok = s.Number, true
				break
			}
		}
	}
	if !ok || n < 1 || n > len(b.roadmap.Stages) {
		return Reply{}, sorry(Text(fmt.Sprintf("The stages go from 1 to %d. For example `stage 3`.", len(b.roadmap.Stages))), Action{Label: "All stages", Line: "stages"})
	}
	s := b.roadmap.Stages[n-1]
	p := b.path(&t.l)
	r := Reply{Title: fmt.Sprintf("Stage %d: %s", s.Number, s.Title)}
	r.Blocks = append(r.Blocks, blocks(s.Words)...)
	r.Blocks = append(r.Blocks, blocks(s.Intro)...)
	list := List{}
	for _, topic := range s.Topics {
		list.Items = append(list.Items, "**"+Escape(topic.Title)+"**, "+duration(topic.Minutes)+topicMark(p, topic))
		r.Actions = append(r.Actions, Action{Label: label(topic.Title), Line: "topic " + topic.ID})
	}
	r.Blocks = append(r.Blocks, list)
	if len(s.Project) > 0 {
		r.Blocks = append(r.Blocks, Text("**Project**"))
		r.Blocks = append(r.Blocks, blocks(s.Project)...)
	}
	if len(s.Criteria) > 0 {
		r.Blocks = append(r.Blocks, Text("It is done when:"), List{Items: s.Criteria})
	}
	return r, nil
}

// topicMark says in words where a topic stands.
func topicMark(p *path, topic *content.Topic) string {
	work := p.l.Topics[topic.ID]
	switch {
	case work.State == Done && work.Verified != 0:
		return ": done and verified"
	case work.State == Done:
		return ": done"
	case work.State == Skipped:
		return ": skipped"
	case work.Verified != 0:
		return ": verified"
	case work.Minutes > 0:
		return ": " + duration(work.Minutes) + " studied"
	case topic.Choice != "" && !p.picked(topic):
		return ": an alternative"
	case topic.Optional:
		return ": if you need it"
	default:
		return ""
	}
}

func (b *Bot) find(t *turn) (Reply, error) {
	if len(split(t.rest)) == 0 {
		return Reply{}, sorry("What shall I look for? For example `find index`.")
	}
	hits := b.index.search(t.rest, 6)
	typed := Escape(Clean(t.rest, 60))
	if len(hits) == 0 {
		return Reply{}, sorry(Text("No lesson speaks of “"+typed+"”. Try one word, or look through the stages."), Action{Label: "All stages", Line: "stages"})
	}
	r := Reply{Title: "Lessons that fit", Public: true, Keep: true}
	list := List{}
	for _, topic := range hits {
		list.Items = append(list.Items, fmt.Sprintf("**%s**, stage %d", Escape(topic.Title), topic.Stage.Number))
		r.Actions = append(r.Actions, Action{Label: label(topic.Title), Line: "topic " + topic.ID})
	}
	r.Blocks = []Block{Text("For “" + typed + "”:"), list}
	return r, nil
}

func (b *Bot) help(t *turn) (Reply, error) {
	var first []Block
	if name := strings.ToLower(t.rest); name != "" {
		if c, ok := b.called(name); ok && c.Summary != "" {
			return commandHelp(c), nil
		}
		if topic, ok := b.index.clear(strings.TrimPrefix(strings.TrimPrefix(name, "me "), "with ")); ok { // help me with SQL
			t.rest = topic.ID
			return b.topicCommand(t)
		}
		first = []Block{Text("There is no command “" + Escape(Clean(name, 40)) + "”. Here is what there is:")}
	}
	list := List{}
	for _, c := range b.table {
		if !c.hidden {
			list.Items = append(list.Items, "`"+c.usage()+"` "+Escape(c.Summary))
		}
	}
	return Reply{
		Title:  "What I understand",
		Public: true,
		Blocks: append(first, list, Text("Words may be shortened (`prog`) or misspelt, and the name of a topic alone shows it.")),
		Actions: []Action{
			{Label: "What to study now", Line: "today"}, {Label: "My progress", Line: "progress"}, {Label: "All stages", Line: "stages"},
		},
	}, nil
}

func commandHelp(c command) Reply {
	r := Reply{Title: c.Name, Public: true, Blocks: []Block{Text("`" + c.usage() + "`"), Text(Escape(c.Summary) + ".")}}
	for _, a := range c.Args {
		text := "**" + a.Name + "**: " + Escape(a.Summary)
		if len(a.Choices) > 0 {
			text += ". Such as `" + strings.Join(a.Choices, "`, `") + "`"
		}
		r.Blocks = append(r.Blocks, Text(text+"."))
	}
	if len(c.also) > 0 {
		r.Blocks = append(r.Blocks, Text("Also: `"+strings.Join(c.also, "`, `")+"`."))
	}
	return r
}

// usage is the command with its arguments, optional ones in brackets.
func (c command) usage() string {
	s := c.Name
	for _, a := range c.Args {
		if a.Required {
			s += " " + strings.ToUpper(a.Name)
		} else {
			s += " [" + strings.ToUpper(a.Name) + "]"
		}
	}
	return s
}
