package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"roadmapbot/bot"
)

// callback is the first answer to an interaction.
type callback struct {
	Type discordgo.InteractionResponseType `json:"type"`
	Data any                               `json:"data,omitempty"`
}

// deferral holds the only thing that a deferred answer may say.
type deferral struct {
	Flags discordgo.MessageFlags `json:"flags"`
}

// suggestions must be there even if there are none, which discordgo's type can't say.
type suggestions struct {
	Choices []suggestion `json:"choices"`
}

type suggestion struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// tokenLife is how long an interaction's token works, less a margin.
const tokenLife = 14 * time.Minute

// firstWait is how long Discord waits for the first answer.
const firstWait = 3 * time.Second

// unknown is what a person reads on an interaction of a kind that is not ours.
var unknown = bot.Reply{Keep: true, Blocks: []bot.Block{bot.Text("I don't know what to do with that. Try `/roadmap help`.")}}

// Why an interaction is not taken in.
var (
	errShut = errors.New("discord: not running")
	errSeen = errors.New("discord: a second delivery, which the first one answers")
	errFull = errors.New("discord: too much is waiting")
)

// admit takes an interaction in: once, and only if there is room. Done gives the
// place back.
func (a *Adapter) admit(in *interaction) (done func(), err error) {
	a.gate.Lock()
	defer a.gate.Unlock()
	if a.shut {
		return nil, errShut
	}
	if in.ID == "" || !a.seen.add(in.ID) {
		a.stats.duplicates.Add(1)
		return nil, errSeen
	}
	a.stats.events.Add(1)
	a.stats.lastEvent.Store(time.Now().UnixNano())
	select {
	case a.room <- struct{}{}:
	default:
		a.stats.shed.Add(1)
		return nil, errFull
	}
	a.work.Add(1)
	return func() { <-a.room; a.work.Done() }, nil
}

// fromGateway answers an interaction of the gateway, in a goroutine of its own.
func (a *Adapter) fromGateway(in *interaction) {
	a.astray.Store(false)
	done, err := a.admit(in)
	if errors.Is(err, errFull) {
		a.turnAway(in)
	}
	if err != nil {
		return
	}
	go func() {
		defer done()
		ctx, cancel := context.WithTimeout(a.living, tokenLife)
		defer cancel()
		first, rest := a.respond(ctx, in)
		a.acknowledge(ctx, in, first)
		if rest != nil {
			// Even if the deferral seems to have failed: it may be there, and then it
			// must not wait for ever. Completing one that is not there does no harm.
			rest(ctx)
		}
	}()
}

// turnAway says that there is too much to do, as otherwise Discord says that the
// application did not respond. If even that is too much, it stays silent.
func (a *Adapter) turnAway(in *interaction) {
	a.log.Warn("turned away", "event", in.ID, "err", errFull)
	a.gate.Lock()
	defer a.gate.Unlock()
	if a.shut {
		return
	}
	select {
	case a.sorry <- struct{}{}:
		a.work.Go(func() {
			defer func() { <-a.sorry }()
			a.acknowledge(a.living, in, a.excuse(in, bot.Busy))
		})
	default:
	}
}

// acknowledge sends the first answer by the callback route, and tries for as long as
// Discord waits. Another try is safe: Discord takes one only.
func (a *Adapter) acknowledge(ctx context.Context, in *interaction, first callback) {
	ctx, cancel := context.WithTimeout(ctx, firstWait)
	defer cancel()
	body, err := json.Marshal(first)
	if err != nil {
		a.log.Error("the answer can't be encoded", "event", in.ID, "err", err)
		return
	}
	for try := 0; ; try++ {
		err = a.rest.do(ctx, call{
			method: http.MethodPost, path: "/interactions/" + in.ID + "/" + in.Token + "/callback",
			body: body, interaction: true, patient: true,
		}, nil)
		if err == nil || isCode(err, codeAcknowledged) && try > 0 {
			return
		}
		if !again(err) || sleep(ctx, min(100*time.Millisecond<<try, 800*time.Millisecond)) != nil {
			break
		}
	}
	a.stats.failed.Add(1)
	if isCode(err, codeUnknownInteraction) {
		// Too late, or shown all the same: nobody knows, so nothing is said twice.
		a.log.Warn("Discord does not know the interaction any more", "event", in.ID)
		return
	}
	a.log.Error("an interaction could not be answered", "event", in.ID, "err", err)
}

