package discord

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"roadmapbot/bot"
)

func init() { //nolint:gochecknoinits // a variable of the library, read when a connection is made
	discordgo.APIVersion = "10" // of the gateway's address; v0.29.0 says 9
}

// runGateway keeps a connection to the gateway until ctx ends, or Discord closes it
// with a reason that another connection would meet again.
func (a *Adapter) runGateway(ctx context.Context) error {
	defer a.behind.Wait()
	wait := newBackoff(a.pace)
	var at *position
	for ctx.Err() == nil {
		var address string
		if at != nil {
			address = at.address
		} else {
			var err error
			address, err = a.gatewayURL(ctx)
			if unauthorized(err) {
				return errToken
			}
			if err != nil {
				a.log.Warn("Discord's gateway address is not to be had", "err", err)
				_ = sleep(ctx, wait.next())
				continue
			}
		}
		since := time.Now()
		var err error
		at, err = a.connect(ctx, address, at)
		if ctx.Err() != nil {
			break
		}
		a.log.Info("the gateway connection ended", "reason", err)
		if fatal := lostForGood(err); fatal != nil {
			return fatal
		}
		if time.Since(since) > a.pace.backoffMax {
			wait.reset() // not for less: every IDENTIFY counts against 1,000 a day
		}
		pause := wait.next()
		if errors.Is(err, errInvalid) {
			pause = max(pause, a.pace.invalid+time.Duration(rand.Int64N(int64(a.pace.invalid)+1)))
		}
		if !resumable(err) || wait.tries > maxResumes {
			at = nil
		}
		_ = sleep(ctx, pause)
	}
	return nil
}

// maxResumes is how many short connections in a row are resumed before a new session
// is tried.
const maxResumes = 5

// lostForGood is the reason, in words for the operator, if connecting again is of no
// use (topics/opcodes-and-status-codes).
func lostForGood(err error) error {
	var closed *closedError
	if !errors.As(err, &closed) {
		return nil
	}
	switch closed.code {
	case 4004:
		return errToken
	case 4010, 4011:
		return setup("the bot is in too many servers for one connection (%w); sharding is not built yet, so use HTTP interactions: --discord-mode http", err)
	case 4012:
		return setup("Discord no longer speaks this version of the gateway (%w); a newer roadmapbot is needed", err)
	case 4013, 4014:
		return setup("Discord refuses the intents (%w), though none is asked for; look at the application in the developer portal, under Bot", err)
	}
	return nil
}

func setup(format string, args ...any) error {
	return &bot.SetupError{Err: fmt.Errorf(format, args...)}
}

// resumable tells whether the session outlives this end of its connection.
func resumable(err error) bool {
	if closed, ok := errors.AsType[*closedError](err); ok {
		switch closed.code {
		case 4003, 4007, 4009:
			return false
		}
	}
	return !errors.Is(err, errInvalid)
}

// gatewayURL is where to connect first.
func (a *Adapter) gatewayURL(ctx context.Context) (string, error) {
	var g struct {
		URL   string `json:"url"`
		Limit struct {
			Remaining  int   `json:"remaining"`
			ResetAfter int64 `json:"reset_after"`
		} `json:"session_start_limit"`
	}
	if err := a.rest.do(ctx, call{method: http.MethodGet, path: "/gateway/bot", patient: true}, &g); err != nil {
		return "", err
	}
	if g.Limit.Remaining <= 0 && g.Limit.ResetAfter > 0 {
		// One IDENTIFY more would end all sessions and reset the token.
		pause := time.Duration(g.Limit.ResetAfter) * time.Millisecond
		a.log.Error("no session starts are left today", "wait", pause)
		if err := sleep(ctx, pause); err != nil {
			return "", err
		}
	}
	if a.config.Gateway != "" {
		return a.config.Gateway, nil
	}
	if u, err := url.Parse(g.URL); err != nil || u.Scheme != "wss" && u.Scheme != "ws" {
		return "", errors.New("the gateway's address is malformed")
	}
	return g.URL, nil
}

// position is where a session stands, for the next connection to resume it.
type position struct {
	session string
	seq     int64
	address string // where Discord wants it resumed
}

// gatewayAddress answers the one REST request that the library makes to connect:
// where the gateway is.
type gatewayAddress string

func (g gatewayAddress) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.String() != discordgo.EndpointGateway {
		return nil, errors.New("no REST through the gateway's session")
	}
	raw, err := json.Marshal(map[string]string{"url": string(g)})
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(bytes.NewReader(raw))}, nil
}

