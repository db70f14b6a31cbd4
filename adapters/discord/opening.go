package discord

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How fast channels of direct messages are opened. Discord publishes no number, but
// bots were put into quarantine after 25 to 40 new ones in a burst
// (discord-php/DiscordPHP#467).
const (
	openEvery = 3 * time.Second
	openBurst = 5
)

// openings lets channels be opened slowly. Who has to wait is given a turn of their
// own, behind all who came before: so nobody has to come twice, however many wait.
type openings struct {
	limit *rate.Limiter // what holds, whoever comes and whenever

	mu    sync.Mutex
	turns map[string]time.Time // when the users that wait may come
	last  time.Time            // the last of these
}

func newOpenings() *openings {
	return &openings{limit: rate.NewLimiter(rate.Every(openEvery), openBurst), turns: map[string]time.Time{}}
}

// wait is how long the opening of a user's channel has to wait; zero lets it begin.
func (o *openings) wait(user string) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	turn, waited := o.turns[user]
	if turn.After(now) {
		return turn.Sub(now)
	}
	if !o.last.After(now) {
		clear(o.turns) // all have come, and a turn gives no more right than there is without a queue
		waited = true
	}
	if waited && o.limit.AllowN(now, 1) {
		delete(o.turns, user)
		return 0
	}
	// A newcomer behind others, or one of many who come late, all at once.
	o.last = later(o.last, now).Add(openEvery)
	o.turns[user] = o.last
	return o.last.Sub(now)
}
