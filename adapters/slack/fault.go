package slack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"
)

// maxPause bounds every back-off.
const maxPause = time.Minute

// jitter spreads a wait between a half and all of it, so that many bots do not
// come back at one instant.
func jitter(d time.Duration) time.Duration {
	if d <= 1 {
		return d
	}
	return d/2 + rand.N(d/2)
}

// clean takes addresses out of an error: a response URL or the ticket of a
// connection is a secret.
func clean(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s: %w", strings.ToLower(u.Op), u.Err)
	}
	return err
}

// apiError is Slack's name for what went wrong, empty if it said none.
func apiError(err error) string {
	if e, ok := errors.AsType[slackgo.SlackErrorResponse](err); ok {
		return e.Err
	}
	return ""
}

// refusals are errors that only a person can mend.
var refusals = []string{
	"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type", "missing_scope",
	"no_permission", "access_denied", "accesslimited", "two_factor_setup_required", "enterprise_is_restricted", "org_login_required", "ekm_access_denied", "team_access_not_granted", "app_missing", "forbidden_team", "deprecated_endpoint",
}

// voids are those after which a bot token is of no more use.
var voids = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "app_missing"}

func refused(err error) bool { return slices.Contains(refusals, apiError(err)) }

// limited tells whether Slack said to slow down, and how long to wait.
func limited(err error) (time.Duration, bool) {
	if r, ok := errors.AsType[*slackgo.RateLimitedError](err); ok {
		return max(r.RetryAfter, time.Second), true
	}
	var status slackgo.StatusCodeError
	if errors.As(err, &status) && status.Code == 429 || apiError(err) == "ratelimited" || apiError(err) == "rate_limited" {
		return time.Minute, true // without Retry-After: Slack's widest window
	}
	return 0, false
}

// noteFault remembers what an error means for other requests: a token that is void,
// or a Retry-After.
func (a *Adapter) noteFault(method, owner string, err error) {
	a.tokenVoid(err)
	if wait, ok := limited(err); ok {
		a.pace.block(method, owner, wait)
	}
}

// surelyNot tells whether a request surely had no effect: Slack refused it, or
// it never left this machine.
func surelyNot(err error) bool {
	if _, ok := limited(err); ok {
		return true
	}
	switch code := apiError(err); code {
	case "":
	case "fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org":
		return false // "some aspect of the operation may have succeeded"
	default:
		return true
	}
	if status, ok := errors.AsType[slackgo.StatusCodeError](err); ok {
		return status.Code < 500
	}
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}

// aboutPerson are refusals of a message that concern the person it is for, and last.
// All others are the operator's to mend, Slack's, or the bot's: nobody's nudges end
// because of them.
var aboutPerson = []string{
	"user_not_found", "users_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot", "account_inactive_user",
	"channel_not_found", "is_archived", "not_in_channel",
}
