package discord_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

const (
	sendPath = "/channels/*/messages"
	openPath = "/users/@me/channels"
)

var nudge = bot.Reply{Title: "Today", Blocks: []bot.Block{bot.Text("Git basics")}, Actions: []bot.Action{{Label: "Done", Line: "done vcs-git"}}}

// sending is an adapter that need not run to send.
func sending(t *testing.T) (*discord.Adapter, *discordtest.Server, *discordtest.Person, bot.Address) {
	t.Helper()
	fake := newFake(t, discordtest.Options{})
	a, _ := newAdapter(t, fake)
	t.Cleanup(a.CloseIdle)
	ada := fake.Person("ada")
	return a, fake, ada, bot.Address{Account: bot.Account{Platform: discord.Name, User: ada.ID()}}
}

// TestSendFaults sorts what can go wrong into what the core has to know: refused
// for good, not sent and when to try again, or nobody knows.
func TestSendFaults(t *testing.T) {
	api := func(status, code int) discordtest.Fault {
		return discordtest.Fault{Method: "POST", Path: sendPath, Status: status, Code: code}
	}
	limited := func(scope string, html bool) discordtest.Fault {
		return discordtest.Fault{Method: "POST", Path: sendPath, Status: 429, Scope: scope, RetryAfter: 2 * time.Second, HTML: html}
	}
	const sure, permanent, tenant = 1, 2, 4
	for name, test := range map[string]struct {
		fault discordtest.Fault
		want  int
		after time.Duration // at least
	}{
		"closed direct messages": {api(403, 50007), sure | permanent, 0},
		"no mutual server":       {api(403, 50278), sure | permanent, 0},
		"missing access":         {api(403, 50001), sure, 24 * time.Hour},
		"too fast":               {api(403, 40003), sure | tenant, time.Minute},
		"flagged":                {api(403, 20026), sure | tenant, time.Hour},
		"malformed":              {api(400, 50035), sure, time.Minute},
		"token":                  {api(401, 0), sure | tenant, time.Minute},
		"route limit":            {limited("user", false), sure, 1900 * time.Millisecond},
		"shared limit":           {limited("shared", false), sure, 1900 * time.Millisecond},
		"global limit":           {limited("global", false), sure | tenant, 1900 * time.Millisecond},
		"edge ban":               {limited("", true), sure | tenant, 9 * time.Second},
		"server error":           {api(500, 0), 0, 0},
		"unavailable":            {api(503, 0), 0, 0},
		"bad gateway":            {api(502, 0), 0, 0},
		"bad gateway, landed":    {discordtest.Fault{Method: "POST", Path: sendPath, Status: 502, Landed: true}, 0, 0},
		"cut, landed":            {discordtest.Fault{Method: "POST", Path: sendPath, Drop: true, Landed: true}, 0, 0},
		"cut":                    {discordtest.Fault{Method: "POST", Path: sendPath, Drop: true}, 0, 0},
		"opening: server error":  {discordtest.Fault{Method: "POST", Path: openPath, Status: 500}, sure, time.Second},
		"opening: cut":           {discordtest.Fault{Method: "POST", Path: openPath, Drop: true}, sure, time.Second},
		"opening: too fast":      {discordtest.Fault{Method: "POST", Path: openPath, Status: 403, Code: 40003}, sure | tenant, time.Minute},
		"opening: nobody":        {discordtest.Fault{Method: "POST", Path: openPath, Status: 400, Code: 50033}, sure | permanent, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a, fake, ada, to := sending(t)
			fake.Fail(test.fault)
			_, err := a.Send(t.Context(), to, "key", nudge)
			if err == nil {
				t.Fatal("no error")
			}
			got := 0
			if not, ok := errors.AsType[*bot.NotSentError](err); ok {
				got = sure
				if not.Permanent {
					got |= permanent
				}
				if not.Tenant {
					got |= tenant
				}
				if not.After < test.after {
					t.Errorf("after %v, want at least %v", not.After, test.after)
				}
			}
			if got != test.want {
				t.Errorf("%v is sorted as %d, want %d", err, got, test.want)
			}
			if strings.Contains(err.Error(), fake.Token()) {
				t.Error("the token is in the error")
			}
			if n := len(fake.Requests("POST", sendPath)); n > 1 {
				t.Errorf("%d requests for one attempt", n)
			}
			landed := 0
			if test.fault.Landed {
				landed = 1
			}
			if n := len(ada.Inbox()); n != landed {
				t.Errorf("%d messages, want %d", n, landed)
			}
			if got&sure != 0 && landed > 0 {
				t.Error("a message that is there was called not sent")
			}
		})
	}
}

