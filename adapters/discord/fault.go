package discord

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"roadmapbot/bot"
)

// apiError is an answer of Discord that is not a good one.
type apiError struct {
	status    int
	code      int // Discord's own, 0 if it gave none
	message   string
	route     string
	after     time.Duration // of a 429
	everybody bool          // the 429 holds for every route
}

func (e *apiError) Error() string {
	text := fmt.Sprintf("%s: HTTP %d", e.route, e.status)
	if e.code != 0 {
		text += fmt.Sprintf(", code %d", e.code)
	}
	if e.message != "" {
		text += ": " + e.message
	}
	return text
}

// lostError is a request without an answer.
type lostError struct {
	sent atomic.Bool // it may have arrived
	err  error
}

func (e *lostError) Error() string {
	if e.sent.Load() {
		return fmt.Sprintf("no answer from Discord: %v", e.err)
	}
	return fmt.Sprintf("Discord can't be reached: %v", e.err)
}

func (e *lostError) Unwrap() error { return e.err }

// holdError is a request that was not sent, because a rate limit is closed.
type holdError struct {
	after     time.Duration
	everybody bool
}

func (e *holdError) Error() string {
	return "rate limited for " + e.after.Round(time.Millisecond).String()
}

// Error codes of Discord (opcodes and status codes, "JSON error codes").
const (
	codeUnknownChannel     = 10003
	codeUnknownMessage     = 10008
	codeUnknownUser        = 10013
	codeUnknownWebhook     = 10015
	codeUnknownInteraction = 10062
	codeOtherApp           = 20012
	codeFlagged            = 20026
	codeDMsTooFast         = 40003
	codeAcknowledged       = 40060
	codeMissingAccess      = 50001
	codeClosedDMs          = 50007
	codeInvalidRecipient   = 50033
	codeNoMutualServer     = 50278
)

// How long to leave alone what will not soon be different.
const (
	tomorrow   = 24 * time.Hour
	soon       = 10 * time.Minute
	anHour     = time.Hour
	serverWait = 5 * time.Second
)

// isCode tells whether the error is Discord's answer with this code.
func isCode(err error, code int) bool {
	var e *apiError
	return errors.As(err, &e) && e.code == code
}

// unauthorized tells whether Discord refused the token.
func unauthorized(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.status == http.StatusUnauthorized
}

// refusal tells whether Discord answered, and asking again would bring the same answer.
func refusal(err error) bool {
	if _, ok := errors.AsType[*bot.SetupError](err); ok {
		return true
	}
	api, ok := errors.AsType[*apiError](err)
	return ok && api.status >= 400 && api.status < 500 && api.status != http.StatusTooManyRequests
}

// sorted says what an error means for a message: a *bot.NotSentError if it surely
// did not arrive, otherwise the error itself. Harmless says that the request could
// not have made a message anyway.
func sorted(err error, harmless bool) error {
	var held *holdError
	var lost *lostError
	var api *apiError
	switch {
	case errors.As(err, &held):
		return &bot.NotSentError{After: held.after, Tenant: held.everybody, Err: err}
	case errors.As(err, &lost):
		if sent := lost.sent.Load(); harmless || !sent {
			return &bot.NotSentError{After: serverWait, Tenant: !sent, Err: err} // who can't reach Discord reaches nobody
		}
		return err
	case !errors.As(err, &api):
		if harmless {
			return &bot.NotSentError{After: serverWait, Err: err}
		}
		return err
	}
	switch api.code {
	case codeClosedDMs, codeNoMutualServer, codeUnknownUser, codeInvalidRecipient, codeUnknownMessage:
		return &bot.NotSentError{Permanent: true, Err: err}
	case codeMissingAccess:
		return &bot.NotSentError{After: tomorrow, Err: err}
	case codeDMsTooFast:
		return &bot.NotSentError{After: soon, Tenant: true, Err: err}
	case codeFlagged:
		return &bot.NotSentError{After: tomorrow, Tenant: true, Err: err}
	}
	switch {
	case api.status == http.StatusTooManyRequests:
		return &bot.NotSentError{After: api.after, Tenant: api.everybody, Err: err}
	case api.status == http.StatusUnauthorized:
		return &bot.NotSentError{After: anHour, Tenant: true, Err: err}
	case api.status >= 500 && !harmless:
		return err // a 502 may come after the message has landed
	case api.status >= 500:
		return &bot.NotSentError{After: serverWait, Err: err}
	}
	return &bot.NotSentError{After: anHour, Err: err}
}
