package slack_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

var nudge = bot.Reply{Title: "Today", Blocks: []bot.Block{bot.Text("Branches & merges")}, Actions: []bot.Action{{Label: "Done", Line: "done vcs-git"}}}

func to(user, channel string) bot.Address {
	return bot.Address{Account: bot.Account{Platform: slack.Name, Tenant: team, User: user}, Channel: channel}
}

func TestSendFindEdit(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		me := to(r.person.ID, "")
		if _, err := r.adapter.Find(r.ctx, me, "L1 2026-11-22 daily"); !errors.Is(err, bot.ErrNotFound) {
			t.Fatalf("found what was never sent: %v", err)
		}
		sent, err := r.adapter.Send(r.ctx, me, "L1 2026-11-22 daily", nudge)
		r.ok(err)
		if sent.Channel != r.person.DM() || sent.Message == "" {
			t.Errorf("receipt %+v", sent)
		}
		me.Channel = sent.Channel
		_, err = r.adapter.Send(r.ctx, me, "L1 2026-11-23 daily", nudge)
		r.ok(err)
		if n := r.fake.Calls("conversations.open"); n != 2 { // one for Find, one for the first Send
			t.Errorf("conversations.open called %d times", n)
		}
		found, err := r.adapter.Find(r.ctx, me, "L1 2026-11-22 daily")
		r.ok(err)
		if found != sent {
			t.Errorf("found %+v, sent %+v", found, sent)
		}
		long := bot.Reply{Title: "Earlier", Blocks: []bot.Block{bot.Text(strings.Repeat("a & b, ", 400)), bot.Text(strings.Repeat("c < d, ", 300))}}
		r.ok(r.adapter.Edit(r.ctx, me, sent, long))
		if m := r.person.Sees(sent.Channel)[0]; !strings.HasPrefix(m.Text, "Earlier") || m.Edits != 1 || !strings.HasSuffix(m.Text, "…") {
			t.Errorf("edited to %.100q…", m.Text)
		}
		if again, err := r.adapter.Find(r.ctx, me, "L1 2026-11-22 daily"); err != nil || again != sent {
			t.Errorf("after an edit: %+v, %v", again, err)
		}
		if err := r.adapter.Edit(r.ctx, me, bot.Receipt{Channel: sent.Channel, Message: "1.000001"}, nudge); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("edited what is not there: %v", err)
		}
	})
}

func TestNudgeCanBePressed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		sent, err := r.adapter.Send(r.ctx, to(r.person.ID, ""), "k", nudge)
		r.ok(err)
		r.ok(r.person.Press(r.hears(sent.Channel, "Today"), "Done"))
		if m := r.hears(sent.Channel, "done vcs-git"); m.TS != sent.Message {
			t.Error("the pressed card was not replaced")
		}
	})
}

// TestSendFaults goes through what can happen to the one request of Send: what
// the caller is told, how many messages the person has, and what Find says.
func TestSendFaults(t *testing.T) {
	const sure, unknown, permanent = "not sent", "nobody knows", "refused for good"
	tests := []struct {
		name   string
		method string
		fault  slacktest.Fault
		told   string
		after  time.Duration
		landed int
	}{
		{"cut before", "chat.postMessage", slacktest.Fault{Cut: true}, unknown, 0, 0},
		{"cut after", "chat.postMessage", slacktest.Fault{CutAfter: true}, unknown, 0, 1},
		{"502 after", "chat.postMessage", slacktest.Fault{Broken: true}, unknown, 0, 1},
		{"500", "chat.postMessage", slacktest.Fault{Status: 500}, unknown, 0, 0},
		{"503", "chat.postMessage", slacktest.Fault{Status: 503}, unknown, 0, 0},
		{"404", "chat.postMessage", slacktest.Fault{Status: 404}, sure, 0, 0},
		{"429", "chat.postMessage", slacktest.Fault{Status: 429, RetryAfter: 7}, sure, 7 * time.Second, 0},
		{"429 without a time", "chat.postMessage", slacktest.Fault{Status: 429, RetryAfter: -1}, sure, time.Minute, 0},
		{"fatal_error", "chat.postMessage", slacktest.Fault{Error: "fatal_error"}, unknown, 0, 1},
		{"internal_error", "chat.postMessage", slacktest.Fault{Error: "internal_error"}, unknown, 0, 1},
		{"open cut", "conversations.open", slacktest.Fault{CutAfter: true}, sure, 0, 0},
		{"open 500", "conversations.open", slacktest.Fault{Status: 500}, sure, 0, 0},
		{"open 429", "conversations.open", slacktest.Fault{Status: 429, RetryAfter: 3}, sure, 3 * time.Second, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, slack.ModeHTTP)
			r.fake.Break(tt.method, tt.fault)
			_, err := r.adapter.Send(r.ctx, to(r.person.ID, ""), "k", nudge)
			got := unknown
			if not, ok := errors.AsType[*bot.NotSentError](err); ok {
				if got = sure; not.Permanent {
					got = permanent
				}
				if not.After != tt.after || not.Tenant != (tt.after > 0) {
					t.Errorf("wait %v, for all %v", not.After, not.Tenant)
				}
			}
			if err == nil || got != tt.told {
				t.Errorf("told %q (%v), want %q", got, err, tt.told)
			}
			if strings.Contains(fmt.Sprint(err), r.token) {
				t.Error("the token is in the error")
			}
			if n := len(r.person.Sees(r.person.DM())); n != tt.landed {
				t.Errorf("the person has %d messages, want %d", n, tt.landed)
			}
			if n := r.fake.Calls("chat.postMessage"); tt.method == "chat.postMessage" && n != 1 {
				t.Errorf("%d requests, want one attempt", n)
			}
			_, err = r.adapter.Find(r.ctx, to(r.person.ID, r.person.DM()), "k")
			if (err == nil) != (tt.landed == 1) || err != nil && !errors.Is(err, bot.ErrNotFound) {
				t.Errorf("Find: %v", err)
			}
		})
	}
}

