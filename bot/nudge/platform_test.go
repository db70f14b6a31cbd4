package nudge

import (
	"cmp"
	"context"
	"fmt"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/content"
	"roadmapbot/store"
)

// counted is a platform that counts what it is sent.
type counted struct {
	sent, edited int
	last, became bot.Reply // the latest message, and what the latest edit made of one
	closed       []string  // the messages that were edited
	landed       func()    // what happens between a message's arrival and its confirmation

	failed, unfound, uneditable error // what Send, Find and Edit answer instead
}

func (c *counted) Platform() bot.Platform                       { return bot.Platform{Name: "test"} }
func (c *counted) Run(ctx context.Context, _ bot.Handler) error { <-ctx.Done(); return nil }
func (c *counted) Send(_ context.Context, _ bot.Address, _ string, r bot.Reply) (bot.Receipt, error) {
	c.sent++
	c.last = r
	if c.landed != nil {
		c.landed()
	}
	return bot.Receipt{Channel: "c", Message: fmt.Sprint("m", c.sent)}, c.failed
}

func (c *counted) Find(context.Context, bot.Address, string) (bot.Receipt, error) {
	return bot.Receipt{}, cmp.Or(c.unfound, bot.ErrNotFound)
}

func (c *counted) Edit(_ context.Context, _ bot.Address, m bot.Receipt, r bot.Reply) error {
	c.edited++
	c.became = r
	c.closed = append(c.closed, m.Message)
	return c.uneditable
}

func roadmap(t *testing.T) *content.Roadmap {
	t.Helper()
	r, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func setUp(t *testing.T, now *time.Time, people int) (*store.Memory, *Nudger, *counted) {
	t.Helper()
	s := store.NewMemory()
	clock := func() time.Time { return *now }
	b := bot.New(bot.Config{Roadmap: roadmap(t), Store: s, Now: clock})
	for i := range people {
		for _, line := range []string{"zone Madrid", "nudge 18:30"} {
			b.Handle(t.Context(), bot.Request{From: bot.Account{Platform: "test", User: fmt.Sprint(i)}, Line: line})
		}
	}
	p := &counted{}
	return s, New(Config{Store: s, Bot: b, Adapters: []bot.Adapter{p}, Now: clock}), p
}

// evening is a learner in Madrid whose nudge comes at 18:30, from 18:00 on.
type evening struct {
	*testing.T
	now time.Time
	who bot.Account
	s   *store.Memory
	n   *Nudger
	p   *counted
}

func newEvening(t *testing.T) *evening {
	t.Helper()
	e := &evening{T: t, now: time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC), who: bot.Account{Platform: "test", User: "0"}}
	e.s, e.n, e.p = setUp(t, &e.now, 1)
	e.claim()
	return e
}

// say is a line of the learner's.
func (e *evening) say(line string) bot.Reply {
	return e.n.Bot.Handle(e.Context(), bot.Request{From: e.who, Line: line})
}

// pass lets time pass, minute by minute, with the bot at work.
func (e *evening) pass(d time.Duration) {
	e.Helper()
	for range int(d / time.Minute) {
		e.now = e.now.Add(time.Minute)
		e.claim()
		e.act()
	}
}

// claim claims what has fallen due by now, and act delivers it.
func (e *evening) claim() {
	e.Helper()
	if err := e.n.schedule(e.Context()); err != nil {
		e.Fatal(err)
	}
}

func (e *evening) act() {
	e.Helper()
	if _, err := e.n.act(e.Context(), e.p, e.who); err != nil {
		e.Fatal(err)
	}
}

func (e *evening) nudges() bot.Nudges { return learner(e.T, e.s, e.who).Nudges }
