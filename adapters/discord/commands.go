package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/bwmarrin/discordgo"

	"roadmapbot/bot"
)

// rootCommand is the command whose subcommands are the bot's; the shortcut is one
// of them that has a command of its own.
const (
	rootCommand = "roadmap"
	shortcut    = "today"
)

// Limits of commands (interactions/application-commands).
const (
	maxSubcommands  = 25
	maxOptionLength = 300 // ours: longer than any value the core understands
)

// slashCommand is a command as registered: the fields in use, so that a set read
// back can be compared.
type slashCommand struct {
	Type         discordgo.ApplicationCommandType       `json:"type"`
	Name         string                                 `json:"name"`
	Description  string                                 `json:"description"`
	Options      []slashOption                          `json:"options,omitempty"`
	Contexts     []discordgo.InteractionContextType     `json:"contexts,omitempty"`
	Integrations []discordgo.ApplicationIntegrationType `json:"integration_types,omitempty"`
}

type slashOption struct {
	Type         discordgo.ApplicationCommandOptionType `json:"type"`
	Name         string                                 `json:"name"`
	Description  string                                 `json:"description"`
	Required     bool                                   `json:"required,omitempty"`
	Autocomplete bool                                   `json:"autocomplete,omitempty"`
	MaxLength    int                                    `json:"max_length,omitempty"`
	Choices      []slashChoice                          `json:"choices,omitempty"`
	Options      []slashOption                          `json:"options,omitempty"`
}

type slashChoice struct {
	Name  string `json:"name"`
	Value int    `json:"value"`
}

// slashCommands is the core's table as Discord's commands. Global ones work in
// servers, in the bot's direct messages and, for those who installed the app for
// themselves, everywhere; a server's own take no contexts.
func slashCommands(table []bot.Command, complete func(bot.ArgKind, string) []bot.Choice, global bool) ([]slashCommand, error) {
	if len(table) > maxSubcommands {
		return nil, fmt.Errorf("%d commands; Discord takes %d subcommands", len(table), maxSubcommands)
	}
	root := slashCommand{Type: discordgo.ChatApplicationCommand, Name: rootCommand, Description: "Your way through the backend roadmap"}
	set := []slashCommand{}
	for _, c := range table {
		sub := slashOption{Type: discordgo.ApplicationCommandOptionSubCommand, Name: c.Name, Description: clip(c.Summary, 100)}
		for _, a := range c.Args {
			sub.Options = append(sub.Options, slashArgument(a, complete))
		}
		root.Options = append(root.Options, sub)
		if c.Name == shortcut {
			set = append(set, slashCommand{Type: discordgo.ChatApplicationCommand, Name: c.Name, Description: sub.Description, Options: sub.Options})
		}
	}
	set = append([]slashCommand{root}, set...)
	if global {
		for i := range set {
			set[i].Contexts = []discordgo.InteractionContextType{
				discordgo.InteractionContextGuild, discordgo.InteractionContextBotDM, discordgo.InteractionContextPrivateChannel,
			}
			set[i].Integrations = []discordgo.ApplicationIntegrationType{
				discordgo.ApplicationIntegrationGuildInstall, discordgo.ApplicationIntegrationUserInstall,
			}
		}
	}
	return set, nil
}

func slashArgument(a bot.Arg, complete func(bot.ArgKind, string) []bot.Choice) slashOption {
	o := slashOption{
		Type: discordgo.ApplicationCommandOptionString, Name: a.Name, Description: clip(a.Summary, 100),
		Required: a.Required, MaxLength: maxOptionLength,
	}
	switch {
	case a.Kind == bot.ArgStage:
		o.Type, o.MaxLength = discordgo.ApplicationCommandOptionInteger, 0
		if complete != nil {
			for _, c := range complete(a.Kind, "") {
				var n int
				if _, err := fmt.Sscan(c.Value, &n); err == nil && len(o.Choices) < maxOptions {
					o.Choices = append(o.Choices, slashChoice{Name: clip(c.Label, maxChoice), Value: n})
				}
			}
		}
	case a.Kind != bot.ArgText || len(a.Choices) > 0:
		// Choices of Discord's own kind would refuse everything else.
		o.Autocomplete = true
	}
	return o
}

// Register makes Discord offer the commands, in one server or, with an empty guild,
// everywhere. It writes only if they changed, and tells whether they did.
func (a *Adapter) Register(ctx context.Context, guild string) (changed bool, err error) {
	want, err := slashCommands(a.config.Commands, a.config.Complete, guild == "")
	if err != nil {
		return false, err
	}
	path, have, err := a.registered(ctx, guild)
	if err != nil {
		return false, err
	}
	if same(want, have) {
		return false, nil
	}
	if err := a.rest.do(ctx, call{method: http.MethodPut, path: path, body: want, patient: true}, nil); err != nil {
		return false, fmt.Errorf("register the commands: %w", err)
	}
	return true, nil
}

// registered reads the commands that Discord offers now.
func (a *Adapter) registered(ctx context.Context, guild string) (path string, have []slashCommand, err error) {
	app, err := a.appID(ctx)
	if err != nil {
		return "", nil, err
	}
	path = "/applications/" + app + "/commands"
	if guild != "" {
		path = "/applications/" + app + "/guilds/" + guild + "/commands"
	}
	if err := a.rest.do(ctx, call{method: http.MethodGet, path: path, patient: true}, &have); err != nil {
		switch {
		case unauthorized(err):
			err = errToken
		case isCode(err, codeOtherApp):
			err = setup("--discord-app-id names another application than the token's; leave it out (%w)", err)
		}
		return "", nil, fmt.Errorf("read the commands: %w", err)
	}
	return path, have, nil
}

// same compares two sets, whatever order Discord gives them back in.
func same(a, b []slashCommand) bool {
	order := func(set []slashCommand) []slashCommand {
		set = slices.Clone(set)
		slices.SortFunc(set, func(x, y slashCommand) int {
			if x.Name < y.Name {
				return -1
			}
			return 1
		})
		for i := range set {
			set[i].Contexts = slices.Sorted(slices.Values(set[i].Contexts))
			set[i].Integrations = slices.Sorted(slices.Values(set[i].Integrations))
		}
		return set
	}
	// As JSON an empty list and none are the same, which Discord does not keep apart.
	x, errX := json.Marshal(order(a))
	y, errY := json.Marshal(order(b))
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
