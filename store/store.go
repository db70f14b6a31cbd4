// Package store keeps learners: in a bbolt file, or in memory. Both are a
// [bot.Store], and package storetest holds the suite that both pass.
package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"roadmapbot/bot"
)

// schema is the version of the file's layout. A file of a later one is refused; one of
// layout 1 has its events in another form, which is read as well.
const schema = 2

// The buckets. A learner's record and events stand side by side in one bucket, so
// that a deletion is one range.
var (
	metaBucket     = []byte("meta")     // schemaKey, sweptKey
	namesBucket    = []byte("names")    // number -> id of a topic or item
	accountsBucket = []byte("accounts") // account -> learner's number
	learnersBucket = []byte("learners") // number 'r' -> record, latest events; number 's' seq -> that event and the next ones
	dailyBucket    = []byte("daily")    // zone 0 minute number -> nothing (earlier: account)
	wakingBucket   = []byte("waking")   // instant number -> account

	buckets = [][]byte{metaBucket, namesBucket, accountsBucket, learnersBucket, dailyBucket, wakingBucket}

	schemaKey = []byte("schema")
	sweptKey  = []byte("swept")
)

// Store is a database file. It is safe for concurrent use by one process.
type Store struct {
	path   string
	db     *bolt.DB
	names  *names
	commit *committer

	portions portions
}

// InUseError says that another process has the file open.
type InUseError struct{ Path string }

func (e *InUseError) Error() string {
	return fmt.Sprintf("the database %s is in use by another process, such as a running “roadmapbot serve”; stop that one, or name another file with --db", e.Path)
}

// Open opens or makes the database file at path, and its folder. An error says
// what to do; it is a [bot.SetupError] if that is to name another file, or to give
// a right to this one. It waits a second for another process to close the file.
func Open(path string) (_ *Store, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil { //nolint:gosec // the path is the operator's own
		return nil, unfit("the folder of the database %s can't be made: %w; name another file with --db", path, err)
	}
	s := &Store{path: path, names: newNames(), portions: usualPortions}
	defer func() {
		if err != nil && s.db != nil {
			_ = s.db.Close()
		}
	}()
	err = s.guard(func() error { return s.open() })
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, &InUseError{path}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return nil, unfit("the database %s can't be written: %w; give this user the right to write it, or name another file with --db", path, err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return nil, s.damaged(err)
	case err != nil:
		return nil, err
	}
	s.commit = newCommitter(s)
	return s, nil
}

// unfit says that the file is not one for this program, or not for this user.
func unfit(format string, args ...any) error {
	return &bot.SetupError{Err: fmt.Errorf(format, args...)}
}

func (s *Store) open() error {
	empty, err := s.checkSize()
	if err != nil {
		return err
	}
	db, err := bolt.Open(s.path, 0o600, &bolt.Options{
		Timeout: time.Second,
		// The list of free pages goes to disk with each commit. That costs little
		// where learners come and stay (a commit takes 1.1 times as long), and more
		// in a file that half of 40,000 learners left (1.4 times, with 12,000 free
		// pages). Without the list bbolt reads the whole file when it opens it (of a
		// million learners: 40 s cold and 1.8 s warm, against 0.3 and 0.1 s) and
		// after each failed commit, in a goroutine of its own, where a damaged page
		// would end the process. See BenchmarkFreelist.
		NoFreelistSync: false,
		FreelistType:   bolt.FreelistMapType,
	})
	if err != nil {
		if empty && !errors.Is(err, berrors.ErrTimeout) { // else another process may be making it
			s.clear()
		}
		return fmt.Errorf("open the database %s: %w", s.path, err)
	}
	s.db = db
	if err := s.prepare(); err != nil {
		return err
	}
	return s.loadNames()
}

// leastSize is that of the four pages with which bbolt begins a file, where pages are
// smallest. A file keeps the size of page that it was made with, whatever this
// machine's is.
const leastSize = 4 * 4096

