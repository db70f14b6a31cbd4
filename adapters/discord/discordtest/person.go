package discordtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Person is somebody with a Discord client. Copies made by [Person.In] are the
// same person somewhere else.
type Person struct {
	*identity
	s     *Server
	guild string // where they are; empty: the bot's direct messages
}

type identity struct {
	id, name string
	closed   int           // error code with which their direct messages refuse the bot
	mail     chan struct{} // closed and renewed when a direct message arrives
}

// Person makes somebody, in the bot's direct messages.
func (s *Server) Person(name string) *Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Person{identity: &identity{id: s.snowflake(), name: name, mail: make(chan struct{})}, s: s}
	s.people[p.id] = p
	return p
}

// ID is the person's user id.
func (p *Person) ID() string { return p.id }

// In is the same person in a server.
func (p *Person) In(guild string) *Person { return &Person{identity: p.identity, s: p.s, guild: guild} }

// CloseDMs lets the person's direct messages refuse the bot with an error code,
// such as 50007 or 50278; zero opens them again.
func (p *Person) CloseDMs(code int) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.closed = code
}

// DeleteDM makes the bot's channel with the person unknown (10003). The next
// request to open it makes another.
func (p *Person) DeleteDM() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	for id, c := range p.s.channels {
		if c.person.identity == p.identity {
			delete(p.s.channels, id)
		}
	}
}

func (p *Person) user() User { return User{ID: p.id, Username: p.name} }

func (p *identity) notify() {
	close(p.mail)
	p.mail = make(chan struct{})
}

// Inbox is the history of the person's direct messages with the bot, oldest first.
func (p *Person) Inbox() []Message {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.inbox()
}

func (p *Person) inbox() []Message {
	var all []Message
	for _, c := range p.s.channels {
		if c.person.identity == p.identity {
			for _, m := range c.messages {
				all = append(all, *m)
			}
		}
	}
	return all
}

// Write writes a direct message to the bot.
func (p *Person) Write(text string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	m := &Message{ID: p.s.snowflake(), Author: p.user(), Content: text, Timestamp: p.s.options.Now(), Embeds: []Embed{}, Components: []Component{}}
	p.s.keepIn(p.s.dm(p), m)
}

// Await waits until there are n direct messages with the bot, and returns them.
func (p *Person) Await(ctx context.Context, n int) ([]Message, error) {
	for {
		p.s.mu.Lock()
		all, mail := p.inbox(), p.mail
		p.s.mu.Unlock()
		if len(all) >= n {
			return all, nil
		}
		select {
		case <-mail:
		case <-ctx.Done():
			return all, fmt.Errorf("%d of %d direct messages: %w", len(all), n, ctx.Err())
		}
	}
}

// ErrFailed is what a person sees if nothing answers within 3 seconds: "This
// interaction failed".
var ErrFailed = errors.New("this interaction failed")

// ErrNoButton is a press on what is not there, or opens an address.
var ErrNoButton = errors.New("no button")

// Answer is what the bot made of one interaction.
type Answer struct {
	s *Server
	i *interaction

	Type    int // of the callback: 4 message, 5 and 6 deferred, 7 update, 8 suggestions, 9 form
	Form    *Modal
	Choices []Suggestion
}

// Slash uses a command, such as Slash(ctx, "roadmap done", "topic", "vcs-git").
// The client refuses what the registered commands don't offer.
func (p *Person) Slash(ctx context.Context, command string, options ...string) (*Answer, error) {
	data, err := p.command(command, "", options)
	if err != nil {
		return nil, err
	}
	return p.act(ctx, commandInteraction, data, nil)
}

// Type types into an option of a command and returns what autocomplete offers.
func (p *Person) Type(ctx context.Context, command, option, typed string) ([]Suggestion, error) {
	data, err := p.command(command, option, []string{option, typed})
	if err != nil {
		return nil, err
	}
	a, err := p.act(ctx, autocompleteInteraction, data, nil)
	if err != nil {
		return nil, err
	}
	return a.Choices, nil
}

