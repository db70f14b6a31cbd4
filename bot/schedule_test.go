package bot_test

import (
	"strings"
	"testing"
	"time"

	"roadmapbot/bot"
)

// TestNextNudge tells when the next nudge comes: not on a day that has its study, and
// not on one that was put off, even if the hour is still to come.
func TestNextNudge(t *testing.T) {
	for _, test := range []struct{ line, asked, next string }{
		{"today", "nudge", "1. Mon 9 Mar, 18:30\n2. Tue 10 Mar, 18:30\n3. Wed 11 Mar, 18:30"},
		{"study 30m", "nudge", "1. Tue 10 Mar, 18:30\n2. Wed 11 Mar, 18:30\n3. Thu 12 Mar, 18:30"},
		{"study 30m", "why", "The next is planned for Tue 10 Mar, 18:30"},
		{"snooze tomorrow", "nudge", "1. Tue 10 Mar, 18:30\n2. Wed 11 Mar, 18:30\n3. Thu 12 Mar, 18:30"},
		{"snooze tomorrow", "snooze tomorrow", "The next nudge comes Tue 10 Mar, 18:30."},
	} {
		t.Run(test.line+", "+test.asked, func(t *testing.T) {
			k := newTalk(t, bread(1).load(t))
			k.say("nudge 18:30")
			k.say(test.line)
			k.has(test.asked, test.next)
		})
	}
}

// TestSnoozeIntoQuietHours puts a nudge off into the quiet hours: it comes at their
// end, before midnight and after it.
func TestSnoozeIntoQuietHours(t *testing.T) {
	for _, test := range []struct {
		at      time.Duration // after noon
		answers string
	}{
		{9 * time.Hour, "I come back Tue 10 Mar, 07:00"},
		{9*time.Hour + 30*time.Minute, "I come back Tue 10 Mar, 07:00"},
		{14 * time.Hour, "I come back Tue 10 Mar, 07:00"},
		{8*time.Hour + 59*time.Minute, "I come back Mon 9 Mar, 21:59."},
		{18 * time.Hour, "I come back Tue 10 Mar, 07:00"},
	} {
		k := newTalk(t, bread(1).load(t))
		k.say("nudge 18:30")
		k.say("quiet 22:00-07:00")
		k.now = k.now.Add(test.at)
		k.has("snooze 1h", test.answers)
	}
}

// TestTrialsADay asks for one test after another: five come on a day, and the next
// day as many.
func TestTrialsADay(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	for range 2 {
		for range 5 {
			k.has("nudge test", "A test is on its way")
			k.alter(func(l *bot.Learner) { l.Nudges.Claim = bot.Claim{} }) // it has come
		}
		k.has("nudge test", "That is enough tests for one day.")
		if c := k.learner().Nudges.Claim; c.Kind != bot.NoClaim {
			t.Errorf("a sixth one is on its way: %+v", c)
		}
		k.now = k.now.AddDate(0, 0, 1)
	}
}

// TestSnoozedAndStudied studies after a nudge was put off: nobody is told that it comes
// again.
func TestSnoozedAndStudied(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	k.say("nudge 18:30")
	k.say("snooze 1h")
	k.has("nudge", "comes again")
	k.has("why", "the snoozed one comes")
	k.say("study 30m")
	for _, line := range []string{"nudge", "why"} {
		if r := k.say(line).String(); strings.Contains(r, "comes again") || strings.Contains(r, "the snoozed one") {
			t.Errorf("%s: %s", line, r)
		}
	}
}

// TestMisspeltCity answers where one is with a slip of the finger: the city is offered,
// as the answer that it was.
func TestMisspeltCity(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	k.who.User = "ben" // who has told nothing yet
	k.say("start")
	if line := k.press(k.say("madird"), "Europe/Madrid, where it is 12:00"); line != "start zone Europe/Madrid" {
		t.Errorf("the button says %q", line)
	}
}
