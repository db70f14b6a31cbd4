package nudge_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
	"roadmapbot/bot/nudge"
	"roadmapbot/content"
	"roadmapbot/store"
)

var (
	learnerYears = flag.Int("learner-years", 5, "how much life to simulate")
	simSeed      = flag.Uint64("seed", 0, "of the simulation; 0 takes a new one")
)

// TestSimulation runs the product's own store, core and delivery through the
// lives of learners who change their minds, on a platform that fails in every
// way, in a process that dies at every point, and counts what was lost, sent
// twice or sent early. It prints its seed. The long form:
//
//	go test ./bot/nudge -run Simulation -v -learner-years 100000 -timeout 48h
func TestSimulation(t *testing.T) {
	seed := *simSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	const most = 2000 // learners at once
	for years := *learnerYears; years > 0; seed++ {
		now := min(years, most)
		years -= now
		l := life{learners: now, days: 365, every: 5 * time.Minute, harsh: 1}
		if now < 100 { // the same amount of life in the two months in which most clocks change, with more mishaps
			l.learners, l.days, l.harsh = 6*now, 61, 4
		}
		r := simulate(t, seed, l)
		t.Logf("seed %d: %v", seed, r)
		if r.lost+r.twice+r.early+r.untold > 0 {
			t.Errorf("seed %d: lost %d, twice %d, early %d, untold %d", seed, r.lost, r.twice, r.early, r.untold)
			for _, example := range r.examples {
				t.Log(example)
			}
			return
		}
		if r.sent < now*50 || r.crashes == 0 || r.unsure == 0 || r.late == 0 {
			t.Errorf("the simulation did not do its work: %v", r)
		}
	}
}

// TestPlantedBugs runs the same simulation with the classical mistakes built in.
// Each must be found, or the simulation proves nothing.
func TestPlantedBugs(t *testing.T) {
	for name, l := range map[string]life{
		"send before record": {every: 5 * time.Minute, plant: func(_, l *bot.Learner, _ time.Time) {
			l.Nudges.Claim.Unsure = false // no trace of the attempt
		}},
		"record before send": {every: 5 * time.Minute, plant: func(_, l *bot.Learner, now time.Time) {
			if c := l.Nudges.Claim; c.Unsure { // taken as sent at once
				l.New = append(l.New, bot.Event{At: now, What: bot.NudgeSent, Day: c.Day})
				l.Nudges.Claim = bot.Claim{}
			}
		}},
		"no wait": {every: time.Minute, plant: func(_, l *bot.Learner, now time.Time) {
			if l.Nudges.Claim.Unsure {
				l.Nudges.Claim.Next = now
			}
		}},
		"instant as key": {every: 5 * time.Minute, plant: func(_, l *bot.Learner, _ time.Time) {
			l.Nudges.Decided, l.Nudges.Sent = 0, 0 // only the sweep's mark keeps from repeating
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l.learners, l.days, l.harsh = 120, 25, 6
			for seed := range uint64(5) {
				r := simulate(t, seed, l)
				t.Logf("seed %d: %v", seed, r)
				if r.lost+r.twice+r.early+r.untold > 0 {
					return
				}
			}
			t.Errorf("the simulation did not find the bug %q", name)
		})
	}
}

// life says what to simulate.
type life struct {
	learners, days int
	every          time.Duration                                   // between two ticks
	harsh          int                                             // how many times more faults than usual
	plant          func(before, after *bot.Learner, now time.Time) // a bug, or nil
}

// result counts.
type result struct {
	sent, late, expired, leftOut, unsure, crashes, steps int
	lost, twice, early, untold                           int
	examples                                             []string
}

func (r result) String() string {
	return fmt.Sprintf("%d sent, %d of them late, %d expired, %d left out; %d attempts without an answer, %d crashes, %d clock steps; lost %d, twice %d, early %d, untold %d",
		r.sent, r.late, r.expired, r.leftOut, r.unsure, r.crashes, r.steps, r.lost, r.twice, r.early, r.untold)
}

