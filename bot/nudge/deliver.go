package nudge

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
)

// act does what is due for one learner: puts the last nudge away, brings back a
// snoozed one, delivers a claim. Pause is how long the platform wants no more
// messages of this tenant.
func (n *Nudger) act(ctx context.Context, a bot.Adapter, who bot.Account) (pause time.Duration, err error) {
	l, err := n.Store.Learner(ctx, who)
	if errors.Is(err, bot.ErrNotFound) {
		return 0, nil // forgotten meanwhile
	}
	if err != nil {
		return 0, fmt.Errorf("read the learner: %w", err)
	}
	now := n.Now()
	if s := l.Nudges.Shown; !s.Until.IsZero() && !s.Until.After(now) {
		if l, err = n.putAway(ctx, a, l); err != nil {
			return 0, err
		}
	}
	if s := l.Nudges.Snooze; !s.IsZero() && !s.After(now) {
		if l, err = n.wake(ctx, l); err != nil {
			return 0, err
		}
	}
	if c := l.Nudges.Claim; c.Kind != bot.NoClaim && !c.Next.After(now) {
		return n.deliver(ctx, a, l)
	}
	return 0, nil
}

// update changes a learner's delivery, unless the claim is no longer the one that
// the caller knows.
func (n *Nudger) update(ctx context.Context, l bot.Learner, change func(l *bot.Learner, now time.Time)) (bot.Learner, error) {
	known := l.Nudges.Claim
	after, _, err := n.Store.Update(ctx, l.Accounts[0], "", func(l *bot.Learner) error {
		if c := l.Nudges.Claim; c.Kind != known.Kind || c.Day != known.Day || c.Number != known.Number || l.ID == 0 {
			return errOvertaken
		}
		change(l, second(n.Now()))
		return nil
	})
	return after, err
}

// errOvertaken says that the learner changed their mind meanwhile.
var errOvertaken = errors.New("the claim is not the same any more")

// address is where a learner's messages go.
func address(l bot.Learner) bot.Address {
	return bot.Address{Account: l.Accounts[0], Channel: l.Nudges.Channel}
}

// attempt calls an adapter. A panic there is a failure of which nobody knows how it
// ended, and costs this learner's attempt, not everybody's bot.
func attempt(call func() (bot.Receipt, error)) (receipt bot.Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return call()
}

// maxEdits is how often an edit is tried. A nudge that can't be put away stays as
// it is; its buttons work on.
const maxEdits = 4

// putAway edits a nudge whose work is done or whose day is over.
func (n *Nudger) putAway(ctx context.Context, a bot.Adapter, l bot.Learner) (bot.Learner, error) {
	shown := l.Nudges.Shown
	ctxSend, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	_, failed := attempt(func() (bot.Receipt, error) {
		return shown.Receipt, a.Edit(ctxSend, address(l), shown.Receipt, n.Bot.Close(l, n.Now()))
	})
	var refused *bot.NotSentError
	final := failed == nil || errors.Is(failed, bot.ErrNotFound) || errors.As(failed, &refused) && refused.Permanent
	patient := refused != nil && refused.Tenant // all of them wait, this one is no worse than others
	final = final || !patient && shown.Tries+1 >= maxEdits
	after, _, err := n.Store.Update(ctx, l.Accounts[0], "", func(l *bot.Learner) error {
		now := second(n.Now())
		if l.Nudges.Shown.Receipt != shown.Receipt {
			return nil
		}
		switch {
		case !final && patient:
			l.Nudges.Shown.Until = now.Add(max(refused.After, time.Second))
			return nil
		case !final:
			wait := 10 * time.Minute << shown.Tries
			if refused != nil {
				wait = max(wait, refused.After)
			}
			l.Nudges.Shown.Tries++
			l.Nudges.Shown.Until = now.Add(wait)
			return nil
		}
		if shown.Kind != bot.Trial && !l.Nudges.Shown.Seen && !l.Days.Has(studyDay(l, shown.At)) {
			l.Nudges.Ignored++
		}
		l.Nudges.Shown = bot.Shown{}
		l.New = append(l.New, bot.Event{At: now, What: bot.NudgeClosed, Day: shown.Day})
		return nil
	})
	if err != nil {
		return l, fmt.Errorf("put a nudge away: %w", err)
	}
	return after, nil
}

