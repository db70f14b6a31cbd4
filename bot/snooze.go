package bot

import (
	"strings"
	"time"

	"roadmapbot/bot/calendar"
)

// maxSnoozes is how often one day's nudge may be put off.
const maxSnoozes = 2

// snooze puts the day's nudge off.
func (b *Bot) snooze(t *turn) (Reply, error) {
	switch s := t.l.Settings; {
	case !s.Schedule.On:
		return Reply{}, sorry("Your nudges are off, so there is none to come again.", askWhen("nudge"), Action{Label: "What to study now", Line: "today"})
	case s.Paused > t.today:
		return Reply{}, sorry(Text("You have paused until "+dayText(s, s.Paused)+", so nothing would come."), Action{Label: "Resume now", Line: "resume"}, Action{Label: "What to study now", Line: "today"})
	}
	at, err := b.snoozeUntil(t)
	if err != nil {
		return Reply{}, err
	}
	next := "" // for somebody who has studied already
	if all := t.l.upcoming(b.now(), 1); len(all) > 0 {
		next = " The next one comes " + instant(t.l.Settings, all[0]) + "."
	}
	events, err := b.change(t, func(l *Learner) error {
		if !at.IsZero() && l.Days.Has(calendar.StudyDay(at.In(l.zone()))) {
			return sorry(Text("You have studied today, so none is coming."+next), Action{Label: "My nudge", Line: "nudge"})
		}
		n := &l.Nudges
		if n.Snoozed != t.today {
			n.Snoozed, n.Snoozes = t.today, 0
		}
		if !at.IsZero() && n.Snoozes >= maxSnoozes {
			return sorry("You have put it off twice today, and that is as often as I do it. Tomorrow's nudge comes as usual; `today` is there whenever you are.",
				Action{Label: "Leave it for today", Line: "snooze tomorrow"}, Action{Label: "Show me the work", Line: "today"})
		}
		text := "the next one"
		if n.Snooze = at.UTC(); at.IsZero() {
			n.Snooze = time.Time{}
			n.Decided = max(n.Decided, t.today) // if its hour is still to come
		} else {
			n.Snoozes++
			text = dated(l.Settings, at.In(l.zone()))
		}
		n.Ignored = 0
		n.close(b.now())
		if k := n.Claim.Kind; k == Daily || k == Again {
			n.Claim.Answered = true // it may be there already
		}
		l.record(Event{What: NudgeSnoozed, Day: t.today, Text: text})
		return nil
	})
	if err != nil {
		return Reply{}, err
	}
	if _, ok := found(events, NudgeSnoozed); ok && t.l.Nudges.Snooze.IsZero() {
		text := Text("All right, not today.")
		if next := t.l.upcoming(b.now(), 1); len(next) > 0 {
			text += Text(" The next nudge comes " + instant(t.l.Settings, next[0]) + ".")
		}
		return Reply{Title: "See you", Blocks: []Block{text}}, nil
	}
	instead, usual := "", t.l
	usual.Nudges.Snooze = time.Time{}
	if left, all := t.l.upcoming(b.now(), 1), usual.upcoming(b.now(), 1); len(all) > 0 && (len(left) == 0 || left[0].After(all[0])) {
		instead = ", instead of " + clock(t.l.Settings, all[0])
	}
	return Reply{Title: "Snoozed", Blocks: []Block{Text("I come back " + instant(t.l.Settings, t.l.Nudges.Snooze.In(t.l.zone())) + instead + ".")}}, nil
}

// snoozed is when a nudge that was put off comes again; false if none will.
func (l Learner) snoozed() (at time.Time, ok bool) {
	at = l.Nudges.Snooze.In(l.zone())
	return at, !l.Nudges.Snooze.IsZero() && l.Settings.Paused <= calendar.DayOf(at) && !l.Days.Has(calendar.StudyDay(at))
}

// tonight is the minute of the day that "tonight" means.
const tonight = 20 * 60

// snoozeUntil is when a put-off nudge comes again; zero for the next usual one.
// Quiet hours move it to their end.
func (b *Bot) snoozeUntil(t *turn) (time.Time, error) {
	choices := []Action{
		{Label: "1 hour", Line: "snooze 1h"}, {Label: "3 hours", Line: "snooze 3h"},
		{Label: "Tonight", Line: "snooze tonight"}, {Label: "Not today", Line: "snooze tomorrow"},
	}
	var at time.Time
	typed := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(t.rest), "until "), "till "), "for ")
	switch typed {
	case "tomorrow":
		return at, nil
	case "tonight":
		due, ok := calendar.Due(calendar.DayOf(t.now), tonight, t.now.Location())
		if !ok || due.Before(t.now.Add(15*time.Minute)) {
			return at, sorry("It is evening already. One hour, or tomorrow?", choices[0], choices[3])
		}
		at = due
	default:
		if minute, ok := parseClock(typed); ok && !strings.HasSuffix(typed, "h") { // until 20:00
			due, ok := calendar.Due(calendar.DayOf(t.now), minute, t.now.Location())
			if !ok || !due.After(t.now) {
				return at, sorry(Text(hhmm(t.l.Settings, minute)+" is over for today. One hour, or tomorrow?"), choices[0], choices[3])
			}
			at = due
			break
		}
		rest, minutes := cutDuration(typed)
		switch {
		case rest != "" && typed != "":
			return at, sorry(Text("I can't read a time in “"+Escape(Clean(t.rest, 60))+"”. Up to 12 hours like `snooze 1h`, until an hour of today, or until tomorrow; for days there is `pause`."), choices...)
		case minutes == 0 || minutes > 12*60:
			return at, sorry("For how long? Up to 12 hours, or until tomorrow.", choices...)
		}
		at = t.now.Add(time.Duration(minutes) * time.Minute).Truncate(time.Second)
	}
	return t.l.AfterQuiet(at), nil
}
