package bot

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"roadmapbot/content"
)

// todayCommand answers "what should I study now?" with one topic.
func (b *Bot) todayCommand(t *turn) (Reply, error) { return b.todayReply(t), nil }

func (b *Bot) todayReply(t *turn) Reply {
	p := b.path(&t.l)
	topic := p.next()
	if topic == nil {
		n := p.tally(nil)
		return Reply{
			Title: "You have walked the whole roadmap",
			Blocks: []Block{Text(fmt.Sprintf(
				"%s done, %d of them verified by quiz. What is left is to build: each stage ends with a project.", counted(n.done, "topic"), n.verified))},
			Actions: []Action{{Label: "The stages and their projects", Line: "stages"}, {Label: "My progress", Line: "progress"}},
		}
	}
	r := b.lessonCard(p, topic)
	r.Title = "Now: " + topic.Title
	r.Actions = topicActions(p.l, topic, "lesson")
	if others := p.others(topic); len(others) > 0 {
		var names []string
		for _, o := range others {
			names = append(names, Escape(o.Title))
			r.Actions = append(r.Actions, Action{Label: label(o.Title) + " instead", Line: "choose " + o.ID})
		}
		r.Blocks = append(r.Blocks, Text("One of these is enough: this, or "+strings.Join(names, ", or ")+"."))
	}
	return r
}

func (b *Bot) topicCommand(t *turn) (Reply, error) {
	if t.rest == "" {
		return Reply{}, sorry("Which topic? For example `topic git`. The stages list them all.", Action{Label: "All stages", Line: "stages"})
	}
	name, part := t.rest, ""
	if i := strings.LastIndexByte(name, ' '); i > 0 {
		last := strings.ToLower(name[i+1:])
		if len(last) > 2 && (strings.HasPrefix("exercises", last) || strings.HasPrefix("lesson", last)) {
			name, part = name[:i], last
		}
	}
	topic, err := b.which(name, "topic")
	if err != nil {
		return Reply{}, err
	}
	p := b.path(&t.l)
	r := b.lessonCard(p, topic)
	if strings.HasPrefix("exercises", part) && part != "" {
		r, part = b.exerciseCard(topic), "exercise"
	}
	r.Actions = topicActions(p.l, topic, part)
	if topic.Choice != "" && !p.picked(topic) {
		r.Actions = append(r.Actions, Action{Label: "Take this one", Line: "choose " + topic.ID})
	}
	return r, nil
}

// topicAndTime takes a line such as "git basics 1h30m" or "2 hours of git" apart.
// Without a topic it is the one to study now.
func (b *Bot) topicAndTime(t *turn, command string) (topic *content.Topic, minutes int, err error) {
	name, minutes := cutDuration(t.rest)
	list := words(name)
	if len(list) > 0 && strings.EqualFold(list[len(list)-1], "yesterday") {
		return nil, 0, sorry("I can note study for today only. What you did yesterday counts as well if you note it now.")
	}
	digit := func(w string) bool { return w[0] >= '0' && w[0] <= '9' }
	if minutes == 0 && len(list) > 0 && (digit(list[len(list)-1]) || digit(list[0])) {
		if _, known := b.index.exact(name); !known && len(b.several(name)) == 0 {
			return nil, 0, sorry(Text("Name the topic, such as `" + command + " git`, or a time, like `45m`, `2h` or `1h 30m`, up to 24 hours at once."))
		}
	}
	if name == "" {
		if topic = b.path(&t.l).next(); topic == nil {
			return nil, 0, sorry("You have done every topic on your way. Name the one you mean, such as `" + Text(command) + " git`.")
		}
		return topic, minutes, nil
	}
	topic, err = b.which(name, command)
	if p := (*problem)(nil); minutes > 0 && errors.As(err, &p) {
		for i, a := range p.reply.Actions { // the time is not asked for again
			if strings.HasPrefix(a.Line, command+" ") {
				p.reply.Actions[i].Line += " " + strconv.Itoa(minutes) + "m"
			}
		}
	}
	return topic, minutes, err
}

// touch prepares a change of one topic: what it is, and that for undo.
func touch(l *Learner, id string) (Work, *Before) {
	work := l.Topics[id]
	before := &Before{Work: &work}
	return work, before
}

func (l *Learner) setWork(id string, w Work) {
	if l.Topics == nil {
		l.Topics = map[string]Work{}
	}
	l.Topics[id] = w
}

