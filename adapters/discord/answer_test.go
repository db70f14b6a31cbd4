package discord_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

const guild = "1300000000000000001"

// transports runs a test over the gateway and over HTTP.
func transports(t *testing.T, handle bot.Handler, test func(t *testing.T, w *world)) {
	t.Helper()
	transportsIn(t, time.Second, handle, test)
}

// transportsIn does it with an adapter that defers its answers after a wait.
func transportsIn(t *testing.T, deferAfter time.Duration, handle bot.Handler, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("gateway", func(t *testing.T) {
		fake := newFake(t, discordtest.Options{})
		a, l := impatient(t, fake, deferAfter)
		w := run(t, fake, a, l, handle)
		w.connected(t)
		test(t, w)
	})
	t.Run("http", func(t *testing.T) {
		fake := newFake(t, discordtest.Options{})
		a, l := impatient(t, fake, deferAfter, overHTTP)
		w := run(t, fake, a, l, handle)
		endpoint := httptest.NewServer(w.Adapter)
		t.Cleanup(endpoint.Close)
		eventually(t, "registered commands", func() bool { return len(fake.Commands("")) > 0 && w.Health() == nil })
		if err := fake.SetEndpoint(endpoint.URL); err != nil {
			t.Fatal(err)
		}
		test(t, w)
	})
}

// TestWays goes every way a person can take: command, shortcut, button, form,
// select, autocomplete, in a server and in direct messages.
func TestWays(t *testing.T) {
	many := func(ctx context.Context, req bot.Request) bot.Reply {
		r := echo(ctx, req)
		if req.Line == "help" {
			for i := range 12 {
				r.Actions = append(r.Actions, bot.Action{Label: fmt.Sprint("Topic ", i), Line: fmt.Sprint("topic t", i)})
			}
		}
		return r
	}
	transports(t, many, func(t *testing.T, w *world) {
		ctx := t.Context()
		ada := w.fake.Person("ada").In(guild)
		says := func(a *discordtest.Answer, err error, line string) discordtest.Message {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			m := a.Message()
			if !strings.Contains(m.Text(), "`"+line+"`") || !strings.Contains(m.Text(), "from "+ada.ID()+" en\\-GB") && !strings.Contains(m.Text(), "from "+ada.ID()+" en-GB") {
				t.Errorf("want %q: %s", line, m.Text())
			}
			if !m.Private() {
				t.Error("others can see it")
			}
			return m
		}
		a, err := ada.Slash(ctx, "today")
		says(a, err, "today")
		a, err = ada.Slash(ctx, "roadmap stage", "number", "2")
		m := says(a, err, "stage 2")
		a, err = ada.Press(ctx, m, "Done")
		m = says(a, err, "done vcs-git")
		if !a.Replaced() {
			t.Error("a pressed card that only the presser sees is replaced")
		}
		a, err = ada.Press(ctx, m, "Plan")
		if err != nil || a.Form == nil || a.Form.Title != "After what do you study?" {
			t.Fatalf("form %+v, %v", a, err)
		}
		a, err = ada.Fill(ctx, a, "After dinner\nat the table")
		says(a, err, "plan After dinner at the table")
		a, err = ada.Slash(ctx, "roadmap help")
		m = says(a, err, "help")
		a, err = ada.Press(ctx, m, "Topic 7")
		says(a, err, "topic t7")
		got, err := ada.Type(ctx, "roadmap done", "topic", "gi")
		if err != nil || len(got) != 1 || got[0].Name != "Git basics" || string(got[0].Value) != `"vcs-git"` {
			t.Errorf("suggestions %v, %v", got, err)
		}
		if got, err = ada.Type(ctx, "roadmap done", "topic", "zzz"); err != nil || len(got) != 0 {
			t.Errorf("suggestions %v, %v", got, err)
		}
		if got, err = ada.Type(ctx, "roadmap snooze", "time", "45m"); err != nil || len(got) != 1 || got[0].Name != "45m" {
			t.Errorf("what was typed must be among the suggestions: %v, %v", got, err)
		}
		if got, err = ada.Type(ctx, "roadmap snooze", "time", ""); err != nil || len(got) != 3 {
			t.Errorf("suggestions %v, %v", got, err)
		}
	})
}