// wake turns a snooze that is over into a claim.
func (n *Nudger) wake(ctx context.Context, l bot.Learner) (bot.Learner, error) {
	after, err := n.update(ctx, l, func(l *bot.Learner, now time.Time) {
		due := l.Nudges.Snooze
		l.Nudges.Snooze = time.Time{}
		if due.IsZero() {
			return
		}
		// A claim that is still there was answered, or is a test: this one is the answer.
		l.Nudges.Claim = bot.Claim{Kind: bot.Again, Number: int(l.Events), Day: l.Nudges.Snoozed, Due: due, Next: now}
	})
	if errors.Is(err, errOvertaken) {
		return l, nil
	}
	if err != nil {
		return l, fmt.Errorf("wake a snoozed nudge: %w", err)
	}
	return after, nil
}

// deliver brings a claim one step further.
func (n *Nudger) deliver(ctx context.Context, a bot.Adapter, l bot.Learner) (pause time.Duration, err error) {
	if l.Nudges.Claim.Unsure {
		if l, err = n.reconcile(ctx, a, l); err != nil || l.Nudges.Claim.Kind == bot.NoClaim || l.Nudges.Claim.Unsure {
			return 0, ignoreOvertaken(err)
		}
	}
	send, err := n.begin(ctx, &l)
	if err != nil || !send {
		return 0, ignoreOvertaken(err)
	}
	ctxSend, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	claim := l.Nudges.Claim
	receipt, failed := attempt(func() (bot.Receipt, error) {
		return a.Send(ctxSend, address(l), Key(l.ID, claim), n.Bot.Compose(l, claim))
	})
	var refused *bot.NotSentError
	switch {
	case failed == nil:
		return 0, ignoreOvertaken(n.confirm(ctx, l, receipt))
	case errors.As(failed, &refused):
		if refused.Tenant {
			pause = refused.After
		}
		return pause, ignoreOvertaken(n.notSent(ctx, l, refused))
	default:
		n.Observer.Unsure()
		n.Log.Warn("nobody knows whether a nudge arrived; waiting", "platform", l.Accounts[0].Platform, "err", failed)
		return 0, nil // the claim says so already
	}
}

func ignoreOvertaken(err error) error {
	if errors.Is(err, errOvertaken) {
		return nil
	}
	return err
}

// begin checks once more whether the nudge is still wanted, and marks the claim
// as begun. When it returns true, the mark is on disk.
func (n *Nudger) begin(ctx context.Context, l *bot.Learner) (send bool, err error) {
	expired := ""
	after, err := n.update(ctx, *l, func(l *bot.Learner, now time.Time) {
		send, expired = false, ""
		c := &l.Nudges.Claim
		if now.Before(c.Due) { // the clock went back meanwhile
			c.Next = c.Due
			return
		}
		if c.Kind != bot.Trial {
			if reason := unwanted(l, now); reason != "" {
				leaveOut(l, c.Day, now, reason)
				*c = bot.Claim{}
				return
			}
			if quiet := l.AfterQuiet(now); quiet.After(now) && quiet.Sub(c.Due) <= Window {
				c.Next = second(quiet)
				return
			} else if quiet.After(now) || now.Sub(c.Due) > Window {
				expired = unreachable
				if quiet.After(now) {
					expired = inQuiet
				}
				expire(l, c.Day, now, expired)
				*c = bot.Claim{}
				return
			}
		} else if now.Sub(c.Due) > Window {
			*c = bot.Claim{}
			return
		}
		if c.Attempts++; c.Attempts == 1 {
			c.Item = n.Bot.Question(*l, c.Day)
		}
		c.Unsure = true
		c.Next = now.Add(sendTimeout + settle)
		send = true
	})
	if err != nil {
		return false, err
	}
	if expired != "" {
		n.Observer.Expired(reasons[expired])
	}
	*l = after
	return send, nil
}

