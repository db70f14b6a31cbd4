package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/adapters/slack/slacktest"
)

// served is the binary serving Slack, which is a stand-in.
type served struct {
	t      *testing.T
	ctx    context.Context
	fake   *slacktest.Server
	person *slacktest.Person
	*process
}

// setting is how the binary is run.
type setting struct {
	mode string
	many bool // workspaces, by OAuth
	env  []string
	args []string
}

func serveSlack(t *testing.T, binary string, set setting) *served {
	t.Helper()
	fake, err := slacktest.New()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	s := &served{t: t, ctx: ctx, fake: fake}
	t.Cleanup(func() {
		defer cancel()
		if s.process != nil {
			s.stop()
			s.keeps(t, append(fake.Tokens(), slacktest.AppToken, slacktest.SigningSecret, slacktest.ClientSecret, "ticket=", "/respond/", ".trigger.")...)
		}
		fake.Close()
		if pings := fake.Pings(); len(pings) > 0 {
			t.Errorf("people were pinged: %q", pings)
		}
	})
	env := slices.Concat(set.env, []string{"ROADMAPBOT_SLACK_APP_TOKEN=" + slacktest.AppToken,
		"ROADMAPBOT_SLACK_SIGNING_SECRET=" + slacktest.SigningSecret, "ROADMAPBOT_SLACK_API=" + fake.API(), "ROADMAPBOT_SLACK_MODE=" + set.mode})
	token := fake.Install("T1")
	if set.many {
		env = append(env, "ROADMAPBOT_SLACK_CLIENT_ID="+slacktest.ClientID, "ROADMAPBOT_SLACK_CLIENT_SECRET="+slacktest.ClientSecret,
			"ROADMAPBOT_SLACK_KEYS=k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	} else {
		env = append(env, "ROADMAPBOT_SLACK_BOT_TOKEN="+token)
	}
	s.process = serveBinary(t, ctx, binary, env, set.args...)
	if set.mode == "http" {
		fake.DeliverTo(s.base)
		fake.Retry([]time.Duration{50 * time.Millisecond, 200 * time.Millisecond, time.Second}, time.Second) // until Run has begun
	}
	s.ready(t, ctx, func() bool { return set.mode == "http" || fake.Sockets() == 1 })
	s.person = fake.Person("T1", "U1")
	return s
}

func (s *served) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// hears waits for a message of the bot that fits.
func (s *served) hears(channel string, fits func(slacktest.Message) bool) slacktest.Message {
	s.t.Helper()
	m, err := s.person.Hears(s.ctx, channel, fits)
	if err != nil {
		s.t.Fatalf("%v; saw %+v", err, s.person.Sees(channel))
	}
	return m
}

func has(text string) func(slacktest.Message) bool {
	return func(m slacktest.Message) bool { return strings.Contains(m.Text, text) }
}

func TestServeSlack(t *testing.T) {
	binary := build(t)
	for _, mode := range []string{"socket", "http"} {
		t.Run(mode, func(t *testing.T) {
			s := serveSlack(t, binary, setting{mode: mode})
			dm := s.person.DM()
			<-s.person.Write("start")
			card := s.hears(dm, has("Europe/Amsterdam")) // offered, not assumed
			zone := slices.IndexFunc(slacktest.Labels(card.Blocks), func(l string) bool { return strings.HasPrefix(l, "Europe/Amsterdam") })
			s.ok(s.person.Press(card, slacktest.Labels(card.Blocks)[zone]))

			// Every command answers, as a slash command, for the asker alone.
			for _, line := range []string{"help", "today", "stages", "stage 3", "topic vcs-git", "progress", "quiz", "find cache", "zone", "nudge", "nudge 18:30",
				"plan after dinner <!channel>", "snooze 1h", "pause", "resume", "quiet", "why", "export", "undo", "done", "skip", "study 30m", "choose", "forget", "gibberish"} {
				before := len(s.person.Sees("C1"))
				s.ok(s.person.Slash("C1", "/roadmap", line))
				s.ok(s.fake.Await(s.ctx, func() bool { return len(s.person.Sees("C1")) > before }))
				list := s.person.Sees("C1")
				if m := list[len(list)-1]; m.OnlyFor != "U1" || len(m.Blocks) == 0 {
					t.Errorf("%s: %+v", line, m)
				}
			}

			// Buttons and a modal.
			s.ok(s.person.Slash("C2", "/roadmap", "zone"))
			card = s.hears("C2", nil)
			s.ok(s.person.Press(card, "Change it"))
			s.ok(s.fake.Await(s.ctx, func() bool { _, ok := s.person.Modal(); return ok }))
			_, err := s.person.Submit("Tokyo")
			s.ok(err)
			s.hears("C2", has("Tokyo"))

			// A mention, in the thread if it is for everybody.
			ts, taken := s.person.Mention("C3", "", "{bot} help")
			<-taken
			if m := s.hears("C3", nil); m.Thread != ts || m.OnlyFor != "" {
				t.Errorf("help after a mention: %+v", m)
			}

			// The Home tab, and a change that reaches it.
			<-s.person.OpenHome()
			s.ok(s.fake.Await(s.ctx, func() bool { v, ok := s.person.Home(); return ok && strings.Contains(fmt.Sprint(v.Blocks), "Tokyo") }))
			s.ok(s.person.PressHome("Done"))
			s.ok(s.fake.Await(s.ctx, func() bool { v, _ := s.person.Home(); return v.Published >= 2 }))

			// A nudge, pressed.
			s.ok(s.person.Slash("C4", "/roadmap", "nudge test"))
			s.hears("C4", nil)
			count := func() (n int) {
				for _, m := range s.person.Sees(dm) {
					if m.Metadata != nil {
						n++
					}
				}
				return n
			}
			s.ok(s.fake.Await(s.ctx, func() bool { return count() == 1 }))
			nudge := s.hears(dm, func(m slacktest.Message) bool { return m.Metadata != nil })
			labels := slacktest.Labels(nudge.Blocks)
			if len(labels) == 0 {
				t.Fatalf("a nudge without buttons: %+v", nudge)
			}
			before := len(s.person.Sees(dm))
			s.ok(s.person.Press(nudge, labels[0]))
			s.ok(s.fake.Await(s.ctx, func() bool {
				list := s.person.Sees(dm)
				return len(list) > before || slices.ContainsFunc(list, func(m slacktest.Message) bool { return m.TS == nudge.TS && m.Edits > 0 })
			}))
			for _, r := range s.fake.Records() {
				if r.Error != "" {
					t.Errorf("refused: %s: %s", r.Method, r.Error)
				}
			}
			s.stop()
		})
	}
}

// TestServeSlackInManyWorkspaces installs the app in two workspaces by browser,
// uses it in both, removes it from one, and finds it in the other after a restart
// would: in the store.
func TestServeSlackInManyWorkspaces(t *testing.T) {
	binary := build(t)
	for _, mode := range []string{"socket", "http"} {
		t.Run(mode, func(t *testing.T) {
			s := serveSlack(t, binary, setting{mode: mode, many: true})
			s.fake.Rotate(true)
			for _, team := range []string{"T2", "T3"} {
				jar, err := cookiejar.New(nil)
				s.ok(err)
				s.fake.Consent(team, "U1", s.base+"/slack/oauth/callback", false)
				req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.base+"/slack/install", nil)
				s.ok(err)
				res, err := (&http.Client{Jar: jar}).Do(req)
				s.ok(err)
				page, err := io.ReadAll(res.Body)
				s.ok(err)
				s.ok(res.Body.Close())
				if !strings.Contains(string(page), "Installed") {
					t.Fatalf("installing: %s", page)
				}
				p := s.fake.Person(team, "U7")
				s.ok(p.Slash("C"+team, "/roadmap", "stages"))
				_, err = p.Hears(s.ctx, "C"+team, nil)
				s.ok(err)
				<-p.Write("today")
				_, err = p.Hears(s.ctx, p.DM(), nil)
				s.ok(err)
			}
			s.fake.Uninstall("T2", mode == "http", time.Time{})
			p := s.fake.Person("T3", "U7")
			before := len(p.Sees(p.DM()))
			<-p.Write("progress")
			s.ok(s.fake.Await(s.ctx, func() bool { return len(p.Sees(p.DM())) == before+2 }))
			s.stop()
			if !strings.Contains(s.log.String(), `"msg":"uninstalled"`) {
				t.Error("the log does not tell of the end of an installation")
			}
		})
	}
}

