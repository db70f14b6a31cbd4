package store

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"roadmapbot/bot"
)

// numbered is a change that notes n events, each with the learner's count of minutes.
func numbered(n int, op string) func(*bot.Learner) error {
	return func(l *bot.Learner) error {
		for i := range n {
			l.New = append(l.New, bot.Event{At: noon, Op: op, What: bot.WasStudied, Topic: "git", Minutes: int(l.Events) + i + 1})
		}
		return nil
	}
}

// contiguous fails unless a learner has exactly the events from 1 to n, as numbered
// makes them.
func contiguous(t interface{ Fatalf(string, ...any) }, s *Store, who bot.Account, n int) {
	next := 1
	for e, err := range s.Events(context.Background(), who) {
		if err != nil || e.Seq != uint64(next) || e.Minutes != next || e.Topic != "git" {
			t.Fatalf("of %d events, number %d is read as %+v (%v)", n, next, e, err)
		}
		next++
	}
	if next != n+1 {
		t.Fatalf("%d of %d events are read", next-1, n)
	}
}

// TestLogGrows notes events one by one and many at once, and reads all of them after
// each change.
func TestLogGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "learners.db")
	rapid.Check(t, func(r *rapid.T) {
		s, err := Open(path)
		if err != nil {
			r.Fatal(err)
		}
		defer s.Close()
		if err := s.Delete(context.Background(), someone(1)); err != nil {
			r.Fatal(err)
		}
		total := 0
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 3*segmentLength+1), 1, 20).Draw(r, "changes") {
			op := fmt.Sprint("op-", total)
			for range 2 { // the second time it is known
				_, events, err := s.Update(context.Background(), someone(1), op, numbered(n, op))
				if err != nil || len(events) != n || events[0].Seq != uint64(total+1) || events[n-1].Minutes != total+n {
					r.Fatalf("after %d events, %d new ones were noted as %+v (%v)", total, n, events, err)
				}
			}
			total += n
			contiguous(r, s, someone(1), total)
		}
	})
}

// TestLogIsDense sees that events do not stand one by one in the file: one that stood
// alone would cost a key and a head of its own, and bbolt the time to read it whenever
// it changes the page.
func TestLogIsDense(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "learners.db"))
	const n = 10*segmentLength - 1
	for range n {
		if _, _, err := s.Update(context.Background(), someone(1), "", numbered(1, "")); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := len(entries(t, s)), 1+n/segmentLength; got != want {
		t.Errorf("a learner with %d events has %d entries, want %d", n, got, want)
	}
}

// TestReadWhileWritten goes through events while more are noted, so that those that
// stood behind the record move away from under the reader.
func TestReadWhileWritten(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "learners.db"))
	total := uint64(portion + 5) // the first portion ends among the latest
	note := func(n uint64) {
		t.Helper()
		if _, _, err := s.Update(context.Background(), someone(1), "", numbered(int(n), "")); err != nil {
			t.Fatal(err)
		}
	}
	note(total)
	next := uint64(1)
	for e, err := range s.Events(context.Background(), someone(1)) {
		if err != nil || e.Seq != next {
			t.Fatalf("event %d is read as %+v (%v)", next, e, err)
		}
		if next++; e.Seq == portion {
			note(3 * segmentLength)
			total += 3 * segmentLength
		}
	}
	if next != total+1 {
		t.Errorf("%d events were read, want %d", next-1, total)
	}
}

// TestRepeatedAmongMany recognizes an operation among all that came after it within
// two days, wherever its events stand, up to repeatsMost of them.
func TestRepeatedAmongMany(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "learners.db"))
	const n = repeatsMost + 3*segmentLength + 1 // so that the oldest of them stands within a segment
	for i := range n {
		op := fmt.Sprint("op-", i+1)
		if _, _, err := s.Update(context.Background(), someone(1), op, numbered(1, op)); err != nil {
			t.Fatal(err)
		}
	}
	for i := n; i > n-repeatsMost; i-- {
		_, events, err := s.Update(context.Background(), someone(1), fmt.Sprint("op-", i), numbered(1, "again"))
		if err != nil || len(events) != 1 || events[0].Seq != uint64(i) {
			t.Fatalf("operation %d of %d came again as %+v (%v)", i, n, events, err)
		}
	}
	op := fmt.Sprint("op-", n-repeatsMost)
	if _, events, err := s.Update(context.Background(), someone(1), op, numbered(1, "again")); err != nil || events[0].Seq != n+1 {
		t.Errorf("%s of %d came again as %+v (%v)", op, n, events, err)
	}
}

