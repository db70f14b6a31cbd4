package discord_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

// TestFirstNudges sends many people their first nudge at the same time, and comes back
// when it is told to, or late and for all at once, as after an outage. Discord, which
// takes many new channels in a burst for spam, never sees more than a few.
func TestFirstNudges(t *testing.T) {
	const people, burst, every = 200, 5, 3 * time.Second
	for name, test := range map[string]struct {
		out    time.Duration // until when nobody comes back
		tries  int           // at most, for one person
		within time.Duration
	}{
		"as told":         {0, 2, people*every + 5*time.Second},
		"after an outage": {time.Hour, 3, time.Hour + people*every + 5*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFake(t, discordtest.Options{})
			var all []*discordtest.Person
			for i := range people {
				all = append(all, fake.Person(fmt.Sprint("p", i)))
			}
			synctest.Test(t, func(t *testing.T) {
				a, _ := newAdapter(t, fake)
				a.Through(fake)
				began := time.Now()
				var wg sync.WaitGroup
				for i, p := range all {
					wg.Go(func() {
						time.Sleep(time.Duration(i) * time.Second / 25)
						to := bot.Address{Account: bot.Account{Platform: discord.Name, User: p.ID()}}
						for try := 1; ; try++ {
							_, err := a.Send(t.Context(), to, "k", nudge)
							if err == nil {
								return
							}
							not, ok := errors.AsType[*bot.NotSentError](err)
							if !ok || not.Permanent || not.Tenant || not.After <= 0 || try == test.tries {
								t.Errorf("try %d: %v", try, err)
								return
							}
							next := time.Now().Truncate(time.Second).Add(not.After)
							time.Sleep(max(time.Until(next), time.Until(began.Add(test.out))))
						}
					})
				}
				wg.Wait()
				if took := time.Since(began); took > test.within {
					t.Errorf("it took %v, want at most %v", took, test.within)
				}
			})
			opened := fake.Requests("POST", openPath)
			if len(opened) != people {
				t.Errorf("%d channels opened, want one for each of %d people", len(opened), people)
			}
			for i := range opened {
				for j := i; j < len(opened); j++ {
					if n, in := j-i+1, opened[j].At.Sub(opened[i].At); n > burst+int(in/every) {
						t.Fatalf("%d channels opened within %v", n, in)
					}
				}
			}
			for i, p := range all {
				if n := len(p.Inbox()); n != 1 {
					t.Errorf("person %d has %d messages", i, n)
				}
			}
		})
	}
}
