package slack

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errBusy says that more is waiting than the bot takes.
var errBusy = errors.New("slack: too much is waiting")

// lanes runs work: of one person in the order it came, of different people side
// by side, and never more than so many pieces in all.
type lanes struct {
	mu   sync.Mutex
	most int
	held int
	shut bool // takes nothing more
	of   map[string][]func()
	next chan string   // takes a person to a goroutine that has run out of work
	idle chan struct{} // closed when nothing is held, made when somebody waits
}

// mostEach is how many pieces of one person may wait, so that nobody fills the room of
// all.
const mostEach = 50

// spareTime is how long a goroutine waits for the next person's work. A new one
// would first have to grow its stack, a twentieth of all there is to do.
const spareTime = 50 * time.Millisecond

func newLanes(most int) *lanes {
	return &lanes{most: most, of: map[string][]func(){}, next: make(chan string)}
}

// add queues work for a person, or refuses it with errBusy.
func (l *lanes) add(person string, work func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue, running := l.of[person]
	if l.shut {
		return errClosed
	}
	if l.held >= l.most || len(queue) >= mostEach {
		return errBusy
	}
	l.held++
	l.of[person] = append(queue, work)
	if running {
		return nil
	}
	select {
	case l.next <- person:
	default:
		go l.run(person)
	}
	return nil
}

// run works off one person's queue after another's.
func (l *lanes) run(person string) {
	spare := time.NewTimer(spareTime)
	defer spare.Stop()
	for {
		l.workOff(person)
		spare.Reset(spareTime)
		select {
		case person = <-l.next:
		case <-spare.C:
			return
		}
	}
}

// workOff does what a person's queue holds, and what comes meanwhile.
func (l *lanes) workOff(person string) {
	for {
		l.mu.Lock()
		queue := l.of[person]
		if len(queue) == 0 {
			delete(l.of, person)
			l.mu.Unlock()
			return
		}
		work := queue[0]
		l.of[person] = queue[1:]
		l.mu.Unlock()
		work()
		l.mu.Lock()
		if l.held--; l.held == 0 && l.idle != nil {
			close(l.idle)
			l.idle = nil
		}
		l.mu.Unlock()
	}
}

// drain takes nothing more and waits until everything is done, or the context ends.
func (l *lanes) drain(ctx context.Context) error {
	l.mu.Lock()
	l.shut = true
	if l.held == 0 {
		l.mu.Unlock()
		return nil
	}
	if l.idle == nil {
		l.idle = make(chan struct{})
	}
	idle := l.idle
	l.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
