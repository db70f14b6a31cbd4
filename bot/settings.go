package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"roadmapbot/bot/calendar"
)

// set changes the learner's settings and notes what was decided, in words.
func (b *Bot) set(t *turn, what string, change func(s *Settings)) ([]Event, error) {
	return b.change(t, func(l *Learner) error {
		before := l.Settings
		before.Chosen = slices.Clone(before.Chosen)
		change(&l.Settings)
		l.settled(before, b.now())
		l.record(Event{What: WasSet, Text: what, Before: &Before{Settings: &before}})
		return nil
	})
}

// settled draws the consequences of a change of settings: a new zone or schedule
// counts from now on, never for the past.
func (l *Learner) settled(before Settings, now time.Time) {
	if before.Zone != l.Settings.Zone || before.Schedule != l.Settings.Schedule {
		l.Nudges.Since = now.UTC()
		if !l.Settings.Schedule.On {
			l.Nudges.Snooze = time.Time{}
			l.Nudges.close(now)
		}
	}
}

func (b *Bot) zone(t *turn) (Reply, error) {
	before := t.l.Events
	if t.rest == "" {
		r := Reply{Title: "Your time zone", Actions: []Action{{Label: "Change it", Line: "zone", Ask: askZone}}}
		if t.l.Settings.Zone == "" {
			r.Blocks = []Block{Text("I don't know yet where you are. Tell me a city near you, such as `zone Madrid`.")}
		} else {
			r.Blocks = []Block{Text(zoneEcho(t))}
		}
		if _, err := calendar.Zone(t.req.Zone); err == nil && t.req.Zone != t.l.Settings.Zone {
			r.Actions = append(r.Actions, Action{Label: b.whereItIs(t, t.req.Zone), Line: "zone " + t.req.Zone})
		}
		return r, nil
	}
	if err := b.setZone(t, t.rest, "zone"); err != nil {
		return Reply{}, err
	}
	r := Reply{Title: "Your time zone", Blocks: []Block{Text(zoneEcho(t))}}
	if t.l.Settings.Schedule.On {
		r.Blocks = append(r.Blocks, Text("By that clock your nudge comes at "+scheduleText(t.l.Settings)+"."))
	} else {
		r.Actions = append(r.Actions, Action{Label: "Set a daily nudge", Line: "nudge", Ask: "A time, like 18:30 weekdays"})
	}
	r.Actions = append(r.Actions, Action{Label: "What to study now", Line: "today"})
	if t.l.Events > before && before > 0 {
		r.Actions = append(r.Actions, undoAction(t.l.Events))
	}
	return r, nil
}

// setZone understands and stores a zone.
func (b *Bot) setZone(t *turn, typed, line string) error {
	zone, err := b.whichZone(t, typed, line)
	if err != nil || zone == t.l.Settings.Zone {
		return err
	}
	_, err = b.set(t, "zone "+zone, func(s *Settings) { s.Zone = zone })
	return err
}

// whichZone understands a place. In doubt it offers the likely ones, as buttons that
// complete the line.
func (b *Bot) whichZone(t *turn, typed, line string) (string, error) {
	zone, suggestions := findZone(typed, 5)
	if zone != "" {
		return zone, nil
	}
	again := []Action{{Label: "Another city", Line: line, Ask: askZone}}
	if line == "start zone" {
		again = append(again, Action{Label: "Skip", Line: line})
	}
	if len(suggestions) == 0 {
		return "", sorry(Text("I find no place called “"+Escape(Clean(typed, 60))+"”. Try a big city in your time zone, or a name like `Europe/Madrid`."), again...)
	}
	var actions []Action
	for _, s := range suggestions {
		actions = append(actions, Action{Label: b.whereItIs(t, s), Line: line + " " + s})
	}
	return "", sorry(Text("Which of these do you mean by “"+Escape(Clean(typed, 60))+"”?"), append(actions, again...)...)
}

// askZone is what to type where a place is asked for.
const askZone = "Your city or time zone"

// findZone is [calendar.FindZone] for what people write around a place: “I am in
// Madrid”, “my time zone is India time”.
func findZone(typed string, limit int) (zone string, suggestions []string) {
	zone, suggestions = calendar.FindZone(typed, limit)
	if zone != "" {
		return zone, nil
	}
	list := words(strings.ToLower(typed))
	lead := strings.Fields("i i'm i’m im am we are live living moved based in to from near at is it's its my the time zone timezone city of now currently")
	for len(list) > 1 && slices.Contains(lead, list[0]) {
		list = list[1:]
	}
	for len(list) > 1 && slices.Contains([]string{"now", "time", "here"}, list[len(list)-1]) {
		list = list[:len(list)-1]
	}
	if zone, near := calendar.FindZone(strings.Join(list, " "), limit); zone != "" || len(suggestions) == 0 {
		return zone, near
	}
	return "", suggestions
}

// whereItIs names a zone and its time of day, by which a wrong one shows.
func (b *Bot) whereItIs(t *turn, zone string) string {
	loc, err := calendar.Zone(zone)
	if err != nil {
		return zone
	}
	if zone == "Etc/UTC" { // which nobody calls so
		zone = "UTC"
	}
	return fmt.Sprintf("%s, where it is %s", zone, clock(t.l.Settings, b.now().In(loc)))
}

// maxPlan is how long a plan may be, in runes: it has to fit into a nudge.
const maxPlan = 140

func (b *Bot) plan(t *turn) (Reply, error) {
	ask := Action{Label: "Write it", Line: "plan", Ask: "After ..., I study ..."}
	switch {
	case t.rest == "" && t.l.Settings.Plan == "":
		return Reply{
			Title:   "Your plan",
			Blocks:  []Block{Text("A plan in your own words helps more than a bare reminder: after what, and where, do you study? For example: “After dinner I study at the kitchen table.” Your nudge repeats it.")},
			Actions: []Action{ask},
		}, nil
	case t.rest == "":
		ask.Label = "Change it"
		return Reply{Title: "Your plan", Blocks: []Block{Text("“" + Escape(t.l.Settings.Plan) + "”")}, Actions: []Action{ask, {Label: "Remove it", Line: "plan off"}}}, nil
	}
	plan := Clean(t.rest, maxPlan+1)
	if len([]rune(plan)) > maxPlan {
		return Reply{}, sorry(Text(fmt.Sprintf("That is too long for a nudge: please keep your plan within %d characters.", maxPlan)), ask)
	}
	what := "plan " + plan
	switch strings.ToLower(strings.TrimRight(plan, " .!")) {
	case "off", "none", "no", "remove", "delete":
		plan, what = "", "plan off"
	}
	events, err := b.set(t, what, func(s *Settings) { s.Plan = plan })
	if err != nil {
		return Reply{}, err
	}
	text := Text("Removed.")
	if plan != "" {
		text = "Noted. Your nudge will say: “" + Text(Escape(plan)) + "”"
	}
	return Reply{Title: "Your plan", Blocks: []Block{text}, Actions: []Action{undoAction(lastSeq(events))}}, nil
}

// lastSeq is the number of the last event of a change.
func lastSeq(events []Event) uint64 {
	if len(events) == 0 {
		return 0
	}
	return events[len(events)-1].Seq
}
