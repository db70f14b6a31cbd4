package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

// connections waits until exactly n connections are open and the adapter is ready.
func (r *rig) connections(n int) {
	r.t.Helper()
	if err := r.fake.Await(r.ctx, func() bool { return r.fake.Sockets() == n }); err != nil {
		r.t.Fatalf("%d connections, want %d: %v", r.fake.Sockets(), n, err)
	}
	r.ready()
}

func TestOldAndNewConnectionOverlap(t *testing.T) {
	for _, reason := range []string{"warning", "refresh_requested", "a_reason_of_tomorrow"} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			r := setup(t, slack.ModeSocket)
			r.fake.Refresh(reason, 400*time.Millisecond)
			r.connections(2)    // the new one is there while the old one still works
			for i := range 10 { // goes to either
				r.ok(r.person.Slash("C1", "/roadmap", fmt.Sprintf("done t%d", i)))
			}
			r.connections(1)
			r.hears("C1", "done t9")
			if got := r.core.lines(); len(got) != 10 {
				t.Errorf("%d commands, want 10: %q", len(got), got)
			}
		})
	}
}

func TestNothingLostOrTwiceAcrossRefreshes(t *testing.T) {
	t.Parallel()
	r := setup(t, slack.ModeSocket, func(c *slack.Config) { c.Pause = 10 * time.Microsecond })
	const rounds = 40
	var want []string
	for i := range rounds {
		p := r.fake.Person(team, fmt.Sprint("U2", i)) // each their own channel, so that nobody waits for a turn
		var taken []<-chan slacktest.Ack
		for j := range 2 {
			line := fmt.Sprintf("word %d %d", i, j)
			want = append(want, line)
			taken = append(taken, p.Write(line))
		}
		commands := make(chan error, 3)
		for j := range cap(commands) {
			line := fmt.Sprintf("command %d %d", i, j)
			want = append(want, line)
			go func() { commands <- p.Slash(fmt.Sprint("C", i), "/roadmap", line) }()
		}
		r.ok(r.fake.Replace(r.ctx))
		for _, a := range taken {
			if got := <-a; got.Err != nil || got.Attempts != 1 {
				t.Fatalf("an event took %d attempts: %v", got.Attempts, got.Err)
			}
		}
		for range cap(commands) {
			r.ok(<-commands)
		}
	}
	var answers []string
	r.ok(r.fake.Await(r.ctx, func() bool {
		answers = nil
		for i := range rounds {
			p := r.fake.Person(team, fmt.Sprint("U2", i))
			for _, m := range append(p.Sees(p.DM()), p.Sees(fmt.Sprint("C", i))...) {
				if m.FromBot() {
					_, line, _ := strings.Cut(m.Text, "»")
					answers = append(answers, strings.TrimSuffix(line, "«"))
				}
			}
		}
		return len(answers) >= len(want)
	}))
	got := r.core.lines()
	for _, list := range [][]string{got, want, answers} {
		slices.Sort(list)
	}
	if !slices.Equal(got, want) || !slices.Equal(answers, want) {
		t.Errorf("%d asked, %d answered, want %d", len(got), len(answers), len(want))
	}
}

// TestReplacedAtOnce is told to replace each new connection right after its hello:
// it is read on until its successor is there.
func TestReplacedAtOnce(t *testing.T) {
	t.Parallel()
	r := setup(t, slack.ModeSocket, func(c *slack.Config) { c.Pause = 10 * time.Microsecond })
	for i := range 30 {
		opens := r.fake.Opens()
		r.fake.Hasty(1)
		r.fake.CutSockets()
		if err := r.fake.Await(r.ctx, func() bool { return r.fake.Opens() >= opens+2 && r.fake.Fresh() == 1 }); err != nil {
			t.Fatal(i, err)
		}
	}
	if n := r.fake.Gaps(); n != 0 {
		t.Errorf("%d of 30 were closed before there was another", n)
	}
}

func TestConnectionCutIsReplaced(t *testing.T) {
	t.Parallel()
	r := setup(t, slack.ModeSocket)
	for range 5 {
		before := r.fake.Opens()
		r.fake.CutSockets()
		r.ok(r.fake.Await(r.ctx, func() bool { return r.fake.Opens() > before && r.fake.Sockets() == 1 }))
	}
	r.ready()
	r.person.Write("still there")
	r.hears(r.person.DM(), "still there")
}

func TestGhostConnectionIsNoticed(t *testing.T) {
	t.Parallel()
	r := setup(t, slack.ModeSocket, func(c *slack.Config) { c.Quiet = 300 * time.Millisecond })
	r.fake.MuteSockets() // open, but deaf and dumb
	r.ok(r.fake.Await(r.ctx, func() bool { return r.fake.Opens() >= 2 }))
	r.connections(1)
	r.person.Write("hello")
	r.hears(r.person.DM(), "hello")
}

