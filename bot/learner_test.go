package bot_test

import (
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
)

// TestStudyDays marks days in any order, as they come when the clock or the zone
// changes: each of the last 64 is remembered, and none besides.
func TestStudyDays(t *testing.T) {
	for name, test := range map[string]struct {
		add, remove, has, not []calendar.Day
	}{
		"one after another": {add: []calendar.Day{100, 101, 103}, has: []calendar.Day{100, 101, 103}, not: []calendar.Day{99, 102, 104}},
		"a day before":      {add: []calendar.Day{101, 100}, has: []calendar.Day{100, 101}, not: []calendar.Day{99, 102}},
		"twice":             {add: []calendar.Day{100, 100}, has: []calendar.Day{100}, not: []calendar.Day{99, 101}},
		"the oldest":        {add: []calendar.Day{163, 100}, has: []calendar.Day{100, 163}, not: []calendar.Day{101}},
		"too long ago":      {add: []calendar.Day{164, 100}, has: []calendar.Day{164}, not: []calendar.Day{100}},
		"after a long time": {add: []calendar.Day{100, 163, 164}, has: []calendar.Day{163, 164}, not: []calendar.Day{100, 101}},
		"one taken away":    {add: []calendar.Day{100, 101}, remove: []calendar.Day{100, 99}, has: []calendar.Day{101}, not: []calendar.Day{100}},
		"all taken away":    {add: []calendar.Day{100}, remove: []calendar.Day{100}, not: []calendar.Day{100}},
	} {
		t.Run(name, func(t *testing.T) {
			var days bot.StudyDays
			for _, d := range test.add {
				days.Add(d)
			}
			for _, d := range test.remove {
				days.Remove(d)
			}
			for _, d := range test.has {
				if !days.Has(d) {
					t.Errorf("day %d is lost", int(d))
				}
			}
			for _, d := range test.not {
				if days.Has(d) {
					t.Errorf("day %d is marked", int(d))
				}
			}
		})
	}
}

// TestStudyInAnEarlierZone studies in the east, then where it is a day earlier: both
// days have their study.
func TestStudyInAnEarlierZone(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	k.say("zone Auckland")
	k.now = k.now.Add(9 * time.Hour)
	k.say("study 10m") // Tuesday there
	k.say("zone Los Angeles")
	k.has("study 10m", "Days with study in the last two weeks: 1.") // Monday still
	k.now = k.now.AddDate(0, 0, 1)
	k.has("progress", "Days with study: 2 of the last 14")
}

// TestStartedStays notes when a learner came, once: the pace is reckoned from then.
func TestStartedStays(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	came := k.now
	for _, line := range []string{"study 30m", "start over", "nudge 18:30"} {
		k.now = k.now.AddDate(0, 0, 4)
		k.say(line)
	}
	if l := k.learner(); !l.Started.Equal(came) {
		t.Errorf("started at %v, want %v", l.Started, came)
	}
	k.has("progress", "at your pace of the last 13 days")
}
