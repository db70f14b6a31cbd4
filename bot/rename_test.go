package bot_test

import (
	"strings"
	"testing"

	"roadmapbot/bot"
)

// TestRetiredIDs goes on with a roadmap that has given other ids to topics and their
// questions: everything that was done under the old ones counts and can be undone.
func TestRetiredIDs(t *testing.T) {
	renamed := recipe{topics: []string{"mix", "rye", "emmer", "oven"}, questions: 3, retired: map[string]string{"dough": "mix", "spelt": "emmer"}}
	for name, test := range map[string]struct {
		before []string
		after  func(k *talk)
	}{
		"a topic that is done": {[]string{"done dough 1h30m"}, func(k *talk) {
			k.has("topic mix", "You studied 1 h 30 min. Done.")
			k.has("progress", "Topics done: 1 of 3")
			k.has("done mix 30m", "30 min noted, 2 h in all.")
			if l := k.learner(); len(l.Topics) != 1 || l.Topics["mix"].State != bot.Done || l.Topics["mix"].Minutes != 120 {
				k.Errorf("the topics are %v", l.Topics)
			}
		}},
		"what is studied": {[]string{"study oven 10m", "study dough 20m"}, func(k *talk) {
			k.has("today", "You studied 20 min.")
		}},
		"a topic that is left out": {[]string{"skip dough"}, func(k *talk) {
			k.has("today", "Now: The rye")
			k.has("unskip mix", "The mix")
			k.has("today", "Now: The mix")
		}},
		"answers": {[]string{"answer dough-1 2", "answer dough-2 1"}, func(k *talk) {
			k.has("answer mix-1 1", "Right") // on the same day it does not count again
			k.now = k.now.AddDate(0, 0, 1)
			k.has("answer dough-1 1", "Right") // as on an old button
			cards := k.learner().Cards
			if c := cards["mix-1"]; len(cards) != 2 || c.Wrong != 1 || c.Right != 1 || cards["mix-2"].Right != 1 {
				k.Errorf("the cards are %v", cards)
			}
		}},
		"a running quiz": {[]string{"quiz dough", "answer dough-2 1"}, func(k *talk) {
			k.has("quiz", "Question 2 of 3.")
			k.has("answer mix-1 1", "Question 3 of 3.")
			k.has("answer mix-3 1", "Quiz done: 3 of 3 right. The mix is verified.")
			k.has("topic mix", "Verified by quiz.")
		}},
		"a verified topic": {[]string{"quiz dough", "answer dough-1 1", "answer dough-2 1", "answer dough-3 1"}, func(k *talk) {
			k.has("topic mix", "Verified by quiz.")
		}},
		"an alternative that is picked": {[]string{"choose spelt"}, func(k *talk) {
			k.has("choose", "The emmer (on your way)")
			k.has("skip mix", "Next: The emmer")
		}},
		"undo of done": {[]string{"done dough", "study oven 10m"}, func(k *talk) {
			k.has("undo", "10 min of study for The oven no longer counts.")
			k.has("undo", "“Done” for The mix no longer counts.")
			k.has("today", "Now: The mix")
		}},
		"undo of an answer": {[]string{"answer dough-1 2"}, func(k *talk) {
			k.has("undo", "Your answer about The mix no longer counts.")
			if c := k.learner().Cards; c["mix-1"] != (bot.Card{}) {
				k.Errorf("the cards are %v", c)
			}
		}},
		"undo of a choice": {[]string{"choose spelt", "choose rye"}, func(k *talk) {
			k.has("undo", "Choosing The rye no longer counts.")
			k.has("choose", "The emmer (on your way)")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalk(t, bread(3).load(t))
			for _, line := range test.before {
				k.say(line)
			}
			k.roadmap = renamed.load(t)
			test.after(k)
			k.say("plan none of the old ids")
			l := k.learner()
			for _, gone := range []string{"dough", "dough-1", "dough-2", "dough-3", "spelt"} {
				_, topic := l.Topics[gone]
				_, card := l.Cards[gone]
				if topic || card || strings.Contains(strings.Join(append(append(l.Quiz.Left, l.Settings.Chosen...), l.Quiz.Topic), " "), gone) {
					t.Errorf("the record still has %s: %+v", gone, l)
				}
			}
		})
	}
}