// layout1 makes a file as it was written before events stood together: each under a key
// of its own.
func layout1(t *testing.T, path string, n int) {
	t.Helper()
	s := openAt(t, path)
	if err := s.db.Update(func(tx *bolt.Tx) error {
		l := bot.Learner{ID: 1, Accounts: []bot.Account{someone(1)}, Started: noon, Events: uint64(n)}
		learners := tx.Bucket(learnersBucket)
		err := learners.Put(recordKey(l.ID), encodeLearner(&l, s.names))
		for i := 1; i <= n && err == nil; i++ {
			e := bot.Event{At: noon, Op: fmt.Sprint("op-", i), What: bot.WasStudied, Topic: "git", Minutes: i}
			err = learners.Put(eventKey(l.ID, uint64(i)), encodeEvent(&e, s.names))
		}
		if err == nil {
			_, err = learners.NextSequence()
		}
		if err == nil {
			err = tx.Bucket(accountsBucket).Put([]byte(accountKey(someone(1))), key64(l.ID))
		}
		if err == nil {
			_, err = s.saveNames(tx)
		}
		if err == nil {
			err = tx.Bucket(metaBucket).Put(schemaKey, key64(1))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestLayout1 opens files of layout 1: all that stands in them is read and recognized,
// new events go behind it, and the file says that it is one of this layout now.
func TestLayout1(t *testing.T) {
	for _, n := range []int{0, 1, segmentLength - 1, segmentLength, segmentLength + 1, 3*segmentLength + 5, portion, portion + 7} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "learners.db")
			layout1(t, path, n)
			s := openAt(t, path)
			contiguous(t, s, someone(1), n)
			total := n
			for _, more := range []int{1, 2, segmentLength, 1, portion + segmentLength} {
				for i := 1; i <= n; i += 7 {
					op := fmt.Sprint("op-", i)
					if _, events, err := s.Update(context.Background(), someone(1), op, numbered(1, op)); err != nil || len(events) != 1 || events[0].Seq != uint64(i) {
						t.Fatalf("operation %d came again as %+v (%v)", i, events, err)
					}
				}
				if _, _, err := s.Update(context.Background(), someone(1), "", numbered(more, "")); err != nil {
					t.Fatal(err)
				}
				total += more
				contiguous(t, s, someone(1), total)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = openAt(t, path)
			contiguous(t, s, someone(1), total)
			if err := s.db.View(func(tx *bolt.Tx) error {
				if got := number(tx.Bucket(metaBucket).Get(schemaKey)); got < 2 {
					t.Errorf("the file says layout %d: a program that sees no events behind the record would take it", got)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// counted lets a record say that there are so many events.
func counted(n uint64) func(b *bolt.Bucket) error {
	return func(b *bolt.Bucket) error {
		st, err := split(b.Get(recordKey(1)))
		if err != nil {
			return err
		}
		l, err := decodeLearner(st.record, fuzzNames())
		if err != nil {
			return err
		}
		l.Events = n
		return b.Put(recordKey(1), append(encodeLearner(l, fuzzNames()), st.latest...))
	}
}

// TestImpossibleCount says of events that all stand in segments that there are as many
// as can be counted: nobody looks for them for ever.
func TestImpossibleCount(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "learners.db"))
	if _, _, err := s.Update(context.Background(), someone(1), "", numbered(3*segmentLength, "")); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Update(func(tx *bolt.Tx) error { return counted(math.MaxUint64)(tx.Bucket(learnersBucket)) }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Update(context.Background(), someone(1), "op", numbered(1, "op")); err == nil {
		t.Error("a change looked in vain for its operation, without an error")
	}
	for e, err := range s.Events(context.Background(), someone(1)) {
		if err == nil {
			t.Errorf("%+v was read", e)
		}
	}
}

// TestMissingEvents takes a segment away, or says that there are more or fewer events
// than there are: reading them is an error, and not a shorter story.
func TestMissingEvents(t *testing.T) {
	behind := func(n int) func(b *bolt.Bucket) error { // so many events too many
		return func(b *bolt.Bucket) error {
			value := bytes.Clone(b.Get(recordKey(1)))
			for range n {
				value = appendEvent(value, &bot.Event{At: noon}, newNames())
			}
			return b.Put(recordKey(1), value)
		}
	}
	instead := func(entry []byte) func(b *bolt.Bucket) error { // of the first behind the record
		return func(b *bolt.Bucket) error {
			st, err := split(b.Get(recordKey(1)))
			if err != nil {
				return err
			}
			_, _, n := protowire.ConsumeTag(st.latest)
			_, size := protowire.ConsumeBytes(st.latest[n:])
			return b.Put(recordKey(1), slices.Concat(st.record, entry, st.latest[n+size:]))
		}
	}
	const n = 3*segmentLength + 5
	for name, spoil := range map[string]func(b *bolt.Bucket) error{
		"no first segment":  func(b *bolt.Bucket) error { return b.Delete(eventKey(1, 1)) },
		"no second segment": func(b *bolt.Bucket) error { return b.Delete(eventKey(1, 1+segmentLength)) },
		"no last segment":   func(b *bolt.Bucket) error { return b.Delete(eventKey(1, 1+2*segmentLength)) },
		"an empty segment":  func(b *bolt.Bucket) error { return b.Put(eventKey(1, 1+segmentLength), nil) },
		"none behind the record": func(b *bolt.Bucket) error {
			st, err := split(b.Get(recordKey(1)))
			if err != nil {
				return err
			}
			return b.Put(recordKey(1), bytes.Clone(st.record))
		},
		"too many behind the record": behind(1),
		"more than there ever were":  behind(n - 5 + 1),
		"something behind the events": func(b *bolt.Bucket) error {
			value := bytes.Clone(b.Get(recordKey(1)))
			return b.Put(recordKey(1), protowire.AppendString(protowire.AppendTag(value, 1, protowire.BytesType), "x"))
		},
		"a number for an event":    instead(protowire.AppendVarint(protowire.AppendTag(nil, eventField, protowire.VarintType), 3)),
		"a fixed one for an event": instead(protowire.AppendFixed32(protowire.AppendTag(nil, eventField, protowire.Fixed32Type), 3)),
		"fewer, by a segment":      counted(n - segmentLength),
		"fewer, by two":            counted(n - 2*segmentLength),
		"fewer, by all segments":   counted(n - 3*segmentLength),
		"fewer, by one":            counted(n - 1),
		"more, by a segment":       counted(n + segmentLength),
		"more than can be":         counted(math.MaxUint64),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "learners.db")
			s := openAt(t, path)
			if _, _, err := s.Update(context.Background(), someone(1), "", numbered(n, "")); err != nil {
				t.Fatal(err)
			}
			if err := s.db.Update(func(tx *bolt.Tx) error { return spoil(tx.Bucket(learnersBucket)) }); err != nil {
				t.Fatal(err)
			}
			read, failed := 0, false
			for _, err := range s.Events(context.Background(), someone(1)) {
				if err != nil {
					failed = true
					helpful(t, err, path)
					continue
				}
				read++
			}
			if !failed {
				t.Errorf("%d of %d events were read, without an error", read, n)
			}
			if _, _, err := s.Update(context.Background(), someone(1), "unheard of", numbered(1, "")); err == nil && strings.HasPrefix(name, "no ") {
				t.Error("a change looked in vain for its operation, without an error")
			}
			segments := entries(t, s)
			for range segmentLength { // until a segment is full
				if _, _, err := s.Update(context.Background(), someone(1), "", numbered(1, "")); err != nil {
					helpful(t, err, path)
				}
			}
			for key, before := range segments {
				if after := entries(t, s)[key]; after != before && !strings.HasSuffix(key, "r") {
					t.Errorf("the segment %q was %q, and is %q", key, before, after)
				}
			}
		})
	}
}

// entries are the keys and values of all learners.
func entries(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(learnersBucket).ForEach(func(k, v []byte) error { all[string(k)] = string(v); return nil })
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func FuzzSplit(f *testing.F) {
	n := fuzzNames()
	for seed := range 20 {
		l := rapid.Custom(someLearner).Example(seed)
		value := encodeLearner(&l, n)
		for i := range seed {
			e := rapid.Custom(someEvent).Example(seed + i)
			value = appendEvent(value, &e, n)
		}
		f.Add(value)
	}
	f.Add(protowire.AppendFixed32(protowire.AppendTag(nil, eventField, protowire.Fixed32Type), 7))
	f.Fuzz(func(t *testing.T, value []byte) {
		st, err := split(value)
		if err != nil {
			return
		}
		if !bytes.Equal(slices.Concat(st.record, st.latest), value) {
			t.Fatalf("%x was split into %x and %x", value, st.record, st.latest)
		}
		found := uint64(0)
		if err := eachEntry(st.latest, func([]byte) error { found++; return nil }); err == nil && found != st.count {
			t.Fatalf("%x holds %d events, and %d are counted", value, found, st.count)
		}
		if again, err := split(st.record); err != nil || again.count != 0 {
			t.Fatalf("the record %x holds %d events (%v)", st.record, again.count, err)
		}
	})
}

// TestSplit takes a record and the events behind it apart again.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := newNames()
		l := someLearner(r)
		record := encodeLearner(&l, n)
		value := slices.Clone(record)
		events := rapid.SliceOfN(rapid.Custom(someEvent), 0, 2*segmentLength).Draw(r, "events")
		for i := range events {
			value = appendEvent(value, &events[i], n)
		}
		st, err := split(value)
		if err != nil || !bytes.Equal(st.record, record) || st.count != uint64(len(events)) {
			r.Fatalf("split %x into %+v (%v)", value, st, err)
		}
		var got []bot.Event
		if err := eachEntry(st.latest, func(data []byte) error {
			e, err := decodeEvent(data, n)
			got = append(got, e)
			return err
		}); err != nil || len(events) > 0 && !reflect.DeepEqual(got, events) {
			r.Fatalf("wrote\n%+v, read\n%+v (%v)", events, got, err)
		}
	})
}
