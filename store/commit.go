package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"syscall"

	bolt "go.etcd.io/bbolt"

	"roadmapbot/bot"
)

// committer lets changes that come at the same time share one commit. Whoever
// finds nobody at work leads: it writes what has gathered, in its own goroutine,
// and hands on to the first who came meanwhile. Nobody waits on a timer, as in
// bbolt's Batch, or on another goroutine, so that a lone change pays for its own
// commit and nothing more.
type committer struct {
	store *Store

	mu      sync.Mutex
	queue   []*job
	leading bool       // somebody is at work; else the queue is empty
	idle    *sync.Cond // leading became false
	closed  bool
	err     error // set once and for all when a commit's outcome is unknown
	failed  chan struct{}
}

// job is one change on its way. An error of run before it wrote concerns this job
// alone; after it wrote, the whole group.
type job struct {
	ctx  context.Context
	run  func(tx *bolt.Tx) (wrote bool, err error)
	err  error
	turn chan bool // true: to lead; false: it is done. Holds both.
}

// maxGroup bounds one commit, and so the memory it needs and the time that those
// at its end wait.
const maxGroup = 2048

func newCommitter(s *Store) *committer {
	c := &committer{store: s, failed: make(chan struct{})}
	c.idle = sync.NewCond(&c.mu)
	return c
}

// do runs a change in a transaction of its own or with others. It returns when
// the change is on disk, or surely is not; see failure for the third case.
func (c *committer) do(ctx context.Context, run func(tx *bolt.Tx) (bool, error)) error {
	j := &job{ctx: ctx, run: run, turn: make(chan bool, 2)}
	c.mu.Lock()
	if err := c.unusable(); err != nil {
		c.mu.Unlock()
		return err
	}
	c.queue = append(c.queue, j)
	lead := !c.leading
	c.leading = true
	c.mu.Unlock()
	if lead || <-j.turn {
		c.group(c.take()) // its own is the first of them
		c.handOn()
	}
	return j.err
}

// handOn lets the next in the queue lead.
func (c *committer) handOn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) > 0 {
		c.queue[0].turn <- true
		return
	}
	c.leading = false
	c.idle.Broadcast()
}

func (c *committer) unusable() error {
	if c.err == nil && c.closed {
		return errors.New("the database is closed")
	}
	return c.err
}

// failure is why the store can't go on, if it can't.
func (c *committer) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// take gathers a group. It lets every goroutine that is ready to run go first, as
// long as that makes the group grow: on a single processor the group would
// otherwise be whoever came first. If nobody is ready this costs nothing.
func (c *committer) take() []*job {
	for before := -1; ; {
		c.mu.Lock()
		n := len(c.queue)
		c.mu.Unlock()
		if n == before || n >= maxGroup {
			break
		}
		before = n
		runtime.Gosched()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.queue), maxGroup)
	jobs := c.queue[:n:n]
	c.queue = c.queue[n:]
	if len(c.queue) == 0 {
		c.queue = nil
	}
	return jobs
}

// group runs the changes in one transaction and tells each its outcome. A change
// that fails writes nothing and does not disturb the others.
func (c *committer) group(jobs []*job) {
	err := c.failure()
	if err == nil {
		err = c.store.guard(func() error { return c.transact(jobs) })
	}
	var damaged *damagedError
	if errors.As(err, &damaged) && len(jobs) > 1 {
		for _, j := range jobs { // only those who need the damaged page shall suffer
			c.group([]*job{j})
		}
		return
	}
	for _, j := range jobs {
		if j.err == nil {
			j.err = err
		}
		j.turn <- false
	}
}

func (c *committer) transact(jobs []*job) error {
	tx, err := c.store.db.Begin(true)
	if err != nil {
		return fmt.Errorf("begin a change: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	wrote := false
	for _, j := range jobs {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		did, err := j.run(tx)
		if did && err != nil {
			return err // half written: nobody's change may stand
		}
		wrote, j.err = wrote || did, err
	}
	if !wrote {
		return nil
	}
	upTo, err := c.store.saveNames(tx)
	if err != nil {
		return err
	}
	id := tx.ID()
	if err := c.store.guard(tx.Commit); err != nil {
		return c.failedCommit(err, id)
	}
	c.store.names.saved(upTo)
	return nil
}

// failedCommit tells a full disk, after which nothing was written and the store
// works on, from everything else: if the last write of a commit fails, the commit
// may still be there after a restart. Then nothing is answered any more, since an
// answer could be wrong.
func (c *committer) failedCommit(err error, id int) error {
	if full(err) && !c.store.shows(id) {
		return fmt.Errorf("%w: %w", bot.ErrNotSaved, err)
	}
	err = fmt.Errorf("the database %s could not be written, and what was being saved may or may not be there; stop and start the program: %w", c.store.path, err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.failed)
	}
	return err
}

// shows tells whether a transaction's last write was made. It overwrites a page
// that exists, but on a file system that never overwrites in place the disk may be
// full even for that, and then its outcome is unknown.
func (s *Store) shows(id int) bool {
	last := id
	_ = s.guard(func() error {
		return s.db.View(func(tx *bolt.Tx) error { last = tx.ID(); return nil })
	})
	return last >= id
}

// full tells a full disk or quota. bbolt v1.5.0 loses the cause of an error when
// it grows the file (db.go, grow), so the words have to do there.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		strings.Contains(err.Error(), syscall.ENOSPC.Error()) || strings.Contains(err.Error(), syscall.EDQUOT.Error())
}

// close finishes what is queued and refuses what comes later.
func (c *committer) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for c.leading {
		c.idle.Wait()
	}
}
