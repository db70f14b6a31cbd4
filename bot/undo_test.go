package bot_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"roadmapbot/bot"
)

// TestUndoneDays takes back what was done on a day: it stays a day with study as long
// as something of it stands.
func TestUndoneDays(t *testing.T) {
	for _, test := range []struct {
		said    string
		studied bool
	}{
		{"done dough, undo", false},
		{"study 30m, undo", false},
		{"answer dough-1 1, undo", false},
		{"done dough, skip oven, undo", true},
		{"done dough, skip oven, undo, undo", false},
		{"study dough 30m, done dough, undo", true},
		{"study dough 30m, done dough, undo, undo", false},
		{"study 30m, undo, done dough, undo", false},
		{"done dough, undo, done dough", true},
	} {
		t.Run(test.said, func(t *testing.T) {
			k := newTalk(t, bread(1).load(t))
			for line := range strings.SplitSeq(test.said, ", ") {
				k.say(line)
			}
			if l := k.learner(); l.Days.Has(k.today()) != test.studied {
				t.Errorf("a day with study: %t, want %t", !test.studied, test.studied)
			}
		})
	}
}

// TestUndoByButton presses the button of a change when newer ones have come: it takes
// back that change, unless a newer one builds on it.
func TestUndoByButton(t *testing.T) {
	for _, test := range []struct {
		line, later, answer string
	}{
		{"done dough", "quiz dough, answer dough-1 1", "“Done” for The dough no longer counts."},
		{"done dough", "answer dough-1 2", "“Done” for The dough no longer counts."},
		{"done dough", "done oven", "“Done” for The dough no longer counts."},
		{"done dough", "study dough 10m", "Something newer changed the same thing."},
		{"done dough", "study dough 10m, undo", "“Done” for The dough no longer counts."},
		{"done dough", "undo", "That is taken back already."},
		{"plan after dinner", "pause 2 days", "Something newer changed the same thing."},
	} {
		t.Run(test.line+", "+test.later, func(t *testing.T) {
			k := newTalk(t, bread(2).load(t))
			button := k.press(k.say(test.line), "Undo")
			for line := range strings.SplitSeq(test.later, ", ") {
				k.say(line)
			}
			k.has(button, test.answer)
		})
	}
}

// meanwhile is a store in which something happens when the events have been read.
type meanwhile struct {
	bot.Store
	happens func()
}

func (s *meanwhile) Events(ctx context.Context, who bot.Account) iter.Seq2[bot.Event, error] {
	return func(yield func(bot.Event, error) bool) {
		for e, err := range s.Store.Events(ctx, who) {
			if !yield(e, err) {
				return
			}
		}
		if happens := s.happens; happens != nil {
			s.happens = nil
			happens()
		}
	}
}

// TestUndoMeetsAChange takes something back at the very moment at which something else
// changes: nothing is taken back that the learner has not seen.
func TestUndoMeetsAChange(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	k.say("study dough 30m")
	s := &meanwhile{Store: k.store}
	s.happens = func() { k.say("study dough 15m") }
	k.store = s
	k.has("undo", "Something else changed at the same moment.")
	if m := k.learner().Topics["dough"].Minutes; m != 45 {
		t.Errorf("%d minutes are left of 45", m)
	}
	k.has("undo", "15 min of study for The dough no longer counts.")
}

// TestPutBack takes changes back and presses "Put it back": all is as it was.
func TestPutBack(t *testing.T) {
	for _, line := range []string{
		"done dough", "done dough 90m", "study oven 30m", "skip rye", "choose spelt", "nudge 7pm mon-fri", "zone London", "pause 2 weeks", "quiet 22-7",
		"plan is this a plan? Yes.", "plan off",
	} {
		t.Run(line, func(t *testing.T) {
			k := newTalk(t, bread(1).load(t))
			k.say("plan before")
			k.say(line)
			before := k.learner()
			k.say(k.press(k.say("undo"), "Put it back"))
			after := k.learner()
			if fmt.Sprint(after.Settings, after.Topics, after.Days) != fmt.Sprint(before.Settings, before.Topics, before.Days) {
				t.Errorf("it was\n%+v %+v\nand is\n%+v %+v", before.Settings, before.Topics, after.Settings, after.Topics)
			}
		})
	}
}