// again tells whether the same request may succeed a moment later.
func again(err error) bool {
	var lost *lostError
	var held *holdError
	if api, ok := errors.AsType[*apiError](err); ok {
		return api.status >= 500 || api.status == http.StatusTooManyRequests
	}
	return errors.As(err, &lost) || errors.As(err, &held)
}

// respond makes the first answer to an interaction, within deferAfter whatever the
// core does, and what is to follow, if anything.
func (a *Adapter) respond(ctx context.Context, in *interaction) (first callback, rest func(context.Context)) {
	defer func() {
		if p := recover(); p != nil {
			a.panicked(in, p)
			first, rest = a.excuse(in, bot.Broken), nil
		}
	}()
	line := ""
	switch in.Type {
	case discordgo.InteractionApplicationCommand:
		line = in.commandLine(a.config.Commands)
	case discordgo.InteractionApplicationCommandAutocomplete:
		return callback{Type: discordgo.InteractionApplicationCommandAutocompleteResult, Data: a.suggest(in)}, nil
	case discordgo.InteractionMessageComponent:
		id := in.Data.CustomID
		if len(in.Data.Values) > 0 {
			id = in.Data.Values[0]
		}
		var ask string
		var isAsk bool
		if line, ask, isAsk = decodeID(id); isAsk && line != "" {
			return callback{Type: discordgo.InteractionResponseModal, Data: formFor(line, ask)}, nil
		}
	case discordgo.InteractionModalSubmit:
		line = in.Data.CustomID
		for _, c := range in.Data.Components {
			if text := c.text(); text != "" {
				line += " " + strings.Join(strings.Fields(text), " ")
				break
			}
		}
	}
	if line == "" || in.from().ID == "" || in.from().Bot {
		return a.message(in, unknown), nil
	}
	return a.ask(ctx, in, line)
}

// ask lets the core handle the line.
func (a *Adapter) ask(ctx context.Context, in *interaction, line string) (first callback, rest func(context.Context)) {
	answered := make(chan bot.Reply, 1)
	a.work.Go(func() {
		answered <- a.call(ctx, in, line)
	})
	t := time.NewTimer(a.pace.deferAfter)
	defer t.Stop()
	select {
	case r := <-answered:
		return a.message(in, r), nil
	case <-t.C:
	}
	a.stats.deferred.Add(1)
	first = callback{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource, Data: deferral{in.flags()}}
	if in.replaceable() {
		first = callback{Type: discordgo.InteractionResponseDeferredMessageUpdate}
	}
	return first, func(ctx context.Context) {
		defer func() {
			if p := recover(); p != nil {
				a.panicked(in, p)
			}
		}()
		select {
		case r := <-answered:
			a.complete(ctx, in, r)
		case <-ctx.Done():
			a.log.Error("the core did not answer while Discord would have listened", "event", in.ID)
		}
	}
}

// call runs the handler; it comes back with a reply whatever happens there.
func (a *Adapter) call(ctx context.Context, in *interaction, line string) (r bot.Reply) {
	defer func() {
		if p := recover(); p != nil {
			a.panicked(in, p)
			r = bot.Broken
		}
	}()
	handle := a.handle.Load()
	if handle == nil {
		return bot.Broken
	}
	return (*handle)(ctx, in.request(line))
}

