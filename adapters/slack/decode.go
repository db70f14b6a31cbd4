package slack

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"roadmapbot/bot"
)

// Events and interactions are decoded into types of our own: slack-go's refuse one for
// parts that the bot has no use for, such as the blocks of a message.

// command decodes a slash command. Answer takes the reply.
func command(c slackgo.SlashCommand, answer func(context.Context, *Adapter, asked, bot.Reply)) arrival {
	tenant := tenantOf(c.TeamID, c.EnterpriseID, c.IsEnterpriseInstall)
	if tenant == "" || c.UserID == "" {
		return arrival{}
	}
	in := arrival{tenant: tenant, user: c.UserID}
	if c.TriggerID != "" {
		in.id = "command " + digest(c.TriggerID)
	}
	q := asked{tenant: tenant, user: c.UserID, id: in.id, place: place{Channel: c.ChannelID, Hook: c.ResponseURL}}
	in.do = func(ctx context.Context, a *Adapter) {
		q.Line = typed(c.Text, "")
		a.ask(ctx, q, answer)
	}
	return in
}

// digest names a trigger in few letters. With the trigger itself windows can be opened
// before the person, and this name is logged, and kept with what the person did.
func digest(trigger string) string {
	sum := sha256.Sum256([]byte(trigger))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// happened is what the bot reads of an event inside its envelope.
type happened struct {
	Type        string `json:"type"`
	Subtype     string `json:"subtype"`
	User        string `json:"user"`
	Bot         string `json:"bot_id"`
	Channel     string `json:"channel"`
	ChannelType string `json:"channel_type"`
	Thread      string `json:"thread_ts"`
	Message     string `json:"ts"`
	Text        string `json:"text"`
	Edited      any    `json:"edited"`
	Tab         string `json:"tab"`
	Tokens      struct {
		Bots []string `json:"bot"`
	} `json:"tokens"`
}

// callback decodes an event of the Events API. An event of a kind that means
// nothing to the bot, now or in future, is an arrival without work.
func callback(raw []byte) (arrival, error) {
	var outer slackevents.EventsAPICallbackEvent
	if err := json.Unmarshal(raw, &outer); err != nil {
		return arrival{}, fmt.Errorf("slack: an event can't be read: %w", err)
	}
	team, org, wide := outer.TeamID, outer.EnterpriseID, false
	if len(outer.Authorizations) > 0 { // whose installation this event is for
		first := outer.Authorizations[0]
		team, org, wide = first.TeamID, first.EnterpriseID, first.IsEnterpriseInstall
	}
	in := arrival{id: outer.EventID, tenant: tenantOf(team, org, wide)}
	if outer.Type != slackevents.CallbackEvent || outer.InnerEvent == nil || in.tenant == "" {
		return arrival{}, nil
	}
	var e happened
	if err := json.Unmarshal(*outer.InnerEvent, &e); err != nil {
		in.do = func(_ context.Context, a *Adapter) {
			a.log.Warn("an event can't be read", "event", in.id, "type", e.Type, "err", err)
		}
		return in, nil //nolint:nilerr // Slack would only repeat it
	}
	in.user, in.do = e.User, meant(e, in, time.Unix(int64(outer.EventTime), 0))
	return in, nil
}

// meant tells what to do about an event. Events of bots, this one included, are not for
// the bot, nor are edits and deletions.
func meant(e happened, in arrival, at time.Time) func(context.Context, *Adapter) {
	q := asked{tenant: in.tenant, user: e.User, id: in.id, place: place{Channel: e.Channel, Thread: e.Thread}}
	person := e.User != "" && e.Bot == ""
	switch e.Type {
	case "message":
		if person && e.ChannelType == "im" && (e.Subtype == "" || e.Subtype == "file_share" || e.Subtype == "thread_broadcast") {
			q.own = e.Channel
			return func(ctx context.Context, a *Adapter) { a.hear(ctx, q, e.Text) }
		}
	case "app_mention":
		if person && e.Edited == nil {
			q.Message = e.Message
			return func(ctx context.Context, a *Adapter) { a.hear(ctx, q, e.Text) }
		}
	case "app_home_opened":
		if person && e.Tab == "home" {
			return func(ctx context.Context, a *Adapter) { a.showHome(ctx, q) }
		}
	case "app_uninstalled":
		return func(ctx context.Context, a *Adapter) { a.farewell(ctx, in.tenant, at, nil) }
	case "tokens_revoked":
		if len(e.Tokens.Bots) > 0 {
			return func(ctx context.Context, a *Adapter) { a.farewell(ctx, in.tenant, at, e.Tokens.Bots) }
		}
	}
	return nil
}

// interacted is what the bot reads of a press, a choice or a filled-in modal.
type interacted struct {
	Type      string `json:"type"`
	Trigger   string `json:"trigger_id"`
	Hook      string `json:"response_url"`
	Team      named  `json:"team"`
	Org       named  `json:"enterprise"`
	Wide      bool   `json:"is_enterprise_install"`
	User      named  `json:"user"`
	Channel   named  `json:"channel"`
	Container struct {
		Type      string `json:"type"`
		Channel   string `json:"channel_id"`
		Thread    string `json:"thread_ts"`
		Message   string `json:"message_ts"`
		Ephemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Actions []struct {
		ID string `json:"action_id"`
		valued
		Chosen valued `json:"selected_option"`
	} `json:"actions"`
	View struct {
		ID       string `json:"id"`
		Callback string `json:"callback_id"`
		Metadata string `json:"private_metadata"`
		State    struct {
			Values map[string]map[string]valued `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

type (
	named struct {
		ID string `json:"id"`
	}
	valued struct {
		Value string `json:"value"`
	}
)

// interaction decodes a press, a choice or a filled-in modal.
func interaction(raw []byte) (arrival, error) {
	var c interacted
	if err := json.Unmarshal(raw, &c); err != nil {
		return arrival{}, fmt.Errorf("slack: an interaction can't be read: %w", err)
	}
	q := asked{tenant: tenantOf(c.Team.ID, c.Org.ID, c.Wide), user: c.User.ID}
	in := arrival{tenant: q.tenant, user: q.user}
	if q.tenant == "" || q.user == "" {
		return arrival{}, nil
	}
	switch c.Type {
	case "block_actions":
		if len(c.Actions) == 0 {
			return arrival{}, nil
		}
		act, from := c.Actions[0], c.Container
		line := cmp.Or(act.Chosen.Value, act.Value)
		if line == "" { // a button that is a link
			return arrival{}, nil
		}
		if c.Trigger != "" {
			in.id = "press " + digest(c.Trigger)
		}
		in.hook = c.Hook
		home := from.Type == "view"
		q.id, q.place = in.id, place{
			Line: line, Hook: c.Hook, Channel: cmp.Or(c.Channel.ID, from.Channel), Thread: from.Thread, Message: from.Message,
			Card: !home, Ephemeral: from.Ephemeral, Home: home,
		}
		_, question, modal := strings.Cut(act.ID, askMark)
		in.do = func(ctx context.Context, a *Adapter) {
			if modal {
				a.openModal(ctx, q, c.Trigger, question)
			} else {
				a.ask(ctx, q, answerTo)
			}
		}
	case "view_submission":
		if c.View.Callback != modalCallback || json.Unmarshal([]byte(c.View.Metadata), &q.place) != nil {
			return arrival{}, nil //nolint:nilerr // not a modal of ours
		}
		q.Line = strings.TrimSpace(q.Line + " " + strings.TrimSpace(c.View.State.Values[modalBlock][modalAction].Value))
		in.id = "view " + c.View.ID
		q.id = in.id
		in.do = func(ctx context.Context, a *Adapter) { a.ask(ctx, q, answerTo) }
	}
	return in, nil
}