// Press presses the button, or picks the line of a select, with the label.
func (p *Person) Press(ctx context.Context, m Message, label string) (*Answer, error) {
	for c := range walk(m.Components) {
		if c.Type == buttonType && c.Label == label && c.URL == "" {
			return p.act(ctx, componentInteraction, map[string]any{"component_type": buttonType, "custom_id": c.CustomID, "id": c.ID}, &m)
		}
		if c.Type == selectType {
			for _, o := range c.Options {
				if o.Label == label {
					return p.act(ctx, componentInteraction, map[string]any{
						"component_type": selectType, "custom_id": c.CustomID, "id": c.ID, "values": []string{o.Value},
					}, &m)
				}
			}
		}
	}
	return nil, fmt.Errorf("%w %q among %q", ErrNoButton, label, m.Labels())
}

// Fill sends a form with the text in its first input.
func (p *Person) Fill(ctx context.Context, a *Answer, text string) (*Answer, error) {
	if a.Form == nil {
		return nil, errors.New("no form to fill in")
	}
	for c := range walk(a.Form.Components) {
		if c.Type == inputType {
			if c.MaxLength > 0 && units(text) > c.MaxLength {
				return nil, fmt.Errorf("the input takes %d characters", c.MaxLength)
			}
			data := map[string]any{"custom_id": a.Form.CustomID, "components": []any{map[string]any{
				"type": labelType, "id": 1, "component": map[string]any{"type": inputType, "id": 2, "custom_id": c.CustomID, "value": text},
			}}}
			return p.act(ctx, modalInteraction, data, a.i.source)
		}
	}
	return nil, errors.New("the form has no input")
}

// Send sends an interaction of any type with any data.
func (p *Person) Send(ctx context.Context, kind int, data map[string]any) (*Answer, error) {
	return p.act(ctx, kind, data, nil)
}

// command makes the data of a command's interaction, or of autocomplete if an
// option has the focus.
func (p *Person) command(command, focus string, options []string) (map[string]any, error) {
	names := words(command)
	for _, scope := range []string{p.guild, ""} {
		for _, c := range p.s.Commands(scope) {
			if c.Name != names[0] {
				continue
			}
			offered, shown := c.Options, []any{}
			into := &shown
			if len(names) > 1 {
				i := slices.IndexFunc(offered, func(o CommandOption) bool { return o.Type == subcommandOption && o.Name == names[1] })
				if i < 0 {
					return nil, fmt.Errorf("/%s has no subcommand %s", c.Name, names[1])
				}
				offered = offered[i].Options
				inner := []any{}
				into = &inner
			}
			given := map[string]bool{}
			for n := 0; n+1 < len(options); n += 2 {
				i := slices.IndexFunc(offered, func(o CommandOption) bool { return o.Name == options[n] })
				if i < 0 {
					return nil, fmt.Errorf("%s has no option %s", command, options[n])
				}
				given[options[n]] = true
				o := map[string]any{"name": options[n], "type": offered[i].Type, "value": options[n+1]}
				if number, err := strconv.Atoi(options[n+1]); offered[i].Type == integerOption && focus == "" {
					if err != nil {
						return nil, fmt.Errorf("%s takes a number", options[n])
					}
					o["value"] = number
				}
				if focus == options[n] {
					o["focused"] = true
				}
				*into = append(*into, o)
			}
			for _, o := range offered {
				if o.Required && !given[o.Name] && focus == "" && o.Type != subcommandOption {
					return nil, fmt.Errorf("%s needs %s", command, o.Name)
				}
			}
			if len(names) > 1 {
				shown = []any{map[string]any{"name": names[1], "type": subcommandOption, "options": *into}}
			}
			return map[string]any{"id": c.ID, "name": c.Name, "type": 1, "options": shown}, nil
		}
	}
	return nil, fmt.Errorf("no command /%s", names[0])
}

