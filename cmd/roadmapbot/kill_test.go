package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/store"
)

// kills is how often TestKill ends the program in the midst of its work.
const kills = 100

// TestKill reports minutes of study to the real program as fast as it takes them,
// and kills it at a random moment, again and again on the same file. Every minute
// that was confirmed must be there, at most one more, and an event for each.
func TestKill(t *testing.T) {
	binary := build(t)
	path := filepath.Join(t.TempDir(), "learners.db")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(1, seed))
	kept, confirmed, unconfirmed := 0, 0, 0
	for n := range kills {
		noted := killed(t, binary, path, r)
		found := minutes(t, path)
		if found != kept+noted && found != kept+noted+1 {
			t.Fatalf("kill %d: there were %d minutes, then %d were confirmed, and %d are there", n+1, kept, noted, found)
		}
		confirmed += noted
		unconfirmed += found - kept - noted
		kept = found
	}
	t.Logf("%d minutes were confirmed, %d were saved without a chance to say so", confirmed, unconfirmed)
	if confirmed < kills {
		t.Errorf("only %d minutes were confirmed: the program was killed before it worked", confirmed)
	}
}

// killed runs the program, kills it, and counts what it confirmed.
func killed(t *testing.T, binary, path string, r *rand.Rand) (noted int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // far more than it takes
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "--plain", "--db", path, "--user", "ann")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const most = 20
	if _, err := io.WriteString(in, strings.Repeat("study prog-basics 1m\n", most+1)); err != nil {
		t.Fatal(err)
	}
	// The moment is some time after some confirmation: a commit takes about as long.
	after, delay := r.IntN(most), time.Duration(r.IntN(2000))*time.Microsecond
	dead := make(chan bool)
	kill := func() {
		time.AfterFunc(delay, func() {
			_ = cmd.Process.Kill()
			close(dead)
		})
	}
	if after == 0 {
		kill()
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "Noted: 1 min") {
			if noted++; noted == after {
				kill()
			}
		}
	}
	if noted < after {
		t.Fatalf("it ended after %d of %d confirmations: %s", noted, after, complaint.String())
	}
	<-dead
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("it was not killed: %v, %s", err, complaint.String())
	}
	return noted
}

// minutes is what the file says that was studied, in the record and in the events.
func minutes(t *testing.T, path string) int {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ann := bot.Account{Platform: "terminal", User: "ann"}
	l, err := s.Learner(t.Context(), ann)
	if errors.Is(err, bot.ErrNotFound) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	events, seq := 0, uint64(0)
	for e, err := range s.Events(t.Context(), ann) {
		if seq++; err != nil || e.Seq != seq {
			t.Fatalf("event %d is %+v (%v)", seq, e, err)
		}
		if e.What == bot.WasStudied {
			events += e.Minutes
		}
	}
	if work := l.Topics["prog-basics"]; work.Minutes != events || l.Events != seq {
		t.Fatalf("the record has %d minutes and %d events, the events have %d minutes, and they are %d", work.Minutes, l.Events, events, seq)
	}
	return events
}
