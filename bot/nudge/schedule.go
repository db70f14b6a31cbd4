package nudge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
)

// schedule claims every daily nudge whose minute has passed since the last time,
// and then, only then, moves the mark. A crash in between repeats the work, which
// does no harm: a date is decided once.
func (n *Nudger) schedule(ctx context.Context) error {
	swept, err := n.Store.Swept(ctx)
	if err != nil {
		return fmt.Errorf("read how far the schedule is worked through: %w", err)
	}
	now := n.Now().UTC().Truncate(time.Minute)
	switch {
	case swept.IsZero(): // a new database: nothing was promised before
		return n.Store.SetSwept(ctx, now)
	case now.Before(swept):
		n.Log.Warn("the clock went back", "by", swept.Sub(now).String())
		n.Observer.Step(swept.Sub(now))
		return n.Store.SetSwept(ctx, now)
	case now.Equal(swept):
		return nil
	}
	if err := n.passed(ctx, swept, now); err != nil {
		return err
	}
	return n.Store.SetSwept(ctx, now)
}

// passed claims what fell due after one minute and not after another.
func (n *Nudger) passed(ctx context.Context, swept, now time.Time) error {
	claimed := 0
	for round, more := 0, true; more; round++ { // a learner's dates are decided one after another, oldest first
		more = false
		span := func(zone string) calendar.Span {
			loc, err := calendar.Zone(zone)
			if err != nil {
				n.Log.Error("learners with a zone that the zone data lacks get no nudges", "zone", zone, "err", err)
				return calendar.Span{}
			}
			spans := calendar.Passed(swept, now, loc)
			more = more || round+1 < len(spans)
			if round >= len(spans) {
				return calendar.Span{}
			}
			return spans[round]
		}
		minutes := func(zone string) (from, to int) {
			s := span(zone)
			return s.From, s.To
		}
		decided := func(l *bot.Learner) error {
			n.claim(l, span(l.Settings.Zone).Day, now)
			return nil
		}
		for l, err := range n.Store.Sweep(ctx, minutes, decided) {
			switch {
			case err != nil && l.ID == 0:
				return fmt.Errorf("claim: %w", err)
			case err != nil: // the others' nudges shall not wait for this one
				n.Log.Error("a learner's nudge can't be claimed", "learner", l.ID, "err", err)
				continue
			}
			if c := l.Nudges.Claim; c.Kind == bot.Daily && c.Day == l.Nudges.Decided {
				claimed++
			}
			for _, e := range l.New {
				if e.What == bot.NudgeExpired {
					n.Observer.Expired(reasons[e.Text])
				}
			}
		}
	}
	n.Observer.Due(claimed)
	return nil
}

// claim decides about a learner's nudge of one date.
func (n *Nudger) claim(l *bot.Learner, day calendar.Day, until time.Time) {
	due, ok := dueOn(l, day)
	if !ok || due.After(until) || day <= l.Nudges.Decided || !l.Settings.Schedule.Weekdays.Has(day.Weekday()) {
		return // changed since the index was read, decided before, or a rest day
	}
	now := n.Now().UTC()
	l.Nudges.Decided = day
	if _, speak := bot.Gap(l.Nudges.Ignored); !speak {
		return // silent until the learner speaks: nothing to write about each day
	}
	if reason := needless(l, day, due); reason != "" {
		leaveOut(l, day, now, reason)
		return
	}
	if now.Sub(due) > Window {
		expire(l, day, now, notRunning)
		return
	}
	if old := l.Nudges.Claim; old.Kind == bot.Daily || old.Kind == bot.Again {
		switch {
		case old.Answered:
			leaveOut(l, old.Day, now, putOff)
		case l.Days.Has(old.Day):
			leaveOut(l, old.Day, now, studied)
		default:
			expire(l, old.Day, now, inDoubt)
		}
	}
	l.Nudges.Snooze = time.Time{}
	l.Nudges.Claim = bot.Claim{Kind: bot.Daily, Day: day, Due: due, Next: second(now)}
	if !l.Nudges.Shown.At.IsZero() {
		l.Nudges.Shown.Until = second(now) // yesterday's is put away first
	}
}

// dueOn is when a learner's daily nudge of a date is due; false if none is, or if
// it was due before the schedule was made.
func dueOn(l *bot.Learner, day calendar.Day) (time.Time, bool) {
	zone, minute, ok := l.Daily()
	if !ok {
		return time.Time{}, false
	}
	loc, err := calendar.Zone(zone)
	if err != nil {
		return time.Time{}, false
	}
	due, ok := calendar.Due(day, minute, loc)
	return due, ok && due.After(l.Nudges.Since)
}

// needless says why a nudge is not needed or not wanted, in words that follow
// "left out for Monday:"; empty if it is.
func needless(l *bot.Learner, day calendar.Day, due time.Time) string {
	gap, _ := bot.Gap(l.Nudges.Ignored)
	switch {
	case l.Settings.Paused > day:
		return "you had paused"
	case l.Days.Has(studyDay(l, due)):
		return studied
	case l.Nudges.Snooze.After(due):
		return putOff
	case l.Nudges.Sent >= day:
		return "one had come already"
	case l.Nudges.Sent != 0 && int(day-l.Nudges.Sent) < gap:
		return "several were not answered, so they come less often"
	}
	return ""
}

// Why a nudge is left out that gives way to a snooze, or to study.
const (
	putOff  = "you had put it off"
	studied = "you had studied already"
)

func studyDay(l *bot.Learner, at time.Time) calendar.Day { return calendar.StudyDay(at.In(zone(l))) }

// zone is the learner's location, or UTC if the zone data has lost it.
func zone(l *bot.Learner) *time.Location {
	loc, err := calendar.Zone(l.Settings.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Why a nudge did not come, in words that follow "Not delivered for Monday:".
const (
	notRunning  = "I was not running"
	inDoubt     = "its delivery stayed in doubt"
	unanswered  = "nobody could say whether it arrived"
	unreachable = "the way to you was closed for six hours"
	inQuiet     = bot.InQuiet
)

// reasons is how metrics call them.
var reasons = map[string]string{notRunning: "down", inDoubt: "doubt", unanswered: "doubt", unreachable: "unreachable", inQuiet: "quiet"}

// Reasons lists what [Observer.Expired] is called with.
func Reasons() []string { return slices.Compact(slices.Sorted(maps.Values(reasons))) }

// maxMissed is how many undelivered nudges are kept to be told of.
const maxMissed = 14

// leaveOut records that a date's nudge stays away on purpose.
func leaveOut(l *bot.Learner, day calendar.Day, now time.Time, reason string) {
	l.New = append(l.New, bot.Event{At: second(now), What: bot.NudgeLeftOut, Day: day, Text: reason})
}

// expire records that a date's nudge will not come any more.
func expire(l *bot.Learner, day calendar.Day, now time.Time, reason string) {
	l.Nudges.Missed = append(l.Nudges.Missed, bot.Missed{Day: day, Reason: reason})
	if len(l.Nudges.Missed) > maxMissed { // the first and the last days are what is told
		l.Nudges.Missed = slices.Delete(l.Nudges.Missed, 1, 2)
	}
	l.New = append(l.New, bot.Event{At: second(now), What: bot.NudgeExpired, Day: day, Text: reason})
}

// second is a time as the store keeps it.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
