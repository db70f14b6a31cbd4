// Package discord talks to Discord: slash commands, buttons, selects and forms
// come in over the gateway or over the HTTP interactions endpoint and leave as one
// private answer; nudges leave as direct messages.
//
// discordgo gives the gateway client and the numbers and names of Discord's API.
// What v0.29.0 can't do soundly is done here, each with the reason beside it: see
// wire.go for the gateway and rest.go for REST.
package discord

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"roadmapbot/bot"
)

// Name is the platform's name in accounts.
const Name = "discord"

// defaultAPI is Discord's own REST address.
const defaultAPI = "https://discord.com/api/v10"

// Config is what an adapter is made of.
type Config struct {
	Token bot.Secret // of the bot, from the developer portal
	AppID string     // asked of Discord if empty

	// PublicKey verifies HTTP interactions, in hexadecimal. Needed for HTTP.
	PublicKey string

	// HTTP takes interactions through [Adapter.ServeHTTP] instead of the gateway.
	HTTP bool

	API     string // base address of REST; defaultAPI if empty
	Gateway string // address of the gateway; what REST names if empty

	Commands []bot.Command                                     // what /roadmap offers
	Complete func(kind bot.ArgKind, typed string) []bot.Choice // suggestions, from memory

	Log *slog.Logger // slog.Default if nil
}

// Adapter is the bot on Discord. It is safe for concurrent use; Run may be called
// once.
type Adapter struct {
	config Config
	key    ed25519.PublicKey // nil without HTTP
	rest   *client
	log    *slog.Logger
	pace   pace
	dial   dialer // of the gateway, without TLS
	seen   *recent
	opens  *openings
	room   chan struct{} // one place for each interaction at work
	sorry  chan struct{} // one place for each turned away at the gateway
	gate   sync.Mutex
	shut   bool // nothing more is taken in
	work   sync.WaitGroup
	living context.Context // of everything under way; ended by quit after the drain
	quit   context.CancelFunc
	behind sync.WaitGroup // gateway clients that are letting go
	handle atomic.Pointer[bot.Handler]
	app    atomic.Pointer[string]
	lost   atomic.Pointer[error] // why Discord is lost for good
	fatal  chan struct{}         // closed when lost is set
	astray atomic.Bool           // Discord posts interactions elsewhere, and none reaches the gateway
	once   sync.Once
	stats  counters
}

// pace holds the adapter's waits, which tests shorten.
type pace struct {
	deferAfter time.Duration // how long the core may think before the answer is deferred
	backoff    time.Duration // before the second try to connect; doubles
	backoffMax time.Duration
	invalid    time.Duration // least wait after an invalid session, and as much again by chance
	ready      time.Duration // how long a connection may take to get ready
	stuck      time.Duration // after which a gateway client that does not let go is left behind
	look       time.Duration // between two looks at where Discord sends interactions
	overtake   time.Duration // how long Discord may take to read a deferral
	drain      time.Duration // how long Run waits for answers under way when it ends
}

var usualPace = pace{
	deferAfter: 1500 * time.Millisecond,
	backoff:    time.Second, backoffMax: time.Minute, invalid: time.Second,
	ready: 30 * time.Second, stuck: 5 * time.Second, drain: 3 * time.Second,
	look: 2 * time.Minute, overtake: 5 * time.Second,
}

// Bounds of the interactions handled, and of those turned away, at the same time.
const (
	atWork     = 1000
	turnedAway = 50
)

