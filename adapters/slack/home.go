package slack

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// homeLines are what the Home tab shows: the replies to these lines, one after
// the other. The adapter asks them like anybody and knows no more of them.
var homeLines = []string{"today", "progress", "nudge", "zone"}

// mostHomes bounds the memory of open Home tabs.
const mostHomes = 20_000

// homes remembers who opened their Home tab and what it shows, so that it is
// brought up to date when, and only when, something changed.
type homes struct {
	mu sync.Mutex
	of map[bot.Account][sha256.Size]byte
}

func newHomes() *homes { return &homes{of: map[bot.Account][sha256.Size]byte{}} }

func (h *homes) open(who bot.Account) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.of[who]
	return ok
}

// shows tells whether the tab shows this already.
func (h *homes) shows(who bot.Account, sum [sha256.Size]byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.of[who] == sum
}

// note remembers what the tab shows now; zero if nobody knows.
func (h *homes) note(who bot.Account, sum [sha256.Size]byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.of) >= mostHomes {
		clear(h.of) // they come back at their next opening
	}
	h.of[who] = sum
}

// showHome answers the opening of the Home tab.
func (a *Adapter) showHome(ctx context.Context, q asked) {
	if a.fromPerson(ctx, &q) {
		a.publish(ctx, q, nil)
	}
}

// publish composes the Home tab, with the answer to a press on it on top, and
// shows it unless it is what the tab shows already.
func (a *Adapter) publish(ctx context.Context, q asked, answer *bot.Reply) {
	if err := a.tryPublish(ctx, q, answer); err != nil {
		a.log.Warn("the Home tab is not up to date", "event", q.id, "err", clean(err))
	}
}

func (a *Adapter) tryPublish(ctx context.Context, q asked, answer *bot.Reply) error {
	view := slackgo.HomeTabViewRequest{Type: slackgo.VTHomeTab}
	add := func(r bot.Reply, prefix string) {
		blocks := render(r, prefix).Blocks
		if len(view.Blocks.BlockSet) > 0 {
			blocks = append([]slackgo.Block{slackgo.NewDividerBlock()}, blocks...)
		}
		if len(view.Blocks.BlockSet)+len(blocks) <= maxHomeBlocks {
			view.Blocks.BlockSet = append(view.Blocks.BlockSet, blocks...)
		} else {
			a.log.Error("the Home tab is full", "event", q.id)
		}
	}
	if answer != nil {
		add(*answer, "answer-")
	}
	req := a.request(ctx, q)
	req.ID, req.Look = "", true
	for i, line := range homeLines {
		req.Line = line
		add(a.call(ctx, req), fmt.Sprintf("%d-", i))
	}
	raw, err := json.Marshal(view)
	if err != nil {
		return err
	}
	who, sum := q.account(), sha256.Sum256(raw)
	if a.homes.shows(who, sum) {
		return nil
	}
	const method = "views.publish"
	if err := a.pace.await(ctx, bucket{method, q.tenant}); err != nil {
		return err
	}
	err = again(ctx, func() error {
		_, err := q.ws.api.PublishViewContext(ctx, slackgo.PublishViewContextRequest{UserID: q.user, View: view})
		a.noteFault(method, q.tenant, err)
		return err
	})
	if err != nil {
		sum = [sha256.Size]byte{} // nobody knows what it shows
	}
	a.homes.note(who, sum)
	return err
}
