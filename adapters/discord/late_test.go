package discord_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

// TestSlowCore has the core take longer than the first answer may.
func TestSlowCore(t *testing.T) {
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprint("keep ", keep), func(t *testing.T) {
			slow := make(chan struct{})
			handle := func(ctx context.Context, req bot.Request) bot.Reply {
				if strings.HasPrefix(req.Line, "done") {
					<-slow
				}
				r := echo(ctx, req)
				r.Keep = keep
				return r
			}
			transportsIn(t, 100*time.Millisecond, handle, func(t *testing.T, w *world) {
				slow = make(chan struct{})
				ada := w.fake.Person("ada").In(guild)
				card, err := ada.Slash(t.Context(), "roadmap help")
				if err != nil {
					t.Fatal(err)
				}
				a, err := ada.Slash(t.Context(), "roadmap done")
				if err != nil || a.Type != 5 {
					t.Fatalf("type %d, %v; want a deferral", a.Type, err)
				}
				shown, err := card.Settled(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				b, err := ada.Press(t.Context(), shown, "Done")
				if err != nil || b.Type != 6 {
					t.Fatalf("type %d, %v; want a deferred update", b.Type, err)
				}
				w.fake.Fail(
					discordtest.Fault{Method: "PATCH", Status: 429, Scope: "user", RetryAfter: 100 * time.Millisecond},
					discordtest.Fault{Method: "PATCH", Status: 502, Landed: true},
				)
				close(slow)
				for _, answer := range []*discordtest.Answer{a, b} {
					m, err := answer.Settled(t.Context())
					if err != nil || !strings.Contains(m.Text(), "`done") || !m.Private() {
						t.Errorf("%+v, %v", m, err)
					}
				}
				if b.Replaced() == keep {
					t.Errorf("replaced %v, keep %v", b.Replaced(), keep)
				}
				if w.Stats().Deferred < 2 {
					t.Errorf("%d deferred", w.Stats().Deferred)
				}
			})
		})
	}
}

// TestOvertaken completes deferred answers before Discord has read the deferral: there
// is nothing to complete yet, and a moment later there is.
func TestOvertaken(t *testing.T) {
	for name, setting := range map[string]setting{"gateway": func(*discord.Config) {}, "http": overHTTP} {
		t.Run(name, func(t *testing.T) {
			fake := newFake(t, discordtest.Options{})
			a, l := impatient(t, fake, time.Millisecond, setting)
			w := run(t, fake, a, l, func(ctx context.Context, r bot.Request) bot.Reply {
				<-time.After(200 * time.Millisecond) // far longer than it may take
				return echo(ctx, r)
			})
			if name == "http" {
				endpoint := httptest.NewServer(w.Adapter)
				t.Cleanup(endpoint.Close)
				eventually(t, "it runs", func() bool { return len(fake.Commands("")) > 0 && w.Health() == nil })
				if err := fake.SetEndpoint(endpoint.URL); err != nil {
					t.Fatal(err)
				}
			} else {
				w.connected(t)
			}
			fake.Fail(discordtest.Fault{Method: "PATCH", Path: "/webhooks/*/*/messages/@original", Status: 404, Code: 10015})
			answer, err := fake.Person("ada").In(guild).Slash(t.Context(), "roadmap help")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if _, err := answer.Settled(ctx); err != nil {
				t.Errorf("the answer stays deferred: %v", err)
			}
		})
	}
}

// TestEditsDoNotWait fills in many deferred answers while Discord is slow with each.
func TestEditsDoNotWait(t *testing.T) {
	const n = 20
	release := make(chan struct{})
	fake := newFake(t, discordtest.Options{})
	made, l := impatient(t, fake, 10*time.Millisecond)
	w := run(t, fake, made, l, func(ctx context.Context, req bot.Request) bot.Reply {
		<-release
		return echo(ctx, req)
	})
	w.connected(t)
	ada := w.fake.Person("ada")
	var answers []*discordtest.Answer
	for range n {
		a, err := ada.Slash(t.Context(), "roadmap help")
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	// The first edit meets a limit of its own for a minute; the others go through.
	w.fake.Fail(discordtest.Fault{Method: "PATCH", Status: 429, Scope: "user", RetryAfter: time.Minute})
	close(release)
	eventually(t, "all but one", func() bool {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		done := 0
		for _, a := range answers {
			if _, err := a.Settled(ctx); err == nil {
				done++
			}
		}
		return done >= n-1
	})
}

// TestLateAnswerBelow has the late answer that belongs below the pressed card fail: it
// is repeated if it surely did not arrive, and never said twice.
func TestLateAnswerBelow(t *testing.T) {
	const path = "/webhooks/*/*"
	for name, test := range map[string]struct {
		fault    discordtest.Fault
		requests int
		failed   uint64
	}{
		"limited":             {discordtest.Fault{Method: "POST", Path: path, Status: 429, Scope: "user", RetryAfter: 50 * time.Millisecond}, 2, 0},
		"landed, answer lost": {discordtest.Fault{Method: "POST", Path: path, Drop: true, Landed: true}, 1, 1},
		"landed, bad gateway": {discordtest.Fault{Method: "POST", Path: path, Status: 502, Landed: true}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFake(t, discordtest.Options{})
			a, l := impatient(t, fake, time.Millisecond)
			release := make(chan struct{})
			w := run(t, fake, a, l, func(ctx context.Context, req bot.Request) bot.Reply {
				<-release
				r := echo(ctx, req)
				r.Keep = true
				return r
			})
			w.connected(t)
			ada := fake.Person("ada")
			to := bot.Address{Account: bot.Account{Platform: discord.Name, User: ada.ID()}}
			if _, err := a.Send(t.Context(), to, "k", nudge); err != nil {
				t.Fatal(err)
			}
			answer, err := ada.Press(t.Context(), ada.Inbox()[0], "Done")
			if err != nil || answer.Type != 6 {
				t.Fatalf("type %d, %v; want a deferred update", answer.Type, err)
			}
			fake.Fail(test.fault)
			close(release)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if _, err := answer.Settled(ctx); err != nil {
				t.Fatal(err)
			}
			if err := w.stop(); err != nil { // what it is at is finished
				t.Error(err)
			}
			if n := len(fake.Requests("POST", path)); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
			if n := len(ada.Inbox()); n != 2 {
				t.Errorf("%d messages, want the card and the one below it", n)
			}
			if n := w.Stats().Failed; n != test.failed {
				t.Errorf("%d failed, want %d", n, test.failed)
			}
		})
	}
}