// forToday are words that may mean a topic, or that somebody has had enough for today.
var forToday = []string{"today", "for today", "for now", "now", "lesson", "the lesson", "exercise", "the exercise", "quiz", "the quiz", "reading"}

func (b *Bot) done(t *turn) (Reply, error) {
	if next := b.path(&t.l).next(); next != nil && slices.Contains(forToday, strings.ToLower(t.rest)) {
		return Reply{}, sorry(Text("Is the whole topic done, "+Escape(next.Title)+", or was that all for today?"),
			Action{Label: "The topic is done", Line: "done " + next.ID}, Action{Label: "I studied 30 min", Line: "study " + next.ID + " 30m"}, Action{Label: "All for today", Line: "bye"})
	}
	topic, minutes, err := b.topicAndTime(t, "done")
	if err != nil {
		return Reply{}, err
	}
	events, err := b.change(t, func(l *Learner) error {
		work, before := touch(l, topic.ID)
		if work.State == Done && minutes == 0 {
			return nil
		}
		if work.State != Done {
			work.State, work.Day = Done, t.today
		}
		work.Minutes += minutes
		l.setWork(topic.ID, work)
		l.Days.Add(t.today)
		l.record(Event{What: WasDone, Topic: topic.ID, Minutes: minutes, Day: t.today, Before: before})
		return nil
	})
	if err != nil {
		return Reply{}, err
	}
	topic = b.meantBy(events, WasDone, topic)
	p := b.path(&t.l)
	n := p.tally(topic.Stage)
	r := Reply{Title: "Done: " + topic.Title}
	e, fresh := found(events, WasDone)
	if !fresh {
		r.Title = "Already done: " + topic.Title
	}
	if e.Minutes > 0 {
		r.Blocks = append(r.Blocks, Text(fmt.Sprintf("%s noted, %s in all.", duration(e.Minutes), duration(t.l.Topics[topic.ID].Minutes))))
	}
	r.Blocks = append(r.Blocks, Progress{Label: topic.Stage.Title, Done: n.done, Total: n.topics})
	if t.l.Topics[topic.ID].Verified == 0 {
		r.Actions = append(r.Actions, Action{Label: "Check it with a quiz", Line: "quiz " + topic.ID})
	}
	if n.done == n.topics && fresh {
		r.Blocks = append(r.Blocks, Text(fmt.Sprintf("That was the last topic of stage %d. Its project is worth an evening or two.", topic.Stage.Number)))
		r.Actions = append(r.Actions, Action{Label: "The stage's project", Line: "stage " + itoa(topic.Stage.Number)})
	}
	b.onward(p, &r, e.Seq)
	return r, nil
}

// meantBy is the topic that a change was about. If the same request comes again, it
// is the one from the first time and not what the line would mean now.
func (b *Bot) meantBy(events []Event, what What, now *content.Topic) *content.Topic {
	e, _ := found(events, what)
	if topic, ok := b.roadmap.Topic(e.Topic); ok {
		return topic
	}
	return now
}

// onward ends a reply with the next topic, and a way back if something changed.
func (b *Bot) onward(p *path, r *Reply, change uint64) {
	if next := p.next(); next != nil {
		r.Blocks = append(r.Blocks, Text("**Next:** "+Escape(next.Title)+", "+duration(next.Minutes)+"."))
		r.Actions = append(r.Actions, Action{Label: "Show me", Line: "topic " + next.ID})
	} else {
		r.Blocks = append(r.Blocks, Text("Nothing is left on your way. That was the roadmap."))
	}
	if change != 0 {
		r.Actions = append(r.Actions, undoAction(change))
	}
}

func undoAction(seq uint64) Action {
	return Action{Label: "Undo", Line: "undo " + strconv.FormatUint(seq, 10)}
}

