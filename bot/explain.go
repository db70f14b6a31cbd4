package bot

import (
	"fmt"
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
	case day <= l.Nudges.Decided:
		return "the date was put off, or decided under an earlier schedule or zone"
	default:
		return "due " + due.Format(time.RFC3339) + ", not reached yet"
	}
}
