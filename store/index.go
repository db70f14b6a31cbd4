package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"roadmapbot/bot"
)

// places are the keys by which a learner is found, all derived from the record.
type places struct {
	accounts []string
	daily    []byte // without the learner's number; nil if in none
	waking   []byte
}

func placesOf(l bot.Learner) places {
	var p places
	for _, a := range l.Accounts {
		p.accounts = append(p.accounts, accountKey(a))
	}
	if zone, minute, ok := l.Daily(); ok {
		p.daily = dailyKey(zone, minute)
	}
	if at, ok := l.Wake(); ok {
		p.waking = key64(uint64(max(at.Unix(), 0)))
	}
	return p
}

func dailyKey(zone string, minute int) []byte {
	return binary.BigEndian.AppendUint16(append([]byte(zone), 0), uint16(minute))
}

// move changes the entries of learner id from p to q.
func (p places) move(tx *bolt.Tx, id uint64, q places) error {
	accounts := tx.Bucket(accountsBucket)
	for _, a := range p.accounts {
		if !slices.Contains(q.accounts, a) {
			if err := accounts.Delete([]byte(a)); err != nil {
				return fmt.Errorf("write the accounts: %w", err)
			}
		}
	}
	for _, a := range q.accounts {
		if !slices.Contains(p.accounts, a) {
			if err := accounts.Put([]byte(a), key64(id)); err != nil {
				return fmt.Errorf("write the accounts: %w", err)
			}
		}
	}
	sameAccount := len(p.accounts) > 0 && len(q.accounts) > 0 && p.accounts[0] == q.accounts[0]
	for _, index := range []struct {
		bucket   []byte
		from, to []byte
	}{{dailyBucket, p.daily, q.daily}, {wakingBucket, p.waking, q.waking}} {
		if bytes.Equal(index.from, index.to) && sameAccount {
			continue
		}
		b := tx.Bucket(index.bucket)
		if index.from != nil {
			if err := b.Delete(append(slices.Clone(index.from), key64(id)...)); err != nil {
				return fmt.Errorf("write an index: %w", err)
			}
		}
		if index.to != nil {
			if err := b.Put(append(slices.Clone(index.to), key64(id)...), []byte(q.accounts[0])); err != nil {
				return fmt.Errorf("write an index: %w", err)
			}
		}
	}
	return nil
}

// errOrder says that keys don't ascend. Whoever goes on from the last key he saw
// might go round and round.
var errOrder = errors.New("its entries are in disorder")

// Waking implements [bot.Store].
func (s *Store) Waking(ctx context.Context, until time.Time) iter.Seq2[bot.Account, error] {
	return func(yield func(bot.Account, error) bool) {
		if until.Unix() >= 0 {
			s.scan(ctx, wakingBucket, nil, key64(uint64(until.Unix())+1), yield)
		}
	}
}

// scan yields the accounts of the keys from <= key < to. Like Events it reads in
// portions.
func (s *Store) scan(ctx context.Context, bucket, from, to []byte, yield func(bot.Account, error) bool) {
	for from := from; ; {
		var found []bot.Account
		var last []byte
		err := ctx.Err()
		if err == nil {
			err = s.view(func(tx *bolt.Tx) error {
				c := tx.Bucket(bucket).Cursor()
				for k, v := c.Seek(from); k != nil && bytes.Compare(k, to) < 0 && len(found) < portion; k, v = c.Next() {
					if bytes.Compare(k, from) < 0 || last != nil && bytes.Compare(k, last) <= 0 {
						return s.damaged(errOrder)
					}
					found = append(found, keyAccount(string(v)))
					last = append(last[:0], k...)
				}
				return nil
			})
		}
		if err != nil {
			yield(bot.Account{}, err)
			return
		}
		for _, a := range found {
			if !yield(a, nil) {
				return
			}
		}
		if len(found) < portion {
			return
		}
		last = append(last, 0) // the next possible key
		from = last
	}
}

// Swept implements [bot.Store].
func (s *Store) Swept(ctx context.Context) (t time.Time, err error) {
	if err := ctx.Err(); err != nil {
		return t, err
	}
	err = s.view(func(tx *bolt.Tx) error {
		if v := tx.Bucket(metaBucket).Get(sweptKey); v != nil {
			t = time.Unix(int64(number(v)), 0).UTC()
		}
		return nil
	})
	return t, err
}

// SetSwept implements [bot.Store].
func (s *Store) SetSwept(ctx context.Context, until time.Time) error {
	return s.commit.do(ctx, func(tx *bolt.Tx) (bool, error) {
		return true, tx.Bucket(metaBucket).Put(sweptKey, key64(uint64(max(until.Unix(), 0))))
	})
}

// saveNames writes the ids that a change has numbered, and tells up to which.
func (s *Store) saveNames(tx *bolt.Tx) (upTo int, err error) {
	first, ids := s.names.fresh()
	for i, id := range ids {
		if err := tx.Bucket(namesBucket).Put(key64(uint64(first+i)), []byte(id)); err != nil {
			return 0, fmt.Errorf("write a name: %w", err)
		}
	}
	return first + len(ids) - 1, nil
}
