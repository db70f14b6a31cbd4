package slack_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
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

const formType = "application/x-www-form-urlencoded"

// request sends a request, signed at a moment unless it is zero, and returns the
// status and the body.
func (r *rig) request(method, path, contentType, body string, at time.Time, secret string, headers ...string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.ctx, method, r.web.URL+path, strings.NewReader(body))
	r.ok(err)
	req.Header.Set("Content-Type", contentType)
	if !at.IsZero() {
		slacktest.Sign(req, secret, []byte(body), at)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	r.ok(err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	r.ok(err)
	return res.StatusCode, string(raw)
}

func commandForm(id string) string {
	return url.Values{"team_id": {team}, "user_id": {"U1"}, "command": {"/roadmap"}, "text": {"done x"}, "trigger_id": {id}, "channel_id": {"C1"}}.Encode()
}

func TestSignatures(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	now := time.Now()
	const good = slacktest.SigningSecret
	tests := []struct {
		name    string
		at      time.Time
		secret  string
		headers []string
		status  int
	}{
		{"good", now, good, nil, 200},
		{"4:50 old", now.Add(-290 * time.Second), good, nil, 200},
		{"4:50 ahead", now.Add(290 * time.Second), good, nil, 200},
		{"5:10 old", now.Add(-310 * time.Second), good, nil, 401},
		{"5:10 ahead", now.Add(310 * time.Second), good, nil, 401},
		{"wrong secret", now, "0123456789abcdef0123456789abcdef", nil, 401},
		{"no signature", time.Time{}, "", nil, 401},
		{"other version", now, good, []string{"X-Slack-Signature", "v1=" + strings.Repeat("0", 64)}, 401},
		{"not hex", now, good, []string{"X-Slack-Signature", "v0=" + strings.Repeat("x", 64)}, 401},
		{"empty", now, good, []string{"X-Slack-Signature", ""}, 401},
		{"other time", now, good, []string{"X-Slack-Request-Timestamp", fmt.Sprint(now.Unix() - 1)}, 401},
		{"no number", now, good, []string{"X-Slack-Request-Timestamp", "soon"}, 401},
		{"overflow", now, good, []string{"X-Slack-Request-Timestamp", "99999999999999999999"}, 401},
	}
	for i, tt := range tests {
		if status, body := r.request("POST", "/slack/commands", formType, commandForm(fmt.Sprint("s", i)), tt.at, tt.secret, tt.headers...); status != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.name, status, body, tt.status)
		}
	}
	if n := len(r.core.lines()); n != 3 {
		t.Errorf("%d commands reached the core, want 3", n)
	}
	// The signature covers every byte of the body.
	body := commandForm("flip")
	req := httptest.NewRequest(http.MethodPost, "/slack/commands", strings.NewReader(body))
	slacktest.Sign(req, good, []byte(body), now)
	changed := strings.Replace(body, "done", "undo", 1)
	if status, _ := r.request("POST", "/slack/commands", formType, changed, time.Time{}, "",
		"X-Slack-Signature", req.Header.Get("X-Slack-Signature"), "X-Slack-Request-Timestamp", req.Header.Get("X-Slack-Request-Timestamp")); status != 401 {
		t.Errorf("a changed body was taken: %d", status)
	}
}

