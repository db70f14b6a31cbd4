// Package adaptertest is the contract that every adapter passes: how a person's
// doing becomes a request, how a reply reaches them, and how a message is sent,
// found and edited. It also holds the shared set of replies for golden files.
package adaptertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"roadmapbot/bot"
)

// Platform is an adapter connected to a stand-in for its platform, seen by one
// person. The functions do what the person does and tell what they see, as plain
// text with everything that is shown, buttons' labels included.
type Platform struct {
	Adapter bot.Adapter
	Person  bot.Account

	Say    func(t *testing.T, line string) string        // a typed line or slash command
	Press  func(t *testing.T, label string) string       // a button of the latest answer
	Answer func(t *testing.T, label, text string) string // a button that asks, and what is typed then

	// Inbox is the direct messages that came unasked, as they look now.
	Inbox func(t *testing.T) []string

	// OnlyTheyCanSee tells whether the latest answer was for the person alone.
	// Nil where nobody else could see it anyway.
	OnlyTheyCanSee func(t *testing.T) bool

	// Bots makes the bot itself, and another bot if there can be one, write the
	// line where the adapter listens. Nil where bots can't speak.
	Bots func(t *testing.T, line string)
}

// Run holds an adapter to the contract. Connect starts a stand-in and makes an
// adapter for it; the suite itself runs and stops the adapter.
func Run(t *testing.T, connect func(t *testing.T) Platform) {
	t.Run("requests", func(t *testing.T) { requests(t, connect) })
	t.Run("replies", func(t *testing.T) { replies(t, connect) })
	t.Run("messages", func(t *testing.T) { messages(t, connect) })
	t.Run("bots", func(t *testing.T) { bots(t, connect) })
	t.Run("set", holds)
}

// desk is the core's place: it notes requests and answers what it is told to.
type desk struct {
	mu       sync.Mutex
	requests []bot.Request
	reply    func(bot.Request) bot.Reply
}

func (d *desk) handle(_ context.Context, req bot.Request) bot.Reply {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = append(d.requests, req)
	return d.reply(req)
}

func (d *desk) last(t *testing.T) bot.Request {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.requests) == 0 {
		t.Fatal("no request arrived")
	}
	return d.requests[len(d.requests)-1]
}

// start runs the adapter until the test ends, which must end without an error.
func start(t *testing.T, p Platform, reply func(bot.Request) bot.Reply) *desk {
	t.Helper()
	d := &desk{reply: reply}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Adapter.Run(ctx, d.handle) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v, want nil when it is told to end", err)
		}
	})
	return d
}

func requests(t *testing.T, connect func(t *testing.T) Platform) {
	p := connect(t)
	buttons := Replies()[3].Reply
	d := start(t, p, func(bot.Request) bot.Reply { return buttons })
	expect := func(line string) {
		t.Helper()
		got := d.last(t)
		if got.Line != line || got.From != p.Person {
			t.Errorf("got %q from %v, want %q from %v", got.Line, got.From, line, p.Person)
		}
	}
	seen := p.Say(t, "done vcs-git")
	expect("done vcs-git")
	shows(t, seen, buttons)
	if p.OnlyTheyCanSee != nil && !p.OnlyTheyCanSee(t) {
		t.Error("a reply that is not public was shown to others")
	}
	p.Press(t, "Done")
	expect("done vcs-git")
	p.Say(t, "today")
	expect("today")
	p.Answer(t, "Type my city", "São Paulo")
	expect("zone São Paulo")
	if got := p.Adapter.Platform().Name; got != p.Person.Platform {
		t.Errorf("the platform is called %q, its accounts %q", got, p.Person.Platform)
	}
}

func replies(t *testing.T, connect func(t *testing.T) Platform) {
	p := connect(t)
	var next bot.Reply
	start(t, p, func(bot.Request) bot.Reply { return next })
	for _, n := range Replies() {
		t.Run(n.Name, func(t *testing.T) {
			next = n.Reply
			shows(t, p.Say(t, "today"), n.Reply)
		})
	}
}

