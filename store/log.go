package store

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"
	"google.golang.org/protobuf/encoding/protowire"

	"roadmapbot/bot"
)

// A learner's events are a log. The latest of them stand behind the learner's record,
// in the same value, so that a change writes one value, and one page. Once there are
// segmentLength they move, as they are, to a value of their own, a segment, which never
// changes again: bbolt keeps a key and a head of 16 bytes for each value, reads those of
// a whole page to change one, and events are as small as that.
//
// A file of layout 1 has each event in a value of its own. It is read as a segment of
// one, and stays as it is.
const (
	segmentLength = 16
	eventField    = 50 // before each event, as a field of a record that no record has
)

// stored is what the file holds of a learner in one value: the record, and the latest
// events. Both are the transaction's own.
type stored struct {
	record, latest []byte
	count          uint64 // of the events in latest
}

// split finds where in a learner's value the events begin.
func split(value []byte) (stored, error) {
	for at := 0; at < len(value); {
		number, kind, n := protowire.ConsumeTag(value[at:])
		if n < 0 {
			return stored{}, errWire
		}
		if number == eventField {
			s := stored{record: value[:at], latest: value[at:]}
			err := eachEntry(s.latest, func([]byte) error { s.count++; return nil })
			return s, err
		}
		size := protowire.ConsumeFieldValue(number, kind, value[at+n:])
		if size < 0 {
			return stored{}, errWire
		}
		at += n + size
	}
	return stored{record: value}, nil
}

// appendEvent adds an event to a log.
func appendEvent(log []byte, e *bot.Event, n *names) []byte {
	w := &writer{b: log, names: n}
	w.message(eventField, func(w *writer) { writeEvent(w, e) })
	return w.b
}

// eachEntry goes through the events of a segment, or of those behind a record.
func eachEntry(log []byte, read func(event []byte) error) error {
	if number, _, _ := protowire.ConsumeTag(log); number != eventField && len(log) > 0 {
		return read(log) // of layout 1
	}
	for len(log) > 0 {
		number, kind, n := protowire.ConsumeTag(log)
		if n < 0 || number != eventField || kind != protowire.BytesType {
			return errWire
		}
		event, size := protowire.ConsumeBytes(log[n:])
		if size < 0 {
			return errWire
		}
		if err := read(event); err != nil {
			return err
		}
		log = log[n+size:]
	}
	return nil
}

// withEvents completes the value of a learner, which holds the record so far, with the
// events behind it. New ones, of which the last is the learner's last, may fill segments,
// which it writes.
func (s *Store) withEvents(tx *bolt.Tx, l *bot.Learner, value []byte, old stored, events []bot.Event) ([]byte, error) {
	record, count := len(value), old.count
	value = append(value, old.latest...)
	for i := range events {
		value = appendEvent(value, &events[i], s.names)
		if count++; count >= segmentLength {
			learners, key := tx.Bucket(learnersBucket), eventKey(l.ID, events[i].Seq-count+1)
			if learners.Get(key) != nil {
				return nil, s.damaged(errOrder)
			}
			if err := learners.Put(key, bytes.Clone(value[record:])); err != nil { // bbolt holds on to it
				return nil, fmt.Errorf("write events: %w", err)
			}
			value, count = value[:record], 0
		}
	}
	return value, nil
}

// eachEvent goes through a learner's events, as they are written, from one number to
// another or to the last, until read fails. None may be missing.
func eachEvent(tx *bolt.Tx, l *bot.Learner, st stored, from, to uint64, read func(seq uint64, event []byte) error) error {
	behind := l.Events - st.count + 1
	if st.count > l.Events || behind == 0 {
		return errWire
	}
	var next uint64
	entry := func(event []byte) error {
		seq := next
		next++
		if seq < from || seq > to {
			return nil
		}
		return read(seq, event)
	}
	if from < behind {
		first := max(from, segmentLength) - segmentLength + 1 // a segment that begins earlier ends before from
		prefix := append(key64(l.ID), eventPart)
		c := tx.Bucket(learnersBucket).Cursor()
		for k, log := c.Seek(eventKey(l.ID, first)); next < behind; k, log = c.Next() {
			seq, ok := bytes.CutPrefix(k, prefix)
			begin := number(seq)
			if !ok || next != 0 && begin != next || next == 0 && (begin < first || begin > from) {
				return errOrder
			}
			if next = begin; next > to {
				return nil
			}
			if err := eachEntry(log, entry); err != nil {
				return err
			}
		}
	}
	if next > behind {
		return errOrder
	}
	next = behind
	return eachEntry(st.latest, entry)
}

// hasMore tells whether a learner has events in segments behind the last one, as only a
// damaged record says.
func hasMore(tx *bolt.Tx, l *bot.Learner, st stored) bool {
	k, _ := tx.Bucket(learnersBucket).Cursor().Seek(eventKey(l.ID, l.Events-st.count+1))
	return bytes.HasPrefix(k, append(key64(l.ID), eventPart))
}