// unwanted says why a claimed nudge is not to be sent after all.
func unwanted(l *bot.Learner, now time.Time) string {
	switch c := l.Nudges.Claim; {
	case !l.Settings.Schedule.On:
		return "you had turned nudges off"
	case l.Settings.Paused > c.Day:
		return "you had paused"
	case l.Days.Has(studyDay(l, now)):
		return studied
	case c.Answered:
		return putOff
	}
	return ""
}

// reconcile settles a doubt: the platform is asked whether the message is there.
func (n *Nudger) reconcile(ctx context.Context, a bot.Adapter, l bot.Learner) (bot.Learner, error) {
	ctxFind, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	receipt, failed := attempt(func() (bot.Receipt, error) {
		return a.Find(ctxFind, address(l), Key(l.ID, l.Nudges.Claim))
	})
	switch {
	case failed == nil:
		n.Observer.Reconciled(true)
		if err := n.confirm(ctx, l, receipt); err != nil {
			return l, err
		}
		return bot.Learner{}, nil
	case errors.Is(failed, bot.ErrNotFound):
		n.Observer.Reconciled(false)
		return n.update(ctx, l, func(l *bot.Learner, _ time.Time) { l.Nudges.Claim.Unsure = false })
	}
	expired := false
	after, err := n.update(ctx, l, func(l *bot.Learner, now time.Time) {
		expired = false
		c := &l.Nudges.Claim
		c.Next = now.Add(settle)
		if now.Sub(c.Due) > 2*Window {
			if expired = c.Kind != bot.Trial; expired {
				expire(l, c.Day, now, unanswered)
			}
			*c = bot.Claim{}
		}
	})
	if expired {
		n.Observer.Expired(reasons[unanswered])
	}
	return after, err
}

// confirm records that the message is with the learner.
func (n *Nudger) confirm(ctx context.Context, l bot.Learner, receipt bot.Receipt) error {
	claim := l.Nudges.Claim
	late := max(0, n.Now().Sub(claim.Due))
	_, err := n.update(ctx, l, func(l *bot.Learner, now time.Time) {
		loc := zone(l)
		answered := l.Nudges.Claim.Answered || claim.Kind != bot.Trial && (!l.Settings.Schedule.On || l.Days.Has(studyDay(l, now)))
		l.Nudges.Claim = bot.Claim{}
		l.Nudges.Channel = receipt.Channel
		if claim.Kind != bot.Trial {
			l.Nudges.Sent = max(l.Nudges.Sent, claim.Day)
		}
		l.Nudges.Shown = bot.Shown{
			Kind: claim.Kind, Day: claim.Day, At: now, Receipt: receipt,
			Until: calendar.EndOfStudyDay(calendar.StudyDay(now.In(loc)), loc),
			Item:  claim.Item,
		}
		if answered { // quicker than the platform's answer to the send
			l.Nudges.Shown.Until, l.Nudges.Shown.Seen = now, true
		}
		e := bot.Event{At: now, What: bot.NudgeSent, Day: claim.Day}
		if minutes := int(late / time.Minute); minutes >= 2 {
			e.Minutes = minutes
		}
		switch claim.Kind {
		case bot.Trial:
			e.Text = "a test"
		case bot.Again:
			e.Text = "after a snooze"
		}
		l.New = append(l.New, e)
	})
	if err == nil {
		n.Observer.Sent(l.Accounts[0].Platform, late)
	}
	return err
}

// notSent records that the message surely did not arrive.
func (n *Nudger) notSent(ctx context.Context, l bot.Learner, refused *bot.NotSentError) error {
	_, err := n.update(ctx, l, func(l *bot.Learner, now time.Time) {
		c := &l.Nudges.Claim
		c.Unsure = false
		if refused.Permanent {
			l.New = append(l.New, bot.Event{At: now, What: bot.NudgeRefused, Day: c.Day, Text: "the platform does not let me write to you"})
			l.Nudges.Refused = true
			*c = bot.Claim{}
			return
		}
		wait := max(refused.After, time.Second<<min(c.Attempts, 9)) // at most about nine minutes of our own
		c.Next = now.Add(wait)
	})
	return err
}
