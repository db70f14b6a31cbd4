package bot

import (
	"slices"
	"strings"

	"roadmapbot/content"
)

// choose settles which of several alternatives is on the learner's way.
func (b *Bot) choose(t *turn) (Reply, error) {
	if t.rest == "" {
		return b.choices(t), nil
	}
	topic, err := b.which(t.rest, "choose")
	if err != nil {
		return Reply{}, err
	}
	if topic.Choice == "" {
		return Reply{}, sorry(Text("There is no alternative to "+Escape(topic.Title)+": it is on everybody's way."), Action{Label: "Show it", Line: "topic " + topic.ID})
	}
	events, err := b.change(t, func(l *Learner) error { b.pickFor(l, topic); return nil })
	if err != nil {
		return Reply{}, err
	}
	r := Reply{Title: "Picked: " + topic.Title, Blocks: []Block{Text("Of its alternatives this one is on your way now. What you did with the others stays.")}}
	b.onward(b.path(&t.l), &r, lastSeq(events))
	return r, nil
}

// choices lists what is to be chosen among, and what is picked.
func (b *Bot) choices(t *turn) Reply {
	p := b.path(&t.l)
	r := Reply{Title: "One of each is enough", Actions: []Action{{Label: "What to study now", Line: "today"}}}
	list := List{}
	seen := map[string]bool{}
	for topic := range b.roadmap.Topics() {
		if topic.Choice == "" || seen[topic.Choice] {
			continue
		}
		seen[topic.Choice] = true
		var names []string
		for _, o := range b.roadmap.Alternatives(topic.Choice) {
			name := Escape(label(o.Title)) + ": `choose " + o.ID + "`"
			if p.picked(o) {
				name = "**" + Escape(label(o.Title)) + "** (on your way)"
			}
			names = append(names, name)
		}
		list.Items = append(list.Items, strings.Join(names, "; "))
	}
	if len(list.Items) == 0 {
		r.Title = "There is nothing to choose"
		return r
	}
	r.Blocks = []Block{list}
	return r
}

// pickFor settles a choice.
func (b *Bot) pickFor(l *Learner, topic *content.Topic) {
	if slices.Contains(l.Settings.Chosen, topic.ID) && l.Topics[topic.ID].State != Skipped {
		return
	}
	settings := l.Settings
	settings.Chosen = slices.Clone(settings.Chosen)
	before := &Before{Settings: &settings}
	for _, other := range b.roadmap.Alternatives(topic.Choice) {
		l.Settings.Chosen = slices.DeleteFunc(l.Settings.Chosen, func(id string) bool { return id == other.ID })
	}
	l.Settings.Chosen = append(l.Settings.Chosen, topic.ID)
	if work, ok := l.Topics[topic.ID]; ok && work.State == Skipped {
		before.Work = &work
		open := work
		open.State = Open
		l.setWork(topic.ID, open)
	}
	l.record(Event{What: WasChosen, Topic: topic.ID, Before: before})
}
