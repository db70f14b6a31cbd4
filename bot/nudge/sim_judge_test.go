package nudge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
	"roadmapbot/bot/nudge"
)

// judge compares what people saw with what was promised.
func judge(t *testing.T, w *world, s bot.Store, begin time.Time) result {
	time.Sleep(10 * time.Minute) // what lands late has landed,
	synctest.Wait()              // and the race detector knows it
	r := result{crashes: w.crashes, unsure: w.unsure, steps: len(w.stepped)}
	for key, seen := range w.landed { // a key stands for one message, and a daily one for one date
		if len(seen) > 1 {
			r.twice++
			r.example("%s appeared %d times: %v", key, len(seen), seen)
		}
	}
	for _, p := range w.people {
		l, err := s.Learner(t.Context(), p.who)
		if err != nil {
			t.Fatal(err)
		}
		var events []bot.Event
		for e, err := range s.Events(t.Context(), p.who) {
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}
		judgeOne(w, &r, p, l, events, begin)
	}
	return r
}

// judgeOne judges one learner's life.
func judgeOne(w *world, r *result, p *person, l bot.Learner, events []bot.Event, begin time.Time) {
	told := map[calendar.Day]string{}
	for _, e := range events {
		switch e.What {
		case bot.NudgeSent:
			r.sent++
			if e.Minutes > 0 {
				r.late++
			}
			if e.Text == "" {
				told[e.Day] = "sent"
			}
		case bot.NudgeExpired:
			r.expired++
			told[e.Day] = "expired"
		case bot.NudgeLeftOut, bot.NudgeRefused:
			r.leftOut++
			if told[e.Day] == "" {
				told[e.Day] = "left out"
			}
		}
	}
	snoozed(w, r, p, l, events)
	for day := calendar.DayOf(begin) - 2; day < calendar.DayOf(w.now())+2; day++ {
		key := nudge.Key(l.ID, bot.Claim{Kind: bot.Daily, Day: day})
		promised(w, r, p, l, day, len(w.landed[key]), told[day], events)
		said, putOff := p.putOff[day]
		for _, seen := range w.landed[key] {
			if putOff && seen.After(said.Add(10*time.Minute)) { // what was on its way has landed by then
				r.unwanted++
				r.example("learner %d: %s came %v after it was put off", l.ID, key, seen.Sub(said))
			}
		}
	}
}

// snoozed judges the promises to come again of somebody who let them stand.
func snoozed(w *world, r *result, p *person, l bot.Learner, events []bot.Event) {
	var seen []time.Time
	for key, times := range w.landed {
		if strings.HasPrefix(key, fmt.Sprintf("%d.", l.ID)) {
			seen = append(seen, times...)
		}
	}
	for _, s := range p.snoozes {
		end := s.due.Add(nudge.Window + time.Hour)
		changes := 0 // the snooze itself is one
		for _, at := range p.changes {
			if !at.Before(s.said) && at.Before(end) {
				changes++
			}
		}
		stepped := slices.ContainsFunc(w.stepped, func(at time.Time) bool { return at.After(s.said.Add(-2*time.Hour)) && at.Before(end) })
		studied := slices.ContainsFunc(events, func(e bot.Event) bool {
			return e.What == bot.NudgeLeftOut && e.Text == "you had studied already" && e.At.After(s.said) && e.At.Before(end)
		})
		if changes > 1 || stepped || studied || w.now().Before(end) || !w.clear(s.due) {
			continue
		}
		r.again++
		if due := s.due.Add(-s.skew); !slices.ContainsFunc(seen, func(at time.Time) bool {
			return !at.Before(due.Add(-time.Second)) && at.Before(due.Add(nudge.Window+time.Hour))
		}) {
			r.lost++
			r.example("learner %d: nothing came at %v, as was promised at %v", l.ID, s.due, s.said)
		}
	}
}

// promised judges one date on which the learner's settings were the ones of today
// for a day before and after, so that what they wanted is beyond doubt.
func promised(w *world, r *result, p *person, l bot.Learner, day calendar.Day, seen int, told string, events []bot.Event) {
	loc, err := calendar.Zone(l.Settings.Zone)
	if err != nil {
		return
	}
	due, exists := calendar.Due(day, l.Settings.Schedule.Minute, loc)
	last := p.changes[len(p.changes)-1]
	stable := last.Before(due.Add(-26*time.Hour)) && w.now().After(due.Add(nudge.Window+8*time.Hour))
	if !stable || !exists {
		return
	}
	wanted := l.Settings.Schedule.On && l.Settings.Schedule.Weekdays.Has(day.Weekday()) && l.Settings.Paused <= day
	key := nudge.Key(l.ID, bot.Claim{Kind: bot.Daily, Day: day})
	if began, ok := w.sentWhen[key]; ok && began.Before(due.Add(-time.Second)) {
		r.early++
		r.example("learner %d: %s left %v before it was due", l.ID, key, due.Sub(began))
	}
	if !wanted {
		return
	}
	switch {
	case told == "sent" && seen == 0:
		r.lost++
		r.example("learner %d: %s is recorded as sent and never appeared", l.ID, key)
	case told == "expired" && seen == 0 && w.clear(due):
		r.lost++
		r.example("learner %d: %s expired though everything worked for twenty minutes", l.ID, key)
	case told == "" && l.Nudges.Ignored < 11 && l.Nudges.Claim.Day != day:
		r.untold++
		r.example("learner %d: nothing is recorded of %s, due %v; seen %d, decided %s; around it: %v", l.ID, key, due, seen, l.Nudges.Decided, p.around(due, w, events))
	}
}

// around is what the learner did and had recorded within two days of a moment, and
// when no process ran.
func (p *person) around(at time.Time, w *world, events []bot.Event) (all []string) {
	near := func(t time.Time) bool { return t.Sub(at).Abs() < 48*time.Hour }
	for _, c := range p.changes {
		if near(c) {
			all = append(all, "changed "+c.UTC().Format(time.DateTime))
		}
	}
	for _, e := range events {
		if near(e.At) {
			all = append(all, fmt.Sprintf("%s %v %v %s", e.At.Format(time.DateTime), e.What, e.Day, e.Text))
		}
	}
	for _, d := range w.downs {
		if near(d.from) && d.to.Sub(d.from) > time.Hour {
			all = append(all, fmt.Sprintf("down %s to %s", d.from.UTC().Format(time.DateTime), d.to.UTC().Format(time.DateTime)))
		}
	}
	return all
}

// clear tells whether bot and platform both worked for twenty minutes on end
// within the window.
func (w *world) clear(due time.Time) bool {
	for from := due; from.Before(due.Add(nudge.Window - 20*time.Minute)); from = from.Add(time.Minute) {
		to := from.Add(20 * time.Minute)
		bad := slices.ContainsFunc(w.downs, func(d interval) bool { return d.from.Before(to) && d.to.After(from) })
		for _, o := range w.outages {
			by := w.skewAt(o.from)
			shifted := interval{o.from.Add(by), o.to.Add(by)}
			bad = bad || shifted.from.Before(to.Add(3*time.Hour)) && shifted.to.After(from.Add(-3*time.Hour))
		}
		if !bad {
			return true
		}
	}
	return false
}
