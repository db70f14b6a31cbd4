package slack

import (
	"context"
	"encoding/json"

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

// tooLate is what a person reads whose window Slack refused to open.
var tooLate = bot.Reply{Keep: true, Blocks: []bot.Block{bot.Text("Slack did not open the window in time. Please press the button again.")}}

// openModal asks for text. It asks the core nothing first, for the trigger lives three
// seconds from the press, in which what the person asked before is still answered.
func (a *Adapter) openModal(ctx context.Context, q asked, trigger, question string) {
	said := homeless
	var err error
	if q.ws, err = a.workspace(ctx, q.tenant); err == nil {
		if err = tryModal(ctx, q, trigger, question); err == nil {
			return
		}
		a.noteFault("views.open", q.tenant, err)
		said = bot.Broken
		if code := apiError(err); code == "expired_trigger_id" || code == "exchanged_trigger_id" {
			said = tooLate
		}
	}
	a.log.Warn("a window did not open", "event", q.id, "err", clean(err))
	answerTo(ctx, a, q, said)
}

func tryModal(ctx context.Context, q asked, trigger, question string) error {
	metadata, err := json.Marshal(q.place)
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
	_, err = q.ws.api.OpenViewContext(ctx, trigger, view)
	return err
}
