package slack

import (
	"context"
	"encoding/json"
	"strings"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// The modal that asks for text before a line is complete.
const (
	modalCallback = "ask"
	modalTitle    = "Roadmap"
	modalBlock    = "answer"
	modalAction   = "text"
)

// place is where a modal's question came from. It travels in the modal's
// private metadata, which only Slack and the app see.
type place struct {
	Line      string `json:"line"`
	Hook      string `json:"hook,omitempty"`
	Channel   string `json:"channel,omitempty"`
	Thread    string `json:"thread,omitempty"`
	Message   string `json:"message,omitempty"`
	Card      bool   `json:"card,omitempty"`
	Ephemeral bool   `json:"ephemeral,omitempty"`
	Home      bool   `json:"home,omitempty"`
}

// restore puts the answer where the modal's button was.
func (q *asked) restore() {
	q.hook, q.channel, q.thread, q.message = q.Hook, q.Channel, q.Thread, q.Message
	q.card, q.ephemeral, q.home = q.Card, q.Ephemeral, q.Home
	q.direct = strings.HasPrefix(q.channel, "D")
}

// openModal asks for text. It comes before anything else: the trigger lives for
// three seconds.
func (a *Adapter) openModal(ctx context.Context, q asked, trigger, question string) {
	err := a.tryModal(ctx, q, trigger, question)
	if err == nil {
		return
	}
	a.log.Warn("a window did not open", "event", q.id, "err", clean(err))
	answerTo(ctx, a, q, bot.Reply{Blocks: []bot.Block{bot.Text("Slack did not open the window in time. Please press the button again.")}, Keep: true})
}

func (a *Adapter) tryModal(ctx context.Context, q asked, trigger, question string) error {
	ws, err := a.workspace(ctx, q.tenant)
	if err != nil {
		return err
	}
	metadata, err := json.Marshal(place{q.line, q.hook, q.channel, q.thread, q.message, q.card, q.ephemeral, q.home})
	if err != nil {
		return err
	}
	input := slackgo.NewPlainTextInputBlockElement(nil, modalAction)
	input.MaxLength = maxModalAnswer
	input.FocusOnLoad = true
	view := slackgo.ModalViewRequest{
		Type: slackgo.VTModal, CallbackID: modalCallback, PrivateMetadata: string(metadata),
		Title: plainText(modalTitle), Submit: plainText("Send"), Close: plainText("Cancel"),
		Blocks: slackgo.Blocks{BlockSet: []slackgo.Block{slackgo.NewInputBlock(modalBlock, plainText(question), nil, input)}},
	}
	_, err = ws.api.OpenViewContext(ctx, trigger, view)
	return err
}

// submitted is what the person typed into the modal.
func submitted(v slackgo.View) string {
	if v.State == nil {
		return ""
	}
	return strings.TrimSpace(v.State.Values[modalBlock][modalAction].Value)
}
