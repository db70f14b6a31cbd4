package discord_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

// TestPayloads replays interactions with every field that Discord documents and
// sends, through the signed endpoint.
func TestPayloads(t *testing.T) {
	want := map[string]struct {
		line string // what the core is asked
		kind int    // of the answer
	}{
		"command-server": {"done vcs-git 90m", 4},
		"command-direct": {"today", 4},
		"command-group":  {"stage 3", 4},
		"button-private": {"done vcs-git", 7},
		"button-public":  {"done vcs-git", 4},
		"select":         {"topic vcs-github", 7},
		"select-2021":    {"topic vcs-github", 7}, // in the form of Discord's examples from before contexts
		"form-label":     {"plan After dinner I study", 7},
		"form-row":       {"zone São Paulo", 4},
		"form-radio":     {"plan morning", 4},
		"button-asks":    {"", 9},
		"autocomplete":   {"", 8},
	}
	files, err := filepath.Glob("testdata/interactions/*.json")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var asked bot.Request
			answer := respond(t, raw, func(_ context.Context, req bot.Request) bot.Reply {
				asked = req
				return nudge
			})
			if err := discordtest.CheckCallback(answer); err != nil {
				t.Error(err)
			}
			var got struct {
				Type int
				Data struct{ Flags int }
			}
			if err := json.Unmarshal(answer, &got); err != nil {
				t.Fatal(err)
			}
			if asked.Line != want[name].line || got.Type != want[name].kind {
				t.Errorf("asked %q, answered %s", asked.Line, answer)
			}
			if asked.Line != "" && (asked.From != bot.Account{Platform: "discord", User: "1300000000000000101"} || asked.Locale != "de" || asked.ID == "") {
				t.Errorf("%+v", asked)
			}
			own := ""
			if name == "command-direct" || name == "form-label" { // in the bot's direct messages
				own = "1300000000000000303"
			}
			if asked.Line != "" && asked.Channel != own {
				t.Errorf("the person's own channel is %q, want %q", asked.Channel, own)
			}
			private := got.Data.Flags&64 != 0
			if direct := name == "command-direct"; got.Type == 4 && private == direct {
				t.Errorf("private %v", private)
			}
		})
	}
}

// respond gives a raw interaction to an adapter that has no connection, and returns
// its first answer.
func respond(t testing.TB, raw []byte, handle bot.Handler) []byte {
	t.Helper()
	return unconnected(t).Respond(t.Context(), raw, handle)
}

func unconnected(t testing.TB) *discord.Adapter {
	t.Helper()
	a, err := discord.New(discord.Config{Token: "none", Commands: table, Complete: complete})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// FuzzInteraction lets anything come as an interaction: there is an answer to it
// that Discord takes, and the core gets a request only with somebody in it.
func FuzzInteraction(f *testing.F) {
	files, _ := filepath.Glob("testdata/interactions/*.json")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"type":3,"data":{"custom_id":"?a|"},"user":{"id":"1"}}`))
	a := unconnected(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		answer := a.Respond(t.Context(), raw, func(ctx context.Context, req bot.Request) bot.Reply {
			if req.From.User == "" || req.Line == "" {
				t.Errorf("request %+v", req)
			}
			return echo(ctx, bot.Request{From: bot.Account{User: "1"}, Line: "help"})
		})
		if answer == nil {
			return // not JSON
		}
		if err := discordtest.CheckCallback(answer); err != nil {
			t.Errorf("%v\n%s", err, answer)
		}
	})
}
