package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"roadmapbot/adapters/terminal"
	"roadmapbot/bot"
	"roadmapbot/bot/nudge"
	"roadmapbot/store"
)

// chatCmd is the terminal chat.
type chatCmd struct {
	database
	course
	User  string `help:"Whose progress it is." placeholder:"NAME" env:"ROADMAPBOT_USER"`
	Plain bool   `help:"No prompt, colors or line editing." env:"ROADMAPBOT_PLAIN"`
	Now   string `help:"Begin at another time, such as 2026-03-09T18:29:50+01:00; for tests and demonstrations." placeholder:"TIME"`
}

// Run talks until the person leaves.
func (c *chatCmd) Run(ctx context.Context, s streams) error {
	now, err := shiftedClock(c.Now)
	if err != nil {
		return &bot.SetupError{Err: err}
	}
	roadmap, err := c.roadmap()
	if err != nil {
		return err
	}
	st, err := store.Open(c.DB)
	if err != nil {
		return err
	}
	log := logger(s, slog.LevelError, false)
	b := bot.New(bot.Config{Roadmap: roadmap, Store: st, Now: now, Log: log})
	t := terminal.New(terminal.Config{
		In: s.in, Out: s.out, User: userName(c.User), Zone: localZone(), Locale: localLocale(),
		Plain: c.Plain, Color: os.Getenv("NO_COLOR") == "",
	})
	n := nudge.New(nudge.Config{Store: st, Bot: b, Adapters: []bot.Adapter{t}, Now: now, Log: log})

	ctx, leave := context.WithCancel(ctx)
	defer leave()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return n.Run(ctx) })
	group.Go(func() error { return watch(ctx, st) })
	group.Go(func() error {
		defer leave()
		return t.Run(ctx, b.Handle)
	})
	return errors.Join(group.Wait(), st.Close())
}

// shiftedClock is a clock that begins at a given time and runs on from there.
func shiftedClock(begin string) (func() time.Time, error) {
	if begin == "" {
		return time.Now, nil
	}
	at, err := time.Parse(time.RFC3339, begin)
	if err != nil {
		return nil, fmt.Errorf("--now is written like 2026-03-09T18:29:50+01:00 (RFC 3339), not %q", begin)
	}
	shift := time.Until(at)
	return func() time.Time { return time.Now().Add(shift) }, nil
}

func userName(name string) string {
	if name != "" {
		return bot.Clean(name, 100)
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return bot.Clean(u.Username, 100)
	}
	return "learner"
}

// localZone is the IANA name of this computer's zone, if it can be known.
func localZone() string {
	if tz := strings.TrimPrefix(os.Getenv("TZ"), ":"); tz != "" {
		return tz
	}
	target, err := filepath.EvalSymlinks("/etc/localtime")
	if err != nil {
		return ""
	}
	_, zone, _ := strings.Cut(target, "zoneinfo/")
	return zone
}

// localLocale is this computer's locale for times, as a language tag.
func localLocale() string {
	for _, name := range []string{"LC_ALL", "LC_TIME", "LANG"} {
		if value := os.Getenv(name); value != "" {
			tag, _, _ := strings.Cut(value, ".")
			return strings.ReplaceAll(tag, "_", "-")
		}
	}
	return ""
}
