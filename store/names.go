package store

import (
	"fmt"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// names numbers the ids of topics and quiz items, in the order in which they
// first occur. Numbers are only ever added.
type names struct {
	mu      sync.RWMutex
	numbers map[string]uint64
	ids     []string // number n is ids[n-1]
	stored  int      // how many of them are on disk
}

func newNames() *names { return &names{numbers: map[string]uint64{}} }

// number finds or gives the number of an id.
func (n *names) number(id string) uint64 {
	n.mu.RLock()
	number, ok := n.numbers[id]
	n.mu.RUnlock()
	if ok {
		return number
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if number, ok := n.numbers[id]; ok {
		return number
	}
	n.ids = append(n.ids, id)
	n.numbers[id] = uint64(len(n.ids))
	return uint64(len(n.ids))
}

// list is the ids that were numbered up to some moment.
type list []string

// all is what is numbered now. Later numbers don't change it.
func (n *names) all() list {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return list(n.ids)
}

// id is the id that has a number.
func (l list) id(number uint64) (string, error) {
	if number == 0 || number > uint64(len(l)) {
		return "", fmt.Errorf("%w: no name has number %d", errWire, number)
	}
	return l[number-1], nil
}

func (n *names) id(number uint64) (string, error) { return n.all().id(number) }

// fresh lists the ids that are not on disk yet, and the number of the first.
func (n *names) fresh() (first int, ids []string) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.stored + 1, n.ids[n.stored:len(n.ids):len(n.ids)]
}

// saved notes that the ids up to a number are on disk.
func (n *names) saved(upTo int) {
	n.mu.Lock()
	n.stored = upTo
	n.mu.Unlock()
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
