package discord

import "time"

// Hurry shortens the adapter's waits for a test.
func (a *Adapter) Hurry(deferAfter time.Duration) {
	a.pace.deferAfter = deferAfter
	a.pace.backoff, a.pace.backoffMax = 5*time.Millisecond, 50*time.Millisecond
	a.pace.invalid = 10 * time.Millisecond
	a.pace.ready, a.pace.stuck = 3*time.Second, 8*time.Second
}
