package store

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

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