// act causes an interaction, delivers it and waits for its first answer.
func (p *Person) act(ctx context.Context, kind int, data map[string]any, source *Message) (*Answer, error) {
	s := p.s
	s.mu.Lock()
	var live *Message
	if source != nil {
		live = s.find(source)
		if live == nil {
			live = source
		}
	}
	i := s.newInteraction(kind, p, live)
	payload := s.payload(i, data)
	endpoint := s.endpoint
	s.mu.Unlock()
	if endpoint != "" {
		if err := s.post(ctx, endpoint, i, payload); err != nil {
			return nil, err
		}
	} else {
		s.Gateway.dispatch("INTERACTION_CREATE", payload)
	}
	timer := time.NewTimer(firstAnswer)
	defer timer.Stop()
	for {
		s.mu.Lock()
		answered, changed := i.answered, i.changed
		s.mu.Unlock()
		if answered != 0 {
			return &Answer{s: s, i: i, Type: answered, Form: i.form, Choices: i.choices}, nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return nil, ErrFailed
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.gone:
			return nil, ErrFailed
		}
	}
}

// find is the message itself of which m is a copy. The caller holds the lock.
func (s *Server) find(m *Message) *Message {
	for _, c := range s.channels {
		for _, own := range c.messages {
			if own.ID == m.ID {
				return own
			}
		}
	}
	for _, token := range slices.Backward(s.order) {
		i := s.interactions[token]
		for _, own := range append(slices.Clone(i.followups), i.message) {
			if own != nil && own.ID == m.ID {
				return own
			}
		}
	}
	return nil
}

// payload is the interaction as Discord sends it. The caller holds the lock.
func (s *Server) payload(i *interaction, data map[string]any) []byte {
	p := map[string]any{
		"id": i.id, "application_id": s.options.AppID, "type": i.kind, "token": i.token, "version": 1,
		"data": data, "locale": "en-GB", "entitlements": []any{}, "app_permissions": "562949953601536",
		"attachment_size_limit": 10485760,
	}
	user := map[string]any{
		"id": i.person.id, "username": i.person.name, "discriminator": "0", "global_name": i.person.name,
		"avatar": nil, "public_flags": 0, "clan": nil, "avatar_decoration_data": nil,
	}
	if i.person.guild == "" {
		p["user"], p["context"] = user, 1
		p["channel_id"] = i.channel.id
		p["channel"] = map[string]any{"id": i.channel.id, "type": 1, "flags": 0, "last_message_id": nil}
		p["authorizing_integration_owners"] = map[string]any{"0": "0", "1": i.person.id}
	} else {
		p["member"] = map[string]any{
			"user": user, "roles": []string{}, "permissions": "2248473465835073", "joined_at": "2026-01-05T10:00:00.000000+00:00",
			"deaf": false, "mute": false, "nick": nil, "pending": false, "flags": 0, "premium_since": nil,
		}
		p["guild_id"], p["guild_locale"], p["context"] = i.person.guild, "en-US", 0
		p["guild"] = map[string]any{"id": i.person.guild, "locale": "en-US", "features": []string{}}
		p["channel_id"] = "1200000000000000001"
		p["channel"] = map[string]any{"id": "1200000000000000001", "type": 0, "name": "study", "flags": 0}
		p["authorizing_integration_owners"] = map[string]any{"0": i.person.guild}
	}
	if i.source != nil {
		p["message"] = i.source
	}
	raw, err := json.Marshal(p)
	if err != nil {
		panic(err) // only plain values are in it
	}
	return raw
}

// Message is the answer's message as it stands now; the pressed one if the answer
// replaced it. It is empty if there is none.
func (a *Answer) Message() Message {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if len(a.i.followups) > 0 {
		return *a.i.followups[len(a.i.followups)-1]
	}
	if a.i.message == nil {
		return Message{}
	}
	return *a.i.message
}

// Replaced tells whether the answer took the place of the pressed message.
func (a *Answer) Replaced() bool {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return a.i.source != nil && a.i.message == a.i.source && len(a.i.followups) == 0
}

// Settled waits until a deferred answer is filled in, and returns its message.
func (a *Answer) Settled(ctx context.Context) (Message, error) {
	for {
		a.s.mu.Lock()
		thinking, changed := a.i.thinking, a.i.changed
		a.s.mu.Unlock()
		if !thinking {
			return a.Message(), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return a.Message(), fmt.Errorf("still thinking: %w", ctx.Err())
		}
	}
}