// TestSameQuestionTwice presses the second of two buttons that ask the same, with a mark
// in the question that parts it from the line.
func TestSameQuestionTwice(t *testing.T) {
	w := start(t, newFake(t, discordtest.Options{}), func(_ context.Context, req bot.Request) bot.Reply {
		ask := bot.Action{Label: "First", Line: "plan", Ask: "Before|after what?"}
		again := ask
		again.Label = "Second"
		return bot.Reply{Blocks: []bot.Block{bot.Text("`" + req.Line + "`")}, Actions: []bot.Action{ask, again}}
	})
	w.connected(t)
	ada := w.fake.Person("ada")
	card, err := ada.Slash(t.Context(), "today")
	if err != nil {
		t.Fatal(err)
	}
	asked, err := ada.Press(t.Context(), card.Message(), "Second")
	if err != nil || asked.Form == nil || asked.Form.Title != "Before/after what? 2" {
		t.Fatalf("%+v, %v", asked, err)
	}
	answer, err := ada.Fill(t.Context(), asked, "dinner")
	if err != nil || answer.Message().Text() != "`plan dinner`" {
		t.Errorf("%+v, %v", answer, err)
	}
}

// TestStrangersPress has somebody press a button that others see: it acts for the
// presser, privately, and the card stays.
func TestStrangersPress(t *testing.T) {
	w := start(t, newFake(t, discordtest.Options{}), echo)
	w.connected(t)
	ada, eve := w.fake.Person("ada"), w.fake.Person("eve")
	a, err := ada.Slash(t.Context(), "roadmap help")
	if err != nil {
		t.Fatal(err)
	}
	b, err := eve.In(guild).Press(t.Context(), a.Message(), "Done")
	if err != nil {
		t.Fatal(err)
	}
	if m := b.Message(); b.Replaced() || !m.Private() || !strings.Contains(m.Text(), eve.ID()) {
		t.Errorf("%+v", m)
	}
}

// TestDirectMessages keeps the answers there in the history, and replaces cards.
func TestDirectMessages(t *testing.T) {
	keep := false
	var channel atomic.Value
	handle := func(ctx context.Context, req bot.Request) bot.Reply {
		channel.Store(req.Channel)
		r := echo(ctx, req)
		r.Keep = keep
		return r
	}
	w := start(t, newFake(t, discordtest.Options{}), handle)
	w.connected(t)
	ada := w.fake.Person("ada")
	a, err := ada.Slash(t.Context(), "roadmap help")
	if err != nil || a.Message().Private() {
		t.Fatalf("%+v, %v", a.Message(), err)
	}
	for _, keep = range []bool{true, false} {
		b, err := ada.Press(t.Context(), a.Message(), "Done")
		if err != nil || b.Replaced() == keep {
			t.Errorf("keep %v: replaced %v, %v", keep, b.Replaced(), err)
		}
	}
	if n := len(ada.Inbox()); n != 2 {
		t.Errorf("%d messages, want the card and the one below it", n)
	}
	// Whoever wrote there need not have a channel opened for their first nudge.
	to := bot.Address{Account: bot.Account{Platform: discord.Name, User: ada.ID()}, Channel: channel.Load().(string)}
	if _, err := w.Send(t.Context(), to, "k", nudge); err != nil || len(ada.Inbox()) != 3 || len(w.fake.Requests("POST", openPath)) != 0 {
		t.Errorf("the nudge to %q: %v; %d messages, %d channels opened", to.Channel, err, len(ada.Inbox()), len(w.fake.Requests("POST", openPath)))
	}
}

