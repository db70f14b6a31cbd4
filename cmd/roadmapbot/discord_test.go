package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
	"roadmapbot/content"
)

// serveDiscord runs the real binary against a stand-in for Discord, ready to answer.
func serveDiscord(t *testing.T, mode string, args ...string) (*discordtest.Server, context.Context) {
	t.Helper()
	fake, err := discordtest.New(discordtest.Options{Token: "token-that-nobody-may-see"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	var p *process
	t.Cleanup(func() {
		defer cancel()
		if p != nil {
			p.stop()
			p.keeps(t, fake.Token())
		}
		fake.Close()
		for _, v := range fake.Violations() {
			t.Errorf("Discord would refuse this: %s", v)
		}
	})
	p = serveBinary(t, ctx, build(t), []string{
		"ROADMAPBOT_DISCORD_TOKEN=" + fake.Token(), "ROADMAPBOT_DISCORD_PUBLIC_KEY=" + fake.PublicKey(),
		"ROADMAPBOT_DISCORD_API=" + fake.API(), "ROADMAPBOT_DISCORD_MODE=" + mode,
	}, args...)
	p.ready(t, ctx, func() bool { return len(fake.Commands("")) > 0 })
	if mode == "http" {
		if err := fake.SetEndpoint(p.base + discordPath); err != nil {
			t.Fatal(err)
		}
	}
	return fake, ctx
}

// TestServeDiscord uses every command, presses every button, fills in every form,
// types into every option that completes, and gets a nudge, with the real binary.
func TestServeDiscord(t *testing.T) {
	for _, mode := range []string{"gateway", "http"} {
		t.Run(mode, func(t *testing.T) {
			fake, ctx := serveDiscord(t, mode)
			roadmap, err := content.Default()
			if err != nil {
				t.Fatal(err)
			}
			commands := bot.New(bot.Config{Roadmap: roadmap}).Commands()
			ada := fake.Person("ada")
			c := &crawl{t: t, ctx: ctx, person: ada.In("1300000000000000001"), seen: map[string]bool{}}
			c.follow(c.person.Slash(ctx, "today"))
			for _, command := range commands {
				if command.Name == "forget" {
					continue // at the end
				}
				var options []string
				for _, arg := range command.Args {
					options = append(options, arg.Name, map[string]string{
						"topic": "vcs-git", "number": "5", "part": "exercise", "time": "1h", "words": "cache", "zone": "Madrid",
						"when": "18:30", "text": "After dinner I study", "until": "2 weeks", "hours": "22:00-07:00", "page": "1",
					}[arg.Name])
					suggestions, err := ada.Type(ctx, "roadmap "+command.Name, arg.Name, "")
					if completes := arg.Kind == bot.ArgTopic || len(arg.Choices) > 0; err != nil || completes && len(suggestions) == 0 {
						t.Errorf("%s %s: %d suggestions, %v", command.Name, arg.Name, len(suggestions), err)
					}
				}
				c.follow(c.person.Slash(ctx, "roadmap "+command.Name, options...))
				if len(command.Args) > 0 && !command.Args[0].Required {
					c.follow(c.person.Slash(ctx, "roadmap "+command.Name))
				}
			}
			t.Logf("%d different buttons and forms used", len(c.seen))
			if len(c.seen) < 100 || c.forms < 3 {
				t.Errorf("only %d buttons, %d forms", len(c.seen), c.forms)
			}

			// A nudge, with the learner's own words and buttons that work.
			for _, command := range [][]string{{"zone", "zone", "Madrid"}, {"resume"}, {"quiet", "hours", "off"}, {"nudge", "when", "18:30"}, {"nudge", "when", "test"}} {
				if _, err := ada.Slash(ctx, "roadmap "+command[0], command[1:]...); err != nil {
					t.Fatal(command, err)
				}
			}
			arrived := func(m discordtest.Message) bool { return len(m.Components) > 0 && m.Components[0].ID > 1<<30 }
			var nudge discordtest.Message
			for n := 1; nudge.ID == ""; n++ {
				inbox, err := ada.Await(ctx, n)
				if err != nil {
					t.Fatalf("%v\n%+v", err, inbox)
				}
				for _, m := range inbox {
					if len(m.Components) > 0 && arrived(m) {
						nudge = m
					}
				}
				n = len(inbox)
			}
			if len(nudge.Labels()) == 0 {
				t.Errorf("a nudge without buttons: %s", nudge.Text())
			}
			for _, label := range nudge.Labels() {
				if _, err := ada.Press(ctx, nudge, label); err != nil {
					t.Errorf("%q of the nudge: %v", label, err)
				}
			}
			c.follow(c.person.Slash(ctx, "roadmap forget"))
		})
	}
}

// TestServeDiscordNudge runs the binary shortly before a learner's hour: the nudge
// comes although Discord refuses it at first and the gateway was cut before; when
// its work is done it loses its buttons; an old button still does what it says.
func TestServeDiscordNudge(t *testing.T) {
	for _, mode := range []string{"gateway", "http"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			clock := evening{time.Now()}
			fake, ctx := serveDiscord(t, mode, clock.now())
			ada := fake.Person("ada")
			say := func(command string, options ...string) discordtest.Message {
				t.Helper()
				answer, err := ada.Slash(ctx, "roadmap "+command, options...)
				if err != nil {
					t.Fatal(err)
				}
				m, err := answer.Settled(ctx)
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
			say("zone", "zone", "Madrid")
			say("nudge", "when", clock.soon())
			fake.Fail(discordtest.Fault{Method: http.MethodPost, Path: "/channels/*/messages", Status: http.StatusTooManyRequests, RetryAfter: time.Second, Scope: "user"})
			if mode == "gateway" {
				fake.Gateway.Do(discordtest.Behaviour{Kind: discordtest.Drop})
			}
			inbox := ada.Inbox()
			nudge := func() (m discordtest.Message, ok bool) {
				for _, m := range ada.Inbox()[len(inbox):] {
					if len(m.Labels()) > 0 {
						return m, true
					}
				}
				return m, false
			}
			until(t, ctx, func() bool { _, ok := nudge(); return ok })
			shown, _ := nudge()
			stop := slices.IndexFunc(shown.Labels(), func(label string) bool { return strings.HasPrefix(label, "Stop") })
			if stop < 0 {
				t.Fatalf("a nudge with the buttons %q", shown.Labels())
			}
			until(t, ctx, func() bool { return mode == "http" || fake.Gateway.Connected() })
			say("study", "topic", "vcs-git", "time", "30m")
			edited := func() (m discordtest.Message) {
				all := ada.Inbox()
				return all[slices.IndexFunc(all, func(m discordtest.Message) bool { return m.ID == shown.ID })]
			}
			until(t, ctx, func() bool { return edited().Edited != nil })
			if left := edited().Labels(); len(left) != 0 {
				t.Errorf("after the work it has the buttons %q", left)
			}
			if _, err := ada.Press(ctx, shown, shown.Labels()[stop]); err != nil {
				t.Error(err)
			}
			if m := say("nudge"); !strings.Contains(m.Text(), "off") {
				t.Errorf("after Stop: %s", m.Text())
			}
			if n := len(fake.Requests(http.MethodPost, "/channels/*/messages")); n != 2 {
				t.Errorf("%d messages sent, want the one that was refused and its repetition", n)
			}
		})
	}
}

// crawl presses everything there is, once.
type crawl struct {
	t      *testing.T
	ctx    context.Context
	person *discordtest.Person
	seen   map[string]bool
	forms  int
}

// most bounds the buttons pressed: those of 100 topics are all alike.
const most = 400

func (c *crawl) follow(a *discordtest.Answer, err error) {
	c.t.Helper()
	for level := []*discordtest.Answer{a}; len(level) > 0; {
		if err != nil {
			c.t.Fatal(err)
		}
		var next []*discordtest.Answer
		for _, a := range level {
			if a.Form != nil {
				c.forms++
				text := "After dinner I study"
				switch title := strings.ToLower(a.Form.Title); {
				case strings.Contains(title, "city"):
					text = "São Paulo"
				case strings.Contains(title, "18:30"):
					text = "19:15 weekdays"
				case strings.Contains(title, "22:00"):
					text = "23:00-06:00"
				}
				if a, err = c.person.Fill(c.ctx, a, text); err != nil {
					c.t.Fatal(err)
				}
			}
			m, err := a.Settled(c.ctx)
			if err != nil {
				c.t.Fatal(err)
			}
			if m.Text() == "" || !m.Private() {
				c.t.Errorf("a bad answer: %+v", m)
			}
			if strings.Contains(m.Text(), "went wrong") {
				c.t.Errorf("an answer that is none: %s", m.Text())
			}
			for _, label := range m.Labels() {
				if key := m.Embeds[0].Title + label; !c.seen[key] && len(c.seen) < most {
					c.seen[key] = true
					pressed, err := c.person.Press(c.ctx, m, label)
					if errors.Is(err, discordtest.ErrNoButton) {
						continue // a link, or the card was replaced by another press
					}
					if err != nil {
						c.t.Fatalf("%q: %v", label, err)
					}
					next = append(next, pressed)
				}
			}
		}
		level = next
	}
}

// TestDiscordSetUp runs the commands around Discord, and what a wrong token does.
func TestDiscordSetUp(t *testing.T) {
	fake, err := discordtest.New(discordtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	call := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(t.Context(), append(args, "--discord-api", fake.API()), streams{strings.NewReader(""), &out, &out})
		return code, out.String()
	}
	token := []string{"--discord-token", fake.Token()}
	for _, test := range []struct {
		args []string
		code int
		text string
	}{
		{append([]string{"doctor", "discord"}, token...), exitUsage, "discord register"},
		{append([]string{"discord", "register"}, token...), exitOK, "offers the commands now"},
		{append([]string{"discord", "register"}, token...), exitOK, "already"},
		{append([]string{"discord", "register", "--guild", "1300000000000000001"}, token...), exitOK, "now"},
		{append([]string{"doctor", "discord"}, token...), exitOK, "ok    2 commands are registered"},
		{append([]string{"discord", "invite-url"}, token...), exitOK, "client_id=" + fake.AppID()},
		{[]string{"discord", "invite-url"}, exitUsage, "no Discord token"},
		{[]string{"discord", "register", "--discord-token", "wrong"}, exitUsage, "Reset Token"},
		{[]string{"doctor", "discord", "--discord-token", "wrong"}, exitUsage, "Reset Token"},
		{[]string{"serve", "--discord-token", "wrong", "--listen", "127.0.0.1:0", "--db", filepath.Join(t.TempDir(), "a.db")}, exitUsage, "Reset Token"},
		{append([]string{"serve", "--discord-mode", "http", "--listen", "127.0.0.1:0", "--db", filepath.Join(t.TempDir(), "b.db")}, token...), exitUsage, "public key"},
	} {
		if code, out := call(test.args...); code != test.code || !strings.Contains(out, test.text) || strings.Contains(out, "wrong\"") {
			t.Errorf("%q: exit %d, want %d; %s", test.args, code, test.code, out)
		}
	}
	fake.Fail(discordtest.Fault{Method: http.MethodGet, Path: "/users/@me", Status: http.StatusBadGateway})
	if code, out := call(append([]string{"doctor", "discord"}, token...)...); code != exitFail || !strings.Contains(out, "?     the token could not be checked") {
		t.Errorf("doctor while Discord is down: exit %d; %s", code, out)
	}
	for _, v := range fake.Violations() {
		t.Errorf("Discord would refuse this: %s", v)
	}
}

// TestDiscordMetrics looks for what is counted of Discord alone.
func TestDiscordMetrics(t *testing.T) {
	a, err := discord.New(discord.Config{Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	m := newMetrics()
	m.watchAdapter(a)
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "bot_answers_failed_total" {
			return
		}
	}
	t.Error("failed answers are not counted")
}
