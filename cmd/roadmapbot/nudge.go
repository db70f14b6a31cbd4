package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
	"roadmapbot/store"
)

type nudgeCmd struct {
	Times   nudgeTimesCmd   `cmd:"" help:"Print when nudges would come: local date, local time, instant."`
	Explain nudgeExplainCmd `cmd:"" help:"Print why a learner's nudge of a date was sent, late, left out or absent."`
}

type nudgeTimesCmd struct {
	Zone  string `required:"" help:"A city or an IANA zone, such as Madrid or Europe/Madrid."`
	At    string `required:"" help:"The time of day, HH:MM." placeholder:"HH:MM"`
	Days  string `help:"Days of the week, such as mon,wed or weekdays." default:"daily"`
	From  string `required:"" help:"The first local date." placeholder:"2026-01-01"`
	Until string `required:"" help:"The local date after the last." placeholder:"2027-01-01"`
}

// Run prints one line a nudge.
func (c *nudgeTimesCmd) Run(s streams) error {
	loc, err := findZone(c.Zone)
	if err != nil {
		return &bot.SetupError{Err: err}
	}
	schedule, ok := bot.ParseSchedule(c.At + " " + c.Days)
	if !ok {
		return &bot.SetupError{Err: fmt.Errorf("can't read the time %q or the days %q", c.At, c.Days)}
	}
	from, err := calendar.ParseDay(c.From)
	if err != nil {
		return &bot.SetupError{Err: err}
	}
	until, err := calendar.ParseDay(c.Until)
	if err != nil {
		return &bot.SetupError{Err: err}
	}
	switch {
	case until < from:
		return &bot.SetupError{Err: fmt.Errorf("--until %s is before --from %s", until, from)}
	case until-from > 366*20:
		return &bot.SetupError{Err: errors.New("at most 20 years at once")}
	}
	for day := from; day < until; day++ {
		if !schedule.Weekdays.Has(day.Weekday()) {
			continue
		}
		due, ok := calendar.Due(day, schedule.Minute, loc)
		if !ok {
			continue
		}
		if _, err := fmt.Fprintf(s.out, "%s %s %s\n", day, due.In(loc).Format("2006-01-02T15:04:05-07:00"), due.Format(time.RFC3339)); err != nil {
			return err
		}
	}
	return nil
}

// findZone loads an IANA zone, or the one that the bot would understand.
func findZone(typed string) (*time.Location, error) {
	loc, err := calendar.Zone(typed)
	if err == nil {
		return loc, nil
	}
	zone, near := calendar.FindZone(typed, 3)
	switch {
	case zone != "":
		return calendar.Zone(zone)
	case len(near) > 0:
		return nil, fmt.Errorf("%w; did you mean %s?", err, strings.Join(near, " or "))
	}
	return nil, err
}

type nudgeExplainCmd struct {
	database
	Learner string `arg:"" help:"An account: PLATFORM/USER, or PLATFORM/TENANT/USER." placeholder:"discord/123"`
	Date    string `arg:"" help:"The local date." placeholder:"2026-03-09"`
}

// Run reads what was recorded about one date. It needs the database to itself, so
// the service must not run meanwhile.
func (c *nudgeExplainCmd) Run(ctx context.Context, s streams) error {
	who, err := parseAccount(c.Learner)
	if err != nil {
		return &bot.SetupError{Err: err}
	}
	day, err := calendar.ParseDay(c.Date)
	if err != nil {
		return &bot.SetupError{Err: err}
	}
	if _, err := os.Stat(c.DB); errors.Is(err, fs.ErrNotExist) {
		return &bot.SetupError{Err: fmt.Errorf("there is no database %s; name one with --db", c.DB)}
	}
	st, err := store.Open(c.DB)
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }() // it was only read
	l, err := st.Learner(ctx, who)
	if errors.Is(err, bot.ErrNotFound) {
		return fmt.Errorf("no learner has the account %s", c.Learner)
	}
	if err != nil {
		return err
	}
	var events []bot.Event
	for e, err := range st.Events(ctx, who) {
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	_, err = fmt.Fprintln(s.out, strings.Join(bot.ExplainDate(l, events, day), "\n"))
	return err
}

func parseAccount(s string) (bot.Account, error) {
	switch parts := strings.Split(s, "/"); len(parts) {
	case 2:
		return bot.Account{Platform: parts[0], User: parts[1]}, nil
	case 3:
		return bot.Account{Platform: parts[0], Tenant: parts[1], User: parts[2]}, nil
	}
	return bot.Account{}, fmt.Errorf("an account is PLATFORM/USER or PLATFORM/TENANT/USER, not %q", s)
}
