package nudge

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"roadmapbot/bot"
)

// TestPutOffBeforeItCame puts off a nudge that has fallen due and waits its turn, and
// one whose hour is still to come: it comes when the learner was told, and then only.
func TestPutOffBeforeItCame(t *testing.T) {
	for _, test := range []struct {
		line       string
		said, sent int // minutes after 18:00; 0 for never sent
	}{
		{"snooze 1h", 0, 60}, {"snooze 1h", 30, 90}, {"snooze 15m", 0, 15}, // the last comes before the nudge's own time
		{"snooze tomorrow", 0, 0}, {"snooze tomorrow", 30, 0},
	} {
		t.Run(fmt.Sprint(test.line, test.said), func(t *testing.T) {
			start := time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC) // 18:00 in Madrid
			now := start
			_, n, p := setUp(t, &now, 1)
			who := bot.Account{Platform: "test", User: "0"}
			var sent []int
			p.landed = func() { sent = append(sent, int(now.Sub(start).Minutes())) }
			for minute := range 10 * 60 {
				now = start.Add(time.Duration(minute) * time.Minute)
				if err := n.schedule(t.Context()); err != nil {
					t.Fatal(err)
				}
				if minute == test.said {
					n.Bot.Handle(t.Context(), bot.Request{From: who, Line: test.line})
				}
				if _, err := n.act(t.Context(), p, who); err != nil {
					t.Fatal(err)
				}
			}
			want := []int{test.sent}
			if test.sent == 0 {
				want = nil
			}
			if !slices.Equal(sent, want) {
				t.Errorf("sent at minutes %v, want %v", sent, want)
			}
		})
	}
}

// TestSnoozedInDoubt snoozes a nudge of which nobody can say whether it arrived: it
// comes again at the time that was told.
func TestSnoozedInDoubt(t *testing.T) {
	start := time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC)
	now := start
	_, n, p := setUp(t, &now, 1)
	who := bot.Account{Platform: "test", User: "0"}
	p.failed, p.unfound = errors.New("cut"), errors.New("cut")
	said := false
	for minute := range 10 * 60 {
		now = start.Add(time.Duration(minute) * time.Minute)
		if err := n.schedule(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p.sent > 0 && !said {
			n.Bot.Handle(t.Context(), bot.Request{From: who, Line: "snooze 1h"})
			said, p.sent, p.failed = true, 0, nil
		}
		if _, err := n.act(t.Context(), p, who); err != nil {
			t.Fatal(err)
		}
	}
	if p.sent != 1 {
		t.Errorf("%d sent after the snooze, want 1", p.sent)
	}
}

// TestSnoozedPastMidnight snoozes an evening's nudge after midnight: the next
// evening's comes all the same.
func TestSnoozedPastMidnight(t *testing.T) {
	start := time.Date(2026, 6, 1, 21, 0, 0, 0, time.UTC) // 23:00 in Madrid
	now := start
	_, n, p := setUp(t, &now, 1)
	who := bot.Account{Platform: "test", User: "0"}
	n.Bot.Handle(t.Context(), bot.Request{From: who, Line: "nudge 23:30"})
	var sent []string
	p.landed = func() { sent = append(sent, now.Sub(start).String()) }
	for minute := range 25 * 60 {
		now = start.Add(time.Duration(minute) * time.Minute)
		if err := n.schedule(t.Context()); err != nil {
			t.Fatal(err)
		}
		if minute == 70 {
			n.Bot.Handle(t.Context(), bot.Request{From: who, Line: "snooze 1h"})
		}
		if _, err := n.act(t.Context(), p, who); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"30m0s", "2h10m0s", "24h30m0s"}; !slices.Equal(sent, want) {
		t.Errorf("sent after %v, want %v", sent, want)
	}
}

// TestSnoozeEndsWithNudges turns the nudges off, and on again, while one is put off:
// what was put off does not come back with them.
func TestSnoozeEndsWithNudges(t *testing.T) {
	e := newEvening(t)
	e.pass(time.Hour)
	for _, line := range []string{"snooze 1h", "nudge off", "nudge on"} {
		e.say(line)
	}
	if e.pass(3 * time.Hour); e.p.sent != 1 {
		t.Errorf("%d were sent on one evening", e.p.sent)
	}
}
