package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"roadmapbot/bot/nudge"
)

// service is a running serve with a terminal.
type service struct {
	listen string         // where it serves HTTP
	say    *io.PipeWriter // what is typed
	hear   *io.PipeReader // what is printed
	log    *journal
	stop   context.CancelFunc // what a signal does
	ended  chan int           // the exit code
}

// journal keeps a log and tells of the line that names the address.
type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	serving chan string
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) Write(line []byte) (int, error) {
	var entry struct{ Msg, Listen string }
	if json.Unmarshal(line, &entry) == nil && entry.Msg == "serving" {
		j.serving <- entry.Listen
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func startService(t *testing.T, args ...string) *service {
	t.Helper()
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	in, say := io.Pipe()
	hear, out := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	s := &service{say: say, hear: hear, stop: stop, log: &journal{serving: make(chan string, 1)}, ended: make(chan int, 1)}
	go func() {
		code := run(ctx, append([]string{"serve", "--terminal", "--listen", "127.0.0.1:0"}, args...), streams{in, out, s.log})
		_ = in.Close() // where the terminal still reads
		_ = out.Close()
		s.ended <- code
	}()
	t.Cleanup(func() {
		stop()
		_ = hear.Close()
	})
	select {
	case s.listen = <-s.log.serving:
	case code := <-s.ended:
		t.Fatalf("serve ended with %d:\n%s", code, s.log)
	}
	return s
}

func (s *service) get(t *testing.T, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.listen+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestServe(t *testing.T) {
	s := startService(t, "--user", "ann")
	if _, err := io.WriteString(s.say, "done prog-basics\n"); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 4000)
	n, err := s.hear.Read(answer)
	if err != nil || !strings.Contains(string(answer[:n]), "Done: Programming basics") {
		t.Fatalf("the terminal answered %q, %v", answer[:n], err)
	}
	for path, want := range map[string]string{"/livez": "ok\n", "/readyz": "ok\n"} {
		if code, body := s.get(t, path); code != http.StatusOK || body != want {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
	if code, _ := s.get(t, "/"); code != http.StatusNotFound {
		t.Errorf("/: %d", code)
	}
	code, metrics := s.get(t, "/metrics")
	for _, want := range []string{`bot_events_total{platform="terminal"} 1`, "bot_ready 1", "bot_outbox_depth 0", `bot_panics_total{in="core"} 0`, "bot_store_size_bytes ", "bot_build_info{version=", "go_goroutines "} {
		if !strings.Contains(metrics, "\n"+want) {
			t.Errorf("/metrics: %d, without %q:\n%.3000s", code, want, metrics)
		}
	}
	if strings.Contains(metrics, `"ann"`) {
		t.Error("/metrics names a person")
	}
	if code, out, complaint := call(t, strings.NewReader(""), "health", "--listen", s.listen); code != 0 || out != "well\n" {
		t.Errorf("health: exit %d, %q, %q", code, out, complaint)
	}
	// However the address to listen on was written.
	_, port, _ := net.SplitHostPort(s.listen)
	for _, host := range []string{"", "0.0.0.0", "[::]"} {
		if code, out, complaint := call(t, strings.NewReader(""), "health", "--listen", host+":"+port); code != 0 || out != "well\n" {
			t.Errorf("health of %q: exit %d, %q, %q", host, code, out, complaint)
		}
	}
	if code, out, complaint := call(t, strings.NewReader(""), "health", "--ready", "--listen", s.listen); code != 0 || out != "ready\n" {
		t.Errorf("health --ready: exit %d, %q, %q", code, out, complaint)
	}
	s.stop()
	if code := <-s.ended; code != 0 {
		t.Errorf("stopping: exit %d\n%s", code, s.log)
	}
	if code, out, complaint := call(t, strings.NewReader(""), "health", "--listen", s.listen); code != 1 || out != "" || !strings.HasPrefix(complaint, "roadmapbot: not well: ") {
		t.Errorf("health of what has stopped: exit %d, %q, %q", code, out, complaint)
	}
	for line := range strings.Lines(s.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("the log has a line that is no JSON: %s", line)
		}
	}
}

// What counts events is there before the first one, so that its increase is seen; and
// an expiry counts in one of the series that were there.
func TestCountersBeginAtZero(t *testing.T) {
	db := filepath.Join(t.TempDir(), "learners.db")
	s := startService(t, "--db", db)
	_, metrics := s.get(t, "/metrics")
	for _, want := range []string{
		`bot_events_total{platform="terminal"} 0`, `bot_event_ack_seconds_count{platform="terminal"} 0`, `bot_nudges_sent_total{platform="terminal"} 0`,
		`bot_nudges_reconciled_total{found="yes"} 0`, `bot_nudges_reconciled_total{found="no"} 0`,
		`bot_nudges_expired_total{reason="unreachable"} 0`, `bot_nudges_expired_total{reason="doubt"} 0`,
		`bot_nudges_expired_total{reason="quiet"} 0`, `bot_nudges_expired_total{reason="down"} 0`,
	} {
		if !strings.Contains(metrics, "\n"+want+"\n") {
			t.Errorf("/metrics without %q", want)
		}
	}
	s.stop()
	<-s.ended
	call(t, strings.NewReader("zone Madrid\nnudge 18:30\n"), "--db", db, "--user", "ann", "--now", "2026-03-02T12:00:00+01:00")
	s = startService(t, "--db", db, "--user", "ann", "--now", "2026-03-04T12:00:00+01:00")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	until(t, ctx, func() bool {
		_, metrics = s.get(t, "/metrics")
		return strings.Contains(metrics, `bot_nudges_expired_total{reason="down"} 2`+"\n")
	})
	if n := strings.Count(metrics, "\nbot_nudges_expired_total{"); n != len(nudge.Reasons()) {
		t.Errorf("%d series of expiries, %d at the start", n, len(nudge.Reasons()))
	}
	s.stop()
	<-s.ended
}

// The end of the terminal's input ends the service in good order.
func TestServeEndsWithItsTerminal(t *testing.T) {
	s := startService(t)
	if err := s.say.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-s.ended; code != 0 {
		t.Errorf("exit %d\n%s", code, s.log)
	}
}

// TestServeGoesOnWithoutItsTerminal ends the terminal's input while another platform is
// set, as /dev/null does in a container: the other one goes on.
func TestServeGoesOnWithoutItsTerminal(t *testing.T) {
	s := startService(t, "--discord-token", "t", "--discord-api", "http://127.0.0.1:1")
	if err := s.say.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	until(t, ctx, func() bool { return strings.Contains(s.log.String(), "the other platforms go on") })
	if code, body := s.get(t, "/livez"); code != http.StatusOK {
		t.Errorf("/livez: %d %s", code, body)
	}
	// It lives, but Discord is not connected.
	health := func(args ...string) (int, string, string) {
		return call(t, strings.NewReader(""), append([]string{"health", "--listen", s.listen}, args...)...)
	}
	if code, out, complaint := health(); code != 0 || out != "well\n" {
		t.Errorf("health: exit %d, %q, %q", code, out, complaint)
	}
	if code, out, complaint := health("--ready"); code != 1 || out != "" || !strings.HasPrefix(complaint, "roadmapbot: not ready: discord: not ") {
		t.Errorf("health --ready: exit %d, %q, %q", code, out, complaint)
	}
	s.stop()
	if code := <-s.ended; code != 0 {
		t.Errorf("exit %d\n%s", code, s.log)
	}
}

// TestHealthOfAnotherProgram asks what is no roadmapbot.
func TestHealthOfAnotherProgram(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusNotFound, http.StatusServiceUnavailable} {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html><p>welcome</p></html>")
		}))
		address := other.Listener.Addr().String()
		want := "roadmapbot: something else than roadmapbot answers on " + address + "; look at --listen or ROADMAPBOT_LISTEN\n"
		if code, out, complaint := call(t, strings.NewReader(""), "health", "--listen", address); code != 1 || out != "" || complaint != want {
			t.Errorf("%d: exit %d, printed %q and %q", status, code, out, complaint)
		}
		other.Close()
	}
}

