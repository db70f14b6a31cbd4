package slacktest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// code is what the browser brings back from the consent page: ten minutes, one use.
type code struct {
	team, redirect string
	scopes         []string
	until          time.Time
	used           bool
}

// installation is what the next person on the consent page does.
type installation struct {
	team, user string
	deny       bool
	redirect   string // where the app's settings say to go without redirect_uri
}

// Consent sets what happens at the consent page from now on: who installs the
// app where, whether they refuse, and the first redirect URL of the settings.
func (s *Server) Consent(team, user, redirect string, deny bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.team(team)
	s.install = installation{team: team, user: user, deny: deny, redirect: redirect}
}

func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	back := q.Get("redirect_uri")
	if back == "" {
		back = s.install.redirect
	}
	u, err := url.Parse(back)
	if q.Get("client_id") != ClientID || q.Get("scope") == "" || err != nil || back == "" {
		http.Error(w, "bad_client_id, scope or redirect_uri", http.StatusBadRequest)
		return
	}
	args := url.Values{"state": {q.Get("state")}}
	if s.install.deny {
		args.Set("error", "access_denied")
	} else {
		id := random(16)
		s.codes[id] = &code{team: s.install.team, redirect: q.Get("redirect_uri"), scopes: strings.Split(q.Get("scope"), ","), until: s.now().Add(10 * time.Minute)}
		args.Set("code", id)
	}
	u.RawQuery = args.Encode()
	http.Redirect(w, r, u.String(), http.StatusFound)
}

func (s *Server) oauthAccess(r *http.Request, args object) (object, *failure) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = str(args["client_id"]), str(args["client_secret"])
	}
	delete(args, "client_secret") // never kept in a record
	if id != ClientID {
		return nil, fail("invalid_client_id")
	}
	if secret != ClientSecret {
		return nil, fail("bad_client_secret")
	}
	if str(args["grant_type"]) == "refresh_token" {
		old := s.refresh[str(args["refresh_token"])]
		if old == nil || old.revoked {
			return nil, fail("invalid_refresh_token")
		}
		delete(s.refresh, old.refresh) // one use
		t := s.teams[old.team]
		return s.granted(t, s.grant(t, t.scopes)), nil
	}
	c := s.codes[str(args["code"])]
	switch {
	case c == nil:
		return nil, fail("invalid_code")
	case c.used:
		return nil, fail("code_already_used")
	case s.now().After(c.until):
		return nil, fail("code_expired")
	case c.redirect != str(args["redirect_uri"]):
		return nil, fail("bad_redirect_uri")
	}
	c.used = true
	for _, scope := range c.scopes {
		if !slices.Contains(Scopes, scope) {
			return nil, fail("invalid_scope")
		}
	}
	t := s.teams[c.team]
	return s.granted(t, s.grant(t, c.scopes)), nil
}

func (s *Server) granted(t *team, k *token) object {
	out := object{
		"access_token": k.value, "token_type": "bot", "scope": strings.Join(t.scopes, ","), "bot_user_id": t.botUser, "app_id": AppID,
		"team": object{"id": t.id, "name": t.name}, "enterprise": nil, "is_enterprise_install": t.orgWide,
		"authed_user": object{"id": s.install.user},
	}
	if t.enterprise != "" {
		out["enterprise"] = object{"id": t.enterprise, "name": "Org " + t.enterprise}
	}
	if t.orgWide {
		out["team"] = nil
	}
	if k.refresh != "" {
		out["refresh_token"], out["expires_in"] = k.refresh, 43200
	}
	return out
}
