package discordtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Gateway is the WebSocket side: HELLO, IDENTIFY, RESUME with replay, heartbeats,
// events, and whatever goes wrong with them.
type Gateway struct {
	s        *Server
	upgrader websocket.Upgrader

	mu         sync.Mutex
	sessions   map[string]*session
	current    *session
	conns      map[*socket]bool
	scripts    []Script
	opened     int // connections so far
	identified int
	started    int       // sessions since the limit was last renewed
	renewal    time.Time // when it is renewed next
	resumes    int
	changed    chan struct{}
	wg         sync.WaitGroup
}

// session outlives its connections, so that one can be resumed.
type session struct {
	id   string
	seq  int64
	log  []event // to replay
	conn *socket // nil while disconnected
}

type event struct {
	seq  int64
	kind string
	data json.RawMessage
}

// opcode numbers of the gateway.
const (
	opDispatch     = 0
	opHeartbeat    = 1
	opIdentify     = 2
	opResume       = 6
	opReconnect    = 7
	opInvalid      = 9
	opHello        = 10
	opHeartbeatACK = 11
)

func newGateway(s *Server) *Gateway {
	return &Gateway{
		s: s, sessions: map[string]*session{}, conns: map[*socket]bool{}, changed: make(chan struct{}),
		upgrader: websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }},
	}
}

// Script arranges how the next connections behave, one script each. After the
// last, they behave well again.
func (g *Gateway) Script(scripts ...Script) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.scripts = append(g.scripts, scripts...)
}

// Counts tells how many connections came, and how many of them identified and
// resumed with success.
func (g *Gateway) Counts() (opened, identified, resumed int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened, g.identified, g.resumes
}

// Open is how many connections are open now.
func (g *Gateway) Open() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.conns)
}

// Connected tells whether a session is ready to take events.
func (g *Gateway) Connected() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.current != nil && g.current.conn != nil && g.current.conn.live
}

// Changed is closed at the next change of [Gateway.Counts] and [Gateway.Connected].
func (g *Gateway) Changed() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changed
}

func (g *Gateway) touch() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// Do lets something happen to the present connection now; without one it is false.
func (g *Gateway) Do(b Behaviour) bool {
	g.mu.Lock()
	var c *socket
	if g.current != nil {
		c = g.current.conn
	}
	g.mu.Unlock()
	if c == nil {
		return false
	}
	c.behave(b)
	return true
}

// dispatch sends an event to the session, or keeps it for the session to resume.
func (g *Gateway) dispatch(kind string, data json.RawMessage) {
	g.mu.Lock()
	s := g.current
	if s == nil {
		g.mu.Unlock()
		return
	}
	s.seq++
	e := event{s.seq, kind, data}
	s.log = append(s.log, e)
	if len(s.log) > keep {
		s.log = slices.Delete(s.log, 0, keep/4)
	}
	c := s.conn
	if c != nil && !c.live {
		c = nil
	}
	g.mu.Unlock()
	if c != nil {
		c.dispatch(e)
	}
}

// starts tells how many sessions may be started yet, and when the limit is renewed.
func (g *Gateway) starts() (left int, renewed time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.s.options.Now()
	if !now.Before(g.renewal) {
		g.started, g.renewal = 0, now.Add(g.s.options.Renew)
	}
	return max(0, g.s.options.Starts-g.started), g.renewal.Sub(now)
}

func (g *Gateway) close() {
	g.mu.Lock()
	for c := range g.conns {
		_ = c.ws.Close()
	}
	g.mu.Unlock()
	g.wg.Wait()
}
