package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Backup copies what the store holds at this moment to another file, which it replaces
// in one step: whatever happens meanwhile, a whole copy stands there, this one or the one
// before. The store goes on; its file grows as long as this takes, as pages that are
// given up can't be used again. What was deleted is not in the copy, and a file that is
// damaged gives none.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	fail := func(err error) error { return fmt.Errorf("copy the database to %s: %w", path, err) }
	if err := s.Err(); err != nil {
		return fail(err)
	}
	if old, err := os.Stat(path); err == nil {
		if own, err := os.Stat(s.path); err == nil && os.SameFile(old, own) {
			return unfit("the database can't be copied to %s, where it stands itself; name another file with --backup", path)
		}
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a copy that broke off
		return fail(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part)
		}
	}()
	to, err := bolt.Open(part, 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		return fail(err)
	}
	err = s.guard(func() error { return s.copyTo(ctx, to) })
	if err == nil {
		err = to.Sync()
	}
	if e := to.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fail(err)
	}
	return nil
}

// copyTo copies all buckets, the shelves' too. It does what bbolt's Compact does, and can
// be stopped.
func (s *Store) copyTo(ctx context.Context, to *bolt.DB) error {
	return s.db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, from *bolt.Bucket) error { return s.copyBucket(ctx, to, name, from) })
	})
}

func (s *Store) copyBucket(ctx context.Context, to *bolt.DB, name []byte, from *bolt.Bucket) error {
	c := from.Cursor()
	k, v := c.First()
	for begun := false; !begun || k != nil; begun = true {
		err := to.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(name)
			if err != nil {
				return err
			}
			b.FillPercent = 0.9 // as keys come in order
			for size := 0; k != nil && size < s.portions.copy; k, v = c.Next() {
				if err := b.Put(k, v); err != nil {
					return err
				}
				size += len(k) + len(v)
			}
			return errors.Join(b.SetSequence(from.Sequence()), ctx.Err())
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// syncFolder makes a renamed file stay renamed.
func syncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // the path is the operator's own
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
