package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// TestChatWithShiftedClock sees a nudge, a snooze, a pause and a "why" in the
// real program, begun a moment before the hour. It waits for words, never for
// time.
func TestChatWithShiftedClock(t *testing.T) {
	in, keys := io.Pipe()
	seen, out := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(context.Background(), []string{
			"--plain", "--db", filepath.Join(t.TempDir(), "chat.db"), "--user", "ann", "--now", "2026-03-02T18:29:58+01:00",
		}, streams{in, out, io.Discard})
		out.Close()
	}()
	screen := bufio.NewScanner(seen)
	until := func(words string) {
		t.Helper()
		for screen.Scan() {
			if strings.Contains(screen.Text(), words) {
				return
			}
		}
		t.Fatalf("the chat ended before it said %q", words)
	}
	say := func(line string) { _, _ = fmt.Fprintln(keys, line) }
	say("zone Madrid")
	until("It is 18:29 for you")
	say("nudge 18:30")
	until("The next ones:")
	until("Stop nudges") // the nudge itself has come
	say("snooze 1h")
	until("I come back Mon 2 Mar, 19:3")
	say("pause until 9 March")
	until("No nudges before Monday 9 March")
	say("why")
	until("Put off on Monday 2 March")
	until("Sent Mon 2 Mar, 18:30")
	until("The next is planned for Mon 9 Mar, 18:30")
	keys.Close()
	_, _ = io.Copy(io.Discard, seen)
	if got := <-code; got != exitOK {
		t.Errorf("exit code %d", got)
	}
}
