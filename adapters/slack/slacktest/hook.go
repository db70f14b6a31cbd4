package slacktest

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// hook is a response URL: five uses, thirty minutes.
type hook struct {
	team, channel, user string
	message             string // the message that was pressed, empty for a command
	until               time.Time
	uses                int
}

// newHook makes a response URL; s.mu is held.
func (s *Server) newHook(h hook) string {
	id := random(16)
	h.until = s.now().Add(30 * time.Minute)
	if len(s.hooks) > 10_000 {
		for k, old := range s.hooks {
			if s.now().After(old.until) || old.uses >= 5 {
				delete(s.hooks, k)
			}
		}
		if len(s.hooks) > 50_000 {
			clear(s.hooks)
		}
	}
	s.hooks[id] = &h
	return s.URL() + "/respond/" + id
}

// respond takes a message for a response URL.
func (s *Server) respond(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	s.mu.Lock()
	s.calls["response_url"]++
	fault := s.fault("response_url")
	s.mu.Unlock()
	if fault != nil && fault.before(w, r) {
		return
	}
	s.mu.Lock()
	h := s.hooks[r.PathValue("id")]
	status := http.StatusOK
	var code string
	switch {
	case err != nil:
		status, code = 400, "invalid_payload"
	case h == nil || s.now().After(h.until):
		status, code = 404, "expired_url"
	case h.uses >= 5:
		status, code = 404, "used_url"
	default:
		h.uses++
		if code = s.hooked(h, raw); code != "" {
			status = 400
		}
	}
	s.touch()
	s.mu.Unlock()
	if fault != nil && fault.after(w, r) {
		return
	}
	w.WriteHeader(status)
	if code == "" {
		code = "ok"
	}
	_, _ = io.WriteString(w, code)
}

// hooked applies a message that came through a response URL or as the body of
// an answer to a command; s.mu is held. The result is an error or empty.
func (s *Server) hooked(h *hook, raw []byte) (code string) {
	var args object
	if json.Unmarshal(raw, &args) != nil {
		return "invalid_payload"
	}
	defer func() { s.record("response_url", args, code) }()
	for k, v := range args {
		switch k {
		case "text", "blocks", "response_type", "replace_original", "thread_ts", "unfurl_links", "unfurl_media", "mrkdwn", "attachments", "parse", "link_names", "reply_broadcast":
		default:
			return "invalid_payload: " + k
		}
		if v == nil {
			return "invalid_payload: null " + k
		}
	}
	ch, t := s.channels[h.channel], s.teams[h.team]
	m, failed := s.compose(call{team: t, args: args}, 40_000)
	if failed != nil {
		return failed.code
	}
	switch args["response_type"] {
	case nil, "", "ephemeral":
		m.OnlyFor = h.user
	case "in_channel":
	default:
		return "invalid_response_type"
	}
	if replace, _ := args["replace_original"].(bool); replace && h.message != "" {
		old := ch.find(h.message)
		if old == nil {
			return "message_not_found"
		}
		old.Text, old.Blocks = m.Text, m.Blocks
		old.Edits++
		return ""
	}
	s.add(ch, m)
	return ""
}
