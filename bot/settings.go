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
