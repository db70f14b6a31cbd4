package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadmapbot/bot/calendar"
)

// events reads what happened to the learner, oldest first.
func (b *Bot) events(t *turn) ([]Event, error) {
	var all []Event
	for e, err := range b.store.Events(t.ctx, t.req.From) {
		if err != nil {
			return nil, fmt.Errorf("read the events: %w", err)
		}
		all = append(all, e)
	}
	return all, nil
}

// undo takes back a change: the one a button names, or the last one that still
// stands.
func (b *Bot) undo(t *turn) (Reply, error) {
	all, err := b.events(t)
	if err != nil {
		return Reply{}, err
	}
	if t.rest != "" {
		if _, err := strconv.ParseUint(t.rest, 10, 64); err != nil {
			return Reply{}, sorry("`undo` alone takes back the last change.", Action{Label: "Undo the last change", Line: "undo"})
		}
	}
	e, err := b.undoable(all, t.rest, t.req.ID)
	if err != nil {
		return Reply{}, err
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
	return Reply{
		Title:   "Taken back",
		Blocks:  []Block{Text(b.describe(e) + " no longer counts.")},
		Actions: []Action{{Label: "What to study now", Line: "today"}, {Label: "My progress", Line: "progress"}},
	}, nil
}

// unstudy takes the mark from the day of an event that is taken back, unless
// something else that stands was done on it.
func (l *Learner) unstudy(e Event, all []Event) {
	if !e.studied() {
		return
	}
	undone := undoneBy(all)
	for _, other := range all {
		if other.studied() && other.Day == e.Day && other.Seq != e.Seq && !undone[strconv.FormatUint(other.Seq, 10)] {
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
		case b.topicID(o.Topic) != topic || undone[strconv.FormatUint(o.Seq, 10)]:
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
func undoneBy(all []Event) map[string]bool {
	undone := map[string]bool{}
	for _, e := range all {
		if e.What == WasUndone {
			undone[e.Text] = true
		}
	}
	return undone
}

// undoable finds the event that an undo means. The same request coming again, by
// op, means the same event as before. A named event must be the last that still
// stands of those that changed the same thing, or newer work would be lost.
func (b *Bot) undoable(all []Event, seq, op string) (Event, error) {
	undone := map[string]bool{}
	for _, e := range all {
		if e.What == WasUndone {
			if op != "" && e.Op == op {
				at := slices.IndexFunc(all, func(w Event) bool { return strconv.FormatUint(w.Seq, 10) == e.Text })
				if at >= 0 {
					return all[at], nil
				}
			}
			undone[e.Text] = true
		}
	}
	for _, e := range slices.Backward(all) {
		number := strconv.FormatUint(e.Seq, 10)
		if e.Before == nil || undone[number] {
			if number == seq && undone[number] {
				return Event{}, sorry("That is taken back already.", Action{Label: "What to study now", Line: "today"})
			}
			continue
		}
		if seq == "" || number == seq {
			return e, nil
		}
		if wanted := slices.IndexFunc(all, func(w Event) bool { return strconv.FormatUint(w.Seq, 10) == seq }); wanted >= 0 && b.sameThing(all[wanted], e) && !undone[seq] {
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
	if topic, ok := b.topic(e.Topic); ok {
		name = topic.Title
	}
	name = Escape(name)
	switch e.What {
	case WasDone:
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

// exported is the form of an export; the names are for people and programs alike.
type exported struct {
	Accounts []exportedAccount `json:"accounts,omitempty"`
	Started  string            `json:"started,omitempty"`
	Settings *Settings         `json:"settings,omitempty"`
	Nudges   *Nudges           `json:"nudges,omitempty"`
	Days     []string          `json:"study_days,omitempty"`
	Quiz     *Quiz             `json:"quiz,omitempty"`
	Topics   map[string]Work   `json:"topics,omitempty"`
	Cards    map[string]Card   `json:"quiz_items,omitempty"`
	Events   []Event           `json:"events,omitempty"`
}

type exportedAccount struct {
	Platform string `json:"platform"`
	Tenant   string `json:"tenant,omitempty"`
	User     string `json:"user"`
}

// everything is all that is held about a learner.
func everything(l Learner, events []Event) any {
	e := exported{Settings: &l.Settings, Nudges: &l.Nudges, Topics: l.Topics, Cards: l.Cards, Events: events}
	if !l.Started.IsZero() {
		e.Started = l.Started.UTC().Format(time.RFC3339)
	}
	if l.Quiz.Topic != "" {
		e.Quiz = &l.Quiz
	}
	for _, a := range l.Accounts {
		e.Accounts = append(e.Accounts, exportedAccount(a))
	}
	for d := l.Days.Last - 63; d <= l.Days.Last; d++ {
		if l.Days.Has(d) {
			e.Days = append(e.Days, d.String())
		}
	}
	return e
}

// exportPage is how much JSON one reply carries; the rest is on further pages.
const exportPage = 2700

func (b *Bot) export(t *turn) (Reply, error) {
	if t.l.ID == 0 {
		return Reply{Title: "Nothing is stored", Blocks: []Block{Text("I hold nothing about you yet.")}}, nil
	}
	events, err := b.events(t)
	if err != nil {
		return Reply{}, err
	}
	data, err := json.MarshalIndent(everything(t.l, events), "", " ")
	if err != nil {
		return Reply{}, fmt.Errorf("export: %w", err)
	}
	pages := paginate(string(data), exportPage)
	page := 1
	if t.rest != "" {
		n, ok := number(t.rest)
		if !ok || n < 1 || n > len(pages) {
			return Reply{}, sorry(Text(fmt.Sprintf("The export has pages 1 to %d.", len(pages))), Action{Label: "The first page", Line: "export 1"})
		}
		page = n
	}
	r := Reply{Title: "Everything I hold about you", Blocks: []Block{Code{Language: "json", Text: pages[page-1]}}}
	if len(pages) > 1 {
		r.Title = fmt.Sprintf("Everything I hold about you, page %d of %d", page, len(pages))
	}
	if page < len(pages) {
		r.Keep = true
		r.Actions = []Action{{Label: fmt.Sprintf("Page %d", page+1), Line: fmt.Sprintf("export %d", page+1)}}
	}
	return r, nil
}

// paginate cuts a text between lines into pages of at most size bytes.
func paginate(s string, size int) []string {
	var pages []string
	page := ""
	for line := range strings.Lines(s) {
		for len(line) > size { // no line is that long by design; never lose one that is
			pages, page, line = append(pages, page+line[:size-len(page)]), "", line[size-len(page):]
		}
		if len(page)+len(line) > size {
			pages, page = append(pages, strings.TrimRight(page, "\n")), ""
		}
		page += line
	}
	return append(pages, page)
}

// forget asks twice, and leaves nothing.
func (b *Bot) forget(t *turn) (Reply, error) {
	switch strings.ToLower(t.rest) {
	case "everything":
		return Reply{
			Title:   "Really?",
			Blocks:  []Block{Text("This can't be undone, and I keep no copy. If you want to keep a copy for yourself, take the `export` first.")},
			Actions: []Action{{Label: "Delete it for good", Line: "forget everything now"}, {Label: "Export first", Line: "export"}, {Label: "Keep it", Line: "no"}},
		}, nil
	case "everything now":
		if err := b.store.Delete(t.ctx, t.req.From); err != nil {
			return Reply{}, fmt.Errorf("forget: %w", err)
		}
		return Reply{Title: "Forgotten", Blocks: []Block{Text("Everything I held about you is deleted. Backups that the person who runs me has made, and unused parts of the database file, hold it until they are overwritten. Should you come back: `start`.")}}, nil
	}
	if t.l.ID == 0 {
		return Reply{Title: "Nothing is stored", Blocks: []Block{Text("I hold nothing about you, so there is nothing to delete.")}}, nil
	}
	n := b.path(&t.l).tally(nil)
	return Reply{
		Title: "Delete everything?",
		Blocks: []Block{Text(fmt.Sprintf("I would delete: %s done, %s answered, %s in your history, your zone, nudge and plan.",
			counted(n.done, "topic"), counted(len(t.l.Cards), "question"), counted(int(min(t.l.Events, 1<<30)), "event")))},
		Actions: []Action{{Label: "Yes, delete", Line: "forget everything"}, {Label: "Keep it", Line: "no"}},
	}, nil
}

// dayText writes a civil day the way the learner's locale does.
func dayText(s Settings, d calendar.Day) string {
	if s.Locale == "en-US" {
		return d.Midnight().Format("Monday, January 2")
	}
	return d.Midnight().Format("Monday 2 January")
}

// year is what follows a day that is not in this year.
func year(d, today calendar.Day) string {
	if y := d.Midnight().Year(); y != today.Midnight().Year() {
		return " " + strconv.Itoa(y)
	}
	return ""
}
