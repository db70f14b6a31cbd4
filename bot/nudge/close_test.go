package nudge

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"roadmapbot/bot"
)

// TestPutAwayGivesUp has a platform that can't edit: after some tries the nudge is
// left as it is.
func TestPutAwayGivesUp(t *testing.T) {
	e := newEvening(t)
	e.p.uneditable = errors.New("cut")
	e.pass(20 * time.Hour)
	if n := e.nudges(); e.p.edited != maxEdits || !n.Shown.At.IsZero() || n.Ignored != 1 {
		t.Errorf("%d edits; %+v", e.p.edited, n)
	}
}

// TestStudiedIsNotIgnored studies after a nudge, while the disk is full for the note
// that the learner is there: the nudge has led to something all the same.
func TestStudiedIsNotIgnored(t *testing.T) {
	for line, want := range map[string]int{"study 30m": 0, "why": 1} {
		t.Run(line, func(t *testing.T) {
			e := newEvening(t)
			e.pass(time.Hour)
			b := bot.New(bot.Config{Roadmap: roadmap(t), Store: unnoted{e.s}, Now: func() time.Time { return e.now }, Log: slog.New(slog.DiscardHandler)})
			b.Handle(t.Context(), bot.Request{From: e.who, Line: line})
			e.pass(12 * time.Hour)
			if n := e.nudges(); !n.Shown.At.IsZero() || n.Ignored != want {
				t.Errorf("%d nudges are ignored, want %d", n.Ignored, want)
			}
		})
	}
}

// unnoted is a store in which nothing can be noted that the learner did not ask for.
type unnoted struct{ bot.Store }

func (s unnoted) Update(ctx context.Context, who bot.Account, op string, change func(*bot.Learner) error) (bot.Learner, []bot.Event, error) {
	return s.Store.Update(ctx, who, op, func(l *bot.Learner) error {
		if err := change(l); err != nil {
			return err
		}
		if len(l.New) == 0 {
			return bot.ErrNotSaved
		}
		return nil
	})
}

// TestTestBesideANudge asks for a test while a nudge is shown: the nudge is put away,
// the test has buttons of its own, and they go when the day's work is done.
func TestTestBesideANudge(t *testing.T) {
	e := newEvening(t)
	e.pass(time.Hour)
	e.say("nudge test")
	e.pass(time.Minute)
	n := e.nudges()
	if !slices.Equal(e.p.closed, []string{"m1"}) || e.p.sent != 2 || len(e.p.last.Actions) == 0 || n.Shown.Kind != bot.Trial || n.Shown.Receipt.Message != "m2" {
		t.Errorf("%d sent, %v put away; %+v", e.p.sent, e.p.closed, n)
	}
	e.say("study 30m")
	if e.pass(time.Minute); !slices.Equal(e.p.closed, []string{"m1", "m2"}) {
		t.Errorf("after the work, %v are put away", e.p.closed)
	}
}

// TestDoneThatDay puts a nudge away with what was done on its day, and with nothing
// that had been done before and was only studied once more.
func TestDoneThatDay(t *testing.T) {
	for line, want := range map[string]string{
		"study vcs-git 10m": "Done: you studied that day.",
		"done vcs-git 10m":  "Done: you studied that day.",
		"done prog-basics":  "Done that day: Programming basics: values, variables, decisions, loops.",
	} {
		t.Run(line, func(t *testing.T) {
			e := newEvening(t)
			e.say("done vcs-git")
			e.pass(25 * time.Hour)
			e.say(line)
			e.pass(time.Minute)
			if !strings.Contains(e.p.became.String(), want) {
				t.Errorf("the nudge became %s", e.p.became)
			}
		})
	}
}

// TestEditRefusedForLong has a platform that asks this one edit for an hour's patience
// every time: after some tries the nudge is left as it is, and counts as ignored. If
// it asks the whole tenant, the edit only waits.
func TestEditRefusedForLong(t *testing.T) {
	for tenant, edits := range map[bool]int{false: maxEdits, true: 0} {
		e := newEvening(t)
		e.p.uneditable = &bot.NotSentError{After: time.Hour, Tenant: tenant, Err: errors.New("edit_window_closed")}
		e.pass(20 * time.Hour)
		switch n := e.nudges(); {
		case !tenant && (e.p.edited != edits || !n.Shown.At.IsZero() || n.Ignored != 1):
			t.Errorf("%d edits; %+v", e.p.edited, n)
		case tenant && (e.p.edited <= maxEdits || n.Shown.At.IsZero()):
			t.Errorf("of a tenant that waits: %d edits; %+v", e.p.edited, n)
		}
	}
}