// TestSlackAndDiscordSideBySide serves both platforms in one process.
func TestSlackAndDiscordSideBySide(t *testing.T) {
	discord, err := discordtest.New(discordtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer discord.Close()
	s := serveSlack(t, build(t), setting{mode: "socket", env: []string{"ROADMAPBOT_DISCORD_TOKEN=" + discord.Token(), "ROADMAPBOT_DISCORD_API=" + discord.API()}})
	ann := discord.Person("ann")
	s.ready(t, s.ctx, func() bool { return len(discord.Commands("")) > 0 })
	for range 3 {
		before := len(s.person.Sees("C1"))
		s.ok(s.person.Slash("C1", "/roadmap", "stages"))
		s.ok(s.fake.Await(s.ctx, func() bool { return len(s.person.Sees("C1")) > before }))
		answer, err := ann.Slash(s.ctx, "roadmap stages")
		s.ok(err)
		if m, err := answer.Settled(s.ctx); err != nil || len(m.Embeds) == 0 {
			t.Errorf("on Discord: %+v, %v", m, err)
		}
	}
	s.stop()
}

func TestWrongSlackTokenIsAFaultOfTheSetup(t *testing.T) {
	fake, err := slacktest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	var errs bytes.Buffer
	code := run(t.Context(), []string{"serve", "--db", filepath.Join(t.TempDir(), "l.db"), "--listen", "127.0.0.1:0", "--slack-api", fake.API(),
		"--slack-bot-token", "xoxb-wrong", "--slack-app-token", slacktest.AppToken}, streams{strings.NewReader(""), io.Discard, &errs})
	if code != exitUsage || !strings.Contains(errs.String(), "invalid_auth") || strings.Contains(errs.String(), "xoxb-wrong") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}

func TestSlackManifestAndDoctor(t *testing.T) {
	fake, err := slacktest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	call := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := run(t.Context(), args, streams{strings.NewReader(""), &out, &errs})
		return code, out.String() + errs.String()
	}
	if code, out := call("slack", "manifest", "--mode", "http", "--url", "https://bot.example.org"); code != exitOK || !json.Valid([]byte(out)) {
		t.Errorf("manifest: %d %s", code, out)
	}
	if code, out := call("slack", "manifest", "--mode", "http"); code != exitUsage || !strings.Contains(out, "address") {
		t.Errorf("manifest without its address: %d %s", code, out)
	}
	flags := []string{"doctor", "slack", "--slack-api", fake.API(), "--slack-bot-token", fake.Install("T1"), "--slack-app-token"}
	if code, out := call(append(flags, slacktest.AppToken)...); code != exitOK || strings.Contains(out, "FAIL") {
		t.Errorf("doctor: %d %s", code, out)
	}
	if code, out := call(append(flags, "xapp-wrong")...); code != exitUsage || !strings.Contains(out, "FAIL  socket") || !strings.Contains(out, "Slack: 1 to mend, 0 could not be checked") {
		t.Errorf("doctor with a wrong token: %d %s", code, out)
	}
	if code, out := call(append(flags, slacktest.AppToken, "--slack-api", "http://127.0.0.1:1/")...); code != exitFail || strings.Contains(out, "FAIL") || !strings.Contains(out, "3 could not be checked") {
		t.Errorf("doctor without a network: %d %s", code, out)
	}
	if code, out := call("doctor", "slack"); code != exitUsage {
		t.Errorf("doctor without a token: %d %s", code, out)
	}
}
