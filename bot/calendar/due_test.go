package calendar

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var allZones = flag.Bool("zones-all", false, "hold Due to the oracle in every zone, not in some forty")

// someZones are where clocks do odd things, and a few where they do not.
var someZones = []string{
	"Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Lagos", "America/Asuncion", "America/Caracas",
	"America/Havana", "America/Los_Angeles", "America/Miquelon", "America/New_York", "America/Nuuk", "America/Santiago",
	"America/Sao_Paulo", "America/Scoresbysund", "America/St_Johns", "Antarctica/Troll", "Asia/Amman", "Asia/Beirut",
	"Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Pyongyang", "Asia/Tehran", "Asia/Tokyo",
	"Atlantic/Azores", "Australia/Adelaide", "Australia/Eucla", "Australia/Lord_Howe", "Australia/Sydney",
	"Europe/Chisinau", "Europe/Dublin", "Europe/Istanbul", "Europe/London", "Europe/Madrid", "Pacific/Apia",
	"Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Norfolk", "UTC",
}

// oracle says when each reading of the wall clock of loc is due, by looking at the
// clock at every single minute. It shares nothing with Due: no periods, no
// offsets turned around. A reading is a day's number times 1440 plus the minute.
type oracle struct {
	first int          // the first reading
	due   []int64      // unix seconds, by reading
	shown map[Day]bool // days of which the clock showed any part
}

func walk(loc *time.Location, from, until time.Time) oracle {
	o := oracle{shown: map[Day]bool{}}
	latest := -1
	for unix := from.Unix(); unix < until.Unix(); unix += 60 {
		_, offset := time.Unix(unix, 0).In(loc).Zone()
		reading := int((unix + int64(offset)) / 60)
		if latest < 0 {
			o.first, latest = reading+1, reading
		}
		if day := Day(reading / 1440); !o.shown[day] {
			o.shown[day] = true
		}
		for latest < reading { // passed, or jumped over
			latest++
			o.due = append(o.due, unix)
		}
	}
	return o
}

func (o oracle) at(day Day, minute int) time.Time {
	return time.Unix(o.due[int(day)*1440+minute-o.first], 0)
}

// TestDueAgainstOracle compares Due with the oracle at 96 times of each day of
// 2026 and 2027, and of the years in which zones skipped days. Every zone of the
// embedded data: go test ./bot/calendar -run Oracle -zones-all -timeout 30m
func TestDueAgainstOracle(t *testing.T) {
	zones := someZones
	if *allZones {
		zones = Zones()
	}
	type span struct {
		zones      []string
		from, till Day
	}
	eras := []span{
		{zones, Date(2026, 1, 1), Date(2028, 1, 1)},
		{[]string{"Pacific/Apia", "Pacific/Fakaofo", "Asia/Kolkata", "Europe/Moscow", "America/Caracas"}, Date(2010, 1, 1), Date(2012, 1, 10)},
		{[]string{"Pacific/Kiritimati", "Pacific/Enderbury", "Pacific/Kwajalein", "America/New_York"}, Date(1993, 1, 1), Date(1995, 1, 10)},
	}
	for _, era := range eras {
		for _, name := range era.zones {
			t.Run(fmt.Sprintf("%s/%d", name, era.from.Midnight().Year()), func(t *testing.T) {
				t.Parallel()
				loc, err := Zone(name)
				if err != nil {
					t.Fatal(err)
				}
				o := walk(loc, era.from.Midnight().AddDate(0, 0, -4), era.till.Midnight().AddDate(0, 0, 4))
				compared := 0
				for day := era.from; day < era.till; day++ {
					for minute := int(day) % 15; minute < minutesPerDay; minute += 15 {
						got, ok := Due(day, minute, loc)
						if ok != o.shown[day] {
							t.Fatalf("%s %02d:%02d: exists %v, want %v", day, minute/60, minute%60, ok, o.shown[day])
						}
						if want := o.at(day, minute); ok && !got.Equal(want) {
							t.Fatalf("%s %02d:%02d: due %v, want %v", day, minute/60, minute%60, got, want.UTC())
						}
						compared++
					}
				}
				if compared < 700*96 {
					t.Errorf("compared only %d instants", compared)
				}
			})
		}
	}
}

