package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"roadmapbot/adapters/slack/slacktest"
)

// TestServeSlackNudge runs the binary shortly before a learner's hour: the nudge
// comes although Slack refuses it at first, once; when its work is done it loses
// its buttons; an old button still does what it says.
func TestServeSlackNudge(t *testing.T) {
	binary := build(t)
	for _, mode := range []string{"socket", "http"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			clock := evening{time.Now()}
			s := serveSlack(t, binary, setting{mode: mode, args: []string{clock.now()}})
			dm := s.person.DM()
			s.ok(s.person.Slash(dm, "/roadmap", "zone Madrid"))
			s.ok(s.person.Slash(dm, "/roadmap", "nudge "+clock.soon()))
			s.ok(s.fake.Await(s.ctx, func() bool { return len(s.person.Sees(dm)) >= 2 }))
			s.fake.Break("chat.postMessage", slacktest.Fault{Status: http.StatusTooManyRequests, RetryAfter: 1})
			nudges := func() []slacktest.Message {
				return slices.DeleteFunc(s.person.Sees(dm), func(m slacktest.Message) bool { return m.Metadata == nil })
			}
			s.ok(s.fake.Await(s.ctx, func() bool { return len(nudges()) == 1 }))
			nudge := nudges()[0]
			labels := slacktest.Labels(nudge.Blocks)
			stop := slices.IndexFunc(labels, func(label string) bool { return strings.HasPrefix(label, "Stop") })
			if stop < 0 {
				t.Fatalf("a nudge with the buttons %q", labels)
			}

			s.ok(s.person.Slash("C1", "/roadmap", "study vcs-git 30m"))
			s.ok(s.fake.Await(s.ctx, func() bool { return nudges()[0].Edits > 0 }))
			if after := nudges(); len(after) != 1 || after[0].TS != nudge.TS || len(slacktest.Labels(after[0].Blocks)) != 0 {
				t.Errorf("after the work the nudges are %+v", after)
			}
			before := len(s.person.Sees(dm))
			s.ok(s.person.Press(nudge, labels[stop]))
			s.ok(s.fake.Await(s.ctx, func() bool { return len(s.person.Sees(dm)) > before || nudges()[0].Edits > 1 }))
			s.ok(s.person.Slash("C1", "/roadmap", "nudge"))
			s.hears("C1", has("off"))
			if n := len(nudges()); n != 1 {
				t.Errorf("%d nudges", n)
			}
			s.stop()
		})
	}
}

