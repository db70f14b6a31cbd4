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

func placesOf(l *bot.Learner) places {
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
	for _, index := range []struct{ bucket, from, to, before, after []byte }{
		{dailyBucket, p.daily, q.daily, nil, nil},
		{wakingBucket, p.waking, q.waking, p.account(), q.account()},
	} {
		if bytes.Equal(index.from, index.to) && bytes.Equal(index.before, index.after) {
			continue
		}
		b := tx.Bucket(index.bucket)
		if index.from != nil {
			if err := b.Delete(append(slices.Clone(index.from), key64(id)...)); err != nil {
				return fmt.Errorf("write an index: %w", err)
			}
		}
		if index.to != nil {
			if err := b.Put(append(slices.Clone(index.to), key64(id)...), index.after); err != nil {
				return fmt.Errorf("write an index: %w", err)
			}
		}
	}
	return nil
}

// account is the one to which the learner's nudges go; nil if there is no learner.
func (p places) account() []byte {
	if len(p.accounts) == 0 {
		return nil
	}
	return []byte(p.accounts[0])
}

// errOrder says that keys don't ascend. Whoever goes on from the last key he saw
// might go round and round.
var errOrder = errors.New("its entries are in disorder")

// Waking implements [bot.Store]. Like Events it reads in portions.
func (s *Store) Waking(ctx context.Context, until time.Time) iter.Seq2[bot.Account, error] {
	return func(yield func(bot.Account, error) bool) {
		end := key64(uint64(max(until.Unix()+1, 0)))
		for from := []byte{}; ; {
			found, next, err := s.wakingFrom(ctx, from, end)
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
			from = next
		}
	}
}

// wakingFrom lists the first accounts of the keys from <= key < end; next is where
// to go on.
func (s *Store) wakingFrom(ctx context.Context, from, end []byte) (found []bot.Account, next []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	var last []byte
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(wakingBucket).Cursor()
		for k, v := c.Seek(from); k != nil && bytes.Compare(k, end) < 0 && len(found) < portion; k, v = c.Next() {
			if bytes.Compare(k, from) < 0 || last != nil && bytes.Compare(k, last) <= 0 {
				return s.damaged(errOrder)
			}
			found = append(found, keyAccount(string(v)))
			last = append(last[:0], k...)
		}
		return nil
	})
	return found, append(last, 0), err // the next possible key
}
