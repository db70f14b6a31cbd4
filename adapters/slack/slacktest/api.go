package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object.
type object = map[string]any

// failure is an answer with ok false.
type failure struct {
	code   string
	detail []string // for response_metadata.messages
	needed string   // the missing scope
}

func fail(code string, detail ...string) *failure { return &failure{code: code, detail: detail} }

// call is one request of the Web API.
type call struct {
	team *team
	args object // values of a form are strings, those of JSON are what they are
}

func (c call) str(key string) string {
	switch v := c.args[key].(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// structured reads an argument that is JSON in a form and itself in JSON.
func (c call) structured(key string) (any, error) {
	v, ok := c.args[key]
	if s, is := v.(string); is {
		if s == "" {
			return nil, nil
		}
		var parsed any
		if err := json.Unmarshal([]byte(s), &parsed); err != nil {
			return nil, err
		}
		return parsed, nil
	}
	if !ok {
		return nil, nil
	}
	return v, nil
}

// method is one method of the Web API with the scope it needs.
type method struct {
	scope string
	run   func(*Server, call) (object, *failure)
}

var methods = map[string]method{
	"api.test":              {"", (*Server).apiTest},
	"auth.test":             {"", (*Server).authTest},
	"users.info":            {"users:read", (*Server).usersInfo},
	"chat.postMessage":      {"chat:write", (*Server).postMessage},
	"chat.postEphemeral":    {"chat:write", (*Server).postEphemeral},
	"chat.update":           {"chat:write", (*Server).update},
	"conversations.open":    {"im:write", (*Server).conversationsOpen},
	"conversations.history": {"im:history", (*Server).history},
	"views.open":            {"", (*Server).viewsOpen},
	"views.publish":         {"", (*Server).viewsPublish},
}

// Record is one accepted or refused request of the Web API or a response URL.
type Record struct {
	Method string // "chat.postMessage", or "response_url"
	Args   map[string]any
	Error  string // empty when it was accepted
}

// Records are the latest requests, oldest first; see Keep.
func (s *Server) Records() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.records)
}

// Keep sets how many records are kept, 1,000 at the start.
func (s *Server) Keep(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep = n
}

// Calls tells how often a method of the Web API was called, refused calls included, or
// under the name "link" how often a connection was opened.
func (s *Server) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Pings lists the texts of the bot that would have notified a person, a group
// or a channel.
func (s *Server) Pings() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pings)
}

func (s *Server) record(method string, args object, code string) {
	s.records = append(s.records, Record{Method: method, Args: args, Error: code})
	if extra := len(s.records) - s.keep; extra > 0 {
		s.records = slices.Delete(s.records, 0, extra)
	}
}

func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	args, bearer, bad := arguments(r)
	s.mu.Lock()
	s.calls[name]++
	fault := s.fault(name)
	s.mu.Unlock()
	if fault != nil && fault.before(w, r) {
		return
	}
	if bad != "" {
		answer(w, nil, fail(bad))
		return
	}
	var out object
	var failed *failure
	header := http.Header{}
	s.mu.Lock()
	if wait := s.limited(name, call{args: args}.str("channel"), bearer); wait > 0 {
		s.record(name, args, "ratelimited")
		s.mu.Unlock()
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"ok":false,"error":"ratelimited"}`)
		return
	}
	switch name {
	case "apps.connections.open":
		out, failed = s.connectionsOpen(r)
	case "oauth.v2.access":
		out, failed = s.oauthAccess(r, args)
	default:
		out, failed = s.run(name, bearer, args, header)
	}
	if fault != nil && fault.Error != "" {
		out, failed = nil, fail(fault.Error)
	}
	code := ""
	if failed != nil {
		code = failed.code
	}
	s.record(name, args, code)
	s.touch()
	s.mu.Unlock()
	if fault != nil && fault.after(w, r) {
		return
	}
	maps.Copy(w.Header(), header)
	answer(w, out, failed)
}

// run does a method on behalf of a bot token; s.mu is held.
func (s *Server) run(name, bearer string, args object, header http.Header) (object, *failure) {
	m, ok := methods[name]
	if !ok {
		return nil, fail("unknown_method")
	}
	if name == "api.test" {
		return s.apiTest(call{args: args})
	}
	t, code := s.auth(bearer)
	if code != "" {
		return nil, fail(code)
	}
	header.Set("X-OAuth-Scopes", strings.Join(t.scopes, ","))
	if m.scope != "" && !slices.Contains(t.scopes, m.scope) {
		return nil, &failure{code: "missing_scope", needed: m.scope}
	}
	return m.run(s, call{team: t, args: args})
}

// arguments reads a form or a JSON body. The token may come in the header, or
// as a field of a form, but never in the address.
func arguments(r *http.Request) (args object, bearer, bad string) {
	if r.URL.Query().Has("token") || r.URL.Query().Has("client_secret") {
		return nil, "", "not_authed"
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20+1))
	if err != nil || len(raw) > 1<<20 {
		return nil, "", "request_timeout"
	}
	bearer, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if strings.HasPrefix(bearer, "Basic ") {
		bearer = ""
	}
	args = object{}
	for k := range r.URL.Query() {
		args[k] = r.URL.Query().Get(k)
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case kind == "application/json" && len(raw) > 0:
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, "", "invalid_json"
		}
		return args, bearer, ""
	case kind == "application/x-www-form-urlencoded" || len(raw) == 0: // slack-go calls apps.connections.open with no body
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return nil, "", "invalid_form_data"
		}
		for k := range form {
			args[k] = form.Get(k)
		}
		if t, ok := args["token"].(string); ok {
			delete(args, "token") // never kept in a record
			if bearer == "" {
				bearer = t
			}
		}
		return args, bearer, ""
	}
	return nil, "", "invalid_post_type"
}

func answer(w http.ResponseWriter, out object, failed *failure) {
	if out == nil {
		out = object{}
	}
	out["ok"] = failed == nil
	if failed != nil {
		out["error"] = failed.code
		if len(failed.detail) > 0 {
			out["response_metadata"] = object{"messages": failed.detail}
			out["errors"] = failed.detail
		}
		if failed.needed != "" {
			out["needed"], out["provided"] = failed.needed, "see X-OAuth-Scopes"
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(out)
}

func (s *Server) apiTest(c call) (object, *failure) {
	if e := c.str("error"); e != "" {
		return nil, fail(e)
	}
	return object{"args": c.args}, nil
}

func (s *Server) authTest(c call) (object, *failure) {
	out := object{
		"url": fmt.Sprintf("https://%s.slack.example/", strings.ToLower(c.team.id)), "team": c.team.name, "user": "roadmapbot",
		"team_id": c.team.id, "user_id": c.team.botUser, "bot_id": c.team.botID, "is_enterprise_install": c.team.orgWide,
	}
	if c.team.enterprise != "" {
		out["enterprise_id"] = c.team.enterprise
	}
	return out, nil
}

func (s *Server) usersInfo(c call) (object, *failure) {
	u := c.team.users[c.str("user")]
	if u == nil {
		return nil, fail("user_not_found")
	}
	out := object{"id": u.ID, "team_id": c.team.id, "name": u.Name, "deleted": u.Deleted, "is_bot": u.Bot, "profile": object{"display_name": u.Name}}
	if u.Zone != "" {
		out["tz"], out["tz_label"] = u.Zone, u.Zone
		if loc, err := time.LoadLocation(u.Zone); err == nil {
			_, out["tz_offset"] = s.now().In(loc).Zone()
		}
	}
	if c.str("include_locale") == "true" {
		out["locale"] = u.Locale
	}
	return object{"user": out}, nil
}
