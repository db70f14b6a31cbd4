package nudge_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
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
// twice, sent early, or sent after somebody had said "not today". It prints its seed. The long form:
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
		if r.wrong() > 0 {
			t.Errorf("seed %d: %v", seed, r)
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
				if r.wrong() > 0 {
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
	sent, late, again, expired, leftOut, unsure, crashes, steps int
	lost, twice, early, untold, unwanted                        int
	examples                                                    []string
}

func (r result) String() string {
	return fmt.Sprintf("%d sent, %d of them late, %d snoozed and held to it, %d expired, %d left out; %d attempts without an answer, %d crashes, %d clock steps; lost %d, twice %d, early %d, untold %d, unwanted %d",
		r.sent, r.late, r.again, r.expired, r.leftOut, r.unsure, r.crashes, r.steps, r.lost, r.twice, r.early, r.untold, r.unwanted)
}

// wrong is how often a promise was broken.
func (r result) wrong() int { return r.lost + r.twice + r.early + r.untold + r.unwanted }

func (r *result) example(format string, args ...any) {
	if len(r.examples) < 20 {
		r.examples = append(r.examples, fmt.Sprintf(format, args...))
	}
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
		w.skews = []skew{{time.Now(), w.skew}}
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
		p := &person{who: bot.Account{Platform: "sim", Tenant: fmt.Sprint(i % 7), User: fmt.Sprint(i)}, putOff: map[calendar.Day]time.Time{}}
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
		run(t, w, s, roadmap, func(b *bot.Bot) { act(t, w, s, b, end) })
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
func act(t *testing.T, w *world, s bot.Store, b *bot.Bot, end time.Time) {
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
			w.skews = append(w.skews, skew{time.Now(), w.skew})
			w.stepped = append(w.stepped, time.Now().Add(w.skew))
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
			if line == "snooze tomorrow" {
				p.notToday(t, w, s)
			}
			b.Handle(t.Context(), bot.Request{From: p.who, Line: line})
			if strings.HasPrefix(line, "snooze") {
				p.again(t, w, s)
			}
		}
	}
}

// again notes that the bot promised to come again.
func (p *person) again(t *testing.T, w *world, s bot.Store) {
	l, err := s.Learner(t.Context(), p.who)
	if err != nil {
		t.Fatal(err)
	}
	if due, now := l.Nudges.Snooze, w.now(); due.After(now) && l.Settings.Schedule.On && l.Settings.Paused <= l.Nudges.Snoozed {
		p.snoozes = append(p.snoozes, snooze{now, due, time.Until(now)})
	}
}

// notToday notes the study day of a learner who puts it off.
func (p *person) notToday(t *testing.T, w *world, s bot.Store) {
	l, err := s.Learner(t.Context(), p.who)
	if err != nil {
		t.Fatal(err)
	}
	loc, err := calendar.Zone(l.Settings.Zone)
	if err != nil {
		return // they took it back, and no nudge comes
	}
	day := calendar.StudyDay(w.now().In(loc))
	if !l.Settings.Schedule.On || l.Settings.Paused > day {
		return // there is nothing to put off, and the bot says so
	}
	if _, said := p.putOff[day]; !said {
		p.putOff[day] = time.Now()
	}
}
