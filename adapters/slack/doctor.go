package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"roadmapbot/bot"
)

type findings []bot.Finding

func (l *findings) note(what string, ok bool, format string, args ...any) {
	*l = append(*l, bot.Finding{OK: ok, What: what + ": " + fmt.Sprintf(format, args...)})
}

func (l *findings) unchecked(what string, err error, advice string) {
	*l = append(*l, bot.Finding{Unchecked: true, What: fmt.Sprintf("%s: could not be checked: %v", what, clean(err)), Do: advice})
}

const lookAtNetwork = "Look at the network, and at --slack-api if you set it"

// Slack refuses nothing for a clock, but the bot does: signatures more than five
// minutes off. A warning comes well before that.
const clockSlack = time.Minute

var signingForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Doctor looks at the settings, the tokens, the scopes, the socket and the
// clock, and says what to mend. It sends nothing to anybody.
func Doctor(ctx context.Context, cfg Config) []bot.Finding {
	var list findings
	a, err := New(cfg)
	if err != nil {
		for fault := range strings.SplitSeq(err.Error(), "\n") {
			list.note("settings", false, "%s", strings.TrimPrefix(fault, "slack: "))
		}
		return list
	}
	defer a.end()
	defer a.web.CloseIdleConnections()
	list.note("settings", true, "complete for the %s mode", a.cfg.Mode)
	if a.installs == nil {
		a.examineToken(ctx, &list)
	} else {
		list.note("client", true, "many workspaces: tokens come from installations at /slack/install, and are sealed under the key %q", a.keys.first)
	}
	switch {
	case a.cfg.Mode == ModeSocket:
		a.examineSocket(ctx, &list)
	case signingForm.MatchString(a.cfg.SigningSecret.Reveal()):
		list.note("signing secret", true, "has the right form; only a request from Slack can prove it")
	default:
		list.note("signing secret", false, "should be 32 hexadecimal digits: copy it from Basic Information, App Credentials")
	}
	a.examineClock(ctx, &list)
	return list
}

func (a *Adapter) examineToken(ctx context.Context, list *findings) {
	me, err := a.plainClient().AuthTestContext(ctx)
	if err != nil && !refused(err) {
		list.unchecked("bot token", err, lookAtNetwork)
		return
	}
	if err != nil {
		list.note("bot token", false, "Slack says: %v. Copy the Bot User OAuth Token from OAuth & Permissions", clean(err))
		return
	}
	list.note("bot token", true, "works in the workspace %q as %q", me.Team, me.User)
	header := me.Header.Get("X-Oauth-Scopes")
	granted := strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ' ' })
	var extra []string
	for _, g := range granted {
		if !slices.Contains(Scopes, g) {
			extra = append(extra, g)
		}
	}
	switch missing := lacking(granted); {
	case len(missing) > 0:
		list.note("scopes", false, "missing: %s. Paste the manifest again, then reinstall the app", strings.Join(missing, ", "))
	case len(extra) > 0:
		list.note("scopes", true, "complete; not needed: %s", strings.Join(extra, ", "))
	default:
		list.note("scopes", true, "complete, and nothing beyond what is needed")
	}
}

// examineSocket asks for the address of a connection and opens none: Slack would hand it
// people's presses, which are then lost to a bot that runs beside.
func (a *Adapter) examineSocket(ctx context.Context, list *findings) {
	_, _, err := a.client("").StartSocketModeContext(ctx)
	switch {
	case err == nil:
		list.note("socket", true, "Slack takes the token, and Socket Mode is on")
	case socketRefused(err):
		list.note("socket", false, "Slack says: %v. Make an app-level token with connections:write in Basic Information, and switch Socket Mode on", clean(err))
	default:
		list.unchecked("socket", err, lookAtNetwork)
	}
}

func (a *Adapter) examineClock(ctx context.Context, list *findings) {
	theirs, err := a.slackTime(ctx)
	if err != nil {
		list.unchecked("clock", err, lookAtNetwork)
		return
	}
	off := a.now().Sub(theirs).Round(time.Second)
	if off.Abs() > clockSlack {
		list.note("clock", false, "%s away from Slack's; from five minutes on requests are refused. Set the clock by NTP", off)
		return
	}
	list.note("clock", true, "within a minute of Slack's")
}

func (a *Adapter) slackTime(ctx context.Context) (time.Time, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.cfg.API+"api.test", http.NoBody)
	if err != nil {
		return time.Time{}, err
	}
	res, err := a.web.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	_ = res.Body.Close()
	at, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return time.Time{}, errors.New("the answer holds no date")
	}
	return at, nil
}
