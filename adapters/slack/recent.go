package slack

import (
	"sync"
	"time"
)

// Deliveries are remembered for at least recentTime, beyond the last of Slack's
// retries (5 min) and the age at which a signature is refused (5 min), unless
// more than recentMost come in that time.
const (
	recentTime = 10 * time.Minute
	recentMost = 50_000
)

// recent remembers what came lately, in two generations, so that it neither
// grows nor needs sweeping.
type recent struct {
	now      func() time.Time
	mu       sync.Mutex
	young    map[string]struct{}
	old      map[string]struct{}
	turnover time.Time
}

func newRecent(now func() time.Time) *recent {
	return &recent{now: now, young: map[string]struct{}{}, old: map[string]struct{}{}, turnover: now().Add(recentTime)}
}

// add notes an id and tells whether it is new. The empty id always is.
func (r *recent) add(id string) bool {
	if id == "" {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); now.After(r.turnover) || len(r.young) >= recentMost {
		r.old, r.young, r.turnover = r.young, map[string]struct{}{}, now.Add(recentTime)
	}
	if _, seen := r.young[id]; seen {
		return false
	}
	if _, seen := r.old[id]; seen {
		return false
	}
	r.young[id] = struct{}{}
	return true
}

// drop forgets an id, so that the next delivery counts.
func (r *recent) drop(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.young, id)
	delete(r.old, id)
}
