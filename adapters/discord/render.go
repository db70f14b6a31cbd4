package discord

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bwmarrin/discordgo"

	"roadmapbot/bot"
)

// What Discord takes of embeds (resources/message, "Embed Limits").
const (
	maxTitle       = 256
	maxDescription = 4096
	maxEmbeds      = 10
	maxEmbedText   = 6000 - 20 // of all embeds of a message together, less room for a mark
)

// accent is the colour of the stripe beside a card.
const accent = 0x3F8F6B

// card is a message as Discord takes it. A card is one or more embeds and not
// components of the second version, because those hold 4,000 characters and a reply
// may have 6,000. Its text is one column without inline fields, which a phone would
// put below one another anyway, at other places than the reply has them.
type card struct {
	Embeds     []*embed               `json:"embeds"`
	Components []row                  `json:"components"`
	Mentions   mentions               `json:"allowed_mentions"`
	Flags      discordgo.MessageFlags `json:"flags,omitempty"`

	// Of a direct message only.
	Nonce        string `json:"nonce,omitempty"`
	EnforceNonce bool   `json:"enforce_nonce,omitempty"`
}

// embed is the part of an embed that is in use.
type embed struct {
	Title       string  `json:"title,omitempty"`
	Description string  `json:"description,omitempty"`
	Color       int     `json:"color,omitempty"`
	Footer      *footer `json:"footer,omitempty"`
}

type footer struct {
	Text string `json:"text"`
}

// mentions are the mentions that may ping: none, ever.
type mentions struct{}

func (mentions) MarshalJSON() ([]byte, error) { return []byte(`{"parse":[]}`), nil }

// errTooLong says that Discord can't show a reply in one message.
var errTooLong = errors.New("the reply is too long for Discord")

// tooLong is shown instead of such a reply. No reply that passes [bot.Reply.Check]
// should come to it.
var tooLong = bot.Reply{Blocks: []bot.Block{bot.Text("That answer is too long for Discord. Please ask for a smaller part of it.")}}

// render turns a reply into a card.
func render(r bot.Reply) (card, error) {
	rows, extra := buttons(r.Actions)
	pieces := make([]string, 0, len(r.Blocks)+2)
	title := escape(r.Title)
	if units(title) > maxTitle {
		pieces, title = append(pieces, around("**", title)), ""
	}
	for _, b := range r.Blocks {
		pieces = append(pieces, block(b)...)
	}
	pieces = append(pieces, extra...)
	embeds, err := stack(title, pieces)
	if err != nil {
		// Escaped, it does not fit. Without markup it may.
		r.Actions = nil // they are buttons, or in extra
		var plain []string
		for _, part := range chunks(r.String(), maxDescription-fenceUnits) {
			plain = append(plain, fence("", part))
		}
		embeds, err = stack("", append(plain, extra...))
	}
	if err != nil {
		c, _ := render(tooLong)
		return c, err
	}
	return card{Embeds: embeds, Components: rows}, nil
}

// fenceUnits is what a fence adds to a listing, and a bit.
const fenceUnits = 40

// stack lays pieces below one another, in as many embeds as they need.
func stack(title string, pieces []string) ([]*embed, error) {
	e := &embed{Title: title, Color: accent}
	all := []*embed{e}
	total, used := units(title), 0
	var text strings.Builder
	for _, p := range pieces {
		for _, part := range chunks(p, maxDescription) {
			if strings.TrimSpace(part) == "" {
				continue
			}
			n := units(part)
			gap := ""
			if used > 0 {
				gap = "\n\n"
			}
			if used+len(gap)+n > maxDescription {
				e.Description = text.String()
				text.Reset()
				used, gap = 0, ""
				e = &embed{Color: accent}
				all = append(all, e)
			}
			text.WriteString(gap + part)
			used += len(gap) + n
			total += len(gap) + n
		}
	}
	e.Description = text.String()
	if total > maxEmbedText || len(all) > maxEmbeds {
		return nil, fmt.Errorf("%w: %d characters in %d embeds", errTooLong, total, len(all))
	}
	if total == 0 {
		return nil, fmt.Errorf("%w: there is nothing in it", errTooLong)
	}
	return all, nil
}

// block writes one block of a reply.
func block(b bot.Block) []string {
	switch b := b.(type) {
	case bot.Text:
		return []string{markdown(b)}
	case bot.Code:
		var out []string
		for _, part := range chunks(b.Text, maxDescription-fenceUnits) {
			// Parting backticks may make it longer, but rarely.
			out = append(out, fence(clip(b.Language, 20), part))
		}
		return out
	case bot.List:
		lines := make([]string, len(b.Items))
		for i, item := range b.Items {
			mark := b.Mark(i) + " "
			lines[i] = mark + strings.ReplaceAll(markdown(bot.Text(item)), "\n", "\n"+strings.Repeat(" ", len(mark)))
		}
		return []string{strings.Join(lines, "\n")}
	case bot.Fields:
		lines := make([]string, len(b))
		for i, f := range b {
			lines[i] = around("**", escape(f.Name)) + ": " + markdown(bot.Text(f.Value))
		}
		return []string{strings.Join(lines, "\n")}
	case bot.Progress:
		return []string{escape(b.String()) + "\n" + bar(b)}
	}
	return nil
}

// barCells is how many cells a bar has: what a phone shows on one line.
const barCells = 16

func bar(p bot.Progress) string {
	full := 0
	if p.Total > 0 {
		full = min(max(barCells*p.Done/p.Total, 0), barCells)
	}
	if full == 0 && p.Done > 0 {
		full = 1 // a beginning shows
	}
	return strings.Repeat("▰", full) + strings.Repeat("▱", barCells-full)
}
