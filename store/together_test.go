package store

import (
	"context"
	"runtime"
	"testing"

	"roadmapbot/bot"
)

// together makes changes in one transaction, in their order, and returns what became
// of each.
func together(t *testing.T, s *Store, changes []func() error) []error {
	t.Helper()
	began, goOn, first := make(chan bool), make(chan bool), make(chan error)
	go func() {
		_, _, err := s.Update(context.Background(), someone(1_000_000), "", func(*bot.Learner) error { close(began); <-goOn; return nil })
		first <- err
	}()
	<-began // while this one is being made, the others gather
	results := make([]chan error, len(changes))
	for i, change := range changes {
		results[i] = make(chan error, 1)
		go func() { results[i] <- change() }()
		for queued := 0; queued <= i; runtime.Gosched() {
			s.commit.mu.Lock()
			queued = len(s.commit.queue)
			s.commit.mu.Unlock()
		}
	}
	close(goOn)
	if err := <-first; err != nil {
		t.Error(err)
	}
	errs := make([]error, len(changes))
	for i, result := range results {
		errs[i] = <-result
	}
	return errs
}

// TestRepeatedBesideADeletion deletes a learner with many events, and in the same
// transaction the neighbours' first changes come again, whose events stand in segments by
// now: they are recognized, although the pages beside theirs are empty.
func TestRepeatedBesideADeletion(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, put(t, nil))
	update := func(i int, op string) error {
		_, _, err := s.Update(ctx, someone(i), op, studied("git-basics", op))
		return err
	}
	const before, gone, after = 0, 1, 2
	for _, i := range []int{before, gone, after} {
		if err := update(i, "press"); err != nil {
			t.Fatal(err)
		}
	}
	const own = 2*segmentLength + 5
	for range 300 { // which are some pages
		if err := update(gone, ""); err != nil {
			t.Fatal(err)
		}
	}
	for range own - 1 {
		for _, i := range []int{before, after} {
			if err := update(i, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, err := range together(t, s, []func() error{
		func() error { return s.Delete(ctx, someone(gone)) },
		func() error { return update(before, "press") },
		func() error { return update(after, "press") },
	}) {
		if err != nil {
			t.Errorf("change %d: %v", i, err)
		}
	}
	for _, i := range []int{before, after} {
		if l, err := s.Learner(ctx, someone(i)); err != nil || l.Events != own || l.Topics["git-basics"].Minutes != own {
			t.Errorf("learner %d has %d events, %d minutes (%v)", i, l.Events, l.Topics["git-basics"].Minutes, err)
		}
	}
}
