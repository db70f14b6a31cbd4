package store

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"roadmapbot/bot"
)

// Memory is a store that forgets everything at its end, for tests of whatever builds on
// a store. The zero value is not ready; use [NewMemory].
type Memory struct {
	mu       sync.Mutex
	last     uint64
	accounts map[bot.Account]uint64
	learners map[uint64]*kept
	swept    time.Time
}

type kept struct {
	learner bot.Learner
	events  []bot.Event
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{accounts: map[bot.Account]uint64{}, learners: map[uint64]*kept{}}
}

var _ bot.Store = (*Memory)(nil)

// Learner implements [bot.Store].
func (m *Memory) Learner(ctx context.Context, who bot.Account) (bot.Learner, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return bot.Learner{}, err
	}
	k, ok := m.learners[m.accounts[who]]
	if !ok {
		return bot.Learner{}, bot.ErrNotFound
	}
	return k.learner.Clone(), nil
}

// Update implements [bot.Store].
func (m *Memory) Update(ctx context.Context, who bot.Account, op string, change func(*bot.Learner) error) (bot.Learner, []bot.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return bot.Learner{}, nil, err
	}
	if err := checkAccount(who); err != nil {
		return bot.Learner{}, nil, err
	}
	k, known := m.learners[m.accounts[who]]
	if !known { // not held unless the change gives it a number
		k = &kept{learner: bot.Learner{Accounts: []bot.Account{who}}}
	}
	if op != "" {
		if events := k.applied(op); events != nil {
			return k.learner.Clone(), events, nil
		}
	}
	l, events, _, err := m.alter(k, change)
	return l, events, err
}

// alter changes a learner, and numbers and holds a new one.
func (m *Memory) alter(k *kept, change func(*bot.Learner) error) (l bot.Learner, events []bot.Event, changed bool, err error) {
	l = k.learner.Clone()
	if err := protect(change, &l); err != nil {
		return bot.Learner{}, nil, false, err
	}
	events = slices.Clone(l.New)
	l.New = nil
	if len(events) == 0 && reflect.DeepEqual(l, k.learner) {
		return l, nil, false, nil
	}
	for i := range events {
		l.Events++
		events[i].Seq = l.Events
	}
	if l.ID == 0 {
		m.last++
		l.ID = m.last
		m.learners[l.ID] = k
	}
	maps.DeleteFunc(m.accounts, func(_ bot.Account, id uint64) bool { return id == l.ID })
	for _, a := range l.Accounts {
		m.accounts[a] = l.ID
	}
	k.learner = l.Clone()
	k.events = append(k.events, cloneEvents(events)...)
	return l, events, true, nil
}

// applied is as that of the file's store.
func (k *kept) applied(op string) []bot.Event {
	var events []bot.Event
	for i := len(k.events) - 1; i >= 0 && i >= len(k.events)-repeatsMost; i-- {
		if k.events[len(k.events)-1].At.Sub(k.events[i].At) > repeats {
			break
		}
		if k.events[i].Op == op {
			events = append(events, k.events[i])
		}
	}
	slices.Reverse(events)
	return cloneEvents(events)
}

// cloneEvents copies what an event points to.
func cloneEvents(events []bot.Event) []bot.Event {
	events = slices.Clone(events)
	for i, e := range events {
		if e.Before == nil {
			continue
		}
		b := *e.Before
		if b.Work != nil {
			work := *b.Work
			b.Work = &work
		}
		if b.Card != nil {
			card := *b.Card
			b.Card = &card
		}
		if b.Settings != nil {
			settings := *b.Settings
			settings.Chosen = slices.Clone(settings.Chosen)
			b.Settings = &settings
		}
		events[i].Before = &b
	}
	return events
}

// Events implements [bot.Store].
func (m *Memory) Events(ctx context.Context, who bot.Account) iter.Seq2[bot.Event, error] {
	return func(yield func(bot.Event, error) bool) {
		m.mu.Lock()
		var events []bot.Event
		if k, ok := m.learners[m.accounts[who]]; ok {
			events = cloneEvents(k.events)
		}
		m.mu.Unlock()
		for _, e := range events {
			if err := ctx.Err(); err != nil {
				yield(bot.Event{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Delete implements [bot.Store].
func (m *Memory) Delete(ctx context.Context, who bot.Account) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if k, ok := m.learners[m.accounts[who]]; ok {
		for _, a := range k.learner.Accounts {
			delete(m.accounts, a)
		}
		delete(m.learners, k.learner.ID)
	}
	return nil
}

// Sweep implements [bot.Store].
func (m *Memory) Sweep(ctx context.Context, span func(zone string) (from, to int), change func(*bot.Learner) error) iter.Seq2[bot.Learner, error] {
	return func(yield func(bot.Learner, error) bool) {
		m.mu.Lock()
		ids := slices.Sorted(maps.Keys(m.learners))
		m.mu.Unlock()
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				yield(bot.Learner{}, err)
				return
			}
			l, changed, err := m.sweep(id, span, change)
			if err != nil {
				l = bot.Learner{ID: id}
			}
			if (changed || err != nil) && !yield(l, err) {
				return
			}
		}
	}
}

// sweep changes one learner if the span of their zone says so.
func (m *Memory) sweep(id uint64, span func(zone string) (from, to int), change func(*bot.Learner) error) (l bot.Learner, changed bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.learners[id]
	if !ok {
		return l, false, nil // deleted meanwhile
	}
	zone, minute, ok := k.learner.Daily()
	if !ok {
		return l, false, nil
	}
	if from, to := span(zone); minute < from || minute >= to {
		return l, false, nil
	}
	l, events, changed, err := m.alter(k, change)
	l.New = events
	return l, changed, err
}

// Waking implements [bot.Store].
func (m *Memory) Waking(ctx context.Context, until time.Time) iter.Seq2[bot.Account, error] {
	type hit struct {
		at  int64
		id  uint64
		who bot.Account
	}
	m.mu.Lock()
	var hits []hit
	for id, k := range m.learners {
		if at, ok := k.learner.Wake(); ok && at.Unix() <= until.Unix() {
			hits = append(hits, hit{at.Unix(), id, k.learner.Accounts[0]})
		}
	}
	m.mu.Unlock()
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	return func(yield func(bot.Account, error) bool) {
		for _, h := range hits {
			if err := ctx.Err(); err != nil {
				yield(bot.Account{}, err)
				return
			}
			if !yield(h.who, nil) {
				return
			}
		}
	}
}

// Swept implements [bot.Store].
func (m *Memory) Swept(context.Context) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.swept, nil
}

// SetSwept implements [bot.Store].
func (m *Memory) SetSwept(_ context.Context, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.swept = until.UTC().Truncate(time.Second)
	return nil
}

// Close implements [bot.Store].
func (m *Memory) Close() error { return nil }