// TestDoubt plays what the core does in doubt: look, and send again only if there is
// nothing. The nonce makes even a blind repetition one message.
func TestDoubt(t *testing.T) {
	a, fake, ada, to := sending(t)
	fake.Fail(discordtest.Fault{Method: "POST", Path: sendPath, Status: 502, Landed: true})
	if _, err := a.Send(t.Context(), to, "k1", nudge); err == nil {
		t.Fatal("no error")
	}
	found, err := a.Find(t.Context(), to, "k1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := a.Send(t.Context(), to, "k1", nudge)
	if err != nil || again != found {
		t.Errorf("sent again: %v, %v; want %v", again, err, found)
	}
	if n := len(ada.Inbox()); n != 1 {
		t.Errorf("%d messages", n)
	}
	if _, err := a.Find(t.Context(), to, "k2"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("another key: %v", err)
	}
	fake.Fail(discordtest.Fault{Method: "GET", Path: sendPath, Status: 500})
	var not *bot.NotSentError
	if _, err := a.Find(t.Context(), to, "k1"); err == nil || errors.Is(err, bot.ErrNotFound) || errors.As(err, &not) {
		t.Errorf("a search that failed tells nothing, but says %v", err)
	}
}

// TestFarBack looks for a nudge that the person has written a lot below: it is found
// on whatever page it stands, called absent only once all was read, and nothing is
// claimed about a history that is too long to read.
func TestFarBack(t *testing.T) {
	a, _, ada, to := sending(t)
	sent, err := a.Send(t.Context(), to, "k1", nudge)
	if err != nil {
		t.Fatal(err)
	}
	write := func(n int) {
		for range n {
			ada.Write("and another thing")
		}
	}
	write(250)
	if found, err := a.Find(t.Context(), to, "k1"); err != nil || found != sent {
		t.Errorf("on the third page: %v, %v; want %v", found, err, sent)
	}
	if _, err := a.Find(t.Context(), to, "k2"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("on no page: %v", err)
	}
	write(800)
	if _, err := a.Find(t.Context(), to, "k1"); err == nil || errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a thousand messages did not hold it, and that is no proof: %v", err)
	}
}

// TestPressedInDoubt presses a nudge whose arrival is in doubt, so that an answer takes
// its place: it is still found, and so never comes twice.
func TestPressedInDoubt(t *testing.T) {
	for name, test := range map[string]struct {
		deferAfter time.Duration
		answer     bot.Reply
	}{
		"at once":                  {time.Minute, nudge},
		"at once, without buttons": {time.Minute, bot.Reply{Title: "Done"}},
		"later":                    {time.Millisecond, nudge},
		"later, without buttons":   {time.Millisecond, bot.Reply{Title: "Done"}},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFake(t, discordtest.Options{})
			a, l := impatient(t, fake, test.deferAfter)
			release := make(chan struct{})
			w := run(t, fake, a, l, func(context.Context, bot.Request) bot.Reply {
				<-release
				return test.answer
			})
			w.connected(t)
			ada := fake.Person("ada")
			to := bot.Address{Account: bot.Account{Platform: discord.Name, User: ada.ID()}}
			fake.Fail(discordtest.Fault{Method: "POST", Path: sendPath, Status: 502, Landed: true})
			if _, err := a.Send(t.Context(), to, "k", nudge); err == nil {
				t.Fatal("no doubt")
			}
			card := ada.Inbox()[0]
			if test.deferAfter == time.Minute {
				close(release)
			}
			answer, err := ada.Press(t.Context(), card, "Done")
			if err != nil {
				t.Fatal(err)
			}
			if answer.Type == 6 {
				close(release)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if _, err := answer.Settled(ctx); err != nil || !answer.Replaced() {
				t.Fatalf("replaced %v, %v", answer.Replaced(), err)
			}
			if found, err := a.Find(t.Context(), to, "k"); err != nil || found.Message != card.ID {
				t.Errorf("found %v, %v; want %s", found, err, card.ID)
			}
		})
	}
}

// TestLostChannel sends to a channel that Discord does not know any more.
func TestLostChannel(t *testing.T) {
	a, fake, ada, to := sending(t)
	first, err := a.Send(t.Context(), to, "k1", nudge)
	if err != nil {
		t.Fatal(err)
	}
	to.Channel = first.Channel
	if _, err := a.Send(t.Context(), to, "k2", nudge); err != nil {
		t.Fatal(err)
	}
	if n := len(fake.Requests("POST", openPath)); n != 1 {
		t.Errorf("the channel was opened %d times, though its id was known", n)
	}
	ada.DeleteDM()
	third, err := a.Send(t.Context(), to, "k3", nudge)
	if err != nil || third.Channel == first.Channel {
		t.Errorf("sent %v, %v", third, err)
	}
	if n := len(ada.Inbox()); n != 1 {
		t.Errorf("%d messages in the new channel", n)
	}
	if err := a.Edit(t.Context(), to, first, nudge); err == nil {
		t.Error("a message of a lost channel was edited")
	}
}

