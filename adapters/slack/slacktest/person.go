package slacktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Person is a member of a workspace at the keyboard.
type Person struct {
	s        *Server
	Team, ID string
}

// Person returns a member, adding them to the workspace if need be.
func (s *Server) Person(team, id string) *Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.team(team)
	if t.users[id] == nil {
		t.users[id] = &User{ID: id, Name: strings.ToLower(id), Zone: "Europe/Amsterdam", Locale: "en-GB"}
	}
	return &Person{s: s, Team: team, ID: id}
}

// DM is the id of the person's direct message with the bot.
func (p *Person) DM() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	ch, failed := p.s.im(p.s.team(p.Team), p.ID)
	if failed != nil {
		return ""
	}
	return ch.ID
}

// open returns a conversation, making a channel if need be; s.mu is held.
func (p *Person) open(id string) *Channel {
	if p.s.channels[id] == nil {
		p.s.channels[id] = &Channel{ID: id, Team: p.Team}
	}
	return p.s.channels[id]
}

// Slash types a slash command in a channel. An error means that the person saw
// Slack's own complaint that the app did not answer.
func (p *Person) Slash(channel, command, text string) error {
	p.s.mu.Lock()
	p.open(channel)
	t := p.s.team(p.Team)
	h := hook{team: p.Team, channel: channel, user: p.ID}
	payload := object{
		"token": "legacy", "team_id": p.Team, "team_domain": strings.ToLower(p.Team), "channel_id": channel, "channel_name": "directmessage",
		"user_id": p.ID, "user_name": strings.ToLower(p.ID), "command": command, "text": text, "api_app_id": AppID,
		"response_url": p.s.newHook(h), "trigger_id": p.s.newTrigger(p.Team, p.ID), "is_enterprise_install": strconv.FormatBool(t.orgWide),
	}
	if t.enterprise != "" {
		payload["enterprise_id"] = t.enterprise
	}
	p.s.mu.Unlock()
	return p.taken(<-p.s.deliver("slash_commands", payload), &h)
}

