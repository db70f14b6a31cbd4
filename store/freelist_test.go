package store

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// freelistFile is a database opened with or without its list of free pages on
// disk.
type freelistFile struct {
	name           string
	unsynced       bool
	path           string
	db             *bolt.DB
	commits, opens []float64 // µs
}

// BenchmarkFreelist weighs writing the list of free pages with each commit, as
// the store does, against leaving it out: what a lone commit takes, and opening
// the file, on one in which learners only came and one that half of them left.
func BenchmarkFreelist(b *testing.B) {
	dir := b.TempDir()
	s := openAt(b, filepath.Join(dir, "grown"))
	fill(b, s, 2*crowd)
	var files []*freelistFile
	snapshot := func(name string, unsynced bool) {
		f := &freelistFile{name: name, unsynced: unsynced, path: filepath.Join(dir, name)}
		if err := s.db.View(func(tx *bolt.Tx) error { return tx.CopyFile(f.path, 0o600) }); err != nil {
			b.Fatal(err)
		}
		files = append(files, f)
	}
	snapshot("grown-synced", false)
	snapshot("grown-unsynced", true)
	var all sync.WaitGroup
	for first := range writers {
		all.Go(func() {
			for i := first; i < crowd; i += writers {
				if err := s.Delete(context.Background(), someone(i)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	snapshot("left-synced", false)
	snapshot("left-unsynced", true)
	for b.Loop() {
		for range 9 {
			for _, f := range files {
				f.open(b)
				f.commit(b) // or the next opening would find the list of the copy
			}
		}
		for range 300 {
			for _, f := range files {
				f.commit(b)
			}
		}
	}
	for _, f := range files {
		b.ReportMetric(median(f.commits), "µs-commit-"+f.name)
		b.ReportMetric(median(f.opens), "µs-open-"+f.name)
		b.ReportMetric(float64(f.db.Stats().FreePageN), "free-pages-"+f.name)
		_ = f.db.Close()
	}
}

func (f *freelistFile) open(b *testing.B) {
	if f.db != nil {
		_ = f.db.Close()
	}
	begin := time.Now()
	db, err := bolt.Open(f.path, 0o600, &bolt.Options{NoFreelistSync: f.unsynced, FreelistType: bolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	f.db = db
	f.opens = append(f.opens, float64(time.Since(begin).Microseconds()))
}

func (f *freelistFile) commit(b *testing.B) {
	id := crowd + 1 + rand.Uint64N(crowd) // one of those who stayed
	begin := time.Now()
	if err := f.db.Update(func(tx *bolt.Tx) error {
		learners := tx.Bucket(learnersBucket)
		return learners.Put(recordKey(id), append([]byte(nil), learners.Get(recordKey(id))...))
	}); err != nil {
		b.Fatal(err)
	}
	f.commits = append(f.commits, float64(time.Since(begin).Microseconds()))
}