// TestHolds checks that a closed limit costs no further request, and ends.
func TestHolds(t *testing.T) {
	a, fake, _, to := sending(t)
	sent, err := a.Send(t.Context(), to, "k0", nudge)
	if err != nil {
		t.Fatal(err)
	}
	to.Channel = sent.Channel
	fake.Fail(discordtest.Fault{Method: "POST", Path: sendPath, Status: 429, Scope: "global", RetryAfter: 300 * time.Millisecond})
	before := len(fake.Requests("", sendPath))
	for i := range 20 {
		if _, err := a.Send(t.Context(), to, string(rune('a'+i)), nudge); err == nil {
			t.Fatal("sent through a closed limit")
		}
	}
	if n := len(fake.Requests("", sendPath)) - before; n != 1 {
		t.Errorf("%d requests into a closed limit, want the first one only", n)
	}
	eventually(t, "the limit opens", func() bool { _, err := a.Send(t.Context(), to, "later", nudge); return err == nil })
}

// TestSpentRoute uses up the limit of a route with an answer that is good: nothing is
// sent into it only to be refused.
func TestSpentRoute(t *testing.T) {
	a, fake, _, to := sending(t)
	fake.Fail(discordtest.Fault{Method: "POST", Path: sendPath, Spent: time.Hour})
	sent, err := a.Send(t.Context(), to, "k0", nudge)
	if err != nil {
		t.Fatal(err)
	}
	to.Channel = sent.Channel
	var not *bot.NotSentError
	if _, err := a.Send(t.Context(), to, "k1", nudge); !errors.As(err, &not) || not.Tenant || not.After < 59*time.Minute {
		t.Errorf("into a limit that is used up: %v", err)
	}
	if n := len(fake.Requests("POST", sendPath)); n != 1 {
		t.Errorf("%d requests, want the good one", n)
	}
}

// TestPace sends as fast as it can: Discord's 50 a second are never passed.
func TestPace(t *testing.T) {
	a, fake, _, to := sending(t)
	sent, err := a.Send(t.Context(), to, "k0", nudge)
	if err != nil {
		t.Fatal(err)
	}
	to.Channel = sent.Channel
	done := make(chan error)
	for i := range 120 {
		go func() {
			_, err := a.Send(t.Context(), to, "k"+string(rune('0'+i)), nudge)
			done <- err
		}()
	}
	for range 120 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if fake.Throttled() > 0 {
		t.Errorf("%d requests above 50 a second", fake.Throttled())
	}
}

// TestContextEndsWaits checks that a wait for a limit ends with its context.
func TestContextEndsWaits(t *testing.T) {
	a, fake, _, to := sending(t)
	fake.Fail(discordtest.Fault{Method: "POST", Path: openPath, Delay: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := a.Send(ctx, to, "k", nudge)
		ended <- err
	}()
	eventually(t, "the request is under way", func() bool { return len(fake.Requests("", openPath)) > 0 })
	cancel()
	if err := <-ended; err == nil {
		t.Error("no error")
	}
}

// TestKeptClosed checks that nobody whose messages are closed costs the bot anything
// but one refusal a try.
func TestKeptClosed(t *testing.T) {
	a, fake, ada, to := sending(t)
	ada.CloseDMs(50007)
	_, err := a.Send(t.Context(), to, "k", nudge)
	var not *bot.NotSentError
	if !errors.As(err, &not) || !not.Permanent {
		t.Errorf("%v", err)
	}
	ada.CloseDMs(0)
	if _, err := a.Send(t.Context(), to, "k", nudge); err != nil {
		t.Error(err)
	}
	for _, r := range fake.Requests(http.MethodPost, sendPath) {
		if !strings.Contains(string(r.Body), `"enforce_nonce":true`) {
			t.Errorf("no nonce in %s", r.Body)
		}
	}
}

// TestRouteHold closes the limit of one person's channel: the others go on.
func TestRouteHold(t *testing.T) {
	a, fake, _, ada := sending(t)
	eve := fake.Person("eve")
	first, err := a.Send(t.Context(), ada, "k0", nudge)
	if err != nil {
		t.Fatal(err)
	}
	ada.Channel = first.Channel
	fake.Fail(discordtest.Fault{Method: "POST", Path: sendPath, Status: 429, Scope: "user", RetryAfter: time.Hour})
	for range 5 {
		var not *bot.NotSentError
		if _, err := a.Send(t.Context(), ada, "k1", nudge); !errors.As(err, &not) || not.Tenant || not.After < 59*time.Minute {
			t.Errorf("into a closed limit: %v", err)
		}
	}
	if n := len(fake.Requests("POST", "/channels/"+ada.Channel+"/messages")); n != 2 {
		t.Errorf("%d requests, want the good one and the refused one", n)
	}
	if _, err := a.Send(t.Context(), bot.Address{Account: bot.Account{Platform: discord.Name, User: eve.ID()}}, "k2", nudge); err != nil {
		t.Errorf("somebody else's channel: %v", err)
	}
}
