// Package nudge decides when a learner is to be nudged and delivers it: once, at
// their own hour, through any crash.
//
// A nudge is a [bot.Claim] in the learner's record. It is stored when the nudge
// falls due; marked, before the first byte leaves, as begun; and exchanged for a
// [bot.Shown] when the platform has confirmed it. Whatever happens in between
// leaves a claim that says how far it got. A claim that was begun is in doubt:
// it waits until nothing can land any more, asks the platform whether the message
// is there, and only then sends again.
package nudge

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"roadmapbot/bot"
)

const (
	// Window is how late a nudge may still come; after it the date is recorded as
	// expired.
	Window = 6 * time.Hour

	// sendTimeout bounds one attempt, and settle is the wait after it until
	// nothing can land any more. Slack has been seen to deliver minutes after the
	// connection was cut, so the wait is long; Discord would need less.
	sendTimeout = 30 * time.Second
	settle      = 5 * time.Minute
)

// Observer counts what the delivery does. Every method must be safe for
// concurrent use.
type Observer interface {
	Due(n int)                                // nudges claimed
	Sent(platform string, late time.Duration) // confirmed by the platform
	Expired(reason string)                    // one of [Reasons]
	Unsure()                                  // an attempt ended without an answer
	Reconciled(found bool)                    // a doubt was settled
	Step(by time.Duration)                    // the clock went back
}

// Config is what a Nudger is made of.
type Config struct {
	Store    bot.Store
	Bot      *bot.Bot
	Adapters []bot.Adapter
	Now      func() time.Time // the clock; time.Now if nil
	Log      *slog.Logger     // slog.Default if nil
	Observer Observer         // may be nil
	Every    time.Duration    // between two looks; a second if 0
}

// Nudger is the loop that delivers. One runs in a process, and one process on a
// database.
type Nudger struct {
	Config
	looked  time.Time // end of the last look for what is due
	took    time.Duration
	told    string // the last round's error, and when it was logged
	toldAt  time.Time
	kick    chan struct{}
	workers sync.WaitGroup

	mu        sync.Mutex
	platforms map[string]*platform
	busy      map[bot.Account]bool // being worked on
	ticked    atomic.Int64         // unix seconds of the last completed tick
}

// New makes a Nudger.
func New(c Config) *Nudger {
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the one default
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Observer == nil {
		c.Observer = silent{}
	}
	if c.Every == 0 {
		c.Every = time.Second
	}
	n := &Nudger{Config: c, platforms: map[string]*platform{}, busy: map[bot.Account]bool{}, kick: make(chan struct{}, 1)}
	n.ticked.Store(n.Now().Unix()) // not stuck before it began
	for _, a := range c.Adapters {
		p := newPlatform(a)
		n.platforms[p.name] = p
	}
	return n
}

// Run delivers until ctx ends; what is being sent then is finished first. The
// library's clock drives it: an interval, which counts monotonic time, and not a
// wall-clock schedule, which stops when the clock is set back (robfig/cron #480).
func (n *Nudger) Run(ctx context.Context) error {
	tick := make(chan struct{}, 1)
	clock := cron.New(cron.WithLocation(time.UTC))
	clock.Schedule(cron.Every(n.Every), cron.FuncJob(func() {
		select {
		case tick <- struct{}{}:
		default:
		}
	}))
	clock.Start()
	defer func() { <-clock.Stop().Done() }()
	defer n.workers.Wait()
	n.tick(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick:
			n.tick(ctx)
		case <-n.kick:
			n.dispatch(ctx)
		}
	}
}

// tick does everything that is due now. Errors are logged and tried again at the
// next tick: nothing is marked as done before it is. A full disk does not count as
// stuck: a restart would not help, and would keep the bot from saying "not saved".
func (n *Nudger) tick(ctx context.Context) {
	err := n.round(ctx)
	if err == nil || errors.Is(err, bot.ErrNotSaved) {
		n.ticked.Store(n.Now().Unix())
	}
	if ctx.Err() == nil {
		n.complain(err)
	}
}

func (n *Nudger) round(ctx context.Context) error {
	if err := n.schedule(ctx); err != nil {
		return fmt.Errorf("claim the nudges that are due: %w", err)
	}
	if err := n.look(ctx); err != nil {
		return fmt.Errorf("look for what is due: %w", err)
	}
	n.dispatch(ctx)
	return nil
}

// complain logs an error, and as long as it stays the same, once a minute.
func (n *Nudger) complain(err error) {
	if err == nil {
		n.told = ""
		return
	}
	if now := n.Now(); err.Error() != n.told || now.Sub(n.toldAt).Abs() >= time.Minute {
		n.Log.Error("the nudges' round broke off", "err", err)
		n.told, n.toldAt = err.Error(), now
	}
}

// Ticked is when the loop last did its round, for a health check.
func (n *Nudger) Ticked() time.Time { return time.Unix(n.ticked.Load(), 0) }

// Waiting is how many learners of the platforms at work here the delivery has
// something to do for by now.
func (n *Nudger) Waiting(ctx context.Context) (learners int, err error) {
	for _, err := range n.waiting(ctx, n.Now()) {
		if err != nil {
			return 0, err
		}
		learners++
	}
	return learners, nil
}

// Oldest is for how long one of them has waited already: the longest of the hundred
// whose turn is next. It looks at no more, and so is quick however many wait.
func (n *Nudger) Oldest(ctx context.Context) (longest time.Duration, err error) {
	now, looked := n.Now(), 0
	for who, err := range n.waiting(ctx, now) {
		if err != nil {
			return 0, err
		}
		l, err := n.Store.Learner(ctx, who)
		if err != nil && !errors.Is(err, bot.ErrNotFound) {
			return 0, err
		}
		since, ok := l.Wake()
		if c := l.Nudges.Claim; c.Kind != bot.NoClaim { // its next try moves, its hour does not
			since = c.Due
		}
		if ok {
			longest = max(longest, now.Sub(since))
		}
		if looked++; looked == 100 {
			break
		}
	}
	return longest, nil
}

// waiting lists them in the order of their turns.
func (n *Nudger) waiting(ctx context.Context, now time.Time) iter.Seq2[bot.Account, error] {
	return func(yield func(bot.Account, error) bool) {
		for who, err := range n.Store.Waking(ctx, now) {
			if _, ok := n.platforms[who.Platform]; (ok || err != nil) && !yield(who, err) {
				return
			}
		}
	}
}

// Key names a claim to a platform: the same for every attempt, and for no other
// message.
func Key(learner uint64, c bot.Claim) string {
	return fmt.Sprintf("%d.%s.%s.%d", learner, c.Day, c.Kind, c.Number)
}

// silent observes nothing.
type silent struct{}

func (silent) Due(int)                    {}
func (silent) Sent(string, time.Duration) {}
func (silent) Expired(string)             {}
func (silent) Unsure()                    {}
func (silent) Reconciled(bool)            {}
func (silent) Step(time.Duration)         {}
