package bot

import (
	"errors"
	"fmt"
)

// problem is an error with words for the learner. Every other error is logged and
// answered with one fixed sentence.
type problem struct{ reply Reply }

func (p *problem) Error() string { return p.reply.String() }

// sorry makes an error out of a sentence that says what is the matter and what to
// do, and buttons that do it.
func sorry(text Text, actions ...Action) error {
	return &problem{Reply{Blocks: []Block{text}, Actions: actions, Keep: true}}
}

// Busy is what a person reads whose request an adapter does not take, as too many
// wait already.
var Busy = Reply{Keep: true, Blocks: []Block{Text("I have too much to do right now. Please try again in a moment.")}}

// Broken is what a person reads if an adapter fails on the way to the core or back.
var Broken = Reply{Keep: true, Blocks: []Block{Text("Something went wrong on my side. Please try again in a minute.")}}

// failure answers an error.
func (b *Bot) failure(req Request, err error) Reply {
	var p *problem
	switch {
	case errors.As(err, &p):
		return p.reply
	case errors.Is(err, ErrNotSaved):
		b.log.Error("not saved", "event", req.ID, "err", err)
		return Reply{Keep: true, Blocks: []Block{Text(
			"That was **not saved**: the disk of the computer I run on is full. What I confirmed earlier is safe. Please tell the person who runs me, and try again later.")}}
	default:
		b.log.Error("request failed", "event", req.ID, "err", err)
		text := "Something went wrong on my side, so I can't say whether that was saved. Please look with `progress`, and try again in a minute."
		if req.ID != "" {
			text += fmt.Sprintf(" If you report it, this number helps: %s.", Escape(req.ID))
		}
		return Reply{Keep: true, Blocks: []Block{Text(text)}}
	}
}
