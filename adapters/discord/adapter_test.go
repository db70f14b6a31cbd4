package discord_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

// world is an adapter that runs against a stand-in.
type world struct {
	*discord.Adapter
	fake *discordtest.Server
	logs *logs
	stop func() error // ends Run and returns its error
}

// logs collects what the adapter logs.
type logs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newFake starts a stand-in. At the end of the test no request may have violated
// Discord's document.
func newFake(t testing.TB, o discordtest.Options) *discordtest.Server {
	t.Helper()
	o.DisallowedIntents = ^0 // the bot needs none
	fake, err := discordtest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		fake.Close()
		for _, v := range fake.Violations() {
			t.Errorf("Discord would refuse this: %s", v)
		}
	})
	return fake
}

type setting func(*discord.Config)

// overHTTP lets interactions come over HTTP.
func overHTTP(c *discord.Config) { c.HTTP = true }

// newAdapter makes an adapter for a stand-in.
func newAdapter(t testing.TB, fake *discordtest.Server, settings ...setting) (*discord.Adapter, *logs) {
	t.Helper()
	return impatient(t, fake, time.Second, settings...)
}

// impatient makes an adapter that defers its answers after a wait of the test's own.
func impatient(t testing.TB, fake *discordtest.Server, deferAfter time.Duration, settings ...setting) (*discord.Adapter, *logs) {
	t.Helper()
	l := &logs{}
	c := discord.Config{
		Token: bot.Secret(fake.Token()), PublicKey: fake.PublicKey(),
		API: fake.API(), Commands: table, Complete: complete,
		Log: slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, s := range settings {
		s(&c)
	}
	a, err := discord.New(c)
	if err != nil {
		t.Fatal(err)
	}
	a.Hurry(deferAfter)
	return a, l
}

// start runs an adapter until the test ends.
func start(t testing.TB, fake *discordtest.Server, handle bot.Handler, settings ...setting) *world {
	t.Helper()
	a, l := newAdapter(t, fake, settings...)
	return run(t, fake, a, l, handle)
}

func run(t testing.TB, fake *discordtest.Server, a *discord.Adapter, l *logs, handle bot.Handler) *world {
	t.Helper()
	w := &world{Adapter: a, fake: fake, logs: l}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, handle) }()
	w.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(30 * time.Second):
			t.Error("Run does not end")
			return nil
		}
	})
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if strings.Contains(l.String(), fake.Token()) {
			t.Error("the token is in the log")
		}
	})
	return w
}

// connected waits until the gateway is ready and the commands are registered.
func (w *world) connected(t testing.TB) {
	t.Helper()
	await(t, w.fake.Gateway.Changed, w.fake.Gateway.Connected)
	eventually(t, "registered commands", func() bool { return len(w.fake.Commands("")) > 0 })
}

// await waits for a condition that changes with a channel.
func await(t testing.TB, changed func() <-chan struct{}, ok func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		next := changed()
		if ok() {
			return
		}
		select {
		case <-next:
		case <-deadline:
			t.Fatal("it does not come to it")
		}
	}
}

// eventually waits for a condition that tells nobody when it changes.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("it does not come to: %s", what)
		}
	}
}

// table is a small table of commands, of every kind of argument.
var table = []bot.Command{
	{Name: "today", Summary: "What to study now"},
	{Name: "stage", Summary: "One stage", Args: []bot.Arg{{Name: "number", Summary: "The stage", Kind: bot.ArgStage, Required: true}}},
	{Name: "done", Summary: "Mark a topic as done", Args: []bot.Arg{
		{Name: "topic", Summary: "A topic", Kind: bot.ArgTopic}, {Name: "time", Summary: "How long it took"},
	}},
	{Name: "zone", Summary: "Your time zone", Args: []bot.Arg{{Name: "zone", Summary: "A city", Kind: bot.ArgZone}}},
	{Name: "snooze", Summary: "Later", Args: []bot.Arg{{Name: "time", Summary: "How long", Choices: []string{"1h", "3h", "tonight"}}}},
	{Name: "plan", Summary: "Your plan", Args: []bot.Arg{{Name: "text", Summary: "In your words"}}},
	{Name: "help", Summary: "What I understand"},
}

func complete(kind bot.ArgKind, typed string) []bot.Choice {
	if typed == "panic" {
		panic("of the completion")
	}
	switch kind {
	case bot.ArgStage:
		return []bot.Choice{{Label: "1 Programming Languages", Value: "1"}, {Label: "2 Frameworks", Value: "2"}}
	case bot.ArgTopic:
		if strings.HasPrefix("git basics", strings.ToLower(typed)) {
			return []bot.Choice{{Label: "Git basics", Value: "vcs-git"}}
		}
	}
	return nil
}

// echo answers with the line, and offers buttons of every kind.
func echo(_ context.Context, req bot.Request) bot.Reply {
	return bot.Reply{
		Title:  "You said",
		Blocks: []bot.Block{bot.Text("`" + req.Line + "`"), bot.Text("from " + bot.Escape(req.From.User+" "+req.Locale))},
		Actions: []bot.Action{
			{Label: "Done", Line: "done vcs-git"}, {Label: "Plan", Line: "plan", Ask: "After what do you study?"},
			{Label: "Read", URL: "https://example.com/git"},
		},
		Keep: strings.HasPrefix(req.Line, "keep"),
	}
}
