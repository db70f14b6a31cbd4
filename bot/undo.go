package bot

import (
	"slices"
	"strconv"
	"strings"

	"roadmapbot/bot/calendar"
)

// undo takes back a change: the one a button names, or the last one that still
// stands.
func (b *Bot) undo(t *turn) (Reply, error) {
	all, err := b.events(t)
	if err != nil {
		return Reply{}, err
	}
	var seq uint64
	if t.rest != "" {
		if seq, err = strconv.ParseUint(t.rest, 10, 64); err != nil || seq == 0 {
			return Reply{}, b.offerUndo(all, "`undo` alone takes back the last change. ")
		}
	}
	e, err := b.undoable(all, seq, t.req.ID)
	if err != nil {
		return Reply{}, err
	}
	if seq == 0 && putOffSince(all, e.Seq, t.today) {
		return Reply{}, b.offerUndo(all, "A nudge that was put off can't be called back; `today` is its work. ")
	}
	if _, err := b.change(t, func(l *Learner) error {
		if l.Events != uint64(len(all)) {
			return sorry("Something else changed at the same moment. Please look and try again.", Action{Label: "Undo the last change", Line: "undo"})
		}
		b.takeBack(l, e)
		if e.Before.Settings != nil {
			before := l.Settings
			l.Settings = *e.Before.Settings
			l.settled(before, b.now())
		}
		l.unstudy(e, all)
		b.unanswer(l, e, all)
		l.record(Event{What: WasUndone, Topic: e.Topic, Item: e.Item, Text: strconv.FormatUint(e.Seq, 10)})
		return nil
	}); err != nil {
		return Reply{}, err
	}
	r := Reply{
		Title:   "Taken back",
		Blocks:  []Block{Text(b.describe(e) + " no longer counts." + t.l.Settings.since(e))},
		Actions: []Action{{Label: "What to study now", Line: "today"}, {Label: "My progress", Line: "progress"}},
	}
	if line := again(e); line != "" && len(line) <= MaxLine {
		r.Actions = append(r.Actions, Action{Label: "Put it back", Line: line})
	}
	return r, nil
}

// since says what holds after an event of the settings was taken back.
func (s Settings) since(e Event) string {
	switch {
	case e.What != WasSet:
		return ""
	case strings.HasPrefix(e.Text, "nudge") && s.Schedule.On && strings.Contains(e.Text, " in "):
		return " Your nudge comes at " + scheduleText(s) + ", by the clock of " + Escape(s.Zone) + "."
	case strings.HasPrefix(e.Text, "nudge") && s.Schedule.On:
		return " Your nudge comes at " + scheduleText(s) + "."
	case strings.HasPrefix(e.Text, "nudge"):
		return " Your nudge is off now."
	case strings.HasPrefix(e.Text, "zone") && s.Zone != "":
		return " Your zone is " + Escape(s.Zone) + "."
	}
	return ""
}

// again is the line that makes a change once more; empty if there is none.
func again(e Event) string {
	switch e.What {
	case WasSet:
		return e.Text
	case WasDone, WasStudied:
		line := map[What]string{WasDone: "done ", WasStudied: "study "}[e.What] + e.Topic
		if e.Minutes > 0 {
			line += " " + strconv.Itoa(e.Minutes) + "m"
		}
		return line
	case WasSkipped:
		return "skip " + e.Topic
	case WasUnskipped:
		return "unskip " + e.Topic
	case WasChosen:
		return "choose " + e.Topic
	default:
		return ""
	}
}

// putOffSince tells whether the learner put today's nudge off after an event.
func putOffSince(all []Event, seq uint64, today calendar.Day) bool {
	return slices.ContainsFunc(all, func(e Event) bool { return e.What == NudgeSnoozed && e.Seq > seq && e.Day == today })
}

// offerUndo asks whether the last change is to be taken back.
func (b *Bot) offerUndo(all []Event, why Text) error {
	e, err := b.undoable(all, 0, "")
	if err != nil {
		return err
	}
	return sorry(why+Text("The last change is: "+b.describe(e)+". Shall I take it back?"),
		Action{Label: "Take it back", Line: "undo " + strconv.FormatUint(e.Seq, 10)}, Action{Label: "Keep it", Line: "no"})
}

// oops offers to take back what was a mistake.
func (b *Bot) oops(t *turn) (Reply, error) {
	all, err := b.events(t)
	if err != nil {
		return Reply{}, err
	}
	return Reply{}, b.offerUndo(all, "")
}

