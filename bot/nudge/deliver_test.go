package nudge

import (
	"errors"
	"strings"
	"testing"
	"time"

	"roadmapbot/bot"
)

// TestAnsweredAtOnce answers a nudge before the platform has confirmed it: it loses
// its buttons all the same.
func TestAnsweredAtOnce(t *testing.T) {
	for _, line := range []string{"study vcs-git 30m", "snooze 1h", "snooze tomorrow", "nudge off"} {
		t.Run(line, func(t *testing.T) {
			now := time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC)
			s, n, p := setUp(t, &now, 1)
			who := bot.Account{Platform: "test", User: "0"}
			p.landed = func() {
				n.Bot.Handle(t.Context(), bot.Request{From: who, Line: line})
			}
			for range 2 {
				if err := n.schedule(t.Context()); err != nil {
					t.Fatal(err)
				}
				now = now.Add(31 * time.Minute)
			}
			for range 2 { // to send, to put away
				if _, err := n.act(t.Context(), p, who); err != nil {
					t.Fatal(err)
				}
			}
			l, err := s.Learner(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			if p.sent != 1 || p.edited != 1 || !l.Nudges.Shown.At.IsZero() || l.Nudges.Ignored != 0 {
				t.Errorf("%d sent, %d edited; %+v", p.sent, p.edited, l.Nudges)
			}
		})
	}
}

// TestChangedMind changes something between the hour of a nudge and its sending: it
// comes if it is wanted in the end, and otherwise the reason can be asked for.
func TestChangedMind(t *testing.T) {
	for _, test := range []struct {
		said   []string
		reason string // why it does not come; empty if it does
	}{
		{[]string{"nudge off", "nudge on"}, ""},
		{[]string{"nudge off", "undo"}, ""},
		{[]string{"study 30m", "undo"}, ""},
		{[]string{"pause 1 week", "resume"}, ""},
		{[]string{"nudge off"}, "you had turned nudges off"},
		{[]string{"study 30m"}, "you had studied already"},
		{[]string{"pause 1 week"}, "you had paused"},
		{[]string{"snooze tomorrow"}, "you had put it off"},
	} {
		t.Run(strings.Join(test.said, ", "), func(t *testing.T) {
			e := newEvening(t)
			e.pass(29 * time.Minute)
			e.now = e.now.Add(time.Minute)
			e.claim()
			for _, line := range test.said {
				e.say(line)
			}
			e.act()
			e.pass(3 * time.Hour)
			reason := ""
			for _, event := range events(t, e.s, e.who) {
				if event.What == bot.NudgeLeftOut {
					reason = event.Text
				}
			}
			if (e.p.sent == 1) != (test.reason == "") || reason != test.reason {
				t.Errorf("%d sent, left out because %q, want %q", e.p.sent, reason, test.reason)
			}
		})
		if test.reason != "" {
			continue // TestAnsweredAtOnce
		}
		t.Run(strings.Join(test.said, ", ")+", as it comes", func(t *testing.T) {
			e := newEvening(t)
			e.p.landed = func() {
				for _, line := range test.said {
					e.say(line)
				}
			}
			e.pass(3 * time.Hour)
			if e.p.sent != 1 || e.p.edited != 0 || e.nudges().Shown.At.IsZero() {
				t.Errorf("%d sent, %d put away; %+v", e.p.sent, e.p.edited, e.nudges())
			}
		})
	}
}

// TestLateIntoQuietHours brings a nudge late, as the bot did not run at its hour: what
// would fall into the quiet hours comes at their end, or, if that is too late, not.
func TestLateIntoQuietHours(t *testing.T) {
	for quiet, want := range map[string]string{"22:00-02:00": "02:00", "22:00-07:00": ""} {
		t.Run(quiet, func(t *testing.T) {
			e := newEvening(t)
			e.say("nudge 21:30")
			e.say("quiet " + quiet)
			e.pass(3 * time.Hour)
			e.now = e.now.Add(70 * time.Minute) // 22:10
			sent := ""
			e.p.landed = func() { sent += e.now.Add(2 * time.Hour).Format("15:04") }
			e.pass(12 * time.Hour)
			if sent != want {
				t.Errorf("sent at %q, want %q", sent, want)
			}
			if missed := e.nudges().Missed; (want == "") != (len(missed) == 1 && missed[0].Reason == "it fell into your quiet hours") {
				t.Errorf("missed: %v", missed)
			}
		})
	}
}

// TestRefused is refused by the platform for good: nothing more is sent until the
// learner is there again, who is told, and then nothing that was due before.
func TestRefused(t *testing.T) {
	e := newEvening(t)
	e.p.failed = &bot.NotSentError{Permanent: true, Err: errors.New("direct messages are closed")}
	e.pass(3*24*time.Hour - time.Minute)
	if e.p.sent != 1 || !e.nudges().Refused {
		t.Errorf("%d were sent to somebody who does not take them", e.p.sent)
	}
	e.p.failed = nil
	e.now = e.now.Add(45 * time.Minute)
	if r := e.say("today"); !strings.Contains(r.String(), "I could not write to you directly") {
		t.Errorf("they are not told: %s", r)
	}
	if e.pass(time.Hour); e.p.sent != 1 || len(e.nudges().Missed) != 0 {
		t.Errorf("a nudge from before they were there: %d sent, %v missed", e.p.sent, e.nudges().Missed)
	}
	if e.pass(24 * time.Hour); e.p.sent != 2 {
		t.Errorf("%d were sent, want the next day's as well", e.p.sent)
	}
}

// TestDoubtEnds sends a nudge of which nobody ever says whether it arrived: it is not
// sent again, and after twice the time it may be late the learner is told.
func TestDoubtEnds(t *testing.T) {
	e := newEvening(t)
	e.p.failed, e.p.unfound = errors.New("cut"), errors.New("cut")
	e.pass(13 * time.Hour)
	n := e.nudges()
	if e.p.sent != 1 || n.Claim.Kind != bot.NoClaim || len(n.Missed) != 1 || n.Missed[0].Reason != "nobody could say whether it arrived" {
		t.Errorf("%d sent; %+v", e.p.sent, n)
	}
}
