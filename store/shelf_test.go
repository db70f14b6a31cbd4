package store

import (
	"errors"
	"path/filepath"
	"testing"

	"roadmapbot/bot"
)

func TestShelf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shelf.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	shelf := s.Shelf("slack")
	gone := func(key string) {
		t.Helper()
		if _, err := shelf.Get(ctx, key); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("Get(%q) gives %v, want ErrNotFound", key, err)
		}
	}
	gone("T1")
	if err := shelf.Delete(ctx, "T1"); err != nil {
		t.Error(err)
	}
	if err := shelf.Put(ctx, "", nil); err == nil {
		t.Error("an empty key was accepted")
	}
	for key, value := range map[string]string{"T1": "one", "T2": "two"} {
		if err := shelf.Put(ctx, key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Shelf("other").Put(ctx, "T1", []byte("other")); err != nil {
		t.Fatal(err)
	}
	value, err := shelf.Get(ctx, "T1")
	if err != nil || string(value) != "one" {
		t.Errorf("Get = %q, %v", value, err)
	}
	value[0] = 'X'
	if err := shelf.Delete(ctx, "T2"); err != nil {
		t.Fatal(err)
	}
	gone("T2")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	shelf = s.Shelf("slack")
	if value, err := shelf.Get(ctx, "T1"); err != nil || string(value) != "one" {
		t.Errorf("after reopening Get = %q, %v", value, err)
	}
	gone("T2")
}
