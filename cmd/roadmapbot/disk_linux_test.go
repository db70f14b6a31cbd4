package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestServeEndsWithItsDatabase lets the disk refuse every write: nothing that is
// answered from there on could be relied on, so the service ends, and says why.
func TestServeEndsWithItsDatabase(t *testing.T) {
	db := filepath.Join(t.TempDir(), "learners.db")
	s := startService(t, "--db", db, "--user", "ann")
	refuseWrites(t, db)
	go func() { _, _ = io.Copy(io.Discard, s.hear) }()
	// It may have ended already, on a write of its own.
	if _, err := io.WriteString(s.say, "done prog-basics\n"); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	select {
	case code := <-s.ended:
		if code != exitFail || !toldWhy(s.log, db) {
			t.Errorf("exit %d, told %s", code, s.log)
		}
	case <-ctx.Done():
		t.Error("it goes on without a database")
	}
}

// toldWhy tells whether the last line names the database, what to do, and a cause.
func toldWhy(log *journal, db string) bool {
	text := strings.TrimSuffix(log.String(), "\n")
	last, ok := strings.CutPrefix(text[strings.LastIndex(text, "\n")+1:], "roadmapbot: the database "+db+" could not be written, ")
	_, cause, found := strings.Cut(last, "stop and start the program: ")
	return ok && found && cause != ""
}

// TestChatEndsWithItsDatabase lets the disk refuse every write during a chat.
func TestChatEndsWithItsDatabase(t *testing.T) {
	db := filepath.Join(t.TempDir(), "learners.db")
	in, keys := io.Pipe()
	seen, out := io.Pipe()
	var complaint journal
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"--plain", "--db", db, "--user", "ann"}, streams{in, out, &complaint})
		_ = in.Close()
		_ = out.Close()
	}()
	say := func(line string) error { _, err := io.WriteString(keys, line+"\n"); return err }
	if err := say("stages"); err != nil {
		t.Fatal(err)
	}
	if _, err := seen.Read(make([]byte, 4000)); err != nil {
		t.Fatal(err)
	}
	refuseWrites(t, db)
	go func() { _, _ = io.Copy(io.Discard, seen) }()
	if err := say("done prog-basics"); err != nil && !errors.Is(err, io.ErrClosedPipe) { // it may have ended already
		t.Fatal(err)
	}
	if got := <-code; got != exitFail || !toldWhy(&complaint, db) {
		t.Errorf("exit %d, told %s", got, complaint.String())
	}
}

// refuseWrites lets this process write an open file no more.
func refuseWrites(t *testing.T, path string) {
	t.Helper()
	const open = "/proc/self/fd"
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	list, err := os.ReadDir(open)
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, entry := range list {
		name, err := os.Readlink(filepath.Join(open, entry.Name()))
		if err != nil || name != path || entry.Name() == strconv.Itoa(int(reader.Fd())) {
			continue // such as the one with which the folder was read
		}
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Dup3(int(reader.Fd()), fd, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		done++
	}
	if done != 1 {
		t.Fatalf("the database is open %d times", done)
	}
}
