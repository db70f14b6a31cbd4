package main

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roadmapbot/bot"
	"roadmapbot/store"
)

// keep runs a backup of a store until the test ends.
func keep(t *testing.T, st *store.Store, path string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- backup{st, path, slog.New(slog.DiscardHandler)}.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// come waits in virtual time for as long as the next copy may take to come, and reads who
// is in it.
func come(t *testing.T, path string, after time.Duration) (people int) {
	t.Helper()
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	time.Sleep(after - time.Second)
	synctest.Wait()
	if _, err := os.Stat(path); err == nil {
		t.Errorf("a copy came before %v were over", after)
	}
	time.Sleep(2 * time.Second)
	synctest.Wait()
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Fatalf("no copy came after %v (%v)", after, err)
	}
	c, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, user := range []string{"ann", "bob", "cyd"} {
		if _, err := c.Learner(context.Background(), bot.Account{Platform: "p", User: user}); err == nil {
			people++
		}
	}
	return people
}

// TestBackupEveryDay copies at once, once a day after that, and an hour after a failure.
func TestBackupEveryDay(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "copies")
	file := filepath.Join(t.TempDir(), "learners.db")
	synctest.Test(t, func(t *testing.T) {
		st, err := store.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		join := func(user string) {
			t.Helper()
			if _, _, err := st.Update(context.Background(), bot.Account{Platform: "p", User: user}, "", func(l *bot.Learner) error { l.Started = time.Now(); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(folder, "copy.db")
		join("ann")
		keep(t, st, path)
		synctest.Wait() // it fails, since the folder is not there yet
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if n := come(t, path, backupAgain); n != 1 {
			t.Errorf("%d people are in the copy, want 1", n)
		}
		join("bob")
		if n := come(t, path, backupEvery-time.Second); n != 2 {
			t.Errorf("%d people are in the copy of the next day, want 2", n)
		}
		join("cyd")
		if n := come(t, path, backupEvery-time.Second); n != 3 {
			t.Errorf("%d people are in the copy of the day after, want 3", n)
		}
	})
}

// TestBackupAfterRestart makes no copy while that of an earlier run is young, one if it is
// a day old, and none for ever if its time is in the future.
func TestBackupAfterRestart(t *testing.T) {
	for name, test := range map[string]struct {
		age   time.Duration
		after time.Duration
	}{"young": {5 * time.Hour, 19 * time.Hour}, "old": {25 * time.Hour, 0}, "of the future": {-1000 * time.Hour, backupEvery}} {
		t.Run(name, func(t *testing.T) {
			path, file := filepath.Join(t.TempDir(), "copy.db"), filepath.Join(t.TempDir(), "learners.db")
			synctest.Test(t, func(t *testing.T) {
				st, err := store.Open(file)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = st.Close() })
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				made := time.Now().Add(-test.age)
				if err := os.Chtimes(path, made, made); err != nil {
					t.Fatal(err)
				}
				keep(t, st, path)
				synctest.Wait()
				if test.after > 0 {
					come(t, path, test.after)
				} else if info, err := os.Stat(path); err != nil || info.Size() == 0 {
					t.Errorf("no copy was made (%v)", err)
				}
			})
		})
	}
}

// TestServeBackup keeps a copy beside a running service, and refuses a place where there
// can be none.
func TestServeBackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy.db")
	s := startService(t, "--backup", path, "--user", "ann")
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	until(t, soon, func() bool { _, err := os.Stat(path); return err == nil })
	_, metrics := s.get(t, "/metrics")
	_, made, ok := strings.Cut(metrics, "\nbot_backup_timestamp_seconds ")
	made, _, _ = strings.Cut(made, "\n")
	if at, err := strconv.ParseFloat(made, 64); !ok || err != nil || math.Abs(time.Since(time.Unix(int64(at), 0)).Minutes()) > 5 {
		t.Errorf("the metrics say of the copy %q (%v)", made, err)
	}
	s.stop()
	if code := <-s.ended; code != 0 {
		t.Errorf("it ended with %d: %s", code, s.log)
	}
	c, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	db := filepath.Join(t.TempDir(), "learners.db")
	for _, path := range []string{filepath.Join(t.TempDir(), "none", "copy.db"), t.TempDir(), db} {
		code, _, complaint := call(t, strings.NewReader(""), "serve", "--terminal", "--listen", "127.0.0.1:0", "--db", db, "--backup", path)
		if code != exitUsage || !strings.Contains(complaint, "--backup") || !strings.Contains(complaint, path) {
			t.Errorf("with %s it ended with %d: %s", path, code, complaint)
		}
	}
}
