package slack_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
)

func TestHomeTab(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		if a := <-r.person.OpenHome(); a.Err != nil {
			t.Fatal(a.Err)
		}
		v := r.home("Databases: 3 of 9")
		for _, want := range []string{"»today«", "»nudge«", "»zone«"} {
			if !strings.Contains(asJSON(v.Blocks), want) {
				t.Errorf("the Home tab lacks %s", want)
			}
		}
		before := v.Published
		// A change elsewhere reaches the tab; a mere look does not publish it again.
		r.ok(r.person.Slash("C1", "/roadmap", "done api-rest"))
		r.home("Last: done api-rest")
		r.person.Write("hello")
		r.hears(r.person.DM(), "hello")
		r.person.Write("hello again")
		r.hears(r.person.DM(), "hello again")
		if v, _ := r.person.Home(); v.Published != before+1 {
			t.Errorf("published %d times, want %d", v.Published, before+1)
		}
		// A press on the tab is answered on the tab.
		r.ok(r.person.PressHome("Done"))
		r.home("»done vcs-git«")
		r.ok(r.person.PressHome("Plan it"))
		r.ok(r.fake.Await(r.ctx, func() bool { _, ok := r.person.Modal(); return ok }))
		_, err := r.person.Submit("at noon")
		r.ok(err)
		r.home("»plan at noon«")
		// Opening it again shows the tab without old answers.
		<-r.person.OpenHome()
		r.ok(r.fake.Await(r.ctx, func() bool { v, _ := r.person.Home(); return !strings.Contains(asJSON(v.Blocks), "noon") }))
	})
}

// TestHomeTabSpeaksForNobody: what the tab shows is not asked in the learner's name, and
// what they press on it is.
func TestHomeTabSpeaksForNobody(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	<-r.person.OpenHome()
	r.ok(r.person.PressHome("Done"))
	r.home("»done vcs-git«")
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	var lines []string
	for _, req := range r.core.asked {
		if lines = append(lines, req.Line); req.Look != (req.Line != "done vcs-git") || req.Look != (req.ID == "") {
			t.Errorf("asked %+v", req)
		}
	}
	tab := []string{"today", "progress", "nudge", "zone"}
	if want := slices.Concat(tab, []string{"done vcs-git"}, tab); !slices.Equal(lines, want) {
		t.Errorf("asked %q, want %q", lines, want)
	}
}

// TestHomeTabKeepsNobodyWaiting has Slack not take a Home tab for half a minute: a press
// that comes after it opens its modal in time, and the tab is brought up to date when it
// is opened.
func TestHomeTabKeepsNobodyWaiting(t *testing.T) {
	for name, fault := range map[string]func(hold chan struct{}) slacktest.Fault{
		"refused": func(chan struct{}) slacktest.Fault {
			return slacktest.Fault{Status: http.StatusTooManyRequests, RetryAfter: 30}
		},
		"silent": func(hold chan struct{}) slacktest.Fault { return slacktest.Fault{Hold: hold} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ahead atomic.Int64
			r := setup(t, slack.ModeHTTP, func(c *slack.Config) {
				c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			})
			hold := make(chan struct{})
			defer close(hold)
			<-r.person.OpenHome()
			r.ok(r.person.Slash("C1", "/roadmap", "today"))
			card := r.hears("C1", "today")
			r.fake.Break("views.publish", fault(hold))
			r.person.Write("done api-rest")
			r.hears(r.person.DM(), "done api-rest")
			r.ok(r.person.Press(card, "Plan it"))
			r.ok(r.fake.Await(r.ctx, func() bool {
				_, ok := r.person.Modal()
				return ok || strings.Contains(asJSON(r.person.Sees("C1")), "in time")
			}))
			if _, ok := r.person.Modal(); !ok {
				t.Fatal("the press waited for the Home tab")
			}
			ahead.Add(int64(time.Minute))
			<-r.person.OpenHome()
			r.home("Last: done api-rest")
		})
	}
}

// TestHomeTabAfterALostAnswer has a Home tab arrive without Slack saying so, and what it
// showed before come back: the tab shows it.
func TestHomeTabAfterALostAnswer(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	<-r.person.OpenHome()
	say := func(line string) {
		<-r.person.Write(line)
		r.home("Last: " + line)
	}
	say("done one")
	r.fake.Break("views.publish", slacktest.Fault{CutAfter: true})
	say("done two")
	say("done one")
}

func TestModalAsksForTheRestOfTheLine(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.ok(r.person.Slash("C1", "/roadmap", "today"))
		card := r.hears("C1", "today")
		r.ok(r.person.Press(card, "Plan it"))
		var modal slacktest.View
		r.ok(r.fake.Await(r.ctx, func() (ok bool) { modal, ok = r.person.Modal(); return ok }))
		if modal.Title != "Roadmap" || !strings.Contains(asJSON(modal.Blocks), "When will you study?") {
			t.Errorf("modal %+v", modal)
		}
		wrong, err := r.person.Submit("after <!channel> coffee & cake")
		r.ok(err)
		if len(wrong) > 0 {
			t.Errorf("refused: %v", wrong)
		}
		m := r.hears("C1", "plan after")
		if m.TS != card.TS {
			t.Error("the answer did not take the card's place")
		}
		if got := r.core.last().Line; got != "plan after <!channel> coffee & cake" {
			t.Errorf("line %q", got)
		}
	})
}

// TestModalThatDoesNotOpen tells why, as far as it is known; the card stays.
func TestModalThatDoesNotOpen(t *testing.T) {
	for code, says := range map[string]string{
		"expired_trigger_id": "in time", "exchanged_trigger_id": "in time", "internal_error": "on my side", "not_installed": "installation",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			shelf := newShelf()
			r := setup(t, slack.ModeHTTP, many(shelf))
			r.install(team)
			r.ok(r.person.Slash("C1", "/roadmap", "today"))
			card := r.hears("C1", "today")
			if code == "not_installed" {
				r.ok(shelf.Delete(r.ctx, team))
			}
			r.fake.Break("views.open", slacktest.Fault{Error: code})
			r.ok(r.person.Press(card, "Plan it"))
			if m := r.hears("C1", says); m.TS == card.TS {
				t.Error("the card is gone")
			}
		})
	}
}
