package discord_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

// TestSignatures lets forged, spoilt and old requests come.
func TestSignatures(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	w := start(t, fake, echo, overHTTP)
	eventually(t, "it runs", func() bool { return w.Health() == nil })
	body, err := os.ReadFile("testdata/interactions/command-server.json")
	if err != nil {
		t.Fatal(err)
	}
	body = bytes.ReplaceAll(body, []byte("1100000000000000001"), []byte(fake.AppID()))
	for name, test := range map[string]struct {
		at     time.Duration // from now
		change func(r *http.Request)
		body   []byte
		want   int
	}{
		"genuine":         {0, nil, body, 200},
		"again":           {0, nil, body, 202},
		"a bit old":       {-290 * time.Second, nil, []byte(`{"type":1}`), 200},
		"ping":            {0, nil, []byte(`{"type":1}`), 200},
		"old":             {-310 * time.Second, nil, []byte(`{"type":1}`), 401},
		"of the future":   {310 * time.Second, nil, []byte(`{"type":1}`), 401},
		"no signature":    {0, func(r *http.Request) { r.Header.Del("X-Signature-Ed25519") }, body, 401},
		"no timestamp":    {0, func(r *http.Request) { r.Header.Del("X-Signature-Timestamp") }, body, 401},
		"odd signature":   {0, func(r *http.Request) { r.Header.Set("X-Signature-Ed25519", strings.Repeat("zz", 64)) }, body, 401},
		"zero signature":  {0, func(r *http.Request) { r.Header.Set("X-Signature-Ed25519", strings.Repeat("00", 64)) }, body, 401},
		"short signature": {0, func(r *http.Request) { r.Header.Set("X-Signature-Ed25519", "00") }, body, 401},
		"other timestamp": {0, func(r *http.Request) {
			r.Header.Set("X-Signature-Timestamp", strconv.FormatInt(time.Now().Unix()+1, 10))
		}, body, 401},
		"worded timestamp": {0, func(r *http.Request) { r.Header.Set("X-Signature-Timestamp", "now") }, body, 401},
		"other method":     {0, func(r *http.Request) { r.Method = http.MethodGet }, body, 405},
		"too large":        {0, nil, bytes.Repeat([]byte(" "), 1<<20+1), 413},
		"not JSON":         {0, nil, []byte(`{`), 202}, // nothing in it to answer
	} {
		if name == "again" {
			continue // after all the others, below
		}
		t.Run(name, func(t *testing.T) { signed(t, fake, w, test.body, test.at, test.change, test.want) })
	}
	signed(t, fake, w, body, 0, nil, 202)
	changed := bytes.Replace(body, []byte("vcs-git"), []byte("vcs-hub"), 1)
	signed(t, fake, w, body, 0, func(r *http.Request) {
		r.Body = httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(changed)).Body
	}, 401)
	if n := w.Stats().Events; n != 1 {
		t.Errorf("%d events, want the genuine one", n)
	}
}

func signed(t *testing.T, fake *discordtest.Server, w *world, body []byte, at time.Duration, change func(*http.Request), want int) (answer string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/discord/interactions", bytes.NewReader(body))
	signature, timestamp := fake.Sign(body, time.Now().Add(at))
	r.Header.Set("X-Signature-Ed25519", signature)
	r.Header.Set("X-Signature-Timestamp", timestamp)
	if change != nil {
		change(r)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	if rec.Code != want {
		t.Errorf("answered %d %s, want %d", rec.Code, rec.Body, want)
	}
	return rec.Body.String()
}

// TestDeferralGoesOutAtOnce has the core take long: Discord reads the deferral before the
// core is done, and even before the handler is.
func TestDeferralGoesOutAtOnce(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	release := make(chan struct{})
	a, l := impatient(t, fake, time.Millisecond, overHTTP)
	w := run(t, fake, a, l, func(ctx context.Context, r bot.Request) bot.Reply {
		<-release
		return echo(ctx, r)
	})
	eventually(t, "it runs", func() bool { return len(fake.Commands("")) > 0 && w.Health() == nil })
	var slow atomic.Bool
	endpoint := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.ServeHTTP(rw, r)
		if slow.Load() {
			<-release
		}
	}))
	t.Cleanup(endpoint.Close)
	if err := fake.SetEndpoint(endpoint.URL); err != nil {
		t.Fatal(err)
	}
	slow.Store(true)
	answer, err := fake.Person("ada").In(guild).Slash(t.Context(), "roadmap help")
	close(release)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := answer.Settled(ctx); err != nil || answer.Type != 5 {
		t.Errorf("type %d, %v; want a deferral, and the answer later", answer.Type, err)
	}
}

// TestNoRoom fills the adapter with interactions that the core does not answer: the
// next one is told so at once, and once there is room again all is as before. After
// the end nothing is taken in.
func TestNoRoom(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	body, err := os.ReadFile("testdata/interactions/command-server.json")
	if err != nil {
		t.Fatal(err)
	}
	release, asked := make(chan struct{}), make(chan struct{}, 2000)
	a, l := impatient(t, fake, time.Minute, overHTTP)
	w := run(t, fake, a, l, func(context.Context, bot.Request) bot.Reply {
		asked <- struct{}{}
		<-release
		return bot.Reply{Title: "At last"}
	})
	eventually(t, "it runs", func() bool { return w.Health() == nil })
	id := 0
	next := func() []byte {
		id++
		b := bytes.ReplaceAll(body, []byte("1100000000000000001"), []byte(fake.AppID()))
		return bytes.Replace(b, []byte(`"id": "1350000000000000001"`), fmt.Appendf(nil, `"id": "13500000000000%05d"`, id), 1)
	}
	var all sync.WaitGroup
	for range 1000 {
		body := next()
		all.Go(func() { signed(t, fake, w, body, 0, nil, 200) })
	}
	for range 1000 {
		<-asked
	}
	if answer := signed(t, fake, w, next(), 0, nil, 200); !strings.Contains(answer, "too much to do") {
		t.Errorf("without room it is answered %s", answer)
	}
	autocomplete := bytes.Replace(next(), []byte(`"type": 2`), []byte(`"type": 4`), 1)
	if answer := signed(t, fake, w, autocomplete, 0, nil, 200); answer != `{"type":8,"data":{"choices":[]}}` {
		t.Errorf("without room suggestions are answered %s", answer)
	}
	close(release)
	all.Wait()
	if answer := signed(t, fake, w, next(), 0, nil, 200); !strings.Contains(answer, "At last") {
		t.Errorf("with room again it is answered %s", answer)
	}
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	for len(asked) > 0 {
		<-asked
	}
	signed(t, fake, w, next(), 0, nil, 503)
	if len(asked) != 0 {
		t.Error("the core was asked after the end")
	}
}

// TestEndpointSetUp checks what Discord checks before it saves the URL.
func TestEndpointSetUp(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	a, _ := newAdapter(t, fake, overHTTP)
	server := httptest.NewServer(a)
	defer server.Close()
	if err := fake.SetEndpoint(server.URL + "/discord/interactions"); err != nil {
		t.Error(err)
	}
}
