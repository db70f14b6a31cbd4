package discord_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

// The whole length: go test ./adapters/discord -run 'Flat|Day' -soak
var soak = flag.Bool("soak", false, "run the long tests at their whole length")

// length is n, or a tenth of it where the whole length was not asked for.
func length(n int) int {
	if *soak {
		return n
	}
	return n / 10
}

// heap is the live heap in bytes and the number of goroutines.
func heap() (bytes uint64, goroutines int) {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, runtime.NumGoroutine()
}

// many has people do n things, several at a time.
func many(t *testing.T, n int, do func(i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	next := atomic.Int64{}
	for range 32 {
		wg.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				if err := do(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestFlat holds memory and goroutines flat over 10,000 interactions and 1,000
// reconnects, after as many that fill what is bounded.
func TestFlat(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	a, l := impatient(t, fake, 2*time.Second)
	a.Rush()
	w := run(t, fake, a, l, echo)
	w.connected(t)
	var people []*discordtest.Person
	for i := range 32 {
		people = append(people, fake.Person(fmt.Sprint("p", i)).In(guild))
	}
	round := func(interactions int) {
		many(t, interactions, func(i int) error {
			_, err := people[i%len(people)].Slash(t.Context(), "roadmap help")
			return err
		})
	}
	reconnect := func(n int) {
		before := w.Stats().Connections
		for i := range n {
			await(t, fake.Gateway.Changed, fake.Gateway.Connected)
			eventually(t, "a connection", func() bool { return w.Stats().Connections > before+uint64(i)-1 || i == 0 })
			fake.Gateway.Do(discordtest.Behaviour{Kind: []discordtest.Kind{discordtest.Reconnect, discordtest.Drop, discordtest.InvalidForGood}[i%3]})
			eventually(t, "another connection", func() bool { return w.Stats().Connections > before+uint64(i) })
		}
		await(t, fake.Gateway.Changed, fake.Gateway.Connected)
	}
	settled := func() (uint64, int) {
		// discordgo lets go of a connection a second after its end.
		eventually(t, "one connection's goroutines", func() bool { return a.Behind() == 0 && fake.Gateway.Open() == 1 })
		l.Reset()
		return heap()
	}
	interactions, reconnects := length(10000), length(1000)
	round(interactions)
	reconnect(reconnects / 10)
	before, goroutines := settled()
	round(interactions)
	between, _ := settled()
	reconnect(reconnects)
	after, goroutinesAfter := settled()
	t.Logf("heap %d kB, after %d interactions %d kB, after %d reconnects %d kB; goroutines %d, %d",
		before>>10, interactions, between>>10, reconnects, after>>10, goroutines, goroutinesAfter)
	const slack = 3 << 20 // the stand-in is in it too, and its lists of the last things swing
	// The short form does not fill what is bounded, so its heap still grows.
	if *soak && (between > before+slack || after > between+slack) {
		t.Error("the heap grows")
	}
	if goroutinesAfter > goroutines+5 { // idle HTTP connections come and go
		t.Errorf("%d goroutines, before %d", goroutinesAfter, goroutines)
	}
}

// TestDay has people use the bot while everything goes wrong at random: each thing
// they do is handled once or not at all, all is answered once the faults are over,
// and nothing that Discord would refuse is ever sent.
func TestDay(t *testing.T) {
	fake := newFake(t, discordtest.Options{Heartbeat: 2 * time.Second})
	a, l := impatient(t, fake, 300*time.Millisecond)
	var handled sync.Map
	var twice atomic.Int64
	w := run(t, fake, a, l, func(ctx context.Context, req bot.Request) bot.Reply {
		if _, again := handled.LoadOrStore(req.ID, true); again {
			twice.Add(1)
		}
		if strings.HasPrefix(req.Line, "stage") {
			_ = ctx
			select {
			case <-time.After(400 * time.Millisecond): // a slow disk
			case <-ctx.Done():
			}
		}
		return echo(ctx, req)
	})
	w.connected(t)
	ctx, stop := context.WithCancel(t.Context())
	var chaos sync.WaitGroup
	chaos.Go(func() {
		dice := rand.New(rand.NewPCG(1, 2))
		kinds := discordtest.Kinds()
		tick := time.NewTicker(40 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			fake.Heal() // on a slow machine they would pile up, and one request meet them all
			switch dice.IntN(4) {
			case 0:
				fake.Gateway.Do(discordtest.Behaviour{Kind: kinds[dice.IntN(len(kinds))], Code: 4000})
			case 1:
				fake.Fail(discordtest.Fault{Path: "/interactions/*/*/callback", Status: []int{500, 502, 503}[dice.IntN(3)], Landed: dice.IntN(2) == 0})
			case 2:
				fake.Fail(discordtest.Fault{Status: 429, Scope: []string{"user", "shared", "global"}[dice.IntN(3)], RetryAfter: 30 * time.Millisecond})
			case 3:
				fake.Fail(discordtest.Fault{Method: "PATCH", Drop: true, Landed: dice.IntN(2) == 0}, discordtest.Fault{Delay: 20 * time.Millisecond, Status: 503})
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	var people []*discordtest.Person
	for i := range 32 {
		p := fake.Person(fmt.Sprint("p", i))
		if i%2 == 0 {
			p = p.In(guild)
		}
		people = append(people, p)
	}
	var failed atomic.Int64
	one := func(i int) error {
		p := people[i%len(people)]
		a, err := p.Slash(t.Context(), []string{"roadmap help", "today", "roadmap done", "roadmap zone"}[i%4])
		if i%50 == 0 {
			a, err = p.Slash(t.Context(), "roadmap stage", "number", "1")
		}
		if err != nil {
			return err
		}
		within, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		m, err := a.Settled(within)
		if err != nil {
			return err
		}
		if i%3 == 0 {
			_, err = p.Press(t.Context(), m, "Done")
		}
		return err
	}
	many(t, length(1000), func(i int) error {
		if err := one(i); err != nil {
			if !errors.Is(err, discordtest.ErrFailed) {
				return err
			}
			failed.Add(1) // "This interaction failed", as it has to be now and then
		}
		return nil
	})
	stop()
	chaos.Wait()
	fake.Heal()
	connections := w.Stats().Connections
	for range 100 {
		if one(1) == nil {
			break
		}
	}
	many(t, 100, one)
	s := w.Stats()
	t.Logf("%d of %d failed amid the faults; %d connections, %+v", failed.Load(), length(1000), connections, s)
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN") && strings.Contains(line, "interaction") {
			t.Log(line)
		}
	}
	if twice.Load() > 0 {
		t.Errorf("%d interactions handled twice", twice.Load())
	}
	if s.Panics+s.Abandoned+s.Shed > 0 {
		t.Errorf("%+v", s)
	}
}
