package slacktest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadmapbot/adapters/slack/slacktest"
)

// script prepares one of the scripts that run Slack's own clients. Without
// Node's packages (npm ci in the folder node) it skips, except where
// ROADMAPBOT_NODE says that they must be there, as in CI.
func script(t *testing.T, name string, env ...string) *exec.Cmd {
	t.Helper()
	if _, err := os.Stat(filepath.Join("node", "node_modules", "@slack", "web-api")); err != nil {
		if os.Getenv("ROADMAPBOT_NODE") != "" {
			t.Fatal("run npm ci in adapters/slack/slacktest/node first")
		}
		t.Skip("run npm ci in adapters/slack/slacktest/node to hold the stand-in to Slack's own clients")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "node", name)
	cmd.Dir = "node"
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

func start(t *testing.T) *slacktest.Server {
	t.Helper()
	s, err := slacktest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestSlacksWebClient(t *testing.T) {
	s := start(t)
	token := s.Install("T1")
	s.Person("T1", "U1")
	s.Break("api.test", slacktest.Fault{Status: 429, RetryAfter: 1}, slacktest.Fault{}, slacktest.Fault{Status: 500})
	out, err := script(t, "web.mjs", "SLACK_API="+s.API(), "SLACK_TOKEN="+token, "SLACK_USER=U1").CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "ok\n") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// heard is what the Socket Mode script prints.
type heard struct {
	What, Text string
	Retry      int
}

func TestSlacksSocketModeClient(t *testing.T) {
	s := start(t)
	s.Install("T1")
	p := s.Person("T1", "U1")
	s.Retry(nil, 300*time.Millisecond)
	cmd := script(t, "socket.mjs", "SLACK_API="+s.API(), "SLACK_APP_TOKEN="+slacktest.AppToken)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	next := func(want heard) {
		t.Helper()
		var got heard
		if !lines.Scan() || json.Unmarshal(lines.Bytes(), &got) != nil || got != want {
			t.Fatalf("heard %q, want %+v", lines.Text(), want)
		}
	}
	next(heard{What: "connected"})
	if err := p.Slash("C1", "/roadmap", "today"); err != nil {
		t.Fatal(err)
	}
	next(heard{What: "command", Text: "today"})
	if m := p.Sees("C1"); len(m) != 1 || m[0].Text != "heard today" || m[0].OnlyFor != "U1" {
		t.Errorf("the answer in the acknowledgement: %+v", m)
	}
	s.LoseAcks(1)
	if a := <-p.Write("hello"); a.Err != nil || a.Attempts != 2 {
		t.Errorf("%+v", a)
	}
	next(heard{What: "message", Text: "hello"})
	next(heard{What: "message", Text: "hello", Retry: 1})
	s.Refresh("warning", 100*time.Millisecond)
	next(heard{What: "connected"})
	if a := <-p.Write("again"); a.Err != nil {
		t.Error(a.Err)
	}
	next(heard{What: "message", Text: "again"})
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestSlacksOAuthClient(t *testing.T) {
	s := start(t)
	s.Rotate(true)
	cmd := script(t, "oauth.mjs", "SLACK_API="+s.API(), "SLACK_URL="+s.URL(), "SLACK_CLIENT_ID="+slacktest.ClientID, "SLACK_CLIENT_SECRET="+slacktest.ClientSecret)
	var complaints strings.Builder // the client logs what the test provokes
	cmd.Stderr = &complaints
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var at struct{ Address string }
	if line, err := bufio.NewReader(out).ReadBytes('\n'); err != nil || json.Unmarshal(line, &at) != nil {
		t.Fatalf("%q: %v", line, err)
	}
	get := func(b *http.Client) string {
		t.Helper()
		res, err := b.Get(at.Address + "/slack/install")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	s.Consent("T1", "U1", at.Address+"/callback", false)
	if got := get(&http.Client{Jar: jar, Transport: transport}); got != "ok" {
		t.Errorf("installing: %s", got)
	}
	s.Consent("T1", "U1", at.Address+"/callback", true)
	if got := get(&http.Client{Jar: jar, Transport: transport}); !strings.HasPrefix(got, "failed: slack_oauth") {
		t.Errorf("refusing: %s", got)
	}
	s.Consent("T1", "U1", at.Address+"/callback", false)
	if got := get(&http.Client{Transport: transport}); !strings.HasPrefix(got, "failed: slack_oauth_invalid_state") {
		t.Errorf("without its cookie: %s", got)
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		t.Log(complaints.String())
	}
}