func TestRefusalsForGood(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	r.fake.AddUser(team, slacktest.User{ID: "UGONE", Deleted: true})
	r.fake.AddUser(team, slacktest.User{ID: "UCLOSED", ClosedDMs: true})
	r.fake.AddUser(team, slacktest.User{ID: "UBOT", Bot: true})
	elsewhere := to("U1", "")
	elsewhere.Tenant = "T9"
	for name, address := range map[string]bot.Address{
		"gone": to("UGONE", ""), "closed": to("UCLOSED", ""), "a bot": to("UBOT", ""), "nobody": to("UNOBODY", ""), "not installed": elsewhere,
	} {
		_, err := r.adapter.Send(r.ctx, address, "k", nudge)
		var not *bot.NotSentError
		if !errors.As(err, &not) || !not.Permanent {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.adapter.Find(r.ctx, elsewhere, "k"); err == nil || errors.Is(err, bot.ErrNotFound) {
		t.Errorf("Find where the app is not installed: %v", err)
	}
}

func TestStaleChannelIsOpenedAnew(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	sent, err := r.adapter.Send(r.ctx, to(r.person.ID, "DOLD"), "k", nudge)
	r.ok(err)
	if sent.Channel != r.person.DM() || len(r.person.Sees(sent.Channel)) != 1 {
		t.Errorf("receipt %+v", sent)
	}
}

func TestRetryAfterHoldsForTheTenant(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	other := r.fake.Person(team, "U0000002")
	r.fake.Break("chat.postMessage", slacktest.Fault{Status: 429, RetryAfter: 600})
	_, err := r.adapter.Send(r.ctx, to(r.person.ID, r.person.DM()), "k", nudge)
	var not *bot.NotSentError
	if !errors.As(err, &not) {
		t.Fatal(err)
	}
	_, err = r.adapter.Send(r.ctx, to(other.ID, other.DM()), "k", nudge)
	if !errors.As(err, &not) || not.After < 500*time.Second || !not.Tenant {
		t.Errorf("told %v", err)
	}
	if n := r.fake.Calls("chat.postMessage"); n != 1 {
		t.Errorf("%d requests, want 1: Slack said to wait", n)
	}
}

// TestRefusalsThatPass are nobody's fault but the operator's or the bot's: no
// learner's nudges end because of them.
func TestRefusalsThatPass(t *testing.T) {
	for _, code := range []string{"invalid_auth", "token_revoked", "account_inactive", "missing_scope", "org_login_required", "invalid_blocks", "msg_too_long", "ekm_access_denied", "of_tomorrow"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			r := setup(t, slack.ModeHTTP)
			r.fake.Break("chat.postMessage", slacktest.Fault{Error: code})
			_, err := r.adapter.Send(r.ctx, to(r.person.ID, ""), "k", nudge)
			var not *bot.NotSentError
			if !errors.As(err, &not) || not.Permanent || not.After != time.Hour {
				t.Errorf("%#v", err)
			}
			if code == "invalid_auth" || code == "token_revoked" || code == "account_inactive" {
				if fault := (*bot.SetupError)(nil); !errors.As(<-r.ended, &fault) {
					t.Error("Run goes on with a void token")
				}
				r.ended <- nil // for the rig
			}
		})
	}
	r := setup(t, slack.ModeHTTP)
	_, err := r.adapter.Send(r.ctx, to(r.person.ID, ""), "k", bot.Reply{})
	var not *bot.NotSentError
	if !errors.As(err, &not) || not.Permanent {
		t.Errorf("an empty reply: %v", err)
	}
}

