package slack_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"roadmapbot/adapters/slack"
)

// TestNothingGrows sends ten thousand deliveries of every kind and replaces the
// connection a thousand times. Goroutines are then as many as before, and the
// heap is as large as after the first part, give or take.
func TestNothingGrows(t *testing.T) {
	if testing.Short() {
		t.Skip("a soak")
	}
	r := setup(t, slack.ModeSocket, func(c *slack.Config) { c.Pause = time.Microsecond })
	r.fake.Keep(10)
	r.core.forget = true
	const people = 20
	part := func(events, refreshes int) {
		var all sync.WaitGroup
		for i := range people {
			all.Go(func() {
				p := r.fake.Person(team, fmt.Sprintf("U1%06d", i))
				channel := fmt.Sprint("C", i)
				for n := range events / people {
					if n%2 == 0 {
						if err := p.Slash(channel, "/roadmap", fmt.Sprintf("word %d", n)); err != nil {
							t.Error(err)
						}
					} else if a := <-r.fake.Event(team, map[string]any{"type": "app_mention", "channel": channel, "user": p.ID, "bot_id": "B1", "text": "x", "ts": "1.1"}); a.Err != nil {
						t.Error(a.Err)
					}
				}
			})
		}
		for range refreshes {
			if err := r.fake.Replace(r.ctx); err != nil {
				t.Error(err)
				break
			}
		}
		all.Wait()
	}
	measure := func() (goroutines int, heap uint64) {
		if err := r.fake.Await(r.ctx, func() bool { return r.fake.Sockets() == 1 }); err != nil {
			t.Fatal(err)
		}
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return runtime.NumGoroutine(), m.HeapAlloc
	}
	part(2000, 200) // maps and pools reach their size
	r.fake.Forget()
	goroutines, heap := measure()
	part(10_000, 1000)
	r.fake.Forget()
	after, grown := measure()
	t.Logf("goroutines %d -> %d, heap %d -> %d kB, %d connections", goroutines, after, heap>>10, grown>>10, r.fake.Opens())
	if after > goroutines+5*people { // a few for each connection that is kept open, at most one a person
		buf := make([]byte, 1<<20)
		t.Errorf("goroutines grew from %d to %d\n%s", goroutines, after, buf[:runtime.Stack(buf, true)])
	}
	// What came in the last ten minutes is remembered, about 100 bytes each.
	if limit := heap + 10_000*200 + 1<<20; grown > limit {
		t.Errorf("the heap grew from %d to %d bytes", heap, grown)
	}
}
