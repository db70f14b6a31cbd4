// Package slack brings the bot to Slack: slash command, direct messages,
// mentions, buttons, selects, modals, the Home tab and nudges, over Socket Mode
// or signed HTTP, for one workspace or for many.
package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// Name is the Platform of every Account of this adapter.
const Name = "slack"

// The two ways in which Slack delivers.
const (
	ModeSocket = "socket"
	ModeHTTP   = "http"
)

// Command is the slash command of the app's manifest.
const Command = "/roadmap"

// Config is what the adapter is made of. Either BotToken is set (one
// workspace), or ClientID, ClientSecret, Keys and Shelf are (many workspaces).
type Config struct {
	Mode          string     // ModeSocket or ModeHTTP; empty means ModeSocket
	BotToken      bot.Secret // xoxb-…
	AppToken      bot.Secret // xapp-…, for Socket Mode
	SigningSecret bot.Secret // for HTTP
	ClientID      string
	ClientSecret  bot.Secret
	Keys          bot.Secret // of the stored tokens: "id:base64 of 32 bytes", more after commas; the first seals
	Shelf         Shelf      // where installations are kept
	API           string     // base address of the Web API; empty means Slack's

	Now   func() time.Time // the clock; time.Now if nil
	Log   *slog.Logger     // slog.Default if nil
	Queue int              // requests in work at once before new ones are refused; 1,000 if zero
	Pause time.Duration    // the first wait between failed connections; 1 s if zero
	Quiet time.Duration    // silence after which a socket counts as dead; 30 s if zero
}

// Adapter is the bot's presence on Slack. It is safe for concurrent use.
type Adapter struct {
	cfg        Config
	base       *url.URL // of the Web API
	log        *slog.Logger
	now        func() time.Time
	web        *http.Client
	keys       keyring
	installs   *installs // nil in the plain form
	plain      plainToken
	lanes      *lanes
	seen       *recent
	states     *recent // OAuth states that were used
	pace       *pace
	people     *people
	homes      *homes
	searches   *searches
	void       chan error // takes, once, why the plain form's token is of no more use
	handle     atomic.Pointer[bot.Handler]
	taking     atomic.Bool     // between the start of Run and its end
	life       context.Context // of work that outlives the request it came with
	end        context.CancelFunc
	links      atomic.Int32  // connections that had their hello
	turnedAway chan struct{} // holds one for each person who is being turned away
	counted    counters
}

type counters struct {
	events, duplicates, panics, connections atomic.Uint64
	last                                    atomic.Int64 // unix nanoseconds
}

// Traffic reads the counters.
func (a *Adapter) Traffic() bot.Traffic {
	c := &a.counted
	t := bot.Traffic{Events: c.events.Load(), Duplicates: c.duplicates.Load(), Panics: c.panics.Load(), Connections: c.connections.Load()}
	if last := c.last.Load(); last != 0 {
		t.LastEvent = time.Unix(0, last)
	}
	return t
}

var _ bot.Adapter = (*Adapter)(nil)