// TestHealthWithoutProxy asks the program itself, and not the proxy that is set for
// everything that lies outside.
func TestHealthWithoutProxy(t *testing.T) {
	well := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) }))
	defer well.Close()
	_, port, _ := net.SplitHostPort(well.Listener.Addr().String())
	cmd := exec.CommandContext(t.Context(), build(t), "health", "--listen", "0.0.0.0:"+port)
	cmd.Env = append(cmd.Environ(), "HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1", "NO_PROXY=", "no_proxy=")
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "well\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// TestListenNeedsAPort keeps serve off every interface unless that is what is asked for.
func TestListenNeedsAPort(t *testing.T) {
	for _, address := range []string{"", ":", "127.0.0.1", "8080"} {
		for _, args := range [][]string{{"serve", "--terminal"}, {"health"}} {
			code, out, complaint := call(t, strings.NewReader(""), append(args, "--listen", address)...)
			if code != exitUsage || out != "" || !strings.Contains(complaint, "is an address with a port, such as 127.0.0.1:8080") {
				t.Errorf("%q on %q: exit %d, printed %q and %q", args, address, code, out, complaint)
			}
		}
	}
}

func TestServePortTaken(t *testing.T) {
	first := startService(t)
	db := filepath.Join(t.TempDir(), "other.db")
	code, out, complaint := call(t, strings.NewReader(""), "serve", "--terminal", "--listen", first.listen, "--db", db)
	want := "roadmapbot: listen on " + first.listen + ": listen tcp " + first.listen + ": bind: address already in use\n"
	if code != 2 || out != "" || complaint != want {
		t.Errorf("exit %d, printed %q and %q", code, out, complaint)
	}
	first.stop()
	if code := <-first.ended; code != 0 {
		t.Errorf("the first: exit %d\n%s", code, first.log)
	}
}
