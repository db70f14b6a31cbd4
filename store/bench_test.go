package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
	"roadmapbot/content"
)

// A shared machine's disk is now fast, now slow, so these benchmarks take turns
// with what they are compared with, and report the median of the ratios. One
// iteration is enough:
//
//	go test ./store -run - -bench . -benchtime 1x

var noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

// someone is the account of a benchmark's learner.
func someone(i int) bot.Account {
	return bot.Account{Platform: "discord", User: fmt.Sprint(700000000000000000 + i)}
}

// halfway makes records of learners well into the ten stages: 25 topics done or
// under way, 50 quiz items answered, a nudge every evening.
func halfway(tb testing.TB) func(i int) func(*bot.Learner) error {
	tb.Helper()
	roadmap, err := content.Default()
	if err != nil {
		tb.Fatal(err)
	}
	var topics []*content.Topic
	for _, stage := range roadmap.Stages {
		topics = append(topics, stage.Topics[:min(3, len(stage.Topics))]...)
	}
	topics = topics[:25]
	return func(i int) func(*bot.Learner) error {
		return func(l *bot.Learner) error {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			today := calendar.DayOf(noon) - calendar.Day(r.IntN(100))
			l.Started = noon.AddDate(0, 0, -100)
			l.Settings = bot.Settings{
				Zone: []string{"Europe/Madrid", "Asia/Tokyo", "America/New_York"}[i%3], Locale: "en-GB", Chosen: []string{topics[2].ID, topics[5].ID},
				Schedule: bot.Schedule{On: true, Minute: r.IntN(1440), Weekdays: bot.EveryDay},
				Quiet:    bot.Quiet{From: 1320, To: 420}, Plan: "After dinner, at the kitchen table",
			}
			l.Topics, l.Cards = map[string]bot.Work{}, map[string]bot.Card{}
			for n, t := range topics {
				day := today - 4*calendar.Day(n)
				l.Topics[t.ID] = bot.Work{State: bot.Done, Day: day, Minutes: 30 * r.IntN(20), Verified: day}
				l.Days.Add(day)
				for _, item := range t.Items[:min(2, len(t.Items))] {
					l.Cards[item.ID] = bot.Card{Right: 1 + r.IntN(8), Wrong: r.IntN(4), Unsure: r.IntN(2), Last: bot.Right, Day: day}
				}
			}
			l.Nudges = bot.Nudges{
				Since: noon.AddDate(0, 0, -99), Decided: today, Sent: today, Channel: "1180000000000000001",
				Shown: bot.Shown{
					Kind: bot.Daily, Day: today, At: noon, Until: noon.AddDate(0, 0, 1), Seen: true,
					Receipt: bot.Receipt{Channel: "1180000000000000001", Message: "1180000000000000002"},
				},
			}
			return studied(topics[i%len(topics)].ID, "")(l)
		}
	}
}

// studied is the change of one study report, as the bot makes it.
func studied(topic, op string) func(*bot.Learner) error {
	return func(l *bot.Learner) error {
		before := l.Topics[topic]
		work := before
		work.Minutes++
		if l.Topics == nil {
			l.Topics = map[string]bot.Work{}
		}
		l.Topics[topic] = work
		l.New = append(l.New, bot.Event{At: noon, Op: op, What: bot.WasStudied, Topic: topic, Minutes: 1, Before: &bot.Before{Work: &before}})
		return nil
	}
}

