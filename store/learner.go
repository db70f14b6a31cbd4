package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"roadmapbot/bot"
)

// The second part of a key in the bucket of learners.
const (
	recordPart = 'r'
	eventPart  = 's' // followed by the event's number
)

func recordKey(id uint64) []byte { return append(key64(id), recordPart) }

func eventKey(id, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append(key64(id), eventPart), seq)
}

// read finds a learner, and what is stored; bot.ErrNotFound if the account is unknown.
func (s *Store) read(tx *bolt.Tx, who bot.Account) (*bot.Learner, stored, error) {
	id := number(tx.Bucket(accountsBucket).Get([]byte(accountKey(who))))
	if id == 0 {
		return nil, stored{}, bot.ErrNotFound
	}
	l, st, err := s.readNumber(tx, id)
	if errors.Is(err, bot.ErrNotFound) {
		err = s.damaged(fmt.Errorf("learner %d has no record", id))
	}
	return l, st, err
}

// readNumber is read by the learner's number.
func (s *Store) readNumber(tx *bolt.Tx, id uint64) (*bot.Learner, stored, error) {
	value := tx.Bucket(learnersBucket).Get(recordKey(id))
	if value == nil {
		return nil, stored{}, bot.ErrNotFound
	}
	var l *bot.Learner
	st, err := split(value)
	if err == nil {
		l, err = decodeLearner(st.record, s.names)
	}
	if err != nil {
		return nil, stored{}, s.damaged(fmt.Errorf("learner %d: %w", id, err))
	}
	l.ID = id
	return l, st, nil
}

// Learner implements [bot.Store].
func (s *Store) Learner(ctx context.Context, who bot.Account) (bot.Learner, error) {
	if err := ctx.Err(); err != nil {
		return bot.Learner{}, err
	}
	var l *bot.Learner
	err := s.view(func(tx *bolt.Tx) (err error) {
		l, _, err = s.read(tx, who)
		return err
	})
	if err != nil {
		return bot.Learner{}, err
	}
	return *l, nil
}

// Update implements [bot.Store].
func (s *Store) Update(ctx context.Context, who bot.Account, op string, change func(*bot.Learner) error) (bot.Learner, []bot.Event, error) {
	var l *bot.Learner
	var events []bot.Event
	err := s.commit.do(ctx, func(tx *bolt.Tx) (wrote bool, err error) {
		l, events, wrote, err = s.apply(tx, who, op, change)
		return wrote, err
	})
	if err != nil {
		return bot.Learner{}, nil, err
	}
	return *l, events, nil
}

// apply runs one change inside a transaction that others may share.
func (s *Store) apply(tx *bolt.Tx, who bot.Account, op string, change func(*bot.Learner) error) (_ *bot.Learner, events []bot.Event, wrote bool, err error) {
	l, old, err := s.read(tx, who)
	known := err == nil
	if errors.Is(err, bot.ErrNotFound) {
		l, err = &bot.Learner{Accounts: []bot.Account{who}}, nil
		old.record = encodeLearner(l, s.names) // left as it is, it is not worth one
	}
	if err == nil {
		err = checkAccount(who)
	}
	if err != nil {
		return nil, nil, false, err
	}
	if op != "" && known {
		events, err := s.applied(tx, l, old, op)
		if err != nil || events != nil {
			return l, events, false, err
		}
	}
	events, wrote, err = s.alter(tx, l, old, change)
	return l, events, wrote, err
}

// alter changes a learner who stands in the file as old; new ones have no number yet.
// It fails before it writes, or the whole transaction has to.
func (s *Store) alter(tx *bolt.Tx, l *bot.Learner, old stored, change func(*bot.Learner) error) (events []bot.Event, wrote bool, err error) {
	var before places
	if l.ID != 0 {
		before = placesOf(l)
	}
	if err := protect(change, l); err != nil {
		return nil, false, err
	}
	events, l.New = l.New, nil
	for i := range events {
		l.Events++
		events[i].Seq = l.Events
	}
	data := encodeLearner(l, s.names)
	if len(events) == 0 && bytes.Equal(old.record, data) {
		return nil, false, nil
	}
	return events, true, s.write(tx, l, before, data, old, events)
}

// checkAccount refuses what can't be a key.
func checkAccount(a bot.Account) error {
	if key := accountKey(a); len(key) > 1024 || strings.Count(key, "\x00") != 2 {
		return fmt.Errorf("an account of %d bytes, or with a zero byte", len(key))
	}
	return nil
}

// protect keeps a panic in a change from taking down the changes that share its
// transaction.
func protect(change func(*bot.Learner) error, l *bot.Learner) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", bot.ErrPanic, p, debug.Stack())
		}
	}()
	return change(l)
}

