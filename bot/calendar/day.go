// Package calendar answers when something is due by somebody's own clock: civil
// days, wall-clock times in a zone, and the instants they stand for. It reads no
// clock itself.
package calendar

import (
	"fmt"
	"time"
)

// Day is a civil date without a place: the number of days since 1970-01-01. The
// zero Day stands for "never" wherever a day may be missing.
type Day int32

// DayOf is the date that t shows in its own location.
func DayOf(t time.Time) Day {
	year, month, day := t.Date()
	return Date(year, month, day)
}

// Date is the day of a date; values out of range are carried over as in [time.Date].
func Date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("a date is written like 2026-03-09, not %q", s)
	}
	return DayOf(t), nil
}

// Midnight is the day's beginning in UTC, for its date and weekday.
func (d Day) Midnight() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return d.Midnight().Weekday() }

func (d Day) String() string { return d.Midnight().Format(time.DateOnly) }

// rollover is when a study day ends: what somebody does at one in the morning
// still belongs to the evening before.
const rollover = 4 * time.Hour

// StudyDay is the study day that t, in its own location, falls into: the local
// date, where the hours before 04:00 count to the day before.
func StudyDay(t time.Time) Day {
	d := DayOf(t)
	if hour, _, _ := t.Clock(); hour < int(rollover/time.Hour) {
		d--
	}
	return d
}

// EndOfStudyDay is the instant at which study day d ends in loc.
func EndOfStudyDay(d Day, loc *time.Location) time.Time {
	for next := d + 1; ; next++ { // a skipped civil day ends nothing
		if t, ok := Due(next, int(rollover/time.Minute), loc); ok {
			return t
		}
	}
}

// MarshalText implements [encoding.TextMarshaler]: the date, or nothing for never.
func (d Day) MarshalText() ([]byte, error) {
	if d == 0 {
		return nil, nil
	}
	return []byte(d.String()), nil
}
