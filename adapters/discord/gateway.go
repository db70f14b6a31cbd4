package discord

import (
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
	"strings"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

func init() { //nolint:gochecknoinits // a variable of the library, read when a connection is made
	discordgo.APIVersion = "10" // of the gateway's address; v0.29.0 says 9
}

// runGateway keeps a connection to the gateway until ctx ends, or Discord closes it
// with a reason that another connection would meet again.
func (a *Adapter) runGateway(ctx context.Context) error {
	wait := newBackoff(a.pace)
	var sess *session
	defer func() {
		if sess != nil {
			sess.close()
		}
	}()
	for ctx.Err() == nil {
		if sess == nil {
			address, err := a.gatewayURL(ctx)
			if err != nil {
				if unauthorized(err) {
					return errToken
				}
				a.log.Warn("Discord's gateway address is not to be had", "err", err)
				_ = sleep(ctx, wait.next())
				continue
			}
			sess = a.newSession(address)
		}
		since := time.Now()
		err := sess.connect(ctx)
		if time.Since(since) > a.pace.backoffMax {
			wait.reset() // not for less: every IDENTIFY counts against 1,000 a day
		}
		if ctx.Err() != nil {
			break
		}
		a.log.Info("the gateway connection ended", "reason", err)
		if fatal := lostForGood(err); fatal != nil {
			return fatal
		}
		pause := wait.next()
		if errors.Is(err, errInvalid) {
			pause = a.pace.invalid + time.Duration(rand.Int64N(int64(a.pace.invalid)+1))
		}
		if !resumable(err) || wait.tries > 3 {
			sess.close()
			sess = nil
		}
		_ = sleep(ctx, pause)
	}
	return nil
}

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

func setup(format string, args ...any) error { return &SetupError{fmt.Errorf(format, args...)} }

// resumable tells whether the session outlives this end of its connection.
func resumable(err error) bool {
	if closed, ok := errors.AsType[*closedError](err); ok {
		switch closed.code {
		case 4003, 4007, 4009:
			return false
		}
	}
	return !errors.Is(err, errInvalid) && !errors.Is(err, errStuck)
}

// errStuck is a session of the library that does not come back.
var errStuck = errors.New("the gateway client is stuck")

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

// session is one session with the gateway, over one connection after the other.
type session struct {
	a       *Adapter
	client  *discordgo.Session
	address string // where to connect next
	wire    atomic.Pointer[wire]
	done    chan struct{} // closed when the last Open has returned
}

func (a *Adapter) newSession(address string) *session {
	s := &session{a: a, address: address}
	c, _ := discordgo.New("Bot " + string(a.config.Token)) // never fails
	c.Identify.Intents = 0                                 // interactions come without any
	c.Compress, c.Identify.Compress = false, false
	c.StateEnabled = false
	c.ShouldReconnectOnError = false
	c.LogLevel = -1 // its errors come back to us; its debug output holds the token
	c.Client = &http.Client{Transport: s}
	s.client = c
	return s
}

// RoundTrip answers the one REST request that the library makes to connect: where
// the gateway is.
func (s *session) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.String() != discordgo.EndpointGateway {
		return nil, errors.New("no REST through the gateway's session")
	}
	raw, err := json.Marshal(map[string]string{"url": s.address})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(string(raw))),
	}, nil
}

// dialer makes the library connect through a wire.
func (s *session) dialer(ctx context.Context) *websocket.Dialer {
	want := hostPort(s.address)
	dial := func(connect func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
		return func(_ context.Context, network, address string) (net.Conn, error) {
			if address != want {
				return nil, errOtherGateway // makes the library ask for the address again
			}
			ctx, cancel := context.WithTimeout(ctx, helloWait)
			defer cancel()
			conn, err := connect(ctx, network, address)
			if err != nil {
				return nil, err
			}
			w := newWire(conn, s.a.fromGateway)
			w.heard = &s.a.stats.lastHeard
			s.wire.Store(w)
			return w, nil
		}
	}
	plain := &net.Dialer{}
	secure := &tls.Dialer{NetDialer: plain, Config: &tls.Config{MinVersion: tls.VersionTLS12}}
	return &websocket.Dialer{
		HandshakeTimeout: helloWait, NetDialContext: dial(plain.DialContext), NetDialTLSContext: dial(secure.DialContext),
	}
}

// connect opens a connection, resuming if there is something to resume, and stays
// until it ends.
func (s *session) connect(ctx context.Context) error {
	s.wire.Store(nil)
	opened := make(chan error, 1)
	s.client.Dialer = s.dialer(ctx)
	s.done = make(chan struct{})
	go func(done chan struct{}) {
		defer close(done)
		err := s.client.Open()
		if errors.Is(err, errOtherGateway) {
			err = s.client.Open()
		}
		opened <- err
	}(s.done)
	timer := time.NewTimer(s.a.pace.ready)
	defer timer.Stop()
	var isReady <-chan struct{}
	ready := false
	for {
		var gone <-chan struct{}
		w := s.wire.Load()
		if w != nil && opened == nil {
			isReady, gone = w.ready, w.gone
			if ready {
				isReady = nil
			}
		}
		select {
		case err := <-opened:
			if err != nil {
				return s.why(err)
			}
			opened = nil
		case <-isReady:
			ready = true
			timer.Stop()
			s.a.stats.connections.Add(1)
			if address := w.resume.Load(); address != nil && *address != "" {
				s.address = *address
			}
			s.a.log.Info("connected to the gateway")
		case <-gone:
			return s.why(w.reason())
		case <-timer.C:
			return s.abort(errNeverReady)
		case <-ctx.Done():
			return s.abort(ctx.Err())
		}
	}
}

// why prefers the wire's reason to what the library makes of it.
func (s *session) why(err error) error {
	if w := s.wire.Load(); w != nil {
		if reason := w.reason(); reason != nil && !errors.Is(reason, net.ErrClosed) {
			return reason
		}
	}
	return err
}

// abort ends the connection from this side and waits until the library let go of
// it.
func (s *session) abort(err error) error {
	w := s.wire.Load()
	opening := true
	select {
	case <-s.done:
		opening = false
	default:
	}
	if w != nil && ctxEnded(err) && !opening {
		go func() { _ = s.client.Close() }() // says 1000, so that Discord ends the session at once
	} else if w != nil {
		w.cut(err)
	}
	timer := time.NewTimer(s.a.pace.stuck)
	defer timer.Stop()
	var gone <-chan struct{}
	if w != nil {
		gone = w.gone
	}
	done := s.done
	for done != nil || gone != nil {
		select {
		case <-done:
			done = nil
		case <-gone:
			gone = nil
		case <-timer.C:
			s.a.stats.abandoned.Add(1)
			s.a.log.Error("the gateway client does not come back; it is left behind and replaced")
			if w != nil {
				w.cut(errStuck)
			}
			return errStuck
		}
	}
	return err
}

// hostPort is the host and port of a WebSocket address.
func hostPort(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return ""
	case u.Port() != "":
		return u.Host
	case u.Scheme == "ws":
		return u.Host + ":80"
	}
	return u.Host + ":443"
}

func ctxEnded(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// close lets go of whatever connection is left.
func (s *session) close() {
	if w := s.wire.Load(); w != nil {
		w.cut(net.ErrClosed)
	}
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
