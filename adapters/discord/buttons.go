package discord

import (
	"strconv"
	"strings"

	"github.com/bwmarrin/discordgo"

	"roadmapbot/bot"
)

// What Discord takes of components (components/reference).
const (
	maxRows     = 5
	maxPerRow   = 5
	maxOptions  = 25  // of a select
	maxLabel    = 80  // of a button
	maxCustomID = 100 // also of a select's values
	maxURL      = 512
)

// longList is the number of plain buttons above which they become a select: two
// full rows are what a phone shows without scrolling past the text.
const longList = 10

// row is an action row. Its ID marks a direct message, see [mark].
type row struct {
	Type       discordgo.ComponentType `json:"type"`
	ID         int32                   `json:"id,omitempty"`
	Components []component             `json:"components"`
}

// component is a button, a select, a form's label or its input. discordgo's types
// encode through a second pass each, which is most of the time of a small answer.
type component struct {
	Type        discordgo.ComponentType `json:"type"`
	Style       int                     `json:"style,omitempty"`
	Label       string                  `json:"label,omitempty"`
	CustomID    string                  `json:"custom_id,omitempty"`
	URL         string                  `json:"url,omitempty"`
	Placeholder string                  `json:"placeholder,omitempty"`
	Options     []choice                `json:"options,omitempty"`
	MaxLength   int                     `json:"max_length,omitempty"`
	Component   *component              `json:"component,omitempty"`
}

// choice is a line of a select.
type choice struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// buttons lays out the actions: links and questions as buttons, the others as
// buttons or, if there are many, as a select. What finds no room, or does not fit
// into Discord's limits, comes back as text that says what to type.
func buttons(actions []bot.Action) (rows []row, text []string) {
	ids := customIDs{}
	var plain, rest []component
	for _, a := range actions {
		c := component{Type: discordgo.ButtonComponent, Style: int(discordgo.SecondaryButton), Label: clip(strings.TrimSpace(a.Label), maxLabel)}
		if c.Label == "" {
			c.Label = "…"
		}
		switch {
		case a.URL != "":
			if len(a.URL) > maxURL || !strings.HasPrefix(a.URL, "http") {
				text = append(text, link(a.Label, a.URL))
				continue
			}
			c.Style, c.URL = int(discordgo.LinkButton), a.URL
			rest = append(rest, c)
		default:
			id, ok := ids.make(a)
			if !ok {
				text = append(text, escape(a.Label)+": "+mono(a.Line))
				continue
			}
			c.CustomID = id
			if a.Ask != "" {
				rest = append(rest, c)
			} else {
				plain = append(plain, c)
			}
		}
	}
	rows = []row{} // never null: an edit without buttons takes the old ones away
	if len(plain) > longList {
		n := min(len(plain), maxOptions)
		rows = append(rows, selectRow(plain[:n]))
		rest = append(plain[n:], rest...)
	} else {
		if len(plain) > 0 {
			plain[0].Style = int(discordgo.PrimaryButton)
		}
		rest = append(plain, rest...)
	}
	for len(rest) > 0 && len(rows) < maxRows {
		n := min(len(rest), maxPerRow)
		rows = append(rows, row{Type: discordgo.ActionsRowComponent, Components: rest[:n]})
		rest = rest[n:]
	}
	for _, c := range rest {
		if c.URL != "" {
			text = append(text, link(c.Label, c.URL))
			continue
		}
		line, _, _ := decodeID(c.CustomID)
		text = append(text, escape(c.Label)+": "+mono(line))
	}
	return rows, text
}

// selectID is the custom_id of a select; the line is in the value picked.
const selectID = "|select"

func selectRow(from []component) row {
	options := make([]choice, len(from))
	for i, c := range from {
		options[i] = choice{Label: c.Label, Value: c.CustomID}
	}
	return row{Type: discordgo.ActionsRowComponent, Components: []component{{
		Type: discordgo.SelectMenuComponent, CustomID: selectID, Placeholder: "Choose one", Options: options,
	}}}
}

// customIDs makes the custom_ids of one message. An id is the action's line as it
// stands. If that is taken already, or could be misread, "|" and a number follow it
// or "!" precedes it; "?" in front and the question behind "|" make it open a form.
type customIDs map[string]bool

func (ids customIDs) make(a bot.Action) (id string, ok bool) {
	line := a.Line
	if a.Ask != "" {
		ask := strings.ReplaceAll(a.Ask, "|", "/")
		id = "?" + line + "|" + clipBytes(ask, maxCustomID-2-len(line))
		for n := 2; ids[id] && n <= 30; n++ { // the same question twice: the title tells them apart
			id = "?" + line + "|" + clipBytes(ask, maxCustomID-6-len(line)) + " " + strconv.Itoa(n)
		}
	} else {
		id = line
		if line != "" && strings.ContainsRune("?!|", rune(line[0])) {
			id = "!" + line
		}
		base := id
		if strings.Contains(line, "|") {
			id = base + "|0"
		}
		for n := 2; ids[id] && n <= 30; n++ {
			id = base + "|" + strconv.Itoa(n)
		}
	}
	if len(id) > maxCustomID || line == "" || ids[id] || strings.TrimSpace(id) != id {
		return "", false
	}
	ids[id] = true
	return id, true
}

// decodeID takes a custom_id apart. Ask is set for those that open a form.
func decodeID(id string) (line, ask string, isAsk bool) {
	body, isAsk := strings.CutPrefix(id, "?")
	i := strings.LastIndexByte(body, '|')
	switch {
	case isAsk && i >= 0:
		return body[:i], body[i+1:], true
	case isAsk:
		return body, "", true
	}
	id = strings.TrimPrefix(id, "!")
	i = strings.LastIndexByte(id, '|')
	if i >= 0 && i < len(id)-1 && strings.Trim(id[i+1:], "0123456789") == "" {
		return id[:i], "", false
	}
	return id, "", false
}

// clipBytes shortens s to at most n bytes, between two letters.
func clipBytes(s string, n int) string {
	if n <= 0 {
		return ""
	}
	if len(s) <= n {
		return s
	}
	cut := 0
	for i := range s {
		if i > n {
			break
		}
		cut = i
	}
	return s[:cut]
}

// Limits of forms, and how long an answer to a question may be: far longer than any
// the core understands.
const (
	maxFormText  = 45 // of its title and its labels
	maxFormInput = 500
)

// form is the modal that asks an action's question.
type form struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []component `json:"components"`
}

// formFor makes the form; its custom_id is the line that the answer is appended to.
func formFor(line, ask string) form {
	ask = clip(ask, maxFormText)
	if strings.TrimSpace(ask) == "" {
		ask = "Your words"
	}
	return form{CustomID: line, Title: ask, Components: []component{{
		Type: labelComponent, Label: "Your answer",
		Component: &component{Type: discordgo.TextInputComponent, CustomID: "text", Style: int(discordgo.TextInputShort), MaxLength: maxFormInput},
	}}}
}

// labelComponent is a form's label around an input; discordgo v0.29.0 lacks it.
const labelComponent discordgo.ComponentType = 18