// dialer makes connections, as [net.Dialer.DialContext] does.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// newClient makes the library's session for one connection. None serves a second
// one: what of it lags behind a connection's end would get at the next.
func (a *Adapter) newClient(ctx context.Context, address string, at *position, dialed chan<- *wire) *discordgo.Session {
	c, _ := discordgo.New("Bot " + string(a.config.Token)) // never fails
	c.Identify.Intents = 0                                 // interactions come without any
	c.Compress, c.Identify.Compress = false, false
	c.StateEnabled = false
	c.ShouldReconnectOnError = false
	c.LogLevel = -1 // its errors come back to us; its debug output holds the token
	c.Client = &http.Client{Transport: gatewayAddress(address)}
	through := func(dial dialer) dialer {
		return func(_ context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			w := newWire(conn, a.fromGateway, a.config.Token, at)
			w.heard = &a.stats.lastHeard
			dialed <- w
			return w, nil
		}
	}
	secure := &tls.Dialer{NetDialer: &net.Dialer{Timeout: helloWait}, Config: &tls.Config{MinVersion: tls.VersionTLS12}}
	c.Dialer = &websocket.Dialer{HandshakeTimeout: helloWait, NetDialContext: through(a.dial), NetDialTLSContext: through(secure.DialContext)}
	return c
}

// connect opens a connection, which resumes the session if there is one, and stays
// until it ends. It returns where the session stands then.
func (a *Adapter) connect(ctx context.Context, address string, at *position) (*position, error) {
	dial, cancel := context.WithCancel(ctx)
	defer cancel()
	dialed, opened := make(chan *wire, 1), make(chan error, 1)
	client := a.newClient(dial, address, at, dialed)
	go func() { opened <- client.Open() }()
	timer := time.NewTimer(a.pace.ready)
	defer timer.Stop()
	var w *wire
	var ready, over <-chan struct{}
	isOpen := false
	for {
		select {
		case w = <-dialed:
			ready, over = w.ready, w.over
		case err := <-opened:
			isOpen, opened = err == nil, nil
			if w == nil {
				select {
				case w = <-dialed:
					ready, over = w.ready, w.over
				default:
					return at, err // it never came to a connection
				}
			}
			if err != nil {
				w.cut(err)
			}
		case <-ready:
			ready = nil
			timer.Stop()
			a.stats.connections.Add(1)
			a.log.Info("connected to the gateway")
		case <-over:
			a.leave(w)
			return w.position(), w.reason()
		case <-timer.C:
			if w == nil {
				a.forsake(dialed, opened, errNeverReady)
				return at, errNeverReady
			}
			w.cut(errNeverReady)
		case <-ctx.Done():
			switch {
			case isOpen:
				go func() { _ = client.Close() }() // says 1000, so that Discord ends the session at once
				a.leave(w)
			case w != nil:
				w.cut(ctx.Err())
				a.leave(w)
			default:
				a.forsake(dialed, opened, ctx.Err())
			}
			return nil, ctx.Err()
		}
	}
}

// forsake ends a connection that may yet come of a dial for which nobody waits any more.
func (a *Adapter) forsake(dialed <-chan *wire, opened <-chan error, why error) {
	a.behind.Go(func() {
		var w *wire
		select {
		case w = <-dialed:
		case <-opened: //nolint:errcheck // why it failed is of no interest any more
			select {
			case w = <-dialed:
			default:
				return // it came to none
			}
		}
		w.cut(why)
		a.leave(w)
	})
}

// leave lets the library finish with a connection that is over, without waiting for
// it: it takes a second for that, or, should it be stuck in spite of the wire, for
// ever. Then the next connection does not care.
func (a *Adapter) leave(w *wire) {
	a.stats.letting.Add(1)
	a.behind.Go(func() {
		defer a.stats.letting.Add(-1)
		t := time.NewTimer(a.pace.stuck)
		defer t.Stop()
		select {
		case <-w.gone:
		case <-t.C:
			a.stats.abandoned.Add(1)
			a.log.Error("the gateway client does not come back; it is left behind")
			w.cut(net.ErrClosed)
		}
	})
}

// backoff doubles a wait, with as much jitter.
type backoff struct {
	pace  pace
	tries int
}

func newBackoff(p pace) *backoff { return &backoff{pace: p} }

func (b *backoff) reset() { b.tries = 0 }

func (b *backoff) next() time.Duration {
	d := min(b.pace.backoff<<min(b.tries, 16), b.pace.backoffMax)
	b.tries++
	return d/2 + time.Duration(rand.Int64N(int64(d)+1))
}
