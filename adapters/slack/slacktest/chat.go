package slacktest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Channel is a conversation: a channel, or a direct message with the bot.
type Channel struct {
	ID, Team string
	With     string // the person, in a direct message
	messages []*Message
}

// Message is one message as Slack keeps it.
type Message struct {
	TS       string
	Channel  string
	Thread   string // thread_ts, empty outside threads
	User     string
	Text     string
	Blocks   []any
	Metadata map[string]any
	OnlyFor  string // set on an ephemeral message: who sees it
	Edits    int
	fromBot  bool
}

func (m *Message) clone() Message { return *m }

// Mentions that notify people.
var ping = regexp.MustCompile(`<!(channel|here|everyone|subteam\^)|<@[UW]`)

// compose checks the parts of a message that the bot made.
func (s *Server) compose(c call, most int) (*Message, *failure) {
	m := &Message{Text: c.str("text"), Thread: c.str("thread_ts"), User: c.team.botUser, fromBot: true}
	var mentions []string
	blocks, err := c.structured("blocks")
	if err != nil {
		return nil, fail("invalid_blocks_format", err.Error())
	}
	if blocks != nil {
		checked := checkBlocks(inMessage, blocks)
		if len(checked.wrong) > 0 {
			return nil, fail("invalid_blocks", checked.wrong...)
		}
		m.Blocks, _ = blocks.([]any)
		mentions = checked.mrkdwn
	}
	for _, k := range []string{"username", "icon_url", "icon_emoji"} {
		if c.str(k) != "" {
			return nil, &failure{code: "missing_scope", needed: "chat:write.customize"}
		}
	}
	if strings.TrimSpace(m.Text) == "" && len(m.Blocks) == 0 {
		return nil, fail("no_text")
	}
	if units(m.Text) > most {
		return nil, fail("msg_too_long")
	}
	text := m.Text
	if c.str("link_names") == "true" || c.str("link_names") == "1" || c.str("parse") == "full" {
		text = unparsed.Replace(text)
	}
	for _, t := range append(mentions, text) {
		if ping.MatchString(t) {
			s.pings = append(s.pings, t)
		}
	}
	meta, err := c.structured("metadata")
	if err != nil {
		return nil, fail("invalid_metadata_format")
	}
	if meta != nil {
		o, ok := meta.(object)
		kind := str(o["event_type"])
		payload, isObject := o["event_payload"].(object)
		if !ok || len(o) > 0 && (kind == "" || !isObject) {
			return nil, fail("invalid_metadata_schema")
		}
		if len(o) > 0 {
			m.Metadata = object{"event_type": kind, "event_payload": payload}
		}
	}
	return m, nil
}

// channel finds a channel the app may write to; s.mu is held.
func (s *Server) channel(c call) (*Channel, *failure) {
	id := c.str("channel")
	ch := s.channels[id]
	if ch == nil && c.team.users[id] != nil { // a user id stands for the direct message
		return s.im(c.team, id)
	}
	if ch == nil || ch.Team != c.team.id {
		return nil, fail("channel_not_found")
	}
	return ch, nil
}

func (s *Server) postMessage(c call) (object, *failure) {
	ch, failed := s.channel(c)
	if failed != nil {
		return nil, failed
	}
	if u := c.team.users[ch.With]; ch.With != "" && u.Deleted {
		return nil, fail("is_archived")
	} else if ch.With != "" && u.ClosedDMs {
		return nil, fail("user_not_visible")
	}
	m, failed := s.compose(c, 40_000)
	if failed != nil {
		return nil, failed
	}
	s.add(ch, m)
	return object{"channel": ch.ID, "ts": m.TS, "message": m.wire(true)}, nil
}

func (s *Server) add(ch *Channel, m *Message) {
	m.TS, m.Channel = s.ts(), ch.ID
	ch.messages = append(ch.messages, m)
	if extra := len(ch.messages) - 20_000; extra > 0 {
		ch.messages = slices.Delete(ch.messages, 0, extra)
	}
}

func (s *Server) postEphemeral(c call) (object, *failure) {
	ch, failed := s.channel(c)
	if failed != nil {
		return nil, failed
	}
	user := c.str("user")
	if c.team.users[user] == nil || ch.With != "" && ch.With != user {
		return nil, fail("user_not_in_channel")
	}
	m, failed := s.compose(c, 40_000)
	if failed != nil {
		return nil, failed
	}
	m.OnlyFor, m.Metadata = user, nil
	s.add(ch, m)
	return object{"message_ts": m.TS}, nil
}

