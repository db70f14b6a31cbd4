package nudge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadmapbot/bot"
	"roadmapbot/store"
)

// faulty is a platform whose Send and Edit do as they are told for each learner.
type faulty struct {
	platform bot.Platform

	mu     sync.Mutex
	sent   map[bot.Account]int // by whom they are for
	onSend func(who bot.Account) error
	onEdit func()
}

func (f *faulty) Platform() bot.Platform                       { return f.platform }
func (f *faulty) Run(ctx context.Context, _ bot.Handler) error { <-ctx.Done(); return nil }

func (f *faulty) Send(_ context.Context, to bot.Address, key string, _ bot.Reply) (bot.Receipt, error) {
	f.mu.Lock()
	f.sent[to.Account]++
	f.mu.Unlock()
	if f.onSend != nil {
		if err := f.onSend(to.Account); err != nil {
			return bot.Receipt{}, err
		}
	}
	return bot.Receipt{Channel: "c", Message: key}, nil
}

func (f *faulty) Find(context.Context, bot.Address, string) (bot.Receipt, error) {
	return bot.Receipt{}, bot.ErrNotFound
}

func (f *faulty) Edit(context.Context, bot.Address, bot.Receipt, bot.Reply) error {
	if f.onEdit != nil {
		f.onEdit()
	}
	return nil
}

// to counts the messages to some learners so far.
func (f *faulty) to(people ...bot.Account) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, who := range people {
		n += f.sent[who]
	}
	return n
}

// crew has learners with a nudge at 18:30, and the delivery as it runs in a process,
// at 18:00. Minute lets the next minute pass.
func crew(t *testing.T, f *faulty, people []bot.Account) (s *store.Memory, n *Nudger, minute func()) {
	t.Helper()
	now := time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC)
	s, n, _ = setUp(t, &now, 0)
	for _, who := range people {
		for _, line := range []string{"zone Madrid", "nudge 18:30"} {
			n.Bot.Handle(t.Context(), bot.Request{From: who, Line: line})
		}
	}
	f.sent = map[bot.Account]int{}
	n = New(Config{Store: s, Bot: n.Bot, Adapters: []bot.Adapter{f}, Now: n.Now, Log: slog.New(slog.DiscardHandler)})
	n.tick(t.Context())
	return s, n, func() {
		now = now.Add(time.Minute)
		n.tick(t.Context())
		synctest.Wait()
	}
}

// members are so many learners of one tenant.
func members(tenant string, n int) (all []bot.Account) {
	for i := range n {
		all = append(all, bot.Account{Platform: "test", Tenant: tenant, User: fmt.Sprint(i)})
	}
	return all
}

// TestPanicOfAnAdapter sends and edits through an adapter that panics for one learner:
// the others have their nudges, and that one has it later.
func TestPanicOfAnAdapter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		people := members("", 5)
		f := &faulty{platform: bot.Platform{Name: "test"}}
		f.onSend = func(who bot.Account) error {
			if who == people[2] && f.to(who) == 1 {
				panic("of an adapter")
			}
			return nil
		}
		edits := 0
		f.onEdit = func() { edits++; panic("of an adapter") }
		s, n, minute := crew(t, f, people)
		for range 31 {
			minute()
		}
		if got := f.to(people...); got != len(people) {
			t.Errorf("%d messages to %d learners", got, len(people))
		}
		for range 10 {
			minute()
		}
		for i, who := range people {
			if learner(t, s, who).Nudges.Shown.At.IsZero() {
				t.Errorf("learner %d has no nudge", i)
			}
		}
		n.Bot.Handle(t.Context(), bot.Request{From: people[0], Line: "study 30m"})
		if minute(); edits != 1 {
			t.Errorf("%d edits", edits)
		}
	})
}

// TestPausedTenant is told by a platform to wait before it writes to a tenant again:
// nothing goes to anybody there before that, and the others wait for nothing.
func TestPausedTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, idle := members("busy", 4), members("idle", 4)
		f := &faulty{platform: bot.Platform{Name: "test", PerTenant: 1}}
		f.onSend = func(who bot.Account) error {
			if who.Tenant == "busy" && f.to(busy...) == 1 {
				return &bot.NotSentError{Tenant: true, After: 10 * time.Minute, Err: errors.New("429")}
			}
			return nil
		}
		_, _, minute := crew(t, f, append(busy, idle...))
		for range 39 {
			minute()
		}
		if f.to(busy...) != 1 || f.to(idle...) != len(idle) {
			t.Errorf("%d messages to the tenant that has to wait, %d to the other", f.to(busy...), f.to(idle...))
		}
		for range 6 {
			minute()
		}
		if got := f.to(busy...); got != 1+len(busy) {
			t.Errorf("%d messages to the tenant after the wait", got)
		}
	})
}

// TestAtOnce has a platform that takes its time: no more than the set number of
// messages are under way at once, and all go in the end.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		people := members("", workers+8)
		f := &faulty{platform: bot.Platform{Name: "test"}}
		slow := make(chan bool)
		f.onSend = func(bot.Account) error { <-slow; return nil }
		_, n, minute := crew(t, f, people)
		for range 31 {
			minute()
		}
		if got := f.to(people...); got != workers {
			t.Errorf("%d messages are under way at once, want %d", got, workers)
		}
		close(slow)
		synctest.Wait()
		n.dispatch(t.Context())
		synctest.Wait()
		if got := f.to(people...); got != len(people) {
			t.Errorf("%d of %d messages went in the end", got, len(people))
		}
	})
}

// TestEditThatPanics puts a nudge away through an adapter that panics each time: it is
// given up like any edit that fails, and the next day's nudge comes.
func TestEditThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		people := members("", 1)
		f := &faulty{platform: bot.Platform{Name: "test"}}
		edits := 0
		f.onEdit = func() { edits++; panic("of an adapter") }
		_, _, minute := crew(t, f, people)
		for range 25 * 60 {
			minute()
		}
		if edits > maxEdits || f.to(people...) != 2 {
			t.Errorf("%d edits, %d messages in two days", edits, f.to(people...))
		}
	})
}

type findPanics struct {
	*faulty
	finds int
}

func (f *findPanics) Find(context.Context, bot.Address, string) (bot.Receipt, error) {
	f.finds++
	panic("of an adapter")
}

// TestFindThatPanics asks whether a message arrived through an adapter that panics each
// time: the question is put as seldom as after any other failure, and the doubt ends.
func TestFindThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		people := members("", 1)
		f := &faulty{platform: bot.Platform{Name: "test"}}
		f.onSend = func(bot.Account) error { return context.DeadlineExceeded }
		s, n, minute := crew(t, f, people)
		p := &findPanics{faulty: f}
		n.platforms["test"].adapter = p
		n.Log = slog.New(slog.DiscardHandler)
		for range 14 * 60 {
			minute()
		}
		if l := learner(t, s, people[0]); l.Nudges.Claim.Kind != bot.NoClaim || p.finds > int(2*Window/settle)+1 {
			t.Errorf("asked %d times; %+v", p.finds, l.Nudges.Claim)
		}
	})
}
