package bot_test

import (
	"strings"
	"testing"

	"roadmapbot/bot"
)

// TestDeliveredAgain delivers a request twice, as platforms do: at once, and after
// something else was done. The second time changes nothing, and gets the same answer
// about the same thing, whatever the line would mean by then.
func TestDeliveredAgain(t *testing.T) {
	for name, test := range map[string]struct {
		before  []string
		line    string
		about   string   // in each answer
		between []string // said before the last delivery
	}{
		"done":                {nil, "done", "Done: The dough", []string{"done"}},
		"done with a time":    {nil, "done 1h", "Done: The dough", []string{"done oven"}},
		"study":               {nil, "study 30m", "The dough: 30 min of about 10 h.", []string{"done dough"}},
		"undo":                {[]string{"done dough"}, "undo", "“Done” for The dough no longer counts.", []string{"done oven"}},
		"undo, then the same": {[]string{"done dough"}, "undo", "“Done” for The dough no longer counts.", []string{"done dough"}},
		"snooze":              {[]string{"nudge 18:30"}, "snooze 1h", "I come back Mon 9 Mar, 13:00, instead of 18:30.", []string{"skip oven"}},
		"the letter a":        {[]string{"quiz dough"}, "a", "It is so of dough-", []string{"b"}},
		"the letter b":        {[]string{"quiz dough"}, "b", "It is so of dough-", []string{"a"}},
		"the letter c":        {[]string{"quiz dough"}, "c", "It is so of dough-", []string{"a"}},
		"the letter d":        {[]string{"quiz dough"}, "d", "It is so of dough-", []string{"a"}},
		"I don't know":        {[]string{"quiz dough"}, "idk", "It is so of dough-", []string{"idk"}},
		"the last letter":     {[]string{"quiz dough", "a", "b"}, "c", "It is so of dough-", []string{"quiz oven"}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalk(t, bread(3).load(t))
			for _, line := range test.before {
				k.say(line)
			}
			once := k.deliver(test.line, "a press")
			l := k.learner()
			if again := k.deliver(test.line, "a press"); again.String() != once.String() {
				t.Errorf("%q is answered with\n%s\nand when it comes again with\n%s", test.line, once, again)
			}
			if k.learner().Events != l.Events {
				t.Errorf("%q is noted twice", test.line)
			}
			for _, line := range test.between {
				k.say(line)
			}
			l = k.learner()
			later := k.deliver(test.line, "a press")
			if k.learner().Events != l.Events {
				t.Errorf("%q is noted once more later", test.line)
			}
			if subject(later) != subject(once) || !strings.Contains(subject(once), test.about) {
				t.Errorf("%q is answered with\n%s\nand later with\n%s", test.line, once, later)
			}
		})
	}
}

// subject is the part of a reply that is about what was said, and not about what
// stands or comes next.
func subject(r bot.Reply) string {
	s := r.String()
	for _, next := range []string{"First: ", "Question ", "Quiz done: ", "[1] "} {
		s, _, _ = strings.Cut(s, next)
	}
	return s
}
