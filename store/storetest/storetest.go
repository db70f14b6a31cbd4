// Package storetest is the suite that every [bot.Store] passes.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
)

// Open opens the same store again and again: the first call makes it, each later
// one comes after a Close. A store that can't be reopened returns nil then.
type Open func(t *testing.T) bot.Store

// Run runs the suite; fresh gives a new, empty store for each part of it.
func Run(t *testing.T, fresh func(t *testing.T) Open) {
	for name, part := range map[string]func(*testing.T, Open){
		"unknown":    unknown,
		"update":     update,
		"operations": operations,
		"events":     events,
		"aliasing":   aliasing,
		"indexes":    indexes,
		"sweep":      sweep,
		"delete":     deletion,
		"swept":      swept,
		"concurrent": concurrent,
		"canceled":   canceled,
		"model":      model,
	} {
		t.Run(name, func(t *testing.T) { part(t, fresh(t)) })
	}
}

var (
	ctx  = context.Background()
	ann  = bot.Account{Platform: "discord", User: "1"}
	bob  = bot.Account{Platform: "slack", Tenant: "T1", User: "1"}
	noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
)

// done is a change as the bot makes one.
func done(topic string) func(*bot.Learner) error {
	return func(l *bot.Learner) error {
		work := l.Topics[topic]
		before := work
		work.State, work.Day = bot.Done, 20521
		if l.Topics == nil {
			l.Topics = map[string]bot.Work{}
		}
		l.Topics[topic] = work
		l.New = append(l.New, bot.Event{At: noon, What: bot.WasDone, Topic: topic, Before: &bot.Before{Work: &before}})
		return nil
	}
}

// under gives a change's events an operation id, as the bot does.
func under(op string, change func(*bot.Learner) error) func(*bot.Learner) error {
	return func(l *bot.Learner) error {
		err := change(l)
		for i := range l.New {
			l.New[i].Op = op
		}
		return err
	}
}

func get(t *testing.T, s bot.Store, who bot.Account) bot.Learner {
	t.Helper()
	l, err := s.Learner(ctx, who)
	if err != nil {
		t.Fatalf("Learner(%v): %v", who, err)
	}
	return l
}

func put(t *testing.T, s bot.Store, who bot.Account, op string, change func(*bot.Learner) error) (bot.Learner, []bot.Event) {
	t.Helper()
	l, events, err := s.Update(ctx, who, op, under(op, change))
	if err != nil {
		t.Fatalf("Update(%v): %v", who, err)
	}
	return l, events
}

func allEvents(t *testing.T, s bot.Store, who bot.Account) []bot.Event {
	t.Helper()
	var all []bot.Event
	for e, err := range s.Events(ctx, who) {
		if err != nil {
			t.Fatalf("Events(%v): %v", who, err)
		}
		all = append(all, e)
	}
	return all
}

func unknown(t *testing.T, open Open) {
	s := open(t)
	defer s.Close()
	if _, err := s.Learner(ctx, ann); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("an unknown learner gives %v, want ErrNotFound", err)
	}
	if got := allEvents(t, s, ann); len(got) != 0 {
		t.Errorf("an unknown learner has events %v", got)
	}
	if err := s.Delete(ctx, ann); err != nil {
		t.Errorf("deleting an unknown learner: %v", err)
	}
	put(t, s, ann, "", func(*bot.Learner) error { return nil })
	if _, err := s.Learner(ctx, ann); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a change that changes nothing made a learner: %v", err)
	}
	if _, _, err := s.Update(ctx, bot.Account{Platform: "x", User: "a\x00b"}, "", done("git")); err == nil {
		t.Error("an account with a zero byte was accepted")
	}
}

