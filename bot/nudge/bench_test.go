package nudge

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"golang.org/x/sync/errgroup"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
	"roadmapbot/content"
	"roadmapbot/store"
)

var benchLearners = flag.Int("bench-learners", 50_000, "how many learners the benchmarks have")

const benchZones = 200

// crowd makes a database of many learners in 200 zones. So many as soon says are
// due at 12:00 UTC, wherever they are; the others never in these benchmarks.
func crowd(b *testing.B, n, soon int) *store.Store {
	b.Helper()
	s, err := store.Open(filepath.Join(b.TempDir(), "crowd.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	zones := calendar.Zones()[:benchZones]
	var all errgroup.Group
	all.SetLimit(1024) // they share commits
	for i := range n {
		all.Go(func() error {
			zone := zones[i%benchZones]
			loc, err := calendar.Zone(zone)
			if err != nil {
				return err
			}
			local := noon.Add(time.Duration(1+i%600) * time.Minute).In(loc)
			if i*7919%n < soon { // scattered over the file
				local = noon.In(loc)
			}
			_, _, err = s.Update(context.Background(), bot.Account{Platform: "bench", Tenant: fmt.Sprint(i % 50), User: fmt.Sprint(i)}, "", func(l *bot.Learner) error {
				l.Settings.Zone = zone
				l.Settings.Schedule = bot.Schedule{On: true, Minute: local.Hour()*60 + local.Minute(), Weekdays: bot.EveryDay}
				l.Topics = map[string]bot.Work{"git": {State: bot.Done, Day: 20500}, "sql": {Minutes: 30, Day: 20501}}
				return nil
			})
			return err
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
	return s
}

var noon = time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC)

func benchNudger(b *testing.B, s *store.Store, now func() time.Time) *Nudger {
	b.Helper()
	roadmap, err := content.Default()
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	return New(Config{Store: s, Bot: bot.New(bot.Config{Roadmap: roadmap, Store: s, Now: now, Log: log}), Now: now, Log: log})
}

// BenchmarkTickNothingDue is what a minute costs in which nobody is due, against
// one wake-up of a cron that holds an entry for each learner.
//
//	go test ./bot/nudge -run - -bench NothingDue -bench-learners 1000000 -timeout 1h
func BenchmarkTickNothingDue(b *testing.B) {
	s := crowd(b, *benchLearners, 0)
	at := noon.Add(-6 * time.Hour)
	n := benchNudger(b, s, func() time.Time { return at })
	ctx := context.Background()
	if err := s.SetSwept(ctx, at); err != nil {
		b.Fatal(err)
	}
	var took time.Duration
	ticks := 0
	for b.Loop() {
		at = at.Add(time.Minute)
		if !at.Before(noon) { // stay within the empty hours
			at = noon.Add(-6 * time.Hour)
			if err := s.SetSwept(ctx, at.Add(-time.Minute)); err != nil {
				b.Fatal(err)
			}
		}
		began := time.Now()
		if err := n.passed(ctx, at.Add(-time.Minute), at); err != nil {
			b.Fatal(err)
		}
		took += time.Since(began)
		ticks++
	}
	tick := float64(took.Nanoseconds()) / float64(ticks)
	wake := cronWake(*benchLearners)
	b.ReportMetric(tick/1e3, "µs/tick")
	b.ReportMetric(float64(wake.Nanoseconds())/1e6, "ms/cron-wake")
	b.ReportMetric(float64(wake.Nanoseconds())/tick, "cron/tick")
}

// cronWake is the time of one wake-up of robfig/cron with so many entries: from
// when it takes up those that are due, which are as many as in one minute of ten
// hours, until it has sorted all entries and sleeps again. Their jobs are empty.
func cronWake(entries int) time.Duration {
	c := cron.New()
	due := &soon{first: time.Now().Add(time.Hour), woken: make(chan time.Time, 1)}
	for i := range entries {
		c.Schedule(daily{due, i % 600}, cron.FuncJob(func() {}))
	}
	due.first = time.Now().Add(2 * time.Second)
	c.Start()
	defer c.Stop()
	began := <-due.woken
	c.Remove(-1) // taken when the loop has come to rest
	return time.Since(began)
}

// soon is when the first entries of a cron are due; woken tells when the cron asks
// for the time after that.
type soon struct {
	first time.Time
	woken chan time.Time
}

// daily is a schedule of once a day, minutes after the first.
type daily struct {
	soon    *soon
	minutes int
}

func (d daily) Next(now time.Time) time.Time {
	at := d.soon.first.Add(time.Duration(d.minutes) * time.Minute)
	if now.Before(at) {
		return at
	}
	select {
	case d.soon.woken <- time.Now():
	default:
	}
	return at.AddDate(0, 0, 1)
}

// BenchmarkClaim is what it costs to claim everybody who is due in one minute,
// until the claims are on disk.
//
//	go test ./bot/nudge -run - -bench Claim -bench-learners 1000000 -benchtime 1x -timeout 1h
func BenchmarkClaim(b *testing.B) {
	for _, due := range []int{700, 100_000, *benchLearners} {
		b.Run(fmt.Sprint(due), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := crowd(b, max(*benchLearners, due), due)
				n := benchNudger(b, s, func() time.Time { return noon })
				ctx := context.Background()
				if err := s.SetSwept(ctx, noon.Add(-time.Minute)); err != nil {
					b.Fatal(err)
				}
				runtime.GC()
				high := watchHeap()
				b.StartTimer()
				if err := n.schedule(ctx); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				b.ReportMetric(float64(high())/(1<<20), "MB")
				claimed := 0
				for _, err := range s.Waking(ctx, noon) {
					if err != nil {
						b.Fatal(err)
					}
					claimed++
				}
				if claimed != due {
					b.Fatalf("%d claimed, want %d", claimed, due)
				}
				b.StartTimer()
			}
		})
	}
}

// watchHeap measures how far the live heap and the stacks grow from now on, until
// the returned function is called.
func watchHeap() func() uint64 {
	used := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before := used()
	high := before
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				high = max(high, used())
			}
		}
	})
	return func() uint64 {
		close(stop)
		wg.Wait()
		return high - before
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(m.Run())
}
