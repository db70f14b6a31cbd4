package slack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// findWindow is how far back Find looks. The delivery protocol asks within hours.
const (
	findWindow = 72 * time.Hour
	findPages  = 20 // at one call
)

// search is the message with a key in a direct message that somebody looks for.
type search struct{ channel, key string }

// searches remembers how far back a search came that could not be finished: Slack may
// give an app no more than fifteen messages a minute (since May 2025, if it is
// distributed outside the Marketplace). What came after the pages that were read can't
// be the message: nobody asks for one while it may still land.
type searches struct {
	mu sync.Mutex
	of map[search]string // the cursor of the next page
}

// mostSearches bounds the memory of unfinished searches.
const mostSearches = 10_000

func newSearches() *searches { return &searches{of: map[search]string{}} }

// cursor is where a search goes on, empty for the beginning.
func (s *searches) cursor(of search) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of[of]
}

// note remembers where a search goes on; empty ends it.
func (s *searches) note(of search, cursor string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cursor == "" {
		delete(s.of, of)
		return
	}
	if len(s.of) >= mostSearches {
		clear(s.of) // they begin anew
	}
	s.of[of] = cursor
}

// Find looks for the message with this key in the direct message's history.
func (a *Adapter) Find(ctx context.Context, to bot.Address, key string) (bot.Receipt, error) {
	ws, err := a.workspace(ctx, to.Tenant)
	if errors.Is(err, bot.ErrNotFound) {
		return bot.Receipt{}, fmt.Errorf("slack: nobody can tell: the app is not installed in %q", to.Tenant)
	}
	if err != nil {
		return bot.Receipt{}, err
	}
	if to.Channel != "" {
		found, err := a.look(ctx, ws, search{to.Channel, key})
		if apiError(err) != "channel_not_found" {
			return found, err
		} // gone: Send opened another one
	}
	channel, err := a.open(ctx, ws, to.User)
	if err != nil {
		return bot.Receipt{}, unsent(err)
	}
	return a.look(ctx, ws, search{channel, key})
}

// unsent is a failure on the way to a question, which tells nothing of the message.
func unsent(err error) error {
	if told, ok := errors.AsType[*bot.NotSentError](err); ok {
		return told.Err
	}
	return err
}

// look reads the history of a direct message, from where an earlier call of Find came to.
func (a *Adapter) look(ctx context.Context, ws workspace, what search) (bot.Receipt, error) {
	const method = "conversations.history"
	ask := &slackgo.GetConversationHistoryParameters{
		ChannelID: what.channel, Limit: 200, IncludeAllMetadata: true, Cursor: a.searches.cursor(what),
		Oldest: fmt.Sprintf("%d.000000", a.now().Add(-findWindow).Unix()),
	}
	for range findPages {
		if err := a.turn(ctx, ws, method, ""); err != nil {
			return bot.Receipt{}, unsent(err)
		}
		page, err := ws.api.GetConversationHistoryContext(ctx, ask)
		if err != nil {
			a.noteFault(method, ws.tenant, err)
			if apiError(err) == "invalid_cursor" {
				a.searches.note(what, "")
			}
			return bot.Receipt{}, fmt.Errorf("slack: %s: %w", method, clean(err))
		}
		if !page.Ok {
			return bot.Receipt{}, errors.New("slack: " + method + " answered nothing")
		}
		for _, m := range page.Messages {
			if m.Metadata.EventType == metadataType && m.Metadata.EventPayload[metadataKey] == what.key {
				a.searches.note(what, "")
				return bot.Receipt{Channel: what.channel, Message: m.Timestamp}, nil
			}
		}
		if !page.HasMore {
			a.searches.note(what, "")
			return bot.Receipt{}, fmt.Errorf("slack: no message with this key: %w", bot.ErrNotFound)
		}
		ask.Cursor = page.ResponseMetaData.NextCursor
		if ask.Cursor == "" {
			return bot.Receipt{}, errors.New("slack: the history goes on without saying where")
		}
		a.searches.note(what, ask.Cursor)
	}
	return bot.Receipt{}, errors.New("slack: the history is long; the next call goes on")
}
