package discordtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Fault is something that goes wrong with REST requests.
type Fault struct {
	Method, Path string // as for [Server.Requests]
	Times        int    // how many requests it strikes; 0 means one

	// Landed says that the request is carried out before it fails: an answer
	// that gets lost.
	Landed bool

	Delay  time.Duration // before the answer
	Drop   bool          // cut the connection instead of an answer
	Status int
	Code   int // Discord's error code

	// Spent lets all go well, but the answer says that it was the last one that the
	// route's limit takes for so long.
	Spent time.Duration

	// Of a 429. Scope is "user", "global" or "shared"; HTML makes it the one that
	// the network's edge sends, without JSON and without Discord's headers.
	RetryAfter time.Duration
	Scope      string
	HTML       bool
}

// Fail arranges faults. Those that fit the same request strike in this order.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Times = max(f.Times, 1)
		s.faults = append(s.faults, &f)
	}
}

// Heal takes back every fault that has not struck yet.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) fault(method, path string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Times > 0 && (f.Method == "" || f.Method == method) && (f.Path == "" || fits(f.Path, path)) {
			f.Times--
			return f
		}
	}
	return nil
}

// strike answers with the fault.
func (s *Server) strike(w http.ResponseWriter, r *http.Request, f *Fault) {
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
		case <-s.gone:
		}
	}
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	seconds := fmt.Sprintf("%.3f", f.RetryAfter.Seconds())
	if f.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", seconds)
		if f.HTML {
			h.Set("Content-Type", "text/html")
			w.WriteHeader(f.Status)
			_, _ = io.WriteString(w, "<html><body>You are being blocked from accessing our API temporarily.</body></html>")
			return
		}
		h.Set("X-RateLimit-Scope", f.Scope)
		if f.Scope == "global" {
			h.Set("X-RateLimit-Global", "true")
		} else {
			h.Set("X-RateLimit-Limit", "5")
			h.Set("X-RateLimit-Remaining", "0")
			h.Set("X-RateLimit-Reset-After", seconds)
			h.Set("X-RateLimit-Bucket", "b")
		}
	}
	if f.Status == http.StatusBadGateway {
		h.Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, "<html><body>502 Bad Gateway</body></html>")
		return
	}
	if f.Status == 0 {
		f.Status = http.StatusInternalServerError
	}
	body := map[string]any{"code": f.Code, "message": fmt.Sprintf("fault %d", f.Code)}
	if f.Status == http.StatusTooManyRequests {
		body["retry_after"] = f.RetryAfter.Seconds()
		body["global"] = f.Scope == "global"
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(f.Status)
	_ = json.NewEncoder(w).Encode(body)
}
