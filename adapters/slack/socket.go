package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// The Socket Mode client is ours, not slack-go's: that one drops the old
// connection before it has a new one, acknowledges on the wrong connection,
// redials without a pause, and leaves unknown envelopes unacknowledged.

// Reasons of a disconnect message, and what else may end a connection.
const (
	reasonDisabled = "link_disabled"
	reasonTooMany  = "too_many_websockets"
	reasonLost     = "lost"
)

const (
	helloTime  = 10 * time.Second // for the handshake, and then for the hello
	writeTime  = 5 * time.Second
	stableTime = 10 * time.Second // a connection that lived as long was a good one
	lingerTime = 30 * time.Second // how long an old connection is read beside the new one
	frameLimit = 4 << 20          // bytes
	mostOld    = 2                // old connections beside the present one; Slack allows ten in all
)

// Health tells whether the adapter takes requests now, and if not, why.
func (a *Adapter) Health() error {
	switch {
	case !a.taking.Load():
		return errClosed
	case a.cfg.Mode == ModeSocket && a.links.Load() == 0:
		return errors.New("slack: no connection")
	}
	return nil
}

// frame is any message of Socket Mode.
type frame struct {
	Type        string          `json:"type"`
	Reason      string          `json:"reason"`
	EnvelopeID  string          `json:"envelope_id"`
	Payload     json.RawMessage `json:"payload"`
	Connections int             `json:"num_connections"`
}

// socket is one connection.
type socket struct {
	a     *Adapter
	conn  *websocket.Conn
	write sync.Mutex
	owed  map[string]bool // envelopes to be acknowledged; guarded by write
	hello chan struct{}   // closed at the hello
	leave chan string     // takes the reason to replace it, once
	gone  chan struct{}   // closed when reading ended
	end   *time.Timer     // of the time beside the successor; of the reader alone
}

// runSocket keeps one connection, and during a change two, until ctx ends or
// Slack refuses for good.
func (a *Adapter) runSocket(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var old []*socket // still read, while a successor takes over
	fails := 0
	for {
		if fails > 0 {
			if pause(ctx, a.backoff(fails)) != nil {
				return ctx.Err()
			}
		}
		s, err := a.connect(ctx, &all)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if socketRefused(err) {
				return &bot.SetupError{Err: fmt.Errorf("slack: Socket Mode was refused: %w", clean(err))}
			}
			a.log.Warn("no connection", "err", clean(err))
			if wait, slow := limited(err); slow && pause(ctx, wait) != nil {
				return ctx.Err()
			}
			fails++
			continue
		}
		since := a.now()
		var reason string
		select {
		case <-ctx.Done():
			return ctx.Err()
		case reason = <-s.leave:
		}
		if a.now().Sub(since) >= stableTime {
			fails = 0
		} else {
			fails++
		}
		a.log.Info("the connection is to be replaced", "reason", reason)
		switch reason {
		case reasonDisabled:
			return &bot.SetupError{Err: errors.New("slack: Socket Mode is switched off in the app's settings")}
		case reasonTooMany:
			a.log.Error("Slack counts too many connections: is another copy of the bot running?")
			fails = max(fails, 5)
			s.close()
		case reasonLost:
			fails = max(fails, 1)
		}
		if old = append(old, s); len(old) > mostOld {
			old[0].close()
			old = old[1:]
		}
	}
}

// socketRefused tells whether only a person can mend why there is no connection.
func socketRefused(err error) bool { return refused(err) || apiError(err) == reasonDisabled }

// backoff is the wait after so many failures in a row.
func (a *Adapter) backoff(fails int) time.Duration {
	return jitter(min(a.cfg.Pause<<min(fails-1, 6), maxPause))
}

