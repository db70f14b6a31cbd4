package discordtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// refusal is an error as Discord answers it.
type refusal struct {
	status  int
	code    int
	message string
}

// serve answers one REST request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api/v10")
	body, err := readBody(r)
	if err != nil {
		s.violate("%s %s: %v", r.Method, path, err)
		answer(w, 400, errorBody(50035, err.Error()))
		return
	}
	note := func(status int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests, Request{r.Method, path, body, status, s.options.Now()})
		if len(s.requests) > keep {
			s.requests = slices.Delete(s.requests, 0, keep/4)
		}
	}
	fault := s.fault(r.Method, path)
	var spent time.Duration
	if fault != nil && fault.Spent > 0 {
		fault, spent = nil, fault.Spent
	}
	if fault != nil && !fault.Landed {
		note(fault.Status)
		s.strike(w, r, fault)
		return
	}
	status, reply := s.handle(r, path, body)
	if fault != nil {
		note(fault.Status)
		s.strike(w, r, fault)
		return
	}
	note(status)
	rateHeaders(w, r.Method+path)
	if spent > 0 {
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset-After", fmt.Sprintf("%.3f", spent.Seconds()))
	}
	answer(w, status, reply)
}

// handle validates a request and carries it out.
func (s *Server) handle(r *http.Request, path string, body []byte) (int, any) {
	if !strings.HasPrefix(r.UserAgent(), "DiscordBot (") {
		s.violate("%s %s: User-Agent %q", r.Method, path, r.UserAgent())
		return 400, errorBody(0, "User-Agent")
	}
	op, values := s.doc.find(r.Method, path)
	if op == nil {
		s.violate("%s %s: no such route in the part of the document in use", r.Method, path)
		return 404, errorBody(0, "404: Not Found")
	}
	if err := op.check(values, r.URL.Query(), body); err != nil {
		s.violate("%s %s: %v\n%s", r.Method, path, err, body)
		return 400, errorBody(50035, "Invalid Form Body: "+err.Error())
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	anonymous := first == "interactions" || first == "webhooks"
	if !anonymous {
		if r.Header.Get("Authorization") != "Bot "+s.options.Token {
			return 401, errorBody(0, "401: Unauthorized")
		}
		if wait := s.global(); wait > 0 {
			return 429, map[string]any{"message": "You are being rate limited.", "retry_after": wait.Seconds(), "global": true}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	reply, refused := s.route(r.Method, path, values, r.URL.Query(), body)
	if refused != nil {
		if refused.status == 400 && refused.code == 50035 {
			s.violations = append(s.violations, fmt.Sprintf("%s %s: %s\n%s", r.Method, path, refused.message, body))
		}
		return refused.status, errorBody(refused.code, refused.message)
	}
	if reply == nil {
		return 204, nil
	}
	return 200, reply
}

// global counts a request against the 50 a second that a bot may make, and tells
// how long to wait if there were too many.
func (s *Server) global() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	s.window = slices.DeleteFunc(s.window, func(at time.Time) bool { return now.Sub(at) >= time.Second })
	if len(s.window) >= 50 {
		s.throttled++
		return time.Second - now.Sub(s.window[0])
	}
	s.window = append(s.window, now)
	return 0
}

// Throttled is how many requests came above the 50 a second.
func (s *Server) Throttled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.throttled
}

func errorBody(code int, message string) any {
	return map[string]any{"code": code, "message": message}
}

func rateHeaders(w http.ResponseWriter, bucket string) {
	h := w.Header()
	h.Set("X-RateLimit-Limit", "5")
	h.Set("X-RateLimit-Remaining", "4")
	h.Set("X-RateLimit-Reset-After", "1.000")
	h.Set("X-RateLimit-Bucket", fmt.Sprintf("%x", len(bucket)))
}

func answer(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	if status == 429 {
		if b, ok := body.(map[string]any); ok {
			w.Header().Set("Retry-After", fmt.Sprint(b["retry_after"]))
			w.Header().Set("X-RateLimit-Global", "true")
			w.Header().Set("X-RateLimit-Scope", "global")
			w.Header().Del("X-RateLimit-Reset-After")
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// readBody reads JSON.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 25<<20))
	if kind := r.Header.Get("Content-Type"); err == nil && len(body) > 0 && kind != "application/json" {
		err = fmt.Errorf("content type %q", kind)
	}
	return body, err
}
