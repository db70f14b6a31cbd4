package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Days on which clocks change, worked out by hand from the rules of the zones.
func TestNudgeTimes(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		// Lord Howe goes from +10:30 to +11 by skipping 02:00 to 02:30 on the first
		// Sunday of October.
		{"Lord Howe skips half an hour", "--zone Australia/Lord_Howe --at 02:15 --from 2026-10-03 --until 2026-10-06", `
2026-10-03 2026-10-03T02:15:00+10:30 2026-10-02T15:45:00Z
2026-10-04 2026-10-04T02:30:00+11:00 2026-10-03T15:30:00Z
2026-10-05 2026-10-05T02:15:00+11:00 2026-10-04T15:15:00Z
`},
		// Back on the first Sunday of April: 01:30 to 02:00 comes twice, and the first counts.
		{"Lord Howe repeats half an hour", "--zone Australia/Lord_Howe --at 01:45 --from 2026-04-04 --until 2026-04-07", `
2026-04-04 2026-04-04T01:45:00+11:00 2026-04-03T14:45:00Z
2026-04-05 2026-04-05T01:45:00+11:00 2026-04-04T14:45:00Z
2026-04-06 2026-04-06T01:45:00+10:30 2026-04-05T15:15:00Z
`},
		// Nuuk goes from -02 to -01 with Europe, at 01:00 UTC: the last hour of
		// Saturday, 28 March is skipped, so the gap ends on Sunday.
		{"Nuuk skips the last hour of a day", "--zone America/Nuuk --at 23:30 --from 2026-03-27 --until 2026-03-30", `
2026-03-27 2026-03-27T23:30:00-02:00 2026-03-28T01:30:00Z
2026-03-28 2026-03-29T00:00:00-01:00 2026-03-29T01:00:00Z
2026-03-29 2026-03-29T23:30:00-01:00 2026-03-30T00:30:00Z
`},
		// Samoa had no 30 December 2011.
		{"Apia skips a day", "--zone Pacific/Apia --at 09:00 --from 2011-12-29 --until 2012-01-01", `
2011-12-29 2011-12-29T09:00:00-10:00 2011-12-29T19:00:00Z
2011-12-31 2011-12-31T09:00:00+14:00 2011-12-30T19:00:00Z
`},
		{"days of the week", "--zone UTC --at 7pm --days mon,wed --from 2026-03-01 --until 2026-03-08", `
2026-03-02 2026-03-02T19:00:00+00:00 2026-03-02T19:00:00Z
2026-03-04 2026-03-04T19:00:00+00:00 2026-03-04T19:00:00Z
`},
		{"a city, as the bot takes it", "--zone madrid --at 09:00 --from 2026-03-02 --until 2026-03-03", `
2026-03-02 2026-03-02T09:00:00+01:00 2026-03-02T08:00:00Z
`},
		{"a name that the bot would ask about", "--zone GMT+0 --at 09:00 --from 2026-03-02 --until 2026-03-03", `
2026-03-02 2026-03-02T09:00:00+00:00 2026-03-02T09:00:00Z
`},
		{"no days", "--zone UTC --at 09:00 --from 2026-03-02 --until 2026-03-02", "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, complaint := call(t, strings.NewReader(""), strings.Fields("nudge times "+tt.args)...)
			if code != 0 || complaint != "" {
				t.Fatalf("exit %d: %s", code, complaint)
			}
			if want := strings.TrimPrefix(tt.want, "\n"); out != want {
				t.Errorf("got\n%swant\n%s", out, want)
			}
		})
	}
}

func TestNudgeTimesRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"--zone Mars --at 09:00 --from 2026-01-01 --until 2026-01-02":              `no time zone is called "Mars"; did you mean Europe/Paris?`,
		"--zone Local --at 09:00 --from 2026-01-01 --until 2026-01-02":             `no time zone is called "Local"; did you mean Asia/Oral?`,
		"--zone xyzzy --at 09:00 --from 2026-01-01 --until 2026-01-02":             `no time zone is called "xyzzy"`,
		"--zone UTC --at 25:00 --from 2026-01-01 --until 2026-01-02":               `can't read the time "25:00" or the days "daily"`,
		"--zone UTC --at 09:00 --days someday --from 2026-01-01 --until 2026-1-02": `can't read the time "09:00" or the days "someday"`,
		"--zone UTC --at 09:00 --from 2026-02-30 --until 2026-03-02":               `a date is written like 2026-03-09, not "2026-02-30"`,
		"--zone UTC --at 09:00 --from 2026-02-01 --until 2026-01-31":               "--until 2026-01-31 is before --from 2026-02-01",
		"--zone UTC --at 09:00 --from 1900-01-01 --until 2026-01-01":               "at most 20 years at once",
	} {
		code, out, complaint := call(t, strings.NewReader(""), strings.Fields("nudge times "+args)...)
		if code != 2 || out != "" || complaint != "roadmapbot: "+want+"\n" {
			t.Errorf("%s: exit %d, printed %q and %q", args, code, out, complaint)
		}
	}
}

// TestNudgeExplain asks about a date of a learner, of nobody, and of no database.
func TestNudgeExplain(t *testing.T) {
	db := filepath.Join(t.TempDir(), "learners.db")
	explain := func(db, who string) (int, string, string) {
		return call(t, strings.NewReader(""), "nudge", "explain", "--db", db, who, "2026-01-01")
	}
	if code, _, complaint := explain(db, "terminal/ann"); code != 2 || complaint != "roadmapbot: there is no database "+db+"; name one with --db\n" {
		t.Errorf("without a database: exit %d, %q", code, complaint)
	}
	if _, err := os.Stat(db); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("asking made a database: %v", err)
	}
	call(t, strings.NewReader("zone Madrid\nnudge 18:30\n"), "--db", db, "--user", "ann")
	if code, out, complaint := explain(db, "terminal/ann"); code != 0 || complaint != "" || !strings.Contains(out, "2026-01-01T17:30:00Z, before the schedule was made") {
		t.Errorf("exit %d, printed %q and %q", code, out, complaint)
	}
	if code, _, complaint := explain(db, "terminal/bob"); code != 1 || complaint != "roadmapbot: no learner has the account terminal/bob\n" {
		t.Errorf("of nobody: exit %d, %q", code, complaint)
	}
}