// New makes an adapter. It checks what can be checked without Discord.
func New(c Config) (*Adapter, error) {
	if c.Token == "" {
		return nil, errors.New("discord: no token; the developer portal shows it once, under Bot, Reset Token: give --discord-token or ROADMAPBOT_DISCORD_TOKEN")
	}
	c.Token = bot.Secret(strings.TrimPrefix(strings.TrimSpace(string(c.Token)), "Bot "))
	if c.API == "" {
		c.API = defaultAPI
	}
	if !strings.HasPrefix(c.API, "https://") && !strings.HasPrefix(c.API, "http://") {
		return nil, errors.New("discord: the API address must begin with https://: look at --discord-api or ROADMAPBOT_DISCORD_API")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	c.Log = c.Log.With("platform", Name)
	living, quit := context.WithCancel(context.Background())
	a := &Adapter{
		config: c, log: c.Log, pace: usualPace, dial: (&net.Dialer{Timeout: helloWait}).DialContext, living: living, quit: quit,
		seen: newRecent(), opens: newOpenings(), room: make(chan struct{}, atWork), sorry: make(chan struct{}, turnedAway), fatal: make(chan struct{}),
	}
	if c.PublicKey != "" {
		key, err := hex.DecodeString(strings.TrimSpace(c.PublicKey))
		if err != nil || len(key) != ed25519.PublicKeySize {
			return nil, errors.New("discord: the public key must be the 64 hexadecimal digits that the developer portal shows under General Information: look at --discord-public-key or ROADMAPBOT_DISCORD_PUBLIC_KEY")
		}
		a.key = key
	}
	if c.HTTP && a.key == nil {
		return nil, errors.New("discord: HTTP mode needs the public key, which the developer portal shows under General Information: give --discord-public-key or ROADMAPBOT_DISCORD_PUBLIC_KEY")
	}
	a.rest = newClient(strings.TrimRight(c.API, "/"), c.Token, newTransport())
	if c.AppID != "" {
		a.app.Store(&c.AppID)
	}
	return a, nil
}

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 32
	t.IdleConnTimeout = 60 * time.Second
	return t
}

// perSecond is how fast the core may send nudges: half of what Discord takes, so
// that everything else goes on.
const perSecond = 25

// Platform describes Discord to the core.
func (a *Adapter) Platform() bot.Platform { return bot.Platform{Name: Name, PerSecond: perSecond} }

// Run registers the commands and answers interactions, until ctx ends or Discord
// refuses the bot for good.
func (a *Adapter) Run(ctx context.Context, handle bot.Handler) error {
	a.handle.Store(&handle)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-a.fatal:
			cancel()
		case <-ctx.Done():
		}
	}()
	var background sync.WaitGroup
	background.Go(func() { a.prepare(ctx) })
	var err error
	if a.config.HTTP {
		a.log.Info("listening for interactions over HTTP")
		<-ctx.Done()
	} else {
		err = a.runGateway(ctx)
	}
	cancel()
	background.Wait()
	a.drain()
	a.rest.http.CloseIdleConnections()
	if lost := a.lost.Load(); lost != nil {
		err = *lost
	}
	return err
}

// deaf is how long the gateway may be away before [Adapter.Health] says so.
const deaf = 65 * time.Second

// Health tells whether interactions can reach the adapter: an error says why not.
func (a *Adapter) Health() error {
	if lost := a.lost.Load(); lost != nil {
		return *lost
	}
	if a.handle.Load() == nil {
		return errors.New("not running yet")
	}
	if a.config.HTTP {
		return nil
	}
	if a.astray.Load() {
		return errors.New("no interactions come: " + doClearEndpoint) //nolint:staticcheck // a sentence for the operator
	}
	switch heard := instant(a.stats.lastHeard.Load()); {
	case heard.IsZero():
		return errors.New("not connected to the gateway yet")
	case time.Since(heard) > deaf:
		return fmt.Errorf("nothing was heard from the gateway since %s", heard.UTC().Format(time.RFC3339))
	}
	return nil
}

// drain waits for the answers under way, and ends those that take too long.
func (a *Adapter) drain() {
	a.gate.Lock()
	a.shut = true
	a.gate.Unlock()
	done := make(chan struct{})
	go func() {
		a.work.Wait()
		close(done)
	}()
	t := time.AfterFunc(a.pace.drain, func() {
		a.log.Warn("stopping with answers under way")
		a.quit()
	})
	defer t.Stop()
	select {
	case <-done:
	case <-time.After(2 * a.pace.drain):
		a.log.Error("an answer under way does not end")
	}
	a.quit()
}

