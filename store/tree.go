package store

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// trees looks at the inner pages of a file's trees. If one leads back to where it
// hangs from, bbolt follows it until the stack is full, and that ends the process:
// nothing can recover from it. A tree's leaves all have the same depth, so they
// need not be read, which would take long.
type trees struct {
	file     *os.File
	pageSize int64
	seen     map[uint64]bool // inner pages
}

func checkTrees(tx *bolt.Tx) error {
	file, err := os.Open(tx.DB().Path())
	if err != nil {
		return fmt.Errorf("look at the pages: %w", err)
	}
	defer file.Close()
	t := &trees{file: file, pageSize: int64(tx.DB().Info().PageSize), seen: map[uint64]bool{}}
	if err := t.check(uint64(tx.Cursor().Bucket().Root())); err != nil {
		return err
	}
	return tx.ForEach(func(_ []byte, b *bolt.Bucket) error { return t.check(uint64(b.Root())) })
}

// check follows a tree from its root level by level.
func (t *trees) check(root uint64) error {
	if root == 0 {
		return nil // so small that it stands within another page
	}
	depth := 0
	for id := root; ; depth++ {
		children, err := t.children(id)
		if err != nil {
			return err
		}
		if children == nil {
			break
		}
		if id = children[0]; depth > 30 {
			return fmt.Errorf("page %d leads nowhere", root)
		}
	}
	level := []uint64{root}
	for range depth {
		for _, id := range level {
			if t.seen[id] {
				return fmt.Errorf("two ways lead to page %d", id)
			}
			t.seen[id] = true
		}
		var next []uint64
		for _, id := range level {
			children, err := t.children(id)
			switch {
			case err != nil:
				return err
			case children == nil:
				return fmt.Errorf("page %d is not at the end of the tree", id)
			case slices.ContainsFunc(children, func(id uint64) bool { return t.seen[id] }):
				return fmt.Errorf("page %d leads in a circle", id)
			}
			next = append(next, children...)
		}
		level = next
	}
	return nil
}

// children lists where an inner page leads; nil if it is a leaf. See bbolt's
// internal/common/page.go: a page begins with its id, kind and number of entries;
// an entry of 16 bytes ends with the id of a page.
func (t *trees) children(id uint64) ([]uint64, error) {
	head := make([]byte, 16)
	if _, err := t.file.ReadAt(head, int64(id)*t.pageSize); err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	if kind := binary.NativeEndian.Uint16(head[8:]); kind != 1 {
		return nil, nil
	}
	entries := make([]byte, 16*int(binary.NativeEndian.Uint16(head[10:])))
	if _, err := t.file.ReadAt(entries, int64(id)*t.pageSize+16); err != nil || len(entries) == 0 {
		return nil, fmt.Errorf("page %d has %d bytes of entries: %w", id, len(entries), err)
	}
	children := make([]uint64, 0, len(entries)/16)
	for entry := range slices.Chunk(entries, 16) {
		children = append(children, binary.NativeEndian.Uint64(entry[8:]))
	}
	return children, nil
}
