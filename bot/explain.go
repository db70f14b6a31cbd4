package bot

import (
	"fmt"
	"strings"
	"time"

	"roadmapbot/bot/calendar"
)

// ExplainDate says, in lines for an operator, what became of a learner's nudge of
// a local date: what the schedule was then, and what was recorded.
func ExplainDate(l Learner, events []Event, day calendar.Day) []string {
	schedule := fmt.Sprintf("schedule now: %s in %s", scheduleText(l.Settings), l.Settings.Zone)
	if !l.Settings.Schedule.On {
		schedule = "schedule now: off"
	}
	lines := []string{schedule}
	loc := l.zone()
	recorded := false
	for _, e := range events {
		at := e.At.UTC().Format(time.RFC3339)
		switch e.What {
		case NudgeSent, NudgeExpired, NudgeLeftOut, NudgeRefused, NudgeSnoozed, NudgeClosed:
			if e.Day != day {
				continue
			}
			line := fmt.Sprintf("%s %s", at, e.What)
			if e.Minutes > 0 {
				line += fmt.Sprintf(", %d min late", e.Minutes)
			}
			if e.Text != "" {
				line += ": " + e.Text
			}
			recorded = recorded || e.What != NudgeSnoozed
			lines = append(lines, line)
		case WasSet:
			if calendar.DayOf(e.At.In(loc)) <= day {
				lines = append(lines, at+" set: "+e.Text)
			}
		case WasUndone:
			if calendar.DayOf(e.At.In(loc)) == day {
				lines = append(lines, at+" took back event "+e.Text)
			}
		}
	}
	if c := l.Nudges.Claim; c.Kind != NoClaim && c.Day == day {
		recorded = true
		lines = append(lines, fmt.Sprintf("on its way: %s, due %s, next step %s, attempts %d, in doubt: %v",
			c.Kind, c.Due.Format(time.RFC3339), c.Next.Format(time.RFC3339), c.Attempts, c.Unsure))
	}
	if !recorded {
		lines = append(lines, "nothing was sent: "+absent(l, day))
	}
	return lines
}

// absent says why nothing is recorded for a date, by what the record says now.
func absent(l Learner, day calendar.Day) string {
	zone, minute, ok := l.Daily()
	if !ok {
		return "no nudge is wanted, no zone is known, or the platform refused"
	}
	loc, err := calendar.Zone(zone)
	if err != nil {
		return "the zone data does not know " + zone
	}
	due, exists := calendar.Due(day, minute, loc)
	switch {
	case !exists:
		return "the zone skipped that day"
	case !l.Settings.Schedule.Weekdays.Has(day.Weekday()):
		return "a rest day in the schedule"
	case !due.After(l.Nudges.Since):
		return "due " + due.Format(time.RFC3339) + ", before the schedule was made at " + l.Nudges.Since.Format(time.RFC3339)
	case day <= l.Nudges.Decided && !speaks(l.Nudges.Ignored):
		return fmt.Sprintf("silent since %d nudges led to nothing, until the learner's next contact", l.Nudges.Ignored)
	case day <= l.Nudges.Decided:
		return "the date was put off, or decided under an earlier schedule or zone"
	default:
		return "due " + due.Format(time.RFC3339) + ", not reached yet"
	}
}

func speaks(ignored int) bool { _, ok := Gap(ignored); return ok }

// why explains the last nudge, or why there was none. Asked why a topic matters, it is
// the lesson that tells.
func (b *Bot) why(t *turn) (Reply, error) {
	if thing := strings.TrimPrefix(gist(t.rest), "do i need "); thing != "" && !unwelcome(thing) {
		if topic, ok := b.index.clear(thing); ok {
			t.rest = topic.ID
			return b.topicCommand(t)
		}
	}
	all, err := b.events(t)
	if err != nil {
		return Reply{}, err
	}
	r := Reply{Title: "Why, or why not"}
	s := t.l.Settings
	list := List{}
	shown := 0
	for i := len(all) - 1; i >= 0 && shown < 3; i-- {
		if text := b.nudgeEvent(all[i], t.l); text != "" {
			list.Items = append(list.Items, text)
			shown++
		}
	}
	if shown == 0 {
		r.Blocks = append(r.Blocks, Text("No nudge has come so far, and none was left out."))
	} else {
		r.Blocks = append(r.Blocks, Text("The latest, newest first:"), list)
	}
	if c := t.l.Nudges.Claim; c.Kind != NoClaim {
		text := "One is on its way just now."
		switch {
		case !c.Unsure && c.Next.After(b.now().Add(time.Minute)):
			text = "One waits until " + instant(s, c.Next.In(t.l.zone())) + "."
		case c.Unsure:
			text = "One is in doubt: I sent it, but the platform did not say whether it arrived. I wait, look, and only then send again, so that you never get it twice."
		}
		r.Blocks = append(r.Blocks, Text(text))
	}
	r.Blocks = append(r.Blocks, Text(b.whyNext(t)))
	if s.Schedule.On {
		r.Actions = append(r.Actions, Action{Label: "My nudge", Line: "nudge"})
	} else {
		r.Actions = append(r.Actions, askWhen("nudge"))
	}
	return r, nil
}

// whyNext says when the next nudge comes and what could keep it away.
func (b *Bot) whyNext(t *turn) string {
	s := t.l.Settings
	switch {
	case s.Zone == "":
		return "None is planned: I don't know your time zone yet (`zone`)."
	case !s.Schedule.On:
		return "None is planned: nudges are off."
	}
	next := t.l.upcoming(b.now(), 1)
	if len(next) == 0 {
		return "None is planned."
	}
	text := "The next is planned for " + instant(s, next[0]) + " (" + s.Schedule.Weekdays.String() + ")"
	if s.Paused > t.today {
		text += ", after the pause"
	}
	if at, ok := t.l.snoozed(); ok {
		text += "; the snoozed one comes " + instant(s, at)
	}
	return text + ". If you study first, it does not come."
}

// nudgeEvent tells of one event of the delivery; empty if it is none.
func (b *Bot) nudgeEvent(e Event, l Learner) string {
	at := instant(l.Settings, e.At.In(l.zone()))
	day := dayText(l.Settings, e.Day)
	switch e.What {
	case NudgeSent:
		text := "Sent " + at
		if e.Day != calendar.DayOf(e.At.In(l.zone())) {
			text += " for " + day
		}
		if e.Minutes > 0 {
			text += fmt.Sprintf(", %s late", duration(e.Minutes))
		}
		if e.Text != "" {
			text += ": " + Escape(e.Text)
		}
		return text + "."
	case NudgeExpired:
		return "Not delivered for " + day + ": " + Escape(e.Text) + "."
	case NudgeLeftOut:
		return "Left out for " + day + ": " + Escape(e.Text) + "."
	case NudgeRefused:
		return "Refused for " + day + ": " + Escape(e.Text) + "."
	case NudgeSnoozed:
		return "Put off on " + day + ", until " + Escape(e.Text) + "."
	default:
		return ""
	}
}
