package slack

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestWhoCannotWaitTakesNoTurn: a request that ends before its turn fails at once and
// takes no place, neither the channel's nor the workspace's.
func TestWhoCannotWaitTakesNoTurn(t *testing.T) {
	still := time.Now()
	p := newPace(func() time.Time { return still })
	all, channel := bucket{"conversations.open", "T1"}, bucket{channelRate, "T1C1"}
	for range rates[channelRate].burst {
		if err := p.await(t.Context(), all, channel); err != nil {
			t.Fatal(err)
		}
	}
	short, cancel := context.WithTimeout(t.Context(), rates[channelRate].every/2)
	defer cancel()
	refused := func() {
		t.Helper()
		for range 5 {
			if err := p.await(short, all, channel); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("told %v", err)
			}
		}
	}
	refused()
	if wait, ok := p.take(time.Second, channel); !ok {
		t.Errorf("the next in the channel waits %v", wait)
	}
	p.block(all.method, all.owner, time.Hour)
	refused()
	left := 0
	for left <= rates[all.method].burst && p.free(all.method, all.owner) {
		left++
	}
	if want := rates[all.method].burst - rates[channelRate].burst; left != want {
		t.Errorf("%d places are left in the workspace, want %d", left, want)
	}
}

// TestNothingBeginsOnceDrained: work handed in after draining began is refused and never
// runs, and what was begun is finished.
func TestNothingBeginsOnceDrained(t *testing.T) {
	l := newLanes(10)
	hold, begun, finished := make(chan struct{}), make(chan struct{}), false
	if err := l.add("ann", func() { close(begun); <-hold; finished = true }); err != nil {
		t.Fatal(err)
	}
	<-begun
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.drain(over); !errors.Is(err, context.Canceled) {
		t.Errorf("drained while somebody works: %v", err)
	}
	for _, person := range []string{"ann", "bob"} {
		if err := l.add(person, func() { t.Error("ran after all") }); !errors.Is(err, errClosed) {
			t.Errorf("%s: told %v", person, err)
		}
	}
	close(hold)
	if err := l.drain(t.Context()); err != nil || !finished {
		t.Errorf("drained with %v, finished %v", err, finished)
	}
	if err := l.add("ann", func() { t.Error("ran after all") }); !errors.Is(err, errClosed) {
		t.Errorf("told %v", err)
	}
}
