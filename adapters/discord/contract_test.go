package discord_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"roadmapbot/adapters/adaptertest"
	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
	"roadmapbot/content"
)

// roadmap is the bot's own table of commands and completion.
func roadmap(t testing.TB) *bot.Bot {
	t.Helper()
	r, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	return bot.New(bot.Config{Roadmap: r})
}

func theBots(b *bot.Bot) setting {
	return func(c *discord.Config) { c.Commands, c.Complete = b.Commands(), b.Complete }
}

// slash turns a line into the slash command a person would use for it.
func slash(commands []bot.Command, line string) (command string, options []string) {
	words := strings.Fields(line)
	for _, c := range commands {
		if c.Name != words[0] {
			continue
		}
		rest := words[1:]
		for i, arg := range c.Args {
			switch {
			case len(rest) == 0:
			case i == len(c.Args)-1:
				options = append(options, arg.Name, strings.Join(rest, " "))
			default:
				options = append(options, arg.Name, rest[0])
				rest = rest[1:]
			}
		}
	}
	return "roadmap " + words[0], options
}

func TestContract(t *testing.T) {
	for name, over := range map[string]struct{ http, server bool }{
		"gateway in a server": {false, true}, "gateway in direct messages": {false, false},
		"http in a server": {true, true}, "http in direct messages": {true, false},
	} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Run(t, func(t *testing.T) adaptertest.Platform { return platform(t, over.http, over.server) })
		})
	}
}

// platform is the stand-in as the contract sees it.
func platform(t *testing.T, http, server bool) adaptertest.Platform {
	fake := newFake(t, discordtest.Options{})
	b := roadmap(t)
	a, _ := newAdapter(t, fake, theBots(b), func(c *discord.Config) { c.HTTP = http })
	if http {
		endpoint := httptest.NewServer(a)
		t.Cleanup(endpoint.Close)
		if err := fake.SetEndpoint(endpoint.URL + "/discord/interactions"); err != nil {
			t.Fatal(err)
		}
	}
	ann := fake.Person("ann")
	where := ann
	if server {
		where = ann.In("1300000000000000001")
	}
	var last *discordtest.Answer
	see := func(t *testing.T, answer *discordtest.Answer, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		last = answer
		return sight(answer.Message())
	}
	p := adaptertest.Platform{
		Adapter: a, Person: bot.Account{Platform: discord.Name, User: ann.ID()},
		Say: func(t *testing.T, line string) string {
			eventually(t, "the adapter's health", func() bool { return a.Health() == nil && len(fake.Commands("")) > 0 })
			if !http {
				await(t, fake.Gateway.Changed, fake.Gateway.Connected)
			}
			command, options := slash(b.Commands(), line)
			answer, err := where.Slash(t.Context(), command, options...)
			return see(t, answer, err)
		},
		Press: func(t *testing.T, label string) string {
			answer, err := where.Press(t.Context(), last.Message(), label)
			return see(t, answer, err)
		},
		Answer: func(t *testing.T, label, text string) string {
			asked, err := where.Press(t.Context(), last.Message(), label)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := where.Fill(t.Context(), asked, text)
			return see(t, answer, err)
		},
		Inbox: func(*testing.T) []string {
			var all []string
			for _, m := range ann.Inbox() {
				all = append(all, sight(m))
			}
			return all
		},
	}
	if server {
		p.OnlyTheyCanSee = func(*testing.T) bool { return last.Message().Private() }
	}
	return p
}

// sight is what a person sees of a message.
func sight(m discordtest.Message) string { return m.Text() + "\n" + strings.Join(m.Labels(), "\n") }