// taken applies what the app answered a command with.
func (p *Person) taken(a Ack, h *hook) error {
	if a.Err != nil {
		return a.Err
	}
	body := strings.TrimSpace(string(a.Body))
	if body == "" || body == "{}" || body == "null" {
		return nil
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if code := p.s.hooked(h, []byte(body)); code != "" {
		return fmt.Errorf("slacktest: answer refused: %s", code)
	}
	p.s.touch()
	return nil
}

// Write sends a direct message to the bot.
func (p *Person) Write(text string) <-chan Ack {
	p.s.mu.Lock()
	t := p.s.team(p.Team)
	ch, failed := p.s.im(t, p.ID)
	if failed != nil {
		p.s.mu.Unlock()
		panic("slacktest: " + failed.code)
	}
	m := &Message{User: p.ID, Text: text}
	p.s.add(ch, m)
	event := m.wire(false)
	event["channel"], event["channel_type"], event["event_ts"] = ch.ID, "im", m.TS
	event["client_msg_id"], event["team"] = random(16), p.Team
	payload := p.s.callback(p.Team, event, p.s.now())
	p.s.mu.Unlock()
	return p.s.deliver("events_api", payload)
}

// Mention writes in a channel, in a thread if given; {bot} in the text becomes
// the mention of the bot.
func (p *Person) Mention(channel, thread, text string) (ts string, done <-chan Ack) {
	p.s.mu.Lock()
	ch, t := p.open(channel), p.s.team(p.Team)
	m := &Message{User: p.ID, Text: strings.ReplaceAll(text, "{bot}", "<@"+t.botUser+">"), Thread: thread}
	p.s.add(ch, m)
	event := m.wire(false)
	event["type"], event["channel"], event["event_ts"], event["team"] = "app_mention", ch.ID, m.TS, p.Team
	payload := p.s.callback(p.Team, event, p.s.now())
	p.s.mu.Unlock()
	return m.TS, p.s.deliver("events_api", payload)
}

// OpenHome opens the app's Home tab.
func (p *Person) OpenHome() <-chan Ack {
	p.s.mu.Lock()
	t := p.s.team(p.Team)
	event := object{"type": "app_home_opened", "user": p.ID, "channel": "D" + p.Team + p.ID, "tab": "home", "event_ts": p.s.ts()}
	if v := p.s.homes[p.Team+"/"+p.ID]; v != nil {
		event["view"] = v.wire(t)
	}
	payload := p.s.callback(p.Team, event, p.s.now())
	p.s.mu.Unlock()
	return p.s.deliver("events_api", payload)
}

// Press presses the button with this label on a message, or picks the option
// with it from a select.
func (p *Person) Press(m Message, label string) error {
	action := find(m.Blocks, label)
	if action == nil {
		return fmt.Errorf("slacktest: no button %q", label)
	}
	payload := p.press(action)
	p.s.mu.Lock()
	ephemeral := m.OnlyFor != ""
	payload["container"] = object{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": ephemeral}
	if m.Thread != "" {
		payload["container"].(object)["thread_ts"] = m.Thread
	}
	payload["channel"] = object{"id": m.Channel, "name": "directmessage"}
	if !ephemeral { // the payload of an ephemeral message has no message
		payload["message"] = m.wire(true)
	}
	payload["response_url"] = p.s.newHook(hook{team: p.Team, channel: m.Channel, user: p.ID, message: m.TS})
	p.s.mu.Unlock()
	return (<-p.s.deliver("interactive", payload)).Err
}

// PressHome presses a button on the Home tab.
func (p *Person) PressHome(label string) error {
	v, ok := p.Home()
	action := find(v.Blocks, label)
	if !ok || action == nil {
		return fmt.Errorf("slacktest: no button %q on the Home tab", label)
	}
	payload := p.press(action)
	p.s.mu.Lock()
	payload["container"] = object{"type": "view", "view_id": v.ID}
	payload["view"] = v.wire(p.s.team(p.Team))
	p.s.mu.Unlock()
	return (<-p.s.deliver("interactive", payload)).Err
}

// press makes the part of a block_actions payload that all presses share.
func (p *Person) press(action object) object {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	action["action_ts"] = p.s.ts()
	return p.interaction("block_actions", object{"actions": []object{action}, "state": object{"values": object{}}})
}

func (p *Person) interaction(kind string, more object) object {
	t := p.s.team(p.Team)
	o := object{
		"type": kind, "token": "legacy", "api_app_id": AppID, "trigger_id": p.s.newTrigger(p.Team, p.ID),
		"user":       object{"id": p.ID, "username": strings.ToLower(p.ID), "name": strings.ToLower(p.ID), "team_id": p.Team},
		"team":       object{"id": p.Team, "domain": strings.ToLower(p.Team)},
		"enterprise": nil, "is_enterprise_install": t.orgWide,
	}
	if t.enterprise != "" {
		o["enterprise"] = object{"id": t.enterprise, "name": "Org"}
	}
	maps.Copy(o, more)
	return o
}

// find looks a button or an option up by its label and returns the action that
// Slack reports for it.
func find(blocks []any, label string) object {
	for _, b := range blocks {
		block, _ := b.(object)
		elements, _ := block["elements"].([]any)
		for _, e := range elements {
			o, _ := e.(object)
			base := object{"type": o["type"], "block_id": block["block_id"], "action_id": o["action_id"]}
			if base["block_id"] == nil {
				base["block_id"] = "made"
			}
			if text, _ := o["text"].(object); o["type"] == "button" && text["text"] == label {
				base["text"] = o["text"]
				if o["value"] != nil {
					base["value"] = o["value"]
				}
				return base
			}
			options, _ := o["options"].([]any)
			for _, x := range options {
				option, _ := x.(object)
				if text, _ := option["text"].(object); text["text"] == label {
					base["selected_option"] = option
					return base
				}
			}
		}
	}
	return nil
}

// Labels lists the buttons and options of blocks.
func Labels(blocks []any) []string {
	var all []string
	for _, b := range blocks {
		block, _ := b.(object)
		elements, _ := block["elements"].([]any)
		for _, e := range elements {
			o, _ := e.(object)
			if text, _ := o["text"].(object); o["type"] == "button" {
				all = append(all, str(text["text"]))
			}
			options, _ := o["options"].([]any)
			for _, x := range options {
				option, _ := x.(object)
				text, _ := option["text"].(object)
				all = append(all, str(text["text"]))
			}
		}
	}
	return all
}

// Modal returns the modal the person has open.
func (p *Person) Modal() (View, bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	for _, v := range p.s.modals {
		if v.Open && v.Team == p.Team && v.User == p.ID {
			return *v, true
		}
	}
	return View{}, false
}

// Submit fills the only input of the open modal and submits it. The errors are
// what the app said is wrong with the input.
func (p *Person) Submit(text string) (map[string]string, error) {
	v, ok := p.Modal()
	if !ok {
		return nil, errors.New("slacktest: no modal is open")
	}
	values := object{}
	for _, b := range v.Blocks {
		block, _ := b.(object)
		if element, is := block["element"].(object); is {
			values[str(block["block_id"])] = object{str(element["action_id"]): object{"type": "plain_text_input", "value": text}}
		}
	}
	p.s.mu.Lock()
	view := v.wire(p.s.team(p.Team))
	view["state"] = object{"values": values}
	payload := p.interaction("view_submission", object{"view": view, "response_urls": []any{}})
	p.s.mu.Unlock()
	a := <-p.s.deliver("interactive", payload)
	if a.Err != nil {
		return nil, a.Err
	}
	var said struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
	}
	if len(a.Body) > 0 {
		if err := json.Unmarshal(a.Body, &said); err != nil {
			return nil, fmt.Errorf("slacktest: answer to a modal: %w", err)
		}
	}
	for k := range said.Errors {
		if values[k] == nil {
			return nil, fmt.Errorf("slacktest: no input block %q", k)
		}
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.modals[v.ID].Open = said.Action == "errors"
	p.s.touch()
	return said.Errors, nil
}

// Home is the person's Home tab as last published.
func (p *Person) Home() (View, bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	v := p.s.homes[p.Team+"/"+p.ID]
	if v == nil {
		return View{}, false
	}
	return *v, true
}

// Sees lists the messages in a conversation that the person can see, oldest first.
func (p *Person) Sees(channel string) []Message {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.sees(channel)
}

func (p *Person) sees(channel string) []Message {
	ch := p.s.channels[channel]
	if ch == nil || ch.With != "" && ch.With != p.ID {
		return nil
	}
	var list []Message
	for _, m := range ch.messages {
		if m.OnlyFor == "" || m.OnlyFor == p.ID {
			list = append(list, m.clone())
		}
	}
	return list
}

// Hears waits until the last message the person sees in the conversation is the
// bot's and fits, and returns it.
func (p *Person) Hears(ctx context.Context, channel string, fits func(Message) bool) (Message, error) {
	var got Message
	err := p.s.Await(ctx, func() bool {
		list := p.Sees(channel)
		for _, m := range slices.Backward(list) {
			if !m.fromBot {
				return false
			}
			if fits == nil || fits(m) {
				got = m
				return true
			}
		}
		return false
	})
	return got, err
}

// Await waits until the condition holds; it is asked after every change.
func (s *Server) Await(ctx context.Context, holds func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if holds() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("slacktest: waited in vain: %w", ctx.Err())
		}
	}
}

// FromBot tells whether the app wrote the message.
func (m Message) FromBot() bool { return m.fromBot }
