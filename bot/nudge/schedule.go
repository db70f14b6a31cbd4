package nudge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
)

// claimers is how many claims are under way at once; they share commits.
const claimers = 512

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
		n.Log.Warn("the clock went back", "by", swept.Sub(now))
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
	pool := newPool(claimers)
	var claimed atomic.Int64
	for zone, err := range n.Store.Zones(ctx) {
		if err != nil {
			return errors.Join(fmt.Errorf("list the zones: %w", err), pool.wait())
		}
		loc, err := calendar.Zone(zone)
		if err != nil {
			n.Log.Error("learners with a zone that the zone data lacks get no nudges", "zone", zone, "err", err)
			continue
		}
		for i, span := range calendar.Passed(swept, now, loc) {
			if i > 0 { // a learner's dates are decided one after another, oldest first
				if err := pool.wait(); err != nil {
					return err
				}
			}
			for who, err := range n.Store.Daily(ctx, zone, span.From, span.To) {
				if err != nil {
					return errors.Join(fmt.Errorf("list who is due in %s: %w", zone, err), pool.wait())
				}
				pool.run(func() error {
					did, err := n.claim(ctx, who, span.Day, now)
					if did {
						claimed.Add(1)
					}
					return err
				})
			}
		}
	}
	if err := pool.wait(); err != nil {
		return err
	}
	n.Observer.Due(int(claimed.Load()))
	return nil
}

// claim decides about one learner's nudge of one date.
func (n *Nudger) claim(ctx context.Context, who bot.Account, day calendar.Day, until time.Time) (claimed bool, err error) {
	expired := ""
	_, _, err = n.Store.Update(ctx, who, "", func(l *bot.Learner) error {
		claimed, expired = false, ""
		due, ok := dueOn(l, day)
		if !ok || due.After(until) || day <= l.Nudges.Decided || !l.Settings.Schedule.Weekdays.Has(day.Weekday()) {
			return nil // changed since the index was read, decided before, or a rest day
		}
		now := n.Now().UTC()
		l.Nudges.Decided = day
		if _, speak := bot.Gap(l.Nudges.Ignored); !speak {
			return nil // silent until the learner speaks: nothing to write about each day
		}
		if reason := needless(l, day, due); reason != "" {
			l.New = append(l.New, bot.Event{At: second(now), What: bot.NudgeLeftOut, Day: day, Text: reason})
			return nil
		}
		if now.Sub(due) > Window {
			expired = "I was not running"
			expire(l, day, now, expired)
			return nil
		}
		if old := l.Nudges.Claim; old.Kind == bot.Daily || old.Kind == bot.Again {
			expired = "its delivery stayed in doubt"
			expire(l, old.Day, now, expired)
		}
		l.Nudges.Snooze = time.Time{}
		l.Nudges.Claim = bot.Claim{Kind: bot.Daily, Day: day, Due: due, Next: second(now)}
		if !l.Nudges.Shown.At.IsZero() {
			l.Nudges.Shown.Until = second(now) // yesterday's is put away first
		}
		claimed = true
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("claim: %w", err)
	}
	if expired != "" {
		n.Observer.Expired(expired)
	}
	return claimed, nil
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
		return "you had studied already"
	case l.Nudges.Sent != 0 && int(day-l.Nudges.Sent) < gap:
		return "several were not answered, so they come less often"
	}
	return ""
}

func studyDay(l *bot.Learner, at time.Time) calendar.Day { return calendar.StudyDay(at.In(zone(l))) }

// zone is the learner's location, or UTC if the zone data has lost it.
func zone(l *bot.Learner) *time.Location {
	loc, err := calendar.Zone(l.Settings.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// maxMissed is how many undelivered nudges are kept to be told of.
const maxMissed = 14

// expire records that a date's nudge will not come any more.
func expire(l *bot.Learner, day calendar.Day, now time.Time, reason string) {
	l.Nudges.Missed = append(l.Nudges.Missed, bot.Missed{Day: day, Reason: reason})
	if over := len(l.Nudges.Missed) - maxMissed; over > 0 {
		l.Nudges.Missed = l.Nudges.Missed[over:]
	}
	l.New = append(l.New, bot.Event{At: second(now), What: bot.NudgeExpired, Day: day, Text: reason})
}

// second is a time as the store keeps it.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// pool runs functions, so many at once, and keeps their first error.
type pool struct {
	slots chan struct{}
	wg    sync.WaitGroup
	mu    sync.Mutex
	err   error
}

func newPool(size int) *pool { return &pool{slots: make(chan struct{}, size)} }

func (p *pool) run(f func() error) {
	p.slots <- struct{}{}
	p.wg.Go(func() {
		defer func() { <-p.slots }()
		if err := f(); err != nil {
			p.mu.Lock()
			if p.err == nil {
				p.err = err
			}
			p.mu.Unlock()
		}
	})
}

func (p *pool) wait() error {
	p.wg.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}
