package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/content"
	"roadmapbot/store"
)

// The benchmarks of the platforms' HTTP modes: so many connections at once, from so
// many learners, and so many requests in one round.
const (
	benchConnections = 64
	benchPeople      = 2000
	benchRound       = 4000
)

// benchCore is the learning core on a file of its own.
func benchCore(b *testing.B) (*store.Store, *bot.Bot) {
	b.Helper()
	st, err := store.Open(filepath.Join(b.TempDir(), "learners.db"))
	if err != nil {
		b.Fatal(err)
	}
	roadmap, err := content.Default()
	if err != nil {
		b.Fatal(err)
	}
	return st, bot.New(bot.Config{Roadmap: roadmap, Store: st, Log: slog.New(slog.DiscardHandler)})
}

// runFor runs an adapter and waits until it is well; the returned function ends it.
func runFor(b *testing.B, a bot.Adapter, handle bot.Handler, health func() error) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, handle) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for health() != nil {
		select {
		case <-tick.C:
		case err := <-ended:
			b.Fatal("it ended: ", err)
		}
	}
	return func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// listenWith lets a handler answer as serve would, at the address returned.
func listenWith(b *testing.B, h http.Handler) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := newServer(h, slog.New(slog.DiscardHandler))
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// side makes n requests, numbered from first, of one of the kinds compared. What it
// returns sends the i-th of them over a connection and says how long the answer
// took.
type side func(first, n int) (send func(conn, i int) time.Duration)

// compare sends requests that are only verified and requests that change a learner
// in turns, b.N rounds each, so that they share the machine's good and bad moments,
// and reports the medians of the rounds.
func compare(b *testing.B, verify, durable side) {
	b.Helper()
	collectSeldom() // as serve does
	serial := 0
	round := func(s side, n int) (rate, processor float64, times []time.Duration) {
		send := s(serial, n)
		serial += n
		all := make([][]time.Duration, benchConnections)
		spent, begin := processorTime(b), time.Now()
		var wg sync.WaitGroup
		for conn := range benchConnections {
			wg.Go(func() {
				for i := conn; i < n; i += benchConnections {
					all[conn] = append(all[conn], send(conn, i))
				}
			})
		}
		wg.Wait()
		rate = float64(n) / time.Since(begin).Seconds()
		return rate, float64((processorTime(b) - spent).Microseconds()) / float64(n), slices.Concat(all...)
	}
	for _, s := range []side{verify, durable} { // learners and connections exist before the clock runs
		round(s, benchPeople)
	}
	var verified, done, ratios, cpu, times []float64
	for b.Loop() {
		before, _, _ := round(verify, benchRound)
		rate, processor, took := round(durable, benchRound)
		verified, done, cpu = append(verified, before), append(done, rate), append(cpu, processor)
		ratios = append(ratios, rate/before)
		for _, t := range took {
			times = append(times, float64(t.Microseconds())/1000)
		}
	}
	b.ReportMetric(quantile(ratios, .5), "ratio")
	b.ReportMetric(quantile(verified, .5), "verified/s")
	b.ReportMetric(quantile(done, .5), "durable/s")
	b.ReportMetric(quantile(cpu, .5), "cpu-µs/durable") // the client's share is in it
	b.ReportMetric(quantile(times, .5), "p50-ms")
	b.ReportMetric(quantile(times, .99), "p99-ms")
}

func quantile(values []float64, q float64) float64 {
	slices.Sort(values)
	return values[int(q*float64(len(values)-1))]
}

// processorTime is what this process has used of the processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
