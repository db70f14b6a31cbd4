package nudge_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
)

var simZones = []string{
	"Africa/Cairo", "Africa/Casablanca", "America/Havana", "America/New_York", "America/Nuuk", "America/Santiago", "America/Sao_Paulo",
	"America/St_Johns", "Antarctica/Troll", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran", "Asia/Tokyo",
	"Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Dublin", "Europe/London", "Europe/Madrid",
	"Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Norfolk", "Pacific/Honolulu", "America/Los_Angeles", "UTC",
}

// world is what exists besides the product: the platform, the clock, the people.
type world struct {
	mu       sync.Mutex
	dice     *rand.Rand
	skew     time.Duration
	landed   map[string][]time.Time // by key: when each message appeared, by a clock that never steps
	outages  []interval
	crashed  chan struct{} // closed when the running process dies
	dead     bool
	crashes  int
	stepped  []time.Time // when the clock did
	skews    []skew      // what it came to with each step, the first at the beginning
	downs    []interval  // when no process ran
	people   []*person
	life     life
	noCrash  bool
	unsure   int
	sentWhen map[string]time.Time // by key: when the first byte left
}

type interval struct{ from, to time.Time }

// skew is how far the bot's clock is ahead from a moment of the true one on.
type skew struct {
	from time.Time
	by   time.Duration
}

// skewAt is how far the bot's clock was ahead at a true moment.
func (w *world) skewAt(at time.Time) time.Duration {
	by := w.skews[0].by
	for _, s := range w.skews {
		if !s.from.After(at) {
			by = s.by
		}
	}
	return by
}

// person is a learner's own memory of what they asked for.
type person struct {
	who     bot.Account
	changes []time.Time                // of anything that could move or stop a nudge
	putOff  map[calendar.Day]time.Time // study days on which they said "not today", and when, by a clock that never steps
	snoozes []snooze
}

// snooze is a promise to come again.
type snooze struct {
	said time.Time     // by the bot's clock, like what follows
	due  time.Time     // when it comes again
	skew time.Duration // of that clock
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.skew)
}

// chance is true with probability 1/n.
func (w *world) chance(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dice.IntN(n) == 0
}

func (w *world) roll(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dice.IntN(n)
}

var errDied = errors.New("the process died")

// die may end the process at this point. Everything it calls afterwards fails.
func (w *world) die(n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.dead && !w.noCrash && w.dice.IntN(n/w.life.harsh) == 0 {
		w.dead = true
		w.crashes++
		close(w.crashed)
	}
	if w.dead {
		return errDied
	}
	return nil
}

// mortal is the store of a process that may die before and after each change.
type mortal struct {
	bot.Store
	w *world
}

const crashEvery = 4000

func (m mortal) Update(ctx context.Context, who bot.Account, op string, change func(*bot.Learner) error) (bot.Learner, []bot.Event, error) {
	if err := m.w.die(crashEvery); err != nil {
		return bot.Learner{}, nil, err
	}
	var meant *bot.Learner
	l, events, err := m.Store.Update(ctx, who, op, func(l *bot.Learner) (err error) {
		meant, err = m.change(l, change)
		return err
	})
	if err == nil && meant != nil {
		l.Nudges.Claim = meant.Nudges.Claim // the bug's author believes in it
	}
	if died := m.w.die(crashEvery); died != nil {
		return bot.Learner{}, nil, died
	}
	return l, events, err
}

// change makes a change, and what a planted bug makes of it. Meant is the learner
// as the change left it, if there is a bug.
func (m mortal) change(l *bot.Learner, change func(*bot.Learner) error) (meant *bot.Learner, err error) {
	before := l.Clone()
	if err := change(l); err != nil {
		return nil, err
	}
	if m.w.life.plant != nil {
		clone := l.Clone()
		meant = &clone
		m.w.life.plant(&before, l, m.w.now().Truncate(time.Second))
	}
	return meant, nil
}

