package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"roadmapbot/bot"
)

// client sends REST requests, one attempt each. discordgo's own REST retries a 502
// by itself, waits for 429s without looking at the context, keeps a bucket for ever
// for every interaction (bwmarrin/discordgo#1333), puts all edits of answers through
// one bucket (#1384) and can't say enforce_nonce (#1351).
type client struct {
	base  string // without a slash at the end
	token bot.Secret
	http  *http.Client
	limit *rate.Limiter
	holds holds
}

// Discord takes 50 requests a second of a bot, interactions not counted.
const (
	requestsPerSecond = 40
	requestBurst      = 5
)

// userAgent is the form Discord demands of libraries.
const userAgent = "DiscordBot (https://roadmap.sh/backend, 1.0)"

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 4 << 20

func newClient(base string, token bot.Secret, transport http.RoundTripper) *client {
	return &client{
		base: base, token: token, limit: rate.NewLimiter(requestsPerSecond, requestBurst),
		http: &http.Client{
			Transport:     transport,
			Timeout:       20 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// call is one request.
type call struct {
	method string
	path   string
	body   any // JSON, or []byte that is JSON already

	// interaction says that the path carries its own token: no Authorization, and
	// not counted against the global limit.
	interaction bool

	// patient waits for a rate limit to pass, as long as the context allows;
	// otherwise such a request fails without being sent.
	patient bool
}

// do makes the call and decodes a good answer into out, which may be nil. An error
// is an *apiError if Discord answered, a *holdError if the request was held back,
// and a *lostError if there was no answer.
func (c *client) do(ctx context.Context, r call, out any) error {
	if err := c.admit(ctx, r); err != nil {
		return err
	}
	var body io.Reader
	if r.body != nil {
		raw, ok := r.body.([]byte)
		if !ok {
			var err error
			if raw, err = json.Marshal(r.body); err != nil {
				return fmt.Errorf("encode a request: %w", err)
			}
		}
		body = bytes.NewReader(raw)
	}
	lost := &lostError{}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { lost.sent.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, body)
	if err != nil {
		return errors.New("the API address is malformed")
	}
	req.Header.Set("User-Agent", userAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if !r.interaction {
		req.Header.Set("Authorization", "Bot "+string(c.token))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		lost.err = bare(err)
		return lost
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	c.holds.learn(r, resp)
	if resp.StatusCode >= 300 {
		return c.refused(r, resp, raw)
	}
	if err != nil {
		lost.err = bare(err)
		return lost
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("answer to %s: %w", r.route(), err)
	}
	return nil
}

// admit waits for the limits that are known.
func (c *client) admit(ctx context.Context, r call) error {
	for {
		wait, everybody := c.holds.wait(r)
		if wait <= 0 {
			break
		}
		if !r.patient || !within(ctx, wait) {
			return &holdError{after: wait, everybody: everybody}
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
	if r.interaction {
		return nil
	}
	if err := c.limit.Wait(ctx); err != nil {
		return &holdError{after: time.Second, everybody: true}
	}
	return nil
}

// within tells whether the context leaves more time than d.
func within(ctx context.Context, d time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > d
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// bare takes the address out of an error of net/http: it may hold the token of an
// interaction.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// refused makes the error of an answer that is not a good one.
func (c *client) refused(r call, resp *http.Response, raw []byte) error {
	e := &apiError{status: resp.StatusCode, route: r.route()}
	var body struct {
		Code       int     `json:"code"`
		Message    string  `json:"message"`
		RetryAfter float64 `json:"retry_after"`
		Global     bool    `json:"global"`
	}
	isJSON := json.Unmarshal(raw, &body) == nil
	if isJSON {
		e.code, e.message = body.Code, clip(body.Message, 200)
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		e.after = seconds(resp.Header.Get("Retry-After"))
		e.after = max(e.after, time.Duration(body.RetryAfter*float64(time.Second)))
		if e.after <= 0 {
			e.after = time.Second
		}
		// The network's edge answers in HTML, without Discord's headers: that is a
		// ban of the address, for everything.
		edge := !isJSON
		if edge {
			e.after = max(e.after, edgeWait)
		}
		e.everybody = edge || body.Global || resp.Header.Get("X-RateLimit-Global") == "true" || resp.Header.Get("X-RateLimit-Scope") == "global"
		c.holds.hold(r, e.after, e.everybody, edge)
	}
	return e
}

// edgeWait is the least silence after the edge has blocked the address.
const edgeWait = 10 * time.Second

func seconds(s string) time.Duration {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f > 24*3600 {
		return 0
	}
	return time.Duration(f * float64(time.Second))
}
