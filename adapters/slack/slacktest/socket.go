package slacktest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// mostSockets is how many Socket Mode connections an app may have.
const mostSockets = 10

// ackLimit is the size from which Slack drops an acknowledgement in silence
// (slack-go issue 1196).
const ackLimit = 20_000

type socket struct {
	conn   *websocket.Conn
	write  sync.Mutex
	muted  bool // a ghost: counted by Slack, but deaf and dumb
	warned bool // told to be replaced
	ending bool // takes nothing new
}

// fresh tells whether deliveries may be expected to be taken here for long.
func (c *socket) fresh() bool { return !c.warned && !c.muted && !c.ending }

func (c *socket) send(v any) error {
	c.write.Lock()
	defer c.write.Unlock()
	_ = c.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return c.conn.WriteJSON(v)
}

func disconnect(reason string) object {
	return object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-fake"}}
}

func (s *Server) connectionsOpen(r *http.Request) (object, *failure) {
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case r.Method != http.MethodPost:
		return nil, fail("method_not_supported")
	case !ok || bearer == "":
		return nil, fail("not_authed")
	case strings.HasPrefix(bearer, "xoxb-"):
		return nil, fail("not_allowed_token_type")
	case bearer != s.appToken:
		return nil, fail("invalid_auth")
	}
	s.opens++
	ticket := random(16)
	s.tickets[ticket] = true
	return object{"url": "ws" + strings.TrimPrefix(s.URL(), "http") + "/link/?ticket=" + url.QueryEscape(ticket) + "&app_id=" + AppID}, nil
}

// RevokeAppToken makes the app-level token invalid.
func (s *Server) RevokeAppToken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.appToken = "xapp-revoked"
}

// link takes a WebSocket; each ticket works once.
func (s *Server) link(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	s.mu.Lock()
	s.calls["link"]++
	good := s.tickets[ticket]
	delete(s.tickets, ticket)
	fault := s.fault("link")
	s.mu.Unlock()
	if fault != nil && fault.before(w, r) {
		return
	}
	if !good {
		http.Error(w, "bad ticket", http.StatusNotFound)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &socket{conn: conn}
	c.write.Lock() // the hello comes first, whoever else finds the connection meanwhile
	s.mu.Lock()
	if len(s.sockets) >= mostSockets {
		s.mu.Unlock()
		c.write.Unlock()
		_ = c.send(disconnect("too_many_websockets"))
		_ = conn.Close()
		return
	}
	select {
	case <-s.done:
		s.mu.Unlock()
		_ = conn.Close()
		return
	default:
	}
	s.sockets = append(s.sockets, c)
	n := len(s.sockets)
	hasty := s.hasty > 0
	c.warned = hasty
	s.hasty = max(0, s.hasty-1)
	s.work.Add(2)
	s.mu.Unlock()
	_ = c.conn.WriteJSON(object{
		"type": "hello", "num_connections": n, "connection_info": object{"app_id": AppID},
		"debug_info": object{"host": "applink-fake", "started": s.Now().Format(time.DateTime), "build_number": 1, "approximate_connection_time": 18060},
	})
	c.write.Unlock()
	s.mu.Lock()
	s.touch()
	s.mu.Unlock()
	if hasty {
		_ = c.send(disconnect("refresh_requested"))
	}
	stop := make(chan struct{})
	go s.pingSocket(c, stop)
	s.readSocket(c)
	close(stop)
}

// pingSocket pings as Slack does; a client that hears nothing for 30 s gives up.
func (s *Server) pingSocket(c *socket, stop chan struct{}) {
	defer s.work.Done()
	every := time.NewTicker(2 * time.Second)
	defer every.Stop()
	for {
		select {
		case <-stop:
			return
		case <-s.done:
			return
		case <-every.C:
		}
		s.mu.Lock()
		muted := c.muted
		s.mu.Unlock()
		if !muted {
			_ = c.conn.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(time.Second))
		}
	}
}

