package store

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"roadmapbot/bot"
	"roadmapbot/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
