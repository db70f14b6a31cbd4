package discord

import (
	"encoding/json"
	"strings"

	"github.com/bwmarrin/discordgo"

	"roadmapbot/bot"
)

// interaction is a slash command, a pressed button, a form or a word being typed:
// the fields in use of what Discord sends. discordgo's own type can't be decoded if
// a form holds a kind of component it does not know (bwmarrin/discordgo#1683).
type interaction struct {
	ID     string                    `json:"id"`
	App    string                    `json:"application_id"`
	Token  string                    `json:"token"`
	Type   discordgo.InteractionType `json:"type"`
	Locale string                    `json:"locale"`
	Guild  string                    `json:"guild_id"`
	// Channel is where it happened.
	Channel string `json:"channel_id"`
	// Context is where it happened; apps of before 2024 get none.
	Context *discordgo.InteractionContextType `json:"context"`
	Member  *struct {
		User person `json:"user"`
	} `json:"member"` // in a server
	User    *person `json:"user"` // elsewhere
	Data    data    `json:"data"`
	Message *struct {
		marked
		Flags discordgo.MessageFlags `json:"flags"`
	} `json:"message"` // the one whose component was used
}

type person struct {
	ID  string `json:"id"`
	Bot bool   `json:"bot"`
}

// data holds the fields of all kinds of interactions.
type data struct {
	Name       string        `json:"name"`
	Options    []option      `json:"options"`
	CustomID   string        `json:"custom_id"`
	Values     []string      `json:"values"`
	Components []inputHolder `json:"components"`
}

// option is an option of a command, or a subcommand with its own.
type option struct {
	Name    string                                 `json:"name"`
	Type    discordgo.ApplicationCommandOptionType `json:"type"`
	Value   scalar                                 `json:"value"`
	Focused bool                                   `json:"focused"`
	Options []option                               `json:"options"`
}

// scalar is a string, a number or a truth value, as text.
type scalar string

func (s *scalar) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		err := json.Unmarshal(raw, &text)
		*s = scalar(text)
		return err
	}
	if len(raw) > 0 && raw[0] != '{' && raw[0] != '[' && string(raw) != "null" {
		*s = scalar(raw)
	}
	return nil
}

// inputHolder is a component of a submitted form: an input, a label around one, or
// a row of them as older clients send it.
type inputHolder struct {
	Value      scalar        `json:"value"`
	Component  *inputHolder  `json:"component"`
	Components []inputHolder `json:"components"`
}

// text is the first text in a form.
func (h inputHolder) text() string {
	if h.Value != "" {
		return string(h.Value)
	}
	if h.Component != nil {
		if t := h.Component.text(); t != "" {
			return t
		}
	}
	for _, c := range h.Components {
		if t := c.text(); t != "" {
			return t
		}
	}
	return ""
}

// salvage takes out of a malformed interaction what an answer needs.
func salvage(raw json.RawMessage) interaction {
	var in interaction
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) == nil {
		_ = json.Unmarshal(fields["id"], &in.ID)
		_ = json.Unmarshal(fields["token"], &in.Token)
		_ = json.Unmarshal(fields["application_id"], &in.App)
	}
	return in
}

// from is the person who acted.
func (in *interaction) from() person {
	switch {
	case in.Member != nil && in.Member.User.ID != "":
		return in.Member.User
	case in.User != nil:
		return *in.User
	}
	return person{}
}

// direct tells whether it happened in the bot's own direct messages, where nobody
// else can look.
func (in *interaction) direct() bool {
	if in.Context != nil {
		return *in.Context == discordgo.InteractionContextBotDM
	}
	return in.Guild == "" && in.User != nil
}

// replaceable tells whether the pressed card is the presser's alone, so that an
// answer may take its place.
func (in *interaction) replaceable() bool {
	return in.Message != nil && (in.direct() || in.Message.Flags&discordgo.MessageFlagsEphemeral != 0)
}

// request is what the core shall do.
func (in *interaction) request(line string) bot.Request {
	req := bot.Request{
		From:   bot.Account{Platform: Name, User: in.from().ID},
		Line:   line,
		ID:     in.ID,
		Locale: in.Locale,
	}
	if in.Context != nil && *in.Context == discordgo.InteractionContextBotDM {
		req.Channel = in.Channel
	}
	return req
}

// commandLine turns a slash command into the line it stands for: the arguments in
// the order of the table of commands, whatever order Discord sends them in.
func (in *interaction) commandLine(commands []bot.Command) string {
	name, options := in.Data.Name, in.Data.Options
	if name == rootCommand {
		if len(options) == 0 {
			return "help"
		}
		name, options = options[0].Name, options[0].Options
	}
	words := []string{name}
	for _, c := range commands {
		if c.Name != name {
			continue
		}
		for _, arg := range c.Args {
			for _, o := range options {
				if o.Name == arg.Name && o.Value != "" {
					words = append(words, string(o.Value))
				}
			}
		}
	}
	return strings.Join(words, " ")
}

// focus is the argument being typed, and what is there of it.
func (in *interaction) focus(commands []bot.Command) (arg bot.Arg, typed string, ok bool) {
	name, options := in.Data.Name, in.Data.Options
	if name == rootCommand && len(options) > 0 {
		name, options = options[0].Name, options[0].Options
	}
	for _, o := range options {
		if !o.Focused {
			continue
		}
		for _, c := range commands {
			for _, a := range c.Args {
				if c.Name == name && a.Name == o.Name {
					return a, string(o.Value), true
				}
			}
		}
	}
	return arg, "", false
}
