package discord_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

func TestRegister(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	b := roadmap(t)
	a, _ := newAdapter(t, fake, theBots(b))
	t.Cleanup(a.CloseIdle)
	for i, want := range []bool{true, false} {
		if changed, err := a.Register(t.Context(), ""); err != nil || changed != want {
			t.Errorf("time %d: %v, %v", i+1, changed, err)
		}
	}
	if n := len(fake.Requests("PUT", "/applications/*/commands")); n != 1 {
		t.Errorf("written %d times", n)
	}
	set := fake.Commands("")
	if len(set) != 2 || set[0].Name != "roadmap" || set[1].Name != "today" || len(set[0].Options) != len(b.Commands()) {
		t.Errorf("%d commands", len(set))
	}
	for _, c := range set {
		if fmt.Sprint(c.Contexts, c.IntegrationTypes) != "[0 1 2] [0 1]" {
			t.Errorf("%s: contexts %v, integration types %v", c.Name, c.Contexts, c.IntegrationTypes)
		}
	}
	if changed, err := a.Register(t.Context(), guild); err != nil || !changed {
		t.Errorf("in a server: %v, %v", changed, err)
	}
	if changed, err := a.Register(t.Context(), guild); err != nil || changed {
		t.Errorf("in a server again: %v, %v", changed, err)
	}
	fewer, _ := newAdapter(t, fake)
	t.Cleanup(fewer.CloseIdle)
	if changed, err := fewer.Register(t.Context(), ""); err != nil || !changed {
		t.Errorf("another table: %v, %v", changed, err)
	}
}

func TestTooManyCommands(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	a, _ := newAdapter(t, fake, func(c *discord.Config) { c.Commands = make([]bot.Command, 26) })
	if _, err := a.Register(t.Context(), ""); err == nil {
		t.Error("26 subcommands were not refused")
	}
}

func TestDoctor(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(*discordtest.Application)
		setting setting
		fault   string // in what is found; empty if all is well
		do      string
	}{
		"well":         {nil, nil, "", ""},
		"token":        {nil, func(c *discord.Config) { c.Token = "old" }, "refuses the token", "Reset Token"},
		"application":  {nil, func(c *discord.Config) { c.AppID = "17" }, "the token is that of another application", "leave it out"},
		"public key":   {nil, func(c *discord.Config) { c.PublicKey = strings.Repeat("ab", 32) }, "the public key is not this application's", "General Information"},
		"server":       {func(a *discordtest.Application) { delete(a.IntegrationTypesConfig, "0") }, nil, "servers can't install it", "Guild Install"},
		"user":         {func(a *discordtest.Application) { delete(a.IntegrationTypesConfig, "1") }, nil, "people can't install it for themselves", "User Install"},
		"intents":      {func(a *discordtest.Application) { a.Flags = 1 << 19 }, nil, "a privileged intent is switched on", "switch"},
		"endpoint":     {func(a *discordtest.Application) { u := "https://x.example"; a.InteractionsEndpoint = &u }, nil, "no interactions come over the gateway", "--discord-mode http"},
		"no endpoint":  {nil, overHTTP, "no Interactions Endpoint URL is set", "Interactions Endpoint URL"},
		"commands":     {nil, func(c *discord.Config) { c.Commands = c.Commands[1:] }, "the commands are not registered", "discord register"},
		"other server": {nil, func(c *discord.Config) { c.API = "http://127.0.0.1:1" }, "the token could not be checked", "--discord-api"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFake(t, discordtest.Options{})
			first, _ := newAdapter(t, fake)
			t.Cleanup(first.CloseIdle)
			if _, err := first.Register(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				fake.Configure(test.change)
			}
			if test.setting == nil {
				test.setting = func(*discord.Config) {}
			}
			a, _ := newAdapter(t, fake, test.setting)
			t.Cleanup(a.CloseIdle)
			var faults []string
			for _, f := range a.Doctor(t.Context()) {
				if (f.Do == "") != f.OK || f.Unchecked != (name == "other server") {
					t.Errorf("%+v", f)
				}
				if !f.OK {
					faults = append(faults, f.What+" -> "+f.Do)
				}
			}
			all := strings.Join(faults, "\n")
			if test.fault == "" && all != "" || !strings.Contains(all, test.fault) || !strings.Contains(all, test.do) {
				t.Errorf("found %s", all)
			}
		})
	}
}

func TestNew(t *testing.T) {
	for name, c := range map[string]discord.Config{
		"no token":       {},
		"key":            {Token: "t", PublicKey: "abc"},
		"http, no key":   {Token: "t", HTTP: true},
		"another scheme": {Token: "t", API: "discord.com"},
	} {
		if _, err := discord.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestInviteURLs(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	a, _ := newAdapter(t, fake)
	t.Cleanup(a.CloseIdle)
	server, user, err := a.InviteURLs(t.Context())
	if err != nil || !strings.Contains(server, "client_id="+fake.AppID()) || !strings.Contains(server, "permissions=0") || strings.Contains(user, "bot") {
		t.Errorf("%s %s %v", server, user, err)
	}
}

// TestInteractionsGoAstray has the portal send interactions to an address while the
// bot waits at the gateway: it is not well, and says what to do, until that is mended.
func TestInteractionsGoAstray(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	w := start(t, fake, echo)
	w.connected(t)
	eventually(t, "it is well", func() bool { return w.Health() == nil })
	u := "https://x.example"
	fake.Configure(func(a *discordtest.Application) { a.InteractionsEndpoint = &u })
	eventually(t, "the fault", func() bool {
		err := w.Health()
		return err != nil && strings.Contains(err.Error(), "Interactions Endpoint URL")
	})
	fake.Configure(func(a *discordtest.Application) { a.InteractionsEndpoint = nil })
	eventually(t, "it is well again", func() bool { return w.Health() == nil })
}

// TestOtherApplication gives the id of another application than the token's: Run ends
// and says so.
func TestOtherApplication(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	a, _ := newAdapter(t, fake, func(c *discord.Config) { c.AppID = "17" })
	var fault *bot.SetupError
	if err := a.Run(t.Context(), echo); !errors.As(err, &fault) || !strings.Contains(err.Error(), "--discord-app-id") {
		t.Errorf("Run: %v", err)
	}
}
