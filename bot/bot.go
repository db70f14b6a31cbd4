// Package bot is the learning core: what the bot does and says. It knows no chat
// platform and no database; both come to it through [Adapter] and [Store].
package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"roadmapbot/bot/calendar"
	"roadmapbot/content"
)

// Bot answers requests. It is safe for concurrent use.
type Bot struct {
	roadmap *content.Roadmap
	store   Store
	now     func() time.Time
	log     *slog.Logger
	table   []command
	index   *index
	lessons map[*content.Topic]lesson
	panics  atomic.Uint64
}

// Config is what a Bot is made of.
type Config struct {
	Roadmap *content.Roadmap
	Store   Store
	Now     func() time.Time // the clock; time.Now if nil
	Log     *slog.Logger     // slog.Default if nil
}

// New makes a bot.
func New(c Config) *Bot {
	b := &Bot{roadmap: c.Roadmap, store: c.Store, now: c.Now, log: c.Log, lessons: map[*content.Topic]lesson{}}
	if b.now == nil {
		b.now = time.Now //nolint:forbidigo // the one default
	}
	if b.log == nil {
		b.log = slog.Default()
	}
	b.table = b.commands()
	b.index = newIndex(c.Roadmap)
	for t := range c.Roadmap.Topics() {
		b.lessons[t] = newLesson(t)
	}
	return b
}

// maxLine is how much of a line is read, in runes; far above any command.
const maxLine = 2000

// turn is one request on its way to its reply.
type turn struct {
	ctx   context.Context
	req   Request
	rest  string // the line after the command's name
	l     Learner
	now   time.Time    // in the learner's zone
	today calendar.Day // their study day

	nudged bool // a nudge has come since their last line
}

// Handle answers a request; it is a [Handler]. Nothing it is given makes it panic
// or stay silent.
func (b *Bot) Handle(ctx context.Context, req Request) (reply Reply) {
	defer func() {
		if p := recover(); p != nil {
			b.panics.Add(1)
			b.log.Error("panic", "event", req.ID, "panic", p, "stack", string(debug.Stack()))
			reply = b.failure(req, fmt.Errorf("panic: %v", p))
		}
	}()
	if utf8.RuneCountInString(req.Line) > maxLine {
		return b.failure(req, sorry(Text(fmt.Sprintf(
			"That is longer than I can read: I stop at %d characters. Please say it shorter.", maxLine))))
	}
	line, pressed := strings.CutPrefix(req.Line, onNudge)
	t := &turn{ctx: ctx, req: req}
	if err := b.load(t); err != nil {
		return b.failure(req, err)
	}
	var notices []Block
	if !req.Look {
		notices = b.contact(t)
	}
	cmd, rest, err := b.understand(t, Clean(line, maxLine))
	if err == nil {
		t.rest = rest
		reply, err = cmd.run(t)
	}
	if errors.Is(err, ErrPanic) {
		b.panics.Add(1)
	}
	if err != nil {
		reply = b.failure(req, err)
	}
	reply.Blocks = append(reply.Blocks, notices...)
	reply.Public = reply.Public && len(notices) == 0 // they are for this person alone
	reply.Keep = reply.Keep || pressed
	return reply
}

// Panics is how often a request ended in a panic, its change's included, which
// Handle turned into an answer.
func (b *Bot) Panics() uint64 { return b.panics.Load() }

// load reads the learner; somebody unknown is a learner who did nothing yet.
func (b *Bot) load(t *turn) error {
	l, err := b.store.Learner(t.ctx, t.req.From)
	if errors.Is(err, ErrNotFound) {
		l, err = Learner{Accounts: []Account{t.req.From}}, nil
	}
	if err != nil {
		return fmt.Errorf("read the learner: %w", err)
	}
	b.see(t, l)
	return nil
}

// see puts the learner's present record and time into the turn.
func (b *Bot) see(t *turn, l Learner) {
	b.renamed(&l)
	t.l = l
	if l.Started.IsZero() {
		t.l.Settings.Locale = Clean(t.req.Locale, 20) // as the first change will note it
	}
	t.now = b.now().In(l.zone())
	t.today = calendar.StudyDay(t.now)
}

// maxChannel is more bytes than a platform's name for a channel has.
const maxChannel = 64

// change applies a change under the request's operation id and returns the events
// it recorded, now or when the same request came the first time. Change must not
// touch the turn, whose record is the one from before until change returns.
func (b *Bot) change(t *turn, change func(l *Learner) error) ([]Event, error) {
	l, events, err := b.store.Update(t.ctx, t.req.From, t.req.ID, func(l *Learner) error {
		b.renamed(l)
		now := b.now().UTC()
		if l.Started.IsZero() {
			l.Started = now.Truncate(time.Second)
			l.Settings.Locale = Clean(t.req.Locale, 20)
		}
		if l.Nudges.Channel == "" && len(t.req.Channel) <= maxChannel {
			l.Nudges.Channel = t.req.Channel
		}
		days := l.Days
		if err := change(l); err != nil {
			return err
		}
		if l.Days != days {
			l.studied(now)
		}
		for i := range l.New {
			l.New[i].At, l.New[i].Op = now.Truncate(time.Second), t.req.ID
		}
		return nil
	})
	var p *problem
	if err != nil && !errors.As(err, &p) {
		return nil, fmt.Errorf("change the learner: %w", err)
	}
	if err != nil {
		return nil, err
	}
	b.see(t, l)
	return events, nil
}

// found is the event of a kind among those that a change recorded.
func found(events []Event, what What) (Event, bool) {
	for _, e := range events {
		if e.What == what {
			return e, true
		}
	}
	return Event{}, false
}

// words splits a line.
func words(s string) []string { return strings.Fields(s) }
