package discordtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socket is one connection.
type socket struct {
	g       *Gateway
	ws      *websocket.Conn
	script  Script
	s       *session
	resumes bool  // came to the address for resuming
	live    bool  // events are sent as they come
	sent    int64 // the last event replayed

	write  sync.Mutex
	silent bool // says nothing more, not even ACK
}

func (g *Gateway) serve(w http.ResponseWriter, r *http.Request) {
	if v := r.URL.Query().Get("v"); v != "10" || r.URL.Query().Get("encoding") != "json" {
		g.s.violate("gateway: version %q, encoding %q", v, r.URL.Query().Get("encoding"))
	}
	g.mu.Lock()
	c := &socket{g: g, resumes: strings.Contains(r.URL.Path, "/resume")}
	if len(g.scripts) > 0 {
		c.script = g.scripts[0]
		g.scripts = g.scripts[1:]
	}
	g.opened++
	g.touch()
	g.mu.Unlock()
	if c.script.At == Refuse {
		http.Error(w, "503 Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	ws, err := g.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	ws.SetReadLimit(4096) // what Discord takes from a client
	c.ws = ws
	g.mu.Lock()
	g.conns[c] = true
	g.wg.Add(1)
	g.mu.Unlock()
	defer func() {
		_ = ws.Close()
		g.mu.Lock()
		delete(g.conns, c)
		if c.s != nil && c.s.conn == c {
			c.s.conn = nil
		}
		g.touch()
		g.mu.Unlock()
		g.wg.Done()
	}()
	c.run()
}

// run speaks the protocol until the connection ends.
func (c *socket) run() {
	if c.script.At == BeforeHello && !c.strike() {
		return
	}
	c.send(map[string]any{"op": opHello, "d": map[string]any{"heartbeat_interval": c.g.s.options.Heartbeat.Milliseconds()}})
	if c.script.At == AfterHello && !c.strike() {
		return
	}
	for {
		_ = c.ws.SetReadDeadline(time.Now().Add(3 * c.g.s.options.Heartbeat))
		_, raw, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		var m struct {
			Op int             `json:"op"`
			D  json.RawMessage `json:"d"`
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			c.hangUp(4002, "Decode error")
			return
		}
		switch m.Op {
		case opHeartbeat:
			c.send(map[string]any{"op": opHeartbeatACK})
		case opIdentify:
			if !c.identify(m.D) {
				return
			}
		case opResume:
			if !c.resume(m.D) {
				return
			}
		default:
			c.g.s.violate("gateway: opcode %d from the client", m.Op)
			c.hangUp(4001, "Unknown opcode")
			return
		}
	}
}

func (c *socket) identify(d json.RawMessage) bool {
	var id struct {
		Token      string         `json:"token"`
		Intents    *int           `json:"intents"`
		Properties map[string]any `json:"properties"`
		Compress   bool           `json:"compress"`
	}
	if err := json.Unmarshal(d, &id); err != nil || id.Intents == nil || id.Properties == nil {
		c.g.s.violate("gateway: IDENTIFY %s", d)
		c.hangUp(4002, "Decode error")
		return false
	}
	switch {
	case id.Token != "Bot "+c.g.s.options.Token && id.Token != c.g.s.options.Token:
		c.hangUp(4004, "Authentication failed.")
		return false
	case *id.Intents&c.g.s.options.DisallowedIntents != 0:
		c.hangUp(4014, "Disallowed intent(s).")
		return false
	case c.s != nil:
		c.hangUp(4005, "Already authenticated.")
		return false
	}
	if left, _ := c.g.starts(); left == 0 {
		c.g.s.violate("gateway: one IDENTIFY more than the %d that are allowed", c.g.s.options.Starts)
		c.hangUp(4004, "Authentication failed.")
		return false
	}
	c.g.mu.Lock()
	c.g.started++
	c.g.mu.Unlock()
	if c.script.At == OnIdentify && !c.strike() {
		return false
	}
	g := c.g
	g.s.mu.Lock()
	sid, bot, app := "s"+g.s.snowflake(), g.s.bot, g.s.options.AppID
	g.s.mu.Unlock()
	g.mu.Lock()
	c.s = &session{id: sid, conn: c}
	if len(g.sessions) > 20 {
		clear(g.sessions)
	}
	g.sessions[c.s.id] = c.s
	g.current = c.s
	g.identified++
	g.mu.Unlock()
	c.event("READY", map[string]any{
		"v": 10, "user": bot, "guilds": []any{}, "session_id": c.s.id, "session_type": "normal",
		"resume_gateway_url": strings.Replace(g.s.gatewayURL(), "127.0.0.1", "localhost", 1) + "/resume", "application": map[string]any{"id": app, "flags": 0},
	})
	return c.goLive()
}

func (c *socket) resume(d json.RawMessage) bool {
	var r struct {
		Token     string `json:"token"`
		SessionID string `json:"session_id"`
		Seq       int64  `json:"seq"`
	}
	if err := json.Unmarshal(d, &r); err != nil {
		c.hangUp(4002, "Decode error")
		return false
	}
	if c.script.At == OnIdentify && !c.strike() {
		return false
	}
	g := c.g
	if !c.resumes {
		g.s.violate("gateway: RESUME at the address for new sessions")
	}
	g.mu.Lock()
	s := g.sessions[r.SessionID]
	if s == nil || r.Seq > s.seq {
		g.mu.Unlock()
		c.send(map[string]any{"op": opInvalid, "d": false})
		return true
	}
	c.s, s.conn, g.current, c.sent = s, c, s, r.Seq
	g.resumes++
	g.mu.Unlock()
	c.replay()
	c.event("RESUMED", map[string]any{})
	return c.goLive()
}

// replay sends the events that the session missed, and tells when none is left.
func (c *socket) replay() {
	for {
		c.g.mu.Lock()
		var missed []event
		for _, e := range c.s.log {
			if e.seq > c.sent {
				missed = append(missed, e)
			}
		}
		if len(missed) == 0 {
			c.live = true // from here on Gateway.dispatch sends
			c.g.mu.Unlock()
			return
		}
		c.sent = missed[len(missed)-1].seq
		c.g.mu.Unlock()
		for _, e := range missed {
			c.dispatch(e)
		}
	}
}

func (c *socket) goLive() bool {
	c.replay()
	c.g.mu.Lock()
	c.g.touch()
	c.g.mu.Unlock()
	return c.script.At != AfterReady || c.strike()
}

// event makes and sends an event of the session that is not to be replayed.
func (c *socket) event(kind string, data any) {
	raw, err := json.Marshal(data)
	if err != nil {
		panic(err) // only plain values are in it
	}
	c.g.mu.Lock()
	c.s.seq++
	e := event{c.s.seq, kind, raw}
	c.g.mu.Unlock()
	c.dispatch(e)
}

func (c *socket) dispatch(e event) {
	c.raw(websocket.TextMessage, fmt.Appendf(nil, `{"t":%q,"s":%d,"op":0,"d":%s}`, e.kind, e.seq, e.data))
}

func (c *socket) send(v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // only plain values are in it
	}
	c.raw(websocket.TextMessage, raw)
}

func (c *socket) raw(kind int, data []byte) {
	c.write.Lock()
	defer c.write.Unlock()
	if c.silent {
		return
	}
	_ = c.ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_ = c.ws.WriteMessage(kind, data)
}

// hangUp closes the connection with a code.
func (c *socket) hangUp(code int, reason string) {
	c.raw(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason))
	_ = c.ws.Close()
}
