package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// workspace is where a request came from, with what is needed to answer there.
type workspace struct {
	tenant  string
	botUser string
	api     *slackgo.Client
}

// plainToken is the one workspace of the plain form, known after auth.test.
type plainToken struct {
	once    sync.Once
	api     *slackgo.Client
	mu      sync.Mutex
	known   bool
	team    string
	org     string
	botUser string
}

// tenantOf names an installation: the organisation if the app is installed for
// all of it, else the workspace.
func tenantOf(team, enterprise string, orgWide bool) string {
	if orgWide && enterprise != "" {
		return enterprise
	}
	return team
}

// identify asks Slack whose token this is, until it answers. The error is one
// that asking again can't mend.
func (a *Adapter) identify(ctx context.Context) error {
	wait := a.cfg.Pause
	for {
		err := a.whoami(ctx)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if refused(err) {
			return &bot.SetupError{Err: fmt.Errorf("the bot token was refused: %w; roadmapbot doctor slack tells what to do", clean(err))}
		}
		a.log.Warn("Slack does not answer yet", "err", clean(err))
		if pause(ctx, jitter(wait)) != nil {
			return ctx.Err()
		}
		wait = min(2*wait, maxPause)
	}
}

// tokenVoid ends Run if the plain form's one token is refused: without it the bot can
// answer nobody.
func (a *Adapter) tokenVoid(err error) {
	if a.installs != nil || !slices.Contains(voids, apiError(err)) {
		return
	}
	select {
	case a.void <- &bot.SetupError{Err: fmt.Errorf("the bot token is of no more use: %w; install the app again and set its new token; roadmapbot doctor slack tells more", clean(err))}:
	default:
	}
}

func (a *Adapter) whoami(ctx context.Context) error {
	a.plain.mu.Lock()
	defer a.plain.mu.Unlock()
	if a.plain.known {
		return nil
	}
	me, err := a.plainClient().AuthTestContext(ctx)
	if err != nil {
		return err
	}
	if me.UserID == "" {
		return errors.New("auth.test answered nothing")
	}
	a.plain.known, a.plain.team, a.plain.org, a.plain.botUser = true, me.TeamID, me.EnterpriseID, me.UserID
	return nil
}

// workspace finds the installation of a tenant. bot.ErrNotFound says that the
// app is not installed there.
func (a *Adapter) workspace(ctx context.Context, tenant string) (workspace, error) {
	if a.installs != nil {
		i, err := a.installs.fresh(ctx, tenant)
		if err != nil {
			return workspace{}, err
		}
		return workspace{tenant: tenant, botUser: i.BotUser, api: a.client(i.Token)}, nil
	}
	if err := a.whoami(ctx); err != nil {
		return workspace{}, clean(err)
	}
	if tenant != a.plain.team && tenant != a.plain.org {
		return workspace{}, fmt.Errorf("slack: not installed in %q: %w", tenant, bot.ErrNotFound)
	}
	return workspace{tenant: tenant, botUser: a.plain.botUser, api: a.plainClient()}, nil
}

// people remembers what Slack told of people, for a while.
type people struct {
	now func() time.Time
	mu  sync.Mutex
	of  map[bot.Account]person
}

type person struct {
	zone, locale string
	until        time.Time
}

// How long a person's zone is kept, how long a failure to learn it, and how many.
const (
	personTime = 6 * time.Hour
	strangeFor = 5 * time.Minute
	mostPeople = 20_000
)

func newPeople(now func() time.Time) *people {
	return &people{now: now, of: map[bot.Account]person{}}
}

// person learns a person's zone and locale, to be offered to them. Failing that
// both are empty: an answer never waits for it long.
func (a *Adapter) person(ctx context.Context, ws workspace, user string) person {
	who := bot.Account{Platform: Name, Tenant: ws.tenant, User: user}
	p := a.people
	p.mu.Lock()
	known, ok := p.of[who]
	p.mu.Unlock()
	if ok && p.now().Before(known.until) {
		return known
	}
	known = person{until: p.now().Add(strangeFor)}
	if a.pace.blocked("users.info", ws.tenant) == 0 && a.pace.free("users.info", ws.tenant) {
		short, cancel := context.WithTimeout(ctx, time.Second)
		u, err := ws.api.GetUserInfoContext(short, user)
		cancel()
		if err == nil {
			known = person{zone: u.TZ, locale: u.Locale, until: p.now().Add(personTime)}
		} else {
			a.noteFault("users.info", ws.tenant, err)
			a.log.Info("no zone from users.info", "err", clean(err))
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.of) >= mostPeople {
		clear(p.of)
	}
	p.of[who] = known
	return known
}