// TestServeSlackLong sends the binary ten thousand deliveries of all kinds while
// its connection is replaced and cut, and acknowledgements get lost. Every minute
// of study is counted once, and the process is then as large as after the first
// part. (That a thousand connections leave nothing behind is shown in the adapter's
// own tests: the binary waits longer before each new one.)
func TestServeSlackLong(t *testing.T) {
	if testing.Short() {
		t.Skip("a long day")
	}
	binary := build(t)
	for _, mode := range []string{"socket", "http"} {
		t.Run(mode, func(t *testing.T) {
			s := serveSlack(t, binary, setting{mode: mode, args: []string{"--log-level", "info"}})
			s.fake.Keep(10)
			s.fake.Retry([]time.Duration{0, 10 * time.Millisecond, 100 * time.Millisecond}, 300*time.Millisecond)
			const people = 25
			minutes, parts := 0, 0
			part := func(each, refreshes int) {
				var all sync.WaitGroup
				for i := range people {
					all.Go(func() {
						p := s.fake.Person("T1", fmt.Sprintf("U1%06d", i))
						channel := fmt.Sprint("C", i)
						for n := range each {
							before := len(p.Sees(channel))
							if n%10 == 9 { // nothing to answer, and not to be taken twice either
								if a := <-s.fake.Event("T1", map[string]any{"type": "app_mention", "channel": channel, "user": p.ID, "bot_id": "B1", "text": "x", "ts": "1.1"}); a.Err != nil {
									t.Error(a.Err)
								}
							} else if err := errors.Join(p.Slash(channel, "/roadmap", "study vcs-git 1m"),
								s.fake.Await(s.ctx, func() bool { return len(p.Sees(channel)) > before })); err != nil {
								t.Error(err)
								return
							}
						}
					})
				}
				for i := range refreshes {
					if mode == "socket" {
						if err := s.fake.Replace(s.ctx); err != nil {
							t.Error(i, err)
							return
						}
					}
				}
				all.Wait()
				for i := range people { // messages, which Slack repeats until they are acknowledged
					s.fake.LoseAcks(2)
					if a := <-s.fake.Person("T1", fmt.Sprintf("U1%06d", i)).Write("study vcs-git 1m"); a.Err != nil || a.Attempts < 3 {
						t.Errorf("taken after %d attempts: %v", a.Attempts, a.Err)
					}
				}
				minutes += each - each/10 + 1
				parts++
			}
			settled := func() {
				for i := range people {
					p := s.fake.Person("T1", fmt.Sprintf("U1%06d", i))
					want := fmt.Sprintf("%d min of about", minutes)
					if minutes >= 60 {
						want = fmt.Sprintf("%d h %d min of about", minutes/60, minutes%60)
					}
					if minutes%60 == 0 {
						want = fmt.Sprintf("%d h of about", minutes/60)
					}
					// The last word was the direct message, answered once each time.
					answers := func() []slacktest.Message {
						return slices.DeleteFunc(p.Sees(p.DM()), func(m slacktest.Message) bool { return !m.FromBot() })
					}
					s.ok(s.fake.Await(s.ctx, func() bool { return len(answers()) >= parts }))
					if list := answers(); len(list) != parts || !has(want)(list[parts-1]) {
						t.Errorf("person %d: %d answers to %d messages, the last %q, want %q", i, len(list), parts, list[len(list)-1].Text, want)
					}
				}
			}
			part(40, 1) // maps, pools and the first pages reach their size
			settled()
			goroutines, heap := s.size()
			part(360, 2)
			settled()
			s.fake.CutSockets()
			if mode == "socket" {
				s.ok(s.fake.Await(s.ctx, func() bool { return s.fake.Opens() == 5 && s.fake.Fresh() == 1 }))
			}
			s.ok(s.person.Slash("C99", "/roadmap", "stages"))
			s.hears("C99", nil)
			after, grown := s.size()
			t.Logf("goroutines %d, then %d; heap %d kB, then %d kB; %d connections", goroutines, after, heap>>10, grown>>10, s.fake.Opens())
			if after > goroutines+10 {
				t.Errorf("goroutines grew from %d to %d", goroutines, after)
			}
			if grown > heap+6<<20 {
				t.Errorf("the heap grew from %d to %d bytes", heap, grown)
			}
			if n := s.metric(`bot_event_duplicates_total{platform="slack"}`); n < 2*2*people {
				t.Errorf("%d deliveries came again, want at least %d", n, 2*2*people)
			}
			if n := s.metric(`bot_gateway_reconnects_total{platform="slack"}`); (mode == "socket") != (n == 4) {
				t.Errorf("%d more connections", n)
			}
			s.stop()
		})
	}
}

// size reads from the metrics how many goroutines the process has, and from which
// size of the heap it will collect the next time: three times what is alive.
func (s *served) size() (goroutines, heap int) {
	s.t.Helper()
	return s.metric("go_goroutines"), s.metric("go_memstats_next_gc_bytes")
}

func (s *served) metric(name string) int {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.base+"/metrics", nil)
	s.ok(err)
	res, err := http.DefaultClient.Do(req)
	s.ok(err)
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	s.ok(err)
	_, rest, found := strings.Cut(string(page), "\n"+name+" ")
	line, _, _ := strings.Cut(rest, "\n")
	v, err := strconv.ParseFloat(line, 64)
	if err != nil || !found {
		s.t.Fatalf("no %s in the metrics: %q", name, line)
	}
	return int(v)
}
