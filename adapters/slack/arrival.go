package slack

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// arrival is one delivery, decoded: who it is from and what is to be done.
type arrival struct {
	id     string // the same at every delivery of the same thing; empty if unknown
	tenant string
	user   string
	hook   string // response URL of a press
	do     func(ctx context.Context, a *Adapter)
}

// errClosed says that the adapter takes nothing now: not yet, or no more.
var errClosed = errors.New("slack: not running")

// workTime bounds the work on one delivery, the wait for Slack's leave to answer
// included.
const workTime = 2 * time.Minute

// accept queues an arrival once. The channel closes when its work is done, and
// at once for a second delivery of the same thing.
func (a *Adapter) accept(in arrival) (<-chan struct{}, error) {
	done := make(chan struct{})
	if in.do == nil { // well-formed, but nothing to do
		close(done)
		return done, nil
	}
	if !a.taking.Load() {
		return nil, errClosed
	}
	if !a.seen.add(in.id) {
		a.counted.duplicates.Add(1)
		a.log.Debug("a second delivery", "event", in.id)
		close(done)
		return done, nil
	}
	err := a.lanes.add(in.tenant+" "+in.user, func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(a.life, workTime)
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				a.caught("event", in.id, p)
			}
		}()
		in.do(ctx, a)
	})
	if err != nil {
		a.seen.drop(in.id)
		return nil, err
	}
	a.counted.events.Add(1)
	a.counted.last.Store(a.now().UnixNano())
	return done, nil
}

// caught counts and tells a panic, and at what it came.
func (a *Adapter) caught(what, which string, p any) {
	a.counted.panics.Add(1)
	a.log.Error("panic", what, which, "panic", p, "stack", string(debug.Stack()))
}

// hear answers words that were written to the bot.
func (a *Adapter) hear(ctx context.Context, q asked, text string) {
	if a.fromPerson(ctx, &q) {
		q.Line = strings.TrimLeft(typed(text, q.ws.botUser), ",: ") // "@bot, today" and "@bot: today"
		a.reply(ctx, q, answerTo)
	}
}

// fromPerson finds the workspace of an event. It is false if there is none, or if the bot
// itself is who did it.
func (a *Adapter) fromPerson(ctx context.Context, q *asked) bool {
	var err error
	if q.ws, err = a.workspace(ctx, q.tenant); err != nil {
		a.log.Warn("nobody to answer as", "event", q.id, "err", err)
		return false
	}
	return q.user != q.ws.botUser
}

// farewell forgets an installation when Slack says that it ended. With bots
// given, only if the bot's token is among them.
func (a *Adapter) farewell(ctx context.Context, tenant string, at time.Time, bots []string) {
	if a.installs == nil {
		_, err := a.plainClient().AuthTestContext(ctx) // it may have been installed anew since
		a.tokenVoid(err)
		return
	}
	if bots != nil {
		if i, err := a.installs.load(ctx, tenant); err != nil || !slices.Contains(bots, i.BotUser) {
			return // it is gone, or can't be read, or the token is not the bot's
		}
	}
	if err := a.installs.remove(ctx, tenant, at); err != nil {
		a.log.Error("an ended installation stays", "tenant", tenant, "err", err)
	}
}
