package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// Every message that Send delivers carries its key as message metadata.
const (
	metadataType = "roadmapbot_message"
	metadataKey  = "key"
)

// Send delivers a direct message with one chat.postMessage. Opening the
// conversation, if its channel is not known, comes before and shows nothing to
// the person.
func (a *Adapter) Send(ctx context.Context, to bot.Address, key string, r bot.Reply) (bot.Receipt, error) {
	if err := r.Check(); err != nil {
		return bot.Receipt{}, &bot.NotSentError{After: anHour, Err: fmt.Errorf("slack: the message can't be shown: %w", err)}
	}
	ws, err := a.workspace(ctx, to.Tenant)
	if err != nil {
		return bot.Receipt{}, &bot.NotSentError{Permanent: errors.Is(err, bot.ErrNotFound), Err: err}
	}
	channel, opened := to.Channel, false
	if channel == "" {
		if channel, err = a.open(ctx, ws, to.User); err != nil {
			return bot.Receipt{}, err
		}
		opened = true
	}
	m := render(r, "")
	options := []slackgo.MsgOption{
		slackgo.MsgOptionText(m.Text, false), slackgo.MsgOptionBlocks(m.Blocks...),
		slackgo.MsgOptionMetadata(slackgo.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{metadataKey: key}}),
		slackgo.MsgOptionDisableLinkUnfurl(), slackgo.MsgOptionDisableMediaUnfurl(),
	}
	for {
		if err := a.turn(ctx, ws, "chat.postMessage", channel); err != nil {
			return bot.Receipt{}, err
		}
		a.searches.note(search{channel, key}, "") // what comes now is newer than what was read
		_, ts, err := ws.api.PostMessageContext(ctx, channel, options...)
		switch {
		case err == nil && ts == "":
			return bot.Receipt{}, errors.New("slack: chat.postMessage answered without a timestamp")
		case err == nil:
			return bot.Receipt{Channel: channel, Message: ts}, nil
		case apiError(err) == "channel_not_found" && !opened:
			// The known conversation is gone, so nothing was delivered: ask for the present one.
			if channel, err = a.open(ctx, ws, to.User); err != nil {
				return bot.Receipt{}, err
			}
			opened = true
		default:
			return bot.Receipt{}, a.notSent("chat.postMessage", ws.tenant, err)
		}
	}
}

// turnWait is how long a message waits for its turn here. For longer its caller is
// told to come again, and others go first.
const turnWait = 5 * time.Second

// turn waits for the bot's turn at a method, or says how long it would be.
func (a *Adapter) turn(ctx context.Context, ws workspace, method, channel string) error {
	if left := a.pace.blocked(method, ws.tenant); left > 0 {
		return &bot.NotSentError{After: left, Tenant: true, Err: errors.New("slack: " + method + " is to wait, as Slack said")}
	}
	buckets := []bucket{{method, ws.tenant}}
	if channel != "" {
		buckets = append(buckets, bucket{channelRate, ws.tenant + channel})
	}
	wait, ok := a.pace.take(turnWait, buckets...)
	if !ok {
		return &bot.NotSentError{After: wait, Tenant: true, Err: errors.New("slack: too many wait for " + method)}
	}
	if err := pause(ctx, wait); err != nil {
		return &bot.NotSentError{Err: fmt.Errorf("slack: waiting for a turn at %s: %w", method, err)}
	}
	return nil
}

// notSent sorts a failure: surely not delivered, or nobody knows.
func (a *Adapter) notSent(method, tenant string, err error) error {
	a.noteFault(method, tenant, err)
	err = clean(err)
	told := fmt.Errorf("slack: %s: %w", method, err)
	if wait, ok := limited(err); ok {
		return &bot.NotSentError{After: wait, Tenant: true, Err: told}
	}
	if !surelyNot(err) {
		return told
	}
	switch code := apiError(err); {
	case slices.Contains(aboutPerson, code):
		return &bot.NotSentError{Permanent: true, Err: told}
	case refused(err):
		return &bot.NotSentError{After: anHour, Tenant: true, Err: told}
	case code != "":
		return &bot.NotSentError{After: anHour, Err: told}
	}
	return &bot.NotSentError{Err: told}
}

// anHour is how long to leave alone what a person has to mend.
const anHour = time.Hour

// open finds the direct message with a person.
func (a *Adapter) open(ctx context.Context, ws workspace, user string) (string, error) {
	const method = "conversations.open"
	if err := a.turn(ctx, ws, method, ""); err != nil {
		return "", err
	}
	ch, _, _, err := ws.api.OpenConversationContext(ctx, &slackgo.OpenConversationParameters{Users: []string{user}})
	if err != nil {
		var told *bot.NotSentError
		if err = a.notSent(method, ws.tenant, err); !errors.As(err, &told) {
			err = &bot.NotSentError{Err: err} // whatever happened, no message was sent
		}
		return "", err
	}
	if ch == nil || ch.ID == "" {
		return "", &bot.NotSentError{Err: errors.New("slack: conversations.open answered no channel")}
	}
	return ch.ID, nil
}

// Edit replaces a message by chat.update, which may be repeated at will. The
// metadata with the key stays.
func (a *Adapter) Edit(ctx context.Context, to bot.Address, sent bot.Receipt, r bot.Reply) error {
	if err := r.Check(); err != nil {
		return fmt.Errorf("slack: the message can't be shown: %w", err)
	}
	ws, err := a.workspace(ctx, to.Tenant)
	if err != nil {
		return err
	}
	const method = "chat.update"
	if err := a.turn(ctx, ws, method, ""); err != nil {
		return err
	}
	m := render(r, "")
	_, _, _, err = ws.api.UpdateMessageContext(ctx, sent.Channel, sent.Message,
		slackgo.MsgOptionText(shorten(m.Text, maxUpdateText), false), slackgo.MsgOptionBlocks(m.Blocks...))
	if err == nil {
		return nil
	}
	switch code := apiError(err); code {
	case "message_not_found", "channel_not_found":
		return fmt.Errorf("slack: %s: %s: %w", method, code, bot.ErrNotFound)
	case "cant_update_message", "edit_window_closed":
		return &bot.NotSentError{Permanent: true, Err: fmt.Errorf("slack: %s: %w", method, err)}
	}
	return a.notSent(method, ws.tenant, err)
}
