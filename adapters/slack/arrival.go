package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"roadmapbot/bot"
)

// arrival is one delivery, decoded: who it is from and what is to be done.
type arrival struct {
	id     string // the same at every delivery of the same thing; empty if unknown
	tenant string
	user   string
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
				a.counted.panics.Add(1)
				a.log.Error("panic", "event", in.id, "panic", p, "stack", string(debug.Stack()))
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

// command decodes a slash command. Answer takes the reply.
func command(c slackgo.SlashCommand, answer func(context.Context, *Adapter, asked, bot.Reply)) arrival {
	tenant := tenantOf(c.TeamID, c.EnterpriseID, c.IsEnterpriseInstall)
	if tenant == "" || c.UserID == "" {
		return arrival{}
	}
	in := arrival{tenant: tenant, user: c.UserID}
	if c.TriggerID != "" {
		in.id = "command " + c.TriggerID
	}
	q := asked{tenant: tenant, user: c.UserID, channel: c.ChannelID, hook: c.ResponseURL, id: in.id}
	in.do = func(ctx context.Context, a *Adapter) {
		q.line = typed(c.Text, "")
		a.ask(ctx, q, answer)
	}
	return in
}

// callback decodes an event of the Events API. An event of a kind that means
// nothing to the bot, now or in future, is an arrival without work.
func callback(raw []byte) (arrival, error) {
	var outer slackevents.EventsAPICallbackEvent
	if err := json.Unmarshal(raw, &outer); err != nil {
		return arrival{}, fmt.Errorf("slack: an event can't be read: %w", err)
	}
	if outer.Type != slackevents.CallbackEvent || outer.InnerEvent == nil {
		return arrival{}, nil
	}
	team, org, wide := outer.TeamID, outer.EnterpriseID, false
	if len(outer.Authorizations) > 0 { // whose installation this event is for
		first := outer.Authorizations[0]
		team, org, wide = first.TeamID, first.EnterpriseID, first.IsEnterpriseInstall
	}
	in := arrival{id: outer.EventID, tenant: tenantOf(team, org, wide)}
	var kind struct {
		Type string `json:"type"`
		User any    `json:"user"`
	}
	if err := json.Unmarshal(*outer.InnerEvent, &kind); err != nil || in.tenant == "" {
		return arrival{}, nil //nolint:nilerr // nothing the bot could answer, and Slack would only repeat it
	}
	in.user, _ = kind.User.(string)
	in.do = inner(kind.Type, *outer.InnerEvent, in, time.Unix(int64(outer.EventTime), 0))
	return in, nil
}

// inner decodes what happened. Events of bots, this one included, are not for
// the bot, nor are edits and deletions.
func inner(kind string, raw []byte, in arrival, at time.Time) func(context.Context, *Adapter) {
	q := asked{tenant: in.tenant, user: in.user, id: in.id}
	switch kind {
	case "message":
		var m slackevents.MessageEvent
		if json.Unmarshal(raw, &m) != nil || m.ChannelType != slackevents.ChannelTypeIM || m.BotID != "" || m.User == "" ||
			m.SubType != "" && m.SubType != "file_share" && m.SubType != "thread_broadcast" {
			return nil
		}
		q.channel, q.thread, q.direct = m.Channel, m.ThreadTimeStamp, true
		return func(ctx context.Context, a *Adapter) { a.hear(ctx, q, m.Text) }
	case "app_mention":
		var m slackevents.AppMentionEvent
		if json.Unmarshal(raw, &m) != nil || m.BotID != "" || m.User == "" || m.Edited != nil {
			return nil
		}
		q.channel, q.thread, q.message = m.Channel, m.ThreadTimeStamp, m.TimeStamp
		return func(ctx context.Context, a *Adapter) { a.hear(ctx, q, m.Text) }
	case "app_home_opened":
		var m slackevents.AppHomeOpenedEvent
		if json.Unmarshal(raw, &m) != nil || m.Tab != "home" || m.User == "" {
			return nil
		}
		return func(ctx context.Context, a *Adapter) { a.showHome(ctx, q) }
	case "app_uninstalled":
		return func(ctx context.Context, a *Adapter) { a.farewell(ctx, in.tenant, at, nil) }
	case "tokens_revoked":
		var m struct {
			Tokens struct {
				Bot []string `json:"bot"`
			} `json:"tokens"`
		}
		if json.Unmarshal(raw, &m) != nil || len(m.Tokens.Bot) == 0 {
			return nil
		}
		return func(ctx context.Context, a *Adapter) { a.farewell(ctx, in.tenant, at, m.Tokens.Bot) }
	}
	return nil
}

// hear answers words that were written to the bot.
func (a *Adapter) hear(ctx context.Context, q asked, text string) {
	ws, err := a.workspace(ctx, q.tenant)
	if err != nil {
		a.log.Warn("nobody to answer as", "event", q.id, "err", err)
		return
	}
	if q.user == ws.botUser {
		return
	}
	q.line = strings.TrimLeft(typed(text, ws.botUser), ",: ") // "@bot, today" and "@bot: today"
	a.ask(ctx, q, answerTo)
}

// interaction decodes a press, a choice or a filled-in modal.
func interaction(raw []byte) (arrival, error) {
	var c slackgo.InteractionCallback
	if err := json.Unmarshal(raw, &c); err != nil {
		return arrival{}, fmt.Errorf("slack: an interaction can't be read: %w", err)
	}
	tenant := tenantOf(c.Team.ID, c.Enterprise.ID, c.IsEnterpriseInstall)
	if tenant == "" || c.User.ID == "" {
		return arrival{}, nil
	}
	in := arrival{tenant: tenant, user: c.User.ID}
	q := asked{tenant: tenant, user: c.User.ID}
	switch c.Type {
	case slackgo.InteractionTypeBlockActions:
		if len(c.ActionCallback.BlockActions) == 0 || c.ActionCallback.BlockActions[0] == nil {
			return arrival{}, nil
		}
		act := c.ActionCallback.BlockActions[0]
		if q.line = act.Value; act.SelectedOption.Value != "" {
			q.line = act.SelectedOption.Value
		}
		if q.line == "" { // a button that is a link
			return arrival{}, nil
		}
		q.pressed(c)
		if c.TriggerID != "" {
			in.id = "press " + c.TriggerID
		}
		q.id = in.id
		_, question, modal := strings.Cut(act.ActionID, askMark)
		in.do = func(ctx context.Context, a *Adapter) {
			if modal {
				a.openModal(ctx, q, c.TriggerID, question)
			} else {
				a.ask(ctx, q, answerTo)
			}
		}
		return in, nil
	case slackgo.InteractionTypeViewSubmission:
		if c.View.CallbackID != modalCallback {
			return arrival{}, nil
		}
		if json.Unmarshal([]byte(c.View.PrivateMetadata), &q.place) != nil {
			return arrival{}, nil //nolint:nilerr // not a modal of ours
		}
		q.line = strings.TrimSpace(q.Line + " " + submitted(c.View))
		in.id = "view " + c.View.ID
		q.restore()
		q.id = in.id
		in.do = func(ctx context.Context, a *Adapter) { a.ask(ctx, q, answerTo) }
		return in, nil
	}
	return arrival{}, nil
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
		i, err := a.installs.load(ctx, tenant)
		if err != nil {
			return // gone already
		}
		ours := false
		for _, b := range bots {
			ours = ours || b == i.BotUser
		}
		if !ours {
			return
		}
	}
	if err := a.installs.remove(ctx, tenant, at); err != nil {
		a.log.Error("an ended installation stays", "tenant", tenant, "err", err)
	}
}
