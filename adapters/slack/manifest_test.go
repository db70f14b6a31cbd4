package slack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

func TestManifestFitsSlacksSchema(t *testing.T) {
	file, err := os.Open("testdata/manifest.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	raw, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(s string) (jsonschema.Regexp, error) {
		if strings.Contains(s, "(?!") { // Go has no look-ahead; only patterns of domains use it, and the manifest has none
			s = ""
		}
		return regexp.Compile(s)
	})
	if err := c.AddResource("manifest.schema.json", raw); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("manifest.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ mode, url string }{{slack.ModeSocket, ""}, {slack.ModeSocket, "https://bot.example.org"}, {slack.ModeHTTP, "https://bot.example.org/"}} {
		m, err := slack.Manifest(tt.mode, tt.url)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(m))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s %s: %v", tt.mode, tt.url, err)
		}
		if bytes.Contains(m, []byte("org//slack")) || (tt.mode == slack.ModeHTTP) != bytes.Contains(m, []byte(`"https://bot.example.org/slack/commands"`)) {
			t.Errorf("%s %s: addresses\n%s", tt.mode, tt.url, m)
		}
		var got struct {
			OAuth struct {
				Scopes struct{ Bot []string }
			} `json:"oauth_config"`
			Features struct {
				Commands []struct {
					Command     string
					Description string
					Hint        string `json:"usage_hint"`
				} `json:"slash_commands"`
			}
		}
		if err := json.Unmarshal(m, &got); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.OAuth.Scopes.Bot, slacktest.Scopes) || len(got.Features.Commands) != 1 || got.Features.Commands[0].Command != slack.Command {
			t.Errorf("%s: %+v", tt.mode, got)
		}
		v.(map[string]any)["settings"].(map[string]any)["sockets_enabled"] = true
		if schema.Validate(v) == nil {
			t.Error("the schema takes anything")
		}
	}
	for _, tt := range []struct{ mode, url string }{{slack.ModeHTTP, ""}, {slack.ModeHTTP, "http://bot.example.org"}, {slack.ModeHTTP, "bot.example.org"}, {"pigeon", "https://bot.example.org"}} {
		if _, err := slack.Manifest(tt.mode, tt.url); err == nil {
			t.Errorf("%s %q: no error", tt.mode, tt.url)
		}
	}
}

func TestDoctor(t *testing.T) {
	fake, err := slacktest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	good := slack.Config{BotToken: bot.Secret(fake.Install(team)), AppToken: slacktest.AppToken, SigningSecret: "0123456789abcdef0123456789abcdef", API: fake.API()}
	fake.Install("T2")
	tests := []struct {
		name   string
		change func(*slack.Config)
		bad    string // what fails, empty for none
		says   string
	}{
		{"good, socket", func(*slack.Config) {}, "", "Socket Mode is on"},
		{"good, http", func(c *slack.Config) { c.Mode = slack.ModeHTTP }, "", "right form"},
		{"no tokens", func(c *slack.Config) { c.BotToken, c.AppToken = "", "" }, "settings", "app-level token"},
		{"wrong bot token", func(c *slack.Config) { c.BotToken = "xoxb-wrong" }, "bot token", "invalid_auth"},
		{"wrong app token", func(c *slack.Config) { c.AppToken = "xapp-wrong" }, "socket", "connections:write"},
		{"short signing secret", func(c *slack.Config) { c.Mode, c.SigningSecret = slack.ModeHTTP, "abc" }, "signing secret", "32 hexadecimal digits"},
		{"clock", func(c *slack.Config) { c.Now = func() time.Time { return time.Now().Add(4 * time.Minute) } }, "clock", "away from Slack"},
		{"unreachable", func(c *slack.Config) { c.API = "http://127.0.0.1:1/api/" }, "clock", "could not be checked"},
	}
	for _, tt := range tests {
		cfg := good
		tt.change(&cfg)
		list := slack.Doctor(context.Background(), cfg)
		text := fmt.Sprint(list)
		bad := slices.ContainsFunc(list, func(f bot.Finding) bool { return !f.OK && strings.HasPrefix(f.What, tt.bad+": ") })
		anyBad := slices.ContainsFunc(list, func(f bot.Finding) bool { return !f.OK })
		if bad != (tt.bad != "") || anyBad != bad || !strings.Contains(text, tt.says) {
			t.Errorf("%s: %s", tt.name, text)
		}
		for _, f := range list { // only what was not to be had is unchecked
			if f.Unchecked != (tt.name == "unreachable" && !strings.HasPrefix(f.What, "settings: ")) {
				t.Errorf("%s: %+v", tt.name, f)
			}
		}
		for _, secret := range append(fake.Tokens(), slacktest.AppToken, "0123456789abcdef0123456789abcdef") {
			if strings.Contains(text, secret) {
				t.Errorf("%s: a secret is shown", tt.name)
			}
		}
	}
	if n := fake.Calls("link"); n != 0 {
		t.Errorf("%d connections, which take deliveries from the bot that runs", n)
	}
	fake.Break("apps.connections.open", slacktest.Fault{Error: "link_disabled"})
	if list := slack.Doctor(context.Background(), good); !slices.ContainsFunc(list, func(f bot.Finding) bool {
		return strings.HasPrefix(f.What, "socket: ") && !f.OK && !f.Unchecked && strings.Contains(f.What, "switch Socket Mode on")
	}) {
		t.Errorf("Socket Mode switched off: %+v", list)
	}
	fake.Restrict(team, "commands", "chat:write", "files:read")
	if text := fmt.Sprint(slack.Doctor(context.Background(), good)); !strings.Contains(text, "missing: im:write, im:history, users:read, app_mentions:read") {
		t.Error(text)
	}
	fake.Restrict(team, append(slices.Clone(slack.Scopes), "files:read")...)
	if text := fmt.Sprint(slack.Doctor(context.Background(), good)); !strings.Contains(text, "not needed: files:read") {
		t.Error(text)
	}
}

func TestSettings(t *testing.T) {
	tests := []struct {
		name string
		cfg  slack.Config
		says string
	}{
		{"nothing", slack.Config{}, "app-level token"},
		{"no signing secret", slack.Config{Mode: "http", BotToken: "xoxb-1"}, "signing secret"},
		{"odd mode", slack.Config{Mode: "pigeon", BotToken: "xoxb-1"}, "pigeon"},
		{"both forms", slack.Config{Mode: "http", SigningSecret: "s", BotToken: "xoxb-1", ClientID: "1", ClientSecret: "s", Keys: storeKeys, Shelf: newShelf()}, "not both"},
		{"no client secret", slack.Config{Mode: "http", SigningSecret: "s", ClientID: "1", Keys: storeKeys, Shelf: newShelf()}, "client secret"},
		{"no shelf", slack.Config{Mode: "http", SigningSecret: "s", ClientID: "1", ClientSecret: "s", Keys: storeKeys}, "place to keep"},
		{"no keys", slack.Config{Mode: "http", SigningSecret: "s", ClientID: "1", ClientSecret: "s", Shelf: newShelf()}, "seals stored tokens"},
		{"short key", slack.Config{Mode: "http", SigningSecret: "s", ClientID: "1", ClientSecret: "s", Shelf: newShelf(), Keys: "k:AAAA"}, "32 random bytes"},
		{"no API", slack.Config{Mode: "http", SigningSecret: "s", BotToken: "xoxb-1", API: "slack"}, "address of the API"},
	}
	for _, tt := range tests {
		if _, err := slack.New(tt.cfg); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
