package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	bolt "go.etcd.io/bbolt"

	"roadmapbot/bot"
)

// portions bound what a sweep or a copy takes at once.
type portions struct {
	list  int // numbers of learners in memory
	group int // learners in one commit, and so what somebody's command waits for
	copy  int // bytes that are copied in one commit
}

var usualPortions = portions{list: 1 << 16, group: 512, copy: 1 << 20} // half a megabyte of numbers

// Sweep implements [bot.Store]. It lists the learners first and changes them in
// the order of their numbers, in which they stand in the file: neighbours share a
// page, and each page is written once.
func (s *Store) Sweep(ctx context.Context, span func(zone string) (from, to int), change func(*bot.Learner) error) iter.Seq2[bot.Learner, error] {
	return func(yield func(bot.Learner, error) bool) {
		err := s.settle()
		var ids []uint64
		for from := []byte{}; err == nil && from != nil; {
			if ids, from, err = s.inSpans(ctx, from, span); err != nil {
				break
			}
			slices.Sort(ids)
			for group := range slices.Chunk(ids, s.portions.group) {
				if !s.sweep(ctx, group, change, yield) {
					return
				}
			}
		}
		if err != nil {
			yield(bot.Learner{}, err)
		}
	}
}

// settle waits for the changes that are being made.
func (s *Store) settle() error {
	return s.guard(func() error {
		tx, err := s.db.Begin(true)
		if err != nil {
			return fmt.Errorf("wait for the changes: %w", err)
		}
		return tx.Rollback()
	})
}

// inSpans lists the learners in the index of daily nudges whose minute is within
// the span of their zone, beginning at key from; next is where to go on, nil at
// the end.
func (s *Store) inSpans(ctx context.Context, from []byte, span func(zone string) (from, to int)) (ids []uint64, next []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(dailyBucket).Cursor()
		var last []byte
		for k, _ := c.Seek(from); k != nil; {
			zone, _, _ := bytes.Cut(k, []byte{0})
			if bytes.Compare(k, from) < 0 || bytes.Compare(k, last) < 0 {
				return s.damaged(errOrder)
			}
			last = append(append(last[:0], zone...), 1) // past every minute of the zone
			if first, end := span(string(zone)); first < end {
				start, end := dailyKey(string(zone), first), dailyKey(string(zone), end)
				if bytes.Compare(start, from) < 0 {
					start = from
				}
				for k, _ = c.Seek(start); k != nil && bytes.Compare(k, end) < 0; k, _ = c.Next() {
					if bytes.Compare(k, start) < 0 || len(k) != len(end)+8 {
						return s.damaged(errOrder)
					}
					start = append(append(start[:0:0], k...), 0) // the next possible key
					ids = append(ids, number(k[len(end):]))
					if len(ids) == s.portions.list {
						next = start
						return nil
					}
				}
			}
			k, _ = c.Seek(last)
		}
		return nil
	})
	return ids, next, err
}

// sweep changes some learners in one transaction; false ends it all.
func (s *Store) sweep(ctx context.Context, ids []uint64, change func(*bot.Learner) error, yield func(bot.Learner, error) bool) bool {
	type outcome struct {
		learner *bot.Learner
		err     error
	}
	var outcomes []outcome
	err := s.commit.do(ctx, func(tx *bolt.Tx) (wrote bool, _ error) {
		outcomes = outcomes[:0]
		for _, id := range ids {
			l, old, err := s.readNumber(tx, id)
			if errors.Is(err, bot.ErrNotFound) {
				continue // deleted meanwhile
			}
			did := false
			if err == nil {
				l.New, did, err = s.alter(tx, l, old, change)
			}
			switch {
			case did && err != nil:
				return true, err
			case err != nil:
				outcomes = append(outcomes, outcome{&bot.Learner{ID: id}, err})
			case did:
				wrote = true
				outcomes = append(outcomes, outcome{l, nil})
			}
		}
		return wrote, nil
	})
	var damaged *damagedError
	switch {
	case err != nil && s.commit.failure() != nil: // not one learner's fault
		yield(bot.Learner{}, err)
		return false
	case errors.As(err, &damaged) && len(ids) > 1:
		for id := range slices.Chunk(ids, 1) { // only those who need the damaged page shall suffer
			if !s.sweep(ctx, id, change, yield) {
				return false
			}
		}
		return true
	case errors.As(err, &damaged):
		return yield(bot.Learner{ID: ids[0]}, err)
	case err != nil:
		yield(bot.Learner{}, err)
		return false
	}
	for _, o := range outcomes {
		if !yield(*o.learner, o.err) {
			return false
		}
	}
	return true
}
