package discord

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// holds are the rate limits that are closed right now. A limit that passed is
// forgotten, so that nothing grows with the number of interactions.
type holds struct {
	mu     sync.Mutex
	all    time.Time // until when the global limit is closed
	edge   time.Time // until when the address is blocked, interactions included
	routes map[string]time.Time
}

// maxHolds is the number of closed routes at which the passed ones are swept out.
const maxHolds = 512

// wait is how long the call must be held back, and whether that holds for all.
func (h *holds) wait(r call) (d time.Duration, everybody bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if d = h.edge.Sub(now); d > 0 {
		return d, true
	}
	if d = h.all.Sub(now); d > 0 && !r.interaction {
		return d, true
	}
	return h.routes[r.bucket()].Sub(now), false
}

// hold closes a limit.
func (h *holds) hold(r call, d time.Duration, everybody, edge bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	until := time.Now().Add(d)
	switch {
	case edge:
		h.edge = later(h.edge, until)
	case everybody:
		h.all = later(h.all, until)
	default:
		h.close(r.bucket(), until)
	}
}

// learn notes that an answer used up its route's limit.
func (h *holds) learn(r call, resp *http.Response) {
	if resp.Header.Get("X-RateLimit-Remaining") != "0" || resp.StatusCode == http.StatusTooManyRequests {
		return
	}
	if d := seconds(resp.Header.Get("X-RateLimit-Reset-After")); d > 0 {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.close(r.bucket(), time.Now().Add(d))
	}
}

// close closes a route. The caller holds the lock.
func (h *holds) close(bucket string, until time.Time) {
	if h.routes == nil {
		h.routes = map[string]time.Time{}
	}
	if len(h.routes) >= maxHolds {
		now := time.Now()
		for b, t := range h.routes {
			if t.Before(now) {
				delete(h.routes, b)
			}
		}
	}
	h.routes[bucket] = later(h.routes[bucket], until)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// bucket is the key of the route's limit: the method, the path, and its channel,
// guild or webhook; message ids share one.
func (r call) bucket() string {
	path, _, _ := strings.Cut(r.path, "?")
	if i := strings.Index(path, "/messages/"); i >= 0 {
		path = path[:i+len("/messages")] + "/*"
	}
	return r.method + " " + path
}

// route names the call in logs and errors, without ids and tokens.
func (r call) route() string {
	path, _, _ := strings.Cut(r.path, "?")
	parts := strings.Split(path, "/")
	for i := range parts {
		switch {
		case i > 1 && (parts[1] == "interactions" && i < 4 || parts[1] == "webhooks" && i < 4),
			parts[i] != "" && strings.Trim(parts[i], "0123456789") == "":
			parts[i] = "*"
		}
	}
	return r.method + " " + strings.Join(parts, "/")
}
