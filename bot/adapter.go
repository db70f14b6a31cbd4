package bot

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Adapter is one chat platform. The core asks it nothing but this.
type Adapter interface {
	// Platform describes the platform; its Name is the Platform of every
	// Account that comes from this adapter.
	Platform() Platform

	// Run receives events and answers them with handle, until ctx ends (nil) or
	// the connection is lost for good (an error that says why). Events of bots,
	// the bot itself included, are not handled.
	Run(ctx context.Context, handle Handler) error

	// Send delivers r unasked, as a direct message, in one attempt of one
	// request: repeating is the caller's business. Key marks the message, so
	// that Find can tell whether it arrived. A *[NotSentError] means that it
	// surely was not delivered; any other error means that nobody knows.
	Send(ctx context.Context, to Address, key string, r Reply) (Receipt, error)

	// Find looks up the message that Send marked with key. [ErrNotFound] means
	// that it surely did not arrive; any other error that nobody knows.
	Find(ctx context.Context, to Address, key string) (Receipt, error)

	// Edit replaces the message that Send or Find told of.
	Edit(ctx context.Context, to Address, sent Receipt, r Reply) error
}

// Platform is what the core needs to know of a platform: numbers, not names.
type Platform struct {
	Name string

	// How many unasked messages a second it takes, in all and from one tenant.
	// Zero means without limit.
	PerSecond, PerTenant float64
}

// SetupError is a fault that only the operator can mend: a setting that is missing or
// can't work, a token that was refused, a mode that is switched off. Its text says what
// to do. An adapter's Run may end with one.
type SetupError struct{ Err error }

func (e *SetupError) Error() string { return e.Err.Error() }

// Unwrap is the reason.
func (e *SetupError) Unwrap() error { return e.Err }

// Finding is one thing that an adapter's doctor looked at.
type Finding struct {
	OK        bool
	Unchecked bool   // not OK only because the platform could not be asked
	What      string // what was found
	Do        string // what to do about it, if What does not say so
}

// Traffic is what an adapter has counted since its start. Those that count have a
// method Traffic.
type Traffic struct {
	Events      uint64 // requests that came in, without duplicates
	Duplicates  uint64 // deliveries of what had come before
	Panics      uint64 // while handling one
	Connections uint64 // to the platform, one after another
	LastEvent   time.Time
}

// Address is where a direct message goes.
type Address struct {
	Account
	Channel string // the platform's channel of the last Receipt, empty if none yet
}

// Receipt is the platform's name for a delivered message.
type Receipt struct{ Channel, Message string }

// ErrNotFound says that there is no such learner or no such message.
var ErrNotFound = errors.New("not found")

// NotSentError says that a message surely was not delivered, and what can be
// done about it.
type NotSentError struct {
	// Permanent: closed direct messages, a block, a deleted account. Trying
	// again is of no use until the person writes to the bot.
	Permanent bool

	// After is the least wait before the next attempt, zero if unknown. With
	// Tenant set it holds for everybody of that tenant, as after HTTP 429.
	After  time.Duration
	Tenant bool

	Err error // why, without secrets
}

func (e *NotSentError) Error() string {
	if e.Permanent {
		return fmt.Sprintf("refused for good: %v", e.Err)
	}
	return fmt.Sprintf("not sent: %v", e.Err)
}

func (e *NotSentError) Unwrap() error { return e.Err }