// New makes an adapter, or says which setting is missing.
func New(cfg Config) (*Adapter, error) {
	if cfg.Mode == "" {
		cfg.Mode = ModeSocket
	}
	if cfg.API == "" {
		cfg.API = slackgo.APIURL
	}
	if !strings.HasSuffix(cfg.API, "/") {
		cfg.API += "/"
	}
	base, err := url.Parse(cfg.API)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("slack: the address of the API, %q, is not one: look at %s", cfg.API, setting("api"))
	}
	a := &Adapter{cfg: cfg, base: base, log: cfg.Log, now: cfg.Now}
	if a.log == nil {
		a.log = slog.Default()
	}
	a.log = a.log.With("platform", Name)
	if a.now == nil {
		a.now = time.Now
	}
	if a.cfg.Queue == 0 {
		a.cfg.Queue = 1000
	}
	if a.cfg.Pause == 0 {
		a.cfg.Pause = time.Second
	}
	if a.cfg.Quiet == 0 {
		a.cfg.Quiet = 30 * time.Second
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	a.web = &http.Client{
		Transport: transport, Timeout: 10 * time.Second,
		// A token never follows a redirect.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	a.lanes, a.seen, a.states = newLanes(a.cfg.Queue), newRecent(a.now), newRecent(a.now)
	a.pace, a.people, a.homes, a.searches = newPace(a.now), newPeople(a.now), newHomes(), newSearches()
	a.void, a.turnedAway = make(chan error, 1), make(chan struct{}, mostTurnedAway)
	a.life, a.end = context.WithCancel(context.Background())
	return a, nil
}

// setting names a setting as an operator gives it.
func setting(name string) string {
	return "--slack-" + name + " or ROADMAPBOT_SLACK_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// check tells which settings are missing or contradict each other.
func (a *Adapter) check() error {
	var faults []error
	need := func(fine bool, what string) {
		if !fine {
			faults = append(faults, errors.New("slack: "+what))
		}
	}
	c := a.cfg
	isApp := func(s bot.Secret) bool { return strings.HasPrefix(s.Reveal(), "xapp-") }
	isBot := func(s bot.Secret) bool { return strings.HasPrefix(s.Reveal(), "xox") }
	swapped := isApp(c.BotToken) && isBot(c.AppToken)
	need(!swapped, "the two tokens are swapped: xoxb-… belongs in "+setting("bot-token")+", xapp-… in "+setting("app-token"))
	switch c.Mode {
	case ModeSocket:
		need(c.AppToken != "", "Socket Mode needs the app-level token (xapp-…): give "+setting("app-token"))
		need(c.AppToken == "" || isApp(c.AppToken) || swapped, "the app-level token does not look like one (xapp-…): look at "+setting("app-token"))
	case ModeHTTP:
		need(c.SigningSecret != "", "HTTP mode needs the signing secret: give "+setting("signing-secret"))
	default:
		need(false, fmt.Sprintf("the mode is %q; it must be %s or %s", c.Mode, ModeSocket, ModeHTTP))
	}
	if c.ClientID == "" {
		need(c.BotToken != "", "the bot token (xoxb-…) is missing: give "+setting("bot-token")+", or, for many workspaces, "+setting("client-id"))
		need(c.BotToken == "" || isBot(c.BotToken) || swapped, "the bot token does not look like one (xoxb-…): look at "+setting("bot-token"))
		return errors.Join(faults...)
	}
	need(c.BotToken == "", "one workspace has a bot token and many have a client id, not both: leave out "+setting("bot-token")+", or "+setting("client-id"))
	need(c.ClientSecret != "", "the client secret is missing: give "+setting("client-secret"))
	need(c.Shelf != nil, "many workspaces need a place to keep installations")
	keys, err := parseKeys(c.Keys)
	if err != nil {
		faults = append(faults, err)
	}
	a.keys = keys
	a.installs = &installs{adapter: a, shelf: c.Shelf, locks: map[string]*lock{}, unsaved: map[string]installation{}, tried: map[string]time.Time{}}
	return errors.Join(faults...)
}

// Platform tells the pace at which Slack takes unasked messages.
func (a *Adapter) Platform() bot.Platform {
	return bot.Platform{Name: Name, PerTenant: perTenant}
}

// drainTime is how long Run waits at its end for answers under way.
const drainTime = 8 * time.Second

// Run receives events until ctx ends, then finishes what was begun. In Socket
// Mode it holds the connection; in HTTP mode it only opens the routes of
// [Adapter.Handler]. It ends with a [bot.SetupError] if Slack refuses the tokens or
// Socket Mode for good.
func (a *Adapter) Run(ctx context.Context, handle bot.Handler) error {
	defer a.end()
	defer a.web.CloseIdleConnections()
	if a.installs == nil {
		if err := a.identify(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
	a.handle.Store(&handle)
	a.taking.Store(true)
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		select {
		case err := <-a.void:
			stop(err)
		case <-working.Done():
		}
	}()
	var err error
	if a.cfg.Mode == ModeSocket {
		err = a.runSocket(working)
	} else {
		<-working.Done()
	}
	if setup := (*bot.SetupError)(nil); errors.As(context.Cause(working), &setup) {
		err = setup
	}
	a.taking.Store(false)
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if a.lanes.drain(late) != nil {
		a.log.Warn("ended with answers under way")
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// plainClient is the client of the plain form's one token.
func (a *Adapter) plainClient() *slackgo.Client {
	a.plain.once.Do(func() { a.plain.api = a.client(a.cfg.BotToken.Reveal()) })
	return a.plain.api
}

// client is a Web API client for a token. It never repeats a request by itself.
func (a *Adapter) client(token string) *slackgo.Client {
	return slackgo.New(token, slackgo.OptionAPIURL(a.cfg.API), slackgo.OptionHTTPClient(a.web), slackgo.OptionAppLevelToken(a.cfg.AppToken.Reveal()))
}