func TestUnknownAndBrokenEnvelopesAreAcknowledged(t *testing.T) {
	r := setup(t, slack.ModeSocket)
	for _, f := range []string{"", "{", "[]", `{"type":"sunrise"}`, `{"type":"hello"}`, `{"type":7}`, strings.Repeat("x", 100_000)} {
		r.fake.SendRaw([]byte(f))
	}
	for _, kind := range []string{"a_type_of_tomorrow", "slash_commands", "events_api", "interactive"} {
		for _, payload := range []map[string]any{{}, {"type": 7}, {"event": "x", "type": "event_callback"}, {"team": "x"}, {"actions": map[string]any{}}} {
			if a := r.fake.Envelope(kind, payload); a.Err != nil || a.Attempts != 1 {
				t.Errorf("%s %v: %d attempts, %v", kind, payload, a.Attempts, a.Err)
			}
		}
	}
	if r.fake.Opens() != 1 {
		t.Error("nonsense cost the connection")
	}
	r.person.Write("hello")
	r.hears(r.person.DM(), "hello")
}

// bomb is a log that panics at a line with its word.
type bomb struct {
	slog.Handler
	word string
}

func (b bomb) WithAttrs(attrs []slog.Attr) slog.Handler {
	return bomb{b.Handler.WithAttrs(attrs), b.word}
}

func (b bomb) Handle(ctx context.Context, r slog.Record) error {
	if strings.Contains(r.Message, b.word) {
		panic("boom")
	}
	return b.Handler.Handle(ctx, r)
}

// TestPanicAtAnEnvelope: the process lives, and Slack does not bring the envelope again.
func TestPanicAtAnEnvelope(t *testing.T) {
	r := setup(t, slack.ModeSocket, func(c *slack.Config) { c.Log = slog.New(bomb{c.Log.Handler(), "an envelope that can't be read"}) })
	if a := r.fake.Envelope("events_api", map[string]any{"event_id": 7}); a.Err != nil || a.Attempts != 1 {
		t.Errorf("%d attempts, %v", a.Attempts, a.Err)
	}
	if n := r.adapter.Traffic().Panics; n != 1 {
		t.Errorf("%d panics counted", n)
	}
	r.person.Write("hello")
	r.hears(r.person.DM(), "hello")
}

func TestServerThatAlwaysDisconnectsIsNotHammered(t *testing.T) {
	r := setup(t, slack.ModeSocket, func(c *slack.Config) { c.Pause = time.Hour })
	r.fake.Refresh("refresh_requested", 0) // at once after the hello, so the adapter is to wait before the next
	r.ok(r.fake.Await(r.ctx, func() bool { return r.fake.Sockets() == 0 }))
	soon, cancel := context.WithTimeout(r.ctx, 200*time.Millisecond)
	defer cancel()
	if r.fake.Await(soon, func() bool { return r.fake.Opens() > 1 }) == nil {
		t.Error("a connection that ended at once was replaced at once")
	}
}

func TestTooManyWebSockets(t *testing.T) {
	r := setup(t, slack.ModeSocket)
	r.fake.Refresh("too_many_websockets", 0)
	r.ok(r.fake.Await(r.ctx, func() bool { return r.fake.Opens() == 2 && r.fake.Sockets() == 1 }))
	r.ready()
	if !strings.Contains(r.log.String(), "another copy of the bot") {
		t.Error("the log does not say what it means")
	}
}

func TestSocketModeSwitchedOffEndsRun(t *testing.T) {
	r := setup(t, slack.ModeSocket)
	r.fake.Refresh("link_disabled", 0)
	r.ok(r.fake.Await(r.ctx, func() bool { return r.fake.Sockets() == 0 }))
	err := r.stopWithError()
	if err == nil || !strings.Contains(err.Error(), "Socket Mode is switched off") {
		t.Errorf("Run: %v", err)
	}
}

func TestRevokedAppTokenEndsRun(t *testing.T) {
	r := setup(t, slack.ModeSocket)
	r.fake.RevokeAppToken()
	r.fake.CutSockets()
	err := r.stopWithError()
	if err == nil || !strings.Contains(err.Error(), "invalid_auth") {
		t.Errorf("Run: %v", err)
	}
}

func TestRevokedBotTokenEndsRun(t *testing.T) {
	fake, err := slacktest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	a, err := slack.New(slack.Config{BotToken: "xoxb-wrong", AppToken: slacktest.AppToken, API: fake.API()})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Run(t.Context(), (&core{}).Handle); err == nil || !strings.Contains(err.Error(), "invalid_auth") {
		t.Errorf("Run: %v", err)
	}
}

// TestUnfinishedWorkIsNotAcknowledged loses the connection while an event is being
// handled: Slack brings it again, and it is not handled twice.
func TestUnfinishedWorkIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	r := setup(t, slack.ModeSocket)
	r.fake.Retry(nil, 50*time.Millisecond)
	hold, held := make(chan struct{}), make(chan struct{})
	r.core.on["slow"] = func() { close(held); <-hold } // a second time it would panic
	event := r.person.Write("slow")
	<-held
	before := r.fake.Opens()
	r.fake.CutSockets()
	r.ok(r.fake.Await(r.ctx, func() bool { return r.fake.Opens() > before && r.fake.Sockets() == 1 }))
	close(hold)
	if a := <-event; a.Err != nil || a.Attempts < 2 {
		t.Errorf("taken after %d attempts: %v", a.Attempts, a.Err)
	}
	r.hears(r.person.DM(), "slow")
}

