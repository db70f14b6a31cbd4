package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"roadmapbot/bot"
)

// dueAt lists who is in the index of daily nudges, in the order of their numbers:
// in one zone, or in all if it is empty.
func dueAt(t interface{ Fatal(...any) }, s bot.Store, zone string, from, to int) (found []bot.Account) {
	span := func(z string) (int, int) {
		if zone != "" && z != zone {
			return 0, 0
		}
		return from, to
	}
	for l, err := range s.Sweep(ctx, span, func(l *bot.Learner) error {
		found = append(found, l.Accounts[0])
		return nil
	}) {
		t.Fatal("a sweep that changes nothing yields", l, err)
	}
	return found
}

func sweep(t *testing.T, open Open) {
	s := open(t)
	defer func() { _ = s.Close() }()
	const many = 1500 // more than a store may change at once
	span := func(zone string) (int, int) { return map[string]int{"UTC": 1, "Asia/Tokyo": 2}[zone], 3 }
	due := map[uint64]bool{}
	for i := range many {
		zone, minute := []string{"UTC", "Asia/Tokyo"}[i%2], 1+i%3
		l, _ := put(t, s, bot.Account{Platform: "discord", User: fmt.Sprint(i)}, "", schedule(zone, minute))
		due[l.ID] = minute == 2 || zone == "UTC" && minute == 1
	}
	wrong := errors.New("this one not")
	changed, failed := map[uint64]bool{}, map[uint64]bool{}
	for l, err := range s.Sweep(ctx, span, func(l *bot.Learner) error {
		switch l.ID % 10 {
		case 0:
			l.Nudges.Ignored = 9
			return wrong
		case 1:
			panic("of a change")
		case 2:
			return nil
		}
		l.Nudges.Claim.Next = noon
		l.New = append(l.New, bot.Event{At: noon, What: bot.NudgeSent})
		return nil
	}) {
		if err != nil {
			if len(l.Accounts) != 0 || errors.Is(err, wrong) != (l.ID%10 == 0) {
				t.Fatalf("%+v fails with %v", l, err)
			}
			failed[l.ID] = true
			continue
		}
		if changed[l.ID] || l.Nudges.Claim.Next != noon || len(l.New) != 1 || l.New[0].Seq != l.Events {
			t.Fatalf("%+v was changed", l)
		}
		changed[l.ID] = true
		l.New = nil
		if kept := get(t, s, l.Accounts[0]); !reflect.DeepEqual(kept, l) {
			t.Fatalf("kept as %+v, yielded as %+v", kept, l)
		}
	}
	for id, due := range due {
		if failed[id] != (due && id%10 <= 1) || changed[id] != (due && id%10 > 2) {
			t.Errorf("learner %d, due: %t, failed: %t, changed: %t", id, due, failed[id], changed[id])
		}
	}
	if woken := accounts(t, s.Waking(ctx, noon)); len(woken) != len(changed) {
		t.Errorf("%d were changed, %d are to be woken", len(changed), len(woken))
	}

	n := 0
	for _, err := range s.Sweep(ctx, span, func(l *bot.Learner) error { l.Nudges.Ignored++; return nil }) {
		if n++; err != nil {
			t.Fatal(err)
		}
		break // whoever has seen enough
	}
	if n != 1 {
		t.Errorf("%d were yielded after the end", n)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	for l, err := range s.Sweep(over, span, func(*bot.Learner) error { t.Error("changed after the end"); return nil }) {
		if l.ID != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v, %v", l, err)
		}
	}
}

func accounts(t *testing.T, seq func(func(bot.Account, error) bool)) []bot.Account {
	t.Helper()
	var all []bot.Account
	for a, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

func schedule(zone string, minute int) func(*bot.Learner) error {
	return func(l *bot.Learner) error {
		l.Settings.Zone = zone
		l.Settings.Schedule = bot.Schedule{On: true, Minute: minute, Weekdays: bot.EveryDay}
		return nil
	}
}

func indexes(t *testing.T, open Open) {
	s := open(t)
	defer s.Close()
	put(t, s, ann, "", schedule("Asia/Tokyo", 600))
	put(t, s, bob, "", schedule("Asia/Tokyo", 601))
	carl := bot.Account{Platform: "terminal", User: "carl"}
	put(t, s, carl, "", schedule("Europe/Madrid", 600))
	daily := func(zone string, from, to int) []bot.Account { return dueAt(t, s, zone, from, to) }
	same := func(got []bot.Account, want ...bot.Account) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	same(daily("Asia/Tokyo", 0, 1440), ann, bob)
	same(daily("Asia/Tokyo", 600, 601), ann)
	same(daily("Asia/Tokyo", 601, 601))
	same(daily("Asia", 0, 1440))
	same(daily("", 600, 601), ann, carl)
	put(t, s, ann, "", func(l *bot.Learner) error { l.Settings.Schedule.On = false; return nil })
	same(daily("Asia/Tokyo", 0, 1440), bob)
	put(t, s, bob, "", func(l *bot.Learner) error { l.Nudges.Refused = true; return nil })
	same(daily("Asia/Tokyo", 0, 1440))

	same(accounts(t, s.Waking(ctx, noon)))
	put(t, s, bob, "", func(l *bot.Learner) error { l.Nudges.Snooze = noon; return nil })
	put(t, s, ann, "", func(l *bot.Learner) error { l.Nudges.Claim.Next = noon.Add(-time.Minute); return nil })
	same(accounts(t, s.Waking(ctx, noon)), ann, bob)
	same(accounts(t, s.Waking(ctx, noon.Add(-time.Second))), ann)
	put(t, s, ann, "", func(l *bot.Learner) error { l.Nudges.Claim = bot.Claim{}; return nil })
	same(accounts(t, s.Waking(ctx, noon)), bob)
}

func swept(t *testing.T, open Open) {
	s := open(t)
	if at, err := s.Swept(ctx); err != nil || !at.IsZero() {
		t.Errorf("a new store was swept until %v, %v", at, err)
	}
	if err := s.SetSwept(ctx, noon); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s = open(t); s == nil {
		return
	}
	defer s.Close()
	if at, err := s.Swept(ctx); err != nil || !at.Equal(noon) {
		t.Errorf("swept until %v, %v; want %v", at, err, noon)
	}
}