// TestPassed cuts two years into pieces of random length: each minute of each day
// must be in exactly one piece, the one that its due instant falls into.
func TestPassed(t *testing.T) {
	for _, name := range someZones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc, err := Zone(name)
			if err != nil {
				t.Fatal(err)
			}
			dice := rand.New(rand.NewPCG(1, 2))
			from, until := Date(2026, 1, 1).Midnight(), Date(2028, 1, 1).Midnight()
			first := int(DayOf(from)-2) * 1440
			times := make([]uint8, (int(DayOf(until)-DayOf(from))+20)*1440)
			for at := from; at.Before(until); {
				step := time.Duration(1+dice.IntN(90)) * time.Minute
				if dice.IntN(20) == 0 {
					step = time.Duration(1+dice.IntN(100)) * time.Hour
				}
				next := at.Add(step)
				for _, span := range Passed(at, next, loc) {
					for minute := span.From; minute < span.To; minute++ {
						times[int(span.Day)*1440+minute-first]++
						if due, ok := Due(span.Day, minute, loc); minute%31 == 0 && (!ok || !due.After(at) || due.After(next)) {
							t.Fatalf("%s minute %d is due %v, not within (%v, %v]", span.Day, minute, due, at, next)
						}
					}
				}
				at = next
			}
			for day := DayOf(from) + 2; day < DayOf(until)-5; day++ {
				_, exists := Due(day, 0, loc)
				for minute := range minutesPerDay {
					if got := times[int(day)*1440+minute-first]; got != 1 && exists {
						t.Fatalf("%s minute %d passed %d times", day, minute, got)
					}
				}
			}
		})
	}
	if got := Passed(time.Unix(100, 0), time.Unix(100, 0), time.UTC); got != nil {
		t.Errorf("no time passed, yet %v", got)
	}
	apia, _ := Zone("Pacific/Apia")
	for _, span := range Passed(time.Date(2011, 12, 28, 0, 0, 0, 0, time.UTC), time.Date(2012, 1, 2, 0, 0, 0, 0, time.UTC), apia) {
		if span.Day == Date(2011, 12, 30) {
			t.Errorf("the day that Apia skipped passed: %v", span)
		}
	}
}

func TestStudyDay(t *testing.T) {
	loc, _ := Zone("Australia/Lord_Howe")
	for _, tt := range []struct {
		at   string
		want Day
	}{
		{"2026-03-09T03:59:59", Date(2026, 3, 8)},
		{"2026-03-09T04:00:00", Date(2026, 3, 9)},
		{"2026-03-09T23:59:59", Date(2026, 3, 9)},
		{"2026-03-10T00:30:00", Date(2026, 3, 9)},
	} {
		at, err := time.ParseInLocation("2006-01-02T15:04:05", tt.at, loc)
		if err != nil {
			t.Fatal(err)
		}
		if got := StudyDay(at); got != tt.want {
			t.Errorf("StudyDay(%s) = %s, want %s", tt.at, got, tt.want)
		}
		if end := EndOfStudyDay(tt.want, loc); !end.After(at) || StudyDay(end.In(loc)) != tt.want+1 {
			t.Errorf("study day %s ends %v", tt.want, end)
		}
	}
}

func BenchmarkDue(b *testing.B) {
	loc, _ := Zone("America/New_York")
	for b.Loop() {
		Due(20521, 1110, loc)
	}
}

func BenchmarkPassedNothing(b *testing.B) {
	loc, _ := Zone("America/New_York")
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		Passed(at, at.Add(time.Minute), loc)
	}
}