// TestTokenVoidWhileRunning removes the app from its one workspace: Run ends and says
// so, in whatever order Slack tells it.
func TestTokenVoidWhileRunning(t *testing.T) {
	for _, mode := range []string{slack.ModeSocket, slack.ModeHTTP} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprint(mode, late), func(t *testing.T) {
				t.Parallel()
				r := setup(t, mode)
				r.ready()
				r.fake.Retry([]time.Duration{0}, 50*time.Millisecond) // nobody is there for the second event
				r.fake.Uninstall(team, late, time.Time{})
				select {
				case err := <-r.ended:
					var fault *bot.SetupError
					if !errors.As(err, &fault) || !strings.Contains(err.Error(), "install the app again") {
						t.Errorf("Run ended with %v", err)
					}
					r.ended <- nil // for the rig
				case <-r.ctx.Done():
					t.Error("Run goes on with a void token")
				}
			})
		}
	}
}

func TestTroubleOnTheWayToAConnection(t *testing.T) {
	for name, fault := range map[string]slacktest.Fault{
		"cut": {Cut: true}, "500": {Status: 500}, "429": {Status: 429, RetryAfter: 1}, "internal_error": {Error: "internal_error"},
	} {
		for _, method := range []string{"apps.connections.open", "link"} {
			if method == "link" && fault.Error != "" {
				continue
			}
			t.Run(method+" "+name, func(t *testing.T) {
				t.Parallel()
				r := setup(t, slack.ModeSocket)
				r.fake.Break(method, fault)
				r.fake.CutSockets()
				r.ok(r.fake.Await(r.ctx, func() bool { return r.fake.Sockets() == 0 }))
				r.connections(1)
				r.person.Write("hello")
				r.hears(r.person.DM(), "hello")
			})
		}
	}
}

func TestRunFinishesWhatItBegan(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		hold, held := make(chan struct{}), make(chan struct{})
		r.core.on["slow"] = func() { close(held); <-hold }
		r.person.Write("slow")
		<-held
		ended := make(chan error, 1)
		go func() { ended <- r.stop() }()
		close(hold)
		r.ok(<-ended)
		r.hears(r.person.DM(), "slow")
	})
}

// TestLastAcknowledgements ends the bot while an event is being handled: Slack hears, as
// the connection closes, that it need not come again, for nobody would be there.
func TestLastAcknowledgements(t *testing.T) {
	r := setup(t, slack.ModeSocket)
	r.fake.Retry(nil, 5*time.Second)
	hold, held := make(chan struct{}), make(chan struct{})
	r.core.on["slow"] = func() { close(held); <-hold }
	event := r.person.Write("slow")
	<-held
	ended := make(chan error, 1)
	go func() { ended <- r.stop() }()
	err := r.fake.Await(t.Context(), func() bool { return r.fake.Sockets() == 0 })
	close(hold)
	r.ok(err)
	if a := <-event; a.Err != nil || a.Attempts != 1 {
		t.Errorf("taken after %d attempts: %v", a.Attempts, a.Err)
	}
	r.ok(<-ended)
}

func TestAnswersSurviveSlowingDown(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fake.Break("chat.postMessage", slacktest.Fault{Status: 429, RetryAfter: 1})
		r.person.Write("hello")
		r.hears(r.person.DM(), "hello")
		if n := r.fake.Calls("chat.postMessage"); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestDeadResponseURLIsReplacedByAMessage(t *testing.T) {
	r := setup(t, slack.ModeSocket)
	r.fake.Break("response_url", slacktest.Fault{Status: 404})
	r.ok(r.person.Slash("C1", "/roadmap", "hello"))
	if m := r.hears("C1", "hello"); m.OnlyFor != r.person.ID {
		t.Errorf("shown to %q", m.OnlyFor)
	}
}

func TestResponseURLElsewhereIsRefused(t *testing.T) {
	r := setup(t, slack.ModeSocket)
	payload := map[string]any{"team_id": team, "user_id": r.person.ID, "text": "hello", "trigger_id": "t", "response_url": "http://127.0.0.1:1/respond/x"}
	if a := r.fake.Envelope("slash_commands", payload); a.Err != nil {
		t.Fatal(a.Err)
	}
	r.person.Write("after")
	r.hears(r.person.DM(), "after")
	if !strings.Contains(r.log.String(), "does not lead to Slack") {
		t.Error("a foreign address was not refused")
	}
}

// stopWithError ends Run and keeps the cleanup from complaining about its error.
func (r *rig) stopWithError() error {
	select {
	case err := <-r.ended:
		r.stop = func() error { return nil }
		return err
	case <-r.ctx.Done():
		return errors.New("Run did not end")
	}
}

func TestAcksStaySmall(t *testing.T) {
	r := setup(t, slack.ModeSocket)
	if a := r.fake.Envelope("interactive", map[string]any{"type": "x"}); a.Err != nil || len(a.Body) > 0 && !json.Valid(a.Body) {
		t.Errorf("ack %+v", a)
	}
}