func TestRoutes(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	now := time.Now()
	const events, commands, interactions, good = "/slack/events", "/slack/commands", "/slack/interactions", slacktest.SigningSecret
	tests := []struct {
		name, method, path, kind, body string
		unsigned                       bool
		status                         int
		says                           string
	}{
		{name: "GET", method: "GET", path: events, status: 405},
		{name: "PUT", method: "PUT", path: commands, status: 405},
		{name: "nowhere", method: "POST", path: "/slack/elsewhere", status: 404},
		{name: "no install in the plain form", method: "GET", path: "/slack/install", status: 404},
		{name: "too large", method: "POST", path: events, body: `{"x":"` + strings.Repeat("y", 1<<20) + `"}`, status: 413},
		{name: "challenge", method: "POST", path: events, body: `{"type":"url_verification","challenge":"3eZbrw1a"}`, status: 200, says: "3eZbrw1a"},
		{name: "challenge, unsigned", method: "POST", path: events, unsigned: true, body: `{"type":"url_verification","challenge":"3eZbrw1a"}`, status: 401},
		{name: "ssl_check", method: "POST", path: commands, kind: formType, unsigned: true, body: "ssl_check=1&token=x", status: 200},
		{name: "ssl_check carries nothing", method: "POST", path: commands, kind: formType, unsigned: true, body: "ssl_check=1&" + commandForm("free"), status: 200},
		{name: "ssl_check, signed", method: "POST", path: commands, kind: formType, body: "ssl_check=1&" + commandForm("free2"), status: 200},
		{name: "unknown event", method: "POST", path: events, body: `{"type":"event_callback","team_id":"T1","event_id":"E1","event":{"type":"moon_landed"}}`, status: 200},
		{name: "unknown outer type", method: "POST", path: events, body: `{"type":"sunrise"}`, status: 200},
		{name: "event without an event", method: "POST", path: events, body: `{"type":"event_callback"}`, status: 200},
		{name: "event of another shape", method: "POST", path: events, body: `{"type":"event_callback","team_id":"T1","event":[1]}`, status: 200},
		{name: "rate limited", method: "POST", path: events, body: `{"type":"app_rate_limited","team_id":"T1","minute_rate_limited":1}`, status: 200},
		{name: "no JSON", method: "POST", path: events, body: `{`, status: 400},
		{name: "an array", method: "POST", path: events, body: `[1]`, status: 400},
		{name: "no payload", method: "POST", path: interactions, kind: formType, body: "x=1", status: 400},
		{name: "payload in the address", method: "POST", path: interactions + "?payload=%7B%22type%22%3A%22block_actions%22%7D", kind: formType, body: "x=1", status: 400},
		{name: "unknown interaction", method: "POST", path: interactions, kind: formType, body: "payload=" + url.QueryEscape(`{"type":"telepathy","team":{"id":"T1"},"user":{"id":"U1"}}`), status: 200},
		{name: "press of nothing", method: "POST", path: interactions, kind: formType, body: "payload=" + url.QueryEscape(`{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"actions":[]}`), status: 200},
		{name: "a modal of somebody else", method: "POST", path: interactions, kind: formType, body: "payload=" + url.QueryEscape(`{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"callback_id":"x"}}`), status: 200},
		{name: "a command without anybody", method: "POST", path: commands, kind: formType, body: "command=%2Froadmap", status: 200},
		{name: "a broken form", method: "POST", path: commands, kind: formType, body: "%zz=1", status: 400},
	}
	for _, tt := range tests {
		at := now
		if tt.unsigned {
			at = time.Time{}
		}
		kind := tt.kind
		if kind == "" {
			kind = "application/json"
		}
		status, body := r.request(tt.method, tt.path, kind, tt.body, at, good)
		if status != tt.status || tt.says != "" && body != tt.says {
			t.Errorf("%s: %d %q, want %d %q", tt.name, status, body, tt.status, tt.says)
		}
	}
	if got := r.core.lines(); len(got) > 0 {
		t.Errorf("reached the core: %q", got)
	}
}

func TestReplayIsAnsweredOnce(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	now := time.Now()
	for i := range 3 {
		status, body := r.request("POST", "/slack/commands", formType, commandForm("same"), now, slacktest.SigningSecret)
		if status != 200 || (body != "") != (i == 0) {
			t.Errorf("delivery %d: %d %.80q", i, status, body)
		}
	}
	if n := len(r.core.lines()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestSlowWorkIsAnsweredLater(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	hold := make(chan struct{})
	r.core.on["slow"] = func() { <-hold }
	r.ok(r.person.Slash("C1", "/roadmap", "slow")) // Slack got its 200 in time, an empty one
	if n := len(r.person.Sees("C1")); n != 0 {
		t.Fatalf("%d messages before the work was done", n)
	}
	close(hold)
	r.hears("C1", "slow")
}

func TestFullQueue(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			r := setup(t, mode, func(c *slack.Config) { c.Queue = 1 })
			r.fake.Retry([]time.Duration{0, 50 * time.Millisecond, 500 * time.Millisecond}, 200*time.Millisecond)
			hold, held := make(chan struct{}), make(chan struct{})
			r.core.on["slow"] = func() { close(held); <-hold }
			other := r.fake.Person(team, "U2")
			hears := func(channel, text string) slacktest.Message {
				m, err := other.Hears(r.ctx, channel, func(m slacktest.Message) bool { return strings.Contains(m.Text, text) })
				r.ok(err)
				return m
			}
			r.ok(other.Slash("C2", "/roadmap", "today"))
			card := hears("C2", "today")
			first := r.person.Write("slow")
			<-held
			r.ok(other.Slash("C1", "/roadmap", "hello")) // told so instead of Slack's error
			if m := hears("C1", "too much to do"); m.OnlyFor != other.ID {
				t.Errorf("shown to %q", m.OnlyFor)
			}
			if mode == slack.ModeSocket { // over HTTP the status says it, see below
				r.ok(other.Press(card, "Done"))
				if m := hears("C2", "too much to do"); m.TS == card.TS || m.OnlyFor != other.ID {
					t.Errorf("shown to %q; in the card's place: %v", m.OnlyFor, m.TS == card.TS)
				}
			}
			if mode == slack.ModeHTTP {
				for path, body := range map[string]string{
					"/slack/events":       `{"type":"event_callback","team_id":"T0000001","event_id":"E1","event":{"type":"message","channel_type":"im","user":"U2","channel":"D2","text":"x"}}`,
					"/slack/interactions": "payload=" + url.QueryEscape(`{"type":"block_actions","team":{"id":"T0000001"},"user":{"id":"U2"},"actions":[{"type":"button","block_id":"b","action_id":"x","value":"x"}]}`),
				} {
					if a := r.fake.Post(r.web.URL+path, formType, []byte(body)); a.Status != http.StatusServiceUnavailable {
						t.Errorf("%s: %d, want 503 so that Slack repeats it", path, a.Status)
					}
				}
			}
			second := r.person.Write("later")
			close(hold)
			if a := <-first; a.Err != nil {
				t.Error(a.Err)
			}
			if a := <-second; a.Err != nil {
				t.Errorf("after %d attempts: %v", a.Attempts, a.Err)
			}
			r.hears(r.person.DM(), "later")
		})
	}
}

