package discord_test

import (
	"errors"
	"testing"
	"time"

	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

// TestEditFaults sorts what can go wrong with an edit: what Discord refuses of this one
// message it refuses for good; all else may pass, for this message or for everybody.
func TestEditFaults(t *testing.T) {
	const path = sendPath + "/*"
	api := func(method string, status, code int) discordtest.Fault {
		return discordtest.Fault{Method: method, Path: path, Status: status, Code: code}
	}
	for name, test := range map[string]struct {
		fault             discordtest.Fault
		permanent, tenant bool
	}{
		"malformed":       {api("PATCH", 400, 50035), true, false},
		"another's":       {api("PATCH", 403, 50005), true, false},
		"missing access":  {api("GET", 403, 50001), true, false},
		"unknown message": {api("GET", 404, 10008), true, false},
		"unknown channel": {api("GET", 404, 10003), true, false},
		"flagged":         {api("PATCH", 403, 20026), false, true},
		"token":           {api("PATCH", 401, 0), false, true},
		"route limit":     {discordtest.Fault{Method: "PATCH", Path: path, Status: 429, Scope: "user", RetryAfter: time.Second}, false, false},
		"global limit":    {discordtest.Fault{Method: "GET", Path: path, Status: 429, Scope: "global", RetryAfter: time.Second}, false, true},
		"server error":    {api("GET", 500, 0), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, fake, _, to := sending(t)
			sent, err := a.Send(t.Context(), to, "key", nudge)
			if err != nil {
				t.Fatal(err)
			}
			fake.Fail(test.fault)
			not, ok := errors.AsType[*bot.NotSentError](a.Edit(t.Context(), to, sent, nudge))
			if !ok || not.Permanent != test.permanent || not.Tenant != test.tenant || (not.After > 0) == not.Permanent {
				t.Errorf("%+v, want permanent %v, tenant %v", not, test.permanent, test.tenant)
			}
		})
	}
}

// TestOutOfReach sends and edits while Discord can't be reached, which is so for everybody.
func TestOutOfReach(t *testing.T) {
	a, fake, _, to := sending(t)
	sent, err := a.Send(t.Context(), to, "k1", nudge)
	if err != nil {
		t.Fatal(err)
	}
	to.Channel = sent.Channel
	fake.Close()
	a.CloseIdle() // of a connection that breaks nobody knows what went through it
	_, err = a.Send(t.Context(), to, "k2", nudge)
	for what, err := range map[string]error{"send": err, "edit": a.Edit(t.Context(), to, sent, nudge)} {
		if not, ok := errors.AsType[*bot.NotSentError](err); !ok || not.Permanent || !not.Tenant || not.After <= 0 {
			t.Errorf("%s: %v: %+v", what, err, not)
		}
	}
}
