package storetest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roadmapbot/bot"
)

// plain is a store as plain as can be: what a learner did, in a slice.
type plain struct {
	learner bot.Learner
	events  []bot.Event
}

// model makes random changes to a store and to a plain map, closing and opening
// the store in between, and compares every answer.
func model(t *testing.T, open Open) {
	s := open(t)
	defer func() { _ = s.Close() }()
	reopen := true
	round := 0 // accounts are new in each run, since the store is not
	rapid.Check(t, func(r *rapid.T) {
		round++
		people := make([]bot.Account, 3)
		for i := range people {
			people[i] = bot.Account{Platform: "p", Tenant: fmt.Sprint(round), User: fmt.Sprint(i)}
		}
		want := map[bot.Account]*plain{}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			who := rapid.SampledFrom(people).Draw(r, "who")
			switch rapid.IntRange(0, 9).Draw(r, "do") {
			case 0:
				if err := s.Delete(ctx, who); err != nil {
					r.Fatal(err)
				}
				delete(want, who)
			case 1:
				if !reopen {
					continue
				}
				if err := s.Close(); err != nil {
					r.Fatal(err)
				}
				if again := open(t); again != nil {
					s = again
				} else {
					reopen = false // it lives in memory and goes on
				}
			default:
				step(r, s, who, want)
			}
			compare(r, s, people, want)
		}
		for _, who := range people {
			_ = s.Delete(ctx, who)
		}
	})
}

// step makes one random change to both.
func step(r *rapid.T, s bot.Store, who bot.Account, want map[bot.Account]*plain) {
	op := rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(r, "op")
	topic := rapid.SampledFrom([]string{"git", "sql", "rest"}).Draw(r, "topic")
	minutes := rapid.IntRange(0, 1439).Draw(r, "minutes")
	change := func(l *bot.Learner) error {
		if l.Topics == nil {
			l.Topics = map[string]bot.Work{}
		}
		work := l.Topics[topic]
		work.Minutes += minutes
		l.Topics[topic] = work
		l.Settings.Zone = []string{"", "Asia/Tokyo", "UTC"}[minutes%3]
		l.Settings.Schedule = bot.Schedule{On: minutes%2 == 0, Minute: minutes, Weekdays: 1}
		l.Nudges.Snooze = time.Time{}
		if minutes%5 == 0 {
			l.Nudges.Snooze = noon.Add(time.Duration(minutes) * time.Minute)
		}
		l.New = append(l.New, bot.Event{At: noon, What: bot.WasStudied, Topic: topic, Minutes: minutes + 1})
		return nil
	}
	got, events, err := s.Update(ctx, who, op, under(op, change))
	if err != nil {
		r.Fatal(err)
	}
	p := want[who]
	if p == nil {
		p = &plain{learner: bot.Learner{Accounts: []bot.Account{who}}}
		want[who] = p
	}
	var repeated []bot.Event
	for _, e := range p.events {
		if op != "" && e.Op == op {
			repeated = append(repeated, e)
		}
	}
	if repeated == nil {
		if err := under(op, change)(&p.learner); err != nil {
			r.Fatal(err)
		}
		p.learner.Events++
		repeated = p.learner.New
		repeated[0].Seq = p.learner.Events
		p.learner.New = nil
		p.events = append(p.events, repeated...)
	}
	p.learner.ID = got.ID
	if !reflect.DeepEqual(events, repeated) {
		r.Fatalf("op %q gave events\n%+v, want\n%+v", op, events, repeated)
	}
}

func compare(r *rapid.T, s bot.Store, people []bot.Account, want map[bot.Account]*plain) {
	daily, waking := map[bot.Account]bool{}, map[bot.Account]bool{}
	for _, who := range people {
		got, err := s.Learner(ctx, who)
		p := want[who]
		if p == nil {
			if err == nil {
				r.Fatalf("%v should be gone", who)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, p.learner) {
			r.Fatalf("%v is\n%+v (%v), want\n%+v", who, got, err, p.learner)
		}
		var events []bot.Event
		for e, err := range s.Events(ctx, who) {
			if err != nil {
				r.Fatal(err)
			}
			events = append(events, e)
		}
		if !reflect.DeepEqual(events, p.events) {
			r.Fatalf("%v has events\n%+v, want\n%+v", who, events, p.events)
		}
		if _, _, ok := p.learner.Daily(); ok {
			daily[who] = true
		}
		if _, ok := p.learner.Wake(); ok {
			waking[who] = true
		}
	}
	found := map[bot.Account]bool{}
	for hour := range 24 {
		for _, who := range dueAt(r, s, "", 60*hour, 60*hour+60) {
			if _, m, _ := want[who].learner.Daily(); m/60 != hour || found[who] {
				r.Fatalf("%v is found at hour %d", who, hour)
			}
			found[who] = true
		}
	}
	if !maps.Equal(found, daily) {
		r.Fatalf("the daily index has %v, the records %v", found, daily)
	}
	var order []time.Time
	found = map[bot.Account]bool{}
	for who, err := range s.Waking(ctx, noon.AddDate(1, 0, 0)) {
		if err != nil {
			r.Fatal(err)
		}
		at, _ := want[who].learner.Wake()
		order = append(order, at)
		found[who] = true
	}
	if !maps.Equal(found, waking) || !slices.IsSortedFunc(order, time.Time.Compare) {
		r.Fatalf("the waking index has %v at %v, the records %v", found, order, waking)
	}
}
