package slack

import (
	"context"
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
	"views.open":            {time.Minute / 100, 20},
	"views.publish":         {time.Minute / 100, 20},
	channelRate:             {time.Second, 3},
}

// channelRate is the name of the limit for one channel.
const channelRate = "channel"

// PerTenant is how many unasked messages a second the adapter takes for one
// workspace: 180 a minute, which leaves room for answers below the "several
// hundred" that Slack speaks of.
const PerTenant = 3

// pace keeps the bot's requests within Slack's limits: a bucket for each
// workspace and method, and for each channel, each held as one instant.
type pace struct {
	now  func() time.Time
	mu   sync.Mutex
	full map[string]time.Time // when the bucket is full again
	shut map[string]time.Time // Slack said to wait until then
}

func newPace(now func() time.Time) *pace {
	return &pace{now: now, full: map[string]time.Time{}, shut: map[string]time.Time{}}
}

// reserve takes one place in a bucket and tells how long to wait for it.
func (p *pace) reserve(method, owner string) time.Duration {
	return p.take(method, owner, true)
}

// free takes a place if there is one at once.
func (p *pace) free(method, owner string) bool {
	return p.take(method, owner, false) == 0
}

// take tells how long the wait for a place is, and takes it if that is nothing, or if
// somebody will wait.
func (p *pace) take(method, owner string, waits bool) time.Duration {
	r, ok := rates[method]
	if !ok {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now, key := p.now(), method+" "+owner
	if len(p.full) > 10_000 {
		for k, at := range p.full {
			if at.Before(now) {
				delete(p.full, k)
			}
		}
	}
	full := p.full[key]
	if full.Before(now) {
		full = now
	}
	wait := max(0, full.Sub(now)-time.Duration(r.burst-1)*r.every)
	if wait == 0 || waits {
		p.full[key] = full.Add(r.every)
	}
	return wait
}

// blocked tells how long Slack still wants to be left alone.
func (p *pace) blocked(method, owner string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := method + " " + owner
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
	if until := p.now().Add(wait); until.After(p.shut[method+" "+owner]) {
		p.shut[method+" "+owner] = until
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
