package nudge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/content"
	"roadmapbot/store"
)

// counted is a platform that counts what it is sent.
type counted struct {
	sent, edited    int
	last            bot.Reply
	landed          func() // what happens between a message's arrival and its confirmation
	failed, unfound error  // what Send and Find answer instead
}

func (c *counted) Platform() bot.Platform                       { return bot.Platform{Name: "test"} }
func (c *counted) Run(ctx context.Context, _ bot.Handler) error { <-ctx.Done(); return nil }
func (c *counted) Send(_ context.Context, _ bot.Address, _ string, r bot.Reply) (bot.Receipt, error) {
	c.sent++
	c.last = r
	if c.landed != nil {
		c.landed()
	}
	return bot.Receipt{Channel: "c", Message: "m"}, c.failed
}

func (c *counted) Find(context.Context, bot.Address, string) (bot.Receipt, error) {
	return bot.Receipt{}, cmp.Or(c.unfound, bot.ErrNotFound)
}
func (c *counted) Edit(context.Context, bot.Address, bot.Receipt, bot.Reply) error {
	c.edited++
	return nil
}

func setUp(t *testing.T, now *time.Time, people int) (*store.Memory, *Nudger, *counted) {
	t.Helper()
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	s := store.NewMemory()
	clock := func() time.Time { return *now }
	b := bot.New(bot.Config{Roadmap: roadmap, Store: s, Now: clock})
	for i := range people {
		for _, line := range []string{"zone Madrid", "nudge 18:30"} {
			b.Handle(t.Context(), bot.Request{From: bot.Account{Platform: "test", User: fmt.Sprint(i)}, Line: line})
		}
	}
	p := &counted{}
	return s, New(Config{Store: s, Bot: b, Adapters: []bot.Adapter{p}, Now: clock}), p
}

// TestEveryDateAfterASilence starts the bot after ten days without it: each date
// of each learner has its record, and one nudge at most comes of it.
func TestEveryDateAfterASilence(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	const people = 200
	s, n, _ := setUp(t, &now, people)
	if err := n.schedule(t.Context()); err != nil { // the first mark
		t.Fatal(err)
	}
	now = now.AddDate(0, 0, 10)
	if err := n.schedule(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range people {
		expired := 0
		for e, err := range s.Events(t.Context(), bot.Account{Platform: "test", User: fmt.Sprint(i)}) {
			if err != nil {
				t.Fatal(err)
			}
			if e.What == bot.NudgeExpired {
				expired++
			}
		}
		if expired != 10 {
			t.Fatalf("learner %d: %d of 10 dates are recorded as expired", i, expired)
		}
	}
}

// TestClockBackBeforeSending sets the clock back between the claim and the send:
// the nudge waits until its hour comes again.
func TestClockBackBeforeSending(t *testing.T) {
	now := time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC) // 18:00 in Madrid
	_, n, p := setUp(t, &now, 1)
	step := func(to time.Time) {
		t.Helper()
		now = to
		if err := n.schedule(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := n.act(t.Context(), p, bot.Account{Platform: "test", User: "0"}); err != nil {
			t.Fatal(err)
		}
	}
	step(now)
	now = now.Add(31 * time.Minute)
	if err := n.schedule(t.Context()); err != nil { // claimed at 18:31
		t.Fatal(err)
	}
	if step(now.Add(-20 * time.Minute)); p.sent != 0 {
		t.Error("sent at 18:11, before its hour")
	}
	if step(now.Add(20 * time.Minute)); p.sent != 1 {
		t.Errorf("%d sent once the hour had come", p.sent)
	}
}

// spoilt is a store in which one learner can't be read.
type spoilt struct {
	bot.Store
	id uint64
}

func (s spoilt) Sweep(ctx context.Context, span func(string) (int, int), change func(*bot.Learner) error) iter.Seq2[bot.Learner, error] {
	return s.Store.Sweep(ctx, span, func(l *bot.Learner) error {
		if l.ID == s.id {
			return errors.New("it can't be read")
		}
		return change(l)
	})
}

// TestOneUnreadable claims the nudges of all others, and the schedule goes on.
func TestOneUnreadable(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	const people = 5
	s, n, _ := setUp(t, &now, people)
	n.Store = spoilt{s, 3}
	for range 2 {
		if err := n.schedule(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(5 * time.Hour)
	}
	claimed := 0
	for _, err := range s.Waking(t.Context(), now) {
		if err != nil {
			t.Fatal(err)
		}
		claimed++
	}
	if claimed != people-1 {
		t.Errorf("%d of the %d others have their claim", claimed, people-1)
	}
	if mark, err := s.Swept(t.Context()); err != nil || !mark.Equal(now.Add(-5*time.Hour)) {
		t.Errorf("worked through until %v (%v), want five hours before %v", mark, err, now)
	}
}

// TestAnsweredAtOnce answers a nudge before the platform has confirmed it: it loses
// its buttons all the same.
func TestAnsweredAtOnce(t *testing.T) {
	for _, line := range []string{"study vcs-git 30m", "snooze 1h", "snooze tomorrow", "nudge off"} {
		t.Run(line, func(t *testing.T) {
			now := time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC)
			s, n, p := setUp(t, &now, 1)
			who := bot.Account{Platform: "test", User: "0"}
			p.landed = func() {
				n.Bot.Handle(t.Context(), bot.Request{From: who, Line: line})
			}
			for range 2 {
				if err := n.schedule(t.Context()); err != nil {
					t.Fatal(err)
				}
				now = now.Add(31 * time.Minute)
			}
			for range 2 { // to send, to put away
				if _, err := n.act(t.Context(), p, who); err != nil {
					t.Fatal(err)
				}
			}
			l, err := s.Learner(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			if p.sent != 1 || p.edited != 1 || !l.Nudges.Shown.At.IsZero() || l.Nudges.Ignored != 0 {
				t.Errorf("%d sent, %d edited; %+v", p.sent, p.edited, l.Nudges)
			}
		})
	}
}

// TestWaiting tells how long a nudge has been waiting since its hour, however often
// it was tried, and leaves out those of a platform that is not at work here.
func TestWaiting(t *testing.T) {
	now := time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC)
	s, n, _ := setUp(t, &now, 1)
	elsewhere := bot.Account{Platform: "elsewhere", User: "1"}
	for _, line := range []string{"zone Madrid", "nudge 18:10"} {
		n.Bot.Handle(t.Context(), bot.Request{From: elsewhere, Line: line})
	}
	for range 2 {
		if err := n.schedule(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(2 * time.Hour)
	}
	if _, _, err := s.Update(t.Context(), bot.Account{Platform: "test", User: "0"}, "", func(l *bot.Learner) error {
		l.Nudges.Claim.Next = now.Add(-time.Second) // after many tries
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if learners, longest, err := n.Waiting(t.Context()); learners != 1 || longest != 3*time.Hour+30*time.Minute || err != nil {
		t.Errorf("%d learners, the longest %v (%v)", learners, longest, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := n.Waiting(ended); err == nil {
		t.Error("an empty outbox is made up")
	}
}

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
