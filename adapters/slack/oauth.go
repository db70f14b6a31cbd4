package slack

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"
)

// Scopes are the bot scopes the app asks for, and all it needs.
var Scopes = []string{"commands", "chat:write", "im:write", "im:history", "users:read", "app_mentions:read"}

// The state of an installation under way: random, ten minutes, one use, and in
// a sealed cookie, so that only the browser that began can finish.
const (
	stateCookie = "roadmapbot_slack_state"
	statePath   = "/slack/oauth/"
	stateRow    = "\x00oauth state" // no tenant is called that
	stateTime   = 10 * time.Minute
)

type oauthState struct {
	State string
	Until time.Time
}

// serveInstall sends the browser to Slack's consent page.
func (a *Adapter) serveInstall(w http.ResponseWriter, r *http.Request) {
	s := oauthState{State: random(), Until: a.now().Add(stateTime)}
	raw, err := json.Marshal(s)
	if err != nil {
		a.page(w, http.StatusInternalServerError, "The installation could not begin. Please try again.")
		return
	}
	sealed := base64.RawURLEncoding.EncodeToString(a.keys.seal(stateRow, raw))
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // insecure on loopback alone, where there is no TLS
		Name: stateCookie, Value: sealed, Path: statePath, MaxAge: int(stateTime.Seconds()),
		HttpOnly: true, Secure: !loopback(r.Host), SameSite: http.SameSiteLaxMode,
	})
	to := *a.base
	to.Path, to.RawQuery = strings.TrimSuffix(strings.TrimSuffix(to.Path, "/"), "/api")+"/oauth/v2/authorize", url.Values{
		"client_id": {a.cfg.ClientID}, "scope": {strings.Join(Scopes, ",")}, "state": {s.State},
	}.Encode()
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to.String(), http.StatusFound)
}

// serveCallback takes the browser back from the consent page.
func (a *Adapter) serveCallback(w http.ResponseWriter, r *http.Request) {
	cookie, _ := r.Cookie(stateCookie)
	http.SetCookie(w, &http.Cookie{Name: stateCookie, Path: statePath, MaxAge: -1, HttpOnly: true, Secure: !loopback(r.Host), SameSite: http.SameSiteLaxMode}) //nolint:gosec // as above
	q := r.URL.Query()
	if cookie == nil || !a.stateGood(cookie.Value, q.Get("state")) {
		a.page(w, http.StatusBadRequest, "This installation was not begun in this browser, or more than ten minutes ago. Please start again from the link you were given.")
		return
	}
	if q.Get("error") != "" || q.Get("code") == "" {
		a.page(w, http.StatusOK, "Nothing was installed. You can start again at any time.")
		return
	}
	i, err := a.exchange(r, q.Get("code"))
	if err != nil {
		a.log.Error("an installation failed", "err", clean(err))
		a.page(w, http.StatusBadGateway, "Slack did not confirm the installation. Please start again from the link you were given.")
		return
	}
	if err := a.installs.put(r.Context(), i); err != nil {
		a.log.Error("an installation could not be stored", "tenant", i.Tenant, "err", err)
		a.page(w, http.StatusInternalServerError, "The installation could not be stored. Please start again from the link you were given.")
		return
	}
	a.log.Info("installed", "tenant", i.Tenant)
	a.page(w, http.StatusOK, "Installed. Open Slack and write “start” to the bot, or type "+Command+" start in any channel.")
}

// stateGood checks the state that came back against the browser's cookie, and
// uses it up.
func (a *Adapter) stateGood(cookie, state string) bool {
	sealed, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil {
		return false
	}
	raw, _, err := a.keys.open(stateRow, sealed)
	var s oauthState
	if err != nil || json.Unmarshal(raw, &s) != nil || a.now().After(s.Until) {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(s.State), []byte(state)) == 1 && a.states.add(s.State)
}

// exchange swaps the code for the installation's tokens.
func (a *Adapter) exchange(r *http.Request, code string) (installation, error) {
	got, err := slackgo.GetOAuthV2ResponseContext(r.Context(), a.web, a.cfg.ClientID, a.cfg.ClientSecret.Reveal(), code, "", slackgo.OAuthOptionAPIURL(a.cfg.API))
	if err != nil {
		return installation{}, fmt.Errorf("oauth.v2.access: %w", err)
	}
	i := installation{
		Tenant: tenantOf(got.Team.ID, got.Enterprise.ID, got.IsEnterpriseInstall), BotUser: got.BotUserID,
		Token: got.AccessToken, Refresh: got.RefreshToken, Installed: a.now(),
	}
	if got.ExpiresIn > 0 {
		i.Expires = a.now().Add(time.Duration(got.ExpiresIn) * time.Second)
	}
	if i.Tenant == "" || i.Token == "" || got.TokenType != "bot" {
		return installation{}, errors.New("oauth.v2.access: the answer holds no bot token")
	}
	granted := strings.Split(got.Scope, ",")
	for _, missing := range lacking(granted) {
		a.log.Warn("installed without a scope the bot needs", "tenant", i.Tenant, "scope", missing)
	}
	return i, nil
}

// page is a plain page that loads nothing and tells nobody where it was.
func (a *Adapter) page(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Roadmap bot for Slack</title>`+
		`<body style="font:1.1em/1.5 system-ui;max-width:32em;margin:4em auto;padding:0 1em"><p>%s</p></body></html>`, html.EscapeString(text))
}

// loopback tells whether a host is this machine, where there is no TLS.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// lacking lists the scopes the bot needs and was not given.
func lacking(granted []string) []string {
	var missing []string
	for _, want := range Scopes {
		found := false
		for _, g := range granted {
			found = found || strings.TrimSpace(g) == want
		}
		if !found {
			missing = append(missing, want)
		}
	}
	return missing
}
