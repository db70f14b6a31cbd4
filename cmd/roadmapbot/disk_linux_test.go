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
		if complaint := "roadmapbot: the database " + db + " failed\n"; code != exitFail || !strings.HasSuffix(s.log.String(), complaint) {
			t.Errorf("exit %d, told %s", code, s.log)
		}
	case <-ctx.Done():
		t.Error("it goes on without a database")
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
