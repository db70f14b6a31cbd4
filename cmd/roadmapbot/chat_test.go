package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestChatWithShiftedClock sees a nudge, a snooze, a pause and a "why" in the
// real program. The nudge is set in a chat of its own, an hour before: however long
// the next chat takes to begin, it is due there, and not yet late. It waits for
// words, never for time.
func TestChatWithShiftedClock(t *testing.T) {
	db := filepath.Join(t.TempDir(), "chat.db")
	if _, out, _ := call(t, strings.NewReader("zone Madrid\nnudge 18:30\n"), "--plain", "--db", db, "--user", "ann", "--now", "2026-03-02T17:30:00+01:00"); !strings.Contains(out, "The next ones:") {
		t.Fatalf("the nudge was not set:\n%s", out)
	}
	in, keys := io.Pipe()
	seen, out := io.Pipe()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"--plain", "--db", db, "--user", "ann", "--now", "2026-03-02T18:29:58+01:00"}, streams{in, out, io.Discard})
		_ = in.Close()
		_ = out.Close()
	}()
	screen := bufio.NewScanner(seen)
	until := func(words string) string {
		t.Helper()
		var text strings.Builder
		for screen.Scan() {
			text.WriteString(screen.Text() + "\n")
			if strings.Contains(screen.Text(), words) {
				return text.String()
			}
		}
		t.Fatalf("the chat ended before it said %q, after\n%s", words, &text)
		return ""
	}
	say := func(line string) { _, _ = fmt.Fprintln(keys, line) }
	until("Stop nudges") // the nudge itself has come
	say("snooze 1h")
	until("I come back Mon 2 Mar, 19:3")
	say("pause until 9 March")
	until("No nudges before Monday 9 March")
	say("why")
	why := until("The next is planned for Mon 9 Mar, 18:30")
	// The snooze may be noted before the nudge, whose button it was, is known to be there.
	for _, want := range []string{"Put off on Monday 2 March", "Sent Mon 2 Mar, 18:30"} {
		if !strings.Contains(why, want) {
			t.Errorf("why does not say %q:\n%s", want, why)
		}
	}
	keys.Close()
	_, _ = io.Copy(io.Discard, seen)
	if got := <-code; got != exitOK {
		t.Errorf("exit code %d", got)
	}
}
