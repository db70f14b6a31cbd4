package slack_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

func TestFindReadsPageAfterPage(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	sent, err := r.adapter.Send(r.ctx, to(r.person.ID, ""), "old", nudge)
	r.ok(err)
	r.fake.DeliverTo("http://127.0.0.1:1") // what the person writes does not reach the bot
	r.fake.Retry(nil, time.Second)
	for i := range 450 {
		<-r.person.Write(fmt.Sprintf("word %d", i))
	}
	found, err := r.adapter.Find(r.ctx, to(r.person.ID, sent.Channel), "old")
	r.ok(err)
	if found != sent || r.fake.Calls("conversations.history") != 3 {
		t.Errorf("found %+v after %d pages", found, r.fake.Calls("conversations.history"))
	}
}

// TestFindFifteenAMinute has Slack give fifteen messages a minute, as to an app that is
// distributed outside the Marketplace: a search that one call can't finish is finished by
// the next ones, minutes apart, whether the message is there or not.
func TestFindFifteenAMinute(t *testing.T) {
	for _, key := range []string{"old", "never sent"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			var ahead atomic.Int64
			r := setup(t, slack.ModeHTTP, func(c *slack.Config) {
				c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			})
			r.fake.SetLimit("conversations.history", slacktest.Limit{Calls: 1, Per: time.Minute, Page: 15})
			later := func() { ahead.Add(int64(5 * time.Minute)); r.fake.Advance(5 * time.Minute) }
			me := to(r.person.ID, r.person.DM())
			sent, err := r.adapter.Send(r.ctx, me, "old", nudge)
			r.ok(err)
			r.fake.DeliverTo("http://127.0.0.1:1") // what the person writes does not reach the bot
			r.fake.Retry(nil, time.Second)
			for i := range 40 {
				<-r.person.Write(fmt.Sprintf("word %d", i))
			}
			for page := 1; page < 3; page++ {
				if found, err := r.adapter.Find(r.ctx, me, key); err == nil || errors.Is(err, bot.ErrNotFound) {
					t.Fatalf("after page %d of 3: %+v, %v", page, found, err)
				}
				later()
			}
			found, err := r.adapter.Find(r.ctx, me, key)
			if key == "old" && (err != nil || found != sent) || key != "old" && !errors.Is(err, bot.ErrNotFound) {
				t.Errorf("after the last page: %+v, %v", found, err)
			}
			later()
			if _, err = r.adapter.Find(r.ctx, me, key); err == nil || errors.Is(err, bot.ErrNotFound) {
				t.Errorf("a new search does not begin with the newest: %v", err)
			}
			later()
			if sent, err = r.adapter.Send(r.ctx, me, key, nudge); err != nil {
				t.Fatal(err)
			}
			if found, err := r.adapter.Find(r.ctx, me, key); err != nil || found != sent {
				t.Errorf("what was sent meanwhile: %+v, %v", found, err)
			}
		})
	}
}

// TestFindBeginsAnew has Slack know no more of where a search came to.
func TestFindBeginsAnew(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	r.fake.SetLimit("conversations.history", slacktest.Limit{Calls: 100, Per: time.Minute, Page: 1})
	me := to(r.person.ID, r.person.DM())
	var first bot.Receipt
	for i := range 3 {
		sent, err := r.adapter.Send(r.ctx, me, fmt.Sprint(i), nudge)
		r.ok(err)
		if i == 0 {
			first = sent
		}
	}
	for _, code := range []string{"internal_error", "invalid_cursor"} {
		r.fake.Break("conversations.history", slacktest.Fault{}, slacktest.Fault{Error: code})
		if _, err := r.adapter.Find(r.ctx, me, "0"); err == nil || errors.Is(err, bot.ErrNotFound) {
			t.Fatalf("%s: %v", code, err)
		}
	}
	before := r.fake.Calls("conversations.history")
	if found, err := r.adapter.Find(r.ctx, me, "0"); err != nil || found != first {
		t.Errorf("found %+v, %v", found, err)
	}
	if n := r.fake.Calls("conversations.history") - before; n != 3 {
		t.Errorf("%d pages were read, want all 3", n)
	}
}

// TestFindLooksBackForDays finds a message of almost three days ago.
func TestFindLooksBackForDays(t *testing.T) {
	var ahead atomic.Int64
	r := setup(t, slack.ModeHTTP, func(c *slack.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	sent, err := r.adapter.Send(r.ctx, to(r.person.ID, ""), "old", nudge)
	r.ok(err)
	ahead.Add(int64(71 * time.Hour))
	found, err := r.adapter.Find(r.ctx, to(r.person.ID, sent.Channel), "old")
	r.ok(err)
	if found != sent {
		t.Errorf("found %+v, sent %+v", found, sent)
	}
}

// TestFindAfterStaleChannel loses the answer to a message that went to a conversation
// opened anew: it is found there, though the record still names the old one.
func TestFindAfterStaleChannel(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	r.fake.Break("chat.postMessage", slacktest.Fault{Error: "channel_not_found"}, slacktest.Fault{CutAfter: true})
	if _, err := r.adapter.Send(r.ctx, to(r.person.ID, "DOLD"), "k", nudge); err == nil {
		t.Fatal("nobody knows whether it arrived")
	}
	found, err := r.adapter.Find(r.ctx, to(r.person.ID, "DOLD"), "k")
	r.ok(err)
	if found.Channel != r.person.DM() {
		t.Errorf("found in %q", found.Channel)
	}
}
