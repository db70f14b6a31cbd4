package slacktest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"roadmapbot/adapters/slack/slacktest"
)

// ask calls a method with a form and returns Slack's error, empty for ok.
func ask(t *testing.T, s *slacktest.Server, token, method string, args url.Values) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.API()+method, strings.NewReader(args.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var out struct {
		OK    bool
		Error string
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || out.OK != (out.Error == "") {
		t.Fatalf("%s: %+v, %v", method, out, err)
	}
	if res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") == "" {
		t.Error("429 without Retry-After")
	}
	return out.Error
}

func TestBlocks(t *testing.T) {
	text := func(n int) string { return `{"type":"mrkdwn","text":"` + strings.Repeat("x", n) + `"}` }
	plain := func(n int) string { return `{"type":"plain_text","text":"` + strings.Repeat("x", n) + `"}` }
	button := func(more string) string { return `{"type":"button","text":` + plain(5) + more + `}` }
	row := func(elements ...string) string {
		return `{"type":"actions","elements":[` + strings.Join(elements, ",") + `]}`
	}
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	tests := []struct {
		name, blocks string
		ok           bool
	}{
		{"section", `{"type":"section","text":` + text(3000) + `}`, true},
		{"long section", `{"type":"section","text":` + text(3001) + `}`, false},
		{"empty section", `{"type":"section","text":` + text(0) + `}`, false},
		{"section of nothing", `{"type":"section"}`, false},
		{"fifty", many(50, `{"type":"divider"}`), true},
		{"fifty-one", many(51, `{"type":"divider"}`), false},
		{"ten fields", `{"type":"section","fields":[` + many(10, text(1000)) + `]}`, true},
		{"eleven fields", `{"type":"section","fields":[` + many(11, text(5)) + `]}`, false},
		{"long field", `{"type":"section","fields":[` + text(2001) + `]}`, false},
		{"header", `{"type":"header","text":` + plain(150) + `}`, true},
		{"long header", `{"type":"header","text":` + plain(151) + `}`, false},
		{"mrkdwn header", `{"type":"header","text":` + text(5) + `}`, false},
		{"buttons", row(many(25, button(""))), true},
		{"too many buttons", row(many(26, button(""))), false},
		{"same action twice", row(button(`,"action_id":"a"`), button(`,"action_id":"a"`)), false},
		{"same block twice", `{"type":"divider","block_id":"b"},{"type":"divider","block_id":"b"}`, false},
		{"long value", row(button(`,"value":"` + strings.Repeat("x", 2001) + `"`)), false},
		{"odd style", row(button(`,"style":"loud"`)), false},
		{"no address", row(button(`,"url":"nowhere"`)), false},
		{"long label", row(`{"type":"button","text":` + plain(76) + `}`), false},
		{"select", row(`{"type":"static_select","options":[{"text":` + plain(75) + `,"value":"v"}]}`), true},
		{"long option", row(`{"type":"static_select","options":[{"text":` + plain(5) + `,"value":"` + strings.Repeat("v", 76) + `"}]}`), false},
		{"no options", row(`{"type":"static_select","options":[]}`), false},
		{"input in a message", `{"type":"input","label":` + plain(5) + `,"element":{"type":"plain_text_input"}}`, false},
		{"unknown block", `{"type":"hologram"}`, false},
		{"unknown field", `{"type":"divider","glow":true}`, false},
		{"null", `{"type":"divider","block_id":null}`, false},
		{"rich text", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x","style":{"bold":true}}]}]}`, true},
		{"odd rich text", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x","style":{"loud":true}}]}]}`, false},
		{"too much in all", many(5, `{"type":"section","text":`+text(2900)+`}`), false},
		{"a string", `"x"`, false},
	}
	for _, tt := range tests {
		var v any
		if err := json.Unmarshal([]byte("["+tt.blocks+"]"), &v); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if wrong := slacktest.CheckMessage(v); (len(wrong) == 0) != tt.ok {
			t.Errorf("%s: %q", tt.name, wrong)
		}
	}
}

func TestScopesTokensAndLimits(t *testing.T) {
	s := start(t)
	token := s.Install("T1")
	p := s.Person("T1", "U1")
	post := url.Values{"channel": {p.DM()}, "text": {"x"}}
	s.Restrict("T1", "chat:write")
	for _, tt := range []struct{ token, method, want string }{
		{token, "chat.postMessage", ""}, {token, "users.info", "missing_scope"}, {token, "conversations.history", "missing_scope"},
		{token, "conversations.open", "missing_scope"}, {"", "auth.test", "not_authed"}, {"xoxb-1", "auth.test", "invalid_auth"},
		{slacktest.AppToken, "auth.test", "invalid_auth"}, {token, "apps.connections.open", "not_allowed_token_type"}, {token, "chat.levitate", "unknown_method"},
	} {
		if got := ask(t, s, tt.token, tt.method, post); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.method, got, tt.want)
		}
	}
	s.SetLimit("chat.postMessage", slacktest.Limit{Calls: 1, Per: time.Minute, PerChannel: true})
	other := url.Values{"channel": {s.Person("T1", "U2").DM()}, "text": {"x"}}
	got := []string{ask(t, s, token, "chat.postMessage", post), ask(t, s, token, "chat.postMessage", post), ask(t, s, token, "chat.postMessage", other)}
	s.Advance(time.Minute)
	got = append(got, ask(t, s, token, "chat.postMessage", post))
	if !slices.Equal(got, []string{"", "ratelimited", "", ""}) {
		t.Errorf("limited: %q", got)
	}
	s.Retry(nil, time.Millisecond) // nobody listens
	s.Uninstall("T1", false, time.Time{})
	if got := ask(t, s, token, "auth.test", nil); got != "account_inactive" {
		t.Errorf("after leaving: %q", got)
	}
	s.Rotate(true)
	fresh := s.Install("T1")
	s.Advance(13 * time.Hour)
	if got := ask(t, s, fresh, "auth.test", nil); got != "token_expired" {
		t.Errorf("after thirteen hours: %q", got)
	}
}

