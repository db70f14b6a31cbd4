package nudge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"roadmapbot/bot"
)

// unsaved is a store that can't note how far the schedule is worked through.
type unsaved struct {
	bot.Store
	err func() error
}

func (s unsaved) SetSwept(context.Context, time.Time) error { return s.err() }

// TestTickThatFails lets every round break off: on a full disk the loop lives, since no
// restart would help, and whatever it is, the log is not filled with one line.
func TestTickThatFails(t *testing.T) {
	round := 0
	for name, test := range map[string]struct {
		err   func() error
		lives bool
		lines int // logged in three minutes
	}{
		"full disk":   {func() error { return fmt.Errorf("%w: no space left", bot.ErrNotSaved) }, true, 3},
		"other fault": {func() error { return errors.New("the disk is on fire") }, false, 3},
		"new faults":  {func() error { return fmt.Errorf("fault %d", round/50) }, false, 4},
		"none":        {func() error { return nil }, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEvening(t)
			var log bytes.Buffer
			e.n.Store, e.n.Log = unsaved{e.s, test.err}, slog.New(slog.NewTextHandler(&log, nil))
			e.now = e.now.Add(time.Minute)
			began := e.n.Ticked()
			for round = range 180 {
				e.n.tick(t.Context())
				e.now = e.now.Add(time.Second)
			}
			if lives := e.n.Ticked().Equal(e.now.Add(-time.Second)); lives != test.lives || !lives && !e.n.Ticked().Equal(began) {
				t.Errorf("the last round was at %v, now it is %v", e.n.Ticked(), e.now)
			}
			if lines := bytes.Count(log.Bytes(), []byte("\n")); lines != test.lines {
				t.Errorf("%d lines in the log:\n%s", lines, log.Bytes())
			}
		})
	}
}
