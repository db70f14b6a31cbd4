package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"roadmapbot/bot"
)

// people is how many learners a test's file has.
const people = 60

// grown makes a file with learners, events, indexes and, since some left, free
// pages, and returns its bytes.
func grown(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grown.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, people)
	for i := range 10 {
		if err := s.Delete(context.Background(), someone(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// put writes a file, and returns its path.
func put(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "learners.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll asks a store for everything.
func readAll(s *Store) error {
	ctx := context.Background()
	var errs []error
	note := func(err error) {
		if err != nil && !errors.Is(err, bot.ErrNotFound) {
			errs = append(errs, err)
		}
	}
	everyMinute := func(string) (int, int) { return 0, 1440 }
	for _, err := range s.Sweep(ctx, everyMinute, func(*bot.Learner) error { return nil }) {
		note(err)
	}
	for _, err := range s.Waking(ctx, noon.AddDate(1, 0, 0)) {
		note(err)
	}
	_, err := s.Swept(ctx)
	note(err)
	for i := range people {
		_, err := s.Learner(ctx, someone(i))
		note(err)
		for _, err := range s.Events(ctx, someone(i)) {
			note(err)
		}
	}
	return errors.Join(errs...)
}

// helpful fails unless every line of an error names the file and says what to do.
func helpful(t *testing.T, err error, path string) {
	t.Helper()
	for line := range strings.Lines(err.Error()) {
		if !strings.Contains(line, path) || !strings.Contains(line, "last good copy") && !strings.Contains(line, "--db") && !strings.Contains(line, "stop and start") {
			t.Errorf("an error that does not help: %s", line)
		}
	}
}

// check opens a file that something happened to. Whether that is noticed or not,
// nothing may panic, and an error has to help.
func check(t *testing.T, path string) (opened bool, err error) {
	t.Helper()
	s, err := Open(path)
	if opened = err == nil; opened {
		err = readAll(s)
		_ = s.Close()
	}
	if err != nil {
		helpful(t, err, path)
	}
	return opened, err
}

func TestTruncated(t *testing.T) {
	data := grown(t)
	s := openAt(t, put(t, data))
	var used int64
	if err := s.db.View(func(tx *bolt.Tx) error { used = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	lengths := []int{1, 15, 16, 100, 4095, 4097, 8191, 12288, 16383}
	for n := 4096; n < len(data); n += 4096 {
		lengths = append(lengths, n, n+2000)
	}
	for _, n := range lengths {
		if opened, _ := check(t, put(t, data[:n])); opened && int64(n) < used {
			t.Errorf("cut off at %d of %d bytes in use, the file opened", n, used)
		}
	}
}

// TestFlipped changes bytes at random. Where they stand in a learner's words no
// store can notice it; everywhere else reading must not bring the process down.
// Writing is another matter: bbolt v1.5.0 frees as many pages as a damaged page's
// head says (internal/freelist/shared.go, Free), be they four thousand million.
func TestFlipped(t *testing.T) {
	data := grown(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(1, seed))
	refused := 0
	for range 300 {
		flipped := slices.Clone(data)
		for range 1 + r.IntN(8) {
			at := r.IntN(len(data))
			if r.IntN(2) == 0 {
				at = at / 4096 * 4096 // the head of a page, where it hurts
				at += r.IntN(64)
			}
			flipped[at] ^= byte(1 + r.IntN(255))
		}
		if _, err := check(t, put(t, flipped)); err != nil {
			refused++
		}
	}
	t.Logf("%d of 300 were noticed", refused)
	if refused == 0 {
		t.Error("no damage was noticed at all")
	}
}

// TestBucketList spoils each byte of the list of buckets, where bbolt believes
// every length.
func TestBucketList(t *testing.T) {
	data := grown(t)
	size := os.Getpagesize()
	lists := 0
	for id := range len(data) / size {
		page := data[id*size : (id+1)*size]
		first := bytes.Index(page, accountsBucket)
		if first < 0 || !bytes.Contains(page, wakingBucket) || binary.NativeEndian.Uint16(page[8:]) != leafPage {
			continue // there may be several: all but one are no longer in use
		}
		for at := 8; at < first+200; at++ {
			spoilt := slices.Clone(data)
			spoilt[id*size+at] ^= []byte{0x01, 0x10, 0xff}[at%3]
			_, _ = check(t, put(t, spoilt))
		}
		lists++
	}
	if lists == 0 {
		t.Error("the file has no list of buckets")
	}
}

// TestCircle leads every inner page back to itself and to every other one: bbolt
// would follow it until the process dies.
func TestCircle(t *testing.T) {
	path := put(t, nil)
	s := openAt(t, path)
	fill(t, s, 10*people)
	_ = s.Close()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var inner []int
	size := os.Getpagesize()
	for id := range len(data) / size {
		if page := data[id*size:]; binary.NativeEndian.Uint64(page) == uint64(id) && binary.NativeEndian.Uint16(page[8:]) == 1 {
			inner = append(inner, id)
		}
	}
	refused := 0
	for _, id := range inner {
		count := int(binary.NativeEndian.Uint16(data[id*size+10:]))
		for _, to := range inner {
			turned := slices.Clone(data)
			entry := rand.IntN(count)
			binary.NativeEndian.PutUint64(turned[id*size+16+16*entry+8:], uint64(to))
			if _, err := check(t, put(t, turned)); err != nil {
				refused++
			}
		}
	}
	if t.Logf("%d of %d were noticed", refused, len(inner)*len(inner)); refused < len(inner) {
		t.Error("too few circles were noticed")
	}
}

// unlucky is the learner whose page is damaged.
var unlucky = someone(people / 2)

// spoilt makes a file in which the page of one learner can't be read.
func spoilt(t *testing.T) (path string) {
	t.Helper()
	path = put(t, grown(t))
	const plan = "the one plan like this"
	s := openAt(t, path)
	if _, _, err := s.Update(context.Background(), unlucky, "", func(l *bot.Learner) error { l.Settings.Plan = plan; return nil }); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for page := range slices.Chunk(data, os.Getpagesize()) {
		if bytes.Contains(page, []byte(plan)) {
			page[8], page[9] = 0xff, 0xff // what kind of page it is
		}
	}
	return put(t, data)
}

// TestDamagedPage changes everybody at once: only those on the damaged page suffer.
func TestDamagedPage(t *testing.T) {
	path := spoilt(t)
	s := openAt(t, path)
	var changes []func() error
	for i := 10; i < people; i++ {
		changes = append(changes, func() error {
			_, _, err := s.Update(context.Background(), someone(i), "", studied("git-basics", ""))
			return err
		})
	}
	suffered := 0
	for _, err := range together(t, s, changes) {
		if err != nil {
			suffered++
			helpful(t, err, path)
		}
	}
	if suffered == 0 || suffered > 10 {
		t.Errorf("%d of %d learners suffer from one damaged page", suffered, people-10)
	}
	if _, err := s.Learner(context.Background(), unlucky); err == nil {
		t.Error("the learner on the damaged page was read")
	}
}

// TestDamagedCommit makes bbolt meet the damaged page in the midst of a commit,
// when it joins pages that became empty: the store gives up, and can be closed.
func TestDamagedCommit(t *testing.T) {
	path := spoilt(t)
	s := openAt(t, path)
	for i := range people {
		if err := s.Delete(context.Background(), someone(i)); err != nil {
			helpful(t, err, path)
		}
	}
	select {
	case <-s.Failed():
	default:
		t.Error("a commit that broke off left the store working")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