// checkSize refuses a file that was cut off: reading past its end would kill the
// process. bbolt itself does not look.
func (s *Store) checkSize() (empty bool, err error) {
	info, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("open the database %s: %w", s.path, err)
	case !info.Mode().IsRegular():
		return false, unfit("the database %s is not a file; name another one with --db", s.path)
	case info.Size() > 0 && info.Size() < leastSize:
		return false, s.damaged(fmt.Errorf("it has only %d bytes", info.Size()))
	}
	return info.Size() == 0, nil
}

// clear empties a file that bbolt did not get to begin, such as on a full disk: what it
// left would pass for damage. One that holds anything is larger than the four pages.
func (s *Store) clear() {
	if info, err := os.Stat(s.path); err == nil && info.Size() <= 4*int64(os.Getpagesize()) {
		_ = os.Truncate(s.path, 0)
	}
}

// prepare makes the buckets of a new file, and checks and raises the version of an old
// one.
func (s *Store) prepare() error {
	version := 0
	err := s.db.View(func(tx *bolt.Tx) error {
		if info, err := os.Stat(s.path); err == nil && info.Size() < tx.Size() {
			return s.damaged(fmt.Errorf("it has %d bytes where %d are in use", info.Size(), tx.Size()))
		}
		if err := checkTrees(tx); err != nil {
			return s.damaged(err)
		}
		meta := tx.Bucket(metaBucket)
		if meta == nil {
			if name, _ := tx.Cursor().First(); name != nil {
				return unfit("the file %s is a bbolt database of another program; name another file with --db", s.path)
			}
			return nil // it is new
		}
		if version = int(number(meta.Get(schemaKey))); version > schema {
			return unfit("the database %s was written by a newer roadmapbot (layout %d, this one knows %d); run that version, or name another file with --db", s.path, version, schema)
		}
		if version < 1 {
			return s.damaged(errors.New("it does not tell its layout"))
		}
		for _, name := range buckets {
			if tx.Bucket(name) == nil {
				return s.damaged(fmt.Errorf("its part “%s” is missing", name))
			}
		}
		return nil
	})
	if err != nil || version == schema {
		return err
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return tx.Bucket(metaBucket).Put(schemaKey, key64(schema))
	})
	if err != nil {
		return fmt.Errorf("prepare the database %s: %w", s.path, err)
	}
	return nil
}

func (s *Store) loadNames() error {
	err := s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(namesBucket).ForEach(func(k, v []byte) error {
			if got := s.names.number(string(v)); got != number(k) {
				return s.damaged(fmt.Errorf("name %d stands at %d", number(k), got))
			}
			return nil
		})
	})
	s.names.saved(len(s.names.ids))
	return err
}

// damagedError says that the file can't be read, and what to do.
type damagedError struct {
	path string
	why  error
}

func (e *damagedError) Error() string {
	return fmt.Sprintf("the database %s is damaged (%v); nothing was changed: move it away and put the last good copy in its place", e.path, e.why)
}

func (e *damagedError) Unwrap() error { return e.why }

func (s *Store) damaged(why error) error { return &damagedError{s.path, why} }

// guard turns the panics by which bbolt meets a damaged file into errors, even
// those of reading past the end of a file that shrank.
func (s *Store) guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = s.damaged(fmt.Errorf("%v", p))
		}
	}()
	return f()
}

// view reads, and keeps a failed store from answering.
func (s *Store) view(f func(tx *bolt.Tx) error) error {
	if err := s.commit.failure(); err != nil {
		return err
	}
	return s.guard(func() error { return s.db.View(f) })
}

// Failed is closed when the store stopped because it can't know what is on disk.
// The process has to end; started anew it finds out.
func (s *Store) Failed() <-chan struct{} { return s.commit.failed }

// Err is why the store stopped and what to do, once Failed is closed; nil before.
func (s *Store) Err() error { return s.commit.failure() }

// Path is the file's.
func (s *Store) Path() string { return s.path }

// Close waits for what is being written and closes the file.
func (s *Store) Close() error {
	s.commit.close()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

var _ bot.Store = (*Store)(nil)

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

// key64 is a number as a key that sorts by it.
func key64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

func number(key []byte) uint64 {
	if len(key) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}