func update(t *testing.T, open Open) {
	s := open(t)
	defer s.Close()
	l, events := put(t, s, ann, "op1", done("git"))
	if l.ID == 0 || l.Topics["git"].State != bot.Done || !slices.Equal(l.Accounts, []bot.Account{ann}) {
		t.Errorf("Update gave %+v", l)
	}
	if len(events) != 1 || events[0].Seq != 1 || l.Events != 1 || len(l.New) != 0 {
		t.Errorf("Update gave events %+v, count %d, new %v", events, l.Events, l.New)
	}
	if got := get(t, s, ann); !reflect.DeepEqual(got, l) {
		t.Errorf("Learner gives %+v, Update gave %+v", got, l)
	}
	refused := errors.New("refused")
	_, _, err := s.Update(ctx, ann, "op2", func(l *bot.Learner) error {
		l.Topics["git"] = bot.Work{}
		l.Settings.Zone = "Asia/Tokyo"
		l.New = append(l.New, bot.Event{What: bot.WasSet})
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("a change's error came back as %v", err)
	}
	if got := get(t, s, ann); !reflect.DeepEqual(got, l) {
		t.Errorf("a refused change left %+v, want %+v", got, l)
	}
	if _, _, err := s.Update(ctx, ann, "op3", func(*bot.Learner) error { panic("boom") }); err == nil {
		t.Error("a panic in a change gave no error")
	}
	if got := get(t, s, ann); !reflect.DeepEqual(got, l) {
		t.Errorf("a panic left %+v, want %+v", got, l)
	}
	if _, events := put(t, s, bob, "op1", done("git")); len(events) != 1 || events[0].Seq != 1 {
		t.Errorf("another account with the same user and operation gave %+v", events)
	}
}

func operations(t *testing.T, open Open) {
	s := open(t)
	study := func(l *bot.Learner) error {
		work := l.Topics["git"]
		work.Minutes += 30
		l.Topics = map[string]bot.Work{"git": work}
		l.New = append(l.New,
			bot.Event{At: noon, What: bot.WasStudied, Topic: "git", Minutes: 30},
			bot.Event{At: noon, What: bot.WasSet, Text: "second of the same operation"})
		return nil
	}
	_, first := put(t, s, ann, "press", study)
	put(t, s, ann, "another", done("sql"))
	check := func(s bot.Store) {
		t.Helper()
		l, again := put(t, s, ann, "press", study)
		if !reflect.DeepEqual(again, first) {
			t.Errorf("the repeated operation gave events\n%+v, want\n%+v", again, first)
		}
		if l.Topics["git"].Minutes != 30 || l.Events != 3 {
			t.Errorf("the repeated operation was applied again: %+v", l)
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s = open(t); s == nil {
		return
	}
	defer s.Close()
	check(s)
	if l, _ := put(t, s, ann, "", study); l.Topics["git"].Minutes != 60 {
		t.Errorf("an update without operation was not applied: %+v", l)
	}
}

func events(t *testing.T, open Open) {
	s := open(t)
	defer s.Close()
	full := bot.Event{
		At: noon, Op: "op", What: bot.WasAnswered, Topic: "git", Item: "git-add", Answer: bot.Wrong, Minutes: 5,
		Day: 20521, Text: "ünïcode", Before: &bot.Before{
			Work:     &bot.Work{State: bot.Skipped, Day: 20520, Minutes: 3, Verified: 20519},
			Card:     &bot.Card{Right: 1, Wrong: 2, Unsure: 3, Last: bot.Unsure, Day: 20518},
			Settings: &bot.Settings{Zone: "Asia/Tokyo", Chosen: []string{"a", "b"}, Plan: "x", Paused: 20600, Schedule: bot.Schedule{On: true, Minute: 90, Weekdays: 3}, Quiet: bot.Quiet{From: 1, To: 2}, Locale: "en-US"},
		},
	}
	const n = 600 // more than a store may read at once
	for i := range n {
		e := full
		e.Minutes = i + 1
		put(t, s, ann, "", func(l *bot.Learner) error { l.New = append(l.New, e); return nil })
	}
	put(t, s, bob, "", done("git"))
	got := allEvents(t, s, ann)
	if len(got) != n {
		t.Fatalf("%d events, want %d", len(got), n)
	}
	for i, e := range got {
		want := full
		want.Op, want.Minutes, want.Seq = "", i+1, uint64(i+1)
		if !reflect.DeepEqual(e, want) {
			t.Fatalf("event %d is\n%+v, want\n%+v", i, e, want)
		}
	}
	for range s.Events(ctx, ann) {
		break // stopping early must not hang or panic
	}
}

func aliasing(t *testing.T, open Open) {
	s := open(t)
	defer s.Close()
	want, _ := put(t, s, ann, "", everything)
	got := get(t, s, ann)
	spoil := func(l bot.Learner) {
		l.Topics["git"] = bot.Work{Minutes: 99}
		l.Cards["git-add"] = bot.Card{Right: 99}
		l.Settings.Chosen[0] = "spoilt"
		l.Quiz.Left[0] = "spoilt"
		l.Accounts[0] = bob
		l.Nudges.Missed[0].Reason = "spoilt"
	}
	kept := want.Clone()
	spoil(want)
	spoil(got)
	if again := get(t, s, ann); !reflect.DeepEqual(again, kept) {
		t.Errorf("after spoiling returned values the store has\n%+v, want\n%+v", again, kept)
	}
	events := allEvents(t, s, ann)
	events[0].Before.Work.Minutes = 99
	if again := allEvents(t, s, ann); again[0].Before.Work.Minutes == 99 {
		t.Error("a returned event is the store's own")
	}
}

// everything fills every field of a record.
func everything(l *bot.Learner) error {
	l.Started = noon
	l.Settings = bot.Settings{
		Zone: "Asia/Kathmandu", Locale: "en-GB", Chosen: []string{"ruby"}, Schedule: bot.Schedule{On: true, Minute: 1110, Weekdays: bot.EveryDay},
		Quiet: bot.Quiet{From: 1320, To: 420}, Paused: 20700, Plan: "After dinner",
	}
	l.Days.Add(20521)
	l.Topics = map[string]bot.Work{"git": {State: bot.Done, Day: 20521, Minutes: 60, Verified: 20522}, "sql": {State: bot.Skipped, Day: 19000}}
	l.Cards = map[string]bot.Card{"git-add": {Right: 1, Wrong: 200, Unsure: 3, Last: bot.Right, Day: 20521}}
	l.Quiz = bot.Quiz{Topic: "git", Left: []string{"git-b", "git-a"}, Asked: 2, Right: 1, Day: 20521}
	l.Nudges = bot.Nudges{
		Since: noon, Decided: 20520, Sent: 20519,
		Claim:  bot.Claim{Kind: bot.Daily, Number: 1, Day: 20521, Due: noon, Next: noon.Add(time.Hour), Attempts: 2, Unsure: true, Answered: true, Item: "git-add"},
		Shown:  bot.Shown{Kind: bot.Again, Day: 20520, At: noon, Receipt: bot.Receipt{Channel: "c", Message: "m"}, Until: noon.Add(2 * time.Hour), Tries: 1, Seen: true, Item: "git-add"},
		Snooze: noon.Add(3 * time.Hour), Snoozed: 20521, Snoozes: 2, Trialed: 20521, Trials: 3, Ignored: 4,
		Missed: []bot.Missed{{Day: 20515, Reason: "down"}, {Day: 20516, Reason: "down"}}, Channel: "c",
	}
	l.New = append(l.New, bot.Event{At: noon, What: bot.WasDone, Topic: "git", Before: &bot.Before{Work: &bot.Work{Minutes: 1}}})
	return nil
}

func deletion(t *testing.T, open Open) {
	s := open(t)
	defer s.Close()
	put(t, s, bob, "", done("git"))
	kept := get(t, s, bob)
	put(t, s, ann, "op", everything)
	if err := s.Delete(ctx, ann); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Learner(ctx, ann); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a deleted learner gives %v", err)
	}
	if got := allEvents(t, s, ann); len(got) != 0 {
		t.Errorf("a deleted learner has events %v", got)
	}
	if got := accounts(t, s.Waking(ctx, noon.AddDate(9, 0, 0))); len(got) != 0 {
		t.Errorf("a deleted learner still wakes: %v", got)
	}
	if got := dueAt(t, s, "", 0, 1440); len(got) != 0 {
		t.Errorf("a deleted learner is still in the index: %v", got)
	}
	if got := get(t, s, bob); !reflect.DeepEqual(got, kept) {
		t.Errorf("deleting one learner changed another: %+v", got)
	}
	l, events := put(t, s, ann, "op", done("git"))
	if len(events) != 1 || l.Events != 1 || len(l.Cards) != 0 {
		t.Errorf("after deletion the same account starts with %+v", l)
	}
	if l.ID == kept.ID {
		t.Error("a number was given twice")
	}
}

func concurrent(t *testing.T, open Open) {
	s := open(t)
	defer s.Close()
	const people, each = 16, 25
	var wg sync.WaitGroup
	for p := range people {
		who := bot.Account{Platform: "discord", User: fmt.Sprint(p % 4)}
		wg.Go(func() {
			for i := range each {
				op := fmt.Sprintf("%d.%d", p, i)
				for range 2 { // each delivered twice
					_, events, err := s.Update(ctx, who, op, under(op, func(l *bot.Learner) error {
						l.Days.Add(calendar.Day(20000 + i))
						l.Nudges.Trials++
						l.New = append(l.New, bot.Event{At: noon, What: bot.WasSet, Text: op})
						return nil
					}))
					if err != nil || len(events) != 1 || events[0].Text != op {
						t.Errorf("%s: %+v, %v", op, events, err)
						return
					}
				}
				if _, err := s.Learner(ctx, who); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for p := range 4 {
		who := bot.Account{Platform: "discord", User: fmt.Sprint(p)}
		l := get(t, s, who)
		if want := people / 4 * each; l.Nudges.Trials != want || l.Events != uint64(want) || len(allEvents(t, s, who)) != want {
			t.Errorf("learner %d: %d changes, %d events; want %d", p, l.Nudges.Trials, l.Events, want)
		}
	}
}

func canceled(t *testing.T, open Open) {
	s := open(t)
	defer s.Close()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	called := false
	_, _, err := s.Update(gone, ann, "", func(*bot.Learner) error { called = true; return nil })
	if !errors.Is(err, context.Canceled) || called {
		t.Errorf("a canceled update: %v, change called: %v", err, called)
	}
	if _, err := s.Learner(gone, ann); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled read: %v", err)
	}
}
