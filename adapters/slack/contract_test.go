package slack_test

import (
	"html"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"roadmapbot/adapters/adaptertest"
	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

func TestContract(t *testing.T) {
	for _, mode := range modes {
		for _, where := range []string{"C1", "DM"} {
			t.Run(mode+" in "+where, func(t *testing.T) {
				adaptertest.Run(t, func(t *testing.T) adaptertest.Platform { return platform(t, mode, where) })
			})
		}
	}
}

// platform is an adapter that nobody runs yet, and a person who writes in a
// channel by slash command, or in the direct message.
func platform(t *testing.T, mode, where string) adaptertest.Platform {
	fake, err := slacktest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	token := fake.Install(team)
	a, err := slack.New(slack.Config{
		Mode: mode, BotToken: bot.Secret(token), AppToken: slacktest.AppToken, SigningSecret: slacktest.SigningSecret, API: fake.API(),
		Log: slog.New(slog.DiscardHandler), Pause: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(a.Handler())
	t.Cleanup(web.Close)
	if mode == slack.ModeHTTP {
		fake.DeliverTo(web.URL)
	}
	person := fake.Person(team, "U0000001")
	r := &rig{t: t, fake: fake, adapter: a, person: person, ctx: t.Context()}
	channel := where
	if where == "DM" {
		channel = person.DM()
	}
	state := func() (n int, latest slacktest.Message) {
		for _, m := range person.Sees(channel) {
			if m.FromBot() {
				if n += 1 + 1000*m.Edits; latest.TS == "" || m.Edits > 0 || m.TS > latest.TS {
					latest = m
				}
			}
		}
		return n, latest
	}
	var latest slacktest.Message
	after := func(t *testing.T, do func() error) string {
		t.Helper()
		r.ready()
		before, _ := state()
		if err := do(); err != nil {
			t.Fatal(err)
		}
		list := person.Sees(channel)
		if err := fake.Await(t.Context(), func() bool { n, _ := state(); return n != before }); err != nil {
			t.Fatal(err)
		}
		changed := person.Sees(channel)
		latest = changed[len(changed)-1]
		for i, m := range changed {
			if i < len(list) && m.Edits != list[i].Edits {
				latest = m
			}
		}
		_, newest := state()
		if newest.Edits > 0 {
			latest = newest
		}
		return shown(latest.Blocks)
	}
	return adaptertest.Platform{
		Adapter: a,
		Person:  bot.Account{Platform: slack.Name, Tenant: team, User: person.ID},
		Say: func(t *testing.T, line string) string {
			return after(t, func() error {
				if where == "DM" {
					return (<-person.Write(line)).Err
				}
				return person.Slash(channel, slack.Command, line)
			})
		},
		Press: func(t *testing.T, label string) string {
			return after(t, func() error { return person.Press(latest, label) })
		},
		Answer: func(t *testing.T, label, text string) string {
			return after(t, func() error {
				if err := person.Press(latest, label); err != nil {
					return err
				}
				if err := fake.Await(t.Context(), func() bool { _, ok := person.Modal(); return ok }); err != nil {
					return err
				}
				_, err := person.Submit(text)
				return err
			})
		},
		Inbox: func(*testing.T) []string {
			var all []string
			for _, m := range person.Sees(person.DM()) {
				if m.FromBot() {
					all = append(all, shown(m.Blocks))
				}
			}
			return all
		},
		OnlyTheyCanSee: func(*testing.T) bool { return latest.OnlyFor == person.ID || latest.Channel == person.DM() },
		Bots: func(t *testing.T, line string) {
			r.ready()
			me := fake.BotUser(team)
			for _, event := range []map[string]any{
				{"type": "message", "channel_type": "im", "channel": person.DM(), "user": me, "text": line, "ts": "1.1"},
				{"type": "message", "channel_type": "im", "channel": person.DM(), "user": "U9", "bot_id": "B9", "text": line, "ts": "1.1"},
				{"type": "app_mention", "channel": "C1", "user": "U9", "bot_id": "B9", "text": "<@" + me + "> " + line, "ts": "1.1"},
			} {
				if a := <-fake.Event(team, event); a.Err != nil {
					t.Error(a.Err)
				}
			}
		},
	}
}

// shown is every word of blocks, as a person reads them.
func shown(v any) string {
	var b strings.Builder
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, k := range []string{"text", "fallback"} {
				if s, ok := v[k].(string); ok && v["type"] == "mrkdwn" {
					b.WriteString(html.UnescapeString(s) + "\n")
				} else if ok {
					b.WriteString(s + "\n")
				}
			}
			for _, k := range []string{"text", "fields", "elements", "options", "placeholder"} {
				walk(v[k])
			}
		}
	}
	walk(v)
	return b.String()
}
