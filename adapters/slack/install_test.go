package slack_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

// many makes the adapter serve many workspaces from a shelf.
func many(s *shelf) func(*slack.Config) {
	return func(c *slack.Config) {
		c.BotToken = ""
		c.ClientID, c.ClientSecret, c.Keys, c.Shelf = slacktest.ClientID, slacktest.ClientSecret, storeKeys, s
	}
}

// browser follows an installation through.
func (r *rig) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	r.ok(err)
	transport := &http.Transport{}
	r.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport}
}

func (r *rig) get(b *http.Client, url string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, url, nil)
	r.ok(err)
	res, err := b.Do(req)
	r.ok(err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	r.ok(err)
	return res.StatusCode, string(raw)
}

// install clicks through the installation into a workspace.
func (r *rig) install(id string) {
	r.t.Helper()
	r.fake.Consent(id, "U1", r.web.URL+"/slack/oauth/callback", false)
	if status, page := r.get(r.browser(), r.web.URL+"/slack/install"); status != 200 || !strings.Contains(page, "Installed") {
		r.t.Fatalf("installing: %d %s", status, page)
	}
}

func TestManyWorkspaces(t *testing.T) {
	for _, mode := range modes {
		for _, rotate := range []bool{false, true} {
			t.Run(mode+map[bool]string{true: " with rotation"}[rotate], func(t *testing.T) {
				t.Parallel()
				s := newShelf()
				r := setup(t, mode, many(s))
				r.fake.Rotate(rotate)
				for _, id := range []string{"T1", "T2"} {
					r.install(id)
				}
				for _, id := range []string{"T1", "T2"} {
					p := r.fake.Person(id, "U7")
					r.ok(p.Slash("C"+id, "/roadmap", "done vcs-git"))
					_, err := p.Hears(r.ctx, "C"+id, nil)
					r.ok(err)
					if got := r.core.last().From; got != (bot.Account{Platform: "slack", Tenant: id, User: "U7"}) {
						t.Errorf("from %+v", got)
					}
					<-p.Write("hello")
					_, err = p.Hears(r.ctx, p.DM(), nil)
					r.ok(err)
				}
				s.mu.Lock()
				for _, sealed := range s.of {
					for _, secret := range append(r.fake.Tokens(), "xoxb-", "xoxe-") { // long enough not to come about by chance
						if bytes.Contains(sealed, []byte(secret)) {
							t.Errorf("%q is legible in the store", secret)
						}
					}
				}
				s.mu.Unlock()
				// Uninstalling one leaves the other.
				r.fake.Uninstall("T1", false, time.Time{})
				gone := bot.Address{Account: bot.Account{Platform: "slack", Tenant: "T1", User: "U7"}}
				_, err := r.adapter.Send(r.ctx, gone, "k", nudge)
				if _, ok := errors.AsType[*bot.NotSentError](err); !ok { // for good once the adapter has heard of it
					t.Errorf("Send after leaving: %v", err)
				}
				gone.Tenant = "T2"
				_, err = r.adapter.Send(r.ctx, gone, "k", nudge)
				r.ok(err)
			})
		}
	}
}

func TestOrganisationWideInstallation(t *testing.T) {
	r := setup(t, slack.ModeSocket, many(newShelf()))
	r.fake.Organise("T1", "E1", true)
	r.install("T1")
	p := r.fake.Person("T1", "W7")
	r.ok(p.Slash("C1", "/roadmap", "hello"))
	_, err := p.Hears(r.ctx, "C1", nil)
	r.ok(err)
	<-p.Write("hello")
	_, err = p.Hears(r.ctx, p.DM(), nil)
	r.ok(err)
	if got := r.core.last().From; got != (bot.Account{Platform: "slack", Tenant: "E1", User: "W7"}) {
		t.Errorf("from %+v", got)
	}
}

func TestFarewellsInEitherOrderAndLate(t *testing.T) {
	for _, late := range []bool{false, true} {
		s := newShelf()
		r := setup(t, slack.ModeHTTP, many(s))
		r.install("T1")
		r.fake.Uninstall("T1", late, time.Time{})
		if _, err := s.Get(r.ctx, "T1"); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("the installation stays: %v", err)
		}
		ended := time.Now().Add(-time.Minute)
		r.install("T1")
		r.fake.Farewell("T1", late, ended) // a late delivery about the first installation
		if _, err := s.Get(r.ctx, "T1"); err != nil {
			t.Errorf("a late farewell removed the new installation: %v", err)
		}
		// The tokens of somebody else's user are none of ours.
		<-r.fake.Event("T1", map[string]any{"type": "tokens_revoked", "tokens": map[string]any{"oauth": []string{"U1"}, "bot": []string{}}})
		if _, err := s.Get(r.ctx, "T1"); err != nil {
			t.Errorf("a user's token removed the installation: %v", err)
		}
	}
}