// TestRefusedEdits: what will never be taken is final, what holds for everybody of the
// workspace says so, and the rest is for this message alone to try again.
func TestRefusedEdits(t *testing.T) {
	for code, want := range map[string]bot.NotSentError{
		"cant_update_message": {Permanent: true}, "edit_window_closed": {Permanent: true}, "is_archived": {Permanent: true},
		"missing_scope": {After: time.Hour, Tenant: true}, "accesslimited": {After: time.Hour, Tenant: true},
		"two_factor_setup_required": {After: time.Hour, Tenant: true}, "ratelimited": {After: time.Minute, Tenant: true},
		"invalid_blocks": {After: time.Hour}, "of_tomorrow": {After: time.Hour},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			r := setup(t, slack.ModeHTTP)
			me := to(r.person.ID, r.person.DM())
			sent, err := r.adapter.Send(r.ctx, me, "k", nudge)
			r.ok(err)
			r.fake.Break("chat.update", slacktest.Fault{Error: code})
			var not *bot.NotSentError
			if err := r.adapter.Edit(r.ctx, me, sent, nudge); !errors.As(err, &not) || not.Permanent != want.Permanent || not.After != want.After || not.Tenant != want.Tenant {
				t.Errorf("%#v", err)
			}
		})
	}
}

func TestUnreachableSlackIsSurelyNotSent(t *testing.T) {
	gone, err := slack.New(slack.Config{Mode: slack.ModeHTTP, BotToken: "xoxb-1", SigningSecret: "s", API: "http://127.0.0.1:1/api/"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = gone.Send(t.Context(), to("U1", "D1"), "k", nudge)
	var not *bot.NotSentError
	if !errors.As(err, &not) || not.Permanent {
		t.Errorf("told %v", err)
	}
	_, err = gone.Find(t.Context(), to("U1", "D1"), "k")
	if err == nil || errors.Is(err, bot.ErrNotFound) {
		t.Errorf("Find: %v", err)
	}
}

// TestRedirectsAreNotFollowed answers a request with the way to another server, which
// must never see the token.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var strayed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	defer elsewhere.Close()
	slacks := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer slacks.Close()
	a, err := slack.New(slack.Config{Mode: slack.ModeHTTP, BotToken: "xoxb-1", SigningSecret: "s", API: slacks.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Send(t.Context(), to("U1", "D1"), "k", nudge); err == nil {
		t.Error("a redirect counts as sent")
	}
	if n := strayed.Load(); n != 0 {
		t.Errorf("%d requests went where Slack's answer led", n)
	}
}

func TestSendGivesUpWithItsContext(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	hold := make(chan struct{})
	defer close(hold)
	r.fake.Break("chat.postMessage", slacktest.Fault{Hold: hold})
	ctx, cancel := context.WithTimeout(r.ctx, 30*time.Millisecond)
	defer cancel()
	_, err := r.adapter.Send(ctx, to(r.person.ID, r.person.DM()), "k", nudge)
	var not *bot.NotSentError
	if err == nil || errors.As(err, &not) {
		t.Errorf("a request that was cut off may have arrived, but Send says %v", err)
	}
}

// TestTooManyAtOnce sends first messages to more people than Slack lets the bot open
// conversations with: those who would wait long are told to come again at once, and
// the others' turn comes. Nobody who is turned away takes a place.
func TestTooManyAtOnce(t *testing.T) {
	var ahead atomic.Int64
	r := setup(t, slack.ModeHTTP, func(c *slack.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	waiting := map[string]bool{}
	for i := range 24 {
		waiting[r.fake.Person(team, fmt.Sprintf("U2%06d", i)).ID] = true
	}
	rounds := 0
	for ; len(waiting) > 0 && rounds < 10; rounds++ {
		var all sync.WaitGroup
		var mu sync.Mutex
		var longest time.Duration
		for _, user := range slices.Collect(maps.Keys(waiting)) {
			all.Go(func() {
				_, err := r.adapter.Send(r.ctx, to(user, ""), "k", nudge)
				mu.Lock()
				defer mu.Unlock()
				var later *bot.NotSentError
				switch {
				case err == nil:
					delete(waiting, user)
				case !errors.As(err, &later) || later.After <= 0 || !later.Tenant:
					t.Errorf("told %v", err)
				default:
					longest = max(longest, later.After)
				}
			})
		}
		all.Wait()
		if longest > 10*time.Second {
			t.Fatalf("somebody who came again in time is to wait %v", longest)
		}
		ahead.Add(int64(5 * time.Second))
	}
	// Ten at once and one in 1.2 s: the 24th after 17 s.
	if len(waiting) > 0 || rounds > 6 {
		t.Errorf("%d people still wait after %d rounds of five seconds", len(waiting), rounds)
	}
}
