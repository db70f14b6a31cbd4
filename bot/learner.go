package bot

import (
	"maps"
	"slices"
	"time"

	"roadmapbot/bot/calendar"
)

// Learner is what the bot knows about one person. No name, no message: only what
// they did with the roadmap and how they want to be reminded.
type Learner struct {
	ID       uint64    // given by the store; 0 until it is first written
	Accounts []Account // whose they are; nudges go to the first
	Started  time.Time // UTC

	Settings Settings
	Days     StudyDays
	Topics   map[string]Work // by topic id
	Cards    map[string]Card // by quiz item id
	Quiz     Quiz
	Nudges   Nudges

	Events uint64  // how many events were recorded so far
	New    []Event // to be recorded with this change; the store empties it
}

// Settings is what the learner decided. One undo takes back one decision.
type Settings struct {
	Zone     string   // IANA name; empty until the learner said so
	Locale   string   // as the platform told, for dates
	Chosen   []string // topics picked among alternatives
	Schedule Schedule
	Quiet    Quiet
	Paused   calendar.Day // no nudges before this day; 0 is not paused
	Plan     string       // the learner's own if-then plan, cleaned
}

// Schedule is when the learner wants the daily nudge, on their own wall clock.
type Schedule struct {
	On       bool
	Minute   int // of the day: 18:30 is 1110
	Weekdays Weekdays
}

// Weekdays is a set of days of the week, bit 0 for Sunday as in [time.Weekday].
type Weekdays uint8

// EveryDay is the whole week.
const EveryDay Weekdays = 1<<7 - 1

// Has tells whether the set holds a day.
func (w Weekdays) Has(d time.Weekday) bool { return w&(1<<d) != 0 }

// Quiet is the part of the day without nudges, from one minute of the day to
// another, over midnight if To is smaller. Equal minutes mean none.
type Quiet struct{ From, To int }

// Holds tells whether a minute of the day is quiet.
func (q Quiet) Holds(minute int) bool {
	if q.From <= q.To {
		return q.From <= minute && minute < q.To
	}
	return minute >= q.From || minute < q.To
}

// State says where a learner stands with a topic.
type State uint8

// The states of a topic. Open may have minutes studied already.
const (
	Open State = iota
	Done
	Skipped
)

// Work is what a learner did with one topic.
type Work struct {
	State    State
	Day      calendar.Day // study day of the last change
	Minutes  int          // studied, as the learner reported
	Verified calendar.Day // study day on which the quiz confirmed it; 0 if it has not
}

// Card is a learner's memory of one quiz item.
type Card struct {
	Right, Wrong, Unsure int // answers so far; unsure is "I don't know"
	Last                 Answer
	Day                  calendar.Day // study day of the last answer
}

// Answer is how an item was answered.
type Answer uint8

// The ways to answer. NoAnswer is the zero value of a card never answered.
const (
	NoAnswer Answer = iota
	Right
	Wrong
	Unsure
)

// Quiz is the latest quiz.
type Quiz struct {
	Topic string   // the topic asked about; empty if there was none yet
	Left  []string // the items still to come, the current one first; it is over if there are none
	Asked int      // answered so far in this quiz
	Right int
	Day   calendar.Day // study day on which it was last asked or answered
}

// StudyDays remembers on which of the last 64 study days something was done.
type StudyDays struct {
	Last calendar.Day // the latest one
	Bits uint64       // bit n stands for n days before Last
}

// Add marks a study day.
func (s *StudyDays) Add(d calendar.Day) {
	switch ahead := int(d - s.Last); {
	case ahead >= 64 || s.Bits == 0:
		s.Last, s.Bits = d, 1
	case ahead > 0:
		s.Last, s.Bits = d, s.Bits<<ahead|1
	case ahead > -64:
		s.Bits |= 1 << -ahead
	}
}

// Remove takes a mark away.
func (s *StudyDays) Remove(d calendar.Day) {
	if s.Has(d) {
		s.Bits &^= 1 << int(s.Last-d)
	}
}

// Has tells whether something was done on a study day.
func (s StudyDays) Has(d calendar.Day) bool {
	back := int(s.Last - d)
	return back >= 0 && back < 64 && s.Bits&(1<<back) != 0
}

// Count is the number of marked days among the n days up to and with d.
func (s StudyDays) Count(d calendar.Day, n int) int {
	count := 0
	for i := range n {
		if s.Has(d - calendar.Day(i)) {
			count++
		}
	}
	return count
}

// Clone is a copy that shares nothing.
func (l Learner) Clone() Learner {
	l.Accounts = slices.Clone(l.Accounts)
	l.Settings.Chosen = slices.Clone(l.Settings.Chosen)
	l.Topics = maps.Clone(l.Topics)
	l.Cards = maps.Clone(l.Cards)
	l.Quiz.Left = slices.Clone(l.Quiz.Left)
	l.Nudges = l.Nudges.clone()
	l.New = slices.Clone(l.New)
	return l
}

// zone is the learner's location; UTC while they have told none, or one that the
// zone data no longer has.
func (l *Learner) zone() *time.Location {
	if l.Settings.Zone != "" {
		if loc, err := calendar.Zone(l.Settings.Zone); err == nil {
			return loc
		}
	}
	return time.UTC
}

// record notes an event of this change.
func (l *Learner) record(e Event) { l.New = append(l.New, e) }

var (
	stateNames  = [...]string{"open", "done", "skipped"}
	answerNames = [...]string{"none", "right", "wrong", "unsure"}
)

func (s State) String() string  { return stateNames[min(int(s), len(stateNames)-1)] }
func (a Answer) String() string { return answerNames[min(int(a), len(answerNames)-1)] }

// MarshalText implements [encoding.TextMarshaler], for exports.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText implements [encoding.TextMarshaler], for exports.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// MarshalText implements [encoding.TextMarshaler], for exports.
func (w Weekdays) MarshalText() ([]byte, error) { return []byte(w.String()), nil }
