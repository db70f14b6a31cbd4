package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// trees looks at the pages of a file that bbolt (v1.5.0) trusts too much. If an
// inner page leads back to where it hangs from, bbolt follows it until the stack
// is full; if an entry of the list of buckets is cut short, it reads on in the
// process's memory. Nothing can recover from either. The leaves of the buckets
// need not be read, which would take long: all of a tree have the same depth.
//
// The layout of a page is in bbolt's internal/common/page.go: 8 bytes of id, 2 of
// kind, 2 of the number of entries, 4 of how many pages it takes besides the
// first; then a head of 16 bytes for each entry, then keys and values.
type trees struct {
	file     *os.File
	pageSize int64
	seen     map[uint64]bool // inner pages
}

const (
	headSize  = 16 // of a page, of an entry, and of a bucket
	innerPage = 1
	leafPage  = 2
)

func checkTrees(tx *bolt.Tx) error {
	file, err := os.Open(tx.DB().Path())
	if err != nil {
		return fmt.Errorf("look at the pages: %w", err)
	}
	defer file.Close()
	t := &trees{file: file, pageSize: int64(tx.DB().Info().PageSize), seen: map[uint64]bool{}}
	leaves, err := t.follow(uint64(tx.Cursor().Bucket().Root()))
	if err != nil {
		return err
	}
	for _, id := range leaves {
		page, err := t.page(id)
		if err != nil {
			return err
		}
		if err := checkLeaf(page, t.bucket); err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
	}
	return nil
}

// follow goes down a tree from its root, level by level, to its leaves.
func (t *trees) follow(root uint64) (leaves []uint64, err error) {
	depth := 0
	for id := root; ; depth++ {
		children, err := t.children(id)
		if err != nil {
			return nil, err
		}
		if children == nil {
			break
		}
		if id = children[0]; depth > 30 {
			return nil, fmt.Errorf("page %d leads nowhere", root)
		}
	}
	level := []uint64{root}
	for range depth {
		for _, id := range level {
			if t.seen[id] {
				return nil, fmt.Errorf("two ways lead to page %d", id)
			}
			t.seen[id] = true
		}
		var next []uint64
		for _, id := range level {
			children, err := t.children(id)
			switch {
			case err != nil:
				return nil, err
			case children == nil:
				return nil, fmt.Errorf("page %d is not at the end of its tree", id)
			case slices.ContainsFunc(children, func(id uint64) bool { return t.seen[id] }):
				return nil, fmt.Errorf("page %d leads in a circle", id)
			}
			next = append(next, children...)
		}
		level = next
	}
	return level, nil
}

// children lists where an inner page leads; nil if it is none.
func (t *trees) children(id uint64) ([]uint64, error) {
	head := make([]byte, headSize)
	if err := t.read(head, id, 0); err != nil {
		return nil, err
	}
	if binary.NativeEndian.Uint16(head[8:]) != innerPage {
		return nil, nil
	}
	count := binary.NativeEndian.Uint16(head[10:])
	if count == 0 {
		return nil, fmt.Errorf("page %d leads nowhere", id)
	}
	entries := make([]byte, headSize*int(count))
	if err := t.read(entries, id, headSize); err != nil {
		return nil, err
	}
	children := make([]uint64, 0, count)
	for entry := range slices.Chunk(entries, headSize) {
		children = append(children, binary.NativeEndian.Uint64(entry[8:]))
	}
	return children, nil
}

// page reads a page and those that belong to it.
func (t *trees) page(id uint64) ([]byte, error) {
	head := make([]byte, headSize)
	if err := t.read(head, id, 0); err != nil {
		return nil, err
	}
	more := binary.NativeEndian.Uint32(head[12:])
	if more > 1000 {
		return nil, fmt.Errorf("page %d takes %d pages", id, more)
	}
	page := make([]byte, (int64(more)+1)*t.pageSize)
	return page, t.read(page, id, 0)
}

func (t *trees) read(b []byte, id uint64, offset int64) error {
	if id > 1<<40 {
		return fmt.Errorf("page %d can't be", id)
	}
	if _, err := t.file.ReadAt(b, int64(id)*t.pageSize+offset); err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

// checkLeaf sees to it that the entries of a leaf lie within it.
func checkLeaf(page []byte, check func(flags uint32, value []byte) error) error {
	if len(page) < headSize || binary.NativeEndian.Uint16(page[8:]) != leafPage {
		return errors.New("it should be a leaf")
	}
	for i := range int(binary.NativeEndian.Uint16(page[10:])) {
		at := headSize + headSize*i
		if at+headSize > len(page) {
			return fmt.Errorf("entry %d is cut short", i)
		}
		head := page[at:]
		key := at + int(binary.NativeEndian.Uint32(head[4:]))
		value := key + int(binary.NativeEndian.Uint32(head[8:]))
		end := value + int(binary.NativeEndian.Uint32(head[12:]))
		if end > len(page) {
			return fmt.Errorf("entry %d is cut short", i)
		}
		if err := check(binary.NativeEndian.Uint32(head), page[value:end]); err != nil {
			return err
		}
	}
	return nil
}

// bucket checks an entry of the list of buckets: it leads to a page, or, if the
// bucket is small, holds one.
func (t *trees) bucket(flags uint32, value []byte) error {
	if flags != 1 || len(value) < headSize {
		return errors.New("an entry that is no bucket")
	}
	root := binary.NativeEndian.Uint64(value)
	if root == 0 {
		return checkLeaf(value[headSize:], func(flags uint32, _ []byte) error {
			if flags != 0 {
				return errors.New("a bucket within a bucket")
			}
			return nil
		})
	}
	_, err := t.follow(root)
	return err
}
