package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"

	"roadmapbot/bot"
)

// alone fails unless a folder holds nothing but the files named.
func alone(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	if strings.Join(found, " ") != strings.Join(names, " ") {
		t.Errorf("the folder holds %v, want %v", found, names)
	}
}

// TestBackup copies a store while many write to it: the copy is a store as it was at one
// moment, and goes on from there.
func TestBackup(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "learners.db"))
	fill(t, s, 10*people)
	s.portions.copy = 10_000 // which is some fifty portions
	const writers = 8
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for ctx.Err() == nil {
				if _, _, err := s.Update(context.Background(), someone(-1-i), "", numbered(3, "")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "copy.db")
	if err := os.WriteFile(path+".part", []byte("of a copy that broke off"), 0o666); err != nil {
		t.Fatal(err)
	}
	for range 3 { // the second and third replace one
		if err := s.Backup(context.Background(), path); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	all.Wait()
	alone(t, folder, "copy.db")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy is %v (%v)", info.Mode(), err)
	}
	c := openAt(t, path)
	if err := readAll(c); err != nil {
		t.Error(err)
	}
	ids := map[uint64]bool{}
	for i := range 10 * people {
		l, err := c.Learner(context.Background(), someone(i))
		if err != nil || l.Events != 1 || ids[l.ID] {
			t.Fatalf("learner %d of the copy is %+v (%v)", i, l, err)
		}
		ids[l.ID] = true
	}
	for i := range writers {
		l, err := c.Learner(context.Background(), someone(-1-i))
		if errors.Is(err, bot.ErrNotFound) {
			continue // came later
		}
		if err != nil || l.Events%3 != 0 {
			t.Fatalf("half a change is in the copy: %+v (%v)", l, err)
		}
		contiguous(t, c, someone(-1-i), int(l.Events))
		ids[l.ID] = true
	}
	l, _, err := c.Update(context.Background(), bot.Account{Platform: "p", User: "new"}, "", studied("sql", ""))
	if err != nil || ids[l.ID] {
		t.Errorf("a new learner of the copy got number %d (%v)", l.ID, err)
	}
}

// TestBackupIsWhole holds a copy to everything that the file holds, the adapters' shelves
// too.
func TestBackupIsWhole(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "learners.db"))
	fill(t, s, people)
	if err := s.SetSwept(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	if err := s.Shelf("slack").Put(t.Context(), "installation", []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	c := openAt(t, path)
	if got, want := everything(t, c), everything(t, s); !reflect.DeepEqual(got, want) || len(want) < len(buckets)+1 {
		t.Errorf("the copy holds\n%v, want\n%v", got, want)
	}
	if v, err := c.Shelf("slack").Get(t.Context(), "installation"); err != nil || string(v) != "sealed" {
		t.Errorf("on the shelf of the copy is %q (%v)", v, err)
	}
}

// everything is the sequence and the entries of all buckets.
func everything(t *testing.T, s *Store) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	if err := s.db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			all[string(name)] = []string{fmt.Sprint(b.Sequence())}
			return b.ForEach(func(k, v []byte) error {
				all[string(name)] = append(all[string(name)], string(k), string(v))
				return nil
			})
		})
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestBackupForgets sees that what was deleted is not in a copy, not even in pages that
// nothing leads to.
func TestBackupForgets(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "learners.db"))
	fill(t, s, people)
	const secret = "the-one-who-left eats at noon"
	if _, _, err := s.Update(t.Context(), unlucky, "", func(l *bot.Learner) error { l.Settings.Plan = secret; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), unlucky); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]bool{s.Path(): true, path: false} { // else the test shows nothing
		data, err := os.ReadFile(file)
		if err != nil || bytes.Contains(data, []byte(secret)) != want {
			t.Errorf("%s holds what was deleted: %v, want %v (%v)", file, !want, want, err)
		}
	}
}

// TestBackupFails keeps the copy that stands there, leaves nothing beside it, and tells
// why.
func TestBackupFails(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		file func(t *testing.T) string // the store's
		into string                    // the copy's, beside it
		want string
	}{
		"canceled":       {canceled, func(t *testing.T) string { return put(t, grown(t)) }, "copy.db", "canceled"},
		"a damaged page": {t.Context(), spoilt, "copy.db", "is damaged"},
		"itself":         {t.Context(), func(t *testing.T) string { return put(t, grown(t)) }, "learners.db", "--backup"},
		"no folder":      {t.Context(), func(t *testing.T) string { return put(t, grown(t)) }, "none/copy.db", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			file := test.file(t)
			s := openAt(t, file)
			folder := filepath.Dir(file)
			before := []byte("the copy of yesterday")
			if err := os.WriteFile(filepath.Join(folder, "copy.db"), before, 0o600); err != nil {
				t.Fatal(err)
			}
			err := s.Backup(test.ctx, filepath.Join(folder, test.into))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), folder) {
				t.Errorf("it said %v", err)
			}
			if after, err := os.ReadFile(filepath.Join(folder, "copy.db")); err != nil || !bytes.Equal(after, before) {
				t.Errorf("the copy that stood there is gone (%v)", err)
			}
			alone(t, folder, "copy.db", "learners.db")
		})
	}
	t.Run("a store that failed", func(t *testing.T) {
		s := openAt(t, filepath.Join(t.TempDir(), "learners.db"))
		why := s.commit.failedCommit(errors.New("unplugged"), 1)
		if err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db")); !errors.Is(err, why) {
			t.Errorf("it said %v", err)
		}
	})
}

// BenchmarkBackup copies the file of a crowd; x-size is the copy's size against the
// file's.
func BenchmarkBackup(b *testing.B) {
	s := openAt(b, filepath.Join(b.TempDir(), "learners.db"))
	fill(b, s, crowd)
	path := filepath.Join(b.TempDir(), "copy.db")
	for b.Loop() {
		if err := s.Backup(context.Background(), path); err != nil {
			b.Fatal(err)
		}
	}
	var size int64
	if err := s.db.View(func(tx *bolt.Tx) error { size = tx.Size(); return nil }); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(size), "x-size")
}
