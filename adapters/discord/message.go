package discord

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// envelope is a message of the gateway.
type envelope struct {
	Op int             `json:"op"`
	S  int64           `json:"s"`
	T  string          `json:"t"`
	D  json.RawMessage `json:"d"`
}

var interactionMark = []byte(`"t":"INTERACTION_CREATE"`)

// take acts on one message and leaves in unread what discordgo shall see of it.
func (w *wire) take(raw []byte) error {
	if bytes.Contains(raw, interactionMark) {
		var e struct {
			envelope
			D interaction `json:"d"`
		}
		if err := json.Unmarshal(raw, &e); err == nil && e.Op == 0 && e.T == "INTERACTION_CREATE" {
			w.handle(&e.D)
			w.passed(e.S)
			return nil
		}
	}
	var e envelope
	if err := json.Unmarshal(raw, &e); err != nil {
		return errUnreadable
	}
	switch e.Op {
	case 0:
		return w.event(e, raw)
	case 1:
		w.mu.Lock()
		seq := w.seq
		w.mu.Unlock()
		w.send(frameText, fmt.Appendf(nil, `{"op":1,"d":%d}`, seq))
	case 7:
		return errReconnect
	case 9:
		if string(e.D) == "true" {
			return errInvalidKeep
		}
		return errInvalid
	case 10:
		var hello struct {
			Interval int64 `json:"heartbeat_interval"`
		}
		if err := json.Unmarshal(e.D, &hello); err != nil || hello.Interval <= 0 {
			return errUnreadable
		}
		w.wait = min(time.Duration(hello.Interval)*time.Millisecond*3/2, silenceMax)
		if w.greeted {
			break
		}
		w.pass(frameText, raw)
		w.mu.Lock()
		w.greeted = true
		resume, seq := w.resume, w.seq
		w.mu.Unlock()
		if resume {
			// What discordgo waits for after its IDENTIFY: it lets it go on, and know
			// the number for its heartbeats.
			w.buffer = appendFrame(w.buffer, frameText, stub(seq))
			w.unread, w.opened = w.buffer, true
		}
	case 11:
		if w.opened {
			w.pass(frameText, raw)
		}
	}
	return nil // an opcode from the future is not discordgo's business either
}

// event acts on an event other than a well-formed interaction.
func (w *wire) event(e envelope, raw []byte) error {
	switch e.T {
	case "READY":
		var d struct {
			ResumeURL string `json:"resume_gateway_url"`
			SessionID string `json:"session_id"`
		}
		if err := json.Unmarshal(e.D, &d); err != nil || d.SessionID == "" {
			return errUnreadable
		}
		w.pass(frameText, raw)
		w.opened = true
		w.mu.Lock()
		w.seq, w.at = e.S, &position{session: d.SessionID, address: d.ResumeURL}
		w.mu.Unlock()
		w.isReady()
		return nil
	case "RESUMED":
		w.isReady()
	case "INTERACTION_CREATE": // of a shape that does not fit
		in := salvage(e.D)
		w.handle(&in)
	}
	w.passed(e.S)
	return nil
}

// passed lets discordgo know an event's number, for its heartbeats.
func (w *wire) passed(seq int64) {
	w.opened = true
	w.mu.Lock()
	w.seq = seq
	w.mu.Unlock()
	w.pass(frameText, stub(seq))
}

func stub(seq int64) []byte { return fmt.Appendf(nil, `{"op":0,"s":%d,"t":"-","d":null}`, seq) }
