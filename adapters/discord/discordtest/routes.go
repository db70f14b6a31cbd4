package discordtest

import (
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// channel is a direct-message channel with its history, oldest first.
type channel struct {
	id       string
	person   *Person
	messages []*Message
	nonces   map[string]*Message
}

// route carries out a request that the document found well formed. The caller
// holds the lock.
func (s *Server) route(method, path string, v map[string]string, query url.Values, body []byte) (any, *refusal) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case path == "/users/@me":
		return s.bot, nil
	case path == "/applications/@me":
		return s.app, nil
	case path == "/gateway/bot":
		left, renewed := s.Gateway.starts()
		return map[string]any{"url": s.gatewayURL(), "shards": 1, "session_start_limit": map[string]any{
			"total": s.options.Starts, "remaining": left, "reset_after": renewed.Milliseconds(), "max_concurrency": 1,
		}}, nil
	case path == "/users/@me/channels":
		return s.openDM(body)
	case segments[0] == "applications":
		return s.commandRoute(method, v, body)
	case segments[0] == "channels":
		return s.channelRoute(method, v, query, body)
	case segments[0] == "interactions":
		return s.callback(v["interaction_id"], v["interaction_token"], body)
	case segments[0] == "webhooks":
		return s.webhookRoute(method, v, segments[3:], body)
	}
	return nil, &refusal{404, 0, "404: Not Found"}
}

func (s *Server) commandRoute(method string, v map[string]string, body []byte) (any, *refusal) {
	if v["application_id"] != s.options.AppID {
		return nil, &refusal{403, 20012, "You are not authorized to perform this action on this application"}
	}
	guild := v["guild_id"]
	if method == "GET" {
		if s.commands[guild] == nil {
			return []Command{}, nil
		}
		return s.commands[guild], nil
	}
	var set []Command
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, &refusal{400, 50035, err.Error()}
	}
	if err := checkCommands(set); err != nil {
		return nil, &refusal{400, 50035, err.Error()}
	}
	for i := range set {
		set[i].ID, set[i].ApplicationID = s.snowflake(), s.options.AppID
		set[i].Type = max(set[i].Type, 1)
		if guild != "" && len(set[i].Contexts) > 0 {
			return nil, &refusal{400, 50035, "contexts are for global commands only"}
		}
	}
	s.commands[guild] = set
	return set, nil
}

func (s *Server) openDM(body []byte) (any, *refusal) {
	var b struct {
		RecipientID string `json:"recipient_id"`
	}
	if err := json.Unmarshal(body, &b); err != nil || b.RecipientID == "" {
		return nil, &refusal{400, 50035, "recipient_id"}
	}
	person := s.people[b.RecipientID]
	if person == nil {
		return nil, &refusal{400, 50033, "Invalid Recipient(s)"}
	}
	return map[string]any{"id": s.dm(person).id, "type": 1, "recipients": []User{person.user()}}, nil
}

// dm is the bot's channel with a person. The caller holds the lock.
func (s *Server) dm(p *Person) *channel {
	for _, c := range s.channels {
		if c.person.identity == p.identity {
			return c
		}
	}
	c := &channel{id: s.snowflake(), person: p, nonces: map[string]*Message{}}
	s.channels[c.id] = c
	return c
}

func (s *Server) channelRoute(method string, v map[string]string, query url.Values, body []byte) (any, *refusal) {
	c := s.channels[v["channel_id"]]
	if c == nil {
		return nil, &refusal{404, 10003, "Unknown Channel"}
	}
	id, one := v["message_id"]
	if one {
		i := slices.IndexFunc(c.messages, func(m *Message) bool { return m.ID == id })
		if i < 0 {
			return nil, &refusal{404, 10008, "Unknown Message"}
		}
		if method == "GET" {
			return c.messages[i], nil
		}
		if err := checkMessage(body, false); err != nil {
			return nil, &refusal{400, 50035, err.Error()}
		}
		return s.edit(c.messages[i], body)
	}
	if method == "GET" {
		return c.history(query)
	}
	if c.person.closed != 0 {
		return nil, &refusal{403, c.person.closed, "Cannot send messages to this user"}
	}
	if err := checkMessage(body, false); err != nil {
		return nil, &refusal{400, 50035, err.Error()}
	}
	var b struct {
		Nonce   json.RawMessage `json:"nonce"`
		Enforce bool            `json:"enforce_nonce"`
		Flags   int             `json:"flags"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, &refusal{400, 50035, err.Error()}
	}
	if b.Flags&ephemeral != 0 {
		return nil, &refusal{400, 50035, "a message outside an interaction can't be ephemeral"}
	}
	nonce, err := strconv.Unquote(string(b.Nonce))
	if err != nil {
		nonce = string(b.Nonce)
	}
	if before := c.nonces[nonce]; b.Enforce && nonce != "" && before != nil && s.options.Now().Sub(before.Timestamp) < 3*time.Minute {
		return before, nil
	}
	m, refused := s.newMessage(body)
	if refused != nil {
		return nil, refused
	}
	m.Nonce = nonce
	s.keepIn(c, m)
	if nonce != "" {
		c.nonces[nonce] = m
	}
	return m, nil
}

// history is one page of a channel's messages, youngest first: Discord's 50, or limit,
// and none but those before an id, if one is given.
func (c *channel) history(query url.Values) (any, *refusal) {
	limit, end := 50, int64(math.MaxInt64)
	for name, value := range query {
		n, err := strconv.ParseInt(value[0], 10, 64)
		switch {
		case err != nil:
			return nil, &refusal{400, 50035, name + " is not a number"}
		case name == "limit":
			limit = int(n)
		case name == "before":
			end = n
		default:
			return nil, &refusal{400, 50035, "the stand-in has no history by " + name}
		}
	}
	page := []Message{}
	for _, m := range slices.Backward(c.messages) {
		if id, err := strconv.ParseInt(m.ID, 10, 64); err != nil || id >= end {
			continue
		}
		if len(page) == limit {
			break
		}
		shown := *m
		shown.Nonce = ""
		page = append(page, shown)
	}
	return page, nil
}

// newMessage makes a message of the bot.
func (s *Server) newMessage(body []byte) (*Message, *refusal) {
	m := &Message{ID: s.snowflake(), Author: s.bot, Timestamp: s.options.Now(), Embeds: []Embed{}, Components: []Component{}}
	if err := m.change(body); err != nil {
		return nil, &refusal{400, 50035, err.Error()}
	}
	return m, nil
}

func (s *Server) keepIn(c *channel, m *Message) {
	m.ChannelID = c.id
	c.messages = append(c.messages, m)
	if len(c.messages) > keep {
		c.messages = slices.Delete(c.messages, 0, keep/4)
		clear(c.nonces)
	}
	c.person.notify()
}

func (s *Server) edit(m *Message, body []byte) (any, *refusal) {
	now := s.options.Now()
	m.Edited = &now
	if err := m.change(body); err != nil {
		return nil, &refusal{400, 50035, err.Error()}
	}
	return m, nil
}
