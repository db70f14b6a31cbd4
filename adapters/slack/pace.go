package slack

import (
	"context"
	"math"
	"sync"
	"time"
)

// rate is how often Slack takes a method.
type rate struct {
	every time.Duration
	burst int
}

// Rates of the Web API, see docs.slack.dev/apis/web-api/rate-limits. Posting is
// one message a second and channel, and some hundred a minute and workspace.
var rates = map[string]rate{
	"chat.postMessage":      {time.Second / 5, 100},
	"chat.postEphemeral":    {time.Minute / 100, 20},
	"chat.update":           {time.Minute / 50, 10},
	"conversations.open":    {time.Minute / 50, 10},
	"conversations.history": {time.Minute / 50, 10},
	"users.info":            {time.Minute / 100, 20},
	"views.publish":         {time.Minute / 100, 20},
	channelRate:             {time.Second, 3},
}

// channelRate is the name of the limit for one channel.
const channelRate = "channel"

// perTenant is how many unasked messages a second the adapter takes for one
// workspace: 180 a minute, which leaves room for answers below the "several
// hundred" that Slack speaks of.
const perTenant = 3

// pace keeps the bot's requests within Slack's limits: a bucket for each
// workspace and method, and for each channel, each held as one instant.
type pace struct {
	now  func() time.Time
	mu   sync.Mutex
	full map[bucket]time.Time // when the bucket is full again
	shut map[bucket]time.Time // Slack said to wait until then
}

func newPace(now func() time.Time) *pace {
	return &pace{now: now, full: map[bucket]time.Time{}, shut: map[bucket]time.Time{}}
}

// bucket is the limit of a method in a workspace, or of a channel.
type bucket struct{ method, owner string }

// take tells how long the wait for a place in each bucket is, and takes them if it is
// at most so long. Whoever can't wait takes none: else those after him would wait for
// nothing.
func (p *pace) take(most time.Duration, buckets ...bucket) (wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if len(p.full) > 10_000 {
		for k, at := range p.full {
			if at.Before(now) {
				delete(p.full, k)
			}
		}
	}
	for _, b := range buckets {
		r := rates[b.method]
		if p.full[b].Before(now) {
			p.full[b] = now
		}
		wait = max(wait, p.full[b].Sub(now)-time.Duration(r.burst-1)*r.every)
	}
	if wait > most {
		return wait, false
	}
	for _, b := range buckets {
		p.full[b] = p.full[b].Add(rates[b.method].every)
	}
	return wait, true
}

// free takes a place if there is one at once.
func (p *pace) free(method, owner string) bool {
	_, ok := p.take(0, bucket{method, owner})
	return ok
}

// await waits for a place in each bucket, and as long as Slack said to wait with the first of
// them. It fails at once if the context ends before.
func (p *pace) await(ctx context.Context, buckets ...bucket) error {
	left := p.blocked(buckets[0].method, buckets[0].owner)
	most := time.Duration(math.MaxInt64)
	if deadline, ok := ctx.Deadline(); ok {
		most = time.Until(deadline)
	}
	if left > most {
		return context.DeadlineExceeded
	}
	wait, ok := p.take(most, buckets...)
	if !ok {
		return context.DeadlineExceeded
	}
	return pause(ctx, max(left, wait))
}

// blocked tells how long Slack still wants to be left alone.
func (p *pace) blocked(method, owner string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := bucket{method, owner}
	left := p.shut[key].Sub(p.now())
	if left <= 0 {
		delete(p.shut, key)
		return 0
	}
	return left
}

// block notes a Retry-After.
func (p *pace) block(method, owner string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.now().Add(wait); until.After(p.shut[bucket{method, owner}]) {
		p.shut[bucket{method, owner}] = until
	}
}

// pause waits, or until the context ends.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
