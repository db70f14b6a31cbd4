package slacktest

import (
	"net/http"
	"strconv"
	"time"
)

// Fault is something that goes wrong with one request of the Web API, or of a
// response URL under the name "response_url".
type Fault struct {
	Status     int    // answer with this HTTP status instead, before anything is done
	RetryAfter int    // seconds, sent along with Status 429; negative sends no header
	Error      string // answer ok false with this error; what was asked may have been done
	Cut        bool   // close the connection before anything is done
	CutAfter   bool   // do what was asked, then close the connection without an answer
	Broken     bool   // do what was asked, then answer 502
	Hold       chan struct{}
	// Hold, if set, delays the request until it is closed or the server ends.
}

// Break makes the next request of the method fail as told, and the one after it
// as told by the next fault, and so on.
func (s *Server) Break(method string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[method] = append(s.faults[method], faults...)
}

// fault takes the next fault of a method; s.mu is held.
func (s *Server) fault(method string) *Fault {
	list := s.faults[method]
	if len(list) == 0 {
		return nil
	}
	s.faults[method] = list[1:]
	return &list[0]
}

// before does what happens instead of the work, and tells whether that was all.
func (f *Fault) before(w http.ResponseWriter, r *http.Request) bool {
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-r.Context().Done():
			return true
		}
	}
	if f.Cut {
		hangUp(w)
		return true
	}
	if f.Status != 0 {
		if f.Status == http.StatusTooManyRequests && f.RetryAfter >= 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		w.WriteHeader(f.Status)
		return true
	}
	return false
}

// after does what happens instead of the answer, and tells whether it did.
func (f *Fault) after(w http.ResponseWriter, _ *http.Request) bool {
	if f.CutAfter {
		hangUp(w)
		return true
	}
	if f.Broken {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	return false
}

func hangUp(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
		}
	}
}

// Limit is a rate limit.
type Limit struct {
	Calls      int // in Per
	Per        time.Duration
	PerChannel bool // counted for each channel on its own
	Page       int  // most messages on a page of conversations.history, zero for as many as asked
}

// SetLimit makes a method answer 429 with Retry-After beyond the limit, counted
// for each workspace. Without it nothing is limited.
func (s *Server) SetLimit(method string, l Limit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits[method] = l
}

// limited tells how long a caller has to wait, zero if not at all; s.mu is held.
func (s *Server) limited(method, channel, bearer string) time.Duration {
	l, ok := s.limits[method]
	if !ok {
		return 0
	}
	key := method + " " + bearer
	if l.PerChannel {
		key += " " + channel
	}
	now, kept := s.now(), s.spent[key][:0]
	for _, at := range s.spent[key] {
		if now.Sub(at) < l.Per {
			kept = append(kept, at)
		}
	}
	if len(kept) >= l.Calls {
		s.spent[key] = kept
		return l.Per - now.Sub(kept[0])
	}
	s.spent[key] = append(kept, now)
	return 0
}