// fill puts n learners into a store, many to a commit.
func fill(tb testing.TB, s *Store, n int) {
	tb.Helper()
	learner := halfway(tb)
	for i := 0; i < n; {
		err := s.db.Update(func(tx *bolt.Tx) error {
			for end := min(n, i+10_000); i < end; i++ {
				if _, _, _, err := s.apply(tx, someone(i), "", learner(i)); err != nil {
					return err
				}
			}
			upTo, err := s.saveNames(tx)
			s.names.saved(upTo)
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func openAt(tb testing.TB, path string) *Store {
	tb.Helper()
	s, err := Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// crowd is how many learners a benchmark's file has, and writers is how many of
// them change something at once.
const (
	crowd   = 20_000
	writers = 64
)

// load makes study reports of random learners in a file that has a crowd.
type load struct {
	tb testing.TB
	s  *Store
	n  int
	mu sync.Mutex
}

func newLoad(tb testing.TB) *load {
	s := openAt(tb, filepath.Join(tb.TempDir(), "learners.db"))
	fill(tb, s, crowd)
	return &load{tb: tb, s: s}
}

// report draws who reports, and under which operation.
func (l *load) report() (who bot.Account, op string, change func(*bot.Learner) error) {
	l.mu.Lock()
	l.n++
	n := l.n
	l.mu.Unlock()
	op = fmt.Sprintf("interaction-%d", n)
	return someone(rand.IntN(crowd)), op, studied("git-basics", op)
}

// ours is a change through the store.
func (l *load) ours() error {
	who, op, change := l.report()
	_, _, err := l.s.Update(context.Background(), who, op, change)
	return err
}

// bare is the same work in the same file, through a function of bbolt's.
func (l *load) bare(update func(func(*bolt.Tx) error) error) func() error {
	return func() error {
		who, op, change := l.report()
		return update(func(tx *bolt.Tx) error {
			_, _, _, err := l.s.apply(tx, who, op, change)
			return err
		})
	}
}

// plain is the least that could be called an update with bbolt: a record of the
// same size, read and written in one bucket, without events, indexes or operations.
func (l *load) plain() func() error {
	bucket := []byte("bench")
	value := make([]byte, 700)
	if err := l.s.db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		for i := range uint64(crowd) {
			if err == nil {
				err = b.Put(key64(i), value)
			}
		}
		return err
	}); err != nil {
		l.tb.Fatal(err)
	}
	return func() error {
		key := key64(rand.Uint64N(crowd))
		return l.s.db.Update(func(tx *bolt.Tx) error {
			b := tx.Bucket(bucket)
			return b.Put(key, append([]byte(nil), b.Get(key)...))
		})
	}
}

// rate is the number of updates a second of some writers at once.
func (l *load) rate(writers, each int, update func() error) float64 {
	var all sync.WaitGroup
	begin := time.Now()
	for range writers {
		all.Go(func() {
			for range each {
				if err := update(); err != nil {
					l.tb.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(writers*each) / time.Since(begin).Seconds()
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// onProcessors runs a benchmark with all processors and with a single one.
func onProcessors(b *testing.B, run func(b *testing.B)) {
	b.Run("all", run)
	b.Run("one", func(b *testing.B) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		run(b)
	})
}

// BenchmarkGroup compares 64 writers at once with bbolt's own ways of doing the
// same work in the same file. Ratios above 1 are in favor of the store.
func BenchmarkGroup(b *testing.B) {
	onProcessors(b, func(b *testing.B) {
		l := newLoad(b)
		for b.Loop() {
			var ours, single, batch, overSingle, overBatch []float64
			for range 7 {
				one := l.rate(1, 150, l.bare(l.s.db.Update))
				many := l.rate(writers, 40, l.ours)
				timed := l.rate(writers, 20, l.bare(l.s.db.Batch))
				ours, single, batch = append(ours, many), append(single, one), append(batch, timed)
				overSingle, overBatch = append(overSingle, many/one), append(overBatch, many/timed)
			}
			b.ReportMetric(median(ours), "updates/s")
			b.ReportMetric(median(single), "db.Update/s")
			b.ReportMetric(median(batch), "db.Batch/s")
			b.ReportMetric(median(overSingle), "x-db.Update")
			b.ReportMetric(median(overBatch), "x-db.Batch")
		}
	})
}

// BenchmarkLone compares a single writer with bbolt's Update: the same work in the
// same file, and a bare Put of a record of the same size. Ratios are of the
// time an update takes; 1 is as good as it gets.
func BenchmarkLone(b *testing.B) {
	onProcessors(b, func(b *testing.B) {
		l := newLoad(b)
		ways := []func() error{l.ours, l.bare(l.s.db.Update), l.plain()}
		for b.Loop() {
			took := make([][]float64, len(ways))
			for range 500 {
				for i, update := range ways {
					begin := time.Now()
					if err := update(); err != nil {
						b.Fatal(err)
					}
					took[i] = append(took[i], float64(time.Since(begin).Microseconds()))
				}
			}
			ours, same, plain := median(took[0]), median(took[1]), median(took[2])
			b.ReportMetric(ours, "µs-ours")
			b.ReportMetric(same, "µs-db.Update")
			b.ReportMetric(ours/same, "x-same-work")
			b.ReportMetric(ours/plain, "x-bare-Put")
		}
	})
}

// BenchmarkRecord writes and reads the record of a learner well into the roadmap.
func BenchmarkRecord(b *testing.B) {
	n := newNames()
	l := bot.Learner{Accounts: []bot.Account{someone(1)}}
	if err := halfway(b)(1)(&l); err != nil {
		b.Fatal(err)
	}
	if len(l.Topics) != 25 || len(l.Cards) != 50 {
		b.Fatalf("%d topics and %d quiz items", len(l.Topics), len(l.Cards))
	}
	data := encodeLearner(&l, n)
	b.ReportAllocs()
	for b.Loop() {
		data = encodeLearner(&l, n)
		if _, err := decodeLearner(data, n); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(data)), "bytes")
}
