package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build makes the real binary.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roadmapbot")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// process is the real binary, serving.
type process struct {
	base string        // of its HTTP listener
	log  *bytes.Buffer // complete once it has ended
	stop func()        // ends it as a signal does
}

// serveBinary runs the binary until the test ends, and waits until it listens.
func serveBinary(t *testing.T, ctx context.Context, binary string, env []string, args ...string) *process { //nolint:revive // a test's t comes first
	t.Helper()
	args = append([]string{"serve", "--db", filepath.Join(t.TempDir(), "learners.db"), "--listen", "127.0.0.1:0", "--log-level", "debug"}, args...)
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(cmd.Environ(), env...)
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{log: &bytes.Buffer{}}
	address, read := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(io.TeeReader(errs, p.log))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var line struct{ Msg, Listen string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
				address <- line.Listen
			}
		}
	}()
	p.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-read
		if err := cmd.Wait(); err != nil {
			t.Errorf("serve ended with %v", err)
		}
	})
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("log:\n%s", p.log)
		}
	})
	select {
	case at := <-address:
		p.base = "http://" + at
	case <-read:
		t.Fatalf("serve ended early:\n%s", p.log)
	}
	return p
}

// ready waits until /readyz says yes and the rest holds too.
func (p *process) ready(t *testing.T, ctx context.Context, rest func() bool) { //nolint:revive // a test's t comes first
	t.Helper()
	until(t, ctx, func() bool {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK && rest()
	})
}

// until waits until a condition holds.
func until(t *testing.T, ctx context.Context, holds func() bool) { //nolint:revive // a test's t comes first
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("waited in vain")
		}
	}
}

// evening is a clock for a binary that is to send a nudge soon.
type evening struct{ begun time.Time }

var eveningBegins = time.Date(2026, 6, 1, 18, 29, 40, 0, time.FixedZone("", 2*60*60)) // in Madrid

// now is the time that the binary shall start with.
func (evening) now() string { return "--now=" + eveningBegins.Format(time.RFC3339) }

// soon is a time for a nudge in Madrid that still lies ahead, however long the
// binary took to start, and not by much.
func (e evening) soon() string {
	return eveningBegins.Add(time.Since(e.begun) + 10*time.Second).Truncate(time.Minute).Add(time.Minute).Format("15:04")
}

// keeps checks that the log of a binary that has ended holds no secret.
func (p *process) keeps(t *testing.T, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("a secret is in the log: %s", secret)
		}
	}
}
