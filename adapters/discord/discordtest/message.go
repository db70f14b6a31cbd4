package discordtest

import (
	"encoding/json"
	"strings"
	"time"
)

// Message is one message as it stands, in the form in which Discord keeps it.
type Message struct {
	ID         string      `json:"id"`
	ChannelID  string      `json:"channel_id"`
	Author     User        `json:"author"`
	Content    string      `json:"content"`
	Embeds     []Embed     `json:"embeds"`
	Components []Component `json:"components"`
	Flags      int         `json:"flags"`
	Timestamp  time.Time   `json:"timestamp"`
	Edited     *time.Time  `json:"edited_timestamp"`

	// Nonce comes with the answer to the request that made the message. Discord
	// does not keep it: the history is without.
	Nonce string `json:"nonce,omitempty"`
}

// User is a person or the bot.
type User struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Bot      bool   `json:"bot,omitempty"`
}

// Embed is the text of a card.
type Embed struct {
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description,omitempty"`
	URL         string       `json:"url,omitempty"`
	Color       int          `json:"color,omitempty"`
	Fields      []EmbedField `json:"fields,omitempty"`
	Footer      *struct {
		Text string `json:"text"`
	} `json:"footer,omitempty"`
	Author *struct {
		Name string `json:"name"`
	} `json:"author,omitempty"`
}

// EmbedField is a name and a value.
type EmbedField struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline,omitempty"`
}

// Component is a row, a button, a select, a label or a text input: whatever its
// Type says.
type Component struct {
	Type        int         `json:"type"`
	ID          int         `json:"id,omitempty"`
	CustomID    string      `json:"custom_id,omitempty"`
	Label       string      `json:"label,omitempty"`
	Style       int         `json:"style,omitempty"`
	URL         string      `json:"url,omitempty"`
	Placeholder string      `json:"placeholder,omitempty"`
	Options     []Option    `json:"options,omitempty"`
	Components  []Component `json:"components,omitempty"`
	Component   *Component  `json:"component,omitempty"`
	Value       string      `json:"value,omitempty"`
	Required    *bool       `json:"required,omitempty"`
	MaxLength   int         `json:"max_length,omitempty"`
}

// Option is one line of a select.
type Option struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Component types, as Discord numbers them.
const (
	rowType    = 1
	buttonType = 2
	selectType = 3
	inputType  = 4
	labelType  = 18
)

// linkStyle is the style of a button that opens an address.
const linkStyle = 5

// ephemeral is the flag of a message that only one person sees.
const ephemeral = 1 << 6

// Text is everything the message says, without its buttons.
func (m Message) Text() string {
	parts := []string{m.Content}
	for _, e := range m.Embeds {
		parts = append(parts, e.Title, e.Description)
		for _, f := range e.Fields {
			parts = append(parts, f.Name+": "+f.Value)
		}
		if e.Footer != nil {
			parts = append(parts, e.Footer.Text)
		}
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

// Labels lists what the message's buttons and selects offer.
func (m Message) Labels() []string {
	var labels []string
	for c := range walk(m.Components) {
		switch c.Type {
		case buttonType:
			labels = append(labels, c.Label)
		case selectType:
			for _, o := range c.Options {
				labels = append(labels, o.Label)
			}
		}
	}
	return labels
}

// Private tells whether only one person sees the message.
func (m Message) Private() bool { return m.Flags&ephemeral != 0 }

// walk goes over components and all inside them.
func walk(all []Component) func(yield func(Component) bool) {
	return func(yield func(Component) bool) {
		var visit func(c Component) bool
		visit = func(c Component) bool {
			if !yield(c) {
				return false
			}
			if c.Component != nil && !visit(*c.Component) {
				return false
			}
			for _, inner := range c.Components {
				if !visit(inner) {
					return false
				}
			}
			return true
		}
		for _, c := range all {
			if !visit(c) {
				return
			}
		}
	}
}

// number gives every component the id that Discord would give it.
func number(all []Component) []Component {
	used := map[int]bool{}
	for c := range walk(all) {
		used[c.ID] = true
	}
	next := 1
	var give func(list []Component)
	give = func(list []Component) {
		for i := range list {
			if list[i].ID == 0 {
				for used[next] {
					next++
				}
				list[i].ID = next
				used[next] = true
			}
			give(list[i].Components)
		}
	}
	give(all)
	return all
}

// change lays the fields of a request's body over the message: a field that is
// not there stays as it was.
func (m *Message) change(body []byte) error {
	var b struct {
		Content    *string      `json:"content"`
		Embeds     *[]Embed     `json:"embeds"`
		Components *[]Component `json:"components"`
		Flags      *int         `json:"flags"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return err
	}
	if b.Content != nil {
		m.Content = *b.Content
	}
	if b.Embeds != nil {
		m.Embeds = *b.Embeds
	}
	if b.Components != nil {
		m.Components = number(*b.Components)
	}
	if b.Flags != nil && m.Edited == nil {
		m.Flags = *b.Flags
	}
	return nil
}
