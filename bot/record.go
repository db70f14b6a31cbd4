package bot

import (
	"encoding/json"
	"fmt"
	"slices"
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
	if n, ok := number(t.rest); ok { // "export my data" begins at the first
		if n < 1 || n > len(pages) {
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
			Actions: []Action{{Label: "Delete it for good", Line: fmt.Sprintf("forget everything %d", t.l.Events)}, {Label: "Export first", Line: "export"}, {Label: "Keep it", Line: "no"}},
		}, nil
	case fmt.Sprintf("everything %d", t.l.Events): // nobody types it, and an old button does nothing
		if err := b.store.Delete(t.ctx, t.req.From); err != nil {
			return Reply{}, fmt.Errorf("forget: %w", err)
		}
		return Reply{Title: "Forgotten", Blocks: []Block{Text("Everything I held about you is deleted. Backups that the person who runs me has made, and unused parts of the database file, hold it until they are overwritten. Should you come back: `start`.")}}, nil
	}
	if what := gist(t.rest); !slices.Contains([]string{"", "me", "all", "sure", "yes", "my data", "my account", "about me"}, what) {
		return Reply{}, sorry("`forget` deletes everything that I hold about you. Is that what you want, or shall I take back the last change?",
			Action{Label: "Undo the last change", Line: "undo"}, Action{Label: "Delete everything", Line: "forget"})
	}
	if t.l.ID == 0 {
		return Reply{Title: "Nothing is stored", Blocks: []Block{Text("I hold nothing about you, so there is nothing to delete.")}}, nil
	}
	answered := 0
	for _, card := range t.l.Cards {
		if card.Last != NoAnswer {
			answered++
		}
	}
	n := b.path(&t.l).tally(nil)
	return Reply{
		Title: "Delete everything?",
		Blocks: []Block{Text(fmt.Sprintf("I would delete: %s done, %s answered, %s in your history, and all your settings.",
			counted(n.done, "topic"), counted(answered, "question"), counted(int(min(t.l.Events, 1<<30)), "event")))},
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

// date writes a civil day with its year.
func date(s Settings, d calendar.Day) string {
	if s.Locale == "en-US" {
		return d.Midnight().Format("January 2, 2006")
	}
	return d.Midnight().Format("2 January 2006")
}
