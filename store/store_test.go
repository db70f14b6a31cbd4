package store

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	bolt "go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"roadmapbot/bot"
	"roadmapbot/store/storetest"
)

// helperVariable makes a process of this test binary a helper of a test, and not
// a run of the tests.
const helperVariable = "ROADMAPBOT_STORE_HELPER"

// helpers are what such a process can do, each with a file or folder.
var helpers = map[string]func(path string) error{"million": askMillion, "hold": holdOpen, "nobody": openAsNobody}

func TestMain(m *testing.M) {
	if run, ok := helpers[os.Getenv(helperVariable)]; ok {
		if err := run(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// helper runs this test binary as another process.
func helper(what, path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], path)
	cmd.Env = append(os.Environ(), helperVariable+"="+what, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}

func TestFile(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Open {
		path := filepath.Join(t.TempDir(), "learners.db")
		return func(t *testing.T) bot.Store {
			s, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	})
}

// TestSmallPortions sweeps in so small portions that each of them ends somewhere.
func TestSmallPortions(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Open {
		path := filepath.Join(t.TempDir(), "learners.db")
		return func(t *testing.T) bot.Store {
			s := openAt(t, path)
			s.portions = portions{list: 7, group: 3}
			return s
		}
	})
}

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Open {
		opened := false
		return func(*testing.T) bot.Store {
			if opened {
				return nil
			}
			opened = true
			return NewMemory()
		}
	})
}

// TestClose closes a store that many are writing to: what was confirmed is there,
// and whoever comes too late is told so.
func TestClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "learners.db")
	s := openAt(t, path)
	var all sync.WaitGroup
	var confirmed atomic.Int64
	enough := make(chan bool, 1)
	for i := range 20 {
		all.Go(func() {
			for {
				if _, _, err := s.Update(t.Context(), someone(i), "", studied("git-basics", "")); err != nil {
					if !strings.Contains(err.Error(), "closed") {
						t.Error(err)
					}
					return
				}
				if confirmed.Add(1) == 100 {
					enough <- true
				}
			}
		})
	}
	<-enough
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	s = openAt(t, path)
	found := 0
	for i := range 20 {
		if l, err := s.Learner(t.Context(), someone(i)); err == nil {
			found += l.Topics["git-basics"].Minutes
		}
	}
	if int64(found) != confirmed.Load() {
		t.Errorf("%d changes were confirmed, %d are there", confirmed.Load(), found)
	}
}

// TestSweepPassesOverDamage spoils one record: the sweep tells of that learner and
// changes the others.
func TestSweepPassesOverDamage(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "learners.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	const many = 20
	for i := range many {
		_, _, err := s.Update(ctx, bot.Account{Platform: "p", User: fmt.Sprint(i)}, "", func(l *bot.Learner) error {
			l.Settings.Zone, l.Settings.Schedule = "UTC", bot.Schedule{On: true, Minute: 600, Weekdays: bot.EveryDay}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const spoilt = 7
	if err := s.db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket(learnersBucket).Put(recordKey(spoilt), []byte("?"))
	}); err != nil {
		t.Fatal(err)
	}
	changed := 0
	for l, err := range s.Sweep(ctx, func(string) (int, int) { return 600, 601 }, func(l *bot.Learner) error {
		l.Nudges.Ignored++
		return nil
	}) {
		if (err != nil) != (l.ID == spoilt) {
			t.Errorf("learner %d: %v", l.ID, err)
		}
		if err == nil {
			changed++
		}
	}
	if changed != many-1 {
		t.Errorf("%d of the %d others were changed", changed, many-1)
	}
}
