package discord

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"roadmapbot/bot"
)

// wire stands between discordgo's gateway client and the socket, because v0.29.0
// can't be left alone with some of what Discord sends: op 7 while it opens is a
// deadlock (bwmarrin/discordgo#513), an ACK before READY too, op 1 while it closes a
// nil pointer (#1702), and a silent peer goes unnoticed for minutes or, before READY,
// for ever. Whatever ends a connection, discordgo closes it with 1000, which throws
// the session away. So the wire answers op 1 itself, ends the connection on op 7, op 9
// and silence with a code of its own, and lets discordgo see only HELLO, ACK, READY,
// RESUMED and, of every other event, the number. It also says RESUME where discordgo,
// new for every connection, says IDENTIFY. Interactions it decodes once, into the
// fields in use, which discordgo would do twice and in full.
type wire struct {
	net.Conn
	in      *bufio.Reader
	handle  func(*interaction)
	unread  []byte // what discordgo may read next, a part of buffer
	buffer  []byte
	message []byte        // the frames of a message so far
	kind    byte          // opcode of that message
	began   bool          // the HTTP answer has passed
	greeted bool          // HELLO has passed
	opened  bool          // an event has passed, so Open is about to return
	wait    time.Duration // how long the peer may be silent
	token   bot.Secret

	heard *atomic.Int64 // when the peer last said something in a session, if anybody wants to know
	ready chan struct{} // closed on READY or RESUMED
	over  chan struct{} // closed when the connection is over
	gone  chan struct{} // closed when discordgo has let go of it

	mu     sync.Mutex
	at     *position // where the session stands; nil before READY of a new one
	seq    int64     // of the last event
	resume bool      // RESUME is due instead of discordgo's IDENTIFY
	ended  error     // why the connection is over; nil while it is not
	let    bool      // discordgo has let go
	once   sync.Once
}

// How long the peer may be silent: before HELLO, and at most afterwards, when it is
// one heartbeat and a half. Discord's heartbeat of 41.25 s makes that 61.9 s; the
// ceiling keeps the promise of 65 s whatever a gateway asks for.
const (
	helloWait  = 20 * time.Second
	silenceMax = 62 * time.Second
)

// Reasons for which the wire ends a connection.
var (
	errReconnect   = errors.New("the gateway asked for a reconnect")
	errInvalidKeep = errors.New("the gateway called the session invalid, and perhaps resumable")
	errInvalid     = errors.New("the gateway called the session invalid")
	errUnreadable  = errors.New("the gateway sent something unreadable")
	errNeverReady  = errors.New("the gateway did not get ready in time")
	errSilent      = errors.New("the gateway fell silent")
)

// closedError is a close frame from the gateway.
type closedError struct {
	code   int
	reason string
}

func (e *closedError) Error() string {
	return fmt.Sprintf("the gateway closed the connection: %d %s", e.code, e.reason)
}

// newWire wraps a connection that resumes the session at a position, or begins one
// if that is nil.
func newWire(c net.Conn, handle func(*interaction), token bot.Secret, at *position) *wire {
	w := &wire{
		Conn: c, in: bufio.NewReaderSize(c, 8<<10), handle: handle, wait: helloWait, token: token,
		ready: make(chan struct{}), over: make(chan struct{}), gone: make(chan struct{}),
	}
	if at != nil {
		copied := *at
		w.at, w.seq, w.resume = &copied, at.seq, true
	}
	return w
}

// position is where the session stands, or nil.
func (w *wire) position() *position {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at == nil {
		return nil
	}
	at := *w.at
	at.seq = w.seq
	return &at
}

// Read gives discordgo what it may see.
func (w *wire) Read(p []byte) (int, error) {
	for len(w.unread) == 0 {
		if err := w.next(); err != nil {
			return 0, w.end(err)
		}
	}
	n := copy(p, w.unread)
	w.unread = w.unread[n:]
	return n, nil
}

