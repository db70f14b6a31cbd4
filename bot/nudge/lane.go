package nudge

import (
	"context"
	"maps"
	"slices"
	"time"

	"roadmapbot/bot"
)

// platform is where messages to one adapter wait their turn: in a lane for each
// tenant, so that a large workspace does not starve a small one.
type platform struct {
	adapter   bot.Adapter
	name      string
	tokens    bucket
	perTenant float64 // messages a second for each tenant
	lanes     map[string]*lane
	order     []string // of tenants with something waiting; the next one first
	running   int
}

type lane struct {
	waiting []bot.Account
	more    bool // the store has more than fit here
	tokens  bucket
	paused  time.Time // until when, by the platform's word
}

const (
	laneSize = 128 // accounts held in memory for one tenant
	workers  = 32  // messages under way at once on one platform
)

func newPlatform(a bot.Adapter) *platform {
	info := a.Platform()
	return &platform{adapter: a, name: info.Name, tokens: bucket{rate: info.PerSecond}, perTenant: info.PerTenant, lanes: map[string]*lane{}}
}

// bucket is a token bucket that allows at most one second's worth at once.
type bucket struct {
	rate   float64 // a second; 0 for no limit
	tokens float64
	at     time.Time
}

// fill adds what has come in since the last time.
func (b *bucket) fill(now time.Time) {
	most := max(b.rate, 1)
	if b.at.IsZero() || now.Before(b.at) {
		b.tokens = most
	} else {
		b.tokens = min(most, b.tokens+b.rate*now.Sub(b.at).Seconds())
	}
	b.at = now
}

func (b *bucket) has() bool { return b.rate == 0 || b.tokens >= 1 }

func (b *bucket) take() {
	if b.rate != 0 {
		b.tokens--
	}
}

// look puts who is due into the lanes, earliest first, as far as they have room.
// It reads the index of the due only, and never more often than costs a twentieth
// of the time, however many are waiting.
func (n *Nudger) look(ctx context.Context) error {
	began := time.Now() //nolint:forbidigo // what looking costs is real time
	if began.Sub(n.looked) < 20*n.took {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.platforms {
		for tenant, l := range p.lanes {
			l.more = false
			if len(l.waiting) == 0 && !n.Now().Before(l.paused) && l.tokens.at.Before(n.Now().Add(-time.Minute)) {
				delete(p.lanes, tenant) // long idle
			}
		}
	}
	taken := maps.Clone(n.busy)
	for _, p := range n.platforms {
		for _, l := range p.lanes {
			for _, who := range l.waiting {
				taken[who] = true
			}
		}
	}
	for who, err := range n.Store.Waking(ctx, n.Now()) {
		if err != nil {
			return err
		}
		p, ok := n.platforms[who.Platform]
		if !ok || taken[who] { // not started in this process, or at work already
			continue
		}
		p.add(who)
	}
	n.looked, n.took = time.Now(), time.Since(began) //nolint:forbidigo // as above
	return nil
}

func (p *platform) add(who bot.Account) {
	l, ok := p.lanes[who.Tenant]
	if !ok {
		l = &lane{tokens: bucket{rate: p.perTenant}}
		p.lanes[who.Tenant] = l
	}
	if len(l.waiting) >= laneSize {
		l.more = true
		return
	}
	l.waiting = append(l.waiting, who)
	if !slices.Contains(p.order, who.Tenant) {
		p.order = append(p.order, who.Tenant)
	}
}

// next takes the next account whose turn it is: the tenants in a circle, each as
// often as its limit allows.
func (p *platform) next(now time.Time) (bot.Account, bool) {
	p.tokens.fill(now)
	if p.running >= workers || !p.tokens.has() {
		return bot.Account{}, false
	}
	for range len(p.order) {
		tenant := p.order[0]
		p.order = p.order[1:]
		l := p.lanes[tenant]
		l.tokens.fill(now)
		if !l.tokens.has() || now.Before(l.paused) {
			p.order = append(p.order, tenant)
			continue
		}
		who := l.waiting[0]
		l.waiting = l.waiting[1:]
		if len(l.waiting) > 0 {
			p.order = append(p.order, tenant)
		}
		l.tokens.take()
		p.tokens.take()
		return who, true
	}
	return bot.Account{}, false
}

// dispatch starts work on everybody whose turn it is.
func (n *Nudger) dispatch(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	refill := false
	for _, p := range n.platforms {
		for {
			n.mu.Lock()
			who, ok := p.next(n.Now())
			if ok {
				p.running++
				n.busy[who] = true
			}
			n.mu.Unlock()
			if !ok {
				break
			}
			n.workers.Go(func() { n.work(ctx, p, who) })
		}
		n.mu.Lock()
		for _, l := range p.lanes {
			refill = refill || l.more && len(l.waiting) < laneSize/4
		}
		n.mu.Unlock()
	}
	if refill {
		if err := n.look(ctx); err != nil && ctx.Err() == nil {
			n.Log.Error("look for what is due", "err", err)
		}
	}
}

// work acts for one learner and makes room for the next.
func (n *Nudger) work(ctx context.Context, p *platform, who bot.Account) {
	// What was begun is finished even when the process is asked to stop: an
	// attempt cut off would be in doubt, and its learner would wait for nothing.
	pause, err := n.act(context.WithoutCancel(ctx), p.adapter, who)
	if err != nil {
		n.Log.Error("deliver", "platform", p.name, "err", err)
	}
	n.mu.Lock()
	p.running--
	delete(n.busy, who)
	if l, ok := p.lanes[who.Tenant]; ok && pause > 0 {
		l.paused = n.Now().Add(pause)
	}
	n.mu.Unlock()
	select {
	case n.kick <- struct{}{}:
	default:
	}
}
