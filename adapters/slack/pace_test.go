package slack_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

// TestSlackNeverRefusesForHaste does each thing once more than Slack takes at once: it
// waits for its turn instead of being refused. The adapter's clock stands still, so that
// a wait counts from the request before.
func TestSlackNeverRefusesForHaste(t *testing.T) {
	mention := func(r *rig, i int) {
		_, done := r.fake.Person(team, fmt.Sprint("U2", i)).Mention("C1", "", "{bot} hello")
		<-done
	}
	tests := []struct {
		name, method string
		limit        slacktest.Limit
		do           func(r *rig, i int)
	}{
		{"messages to one person", "chat.postMessage", slacktest.Limit{Calls: 3, Per: time.Second, PerChannel: true}, func(r *rig, i int) {
			_, err := r.adapter.Send(r.ctx, to(r.person.ID, r.person.DM()), fmt.Sprint(i), nudge)
			r.ok(err)
		}},
		{"answers to one person", "chat.postMessage", slacktest.Limit{Calls: 3, Per: time.Second, PerChannel: true}, func(r *rig, i int) {
			<-r.person.Write(fmt.Sprint("word ", i))
		}},
		{"answers for the asker alone", "chat.postEphemeral", slacktest.Limit{Calls: 20, Per: time.Minute / 100}, mention},
		{"Home tabs", "views.publish", slacktest.Limit{Calls: 20, Per: time.Minute / 100}, func(r *rig, i int) {
			<-r.fake.Person(team, fmt.Sprint("U2", i)).OpenHome()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			still := time.Now()
			r := setup(t, slack.ModeHTTP, func(c *slack.Config) { c.Now = func() time.Time { return still } })
			r.fake.SetLimit(tt.method, tt.limit)
			var all sync.WaitGroup
			for i := range tt.limit.Calls {
				all.Go(func() { tt.do(r, i) })
			}
			all.Wait()
			tt.do(r, tt.limit.Calls)
			for _, rec := range r.fake.Records() {
				if rec.Error != "" {
					t.Errorf("%s was refused: %s", rec.Method, rec.Error)
				}
			}
			if n := r.fake.Calls(tt.method); n != tt.limit.Calls+1 {
				t.Errorf("%d requests, want %d", n, tt.limit.Calls+1)
			}
		})
	}
}

// TestRetryAfterOfAnAnswerHoldsForTheTenant has Slack refuse an answer for ten minutes:
// nothing else is asked of that method in the workspace until they are over.
func TestRetryAfterOfAnAnswerHoldsForTheTenant(t *testing.T) {
	tests := map[string]func(*slacktest.Person){
		"chat.postMessage": func(p *slacktest.Person) { <-p.Write("hello") },
		"views.publish":    func(p *slacktest.Person) { <-p.OpenHome() },
	}
	for method, ask := range tests {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			var ahead atomic.Int64
			r := setup(t, slack.ModeHTTP, func(c *slack.Config) {
				c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			})
			other := r.fake.Person(team, "U0000002")
			r.fake.Break(method, slacktest.Fault{Status: 429, RetryAfter: 600})
			ask(r.person)
			ask(other)
			if n := r.fake.Calls(method); n != 1 {
				t.Errorf("%d requests, want 1: Slack said to wait", n)
			}
			if method == "chat.postMessage" {
				_, err := r.adapter.Send(r.ctx, to(other.ID, other.DM()), "k", nudge)
				if told, ok := errors.AsType[*bot.NotSentError](err); !ok || told.After < 500*time.Second || !told.Tenant {
					t.Errorf("a message is not told to wait: %v", err)
				}
			}
			ahead.Add(int64(11 * time.Minute))
			ask(other)
			if n := r.fake.Calls(method); n != 2 {
				t.Errorf("%d requests after the wait, want 2", n)
			}
		})
	}
}