// TestRetiredIntoAnother retires a topic in favour of one that was there before: what
// was done with both is added up.
func TestRetiredIntoAnother(t *testing.T) {
	for name, said := range map[string][]string{
		"the old one done": {"done dough 1h", "study mix 45m"},
		"the new one done": {"study dough 1h", "done mix 45m"},
		"both done":        {"done mix 45m", "done dough 1h"},
		"the old one left": {"study dough 1h", "skip dough", "done mix 45m"},
	} {
		t.Run(name, func(t *testing.T) {
			r := recipe{topics: []string{"mix", "dough", "oven"}, questions: 2}
			k := newTalk(t, r.load(t))
			for _, line := range append(said, "answer dough-1 1", "answer dough-2 unsure") {
				k.say(line)
			}
			k.now = k.now.AddDate(0, 0, 1)
			k.say("answer mix-1 unsure")
			r.topics, r.retired = []string{"mix", "oven"}, map[string]string{"dough": "mix"}
			k.roadmap = r.load(t)
			k.has("topic mix", "You studied 1 h 45 min. Done.")
			k.say("plan to write it down")
			l := k.learner()
			want := map[string]bot.Card{
				"mix-1": {Right: 1, Unsure: 1, Last: bot.Unsure, Day: k.today()},
				"mix-2": {Unsure: 1, Last: bot.Unsure, Day: k.today() - 1},
			}
			if len(l.Topics) != 1 || len(l.Cards) != 2 || l.Cards["mix-1"] != want["mix-1"] || l.Cards["mix-2"] != want["mix-2"] {
				t.Errorf("the record has %v, %v", l.Topics, l.Cards)
			}
		})
	}
}

// TestUndoOfARetiredID takes back what was done under an id that was retired since:
// newer work under the new id is not lost with it, and a quiz asks its question again.
func TestUndoOfARetiredID(t *testing.T) {
	renamed := recipe{topics: []string{"mix", "rye", "emmer", "oven"}, questions: 3, retired: map[string]string{"dough": "mix", "spelt": "emmer"}}
	t.Run("newer work", func(t *testing.T) {
		k := newTalk(t, bread(3).load(t))
		button := k.press(k.say("done dough"), "Undo")
		k.roadmap = renamed.load(t)
		k.say("study mix 45m")
		k.has(button, "Something newer changed the same thing.")
		if m := k.learner().Topics["mix"].Minutes; m != 45 {
			t.Errorf("%d minutes are left of 45", m)
		}
	})
	t.Run("work with both", func(t *testing.T) {
		r := recipe{topics: []string{"mix", "dough", "oven"}, questions: 2}
		k := newTalk(t, r.load(t))
		k.say("study mix 45m")
		k.say("done dough 1h")
		k.roadmap = recipe{topics: []string{"mix", "oven"}, questions: 2, retired: map[string]string{"dough": "mix"}}.load(t)
		k.say("undo")
		if m := k.learner().Topics["mix"].Minutes; m != 45 {
			t.Errorf("%d minutes are left of 45", m)
		}
	})
	t.Run("answers to both", func(t *testing.T) {
		r := recipe{topics: []string{"mix", "dough", "oven"}, questions: 2}
		k := newTalk(t, r.load(t))
		k.say("answer mix-1 1")
		k.say("answer dough-1 2")
		k.roadmap = recipe{topics: []string{"mix", "oven"}, questions: 2, retired: map[string]string{"dough": "mix"}}.load(t)
		k.say("undo")
		if c := k.learner().Cards["mix-1"]; c.Right != 1 {
			t.Errorf("the card is %+v", c)
		}
	})
	t.Run("a running quiz", func(t *testing.T) {
		k := newTalk(t, bread(3).load(t))
		k.say("quiz dough")
		k.say("idk")
		k.roadmap = renamed.load(t)
		k.say("undo")
		k.has("quiz", "Question 1 of 3.")
	})
	t.Run("pace", func(t *testing.T) {
		k := newTalk(t, bread(3).load(t))
		k.say("study dough 5h")
		k.now = k.now.AddDate(0, 0, 10)
		k.has("progress", "at your pace of the last 11 days")
		k.roadmap = renamed.load(t)
		k.has("progress", "at your pace of the last 11 days")
	})
	t.Run("day done", func(t *testing.T) {
		r := recipe{topics: []string{"mix", "dough", "oven"}, questions: 2}
		k := newTalk(t, r.load(t))
		k.say("done mix")
		done := k.today()
		k.now = k.now.AddDate(0, 0, 60)
		k.say("study dough 10m")
		k.roadmap = recipe{topics: []string{"mix", "oven"}, questions: 2, retired: map[string]string{"dough": "mix"}}.load(t)
		k.say("plan x")
		if w := k.learner().Topics["mix"]; w.Day != done {
			t.Errorf("the topic is %+v; it was done on day %v", w, done)
		}
	})
}