// shows checks that every word of a reply, and every button, is in what a person
// sees. Marks that a platform adds or escapes do not count.
func shows(t *testing.T, seen string, r bot.Reply) {
	t.Helper()
	have := letters(seen)
	missing := func(what, s string) {
		t.Helper()
		if !strings.Contains(have, letters(s)) {
			t.Errorf("%s %.60q is not shown in\n%s", what, s, seen)
		}
	}
	missing("the title", r.Title)
	for _, block := range r.Blocks {
		switch b := block.(type) {
		case bot.Text:
			spans(b, missing)
		case bot.Code:
			missing("the code", b.Text)
		case bot.List:
			for _, item := range b.Items {
				spans(bot.Text(item), missing)
			}
		case bot.Fields:
			for _, f := range b {
				missing("the name", f.Name)
				spans(bot.Text(f.Value), missing)
			}
		case bot.Progress:
			missing("the label", b.Label)
		}
	}
	for _, a := range r.Actions {
		missing("the button", a.Label)
	}
}

func spans(text bot.Text, missing func(what, s string)) {
	for _, s := range text.Spans() {
		if s.Kind != bot.Instant { // the platform may write it in its own way
			missing("the text", s.Text)
		}
	}
}

// letters is a text without white space and marks.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func messages(t *testing.T, connect func(t *testing.T) Platform) {
	p := connect(t)
	start(t, p, func(bot.Request) bot.Reply { return Replies()[1].Reply })
	p.Say(t, "nudge 18:30") // platforms want the person to speak first
	ctx := context.Background()
	to := bot.Address{Account: p.Person}
	before := len(p.Inbox(t))
	if _, err := p.Adapter.Find(ctx, to, "1.2026-03-02.daily.0"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a message never sent is found with %v, want ErrNotFound", err)
	}
	sent, err := p.Adapter.Send(ctx, to, "1.2026-03-02.daily.0", Replies()[3].Reply)
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	to.Channel = sent.Channel
	inbox := p.Inbox(t)
	if len(inbox) != before+1 {
		t.Fatalf("%d direct messages, want %d", len(inbox), before+1)
	}
	shows(t, inbox[before], Replies()[3].Reply)
	second, err := p.Adapter.Send(ctx, to, "1.2026-03-03.daily.0", Replies()[0].Reply)
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	for key, want := range map[string]bot.Receipt{"1.2026-03-02.daily.0": sent, "1.2026-03-03.daily.0": second} {
		if got, err := p.Adapter.Find(ctx, to, key); err != nil || got != want {
			t.Errorf("Find(%s) = %v, %v; want %v", key, got, err, want)
		}
	}
	if _, err := p.Adapter.Find(ctx, to, "1.2026-03-04.daily.0"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a message never sent is found with %v, want ErrNotFound", err)
	}
	closed := bot.Reply{Title: "Put away", Blocks: []bot.Block{bot.Text("The day is over.")}}
	if err := p.Adapter.Edit(ctx, to, sent, closed); err != nil {
		t.Fatalf("Edit: %v", err)
	}
	inbox = p.Inbox(t)
	if !slices.ContainsFunc(inbox, func(s string) bool { return strings.Contains(letters(s), letters("The day is over.")) }) {
		t.Errorf("the edit is not shown: %q", inbox)
	}
	if got, err := p.Adapter.Find(ctx, to, "1.2026-03-02.daily.0"); err != nil || got != sent {
		t.Errorf("after the edit Find = %v, %v; want %v", got, err, sent)
	}
	stranger := bot.Address{Account: bot.Account{Platform: p.Person.Platform, Tenant: p.Person.Tenant, User: "999999999999999999"}}
	var refused *bot.NotSentError
	if _, err := p.Adapter.Send(ctx, stranger, "2.2026-03-02.daily.0", closed); !errors.As(err, &refused) {
		t.Errorf("a message to somebody who is not there: %v, want a refusal", err)
	}
}

func bots(t *testing.T, connect func(t *testing.T) Platform) {
	p := connect(t)
	if p.Bots == nil {
		t.Skip("bots can't speak on this platform")
	}
	d := start(t, p, func(bot.Request) bot.Reply { return Replies()[1].Reply })
	p.Bots(t, "today")
	p.Say(t, "stages") // what came before has been dealt with by now
	if got := d.last(t); got.Line != "stages" || len(d.requests) != 1 {
		t.Errorf("a bot's message became a request: %+v", d.requests)
	}
}
