package nudge

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
)

// TestEveryDateAfterASilence starts the bot after twenty days without it: each date
// of each learner has its record, one nudge at most comes of it, and what is kept to
// be told is not ever more, but always from the first day to the last.
func TestEveryDateAfterASilence(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	const people, days = 200, 20
	s, n, _ := setUp(t, &now, people)
	if err := n.schedule(t.Context()); err != nil { // the first mark
		t.Fatal(err)
	}
	first := calendar.DayOf(now)
	now = now.AddDate(0, 0, days)
	if err := n.schedule(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range people {
		who := bot.Account{Platform: "test", User: fmt.Sprint(i)}
		expired := 0
		for _, e := range events(t, s, who) {
			if e.What == bot.NudgeExpired {
				expired++
			}
		}
		if expired != days {
			t.Fatalf("learner %d: %d of %d dates are recorded as expired", i, expired, days)
		}
		missed := learner(t, s, who).Nudges.Missed
		if len(missed) != maxMissed || missed[0].Day != first || missed[maxMissed-1].Day != first+days-1 {
			t.Fatalf("learner %d is to be told of %v", i, missed)
		}
	}
}

// TestInDoubtUntilTheNextDay stops the bot while a nudge is in doubt, until the next
// day's is due: the date has its record, whatever the learner did meanwhile.
func TestInDoubtUntilTheNextDay(t *testing.T) {
	for said, want := range map[string]bot.Event{
		"today":           {What: bot.NudgeExpired, Text: "its delivery stayed in doubt"},
		"study 5m":        {What: bot.NudgeLeftOut, Text: "you had studied already"},
		"snooze tomorrow": {What: bot.NudgeLeftOut, Text: "you had put it off"},
	} {
		e := newEvening(t)
		e.p.failed, e.p.unfound = errors.New("cut"), errors.New("cut")
		e.pass(time.Hour)
		day := e.nudges().Claim.Day
		e.say(said)
		e.now = e.now.AddDate(0, 0, 1)
		e.claim()
		var got bot.Event
		for _, event := range events(t, e.s, e.who) {
			if event.Day == day && (event.What == bot.NudgeExpired || event.What == bot.NudgeLeftOut) {
				got = bot.Event{What: event.What, Text: event.Text}
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("after %q the date is recorded as %v %q, want %v %q", said, got.What, got.Text, want.What, want.Text)
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
	if learners, err := n.Waiting(t.Context()); learners != 1 || err != nil {
		t.Errorf("%d learners (%v)", learners, err)
	}
	if longest, err := n.Oldest(t.Context()); longest != 3*time.Hour+30*time.Minute || err != nil {
		t.Errorf("the longest waits %v (%v)", longest, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Waiting(ended); err == nil {
		t.Error("an empty outbox is made up")
	}
	if _, err := n.Oldest(ended); err == nil {
		t.Error("an age is made up")
	}
}

// TestOldestOfMany has so many learners wait that there is no time to count them: for
// how long is known all the same.
func TestOldestOfMany(t *testing.T) {
	now := time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC)
	s, n, _ := setUp(t, &now, 300)
	for range 2 {
		if err := n.schedule(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(2 * time.Hour)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n.Store = slow{s, cancel}
	if longest, err := n.Oldest(ctx); longest != 3*time.Hour+30*time.Minute || err != nil {
		t.Errorf("the longest waits %v (%v)", longest, err)
	}
	if learners, err := n.Waiting(ctx); err == nil {
		t.Errorf("%d learners are said to be all", learners)
	}
}

// slow is a store whose list of learners comes to an end too late.
type slow struct {
	bot.Store
	late func()
}

func (s slow) Waking(ctx context.Context, until time.Time) iter.Seq2[bot.Account, error] {
	return func(yield func(bot.Account, error) bool) {
		listed := 0
		for who, err := range s.Store.Waking(ctx, until) {
			if listed++; listed == 200 {
				s.late()
			}
			if !yield(who, err) {
				return
			}
		}
	}
}
