package store

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/content"
)

// million names the file of a million learners. It is made if it is not there,
// takes a gigabyte and some minutes, and stays for the next time.
const million = "ROADMAPBOT_MILLION"

// BenchmarkMillion opens a file of a million learners in a process of its own and
// asks for `today` as random ones of them:
//
//	ROADMAPBOT_MILLION=/var/tmp/million.db go test ./store -run - -bench Million -benchtime 1x -timeout 1h
func BenchmarkMillion(b *testing.B) {
	path := os.Getenv(million)
	if path == "" {
		b.Skip("it needs a file of a gigabyte; name one in " + million)
	}
	if _, err := os.Stat(path); err != nil {
		s := openAt(b, path)
		fill(b, s, 1_000_000)
		_ = s.Close()
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	var out []byte
	for b.Loop() {
		out, err = helper("million", path).Output()
		if err != nil {
			b.Fatal(err)
		}
	}
	for line := range strings.Lines(string(out)) {
		unit, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			b.Fatalf("the helper said %q", out)
		}
		b.ReportMetric(n, unit)
	}
	b.ReportMetric(float64(info.Size())/1e6, "file-MB")
}

// askMillion is the process of BenchmarkMillion.
func askMillion(path string) error {
	begin := time.Now()
	s, err := Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	opened := time.Since(begin)
	roadmap, err := content.Default()
	if err != nil {
		return err
	}
	b := bot.New(bot.Config{Roadmap: roadmap, Store: s, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)})
	var took []float64
	for range 20_000 {
		begin := time.Now()
		reply := b.Handle(context.Background(), bot.Request{From: someone(rand.IntN(1_000_000)), Line: "today"})
		took = append(took, float64(time.Since(begin).Microseconds()))
		if !strings.HasPrefix(reply.Title, "Now: ") {
			return fmt.Errorf("today: %+v", reply)
		}
	}
	fmt.Printf("ms-open %g\nµs-today-p50 %g\nµs-today-p99 %g\nanonymous-MB %g\n",
		float64(opened.Microseconds())/1000, median(took), took[len(took)*99/100], residentAnonymous())
	return nil
}

// residentAnonymous is this process's memory in MB, without the pages of files
// that it has mapped: those the system takes back as it likes. Linux tells it.
func residentAnonymous() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		var kB float64
		if n, _ := fmt.Sscanf(line, "RssAnon: %f kB", &kB); n == 1 {
			return kB / 1000
		}
	}
	return 0
}
