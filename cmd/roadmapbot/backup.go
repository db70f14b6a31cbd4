package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"roadmapbot/bot"
	"roadmapbot/store"
)

const (
	backupEvery = 24 * time.Hour
	backupAgain = time.Hour // after a failure
)

// backup keeps a copy of the database that is never much older than a day.
type backup struct {
	store *store.Store
	path  string // empty: there is none
	log   *slog.Logger
}

// check sees to it that what is set can work at all.
func (b backup) check() error {
	if b.path == "" {
		return nil
	}
	folder, err := os.Stat(filepath.Dir(b.path))
	fits := err == nil && folder.IsDir()
	if old, err := os.Stat(b.path); err == nil {
		own, err := os.Stat(b.store.Path())
		fits = fits && old.Mode().IsRegular() && err == nil && !os.SameFile(old, own)
	}
	if !fits {
		return &bot.SetupError{Err: fmt.Errorf("--backup or ROADMAPBOT_BACKUP is another file than the database, in a folder that exists, not %s", b.path)}
	}
	return nil
}

// made is when the copy was; long ago if there is none.
func (b backup) made() time.Time {
	info, err := os.Stat(b.path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// run makes a copy whenever the last one, also of an earlier run, is a day old. What
// fails is tried again in an hour.
func (b backup) run(ctx context.Context) error {
	if b.path == "" {
		return nil
	}
	wait := min(time.Until(b.made().Add(backupEvery)), backupEvery)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		begin := time.Now()
		wait = backupEvery
		switch err := b.store.Backup(ctx, b.path); {
		case err == nil:
			b.log.Info("a backup was made", "file", b.path, "took", time.Since(begin).Round(time.Millisecond))
		case ctx.Err() == nil:
			b.log.Error("no backup was made; it is tried again in an hour", "err", err)
			wait = backupAgain
		}
	}
}
