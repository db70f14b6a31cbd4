package store

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
			s.portions = portions{list: 7, group: 3, copy: 100}
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

// both are the stores, each new.
func both(t *testing.T) map[string]bot.Store {
	return map[string]bot.Store{"file": openAt(t, filepath.Join(t.TempDir(), "learners.db")), "memory": NewMemory()}
}

// TestRepeatedForTwoDays recognizes an operation that comes again within 48 hours,
// by the times of the events, and takes it for a new one after that.
func TestRepeatedForTwoDays(t *testing.T) {
	for name, s := range both(t) {
		for _, test := range []struct {
			after   time.Duration
			applied int // times
		}{{time.Minute, 1}, {48 * time.Hour, 1}, {48*time.Hour + time.Second, 2}} {
			t.Run(fmt.Sprint(name, test.after), func(t *testing.T) {
				who := bot.Account{Platform: "p", User: test.after.String()}
				at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
				note := func(op string) {
					t.Helper()
					if _, _, err := s.Update(t.Context(), who, op, func(l *bot.Learner) error {
						l.Nudges.Trials++
						l.New = append(l.New, bot.Event{At: at, Op: op, What: bot.WasSet})
						return nil
					}); err != nil {
						t.Fatal(err)
					}
				}
				note("press")
				at = at.Add(test.after)
				note("")
				note("press")
				l, err := s.Learner(t.Context(), who)
				if err != nil || l.Nudges.Trials != 1+test.applied {
					t.Errorf("applied %d times (%v), want %d", l.Nudges.Trials-1, err, test.applied)
				}
			})
		}
	}
}

// TestFirstAccountChanges finds a learner under the account that their nudges go to,
// also after another one has become the first.
func TestFirstAccountChanges(t *testing.T) {
	ann, bea := bot.Account{Platform: "discord", User: "1"}, bot.Account{Platform: "slack", Tenant: "T", User: "2"}
	for name, s := range both(t) {
		t.Run(name, func(t *testing.T) {
			due := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
			for _, accounts := range [][]bot.Account{{ann}, {bea, ann}} {
				if _, _, err := s.Update(t.Context(), ann, "", func(l *bot.Learner) error {
					l.Accounts, l.Nudges.Snooze = accounts, due
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				var woken []bot.Account
				for who, err := range s.Waking(t.Context(), due) {
					if err != nil {
						t.Fatal(err)
					}
					woken = append(woken, who)
				}
				if !slices.Equal(woken, accounts[:1]) {
					t.Errorf("of %v, %v is woken", accounts, woken)
				}
			}
		})
	}
}

// TestNamesWrittenOnce writes the name of a topic with the first change that needs
// it, and not with every change after that.
func TestNamesWrittenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "learners.db")
	s := openAt(t, path)
	for i, topic := range []string{"git-basics", "sql", "git-basics"} {
		if _, _, err := s.Update(t.Context(), someone(i), "", studied(topic, "")); err != nil {
			t.Fatal(err)
		}
		if _, ids := s.names.fresh(); len(ids) != 0 {
			t.Errorf("after change %d the names %v are still to be written", i, ids)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	if _, ids := s.names.fresh(); len(ids) != 0 || len(s.names.all()) != 2 {
		t.Errorf("of the names %v, %v are still to be written", s.names.all(), ids)
	}
}