// app is an app that takes deliveries as it is told to.
type app struct {
	*httptest.Server
	status  []int
	headers []http.Header
	bodies  []url.Values
	answer  string
}

func newApp(t *testing.T) *app {
	a := &app{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(raw))
		a.headers, a.bodies = append(a.headers, r.Header), append(a.bodies, form)
		if len(a.status) > 0 {
			w.WriteHeader(a.status[0])
			a.status = a.status[1:]
		}
		_, _ = io.WriteString(w, a.answer)
	}))
	t.Cleanup(a.Close)
	return a
}

func TestRetriesOverHTTP(t *testing.T) {
	s, a := start(t), newApp(t)
	s.Install("T1")
	s.DeliverTo(a.URL)
	s.Retry([]time.Duration{0, 0, 0}, time.Second)
	a.status = []int{500, 404, 200}
	if got := <-s.Person("T1", "U1").Write("x"); got.Err != nil || got.Attempts != 3 {
		t.Errorf("%+v", got)
	}
	var nums, reasons []string
	for _, h := range a.headers {
		nums, reasons = append(nums, h.Get("X-Slack-Retry-Num")), append(reasons, h.Get("X-Slack-Retry-Reason"))
	}
	if !slices.Equal(nums, []string{"", "1", "2"}) || !slices.Equal(reasons, []string{"", "http_error", "http_error"}) {
		t.Errorf("retries %q %q", nums, reasons)
	}
	a.status = []int{500, 500, 500, 500, 500}
	if got := <-s.Person("T1", "U1").Write("x"); got.Err == nil || got.Attempts != 4 {
		t.Errorf("%+v", got)
	}
	a.status = []int{500}
	if err := s.Person("T1", "U1").Slash("C1", "/x", "y"); err == nil {
		t.Error("a command was repeated")
	}
}

func TestResponseURLs(t *testing.T) {
	s, a := start(t), newApp(t)
	s.Install("T1")
	s.DeliverTo(a.URL)
	p := s.Person("T1", "U1")
	use := func(hook, body string) int {
		res, err := http.Post(hook, "application/json", bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if err := p.Slash("C1", "/x", "y"); err != nil {
		t.Fatal(err)
	}
	hook := a.bodies[0].Get("response_url")
	for _, bad := range []string{`{`, `{"text":""}`, `{"text":"x","blocks":null}`, `{"text":"x","metadata":{"event_type":"","event_payload":null}}`} {
		if got := use(hook, bad); got == 200 {
			t.Errorf("took %s", bad)
		}
	}
	if got := use(hook, `{"text":"fifth"}`); got != 200 {
		t.Errorf("the fifth use: %d", got)
	}
	if got := use(hook, `{"text":"sixth"}`); got != 404 {
		t.Errorf("the sixth use: %d", got)
	}
	if err := p.Slash("C1", "/x", "y"); err != nil {
		t.Fatal(err)
	}
	s.Advance(31 * time.Minute)
	if got := use(a.bodies[1].Get("response_url"), `{"text":"late"}`); got != 404 {
		t.Errorf("after half an hour: %d", got)
	}
	if list := p.Sees("C1"); len(list) != 1 || list[0].OnlyFor != "U1" {
		t.Errorf("saw %+v", list)
	}
}

func TestTriggers(t *testing.T) {
	s, a := start(t), newApp(t)
	token := s.Install("T1")
	s.DeliverTo(a.URL)
	p := s.Person("T1", "U1")
	view := `{"type":"modal","title":{"type":"plain_text","text":"t"},"blocks":[{"type":"divider"}]}`
	open := func(i int) string {
		return ask(t, s, token, "views.open", url.Values{"trigger_id": {a.bodies[i].Get("trigger_id")}, "view": {view}})
	}
	for range 2 {
		if err := p.Slash("C1", "/x", "y"); err != nil {
			t.Fatal(err)
		}
	}
	if got := []string{open(0), open(0)}; !slices.Equal(got, []string{"", "exchanged_trigger_id"}) {
		t.Errorf("twice: %q", got)
	}
	s.Advance(4 * time.Second)
	if got := open(1); got != "expired_trigger_id" {
		t.Errorf("late: %q", got)
	}
}

func TestTicketsWorkOnce(t *testing.T) {
	s := start(t)
	open := func() string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.API()+"apps.connections.open", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+slacktest.AppToken)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		var out struct{ URL string }
		if err := json.NewDecoder(res.Body).Decode(&out); err != nil || out.URL == "" {
			t.Fatal(err)
		}
		return out.URL
	}
	dial := func(address string) (map[string]any, error) {
		conn, res, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
		if err != nil {
			_ = res.Body.Close()
			return nil, err
		}
		t.Cleanup(func() { _ = conn.Close() })
		var first map[string]any
		err = conn.ReadJSON(&first)
		return first, err
	}
	address := open()
	if hello, err := dial(address); err != nil || hello["type"] != "hello" || hello["num_connections"] != 1.0 {
		t.Fatalf("%v %v", hello, err)
	}
	if _, err := dial(address); err == nil {
		t.Error("a ticket worked twice")
	}
	for range 9 {
		if _, err := dial(open()); err != nil {
			t.Fatal(err)
		}
	}
	if eleventh, err := dial(open()); err != nil || eleventh["reason"] != "too_many_websockets" {
		t.Errorf("the eleventh: %v %v", eleventh, err)
	}
}