// connect asks for an address, dials it and waits for the hello.
func (a *Adapter) connect(ctx context.Context, all *sync.WaitGroup) (*socket, error) {
	_, address, err := a.client("").StartSocketModeContext(ctx)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "wss" && !(u.Scheme == "ws" && a.base.Scheme == "http") {
		return nil, errors.New("slack: apps.connections.open answered no address of a secure WebSocket")
	}
	dialer := websocket.Dialer{HandshakeTimeout: helloTime, Proxy: http.ProxyFromEnvironment}
	conn, res, err := dialer.DialContext(ctx, address, nil) //nolint:bodyclose // the library says it needs no closing
	if err != nil {
		if res != nil {
			err = fmt.Errorf("slack: WebSocket: HTTP %d: %w", res.StatusCode, err)
		}
		return nil, clean(err)
	}
	s := &socket{a: a, conn: conn, owed: map[string]bool{}, hello: make(chan struct{}), leave: make(chan string, 1), gone: make(chan struct{})}
	all.Add(2)
	go func() { defer all.Done(); s.read() }()
	go func() { defer all.Done(); s.tend(ctx) }()
	timer := time.NewTimer(helloTime)
	defer timer.Stop()
	select {
	case <-s.hello:
	case <-s.gone:
	case <-timer.C:
		s.close()
		<-s.gone
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case <-s.hello: // whatever else came since is for runSocket
		return s, nil
	default:
	}
	reason := <-s.leave // there is one, since reading ended
	switch reason {
	case reasonDisabled:
		return nil, slackgo.SlackErrorResponse{Err: reasonDisabled}
	case reasonTooMany:
		a.log.Error("Slack counts too many connections: is another copy of the bot running?")
	}
	return nil, errors.New("slack: no hello on a new connection: " + reason)
}

// close ends a connection at once.
func (s *socket) close() { _ = s.conn.Close() }

// tend pings, so that both ends notice when the other is gone, and closes the
// connection politely when the bot ends.
func (s *socket) tend(ctx context.Context) {
	every := time.NewTicker(s.a.cfg.Quiet / 3)
	defer every.Stop()
	for {
		select {
		case <-s.gone:
			return
		case <-ctx.Done():
			s.acknowledge() // what was begun will be finished
			_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
			s.close()
			return
		case <-every.C:
			_ = s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTime))
		}
	}
}

// heard gives the connection another while.
func (s *socket) heard() { _ = s.conn.SetReadDeadline(time.Now().Add(s.a.cfg.Quiet)) }

// read takes frames until the connection ends. It never waits for work, so that
// pings are answered whatever the bot does.
func (s *socket) read() {
	counted := false
	defer func() {
		s.close()
		if counted {
			s.a.links.Add(-1)
		}
		s.replace(reasonLost)
		s.end.Stop()
		close(s.gone)
	}()
	s.conn.SetReadLimit(frameLimit)
	pong := s.conn.PingHandler()
	s.conn.SetPingHandler(func(data string) error { s.heard(); return pong(data) })
	s.conn.SetPongHandler(func(string) error { s.heard(); return nil })
	for {
		s.heard()
		kind, raw, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		var f frame
		if kind != websocket.TextMessage || json.Unmarshal(raw, &f) != nil {
			s.a.log.Warn("a frame that can't be read", "bytes", len(raw))
			continue
		}
		switch f.Type {
		case "hello":
			if !counted {
				counted = true
				s.a.counted.connections.Add(1)
				s.greet(f.Connections, int(s.a.links.Add(1)))
				close(s.hello)
			}
		case "disconnect":
			s.replace(f.Reason)
		default:
			s.take(f)
		}
	}
}

// replace asks once for a successor of this connection, and ends it a while later.
func (s *socket) replace(reason string) {
	select {
	case s.leave <- reason:
	default:
	}
	if s.end == nil {
		s.end = time.AfterFunc(lingerTime, s.close)
	}
}

// greet notices connections that Slack counts and nobody here holds: another
// copy of the bot, or ghosts, which take deliveries and answer none.
func (s *socket) greet(slacks, ours int) {
	if slacks > ours {
		s.a.log.Warn("connected, but Slack counts connections that are not this process's: does another copy of the bot run?", "counted", slacks, "own", ours)
		return
	}
	s.a.log.Info("connected", "connections", ours)
}
