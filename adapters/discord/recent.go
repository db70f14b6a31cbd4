package discord

// recent remembers the last ids of events, because Discord may deliver one more
// than once, after RESUME above all. Its users hold the adapter's gate.
type recent struct {
	seen map[string]struct{}
	ring []string
	next int
}

// recentSize covers the 15 minutes in which an interaction's token lives, at ten
// interactions a second.
const recentSize = 9000

func newRecent() *recent {
	return &recent{seen: make(map[string]struct{}, recentSize), ring: make([]string, recentSize)}
}

// add tells whether the id is new.
func (r *recent) add(id string) bool {
	if _, old := r.seen[id]; old {
		return false
	}
	delete(r.seen, r.ring[r.next])
	r.ring[r.next] = id
	r.seen[id] = struct{}{}
	r.next = (r.next + 1) % len(r.ring)
	return true
}