func TestTokensAreRotatedByOne(t *testing.T) {
	var mu sync.Mutex
	var ahead time.Duration
	s := newShelf()
	r := setup(t, slack.ModeHTTP, many(s), func(c *slack.Config) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
	})
	later := func(d time.Duration) {
		mu.Lock()
		ahead += d
		mu.Unlock()
		r.fake.Advance(d)
	}
	r.fake.Rotate(true)
	r.install("T1")
	before := r.fake.Calls("oauth.v2.access")
	at := func(user string) bot.Address {
		return bot.Address{Account: bot.Account{Platform: "slack", Tenant: "T1", User: user}}
	}
	send := func() {
		var all sync.WaitGroup
		for _, user := range []string{"U1", "U2", "U3", "U4", "U5", "U6", "U7", "U8"} {
			r.fake.Person("T1", user)
			all.Go(func() {
				if _, err := r.adapter.Send(r.ctx, at(user), "k", nudge); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	later(9 * time.Hour)
	send()
	if n := r.fake.Calls("oauth.v2.access") - before; n != 0 {
		t.Errorf("%d refreshes, hours too early", n)
	}
	later(2 * time.Hour) // an hour before the end
	send()
	if n := r.fake.Calls("oauth.v2.access") - before; n != 1 {
		t.Errorf("%d refreshes, want 1", n)
	}
	// A store that fails does not cost the tokens: the old refresh token is void.
	s.breakWith(errBroken)
	later(11 * time.Hour)
	send()
	later(11 * time.Hour)
	send()
	s.breakWith(nil)
	later(time.Minute) // for the pace
	send()
	if n := r.fake.Calls("oauth.v2.access") - before; n != 3 {
		t.Errorf("%d refreshes, want 3", n)
	}
	// Slack's trouble while the old token is still good is no trouble.
	later(11 * time.Hour)
	r.fake.Break("oauth.v2.access", slacktest.Fault{Status: 500})
	before = r.fake.Calls("oauth.v2.access")
	for range 2 {
		if _, err := r.adapter.Send(r.ctx, at("U1"), "k2", nudge); err != nil {
			t.Error(err)
		}
	}
	if n := r.fake.Calls("oauth.v2.access") - before; n != 1 {
		t.Errorf("%d tries to refresh at once, want 1", n)
	}
	// After a restart the stored tokens work.
	again, err := slack.New(slack.Config{Mode: slack.ModeHTTP, SigningSecret: slacktest.SigningSecret, API: r.fake.API(), ClientID: slacktest.ClientID,
		ClientSecret: slacktest.ClientSecret, Keys: storeKeys, Shelf: s, Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }})
	r.ok(err)
	_, err = again.Send(r.ctx, at("U1"), "k3", nudge)
	r.ok(err)
}

func TestStateOfAnInstallation(t *testing.T) {
	r := setup(t, slack.ModeHTTP, many(newShelf()))
	r.fake.Consent("T1", "U1", r.web.URL+"/slack/oauth/callback", false)
	b := r.browser()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	begin := func(b *http.Client) *url.URL { // stops at the way back from the consent page
		req, _ := http.NewRequestWithContext(r.ctx, http.MethodGet, r.web.URL+"/slack/install", nil)
		for range 2 {
			res, err := b.Do(req)
			r.ok(err)
			_ = res.Body.Close()
			to, err := res.Location()
			r.ok(err)
			req, _ = http.NewRequestWithContext(r.ctx, http.MethodGet, to.String(), nil)
		}
		return req.URL
	}
	back := begin(b)
	if back.Query().Get("state") == begin(r.stopped()).Query().Get("state") {
		t.Error("the state is not random")
	}
	if status, _ := r.get(r.browser(), back.String()); status != http.StatusBadRequest {
		t.Errorf("another browser finished the installation: %d", status)
	}
	forged := *back
	q := forged.Query()
	q.Set("state", "forged")
	forged.RawQuery = q.Encode()
	if status, _ := r.get(b, forged.String()); status != http.StatusBadRequest {
		t.Errorf("a forged state: %d", status)
	}
	back = begin(b)     // the cookie was used up
	kept := r.stopped() // somebody who kept a copy of it
	kept.Jar.SetCookies(back, b.Jar.Cookies(back))
	if status, page := r.get(b, back.String()); status != 200 || !strings.Contains(page, "Installed") {
		t.Errorf("the right browser: %d %s", status, page)
	}
	for _, again := range []*http.Client{b, kept} {
		if status, _ := r.get(again, back.String()); status != http.StatusBadRequest {
			t.Errorf("a state worked twice: %d", status)
		}
	}
	r.fake.Consent("T1", "U1", r.web.URL+"/slack/oauth/callback", true)
	back = begin(b)
	if status, page := r.get(b, back.String()); status != 200 || !strings.Contains(page, "Nothing was installed") {
		t.Errorf("refused at the consent page: %d %s", status, page)
	}
	r.fake.Consent("T1", "U1", r.web.URL+"/slack/oauth/callback", false)
	back = begin(b)
	r.fake.Break("oauth.v2.access", slacktest.Fault{Error: "invalid_code"})
	if status, page := r.get(b, back.String()); status != http.StatusBadGateway || strings.Contains(page, "invalid_code") {
		t.Errorf("a code that Slack refuses: %d %s", status, page)
	}
}

// stopped is a browser that follows no redirects.
func (r *rig) stopped() *http.Client {
	b := r.browser()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// TestStateCookieIsForOneBrowserAlone: no script reads the cookie, no other site sends
// it along, and it never travels in the clear, but on this machine, where there is no TLS.
func TestStateCookieIsForOneBrowserAlone(t *testing.T) {
	r := setup(t, slack.ModeHTTP, many(newShelf()))
	for host, secure := range map[string]bool{"bot.example": true, "bot.example:8443": true, "localhost:8080": false, "127.0.0.1:8080": false} {
		for _, path := range []string{"/slack/install", "/slack/oauth/callback?error=access_denied"} {
			req := httptest.NewRequestWithContext(r.ctx, http.MethodGet, path, nil)
			req.Host = host
			res := httptest.NewRecorder()
			r.adapter.Handler().ServeHTTP(res, req)
			cookies := res.Result().Cookies()
			if len(cookies) != 1 {
				t.Fatalf("%s%s: %d cookies", host, path, len(cookies))
			}
			if c := cookies[0]; !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Domain != "" || c.Path != "/slack/oauth/" {
				t.Errorf("%s%s: %s", host, path, c)
			}
		}
	}
}

func TestStateExpires(t *testing.T) {
	var mu sync.Mutex
	var ahead time.Duration
	r := setup(t, slack.ModeHTTP, many(newShelf()), func(c *slack.Config) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
	})
	r.fake.Consent("T1", "U1", r.web.URL+"/slack/oauth/callback", false)
	b := r.stopped()
	req, _ := http.NewRequestWithContext(r.ctx, http.MethodGet, r.web.URL+"/slack/install", nil)
	res, err := b.Do(req)
	r.ok(err)
	_ = res.Body.Close()
	consent, _ := res.Location()
	res, err = b.Get(consent.String())
	r.ok(err)
	_ = res.Body.Close()
	back, _ := res.Location()
	mu.Lock()
	ahead = 11 * time.Minute
	mu.Unlock()
	if status, _ := r.get(b, back.String()); status != http.StatusBadRequest {
		t.Errorf("after eleven minutes: %d", status)
	}
}

func TestSealedRows(t *testing.T) {
	s := newShelf()
	r := setup(t, slack.ModeHTTP, many(s))
	r.install("T1")
	r.fake.Person("T1", "U1")
	address := bot.Address{Account: bot.Account{Platform: "slack", Tenant: "T1", User: "U1"}}
	with := func(keys bot.Secret) error {
		a, err := slack.New(slack.Config{Mode: slack.ModeHTTP, SigningSecret: "s", API: r.fake.API(), ClientID: slacktest.ClientID,
			ClientSecret: slacktest.ClientSecret, Keys: keys, Shelf: s})
		r.ok(err)
		_, err = a.Send(r.ctx, address, "k", nudge)
		return err
	}
	other := bot.Secret("k2:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32)))
	if err := with(other); err == nil {
		t.Error("opened without its key")
	}
	if err := with("k1" + other[2:]); err == nil {
		t.Error("opened with another key under its id")
	}
	if err := with(other + "," + storeKeys); err != nil { // a new key in front: the row is sealed anew
		t.Error(err)
	}
	if err := with(other); err != nil {
		t.Errorf("the row was not sealed under the new key: %v", err)
	}
	ctx := context.Background()
	row, err := s.Get(ctx, "T1")
	r.ok(err)
	r.ok(s.Put(ctx, "T2", row)) // a row in another's place
	address.Tenant = "T2"
	if err := with(other); err == nil {
		t.Error("a row opened in another's place")
	}
	address.Tenant = "T1"
	for i := range row {
		bad := bytes.Clone(row)
		bad[i] ^= 1
		r.ok(s.Put(ctx, "T1", bad))
		if err := with(other); err == nil {
			t.Fatalf("a row with byte %d changed was opened", i)
		}
	}
}