// unstudy takes the mark from the day of an event that is taken back, unless
// something else that stands was done on it.
func (l *Learner) unstudy(e Event, all []Event) {
	if !e.studied() {
		return
	}
	undone := undoneBy(all)
	for _, other := range all {
		if other.studied() && other.Day == e.Day && other.Seq != e.Seq && !undone[other.Seq] {
			return
		}
	}
	l.Days.Remove(e.Day)
}

// unanswer asks the question of an answer that is taken back once more, if its quiz
// is still the latest.
func (b *Bot) unanswer(l *Learner, e Event, all []Event) {
	topic, item := b.topicID(e.Topic), b.itemID(e.Item)
	if e.What != WasAnswered || l.Quiz.Topic != topic || l.Quiz.Asked == 0 || slices.Contains(l.Quiz.Left, item) {
		return
	}
	answered := 0 // since the quiz began; what came after its end is not its own
	undone := undoneBy(all)
	for _, o := range all {
		switch {
		case b.topicID(o.Topic) != topic || undone[o.Seq]:
		case o.What == WasAsked && o.Seq > e.Seq:
			return
		case o.What == WasAsked:
			answered = 0
		case o.What == WasAnswered && o.Seq <= e.Seq:
			answered++
		}
	}
	if answered > l.Quiz.Asked {
		return
	}
	l.Quiz.Left = append([]string{item}, l.Quiz.Left...)
	l.Quiz.Asked--
	if e.Answer == Right {
		l.Quiz.Right--
	}
}

// undoneBy lists the numbers of the events that were taken back.
func undoneBy(all []Event) map[uint64]bool {
	undone := map[uint64]bool{}
	for _, e := range all {
		if e.What == WasUndone {
			undone[e.undoes()] = true
		}
	}
	return undone
}

// undoes is the number of the event that an undo took back.
func (e Event) undoes() uint64 {
	seq, _ := strconv.ParseUint(e.Text, 10, 64) // events begin at 1
	return seq
}

// undoable finds the event that an undo means; seq is 0 for the last one. The same
// request coming again, by op, means the same event as before. A named event must be
// the last that still stands of those that changed the same thing, or newer work
// would be lost.
func (b *Bot) undoable(all []Event, seq uint64, op string) (Event, error) {
	numbered := func(seq uint64) (Event, bool) {
		at := slices.IndexFunc(all, func(e Event) bool { return e.Seq == seq })
		if at < 0 {
			return Event{}, false
		}
		return all[at], true
	}
	for _, e := range all {
		if before, ok := numbered(e.undoes()); ok && e.What == WasUndone && op != "" && e.Op == op {
			return before, nil
		}
	}
	undone := undoneBy(all)
	if undone[seq] {
		return Event{}, sorry("That is taken back already.", Action{Label: "What to study now", Line: "today"})
	}
	wanted, named := numbered(seq)
	for _, e := range slices.Backward(all) {
		switch {
		case e.Before == nil || undone[e.Seq]:
		case seq == 0 || e.Seq == seq:
			return e, nil
		case named && b.sameThing(wanted, e):
			return Event{}, sorry("Something newer changed the same thing. `undo` takes back the newest first.", Action{Label: "Undo the last change", Line: "undo"})
		}
	}
	return Event{}, sorry("There is nothing to take back.", Action{Label: "What to study now", Line: "today"})
}

// sameThing tells whether two events changed the same part of the record.
func (b *Bot) sameThing(x, y Event) bool {
	if x.Before == nil || y.Before == nil {
		return false
	}
	return x.Before.Settings != nil && y.Before.Settings != nil ||
		x.Before.Work != nil && y.Before.Work != nil && b.topicID(x.Topic) == b.topicID(y.Topic) ||
		x.Before.Card != nil && y.Before.Card != nil && b.itemID(x.Item) == b.itemID(y.Item)
}

// describe says what an event was, for a person.
func (b *Bot) describe(e Event) string {
	name := e.Topic
	if topic, ok := b.roadmap.Topic(e.Topic); ok {
		name = topic.Title
	}
	name = Escape(name)
	switch e.What {
	case WasDone:
		if e.Before != nil && e.Before.Work != nil && e.Before.Work.State == Done { // time noted afterwards
			return duration(e.Minutes) + " for " + name
		}
		return "“Done” for " + name
	case WasSkipped:
		return "Skipping " + name
	case WasUnskipped:
		return "Bringing back " + name
	case WasStudied:
		return duration(e.Minutes) + " of study for " + name
	case WasAnswered:
		return "Your answer about " + name
	case WasChosen:
		return "Choosing " + name
	default:
		return "The change “" + Escape(e.Text) + "”"
	}
}