// next reads one more piece from the peer.
func (w *wire) next() error {
	if err := w.SetReadDeadline(time.Now().Add(w.wait)); err != nil {
		return err
	}
	if !w.began {
		return w.upgrade()
	}
	f, err := readFrame(w.in, maxMessage-len(w.message))
	if err != nil {
		return err
	}
	select {
	case <-w.ready: // whoever only greets, and takes no session, says nothing
		w.noteHeard()
	default:
	}
	switch {
	case f.opcode == frameClose:
		e := &closedError{}
		if len(f.payload) >= 2 {
			e.code, e.reason = int(binary.BigEndian.Uint16(f.payload)), string(f.payload[2:])
		}
		return e
	case f.opcode > frameClose:
		w.pass(f.opcode, f.payload)
		return nil
	case f.opcode == frameContinuation && w.message == nil, f.opcode != frameContinuation && w.message != nil:
		return errFrame
	case f.opcode != frameContinuation:
		w.kind = f.opcode
	}
	if !f.final {
		w.message = append(append(make([]byte, 0, len(w.message)+len(f.payload)), w.message...), f.payload...)
		return nil
	}
	whole := f.payload
	if w.message != nil {
		w.message = append(w.message, f.payload...)
		whole, w.message = w.message, nil
	}
	if w.kind != frameText {
		return errUnreadable // compression was not asked for
	}
	return w.take(whole)
}

// upgrade passes the head of the HTTP answer on, line by line. A refusal ends here:
// discordgo would not tell its status.
func (w *wire) upgrade() error {
	line, err := w.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if w.buffer == nil { // the first line, "HTTP/1.1 101 Switching Protocols"
		if _, status, _ := bytes.Cut(line, []byte(" ")); !bytes.HasPrefix(status, []byte("101")) {
			return fmt.Errorf("the gateway refused the connection: %q", clip(strings.TrimSpace(string(line)), 100))
		}
	}
	w.buffer = append(w.buffer[:0], line...)
	w.unread = w.buffer
	w.began = len(bytes.TrimRight(line, "\r\n")) == 0
	return nil
}

// pass lets discordgo read a frame.
func (w *wire) pass(opcode byte, payload []byte) {
	w.buffer = appendFrame(w.buffer[:0], opcode, payload)
	w.unread = w.buffer
}

func (w *wire) isReady() {
	w.once.Do(func() { close(w.ready); w.noteHeard() })
}

// Write sends what discordgo says. It never fails: the end of a connection comes to
// discordgo by reading only, because its heartbeat reconnects by itself and in a
// race with its reader. After the end there is at most a close frame to come, which
// would throw away a session that can be resumed.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended != nil {
		return len(p), nil
	}
	out := p
	if w.resume && w.greeted {
		w.resume = false
		out = appendMasked(nil, frameText, w.resumption())
	}
	err := w.SetWriteDeadline(time.Now().Add(writeWait))
	if err == nil {
		_, err = w.Conn.Write(out)
	}
	if err != nil {
		w.ended = err
		close(w.over)
		_ = w.Conn.Close()
	}
	return len(p), nil
}

// resumption is the RESUME message. The caller holds the lock.
func (w *wire) resumption() []byte {
	raw, _ := json.Marshal(map[string]any{"op": 6, "d": map[string]any{ // never fails
		"token": "Bot " + string(w.token), "session_id": w.at.session, "seq": w.seq,
	}})
	return raw
}

// writeWait bounds a write to the gateway.
const writeWait = 10 * time.Second

// send writes a frame of the wire's own.
func (w *wire) send(opcode byte, payload []byte) {
	_, _ = w.Write(appendMasked(nil, opcode, payload))
}

// resumableClose is a close code that leaves the session resumable, which 1000 and
// 1001 don't.
const resumableClose = 4000

// end notes why the connection is over, the first reason only, and returns it.
func (w *wire) end(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		err = fmt.Errorf("%w for %v", errSilent, w.wait)
	}
	if _, ok := errors.AsType[*closedError](err); !ok {
		w.send(frameClose, binary.BigEndian.AppendUint16(nil, resumableClose))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended == nil {
		w.ended = err
		close(w.over)
	}
	return w.ended
}

// cut ends the connection from outside, so that discordgo's reader wakes up.
func (w *wire) cut(err error) {
	_ = w.end(err)
	_ = w.Conn.Close()
}

// Close is discordgo letting go.
func (w *wire) Close() error {
	err := w.Conn.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended == nil {
		w.ended = net.ErrClosed
		close(w.over)
	}
	if !w.let {
		w.let = true
		close(w.gone)
	}
	return err
}

// reason is why the connection is over.
func (w *wire) reason() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ended
}

func (w *wire) noteHeard() {
	if w.heard != nil {
		w.heard.Store(time.Now().UnixNano())
	}
}