// errToken says what to do about a token that Discord refuses.
var errToken = &bot.SetupError{Err: errors.New("Discord refuses the bot's token; make a new one in the developer portal, under Bot, Reset Token")} //nolint:staticcheck // a sentence for the operator

// giveUp ends Run with a reason.
func (a *Adapter) giveUp(err error) {
	a.once.Do(func() {
		a.lost.Store(&err)
		close(a.fatal)
	})
}

// prepare finds out the application's id and registers the commands if they
// changed. Until it succeeds it tries again: the gateway does not wait for it. Then it
// watches where interactions go.
func (a *Adapter) prepare(ctx context.Context) {
	wait := newBackoff(a.pace)
	for ctx.Err() == nil {
		changed, err := a.Register(ctx, "")
		var setup *bot.SetupError
		switch {
		case err == nil:
			a.log.Info("slash commands are registered", "changed", changed)
			a.watchEndpoint(ctx)
			return
		case errors.As(err, &setup):
			a.giveUp(setup)
			return
		}
		a.log.Warn("the slash commands could not be registered yet", "err", err)
		_ = sleep(ctx, wait.next())
	}
}

// watchEndpoint notices when Discord posts interactions to an address, or to none,
// and the bot waits for them elsewhere: at the start, or after a change in the portal.
func (a *Adapter) watchEndpoint(ctx context.Context) {
	told := ""
	for {
		app, err := a.application(ctx)
		what := ""
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			what = told
			a.log.Warn("where Discord sends interactions is not to be had", "err", err)
		case a.config.HTTP && app.Endpoint == "":
			what = "no interactions come yet: " + doSetEndpoint
		case !a.config.HTTP && app.Endpoint != "":
			what = "no interactions will come: " + doClearEndpoint
		}
		if err == nil {
			a.astray.Store(!a.config.HTTP && app.Endpoint != "")
		}
		if told != what && what != "" {
			a.log.Error("interactions go astray", "why", what)
		}
		told = what
		if sleep(ctx, a.pace.look) != nil {
			return
		}
	}
}

// appID is the application's id, asked of Discord the first time.
func (a *Adapter) appID(ctx context.Context) (string, error) {
	if id := a.app.Load(); id != nil {
		return *id, nil
	}
	app, err := a.application(ctx)
	if err != nil {
		return "", err
	}
	a.app.Store(&app.ID)
	return app.ID, nil
}

// counters count since the start.
type counters struct {
	events, duplicates, panics, connections atomic.Uint64 // see [bot.Traffic]
	deferred                                atomic.Uint64 // answers that came after the deferral
	shed                                    atomic.Uint64 // interactions not handled because too many were at work
	failed                                  atomic.Uint64 // answers that Discord did not take
	abandoned                               atomic.Uint64 // gateway clients of the library that never let go
	letting                                 atomic.Int64  // those that are at it

	lastEvent, lastHeard atomic.Int64 // when an interaction came, and when the gateway said anything
}

// instant is a time as the counters hold it: in nanoseconds, 0 if it never was.
func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}

// Traffic is the part of the counters that every platform has.
func (a *Adapter) Traffic() bot.Traffic {
	s := &a.stats
	return bot.Traffic{
		Events: s.events.Load(), Duplicates: s.duplicates.Load(), Panics: s.panics.Load(),
		Connections: s.connections.Load(), LastEvent: instant(s.lastEvent.Load()),
	}
}

// Failed is how many answers Discord did not take.
func (a *Adapter) Failed() uint64 { return a.stats.failed.Load() }

var _ bot.Adapter = (*Adapter)(nil)
var _ http.Handler = (*Adapter)(nil)