func (s *Server) readSocket(c *socket) {
	defer s.work.Done()
	plain := c.conn.PingHandler()
	c.conn.SetPingHandler(func(data string) error {
		s.mu.Lock()
		muted := c.muted
		s.mu.Unlock()
		if muted {
			return nil
		}
		return plain(data)
	})
	for {
		_, raw, err := c.conn.ReadMessage()
		if err != nil {
			break
		}
		var ack struct {
			ID      string          `json:"envelope_id"`
			Payload json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(raw, &ack) != nil || len(raw) >= ackLimit {
			continue
		}
		s.mu.Lock()
		e := s.pending[ack.ID]
		if e != nil && !c.muted && !s.loseAck() {
			delete(s.pending, ack.ID)
			e.acked <- Ack{Status: http.StatusOK, Body: ack.Payload, Attempts: e.attempt + 1}
			s.touch()
		}
		s.mu.Unlock()
	}
	_ = c.conn.Close()
	s.mu.Lock()
	s.sockets = slices.DeleteFunc(s.sockets, func(o *socket) bool { return o == c })
	if !c.ending && len(s.sockets) == 0 {
		s.gaps++
	}
	s.touch()
	s.mu.Unlock()
}

// settle ends a connection when what was sent on it is acknowledged, or a second
// later.
func (s *Server) settle(c *socket) {
	s.mu.Lock()
	c.ending = true
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.Await(ctx, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, e := range s.pending {
			if e.on == c {
				return false
			}
		}
		return true
	})
	_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
	_ = c.conn.Close()
}

// Sockets counts the open connections, ghosts included.
func (s *Server) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets)
}

// Fresh counts the connections that were not told to be replaced.
func (s *Server) Fresh() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.sockets {
		if c.fresh() {
			n++
		}
	}
	return n
}

// Hasty makes the next n connections be told to be replaced right after their hello.
func (s *Server) Hasty(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hasty = n
}

// Gaps counts how often the app closed its last connection of its own accord, and
// so could take nothing for a while.
func (s *Server) Gaps() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gaps
}

// Opens counts the calls of apps.connections.open that were granted.
func (s *Server) Opens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opens
}

// Refresh sends disconnect with a reason (warning, refresh_requested,
// link_disabled, too_many_websockets) on every connection that has not had one,
// and closes those connections after linger.
func (s *Server) Refresh(reason string, linger time.Duration) {
	s.mu.Lock()
	var told []*socket
	for _, c := range s.sockets {
		if c.fresh() {
			c.warned = true
			told = append(told, c)
		}
	}
	s.work.Add(1)
	s.mu.Unlock()
	for _, c := range told {
		_ = c.send(disconnect(reason))
	}
	go func() {
		defer s.work.Done()
		timer := time.NewTimer(linger)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.done:
		}
		for _, c := range told {
			s.settle(c)
		}
	}()
}

// Replace asks for a new connection, as Slack does when it recycles a server, and
// returns when the new one has had its hello and the old ones are closed.
func (s *Server) Replace(ctx context.Context) error {
	s.mu.Lock()
	var told []*socket
	for _, c := range s.sockets {
		if c.fresh() {
			c.warned = true
			told = append(told, c)
		}
	}
	s.mu.Unlock()
	for _, c := range told {
		_ = c.send(disconnect("refresh_requested"))
	}
	if err := s.Await(ctx, func() bool { return s.Fresh() > 0 }); err != nil {
		return err
	}
	for _, c := range told {
		s.settle(c)
	}
	return s.Await(ctx, func() bool { return s.Sockets() == 1 })
}

// CutSockets closes every connection without a word.
func (s *Server) CutSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.sockets {
		c.ending = true
		_ = c.conn.NetConn().Close()
	}
}

// MuteSockets makes ghosts of the present connections: they stay open, but
// nothing is said or heard on them, pings included.
func (s *Server) MuteSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.sockets {
		c.muted = true
	}
}

// SendRaw writes bytes as one text frame on every connection.
func (s *Server) SendRaw(frame []byte) {
	s.mu.Lock()
	all := slices.Clone(s.sockets)
	s.mu.Unlock()
	for _, c := range all {
		c.write.Lock()
		_ = c.conn.WriteMessage(websocket.TextMessage, frame)
		c.write.Unlock()
	}
}

// Envelope delivers an envelope of any type over Socket Mode.
func (s *Server) Envelope(kind string, payload map[string]any) Ack {
	return s.overSocket(&envelope{id: random(16), kind: kind, payload: payload, acked: make(chan Ack, 8)})
}