// write puts a record, new events and the learner's places in the indexes, and numbers
// a new learner.
func (s *Store) write(tx *bolt.Tx, l *bot.Learner, before places, record []byte, old stored, events []bot.Event) error {
	learners := tx.Bucket(learnersBucket)
	if l.ID == 0 {
		id, err := learners.NextSequence()
		if err != nil {
			return fmt.Errorf("number a learner: %w", err)
		}
		l.ID = id
	}
	value, err := s.withEvents(tx, l, record, old, events)
	if err != nil {
		return err
	}
	if err := learners.Put(recordKey(l.ID), value); err != nil {
		return fmt.Errorf("write a learner: %w", err)
	}
	return before.move(tx, l.ID, placesOf(l))
}

// repeats is how long, and among how many of a learner's latest events, a
// repeated operation is recognized. Discord delivers an event again within
// minutes, Slack within an hour, or within a day with delayed events on.
const (
	repeats     = 48 * time.Hour
	repeatsMost = 512
)

// applied finds the events of an operation that was applied before; nil if it was
// not. The time is that of the events themselves, so that a clock that jumps
// does no harm.
func (s *Store) applied(tx *bolt.Tx, l *bot.Learner, st stored, op string) ([]bot.Event, error) {
	var events []bot.Event
	var newest uint64
	window := make([][]byte, 0, segmentLength)
back:
	for to := l.Events; to > 0 && l.Events-to < repeatsMost; {
		from := max(to, segmentLength) - segmentLength + 1
		if to == l.Events && st.count > 0 {
			from = to - st.count + 1 // those behind the record are often enough
		}
		window = window[:0]
		if err := eachEvent(tx, l, st, from, to, func(_ uint64, event []byte) error {
			window = append(window, event)
			return nil
		}); err != nil {
			return nil, s.damaged(err)
		}
		for i, event := range slices.Backward(window) {
			at, eventOp, err := peekEvent(event)
			if err != nil {
				return nil, s.damaged(err)
			}
			if newest == 0 {
				newest = at
			}
			if at+uint64(repeats/time.Second) < newest || l.Events-from-uint64(i) >= repeatsMost {
				break back
			}
			if string(eventOp) == op {
				e, err := decodeEvent(event, s.names)
				if err != nil {
					return nil, s.damaged(err)
				}
				e.Seq = from + uint64(i)
				events = append(events, e)
			}
		}
		to = from - 1
	}
	slices.Reverse(events)
	return events, nil
}

// Events implements [bot.Store]. It reads in portions, so that a slow reader
// never holds a transaction open: pages freed meanwhile could not be reused.
func (s *Store) Events(ctx context.Context, who bot.Account) iter.Seq2[bot.Event, error] {
	return func(yield func(bot.Event, error) bool) {
		for from := uint64(1); ; from += portion {
			events, err := s.eventsFrom(ctx, who, from)
			if err != nil {
				yield(bot.Event{}, err)
				return
			}
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
			if len(events) < portion {
				return
			}
		}
	}
}

const portion = 256

// eventsFrom reads a portion of a learner's events; there are no more if it is smaller.
func (s *Store) eventsFrom(ctx context.Context, who bot.Account, from uint64) (events []bot.Event, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = s.view(func(tx *bolt.Tx) error {
		l, st, err := s.read(tx, who)
		if err != nil {
			return err
		}
		if from+portion > l.Events && hasMore(tx, l, st) {
			return s.damaged(errOrder)
		}
		err = eachEvent(tx, l, st, from, from+portion-1, func(seq uint64, event []byte) error {
			e, err := decodeEvent(event, s.names)
			e.Seq = seq
			events = append(events, e)
			return err
		})
		if err != nil {
			return s.damaged(err)
		}
		return nil
	})
	if errors.Is(err, bot.ErrNotFound) {
		return nil, nil
	}
	return events, err
}

// Delete implements [bot.Store].
func (s *Store) Delete(ctx context.Context, who bot.Account) error {
	return s.commit.do(ctx, func(tx *bolt.Tx) (bool, error) {
		l, _, err := s.read(tx, who)
		if errors.Is(err, bot.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if err := placesOf(l).move(tx, l.ID, places{}); err != nil {
			return true, err
		}
		learners := tx.Bucket(learnersBucket)
		c := learners.Cursor()
		prefix := key64(l.ID)
		var keys [][]byte // deleting under a cursor may make it skip one
		for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			keys = append(keys, bytes.Clone(k))
		}
		for _, k := range keys {
			if err := learners.Delete(k); err != nil {
				return true, fmt.Errorf("delete a learner: %w", err)
			}
		}
		return true, nil
	})
}
