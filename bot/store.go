package bot

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Store keeps learners. Package storetest holds the suite that every one passes.
type Store interface {
	// Learner reads one learner, sharing nothing with the store. ErrNotFound if
	// the account is unknown.
	Learner(ctx context.Context, who Account) (Learner, error)

	// Update is the only way to change a learner. It hands the present record to
	// change, a new one with nothing but the account if it is unknown, and stores
	// the outcome together with the events in its New, or nothing at all: a new
	// record is not stored if change leaves it as it is. When Update returns
	// without error, the change survives a power cut.
	//
	// If op is not empty and was applied within the last days, change is not
	// called: the first application's events and the present record are the
	// answer. Change may run more than once; its error is returned as it is.
	//
	// ErrNotSaved means that the change surely did not happen.
	Update(ctx context.Context, who Account, op string, change func(*Learner) error) (Learner, []Event, error)

	// Events lists what happened to a learner, oldest first.
	Events(ctx context.Context, who Account) iter.Seq2[Event, error]

	// Delete removes a learner with all accounts and events and leaves no trace.
	// It is no error if there is none.
	Delete(ctx context.Context, who Account) error

	// Sweep changes every learner whose [Learner.Daily] falls within the minutes
	// that span names for the zone, from <= minute < to. Many share a transaction.
	// It yields those that changed, with their new events in New, once that is on
	// disk. A learner who can't be read, or whose change fails, is yielded as the
	// number and the error alone, and the sweep goes on; after an error without a
	// number it ends. It sees each Update whose change ran before the call; somebody
	// who leaves the span during it may still be changed. Like change, span may run
	// more than once.
	Sweep(ctx context.Context, span func(zone string) (from, to int), change func(*Learner) error) iter.Seq2[Learner, error]

	// Waking lists whose [Learner.Wake] is not after until, earliest first.
	Waking(ctx context.Context, until time.Time) iter.Seq2[Account, error]

	// Swept is the instant up to which the daily nudges have been claimed; zero in a
	// new store. SetSwept moves it.
	Swept(ctx context.Context) (time.Time, error)
	SetSwept(ctx context.Context, until time.Time) error

	Close() error
}

// ErrNotSaved says that a change surely did not happen, such as on a full disk,
// and that the store works on.
var ErrNotSaved = errors.New("not saved")

// ErrPanic says that a change panicked, and that nothing of it is stored.
var ErrPanic = errors.New("panic in a change")