// TestPanic has the handler panic.
func TestPanic(t *testing.T) {
	transports(t, func(context.Context, bot.Request) bot.Reply { panic("of the test") }, func(t *testing.T, w *world) {
		a, err := w.fake.Person("ada").Slash(t.Context(), "roadmap help")
		if err != nil || !strings.Contains(a.Message().Text(), "Something went wrong") {
			t.Errorf("%+v, %v", a, err)
		}
		if w.Stats().Panics != 1 || !strings.Contains(w.logs.String(), "of the test") {
			t.Errorf("%d panics counted; log %s", w.Stats().Panics, w.logs)
		}
	})
}

// TestCompletionPanics has the completion panic: nothing is suggested, and the bot
// goes on.
func TestCompletionPanics(t *testing.T) {
	transports(t, echo, func(t *testing.T, w *world) {
		ada := w.fake.Person("ada")
		if list, err := ada.Type(t.Context(), "roadmap done", "topic", "panic"); err != nil || len(list) != 0 {
			t.Errorf("%v, %v", list, err)
		}
		if list, err := ada.Type(t.Context(), "roadmap done", "topic", "git"); err != nil || len(list) != 1 || w.Stats().Panics != 1 {
			t.Errorf("%v, %v; %d panics", list, err, w.Stats().Panics)
		}
	})
}

// TestUnknownKinds sends what Discord may send one day.
func TestUnknownKinds(t *testing.T) {
	transports(t, echo, func(t *testing.T, w *world) {
		ada := w.fake.Person("ada").In(guild)
		for name, in := range map[string]struct {
			kind int
			data map[string]any
		}{
			"future interaction": {17, map[string]any{"thing": 1}},
			"user command":       {2, map[string]any{"id": "1", "name": "", "type": 2, "target_id": "2"}},
			"user select":        {3, map[string]any{"component_type": 5, "custom_id": "", "values": []string{}}},
			"future form":        {5, map[string]any{"custom_id": "", "components": []any{map[string]any{"type": 99, "id": 1, "component": map[string]any{"type": 98, "value": map[string]any{"x": 1}}}}}},
		} {
			a, err := ada.Send(t.Context(), in.kind, in.data)
			if err != nil || !strings.Contains(a.Message().Text(), "I don't know what to do with that") {
				t.Errorf("%s: %v, %v", name, a, err)
			}
		}
	})
}

// TestFirstAnswerFaults has the callback fail: it is repeated where that can help,
// and never said twice.
func TestFirstAnswerFaults(t *testing.T) {
	const path = "/interactions/*/*/callback"
	for name, test := range map[string]struct {
		fault    discordtest.Fault
		requests int
		answered bool
	}{
		"landed, answer lost":  {discordtest.Fault{Method: "POST", Path: path, Drop: true, Landed: true}, 2, true},
		"bad gateway":          {discordtest.Fault{Method: "POST", Path: path, Status: 502}, 2, true},
		"limited":              {discordtest.Fault{Method: "POST", Path: path, Status: 429, Scope: "user", RetryAfter: 50 * time.Millisecond}, 2, true},
		"unknown interaction":  {discordtest.Fault{Method: "POST", Path: path, Status: 404, Code: 10062}, 1, false},
		"another one's answer": {discordtest.Fault{Method: "POST", Path: path, Status: 400, Code: 40060}, 1, false},
		"cut four times":       {discordtest.Fault{Method: "POST", Path: path, Drop: true, Times: 4}, 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, newFake(t, discordtest.Options{}), echo)
			w.connected(t)
			w.fake.Fail(test.fault)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := w.fake.Person("ada").Slash(ctx, "roadmap help")
			if (err == nil) != test.answered {
				t.Errorf("%v", err)
			}
			if strings.Contains(w.logs.String(), "aW50ZXJhY3Rpb24") {
				t.Errorf("an interaction's token is in the log: %s", w.logs)
			}
			eventually(t, "the requests", func() bool { return len(w.fake.Requests("POST", path)) == test.requests })
			if failed := w.Stats().Failed; (failed == 0) != test.answered {
				t.Errorf("%d failed", failed)
			}
		})
	}
}