func (r *result) example(format string, args ...any) {
	if len(r.examples) < 20 {
		r.examples = append(r.examples, fmt.Sprintf(format, args...))
	}
}

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
	landed   map[string][]time.Time // by key: when each message appeared
	outages  []interval
	crashed  chan struct{} // closed when the running process dies
	dead     bool
	crashes  int
	steps    int
	downs    []interval // when no process ran
	people   []*person
	life     life
	noCrash  bool
	unsure   int
	sentWhen map[string]time.Time // by key: when the first byte left
}

type interval struct{ from, to time.Time }

// person is a learner's own memory of what they asked for.
type person struct {
	who     bot.Account
	changes []time.Time // of anything that could move or stop a nudge
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
	p.w.landed[key] = append(p.w.landed[key], time.Now().Add(p.w.skew))
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

// simDir is where databases live: in memory if the machine offers that, since
// the simulation is about the delivery and not about the disk.
func simDir(t *testing.T) string {
	if dir, err := os.MkdirTemp("/dev/shm", "roadmapbot-sim"); err == nil { //nolint:usetesting // t.TempDir is on the disk
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

func simulate(t *testing.T, seed uint64, l life) result {
	t.Helper()
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(simDir(t), "sim.db")
	var r result
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		w := &world{dice: rand.New(rand.NewPCG(seed, 1)), landed: map[string][]time.Time{}, sentWhen: map[string]time.Time{}, life: l, skew: time.Until(begin)}
		end := time.Now().AddDate(0, 0, l.days)
		for at := time.Now(); at.Before(end); at = at.Add(time.Duration(w.roll(15*24)) * time.Hour) {
			length := time.Duration(1+w.roll(300)) * time.Minute
			if w.chance(5) {
				length = time.Duration(6+w.roll(30)) * time.Hour
			}
			w.outages = append(w.outages, interval{at, at.Add(length)})
		}
		people(t, w, s, roadmap, l.learners)
		live(t, w, s, roadmap, end)
		r = judge(t, w, s, begin)
	})
	return r
}

// people makes the learners.
func people(t *testing.T, w *world, s bot.Store, roadmap *content.Roadmap, n int) {
	b := bot.New(bot.Config{Roadmap: roadmap, Store: s, Now: w.now})
	for i := range n {
		p := &person{who: bot.Account{Platform: "sim", Tenant: fmt.Sprint(i % 7), User: fmt.Sprint(i)}}
		w.people = append(w.people, p)
		for _, line := range []string{
			"zone " + simZones[w.roll(len(simZones))],
			fmt.Sprintf("nudge %02d:%02d %s", w.roll(24), w.roll(60), []string{"daily", "weekdays", "mon,wed,fri", "sat"}[w.roll(4)]),
		} {
			b.Handle(t.Context(), bot.Request{From: p.who, Line: line})
		}
		p.changes = append(p.changes, w.now())
	}
}

// live lets time pass: processes run and die, clocks step, people act. The last
// process outlives the end, since what fell due while none ran is only recorded by
// the next.
func live(t *testing.T, w *world, s bot.Store, roadmap *content.Roadmap, end time.Time) {
	for time.Now().Before(end) {
		run(t, w, s, roadmap, func(b *bot.Bot) { act(t, w, b, end) })
		down := time.Duration(1+w.roll(600)) * time.Second
		if w.chance(20) {
			down = time.Duration(1+w.roll(30)) * time.Hour
		}
		w.mu.Lock()
		w.downs = append(w.downs, interval{time.Now().Add(w.skew), time.Now().Add(w.skew + down)})
		w.mu.Unlock()
		time.Sleep(down)
	}
	w.noCrash = true
	run(t, w, s, roadmap, func(*bot.Bot) { time.Sleep(time.Hour) })
}

// run is the life of one process.
func run(t *testing.T, w *world, s bot.Store, roadmap *content.Roadmap, meanwhile func(*bot.Bot)) {
	w.mu.Lock()
	w.crashed, w.dead = make(chan struct{}), false
	w.mu.Unlock()
	b := bot.New(bot.Config{Roadmap: roadmap, Store: s, Now: w.now})
	n := nudge.New(nudge.Config{
		Store: mortal{s, w}, Bot: b, Adapters: []bot.Adapter{platform{w}}, Now: w.now, Every: w.life.every, Log: quiet(),
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { _ = n.Run(ctx); close(ended) }()
	meanwhile(b)
	cancel()
	<-ended
}

// act lets people do things, some every quarter of an hour, until the process
// dies or time is up.
func act(t *testing.T, w *world, b *bot.Bot, end time.Time) {
	quarter := time.NewTicker(15 * time.Minute)
	defer quarter.Stop()
	for time.Now().Before(end) {
		select {
		case <-w.crashed:
			return
		case <-quarter.C:
		}
		if w.chance(4 * 24 * 20) { // the clock steps
			step := []time.Duration{-time.Hour, time.Hour, -time.Second, 2 * time.Second, -5 * time.Minute}[w.roll(5)]
			w.mu.Lock()
			w.skew += step
			w.steps++
			w.downs = append(w.downs, interval{time.Now().Add(w.skew - 2*time.Hour), time.Now().Add(w.skew + 2*time.Hour)})
			w.mu.Unlock()
		}
		for range max(1, len(w.people)/70) { // each about every 18 hours
			p := w.people[w.roll(len(w.people))]
			line := "today"
			switch w.roll(60 / w.life.harsh) {
			case 0:
				line = "zone " + simZones[w.roll(len(simZones))]
			case 1, 2:
				line = fmt.Sprintf("nudge %02d:%02d %s", w.roll(24), w.roll(60), []string{"daily", "weekdays", "weekends"}[w.roll(3)])
			case 3:
				line = fmt.Sprintf("pause %d days", 1+w.roll(9))
			case 4:
				line = "resume"
			case 5, 6, 7:
				line = []string{"snooze 1h", "snooze 3h", "snooze tonight", "snooze tomorrow"}[w.roll(4)]
			case 8:
				line = "undo"
			case 9:
				line = "nudge off"
			case 10, 11:
				line = "nudge on"
			case 12, 13, 14, 15:
				line = "study 5m"
			}
			if line != "today" && !strings.HasPrefix(line, "study") {
				p.changes = append(p.changes, w.now())
			}
			b.Handle(t.Context(), bot.Request{From: p.who, Line: line})
		}
	}
}

// judge compares what people saw with what was promised.
func judge(t *testing.T, w *world, s bot.Store, begin time.Time) result {
	time.Sleep(10 * time.Minute) // what lands late has landed
	r := result{crashes: w.crashes, unsure: w.unsure, steps: w.steps}
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
	for day := calendar.DayOf(begin) - 2; day < calendar.DayOf(w.now())+2; day++ {
		key := nudge.Key(l.ID, bot.Claim{Kind: bot.Daily, Day: day})
		promised(w, r, p, l, day, len(w.landed[key]), told[day])
	}
}

// promised judges one date on which the learner's settings were the ones of today
// for a day before and after, so that what they wanted is beyond doubt.
func promised(w *world, r *result, p *person, l bot.Learner, day calendar.Day, seen int, told string) {
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
		r.example("learner %d: nothing is recorded of %s, due %v; seen %d, decided %s", l.ID, key, due, seen, l.Nudges.Decided)
	}
}

// clear tells whether bot and platform both worked for twenty minutes on end
// within the window.
func (w *world) clear(due time.Time) bool {
	for from := due; from.Before(due.Add(nudge.Window - 20*time.Minute)); from = from.Add(time.Minute) {
		to := from.Add(20 * time.Minute)
		bad := slices.ContainsFunc(w.downs, func(d interval) bool { return d.from.Before(to) && d.to.After(from) })
		for _, o := range w.outages {
			shifted := interval{o.from.Add(w.skew), o.to.Add(w.skew)}
			bad = bad || shifted.from.Before(to.Add(3*time.Hour)) && shifted.to.After(from.Add(-3*time.Hour))
		}
		if !bad {
			return true
		}
	}
	return false
}
