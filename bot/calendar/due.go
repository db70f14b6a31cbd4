package calendar

import "time"

// minutesPerDay is how many minutes of the day a wall clock shows: 0 is 00:00,
// 1439 is 23:59.
const minutesPerDay = 24 * 60

// Due is the instant at which clocks in loc first show the given minute of day d,
// in UTC. A time that the clocks skip is due when the gap ends, even if that is
// the next date's 00:00. A time that comes twice is due the first time. A civil
// day that the zone skipped altogether (Apia 2011-12-30) has no instants: false.
//
// [time.Date] is no substitute: inside a gap it answers with an instant before
// it, an hour early.
func Due(d Day, minute int, loc *time.Location) (time.Time, bool) {
	// The wall-clock reading, taken as if it were UTC. No offset exceeds 26 h.
	reading := time.Unix(int64(d)*86400+int64(minute)*60, 0)
	for probe := reading.Add(-26 * time.Hour); ; {
		start, end, offset := period(probe, loc)
		due := reading.Add(-offset)
		switch {
		case !end.IsZero() && !due.Before(end):
			probe = end // the reading comes after this period's last
		case !start.IsZero() && due.Before(start):
			return start.UTC(), !skipped(d, start, loc)
		default:
			return due.UTC(), true
		}
	}
}

// skipped tells whether no part of day d exists around the gap that ends at end.
func skipped(d Day, end time.Time, loc *time.Location) bool {
	return DayOf(end.Add(-1).In(loc)) < d && DayOf(end.In(loc)) > d
}

// period is the stretch around t in which loc keeps one offset from UTC, in which
// start belongs to it and end does not. Zero times stand for "always so".
func period(t time.Time, loc *time.Location) (start, end time.Time, offset time.Duration) {
	local := t.In(loc)
	start, end = local.ZoneBounds()
	_, seconds := local.Zone()
	return start, end, time.Duration(seconds) * time.Second
}

// Span is a run of minutes of one local date: From <= minute < To.
type Span struct {
	Day      Day
	From, To int
}

// Passed lists the minutes of the local dates in loc that became due after the
// instant after and not after until, as [Due] sees it, oldest first. One tick
// costs a few comparisons; only around a change of the clocks, or after a long
// silence, is more work needed.
func Passed(after, until time.Time, loc *time.Location) []Span {
	if !after.Before(until) {
		return nil
	}
	first, last := DayOf(after.In(loc)), DayOf(until.In(loc))
	start, end, offset := period(after, loc)
	// Far enough behind the last change and before the next, readings and
	// instants differ by the offset alone.
	if (start.IsZero() || after.Sub(start) > 27*time.Hour) && (end.IsZero() || until.Before(end)) {
		var spans []Span
		for d := first; d <= last; d++ {
			midnight := d.Midnight().Add(-offset)
			from := max(0, int(after.Sub(midnight)/time.Minute)+1)
			if after.Before(midnight) {
				from = 0
			}
			to := min(minutesPerDay, int(until.Sub(midnight)/time.Minute)+1)
			if from < to {
				spans = append(spans, Span{d, from, to})
			}
		}
		return spans
	}
	var spans []Span
	for d := first - 2; d <= last+1; d++ {
		from, ok := firstMinute(d, loc, func(due time.Time) bool { return due.After(after) })
		if !ok {
			continue
		}
		to, _ := firstMinute(d, loc, func(due time.Time) bool { return due.After(until) })
		if from < to {
			spans = append(spans, Span{d, from, to})
		}
	}
	return spans
}

// firstMinute is the first minute of the day whose due instant satisfies after,
// or minutesPerDay. What is due never decreases within a day, so halving finds it. False
// means that the day does not exist.
func firstMinute(d Day, loc *time.Location, after func(due time.Time) bool) (int, bool) {
	low, high := 0, minutesPerDay
	for low < high {
		middle := (low + high) / 2
		due, ok := Due(d, middle, loc)
		if !ok {
			return 0, false
		}
		if after(due) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, true
}
