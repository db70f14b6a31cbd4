package discordtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"unicode/utf16"
)

// The limits that Discord documents in words, and its OpenAPI document lacks.
const (
	maxContent     = 2000
	maxEmbedText   = 6000 // all embeds of a message together
	maxTitle       = 256
	maxDescription = 4096
	maxFieldName   = 256
	maxFieldValue  = 1024
	maxRows        = 5
	maxButtons     = 5 // in a row
	maxCommandText = 8000
)

// units counts as strictly as Discord may: UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// checkMessage reports what Discord would refuse in a message's body. MayBeEmpty
// says that it need not have anything to show, as the update of a pressed message.
func checkMessage(body []byte, mayBeEmpty bool) error {
	var m struct {
		Message
		AllowedMentions *struct {
			Parse []string `json:"parse"`
			Users []string `json:"users"`
			Roles []string `json:"roles"`
		} `json:"allowed_mentions"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return err
	}
	var faults []error
	bad := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if units(m.Content) > maxContent {
		bad("content: %d of %d characters", units(m.Content), maxContent)
	}
	total := 0
	within := func(what, s string, limit int) {
		total += units(s)
		if units(s) > limit {
			bad("%s: %d of %d characters", what, units(s), limit)
		}
	}
	for _, e := range m.Embeds {
		within("embed title", e.Title, maxTitle)
		within("embed description", e.Description, maxDescription)
		if len(e.Fields) > 25 {
			bad("%d embed fields", len(e.Fields))
		}
		for _, f := range e.Fields {
			within("field name", f.Name, maxFieldName)
			within("field value", f.Value, maxFieldValue)
			if f.Name == "" || f.Value == "" {
				bad("an empty field")
			}
		}
		if e.Footer != nil {
			within("footer", e.Footer.Text, 2048)
		}
		if e.Author != nil {
			within("author", e.Author.Name, 256)
		}
		if e.Title == "" && e.Description == "" && len(e.Fields) == 0 && e.Footer == nil {
			bad("an embed with nothing in it")
		}
	}
	if total > maxEmbedText {
		bad("embeds: %d of %d characters", total, maxEmbedText)
	}
	if m.Content == "" && len(m.Embeds) == 0 && !mayBeEmpty {
		bad("a message with nothing in it (50006)")
	}
	if m.AllowedMentions == nil || m.AllowedMentions.Parse == nil || len(m.AllowedMentions.Parse)+len(m.AllowedMentions.Users)+len(m.AllowedMentions.Roles) > 0 {
		bad("the message may ping: allowed_mentions must be {\"parse\":[]}")
	}
	faults = append(faults, checkRows(m.Components)...)
	return errors.Join(faults...)
}

func checkRows(rows []Component) []error {
	var faults []error
	bad := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if len(rows) > maxRows {
		bad("%d action rows", len(rows))
	}
	ids, numbers := map[string]bool{}, map[int]bool{}
	for c := range walk(rows) {
		if c.CustomID != "" && ids[c.CustomID] {
			bad("custom_id %q twice", c.CustomID)
		}
		if c.ID != 0 && numbers[c.ID] {
			bad("component id %d twice", c.ID)
		}
		ids[c.CustomID], numbers[c.ID] = true, true
	}
	for _, row := range rows {
		if row.Type != rowType {
			bad("component of type %d outside a row", row.Type)
			continue
		}
		selects := 0
		for _, c := range row.Components {
			switch c.Type {
			case buttonType:
				if c.Label == "" {
					bad("a button without a label")
				}
				if (c.Style == linkStyle) != (c.URL != "") || (c.CustomID == "") != (c.URL != "") {
					bad("button %q: style %d, custom_id %q, url %q don't go together", c.Label, c.Style, c.CustomID, c.URL)
				}
			case selectType:
				selects++
				values := map[string]bool{}
				for _, o := range c.Options {
					if values[o.Value] {
						bad("select value %q twice", o.Value)
					}
					values[o.Value] = true
				}
			default:
				bad("component of type %d in a row of a message", c.Type)
			}
		}
		if selects > 0 && len(row.Components) > 1 || len(row.Components) > maxButtons {
			bad("a row of %d components, %d of them selects", len(row.Components), selects)
		}
	}
	return faults
}

// commandName is what Discord takes as the name of a command or an option; lower
// case where a letter has one.
var commandName = regexp.MustCompile(`^[-_'\p{Ll}\p{Lm}\p{Lo}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// CommandOption is an option or a subcommand as registered.
type CommandOption struct {
	Type         int             `json:"type"`
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	Required     bool            `json:"required"`
	Autocomplete bool            `json:"autocomplete"`
	MaxLength    int             `json:"max_length,omitempty"`
	Choices      []CommandChoice `json:"choices,omitempty"`
	Options      []CommandOption `json:"options"` // empty lists come back, as from Discord for subcommands
}

// CommandChoice is a fixed value of an option.
type CommandChoice struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// Command is a slash command as registered.
type Command struct {
	ID               string          `json:"id"`
	ApplicationID    string          `json:"application_id"`
	Type             int             `json:"type"`
	Name             string          `json:"name"`
	Description      string          `json:"description"`
	Options          []CommandOption `json:"options,omitempty"`
	Contexts         []int           `json:"contexts"`
	IntegrationTypes []int           `json:"integration_types"`
}

// Option types, as Discord numbers them.
const (
	subcommandOption = 1
	groupOption      = 2
	integerOption    = 4
)

// checkCommands reports what Discord would refuse in a set of commands.
func checkCommands(all []Command) error {
	var faults []error
	bad := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	names := map[string]bool{}
	for _, c := range all {
		if names[c.Name] {
			bad("command %s twice", c.Name)
		}
		names[c.Name] = true
		total := 0
		var visit func(path, name, description string, options []CommandOption, depth int)
		visit = func(path, name, description string, options []CommandOption, depth int) {
			if !commandName.MatchString(name) {
				bad("%s: name %q", path, name)
			}
			if description == "" || units(description) > 100 {
				bad("%s: description of %d characters", path, units(description))
			}
			if len(options) > 25 {
				bad("%s: %d options", path, len(options))
			}
			total += units(name) + units(description)
			optional := false
			subs := 0
			seen := map[string]bool{}
			for _, o := range options {
				where := path + " " + o.Name
				if seen[o.Name] {
					bad("%s twice", where)
				}
				seen[o.Name] = true
				if o.Type == subcommandOption || o.Type == groupOption {
					subs++
					if depth > 1 || o.Type == groupOption && depth > 0 {
						bad("%s: nested too deep", where)
					}
				} else if o.Required && optional {
					bad("%s: required after an optional one", where)
				}
				optional = optional || !o.Required
				if o.Autocomplete && len(o.Choices) > 0 {
					bad("%s: choices and autocomplete", where)
				}
				for _, choice := range o.Choices {
					total += units(choice.Name) + len(choice.Value)
				}
				visit(where, o.Name, o.Description, o.Options, depth+1)
			}
			if subs > 0 && subs < len(options) {
				bad("%s: subcommands and options side by side", path)
			}
		}
		visit("/"+c.Name, c.Name, c.Description, c.Options, 0)
		if total > maxCommandText {
			bad("/%s: %d of %d characters in all", c.Name, total, maxCommandText)
		}
	}
	return errors.Join(faults...)
}