// Sweep may die before any learner, with some of the changes on disk, and before
// anybody hears of them.
func (m mortal) Sweep(ctx context.Context, span func(string) (int, int), change func(*bot.Learner) error) iter.Seq2[bot.Learner, error] {
	return func(yield func(bot.Learner, error) bool) {
		for l, err := range m.Store.Sweep(ctx, span, func(l *bot.Learner) error {
			if err := m.w.die(crashEvery); err != nil {
				return err
			}
			_, err := m.change(l, change)
			return err
		}) {
			if died := m.w.die(crashEvery); died != nil {
				yield(bot.Learner{}, died)
				return
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

func (m mortal) SetSwept(ctx context.Context, until time.Time) error {
	if err := m.w.die(crashEvery * 3); err != nil {
		return err
	}
	return m.Store.SetSwept(ctx, until)
}

// platform fails in every way a platform can.
type platform struct{ w *world }

func (p platform) Platform() bot.Platform                       { return bot.Platform{Name: "sim"} }
func (p platform) Run(ctx context.Context, _ bot.Handler) error { <-ctx.Done(); return nil }

var errCut = errors.New("connection cut")

func (p platform) down() bool {
	now := time.Now()
	return slices.ContainsFunc(p.w.outages, func(o interval) bool { return !now.Before(o.from) && now.Before(o.to) })
}

func (p platform) land(key string) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.w.landed[key] = append(p.w.landed[key], time.Now())
}

func (p platform) Send(_ context.Context, _ bot.Address, key string, r bot.Reply) (bot.Receipt, error) {
	if err := p.w.die(crashEvery); err != nil {
		return bot.Receipt{}, err
	}
	if err := r.Check(); err != nil {
		panic(err)
	}
	p.w.mu.Lock()
	if _, ok := p.w.sentWhen[key]; !ok {
		p.w.sentWhen[key] = time.Now().Add(p.w.skew)
	}
	p.w.mu.Unlock()
	receipt := bot.Receipt{Channel: "dm", Message: key}
	if p.down() {
		if p.w.chance(2) {
			return bot.Receipt{}, &bot.NotSentError{Err: errors.New("refused")}
		}
		return bot.Receipt{}, p.doubt()
	}
	switch p.w.roll(60 / p.w.life.harsh) {
	case 0: // the request is lost
		return bot.Receipt{}, p.doubt()
	case 1: // the answer is lost
		p.land(key)
		return bot.Receipt{}, p.doubt()
	case 2: // it lands late, after the caller gave up
		late := time.Duration(p.w.roll(240)) * time.Second
		go func() {
			time.Sleep(late)
			p.land(key)
		}()
		return bot.Receipt{}, p.doubt()
	case 3:
		return bot.Receipt{}, &bot.NotSentError{After: time.Duration(1+p.w.roll(60)) * time.Second, Tenant: p.w.chance(2), Err: errors.New("429")}
	}
	p.land(key)
	if err := p.w.die(crashEvery); err != nil {
		return bot.Receipt{}, err
	}
	return receipt, nil
}

func (p platform) doubt() error {
	p.w.mu.Lock()
	p.w.unsure++
	p.w.mu.Unlock()
	return errCut
}

func (p platform) Find(_ context.Context, _ bot.Address, key string) (bot.Receipt, error) {
	if err := p.w.die(crashEvery); err != nil {
		return bot.Receipt{}, err
	}
	if p.down() || p.w.chance(20) {
		return bot.Receipt{}, errCut
	}
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if len(p.w.landed[key]) > 0 {
		return bot.Receipt{Channel: "dm", Message: key}, nil
	}
	return bot.Receipt{}, bot.ErrNotFound
}

func (p platform) Edit(context.Context, bot.Address, bot.Receipt, bot.Reply) error {
	if p.down() || p.w.chance(20) {
		return errCut
	}
	return nil
}
