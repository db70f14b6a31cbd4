package bot

import (
	"time"

	"roadmapbot/bot/calendar"
)

// Event is one thing that happened to a learner, kept for ever in the transaction
// that changed the record: for undo, export, "why", and what is still to come.
type Event struct {
	Seq  uint64    // 1 for the first; given by the store
	At   time.Time // UTC, to the second
	Op   string    // the operation it belongs to, empty for the bot's own acts
	What What

	Topic   string
	Item    string
	Answer  Answer
	Minutes int
	Day     calendar.Day // the local date of a nudge; the study day of what counts as study
	Text    string       // details: a setting's new value, a reason, the seq that an undo took back

	Before *Before // what an undo restores; nil if it can't be undone
}

// What names the kinds of events. The numbers are stored: never reuse one.
type What uint8

// The kinds of events.
const (
	WasStarted   What = 1
	WasDone      What = 2
	WasSkipped   What = 3
	WasStudied   What = 4
	WasAnswered  What = 5
	WasChosen    What = 6
	WasSet       What = 7 // a setting; Text says which and how
	WasUndone    What = 8
	WasAsked     What = 9 // a quiz was begun
	WasUnskipped What = 10

	NudgeSent    What = 20
	NudgeExpired What = 21
	NudgeLeftOut What = 22 // not sent on purpose; Text says why
	NudgeRefused What = 23
	NudgeSnoozed What = 24
	NudgeClosed  What = 25
)

var whatNames = map[What]string{
	WasStarted: "started", WasDone: "done", WasSkipped: "skipped", WasStudied: "studied",
	WasAnswered: "answered", WasChosen: "chose", WasSet: "set", WasUndone: "undone", WasAsked: "quiz begun", WasUnskipped: "brought back",
	NudgeSent: "nudge sent", NudgeExpired: "nudge expired", NudgeLeftOut: "nudge left out",
	NudgeRefused: "nudge refused", NudgeSnoozed: "nudge snoozed", NudgeClosed: "nudge closed",
}

func (w What) String() string { return whatNames[w] }

// Before is the part of the record as it was before an event.
type Before struct {
	Work     *Work // of the event's topic
	Card     *Card // of the event's item
	Settings *Settings
}

// studied tells whether the event makes its day a day with study.
func (e Event) studied() bool {
	return e.What == WasDone || e.What == WasStudied || e.What == WasAnswered
}

// MarshalText implements [encoding.TextMarshaler], for exports.
func (w What) MarshalText() ([]byte, error) { return []byte(w.String()), nil }