func (b *Bot) study(t *turn) (Reply, error) {
	switch strings.ToLower(t.rest) {
	case "bit", "a bit", "little", "a little", "lot", "a lot", "some", "something", "today", "now", "again", "while", "a while":
		t.rest = ""
	}
	topic, minutes, err := b.topicAndTime(t, "study")
	if err != nil {
		return Reply{}, err
	}
	if minutes == 0 {
		return Reply{}, sorry(Text("How long did you study? For example `study 30m`, or press a button for "+Escape(topic.Title)+"."),
			Action{Label: "15 min", Line: "study " + topic.ID + " 15m"},
			Action{Label: "30 min", Line: "study " + topic.ID + " 30m"},
			Action{Label: "1 hour", Line: "study " + topic.ID + " 1h"})
	}
	events, err := b.change(t, func(l *Learner) error {
		work, before := touch(l, topic.ID)
		work.Minutes += minutes
		if work.State != Done { // whose day is that on which it was done
			work.State, work.Day = Open, t.today
		}
		l.setWork(topic.ID, work)
		l.Days.Add(t.today)
		l.record(Event{What: WasStudied, Topic: topic.ID, Minutes: minutes, Day: t.today, Before: before})
		return nil
	})
	if err != nil {
		return Reply{}, err
	}
	e, _ := found(events, WasStudied)
	topic = b.meantBy(events, WasStudied, topic)
	work := t.l.Topics[topic.ID]
	return Reply{
		Title: "Noted: " + duration(minutes) + " of study",
		Blocks: []Block{Text(fmt.Sprintf("%s: %s of about %s. Days with study in the last two weeks: %d.",
			Escape(topic.Title), duration(work.Minutes), duration(topic.Minutes), t.l.Days.Count(t.today, 14)))},
		Actions: append(topicActions(&t.l, topic, "lesson"), undoAction(e.Seq)),
	}, nil
}

func (b *Bot) skip(t *turn) (Reply, error) {
	if t.rest == "" {
		var actions []Action
		if next := b.path(&t.l).next(); next != nil {
			actions = append(actions, Action{Label: label(next.Title), Line: "skip " + next.ID})
		}
		return Reply{}, sorry("Which topic shall I leave out? For example `skip ruby`.", append(actions, Action{Label: "All stages", Line: "stages"})...)
	}
	topic, err := b.which(t.rest, "skip")
	if err != nil {
		return Reply{}, err
	}
	events, err := b.change(t, func(l *Learner) error {
		work, before := touch(l, topic.ID)
		if work.State != Open {
			return nil
		}
		work.State, work.Day = Skipped, t.today
		l.setWork(topic.ID, work)
		l.record(Event{What: WasSkipped, Topic: topic.ID, Before: before})
		return nil
	})
	if err != nil {
		return Reply{}, err
	}
	if t.l.Topics[topic.ID].State == Done {
		return Reply{}, sorry(Text("You have done "+Escape(topic.Title)+" already, so there is nothing to skip."), Action{Label: "What to study now", Line: "today"})
	}
	r := Reply{Title: "Skipped: " + topic.Title, Blocks: []Block{Text("It does not count against you. `unskip " + topic.ID + "` brings it back any time.")}}
	e, _ := found(events, WasSkipped)
	b.onward(b.path(&t.l), &r, e.Seq)
	return r, nil
}

// unskip brings a topic back that was left out.
func (b *Bot) unskip(t *turn) (Reply, error) {
	if t.rest == "" {
		var actions []Action
		for topic := range b.roadmap.Topics() {
			if t.l.Topics[topic.ID].State == Skipped && len(actions) < 5 {
				actions = append(actions, Action{Label: label(topic.Title), Line: "unskip " + topic.ID})
			}
		}
		if len(actions) == 0 {
			return Reply{}, sorry("You have left nothing out.", Action{Label: "What to study now", Line: "today"})
		}
		return Reply{}, sorry("Which topic shall I bring back?", actions...)
	}
	topic, err := b.which(t.rest, "unskip")
	if err != nil {
		return Reply{}, err
	}
	events, err := b.change(t, func(l *Learner) error {
		work, before := touch(l, topic.ID)
		if work.State != Skipped {
			return nil
		}
		work.State, work.Day = Open, t.today
		l.setWork(topic.ID, work)
		l.record(Event{What: WasUnskipped, Topic: topic.ID, Before: before})
		return nil
	})
	if err != nil {
		return Reply{}, err
	}
	t.rest = topic.ID
	r, err := b.topicCommand(t)
	if e, fresh := found(events, WasUnskipped); fresh {
		r.Blocks = append([]Block{Text("It is on your way again.")}, r.Blocks...)
		r.Actions = append(r.Actions, undoAction(e.Seq))
	}
	return r, err
}

// exercise shows the exercise of a topic, today's if none is named.
func (b *Bot) exercise(t *turn) (Reply, error) {
	if t.rest == "" {
		topic := b.path(&t.l).next()
		if topic == nil {
			return b.todayReply(t), nil
		}
		t.rest = topic.ID
	}
	t.rest += " exercise"
	return b.topicCommand(t)
}
