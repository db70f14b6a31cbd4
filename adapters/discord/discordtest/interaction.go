package discordtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Interaction types and callback types, as Discord numbers them.
const (
	pingInteraction         = 1
	commandInteraction      = 2
	componentInteraction    = 3
	autocompleteInteraction = 4
	modalInteraction        = 5

	pong           = 1
	newMessage     = 4
	deferred       = 5
	deferredUpdate = 6
	update         = 7
	suggestions    = 8
	modal          = 9
)

// The windows in which an interaction's token works.
const (
	firstAnswer  = 3 * time.Second
	tokenLife    = 15 * time.Minute
	maxFollowups = 100
)

// Modal is a form as the person sees it.
type Modal struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []Component `json:"components"`
}

// Suggestion is one line of autocomplete.
type Suggestion struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// interaction is one event a person caused, with what the bot made of it.
type interaction struct {
	id, token string
	kind      int
	person    *Person
	channel   *channel // set if it happened in the bot's DM
	source    *Message // the message whose component was used
	came      time.Time

	answered  int // callback type, 0 before
	at        time.Time
	message   *Message // the answer's message; the source if it was updated
	thinking  bool     // deferred and not yet filled in
	followups []*Message
	form      *Modal
	choices   []Suggestion
	changed   chan struct{} // closed at every change
}

func (i *interaction) touch() {
	close(i.changed)
	i.changed = make(chan struct{})
}

// newInteraction registers an interaction. The caller holds the lock.
func (s *Server) newInteraction(kind int, p *Person, source *Message) *interaction {
	id := s.snowflake()
	i := &interaction{
		id: id, token: "aW50ZXJhY3Rpb246" + id, kind: kind, person: p, source: source,
		came: s.options.Now(), changed: make(chan struct{}),
	}
	if p.guild == "" {
		i.channel = s.dm(p)
	}
	s.interactions[i.token] = i
	s.order = append(s.order, i.token)
	if len(s.order) > keep {
		for _, token := range s.order[:keep/4] {
			delete(s.interactions, token)
		}
		s.order = slices.Delete(s.order, 0, keep/4)
	}
	return i
}

// callback takes the first answer to an interaction. The caller holds the lock.
func (s *Server) callback(id, token string, body []byte) (any, *refusal) {
	i := s.interactions[token]
	if i == nil || i.id != id || s.options.Now().Sub(i.came) > firstAnswer {
		return nil, &refusal{404, 10062, "Unknown interaction"}
	}
	if i.answered != 0 {
		return nil, &refusal{400, 40060, "Interaction has already been acknowledged."}
	}
	var b struct {
		Type int             `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, &refusal{400, 50035, err.Error()}
	}
	if refused := s.first(i, b.Type, b.Data); refused != nil {
		return nil, refused
	}
	return nil, nil
}

// first carries out the first answer, from the callback route or inline.
func (s *Server) first(i *interaction, kind int, data []byte) *refusal {
	invalid := func(format string, args ...any) *refusal {
		return &refusal{400, 50035, fmt.Sprintf(format, args...)}
	}
	component := i.kind == componentInteraction || i.kind == modalInteraction && i.source != nil
	switch kind {
	case newMessage:
		if i.kind == autocompleteInteraction {
			return invalid("a message in answer to autocomplete")
		}
		if err := checkMessage(data, false); err != nil {
			return invalid("%v", err)
		}
		m, refused := s.newMessage(data)
		if refused != nil {
			return refused
		}
		s.show(i, m)
		i.message = m
	case deferred:
		var d map[string]any
		_ = json.Unmarshal(data, &d)
		for field := range d {
			if field != "flags" {
				return invalid("a deferred answer takes only flags, not %s", field)
			}
		}
		if flags, _ := d["flags"].(float64); int(flags)&^ephemeral != 0 {
			return invalid("flags %v of a deferred answer", flags)
		}
		m, refused := s.newMessage(data)
		if refused != nil {
			return refused
		}
		i.message, i.thinking = m, true
		s.show(i, m)
	case deferredUpdate, update:
		if !component {
			return invalid("callback type %d needs a component", kind)
		}
		i.message = i.source
		if kind == deferredUpdate {
			i.thinking = true
			break
		}
		if err := checkMessage(data, true); err != nil {
			return invalid("%v", err)
		}
		if _, refused := s.edit(i.message, data); refused != nil {
			return refused
		}
	case suggestions:
		var d struct {
			Choices *[]Suggestion `json:"choices"`
		}
		if i.kind != autocompleteInteraction {
			return invalid("suggestions in answer to something else")
		}
		if err := json.Unmarshal(data, &d); err != nil || d.Choices == nil {
			return invalid("choices are missing")
		}
		if len(*d.Choices) > 25 {
			return invalid("%d choices", len(*d.Choices))
		}
		i.choices = *d.Choices
	case modal:
		if i.kind != commandInteraction && i.kind != componentInteraction {
			return invalid("a form in answer to interaction type %d", i.kind)
		}
		i.form = &Modal{}
		if err := json.Unmarshal(data, i.form); err != nil {
			return invalid("%v", err)
		}
		if len(i.form.Components) > 5 {
			return invalid("%d components in a form", len(i.form.Components))
		}
		for c := range walk(i.form.Components) {
			if c.Type == inputType && c.Label != "" {
				return invalid("a text input with a label of its own inside a label")
			}
			if c.Type == rowType {
				return invalid("an action row in a form is deprecated: use a label")
			}
		}
	default:
		return invalid("callback type %d", kind)
	}
	i.answered, i.at = kind, s.options.Now()
	i.touch()
	return nil
}

// show puts a new message where the interaction happened.
func (s *Server) show(i *interaction, m *Message) {
	if i.channel != nil && !m.Private() {
		s.keepIn(i.channel, m)
	}
}

// webhookRoute edits answers and adds follow-ups. The caller holds the lock.
func (s *Server) webhookRoute(method string, v map[string]string, rest []string, body []byte) (any, *refusal) {
	i := s.interactions[v["webhook_token"]]
	if v["webhook_id"] != s.options.AppID || i == nil || s.options.Now().Sub(i.came) > tokenLife {
		return nil, &refusal{401, 50027, "Invalid Webhook Token"}
	}
	if i.answered == 0 {
		return nil, &refusal{404, 10015, "Unknown Webhook"}
	}
	if len(rest) == 0 {
		return s.followup(i, body)
	}
	m := i.message
	if id := v["message_id"]; id != "" {
		m = nil
		for _, f := range i.followups {
			if f.ID == id {
				m = f
			}
		}
	}
	if m == nil {
		return nil, &refusal{404, 10008, "Unknown Message"}
	}
	if method == "GET" {
		return m, nil
	}
	if err := checkMessage(body, false); err != nil {
		return nil, &refusal{400, 50035, err.Error()}
	}
	i.thinking = false
	reply, refused := s.edit(m, body)
	i.touch()
	return reply, refused
}

func (s *Server) followup(i *interaction, body []byte) (any, *refusal) {
	if err := checkMessage(body, false); err != nil {
		return nil, &refusal{400, 50035, err.Error()}
	}
	if len(i.followups) >= maxFollowups {
		return nil, &refusal{400, 40094, "This interaction has hit the maximum number of follow up messages."}
	}
	if strings.Contains(string(body), `"nonce"`) {
		return nil, &refusal{400, 50035, "no nonce on webhooks"}
	}
	m, refused := s.newMessage(body)
	if refused != nil {
		return nil, refused
	}
	s.show(i, m)
	i.followups = append(i.followups, m)
	i.thinking = false
	i.touch()
	return m, nil
}
