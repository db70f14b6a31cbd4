package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"roadmapbot/bot"
)

// Send delivers a direct message, marked with the key in two ways: the nonce lets
// Discord itself drop a repetition within a few minutes, and the id of the first
// row of buttons stays in the history for [Adapter.Find]. It opens the channel if
// the address has none yet.
func (a *Adapter) Send(ctx context.Context, to bot.Address, key string, r bot.Reply) (bot.Receipt, error) {
	c, err := render(r)
	if err != nil {
		return bot.Receipt{}, &bot.NotSentError{After: anHour, Err: err}
	}
	c.Nonce, c.EnforceNonce = nonce(key), true
	c.stamp(mark(key))
	var sent struct {
		ID string `json:"id"`
	}
	channel, err := a.inChannel(ctx, to, func(channel string) error {
		return a.rest.do(ctx, call{method: http.MethodPost, path: "/channels/" + channel + "/messages", body: c}, &sent)
	})
	if err != nil {
		a.check(err)
		return bot.Receipt{}, err
	}
	if sent.ID == "" {
		return bot.Receipt{}, errors.New("Discord's answer names no message") //nolint:staticcheck // Discord is a name
	}
	return bot.Receipt{Channel: channel, Message: sent.ID}, nil
}

// inChannel does something in the person's channel. It opens one if none is known,
// and once again if Discord does not know it any more (10003).
func (a *Adapter) inChannel(ctx context.Context, to bot.Address, do func(channel string) error) (string, error) {
	channel := to.Channel
	if channel != "" {
		err := do(channel)
		if !isCode(err, codeUnknownChannel) {
			if err != nil {
				err = sorted(err, false)
			}
			return channel, err
		}
	}
	channel, err := a.open(ctx, to.User)
	if err != nil {
		return "", sorted(err, true)
	}
	if err := do(channel); err != nil {
		return channel, sorted(err, false)
	}
	return channel, nil
}

// open opens the channel of direct messages with a person; it is the same one every
// time. Many at once would look like spam to Discord.
func (a *Adapter) open(ctx context.Context, user string) (string, error) {
	if wait := a.opens.wait(user); wait > 0 {
		return "", &holdError{after: wait + time.Second} // the core counts in whole seconds, and must not come too early
	}
	var channel struct {
		ID string `json:"id"`
	}
	err := a.rest.do(ctx, call{
		method: http.MethodPost, path: "/users/@me/channels", body: map[string]string{"recipient_id": user},
	}, &channel)
	if err == nil && channel.ID == "" {
		err = errors.New("Discord's answer names no channel") //nolint:staticcheck // Discord is a name
	}
	return channel.ID, err
}

// check ends Run if Discord refuses the token.
func (a *Adapter) check(err error) {
	if unauthorized(err) {
		a.giveUp(errToken)
	}
}

// The history that Find reads.
const (
	page     = 100
	maxPages = 10
	farBack  = 48 * time.Hour // no send stays in doubt for longer
)

// Find looks for the marked message in the history of the direct messages.
func (a *Adapter) Find(ctx context.Context, to bot.Address, key string) (bot.Receipt, error) {
	var found string
	channel, err := a.inChannel(ctx, to, func(channel string) (err error) {
		found, err = a.search(ctx, channel, key)
		return err
	})
	if err != nil {
		a.check(err)
		return bot.Receipt{}, fmt.Errorf("find a message: %w", cause(err))
	}
	if found == "" {
		return bot.Receipt{}, bot.ErrNotFound
	}
	return bot.Receipt{Channel: channel, Message: found}, nil
}

// cause takes away what says that a message was not sent: a search that failed
// tells nothing about the message.
func cause(err error) error {
	if e, ok := errors.AsType[*bot.NotSentError](err); ok {
		return e.Err
	}
	return err
}

func (a *Adapter) search(ctx context.Context, channel, key string) (string, error) {
	before := ""
	for range maxPages {
		var messages []struct {
			marked
			ID     string    `json:"id"`
			At     time.Time `json:"timestamp"`
			Author person    `json:"author"`
		}
		path := fmt.Sprintf("/channels/%s/messages?limit=%d%s", channel, page, before)
		if err := a.rest.do(ctx, call{method: http.MethodGet, path: path}, &messages); err != nil {
			return "", err
		}
		for _, m := range messages {
			if m.Author.Bot && m.mark() == mark(key) {
				return m.ID, nil
			}
		}
		if len(messages) < page || time.Since(messages[len(messages)-1].At) > farBack {
			return "", nil
		}
		before = "&before=" + messages[len(messages)-1].ID
	}
	return "", errors.New("the history is too long to be sure")
}

// Edit replaces a direct message. It reads the message first, because the new one
// has to keep its mark; that this is a second request does no harm, it changes
// nothing.
func (a *Adapter) Edit(ctx context.Context, _ bot.Address, sent bot.Receipt, r bot.Reply) error {
	c, err := render(r)
	if err != nil {
		return &bot.NotSentError{Permanent: true, Err: err}
	}
	path := "/channels/" + sent.Channel + "/messages/" + sent.Message
	var old marked
	err = a.rest.do(ctx, call{method: http.MethodGet, path: path}, &old)
	if err != nil {
		err = sorted(err, true)
	} else {
		c.stamp(old.mark())
		if err = a.rest.do(ctx, call{method: http.MethodPatch, path: path, body: c}, nil); err != nil {
			err = sorted(err, false)
		}
	}
	a.check(err)
	if not, ok := errors.AsType[*bot.NotSentError](err); ok && !not.Tenant && refusal(err) {
		return &bot.NotSentError{Permanent: true, Err: not.Err} // of this message, now and ever
	}
	return err
}
