package bot_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
)

// The two things that a learner is told at the next contact.
const (
	closed = "I could not write to you directly"
	missed = "I could not bring you your nudge on"
)

// owed notes for a learner what is to be told, and a nudge that they have not seen.
func owed(k *talk) {
	k.alter(func(l *bot.Learner) {
		l.Nudges.Refused = true
		l.Nudges.Missed = []bot.Missed{{Day: k.today() - 1, Reason: "I was not running"}}
		l.Nudges.Shown = bot.Shown{Kind: bot.Daily, Day: k.today(), At: k.now}
	})
}

// TestChannelIsKept keeps where somebody wrote from for their nudges, until one has gone
// elsewhere, and nothing that can't be a channel's name.
func TestChannelIsKept(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	say := func(line, channel string) string {
		b := bot.New(bot.Config{Roadmap: k.roadmap, Store: k.store, Now: func() time.Time { return k.now }})
		b.Handle(t.Context(), bot.Request{From: k.who, Line: line, Channel: channel})
		return k.learner().Nudges.Channel
	}
	for _, step := range []struct{ line, channel, want string }{
		{"study dough 10m", "", ""},
		{"study dough 10m", strings.Repeat("9", 65), ""},
		{"study dough 10m", "D1", "D1"},
		{"study dough 10m", "", "D1"},
		{"study dough 10m", "D2", "D1"},
	} {
		if got := say(step.line, step.channel); got != step.want {
			t.Errorf("after %q from %q it is %q", step.line, step.channel, got)
		}
	}
}

// TestNoticesArePrivate asks something in the open whose answer anybody may see: with
// what is for this person alone it is for them alone, once.
func TestNoticesArePrivate(t *testing.T) {
	for what, note := range map[string]func(l *bot.Learner){
		closed: func(l *bot.Learner) { l.Nudges.Refused = true },
		missed: func(l *bot.Learner) { l.Nudges.Missed = []bot.Missed{{Day: 20500, Reason: "I was not running"}} },
	} {
		for _, line := range []string{"help", "help quiz", "find dough"} {
			t.Run(what+", "+line, func(t *testing.T) {
				k := newTalk(t, bread(1).load(t))
				k.alter(note)
				if r := k.say(line); r.Public || !strings.Contains(r.String(), what) {
					t.Errorf("public: %t\n%s", r.Public, r)
				}
				if r := k.say(line); !r.Public || strings.Contains(r.String(), what) {
					t.Errorf("the second time, public: %t\n%s", r.Public, r)
				}
			})
		}
	}
}

// TestMissed tells of one, some and many nudges that did not come, and only then of
// whose fault it was when it was the bot's.
func TestMissed(t *testing.T) {
	for days, want := range map[int]string{
		1: "your nudge on Thursday 5 March (I was not running). That was on my side and costs you nothing.",
		3: "your nudges on Thursday 5 March, Friday 6 March and Saturday 7 March (I was not running). That was on my side",
		5: "your nudges from Thursday 5 March to Monday 9 March (I was not running)",
		0: "your nudge on Thursday 5 March (it fell into your quiet hours). It costs you nothing.",
	} {
		k := newTalk(t, bread(1).load(t))
		k.alter(func(l *bot.Learner) {
			for i := range max(days, 1) {
				m := bot.Missed{Day: calendar.Date(2026, 3, 5) + calendar.Day(i), Reason: "I was not running"}
				if days == 0 {
					m.Reason = bot.InQuiet
				}
				l.Nudges.Missed = append(l.Nudges.Missed, m)
			}
		})
		k.has("help", want)
	}
}

// TestClosedWithoutANudge asks for a test with the nudges off and direct messages
// closed: nobody is told that their nudge is on.
func TestClosedWithoutANudge(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	k.alter(func(l *bot.Learner) { l.Nudges.Refused = true })
	if r := k.say("help").String(); !strings.Contains(r, closed) || strings.Contains(r, "is on again") {
		t.Error(r)
	}
}

// TestLookIsNoContact: what a platform asks for itself to show how things stand neither
// tells the learner what is for them, nor counts as if they had been there.
func TestLookIsNoContact(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	owed(k)
	before := k.learner()
	b := bot.New(bot.Config{Roadmap: k.roadmap, Store: k.store, Now: func() time.Time { return k.now }})
	r := b.Handle(t.Context(), bot.Request{From: k.who, Line: "today", Look: true}).String()
	if !strings.Contains(r, "Now: The dough") || strings.Contains(r, closed) || strings.Contains(r, missed) {
		t.Errorf("the look shows\n%s", r)
	}
	if after := k.learner(); !reflect.DeepEqual(after.Nudges, before.Nudges) {
		t.Errorf("the look changed %+v to %+v", before.Nudges, after.Nudges)
	}
	if r := k.say("today").String(); !strings.Contains(r, closed) || !strings.Contains(r, missed) {
		t.Errorf("what is to be told is lost:\n%s", r)
	}
}

// crammed is a store on a disk that may be full.
type crammed struct {
	bot.Store
	full bool
}

func (s *crammed) Update(ctx context.Context, who bot.Account, op string, change func(*bot.Learner) error) (bot.Learner, []bot.Event, error) {
	if s.full {
		return bot.Learner{}, nil, fmt.Errorf("%w: the disk is full", bot.ErrNotSaved)
	}
	return s.Store.Update(ctx, who, op, change)
}

// TestFullDisk has a full disk while the learner is to be told something: who only
// looks sees what is there, who changes something hears that it is not saved, and what
// is to be told comes when there is room again.
func TestFullDisk(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	owed(k)
	s := &crammed{Store: k.store, full: true}
	k.store = s
	for line, want := range map[string]string{
		"today": "Now: The dough", "help": "What I understand", "export": "Everything I hold about you", "why": "None is planned",
		"progress": "Topics done: 0 of 3", "topic oven": "The oven", "study 30m": "That was not saved", "plan after dinner": "That was not saved",
	} {
		k.has(line, want)
		if r := k.say(line); strings.Contains(r.String(), closed) || strings.Contains(r.String(), missed) {
			t.Errorf("%q is answered with a notice that may come again:\n%s", line, r)
		}
	}
	s.full = false
	r := k.say("today").String()
	if !strings.Contains(r, "Now: The dough") || !strings.Contains(r, closed) || !strings.Contains(r, missed) {
		t.Errorf("with room on the disk the answer is\n%s", r)
	}
	if r := k.say("today").String(); strings.Contains(r, closed) || strings.Contains(r, missed) {
		t.Errorf("what was told comes again:\n%s", r)
	}
}