func (a *Adapter) panicked(in *interaction, p any) {
	a.stats.panics.Add(1)
	a.log.Error("panic", "event", in.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}

// flags make an answer private. In the bot's own direct messages everything is, and
// a message without the flag stays in the history.
func (in *interaction) flags() discordgo.MessageFlags {
	if in.direct() {
		return 0
	}
	return discordgo.MessageFlagsEphemeral
}

// message is the reply as a first answer.
func (a *Adapter) message(in *interaction, r bot.Reply) callback {
	c := a.render(in.ID, r)
	if in.replaceable() && !r.Keep {
		c.stamp(in.Message.mark())
		return callback{Type: discordgo.InteractionResponseUpdateMessage, Data: c}
	}
	c.Flags = in.flags()
	return callback{Type: discordgo.InteractionResponseChannelMessageWithSource, Data: c}
}

// excuse is the first answer to an interaction that the core does not answer:
// nothing, if it asked for suggestions.
func (a *Adapter) excuse(in *interaction, r bot.Reply) callback {
	if in.Type == discordgo.InteractionApplicationCommandAutocomplete {
		return callback{Type: discordgo.InteractionApplicationCommandAutocompleteResult, Data: suggestions{Choices: []suggestion{}}}
	}
	return a.message(in, r)
}

// render renders, and logs if that did not go without loss.
func (a *Adapter) render(event string, r bot.Reply) card {
	c, err := render(r)
	if err != nil {
		a.log.Error("a reply does not fit into a message", "event", event, "err", err)
	}
	return c
}

// complete fills in a deferred answer: by editing it, or, if the card that was
// pressed shall stay, with a new message below it.
func (a *Adapter) complete(ctx context.Context, in *interaction, r bot.Reply) {
	c := a.render(in.ID, r)
	app := in.App
	if app == "" {
		app, _ = a.appID(ctx)
	}
	hook := "/webhooks/" + app + "/" + in.Token
	var err error
	if in.replaceable() && r.Keep {
		c.Flags = in.flags()
		err = a.insist(ctx, call{method: http.MethodPost, path: hook, body: c}, false)
	} else {
		if in.replaceable() {
			c.stamp(in.Message.mark())
		}
		err = a.insist(ctx, call{method: http.MethodPatch, path: hook + "/messages/@original", body: c}, true)
	}
	if err != nil {
		a.stats.failed.Add(1)
		a.log.Error("a deferred answer could not be completed", "event", in.ID, "err", err)
	}
}

// insistFor is how long a deferred answer is tried to be completed.
const insistFor = 2 * time.Minute

// insist repeats a request to an interaction's token while that may help. One that
// is not idempotent is repeated only if it surely did not arrive. It may come before
// Discord has read the deferral that it completes, and then there is nothing yet.
func (a *Adapter) insist(ctx context.Context, r call, idempotent bool) error {
	ctx, cancel := context.WithTimeout(ctx, insistFor)
	defer cancel()
	r.interaction, r.patient = true, true
	young := time.Now().Add(a.pace.overtake)
	for try := 0; ; try++ {
		err := a.rest.do(ctx, r, nil)
		var notSent *bot.NotSentError
		early := (isCode(err, codeUnknownWebhook) || isCode(err, codeUnknownMessage)) && time.Now().Before(young)
		if err == nil || !early && (!again(err) || !idempotent && !errors.As(sorted(err, false), &notSent)) {
			return err
		}
		if sleep(ctx, min(250*time.Millisecond<<try, 10*time.Second)) != nil {
			return err
		}
	}
}

// suggest offers values for the option being typed, from memory.
func (a *Adapter) suggest(in *interaction) suggestions {
	out := suggestions{Choices: []suggestion{}}
	arg, typed, ok := in.focus(a.config.Commands)
	if !ok {
		return out
	}
	for _, c := range a.candidates(arg, typed) {
		name, value := strings.TrimSpace(clip(c.Label, maxChoice)), clip(c.Value, maxChoice)
		if len(out.Choices) < maxOptions && name != "" && value == c.Value && value != "" {
			out.Choices = append(out.Choices, suggestion{Name: name, Value: value})
		}
	}
	return out
}

// maxChoice is the length of a suggestion's name and of its value.
const maxChoice = 100

// candidates are the values that fit what is typed.
func (a *Adapter) candidates(arg bot.Arg, typed string) []bot.Choice {
	if len(arg.Choices) == 0 {
		if a.config.Complete == nil {
			return nil
		}
		return a.config.Complete(arg.Kind, typed)
	}
	var all []bot.Choice
	low := strings.ToLower(strings.TrimSpace(typed))
	known := low == ""
	for _, c := range arg.Choices {
		if strings.HasPrefix(strings.ToLower(c), low) {
			all = append(all, bot.Choice{Label: c, Value: c})
			known = known || strings.EqualFold(c, low)
		}
	}
	if !known { // other text may be understood as well
		all = append([]bot.Choice{{Label: typed, Value: typed}}, all...)
	}
	return all
}
