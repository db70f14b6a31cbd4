package discordtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a stand-in, and a client that says whatever a test wants.
type desk struct {
	*Server
	t *testing.T
}

func newDesk(t *testing.T, o Options) *desk {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &desk{s, t}
}

// say sends a request and returns the status and Discord's error code.
func (d *desk) say(method, path, kind, body string, change ...func(*http.Request)) (status, code int, answer string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.API()+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("User-Agent", "DiscordBot (test, 1)")
	req.Header.Set("Authorization", "Bot "+d.Token())
	if body != "" {
		req.Header.Set("Content-Type", kind)
	}
	for _, c := range change {
		c(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	var b struct{ Code int }
	_ = json.Unmarshal(raw, &b)
	return resp.StatusCode, b.Code, string(raw)
}

func (d *desk) json(method, path, body string) (status, code int, answer string) {
	d.t.Helper()
	return d.say(method, path, "application/json", body)
}

// page reads messages.
func (d *desk) page(path string) (messages []Message) {
	d.t.Helper()
	status, _, answer := d.json("GET", path, "")
	if err := json.Unmarshal([]byte(answer), &messages); err != nil || status != 200 {
		d.t.Fatalf("%d %s", status, answer)
	}
	return messages
}

// dmOf opens the channel with a person.
func (d *desk) dmOf(p *Person) string {
	d.t.Helper()
	_, _, answer := d.json("POST", "/users/@me/channels", fmt.Sprintf(`{"recipient_id":%q}`, p.ID()))
	var c struct{ ID string }
	if err := json.Unmarshal([]byte(answer), &c); err != nil || c.ID == "" {
		d.t.Fatal(answer)
	}
	return c.ID
}

const silent = `"allowed_mentions":{"parse":[]}`

// TestRefusals sends what Discord refuses: the stand-in refuses it too, and notes it.
func TestRefusals(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	buttons := func(n int, id string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`{"type":2,"style":2,"label":"b","custom_id":%q}`, strings.ReplaceAll(id, "%", fmt.Sprint(i))))
		}
		return `{"type":1,"components":[` + strings.Join(all, ",") + `]}`
	}
	d := newDesk(t, Options{})
	path := "/channels/" + d.dmOf(d.Person("ada")) + "/messages"
	for name, body := range map[string]string{
		"empty":               `{` + silent + `}`,
		"may ping":            `{"content":"@everyone"}`,
		"does ping":           `{"content":"x","allowed_mentions":{"parse":["everyone"]}}`,
		"long content":        `{"content":"` + long(2001) + `",` + silent + `}`,
		"long title":          `{"embeds":[{"title":"` + long(257) + `"}],` + silent + `}`,
		"long description":    `{"embeds":[{"description":"` + long(4097) + `"}],` + silent + `}`,
		"long in all":         `{"embeds":[{"description":"` + long(4000) + `"},{"description":"` + long(2001) + `"}],` + silent + `}`,
		"empty embed":         `{"content":"x","embeds":[{}],` + silent + `}`,
		"unknown field":       `{"contents":"x","content":"x",` + silent + `}`,
		"wrong type":          `{"content":7,` + silent + `}`,
		"long nonce":          `{"content":"x","nonce":"` + long(26) + `",` + silent + `}`,
		"ephemeral":           `{"content":"x","flags":64,` + silent + `}`,
		"six buttons":         `{"content":"x","components":[` + buttons(6, "%") + `],` + silent + `}`,
		"same custom_id":      `{"content":"x","components":[` + buttons(2, "a") + `],` + silent + `}`,
		"long custom_id":      `{"content":"x","components":[` + buttons(1, long(101)) + `],` + silent + `}`,
		"no custom_id":        `{"content":"x","components":[{"type":1,"components":[{"type":2,"style":2,"label":"b"}]}],` + silent + `}`,
		"link with custom_id": `{"content":"x","components":[{"type":1,"components":[{"type":2,"style":5,"label":"b","url":"https://x.org","custom_id":"a"}]}],` + silent + `}`,
		"long label":          `{"content":"x","components":[{"type":1,"components":[{"type":2,"style":2,"label":"` + long(81) + `","custom_id":"a"}]}],` + silent + `}`,
		"six rows":            `{"content":"x","components":[` + strings.Join([]string{buttons(1, "a"), buttons(1, "b"), buttons(1, "c"), buttons(1, "d"), buttons(1, "e"), buttons(1, "f")}, ",") + `],` + silent + `}`,
		"same option":         `{"content":"x","components":[{"type":1,"components":[{"type":3,"custom_id":"s","options":[{"label":"a","value":"1"},{"label":"b","value":"1"}]}]}],` + silent + `}`,
		"input in a message":  `{"content":"x","components":[{"type":1,"components":[{"type":4,"custom_id":"i","style":1}]}],` + silent + `}`,
	} {
		before := len(d.Violations())
		if status, code, answer := d.json("POST", path, body); status != 400 || code != 50035 {
			t.Errorf("%s: %d %s", name, status, answer)
		}
		if len(d.Violations()) != before+1 {
			t.Errorf("%s: it is not noted", name)
		}
	}
	for name, set := range map[string]string{
		"capitals":          `[{"name":"Roadmap","description":"x"}]`,
		"no description":    `[{"name":"a","description":""}]`,
		"same name":         `[{"name":"a","description":"x"},{"name":"a","description":"x"}]`,
		"required at end":   `[{"name":"a","description":"x","options":[{"type":3,"name":"o","description":"x"},{"type":3,"name":"p","description":"x","required":true}]}]`,
		"choices and words": `[{"name":"a","description":"x","options":[{"type":3,"name":"o","description":"x","autocomplete":true,"choices":[{"name":"n","value":"v"}]}]}]`,
		"mixed":             `[{"name":"a","description":"x","options":[{"type":1,"name":"o","description":"x"},{"type":3,"name":"p","description":"x"}]}]`,
	} {
		if status, _, answer := d.json("PUT", "/applications/"+d.AppID()+"/commands", set); status != 400 {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if status, _, _ := d.json("GET", "/guilds/1", ""); status != 404 {
		t.Errorf("a route that is not in use: %d", status)
	}
	if status, _, _ := d.say("GET", "/users/@me", "", "", func(r *http.Request) { r.Header.Set("User-Agent", "curl") }); status != 400 {
		t.Errorf("another User-Agent: %d", status)
	}
	if status, _, _ := d.say("GET", "/users/@me", "", "", func(r *http.Request) { r.Header.Set("Authorization", "Bot x") }); status != 401 {
		t.Errorf("another token: %d", status)
	}
}

// TestWindows lets interactions grow old: 3 s until the first answer, 15 min for the
// rest, one answer each.
func TestWindows(t *testing.T) {
	now := time.Now()
	d := newDesk(t, Options{Now: func() time.Time { return now }})
	ada := d.Person("ada")
	interaction := func() (callback, original string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		i := d.newInteraction(commandInteraction, ada, nil)
		return "/interactions/" + i.id + "/" + i.token + "/callback", "/webhooks/" + d.AppID() + "/" + i.token + "/messages/@original"
	}
	hello := `{"type":4,"data":{"content":"x",` + silent + `}}`
	edit := `{"content":"y",` + silent + `}`
	tooLate, _ := interaction()
	now = now.Add(3*time.Second + 1)
	if _, code, _ := d.json("POST", tooLate, hello); code != 10062 {
		t.Errorf("after 3 s: %d", code)
	}
	callback, original := interaction()
	if status, code, _ := d.json("PATCH", original, edit); status != 404 || code != 10015 {
		t.Errorf("an edit before the answer: %d", code)
	}
	if status, _, answer := d.json("POST", callback, hello); status != 204 {
		t.Errorf("%s", answer)
	}
	if _, code, _ := d.json("POST", callback, hello); code != 40060 {
		t.Errorf("a second answer: %d", code)
	}
	now = now.Add(14 * time.Minute)
	if status, _, answer := d.json("PATCH", original, edit); status != 200 {
		t.Errorf("%s", answer)
	}
	now = now.Add(time.Minute + time.Second)
	if status, code, _ := d.json("PATCH", original, edit); status != 401 || code != 50027 {
		t.Errorf("after 15 min: %d", code)
	}
	callback, _ = interaction()
	for name, body := range map[string]string{
		"more than flags":       `{"type":5,"data":{"content":"x"}}`,
		"an update of nothing":  `{"type":7,"data":` + edit + `}`,
		"suggestions":           `{"type":8,"data":{"choices":[]}}`,
		"a form with a row":     `{"type":9,"data":{"custom_id":"a","title":"b","components":[{"type":1,"components":[{"type":4,"custom_id":"c","style":1,"label":"d"}]}]}}`,
		"a form without inputs": `{"type":9,"data":{"custom_id":"a","title":"b","components":[]}}`,
	} {
		if status, _, answer := d.json("POST", callback, body); status != 400 {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
}

func TestNonceAndHistory(t *testing.T) {
	now := time.Now()
	d := newDesk(t, Options{Now: func() time.Time { return now }})
	ada := d.Person("ada")
	path := "/channels/" + d.dmOf(ada) + "/messages"
	body := `{"content":"x","nonce":"n","enforce_nonce":true,` + silent + `}`
	_, _, first := d.json("POST", path, body)
	_, _, second := d.json("POST", path, body)
	if first != second || len(ada.Inbox()) != 1 {
		t.Errorf("the nonce was not held: %s, %s", first, second)
	}
	now = now.Add(10 * time.Minute)
	d.json("POST", path, body)
	if len(ada.Inbox()) != 2 {
		t.Error("the nonce was held for ever")
	}
	if _, _, history := d.json("GET", path+"?limit=100", ""); strings.Contains(history, "nonce") {
		t.Errorf("the history has nonces: %s", history)
	}
	if status, _, _ := d.json("GET", path+"?limit=101", ""); status != 400 {
		t.Errorf("101 messages at once: %d", status)
	}
}

// TestHistoryHasPages reads a history page by page: the youngest message first, none
// twice, and none left out.
func TestHistoryHasPages(t *testing.T) {
	d := newDesk(t, Options{})
	ada := d.Person("ada")
	for i := range 120 {
		ada.Write(strconv.Itoa(i))
	}
	path, next := "/channels/"+d.dmOf(ada)+"/messages", 119
	for query, want := range map[string]int{"": 50, "?limit=7": 7} {
		if n := len(d.page(path + query)); n != want {
			t.Errorf("%q: %d messages, want %d", query, n, want)
		}
	}
	for before := ""; ; {
		page := d.page(path + "?limit=50" + before)
		if len(page) == 0 {
			break
		}
		for _, m := range page {
			if m.Content != strconv.Itoa(next) {
				t.Fatalf("%q, want %d", m.Content, next)
			}
			next--
		}
		before = "&before=" + page[len(page)-1].ID
	}
	if next != -1 {
		t.Errorf("%d messages are missing", next+1)
	}
}

func TestFaults(t *testing.T) {
	d := newDesk(t, Options{})
	path := "/channels/" + d.dmOf(d.Person("ada")) + "/messages"
	body := `{"content":"x",` + silent + `}`
	d.Fail(
		Fault{Method: "POST", Path: "/channels/*/messages", Status: 429, Scope: "user", RetryAfter: time.Second},
		Fault{Path: path, Status: 429, HTML: true, RetryAfter: time.Second},
		Fault{Path: path, Status: 502, Landed: true},
		Fault{Path: path, Status: 403, Code: 50007},
		Fault{Path: path, Spent: time.Minute},
	)
	for i, want := range []int{429, 429, 502, 403, 200} {
		if status, _, answer := d.json("POST", path, body); status != want {
			t.Errorf("%d: %d %s, want %d", i, status, answer, want)
		}
	}
	for range 60 {
		d.json("GET", "/users/@me", "")
	}
	if d.Throttled() == 0 {
		t.Error("60 requests at once were taken")
	}
}

// TestLoopbackOnly checks that nothing is posted anywhere else.
func TestLoopbackOnly(t *testing.T) {
	d := newDesk(t, Options{})
	for _, address := range []string{"http://192.0.2.1/", "https://example.org/", "http://localhost.example.org/", "::"} {
		if _, _, err := d.Post(context.Background(), address, nil, false); err == nil {
			t.Errorf("posted to %s", address)
		}
	}
	ada := d.Person("ada")
	if _, err := ada.Slash(t.Context(), "nothing"); err == nil || errors.Is(err, ErrFailed) {
		t.Errorf("a command that is not registered: %v", err)
	}
}