func (s *Server) update(c call) (object, *failure) {
	ch, failed := s.channel(c)
	if failed != nil {
		return nil, failed
	}
	old := ch.find(c.str("ts"))
	if old == nil || old.OnlyFor != "" {
		return nil, fail("message_not_found")
	}
	if !old.fromBot {
		return nil, fail("cant_update_message")
	}
	m, failed := s.compose(c, 4_000)
	if failed != nil {
		return nil, failed
	}
	old.Text, old.Blocks = m.Text, m.Blocks
	if _, given := c.args["metadata"]; given {
		old.Metadata = m.Metadata
	}
	old.Edits++
	return object{"channel": ch.ID, "ts": old.TS, "text": old.Text, "message": old.wire(true)}, nil
}

func (ch *Channel) find(ts string) *Message {
	for _, m := range slices.Backward(ch.messages) {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

// wire is the message as the Web API and events show it.
func (m *Message) wire(metadata bool) object {
	o := object{"type": "message", "user": m.User, "text": m.Text, "ts": m.TS}
	if m.Thread != "" {
		o["thread_ts"] = m.Thread
	}
	if m.Blocks != nil {
		o["blocks"] = m.Blocks
	}
	if m.fromBot {
		o["bot_id"], o["app_id"] = "B"+m.User[1:], AppID
	}
	if m.Edits > 0 {
		o["edited"] = object{"user": m.User, "ts": m.TS}
	}
	if metadata && m.Metadata != nil {
		o["metadata"] = m.Metadata
	}
	return o
}

// im returns the direct message between the bot and a person; s.mu is held.
func (s *Server) im(t *team, user string) (*Channel, *failure) {
	u := t.users[user]
	switch {
	case u == nil:
		return nil, fail("user_not_found")
	case u.Bot:
		return nil, fail("cannot_dm_bot")
	case u.Deleted:
		return nil, fail("user_disabled")
	}
	id := "D" + t.id + user
	if s.channels[id] == nil {
		s.channels[id] = &Channel{ID: id, Team: t.id, With: user}
	}
	return s.channels[id], nil
}

func (s *Server) conversationsOpen(c call) (object, *failure) {
	users := strings.Split(c.str("users"), ",")
	if len(users) != 1 || users[0] == "" {
		return nil, fail("users_list_not_supplied")
	}
	ch, failed := s.im(c.team, users[0])
	if failed != nil {
		return nil, failed
	}
	return object{"channel": object{"id": ch.ID}}, nil
}

func (s *Server) history(c call) (object, *failure) {
	ch, failed := s.channel(c)
	if failed != nil {
		return nil, failed
	}
	if ch.With == "" { // a channel needs channels:history, which this app never asks for
		return nil, &failure{code: "missing_scope", needed: "channels:history"}
	}
	limit, _ := strconv.Atoi(c.str("limit"))
	if limit <= 0 || limit > 999 {
		limit = 100
	}
	if most := s.limits["conversations.history"].Page; most > 0 {
		limit = min(limit, most)
	}
	before, _ := strconv.Atoi(c.str("cursor"))
	if c.str("cursor") == "" {
		before = len(ch.messages)
	} else if before <= 0 || before > len(ch.messages) {
		return nil, fail("invalid_cursor")
	}
	list, i := []object{}, before-1
	for ; i >= 0 && len(list) < limit; i-- {
		m := ch.messages[i]
		if m.OnlyFor != "" || m.Thread != "" && m.Thread != m.TS {
			continue
		}
		if o := c.str("oldest"); o != "" && stamp(m.TS) <= stamp(o) {
			i = -1
			break
		}
		if l := c.str("latest"); l != "" && stamp(m.TS) >= stamp(l) {
			continue
		}
		list = append(list, m.wire(c.str("include_all_metadata") == "true" || c.str("include_all_metadata") == "1"))
	}
	out := object{"messages": list, "has_more": i >= 0}
	if i >= 0 {
		out["response_metadata"] = object{"next_cursor": fmt.Sprint(i + 1)}
	}
	return out, nil
}

func stamp(ts string) float64 {
	f, _ := strconv.ParseFloat(ts, 64)
	return f
}

// CheckPings lists the texts among the blocks and the text of a message that
// would notify a person, a group or a channel.
func CheckPings(blocks any, text string) []string {
	var found []string
	for _, t := range append(checkBlocks(inMessage, blocks).mrkdwn, text) {
		if ping.MatchString(t) {
			found = append(found, t)
		}
	}
	return found
}
