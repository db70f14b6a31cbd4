package slacktest

import (
	"context"
	"fmt"
	"time"
)

// envelope is one delivery over Socket Mode that waits for its acknowledgement.
type envelope struct {
	id      string
	kind    string
	payload object
	attempt int
	acked   chan Ack
	on      *socket // where it was sent last
}

// Ack is how the app took a delivery.
type Ack struct {
	Status   int    // of HTTP; 200 for an acknowledgement over a socket
	Body     []byte // the answer, if there was one
	Attempts int    // deliveries made, 1 if the first was taken
	Err      error  // nobody took it
}

// overSocket sends an envelope to any one connection. Events that are not
// acknowledged go out again; commands and interactions do not
// (python-slack-sdk issue 1940).
func (s *Server) overSocket(e *envelope) Ack {
	defer func() {
		s.mu.Lock()
		delete(s.pending, e.id)
		s.mu.Unlock()
	}()
	s.mu.Lock()
	wait := s.redeliv
	s.pending[e.id] = e
	s.mu.Unlock()
	tries := 1
	if e.kind == "events_api" {
		tries = 4
	} else {
		wait = max(wait, 3*time.Second)
	}
	for ; e.attempt < tries; e.attempt++ {
		out := object{"envelope_id": e.id, "type": e.kind, "payload": e.payload, "accepts_response_payload": e.kind != "events_api"}
		if e.kind == "events_api" {
			out["retry_attempt"], out["retry_reason"] = e.attempt, ""
			if e.attempt > 0 {
				out["retry_reason"] = "timeout"
			}
		}
		c := s.anySocket(e)
		if c != nil {
			_ = c.send(out)
		} else if e.kind != "events_api" {
			return Ack{Err: fmt.Errorf("slacktest: no connection takes %s", e.kind)}
		}
		timer := time.NewTimer(wait)
		select {
		case a := <-e.acked:
			timer.Stop()
			return a
		case <-s.done:
			timer.Stop()
			return Ack{Err: context.Canceled}
		case <-timer.C:
		}
	}
	return Ack{Err: fmt.Errorf("slacktest: %s was not acknowledged", e.kind), Attempts: e.attempt}
}

// anySocket picks a connection for an envelope in turn, ghosts and warned ones
// included.
func (s *Server) anySocket(e *envelope) *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []*socket
	for _, c := range s.sockets {
		if !c.ending {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return nil
	}
	c := open[int(s.next())%len(open)]
	e.on = c
	if c.muted {
		return nil
	}
	return c
}
