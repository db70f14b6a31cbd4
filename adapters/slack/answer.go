package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// asked is one question and the place where it was asked.
type asked struct {
	tenant, user string
	id           string    // of the event
	ws           workspace // whose bot answers, once that is known
	own          string    // the channel, if it is the person's and the bot's alone
	place
}

// place is a question and where it came from. It travels in the private metadata of a
// modal that asks for the rest, which only Slack and the app see.
type place struct {
	Line      string `json:"line"`
	Hook      string `json:"hook,omitempty"` // response URL, if there is one
	Channel   string `json:"channel,omitempty"`
	Thread    string `json:"thread,omitempty"`    // thread_ts, if it was asked in a thread
	Message   string `json:"message,omitempty"`   // ts of the mention or of the pressed card
	Card      bool   `json:"card,omitempty"`      // a card was pressed
	Ephemeral bool   `json:"ephemeral,omitempty"` // which only the presser sees
	Home      bool   `json:"home,omitempty"`      // on the Home tab
}

// direct tells whether it was asked in a direct message.
func (q asked) direct() bool { return strings.HasPrefix(q.Channel, "D") }

// ask finds the workspace of a question and replies to it.
func (a *Adapter) ask(ctx context.Context, q asked, answer func(context.Context, *Adapter, asked, bot.Reply)) {
	var err error
	if q.ws, err = a.workspace(ctx, q.tenant); err != nil {
		a.log.Warn("nobody to answer as", "event", q.id, "err", err)
		answer(ctx, a, q, homeless)
		return
	}
	a.reply(ctx, q, answer)
}

// refreshTime is how long a Home tab that nobody opened just now may keep the person's
// next item waiting, which may have to open a modal within three seconds. A tab that is
// not up to date by then is so at its next opening.
const refreshTime = time.Second

// reply brings a question to the core and the core's reply to answer, then brings the
// person's Home tab up to date.
func (a *Adapter) reply(ctx context.Context, q asked, answer func(context.Context, *Adapter, asked, bot.Reply)) {
	answer(ctx, a, q, a.call(ctx, a.request(ctx, q)))
	if !q.Home && a.homes.open(q.account()) {
		short, cancel := context.WithTimeout(ctx, refreshTime)
		defer cancel()
		a.publish(short, q, nil)
	}
}

// homeless is what a person reads while the bot has no token for the workspace. A
// response URL takes it all the same.
var homeless = bot.Reply{Keep: true, Blocks: []bot.Block{bot.Text("I can't work in this workspace just now: my installation here is not complete, or it has ended. Please tell the person who runs me.")}}

// call lets the core answer; it comes back with a reply whatever happens there.
func (a *Adapter) call(ctx context.Context, req bot.Request) (r bot.Reply) {
	defer func() {
		if p := recover(); p != nil {
			a.caught("event", req.ID, p)
			r = bot.Broken
		}
	}()
	return (*a.handle.Load())(ctx, req)
}

func (q asked) account() bot.Account {
	return bot.Account{Platform: Name, Tenant: q.tenant, User: q.user}
}

func (a *Adapter) request(ctx context.Context, q asked) bot.Request {
	told := a.person(ctx, q.ws, q.user)
	return bot.Request{From: q.account(), Line: q.Line, ID: q.id, Channel: q.own, Locale: told.locale, Zone: told.zone}
}

// answerTo shows a reply where the question was asked.
func answerTo(ctx context.Context, a *Adapter, q asked, r bot.Reply) {
	if err := a.show(ctx, q, r); err != nil {
		a.log.Error("an answer could not be shown", "event", q.id, "err", clean(err))
	}
}

func (a *Adapter) show(ctx context.Context, q asked, r bot.Reply) error {
	m, public := render(r, ""), r.Public
	if q.Hook != "" && !q.Home {
		err := a.respond(ctx, q, r, m)
		if err == nil || q.Channel == "" || !surelyNot(err) && !errors.Is(err, errForeign) {
			return err // it may be there already, and shall not come twice
		}
		a.log.Warn("a response URL failed; posting instead", "event", q.id, "err", clean(err))
		public = false
	}
	switch {
	case q.ws.api == nil:
		return errors.New("slack: nobody to post as")
	case q.Home:
		a.publish(ctx, q, &r)
		return nil
	}
	return a.post(ctx, q, public, m)
}

// respond answers through a response URL: a press replaces its card, unless the
// card belongs to everybody in a channel or the reply says to keep it.
func (a *Adapter) respond(ctx context.Context, q asked, r bot.Reply, m message) error {
	if err := a.mayPost(q.Hook); err != nil {
		return err
	}
	raw, err := json.Marshal(body(q, r, m))
	if err != nil {
		return fmt.Errorf("slack: %w", err)
	}
	return again(ctx, func() error { return a.postHook(ctx, q.Hook, raw) })
}