// TestNoFirstAnswer cuts every callback off: the bot gives up when Discord does.
func TestNoFirstAnswer(t *testing.T) {
	const path = "/interactions/*/*/callback"
	w := start(t, newFake(t, discordtest.Options{}), echo)
	w.connected(t)
	w.fake.Fail(discordtest.Fault{Method: "POST", Path: path, Drop: true, Times: 1000})
	if _, err := w.fake.Person("ada").Slash(t.Context(), "roadmap help"); !errors.Is(err, discordtest.ErrFailed) {
		t.Errorf("%v", err)
	}
	eventually(t, "the end of it", func() bool { return w.Stats().Failed == 1 })
	if n := len(w.fake.Requests("POST", path)); n < 3 || n > 10 {
		t.Errorf("%d requests", n)
	}
}

// TestEdgeBan has the network's edge block the address: nothing more is sent for as
// long as it says, not even what Discord does not count.
func TestEdgeBan(t *testing.T) {
	w := start(t, newFake(t, discordtest.Options{}), echo)
	w.connected(t)
	ada := w.fake.Person("ada")
	w.fake.Fail(discordtest.Fault{Method: "POST", Path: openPath, Status: 429, HTML: true, RetryAfter: time.Hour})
	to := bot.Address{Account: bot.Account{Platform: "discord", User: ada.ID()}}
	if _, err := w.Send(t.Context(), to, "k", nudge); err == nil {
		t.Fatal("sent")
	}
	before := len(w.fake.Requests("", "/interactions/*/*/callback"))
	if _, err := ada.Slash(t.Context(), "roadmap help"); err == nil {
		t.Error("answered")
	}
	if n := len(w.fake.Requests("", "/interactions/*/*/callback")); n != before {
		t.Errorf("%d requests into the ban", n-before)
	}
}

// TestGlobalLimit closes the limit of all routes: people are answered all the same, as
// Discord does not count that.
func TestGlobalLimit(t *testing.T) {
	w := start(t, newFake(t, discordtest.Options{}), echo)
	w.connected(t)
	ada := w.fake.Person("ada")
	w.fake.Fail(discordtest.Fault{Method: "POST", Path: openPath, Status: 429, Scope: "global", RetryAfter: time.Hour})
	to := bot.Address{Account: bot.Account{Platform: discord.Name, User: ada.ID()}}
	if _, err := w.Send(t.Context(), to, "k", nudge); err == nil {
		t.Fatal("sent")
	}
	if _, err := ada.Slash(t.Context(), "roadmap help"); err != nil {
		t.Errorf("not answered: %v", err)
	}
}

func TestHealth(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	a, _ := newAdapter(t, fake)
	if a.Health() == nil {
		t.Error("healthy before it runs")
	}
	w := start(t, fake, echo)
	w.connected(t)
	eventually(t, "health", func() bool { return w.Health() == nil })
	eventually(t, "the counts", func() bool { s := w.Stats(); return s.Connections == 1 && !s.LastHeard.IsZero() })
}

// TestDeaf has the gateway say nothing for longer than a heartbeat explains: the health
// says so, until something is heard again.
func TestDeaf(t *testing.T) {
	w := start(t, newFake(t, discordtest.Options{}), echo)
	w.connected(t)
	eventually(t, "health", func() bool { return w.Health() == nil })
	eventually(t, "a word about the silence", func() bool {
		w.LastHeard(time.Now().Add(-66 * time.Second))
		err := w.Health()
		return err != nil && strings.Contains(err.Error(), "nothing was heard from the gateway since")
	})
	w.fake.Gateway.Do(discordtest.Behaviour{Kind: discordtest.AskHeartbeat})
	eventually(t, "health again", func() bool { return w.Health() == nil })
}
