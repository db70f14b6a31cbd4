package slacktest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// team is one workspace.
type team struct {
	id, name   string
	enterprise string // of an organisation, empty without one
	orgWide    bool   // installed for the whole organisation
	botUser    string
	botID      string
	scopes     []string
	installed  bool
	users      map[string]*User
}

// User is one member of a workspace.
type User struct {
	ID, Name  string
	Zone      string // IANA name, empty for a user without one
	Locale    string
	Bot       bool
	Deleted   bool
	ClosedDMs bool // takes no direct messages from apps
}

type token struct {
	value, refresh string
	team           string
	expires        time.Time // zero without rotation
	revoked        bool
}

// Install makes the workspace if need be, installs the app in it and returns
// the bot token, as a click on "Install to Workspace" does.
func (s *Server) Install(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.grant(s.team(id), Scopes).value
}

// Organise puts a workspace into an organisation. With orgWide set,
// installations hold for the whole organisation.
func (s *Server) Organise(id, enterprise string, orgWide bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.team(id)
	t.enterprise, t.orgWide = enterprise, orgWide
}

// Restrict leaves an installed app only these scopes.
func (s *Server) Restrict(id string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.team(id).scopes = scopes
}

// Rotate switches token rotation on for installations from now on.
func (s *Server) Rotate(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rotate = on
}

// BotUser is the id of the app's user in a workspace.
func (s *Server) BotUser(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.team(id).botUser
}

// AddUser adds a member or replaces one.
func (s *Server) AddUser(team string, u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.team(team).users[u.ID] = &u
}

// team returns the workspace, making it if need be; s.mu is held.
func (s *Server) team(id string) *team {
	t := s.teams[id]
	if t == nil {
		n := s.next()
		t = &team{id: id, name: "Team " + id, botUser: fmt.Sprintf("UBOT%04d", n), botID: fmt.Sprintf("BBOT%04d", n), users: map[string]*User{}}
		t.users[t.botUser] = &User{ID: t.botUser, Name: "roadmapbot", Bot: true}
		s.teams[id] = t
	}
	return t
}

// grant issues a token; s.mu is held.
func (s *Server) grant(t *team, scopes []string) *token {
	t.installed, t.scopes = true, slices.Clone(scopes)
	k := &token{value: "xoxb-canary-" + random(12), team: t.id}
	if s.rotate {
		k.value = "xoxe.xoxb-canary-" + random(12)
		k.refresh = "xoxe-1-canary-" + random(12)
		k.expires = s.now().Add(12 * time.Hour)
		s.refresh[k.refresh] = k
	}
	s.tokens[k.value] = k
	return k
}

// Uninstall removes the app from a workspace and tells it so: tokens_revoked
// and app_uninstalled in this or, with late set, in the other order. At is the
// moment of the events; the zero time means now.
func (s *Server) Uninstall(id string, late bool, at time.Time) {
	s.mu.Lock()
	t := s.team(id)
	t.installed = false
	for _, k := range s.tokens {
		if k.team == id {
			k.revoked = true
		}
	}
	bot := t.botUser
	if at.IsZero() {
		at = s.now()
	}
	s.mu.Unlock()
	s.farewell(id, bot, late, at)
}

// Farewell only sends the two events, as a late delivery after a new
// installation does.
func (s *Server) Farewell(id string, late bool, at time.Time) {
	s.farewell(id, s.BotUser(id), late, at)
}

func (s *Server) farewell(id, bot string, late bool, at time.Time) {
	events := []object{
		{"type": "tokens_revoked", "tokens": object{"oauth": []string{}, "bot": []string{bot}}, "event_ts": fmt.Sprint(at.Unix())},
		{"type": "app_uninstalled", "event_ts": fmt.Sprint(at.Unix())},
	}
	if late {
		slices.Reverse(events)
	}
	for _, e := range events {
		<-s.event(id, e, at)
	}
}

// Tokens lists every bot token and refresh token ever issued: canaries to look
// for in logs.
func (s *Server) Tokens() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for v := range s.tokens {
		all = append(all, v)
	}
	for v := range s.refresh {
		all = append(all, v)
	}
	sort.Strings(all)
	return all
}

// auth finds who a bot token belongs to; the error is Slack's name for it.
func (s *Server) auth(value string) (*team, string) {
	if value == "" {
		return nil, "not_authed"
	}
	k := s.tokens[value]
	if k == nil || strings.HasPrefix(value, "xapp-") {
		return nil, "invalid_auth"
	}
	switch {
	case k.revoked && !s.teams[k.team].installed:
		return nil, "account_inactive"
	case k.revoked:
		return nil, "token_revoked"
	case !k.expires.IsZero() && s.now().After(k.expires):
		return nil, "token_expired"
	}
	return s.teams[k.team], ""
}
