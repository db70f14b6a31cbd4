package store

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"roadmapbot/bot"
)

// Shelf is where an adapter keeps what belongs to its platform and to no learner,
// such as installations. What is secret it seals itself.
type Shelf struct {
	store *Store
	name  []byte
}

// Shelf is the shelf with a name; it need not exist yet.
func (s *Store) Shelf(name string) *Shelf {
	return &Shelf{store: s, name: []byte("shelf " + name)}
}

// Get reads a value, sharing nothing with the store; [bot.ErrNotFound] if there
// is none.
func (s *Shelf) Get(ctx context.Context, key string) (value []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = s.store.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(s.name)
		if b == nil {
			return bot.ErrNotFound
		}
		v := b.Get([]byte(key))
		if v == nil {
			return bot.ErrNotFound
		}
		value = bytes.Clone(v)
		return nil
	})
	return value, err
}

// Put writes a value. When it returns without error, the value is on disk.
func (s *Shelf) Put(ctx context.Context, key string, value []byte) error {
	if key == "" || len(key) > 1024 {
		return fmt.Errorf("a key of %d bytes", len(key))
	}
	return s.store.commit.do(ctx, func(tx *bolt.Tx) (bool, error) {
		b, err := tx.CreateBucketIfNotExists(s.name)
		if err == nil {
			err = b.Put([]byte(key), value)
		}
		if err != nil {
			return true, fmt.Errorf("write to the shelf: %w", err)
		}
		return true, nil
	})
}

// Delete removes a value; it is no error if there is none.
func (s *Shelf) Delete(ctx context.Context, key string) error {
	return s.store.commit.do(ctx, func(tx *bolt.Tx) (bool, error) {
		b := tx.Bucket(s.name)
		if b == nil || b.Get([]byte(key)) == nil {
			return false, nil
		}
		if err := b.Delete([]byte(key)); err != nil {
			return true, fmt.Errorf("delete from the shelf: %w", err)
		}
		return true, nil
	})
}
