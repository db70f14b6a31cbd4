package slack_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const team = "T0000001"

// storeKeys seals stored installations in tests.
const storeKeys = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// core stands in for the learning core: it answers every line with that line
// and notes what it was asked.
type core struct {
	mu    sync.Mutex
	asked []bot.Request
	state string            // what "progress" shows
	on    map[string]func() // what else happens at a line

	forget bool // keep no requests
}

func (c *core) Handle(_ context.Context, req bot.Request) bot.Reply {
	c.mu.Lock()
	if !c.forget {
		c.asked = append(c.asked, req)
	}
	if !req.Look && strings.HasPrefix(req.Line, "done") {
		c.state = req.Line
	}
	state, also := c.state, c.on[req.Line]
	c.mu.Unlock()
	if also != nil {
		also()
	}
	r := bot.Reply{Title: "You said", Blocks: []bot.Block{bot.Text("**" + bot.Escape("»"+req.Line+"«") + "**")}}
	word, _, _ := strings.Cut(req.Line, " ")
	switch word {
	case "today":
		r.Actions = []bot.Action{
			{Label: "Done", Line: "done vcs-git"}, {Label: "Plan it", Line: "plan", Ask: "When will you study?"}, {Label: "Stay", Line: "keep this"},
			{Label: "Read", URL: "https://example.org/git"}, {Label: "Skip", Line: "skip vcs-git"}, {Label: "Why", Line: "why"},
			{Label: "Quiz", Line: "quiz vcs-git"}, {Label: "Find", Line: "find git"},
		}
	case "progress":
		r = bot.Reply{Title: "Progress", Blocks: []bot.Block{bot.Progress{Label: "Databases", Done: 3, Total: 9}, bot.Text("Last: " + bot.Escape(state))}}
	case "open":
		r.Public = true
		r.Actions = []bot.Action{{Label: "Mine", Line: "done vcs-git"}}
	case "keep":
		r.Keep = true
	}
	return r
}

// lines lists what was asked, in order, without what the Home tab asks.
func (c *core) lines() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, r := range c.asked {
		if !r.Look {
			list = append(list, r.Line)
		}
	}
	return list
}

func (c *core) last() bot.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range slices.Backward(c.asked) {
		if !v.Look {
			return v
		}
	}
	return bot.Request{}
}

// shelf keeps installations in memory; fail makes it break.
type shelf struct {
	mu   sync.Mutex
	of   map[string][]byte
	fail error
}

func newShelf() *shelf { return &shelf{of: map[string][]byte{}} }

func (s *shelf) Get(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.of[key]
	if !ok {
		return nil, bot.ErrNotFound
	}
	return bytes.Clone(v), nil
}

func (s *shelf) Put(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.of[key] = bytes.Clone(value)
	return nil
}

func (s *shelf) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of, key)
	return nil
}

func (s *shelf) breakWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// logged collects logs, for canaries to be looked for.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// rig is a fake Slack, an adapter that runs against it, and a person.
type rig struct {
	t       testing.TB
	fake    *slacktest.Server
	adapter *slack.Adapter
	core    *core
	person  *slacktest.Person
	token   string
	web     *httptest.Server
	log     *logged
	ctx     context.Context
	stop    func() error // ends Run and returns its error
	ended   chan error
}

// modes are the two transports, behind one handler.
var modes = []string{slack.ModeSocket, slack.ModeHTTP}

func setup(t testing.TB, mode string, change ...func(*slack.Config)) *rig {
	t.Helper()
	fake, err := slacktest.New()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, fake: fake, core: &core{on: map[string]func(){}}, log: &logged{}}
	r.token = fake.Install(team)
	cfg := slack.Config{
		Mode: mode, BotToken: bot.Secret(r.token), AppToken: slacktest.AppToken, SigningSecret: slacktest.SigningSecret, API: fake.API(),
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Pause: time.Millisecond,
	}
	for _, c := range change {
		c(&cfg)
	}
	if r.adapter, err = slack.New(cfg); err != nil {
		t.Fatal(err)
	}
	r.web = httptest.NewServer(r.adapter.Handler())
	if mode == slack.ModeHTTP {
		fake.DeliverTo(r.web.URL)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	r.ctx = ctx
	r.ended = make(chan error, 1)
	go func() { r.ended <- r.adapter.Run(ctx, r.core.Handle) }()
	r.stop = sync.OnceValue(func() error { cancel(); return <-r.ended })
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		r.web.Close()
		fake.Close()
		for _, secret := range append(fake.Tokens(), slacktest.AppToken, slacktest.ClientSecret, slacktest.SigningSecret, "ticket=", "/respond/") {
			if strings.Contains(r.log.String(), secret) {
				t.Errorf("a secret is in the log: %s", secret)
			}
		}
		if pings := fake.Pings(); len(pings) > 0 {
			t.Errorf("the bot pinged people: %q", pings)
		}
		if t.Failed() {
			lines := strings.Split(r.log.String(), "\n")
			t.Logf("end of the log:\n%s", strings.Join(lines[max(0, len(lines)-20):], "\n"))
		}
	})
	r.ready()
	r.person = fake.Person(team, "U0000001")
	return r
}

// ready waits until the adapter takes requests.
func (r *rig) ready() {
	r.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(r.ctx, 10*time.Second)
	defer cancel()
	for r.adapter.Health() != nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
			r.t.Fatal("never ready: ", r.adapter.Health())
		}
	}
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// hears waits for the bot's message with this text in a conversation.
func (r *rig) hears(channel, text string) slacktest.Message {
	r.t.Helper()
	m, err := r.person.Hears(r.ctx, channel, func(m slacktest.Message) bool { return strings.Contains(m.Text, text) })
	if err != nil {
		r.t.Fatalf("the person never saw %q in %s: %v; saw %+v", text, channel, err, r.person.Sees(channel))
	}
	return m
}

// home waits until the Home tab shows a text.
func (r *rig) home(text string) slacktest.View {
	r.t.Helper()
	var v slacktest.View
	err := r.fake.Await(r.ctx, func() bool {
		v, _ = r.person.Home()
		return strings.Contains(asJSON(v.Blocks), text)
	})
	if err != nil {
		r.t.Fatalf("the Home tab never showed %q: %v; shows %s", text, err, asJSON(v.Blocks))
	}
	return v
}

var errBroken = errors.New("broken on purpose")