// postHook posts to a response URL.
func (a *Adapter) postHook(ctx context.Context, hook string, raw []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook, bytes.NewReader(raw))
	if err != nil {
		return clean(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	res, err := a.web.Do(req)
	if err != nil {
		return clean(err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
	switch seconds, _ := strconv.Atoi(res.Header.Get("Retry-After")); {
	case res.StatusCode == http.StatusTooManyRequests:
		return &slackgo.RateLimitedError{RetryAfter: time.Duration(seconds) * time.Second}
	case res.StatusCode != http.StatusOK:
		return slackgo.StatusCodeError{Code: res.StatusCode, Status: res.Status}
	}
	return nil
}

// hookMessage is a reply in the form that response URLs and answers to commands
// take. slack-go's own types add nulls to it, or write every block twice.
type hookMessage struct {
	ResponseType    string          `json:"response_type"`
	ReplaceOriginal bool            `json:"replace_original"`
	Text            string          `json:"text"`
	Blocks          []slackgo.Block `json:"blocks"`
	ThreadTimestamp string          `json:"thread_ts,omitempty"`
	UnfurlLinks     bool            `json:"unfurl_links"`
	UnfurlMedia     bool            `json:"unfurl_media"`
}

// body addresses a reply to the place it was asked at.
func body(q asked, r bot.Reply, m message) *hookMessage {
	h := &hookMessage{ResponseType: slackgo.ResponseTypeEphemeral, Text: m.Text, Blocks: m.Blocks}
	if q.Card {
		h.ReplaceOriginal = !r.Keep && (q.Ephemeral || q.direct())
		h.ThreadTimestamp = q.Thread
		if q.direct() && !q.Ephemeral {
			h.ResponseType = slackgo.ResponseTypeInChannel // the direct message has no others to hide it from
		}
	}
	return h
}

var errForeign = errors.New("slack: a response URL does not lead to Slack")

// mayPost refuses response URLs that do not lead to Slack.
func (a *Adapter) mayPost(hook string) error {
	u, err := url.Parse(hook)
	if err == nil && u.User == nil && (u.Scheme == "https" && (u.Hostname() == "hooks.slack.com" || u.Hostname() == "hooks.slack-gov.com") ||
		u.Scheme == a.base.Scheme && u.Host == a.base.Host) {
		return nil
	}
	return errForeign
}

// post answers by a message of the bot's own: in the direct message, in the
// thread of a mention if anybody may read it, else for the asker alone.
func (a *Adapter) post(ctx context.Context, q asked, public bool, m message) error {
	options := []slackgo.MsgOption{slackgo.MsgOptionText(m.Text, false), slackgo.MsgOptionBlocks(m.Blocks...)}
	thread := q.Thread
	if public && thread == "" && !q.direct() {
		thread = q.Message
	}
	if thread != "" { // an ephemeral message is shown in a thread only if there is one already
		options = append(options, slackgo.MsgOptionTS(thread))
	}
	buckets := []bucket{{"chat.postMessage", q.tenant}, {channelRate, q.tenant + q.Channel}}
	send := func() error {
		quiet := slices.Concat(options, []slackgo.MsgOption{slackgo.MsgOptionDisableLinkUnfurl(), slackgo.MsgOptionDisableMediaUnfurl()})
		_, _, err := q.ws.api.PostMessageContext(ctx, q.Channel, quiet...)
		return err
	}
	if !public && !q.direct() {
		buckets = []bucket{{"chat.postEphemeral", q.tenant}}
		send = func() error {
			_, err := q.ws.api.PostEphemeralContext(ctx, q.Channel, q.user, options...)
			return err
		}
	}
	if err := a.pace.await(ctx, buckets...); err != nil {
		return fmt.Errorf("slack: waiting to answer: %w", err)
	}
	return again(ctx, func() error {
		err := send()
		a.noteFault(buckets[0].method, q.tenant, err)
		return err
	})
}

// again tries an answer up to twice more when Slack said to slow down, so that nothing
// can come twice; a server error is repeated for no one.
func again(ctx context.Context, try func() error) error {
	for i := 0; ; i++ {
		err := try()
		wait, slow := limited(err)
		if !slow || i == 2 {
			return err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return err
		}
		if pause(ctx, wait) != nil {
			return err
		}
	}
}

// inline is an answer to a command in the response itself: whoever is first,
// the reply or the end of the wait, decides.
type inline struct {
	body chan *hookMessage
	late chan struct{} // closed when nobody waits any more
}

func newInline() inline {
	return inline{body: make(chan *hookMessage), late: make(chan struct{})}
}

// answer gives the reply to the waiting response, or sends it after.
func (i inline) answer(ctx context.Context, a *Adapter, q asked, r bot.Reply) {
	select {
	case i.body <- body(q, r, render(r, "")):
	case <-i.late:
		answerTo(ctx, a, q, r)
	}
}

// patience is how long an HTTP response, or the acknowledgement of an envelope, waits for
// the work, within Slack's 3 s.
const patience = 2 * time.Second
