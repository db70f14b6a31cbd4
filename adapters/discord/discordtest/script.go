package discordtest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"sync"

	"github.com/gorilla/websocket"
)

// Script is one connection's misbehaviour: what happens, and when.
type Script struct {
	At Moment
	Do []Behaviour // in this order
}

// Moment is a point in the life of a connection.
type Moment int

// The moments at which a script strikes.
const (
	Never       Moment = iota
	Refuse             // the WebSocket is refused with 503
	BeforeHello        // the socket is open, nothing was said
	AfterHello         // HELLO was sent
	OnIdentify         // IDENTIFY or RESUME came, nothing was answered
	AfterReady         // READY or RESUMED was sent
)

// Moments lists those in which there is a connection to behave on.
var Moments = []Moment{BeforeHello, AfterHello, OnIdentify, AfterReady}

// Kind is what happens.
type Kind int

// What a gateway may do at any moment.
const (
	AskHeartbeat   Kind = iota // op 1
	Reconnect                  // op 7
	InvalidForGood             // op 9, false
	InvalidForNow              // op 9, true
	Drop                       // the connection is cut without a word
	Silence                    // it stays open, and nothing comes any more
	Close                      // a close frame with Code
	Garbage                    // a text that is not JSON
	Nonsense                   // JSON of the wrong shape
	Bomb                       // a compressed message that nobody asked for
	Unknown                    // an opcode from the future
	UnknownEvent               // an event from the future
	HalfFrame                  // the beginning of a frame, then a cut
	Fragments                  // an event in several frames
	Again                      // the session's last event once more
	HelloAgain                 // a second HELLO
	PingPong                   // WebSocket control frames
	BadInteraction             // an INTERACTION_CREATE of the wrong shape
	lastOfTheKinds
)

// Kinds lists everything a gateway may do.
func Kinds() []Kind {
	all := make([]Kind, lastOfTheKinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// Behaviour is one thing a gateway does.
type Behaviour struct {
	Kind Kind
	Code int // of Close
}

// strike plays the script, and tells whether the connection goes on.
func (c *socket) strike() bool {
	for _, b := range c.script.Do {
		if !c.behave(b) {
			return false
		}
	}
	return true
}

func (c *socket) behave(b Behaviour) (goesOn bool) {
	switch b.Kind {
	case AskHeartbeat:
		c.send(map[string]any{"op": opHeartbeat, "d": nil})
	case Reconnect:
		c.send(map[string]any{"op": opReconnect, "d": nil})
	case InvalidForGood:
		c.forget()
		c.send(map[string]any{"op": opInvalid, "d": false})
	case InvalidForNow:
		c.send(map[string]any{"op": opInvalid, "d": true})
	case Drop:
		_ = c.ws.UnderlyingConn().Close()
		return false
	case Silence:
		c.write.Lock()
		c.silent = true
		c.write.Unlock()
	case Close:
		switch b.Code {
		case 4007, 4009, websocket.CloseNormalClosure, websocket.CloseGoingAway:
			c.forget()
		}
		c.hangUp(b.Code, "")
		return false
	case Garbage:
		c.raw(websocket.TextMessage, []byte(`{"t":"INTERACTION_CREATE","s":9,"op":0,"d":{"id":`))
	case Nonsense:
		c.raw(websocket.TextMessage, []byte(`{"op":"seven","s":[],"t":{},"d":12}`))
	case Bomb:
		c.raw(websocket.BinaryMessage, bomb())
	case Unknown:
		c.send(map[string]any{"op": 42, "d": map[string]any{"new": true}})
	case UnknownEvent:
		c.g.dispatch("THING_HAPPENED", []byte(`{"id":"1","type":"a word"}`))
	case HalfFrame:
		c.write.Lock()
		if !c.silent {
			_, _ = c.ws.UnderlyingConn().Write([]byte{0x81, 126, 0x10, 0x00, '{', '"'})
		}
		_ = c.ws.UnderlyingConn().Close()
		c.write.Unlock()
		return false
	case Fragments:
		c.fragments(`{"t":"TYPING_START","s":%d,"op":0,"d":{"x":"y"}}`)
	case Again:
		c.again()
	case HelloAgain:
		c.send(map[string]any{"op": opHello, "d": map[string]any{"heartbeat_interval": c.g.s.options.Heartbeat.Milliseconds()}})
	case PingPong:
		c.raw(websocket.PingMessage, []byte("are you there"))
		c.raw(websocket.PongMessage, nil)
	case BadInteraction:
		c.g.dispatch("INTERACTION_CREATE", []byte(`{"id":7,"token":[],"type":"a word","data":3}`))
	}
	return true
}

// forget makes the session one that can't be resumed.
func (c *socket) forget() {
	c.g.mu.Lock()
	defer c.g.mu.Unlock()
	clear(c.g.sessions)
}

// again repeats the last event.
func (c *socket) again() {
	c.g.mu.Lock()
	var last *event
	if c.s != nil && len(c.s.log) > 0 {
		last = &c.s.log[len(c.s.log)-1]
	}
	c.g.mu.Unlock()
	if last != nil {
		c.dispatch(*last)
	}
}

// fragments sends an event in several WebSocket frames, with a ping in between.
func (c *socket) fragments(format string) {
	if c.s == nil {
		return
	}
	c.g.mu.Lock()
	c.s.seq++
	text := fmt.Sprintf(format, c.s.seq)
	c.g.mu.Unlock()
	c.write.Lock()
	defer c.write.Unlock()
	if c.silent {
		return
	}
	half := len(text) / 2
	out := append([]byte{0x01, byte(half)}, text[:half]...)
	out = append(out, 0x89, 0)
	out = append(out, 0x80, byte(len(text)-half))
	out = append(out, text[half:]...)
	_, _ = c.ws.UnderlyingConn().Write(out)
}

// bomb is 32 MB of zeros, packed.
var bomb = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	zeros := make([]byte, 1<<20)
	for range 32 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	return packed.Bytes()
})