// TestOnePersonLeavesRoom has somebody send more than may wait for one: others are
// answered meanwhile.
func TestOnePersonLeavesRoom(t *testing.T) {
	t.Parallel()
	r := setup(t, slack.ModeHTTP, func(c *slack.Config) { c.Queue = 60 })
	hold, held := make(chan struct{}), make(chan struct{})
	r.core.on["slow"] = func() { close(held); <-hold }
	var all sync.WaitGroup
	all.Go(func() { _ = r.person.Slash("C1", "/roadmap", "slow") })
	<-held
	for range 70 {
		all.Go(func() { _ = r.person.Slash("C1", "/roadmap", "more") })
	}
	all.Wait() // turned away, or told to wait for the answer
	other := r.fake.Person(team, "U2")
	r.ok(other.Slash("C2", "/roadmap", "hello"))
	m, err := other.Hears(r.ctx, "C2", nil)
	r.ok(err)
	if !strings.Contains(m.Text, "hello") {
		t.Errorf("the other is told %q", m.Text)
	}
	close(hold)
}

// TestLostAnswerToAnAnswer has a response URL take the reply and not say so: it is not
// posted once more.
func TestLostAnswerToAnAnswer(t *testing.T) {
	for name, fault := range map[string]slacktest.Fault{"cut": {CutAfter: true}, "502": {Broken: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, slack.ModeSocket)
			r.fake.Break("response_url", fault)
			dm := r.person.DM()
			r.ok(r.person.Slash(dm, "/roadmap", "hello"))
			r.ok(r.fake.Await(r.ctx, func() bool { return len(r.person.Sees(dm)) > 0 }))
			r.ok(r.person.Slash(dm, "/roadmap", "again")) // comes after it
			r.hears(dm, "again")
			if n := len(r.person.Sees(dm)); n != 2 {
				t.Errorf("%d answers to two commands", n)
			}
		})
	}
}

func TestSlowlorisIsCutOff(t *testing.T) {
	t.Parallel()
	r := setup(t, slack.ModeHTTP)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	pr, pw := io.Pipe()
	defer func() { _ = pw.Close() }()
	ctx, cancel := context.WithTimeout(r.ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.web.URL+"/slack/events", io.MultiReader(bytes.NewReader([]byte("{")), pr))
	r.ok(err)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		if ctx.Err() != nil {
			t.Fatal("a body that never ends was waited for")
		}
		return
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestHTTPBeforeAndAfterRun(t *testing.T) {
	r := setup(t, slack.ModeHTTP)
	r.fake.Retry(nil, time.Second)
	early, err := slack.New(slack.Config{Mode: slack.ModeHTTP, BotToken: bot.Secret(r.token), SigningSecret: slacktest.SigningSecret, API: r.fake.API()})
	r.ok(err)
	web := httptest.NewServer(early.Handler())
	defer web.Close()
	r.fake.DeliverTo(web.URL)
	if a := <-r.person.Write("early"); a.Status != http.StatusServiceUnavailable {
		t.Errorf("status %d before Run, want 503 so that Slack repeats it", a.Status)
	}
	r.fake.DeliverTo(r.web.URL)
	r.ok(r.stop())
	if a := <-r.person.Write("late"); a.Status != http.StatusServiceUnavailable {
		t.Errorf("status %d, want 503 so that Slack repeats it", a.Status)
	}
	r.ok(r.person.Slash("C1", "/roadmap", "late")) // which Slack does not repeat: the person is told
	r.hears("C1", "too much to do")
	if got := r.core.lines(); len(got) > 0 {
		t.Errorf("reached the core: %q", got)
	}
}
