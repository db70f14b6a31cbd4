package bot

import (
	"slices"
	"time"

	"roadmapbot/bot/calendar"
)

// Nudges is where the delivery of one learner's nudges stands. It is written
// before and after every message, so that a crash at any point loses nothing.
type Nudges struct {
	Since   time.Time    // when the schedule or the zone last changed; nothing due before is sent
	Decided calendar.Day // the latest local date on which a nudge was sent, or was decided not to be
	Sent    calendar.Day // the latest local date on which one was sent

	Claim Claim // the message being delivered, if any
	Shown Shown // the latest nudge, while it still has its buttons

	Snooze  time.Time    // the nudge comes again at this instant; zero if not
	Snoozed calendar.Day // study day of the latest snooze
	Snoozes int          // how many on that day

	Trialed calendar.Day // study day of the latest test
	Trials  int          // how many on that day

	Ignored int      // nudges in a row that led to nothing
	Missed  []Missed // expired ones to tell of at the next contact
	Channel string   // where the last message went; before the first, where the learner wrote from
	Refused bool     // the platform refused for good; until the learner's next contact
}

// Kind says what sort of message a claim is about.
type Kind uint8

// The kinds of unasked messages.
const (
	NoClaim Kind = iota
	Daily
	Again // after a snooze
	Trial // asked for with "nudge test"
)

func (k Kind) String() string {
	return [...]string{"none", "daily", "again", "trial"}[min(k, Trial)]
}

// Claim is a message on its way. It is stored before the first byte leaves.
type Claim struct {
	Kind     Kind
	Number   int          // tells claims of one kind and date apart; 0 for the daily one
	Day      calendar.Day // the local date it is for; after a snooze, the study day on which that was said
	Due      time.Time    // when it should arrive
	Next     time.Time    // when to act on it next
	Attempts int          // sends begun
	Unsure   bool         // a send was begun and nobody knows how it ended
	Answered bool         // put off before it was known to be there
	Item     string       // the quiz item it asks; empty if it asks none
}

// Shown is a delivered nudge that has not been closed yet.
type Shown struct {
	Kind    Kind
	Day     calendar.Day
	At      time.Time // when it was delivered; zero if there is none
	Receipt Receipt
	Until   time.Time // when it is to be closed, by an edit
	Tries   int       // edits that failed
	Seen    bool      // the learner was there since
	Item    string    // the quiz item it asks, while that is not answered
}

// Missed is a nudge that could not be delivered in time.
type Missed struct {
	Day    calendar.Day
	Reason string // in words that follow "Not delivered for Monday:"
}

// InQuiet is the Reason that is on nobody's side.
const InQuiet = "it fell into your quiet hours"

func (n Nudges) clone() Nudges {
	n.Missed = slices.Clone(n.Missed)
	return n
}

// Wake is the next instant at which the delivery has something to do for this
// learner, other than the daily nudge itself. The store keeps an index of it.
func (l Learner) Wake() (at time.Time, ok bool) {
	n := l.Nudges
	for _, t := range []time.Time{n.Claim.Next, n.Snooze, n.Shown.Until} {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	return at, !at.IsZero()
}

// Daily is the place of the learner in the index of daily nudges: the minute of
// the day in a zone. False means that no daily nudge is wanted or possible.
func (l Learner) Daily() (zone string, minute int, ok bool) {
	s := l.Settings
	return s.Zone, s.Schedule.Minute, s.Schedule.On && s.Zone != "" && !l.Nudges.Refused
}

// MarshalText implements [encoding.TextMarshaler], for exports.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// close asks for the shown nudge to be edited, without delay: its work is done or
// its answer given.
func (n *Nudges) close(now time.Time) {
	if !n.Shown.At.IsZero() {
		n.Shown.Until = now.UTC()
	}
}
