package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadmapbot/bot/calendar"
)

var (
	clockForm = regexp.MustCompile(`^(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|h|uhr)?$`)
	dayNames  = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
)

// parseClock reads a time of day: 18:30, 7pm, 7:15 am, 19h, 0730, noon.
func parseClock(s string) (minute int, ok bool) {
	s = strings.ToLower(strings.ReplaceAll(s, " ", ""))
	switch s {
	case "noon", "midday":
		return 12 * 60, true
	case "midnight":
		return 0, true
	}
	if len(s) == 4 && strings.Trim(s, "0123456789") == "" {
		s = s[:2] + ":" + s[2:]
	}
	part := clockForm.FindStringSubmatch(s)
	if len(part) == 0 || part[2] == "" && part[3] == "" {
		return 0, false // a bare number could be anything
	}
	hour, _ := strconv.Atoi(part[1])
	minutes, _ := strconv.Atoi(part[2])
	switch part[3] {
	case "am", "pm":
		if hour < 1 || hour > 12 {
			return 0, false
		}
		hour %= 12
		if part[3] == "pm" {
			hour += 12
		}
	}
	if hour > 23 || minutes > 59 {
		return 0, false
	}
	return hour*60 + minutes, true
}

// parseDays reads days of the week: weekdays, weekends, daily, mon,wed,fri,
// mon-fri, Monday and Thursday.
func parseDays(s string) (Weekdays, bool) {
	s = strings.NewReplacer(",", " ", "/", " ", " and ", " ", "&", " ", " to ", "-", " through ", "-", " thru ", "-", "–", "-", " - ", "-").Replace(strings.ToLower(" " + s + " "))
	var days Weekdays
	for word := range strings.FieldsSeq(s) {
		switch strings.TrimSuffix(word, "s") {
		case "on", "in", "every", "the", "each", "me", "evening", "morning", "afternoon", "night":
		case "weekday", "workday":
			days |= 0b0111110
		case "weekend":
			days |= 0b1000001
		case "daily", "day", "everyday", "all":
			days = EveryDay
		default:
			from, to, isRange := strings.Cut(word, "-")
			first, ok := parseDay(from)
			last := first
			if isRange && ok {
				last, ok = parseDay(to)
			}
			if !ok {
				return 0, false
			}
			for d := first; ; d = (d + 1) % 7 {
				days |= 1 << d
				if d == last {
					break
				}
			}
		}
	}
	return days, days != 0
}

// parseDay reads one day of the week, at least its first two letters.
func parseDay(s string) (time.Weekday, bool) {
	if len(s) < 2 {
		return 0, false
	}
	for i, name := range dayNames {
		if strings.HasPrefix(name, s) || s == name+"s" {
			return time.Weekday(i), true
		}
	}
	return 0, false
}

// dayParts tell the hours before noon from those after.
var dayParts = []string{"morning", "afternoon", "evening", "night"}

// fillers may stand beside a time without saying on which days.
var fillers = regexp.MustCompile(`^(?:(?:on|me|the|in|every morning|every afternoon|every evening|every night|morning|afternoon|evening|night) ?)*$`)

// unsaid is what goes without saying: what a nudge is for, and that a time is one.
var unsaid = regexp.MustCompile(`\bto (?:study|learn|practi[cs]e|work)\b|\bo['’]?clock\b|\buhr\b`)

// ParseSchedule reads a time and, if given, days: "18:30 weekdays", "at 7 pm",
// "6:30 PM, Monday to Friday". Without days it is every day. Minute is -1 if there
// is no time in it.
func ParseSchedule(s string) (Schedule, bool) {
	list := strings.Fields(strings.NewReplacer("p.m.", "pm", "a.m.", "am", "p.m", "pm", "a.m", "am", ",", " ", ";", " ").Replace(unsaid.ReplaceAllString(strings.ToLower(s), "")))
	var rest []string
	minute := -1
	part := ""
	for i, word := range list {
		for _, p := range dayParts {
			if single := strings.TrimSuffix(word, "s"); single == p || len(word) > 5 && misspelt(single, p) == 1 {
				part, list[i] = p, p
			}
		}
	}
	for i := 0; i < len(list); i++ {
		if minute < 0 {
			if n, err := strconv.Atoi(list[i]); err == nil && (part != "" && 0 < n || n > 12) && n < 24 && !isCount(list[i+1:]) {
				list[i] += ":00" // 7 in the evening, 19
			}
			if i+1 < len(list) {
				if m, ok := parseClock(list[i] + list[i+1]); ok && (list[i+1] == "am" || list[i+1] == "pm") {
					minute, i = m, i+1
					continue
				}
			}
			if m, ok := parseClock(list[i]); ok {
				minute = m
				if late := part == "afternoon" || part == "evening" || part == "night" && m >= 5*60; late && m < 12*60 && !strings.HasSuffix(list[i], "am") {
					minute += 12 * 60
				}
				if part == "night" && m/60 == 12 && !strings.HasSuffix(list[i], "pm") {
					minute -= 12 * 60 // 12 at night
				}
				continue
			}
		}
		if list[i] != "at" {
			rest = append(rest, list[i])
		}
	}
	days, ok := EveryDay, true
	if text := strings.Join(rest, " "); !fillers.MatchString(text) {
		days, ok = parseDays(text)
	}
	return Schedule{On: true, Minute: minute, Weekdays: days}, ok && minute >= 0
}

// parseQuiet reads hours such as 22:00-07:00, 22-7 or "from 10pm to 7am".
func parseQuiet(s string) (Quiet, bool) {
	s = strings.NewReplacer("from ", "", "between ", "", " to ", "-", " and ", "-", "–", "-", "until", "-").Replace(strings.ToLower(s))
	hour := func(s string) (int, bool) {
		s = strings.TrimSpace(s)
		if n, err := strconv.Atoi(s); err == nil && 0 <= n && n <= 24 {
			return n % 24 * 60, true
		}
		return parseClock(s)
	}
	from, to, _ := strings.Cut(s, "-")
	a, okA := hour(from)
	b, okB := hour(to)
	return Quiet{a, b}, okA && okB && a != b
}

// parseUntil reads the day on which a pause ends: "until 3 March", "march 3",
// "2027-03-03", "2 weeks", "10 days", "tomorrow", "monday". A date without a year
// is the next one. At most a year from today.
func parseUntil(s string, today calendar.Day) (calendar.Day, bool) {
	s = strings.ToLower(s) + " "
	for _, lead := range []string{"until ", "till ", "for ", "on "} {
		s = strings.TrimPrefix(s, lead)
	}
	s = strings.TrimSpace(s)
	day, ok := parseAhead(s, today)
	return day, ok && day > today && day <= today+366
}

func parseAhead(s string, today calendar.Day) (calendar.Day, bool) {
	if s == "tomorrow" {
		return today + 1, true
	}
	if d, err := calendar.ParseDay(s); err == nil {
		return d, true
	}
	if part := dottedDate.FindStringSubmatch(s); part != nil {
		day, _ := strconv.Atoi(part[1])
		month, _ := strconv.Atoi(part[2])
		if month < 1 || month > 12 {
			return 0, false
		}
		return parseDate(strings.Fields(fmt.Sprintf("%d %s %s", day, strings.ToLower(time.Month(month).String()), part[3])), today)
	}
	if weekday, ok := parseDay(strings.TrimPrefix(s, "next ")); ok && len(s) > 2 {
		return today + 1 + calendar.Day((int(weekday)-int((today+1).Weekday())+7)%7), true
	}
	list := slices.DeleteFunc(strings.Fields(strings.ReplaceAll(s, ",", " ")), func(w string) bool { return w == "of" || w == "the" })
	if len(list) == 1 && len(s) > 2 {
		list = []string{"1", list[0]} // until December
	}
	if len(list) == 2 && slices.Contains([]string{"a", "one"}, list[0]) && slices.Contains([]string{"day", "week", "month"}, list[1]) {
		list[0] = "1"
	}
	if len(list) < 2 || len(list) > 3 {
		return 0, false
	}
	if n := slices.Index(counts, list[0]); n > 0 {
		list[0] = strconv.Itoa(n)
	}
	if n, err := strconv.Atoi(list[0]); err == nil && n > 0 && n < 400 && len(list) == 2 {
		switch strings.TrimSuffix(list[1], "s") {
		case "day":
			return today + calendar.Day(n), true
		case "week":
			return today + calendar.Day(7*n), true
		case "month":
			return calendar.DayOf(today.Midnight().AddDate(0, n, 0)), true
		}
	}
	return parseDate(list, today)
}

// isCount tells whether the number before these words counts something, and is no hour.
func isCount(after []string) bool {
	return len(after) > 0 && slices.Contains(strings.Fields("minute minutes min mins hour hours hrs day days week weeks month months times"), after[0])
}

// hourOnly is the hour of a line that names one and not which half of the day: "at 8".
func hourOnly(s string) (hour int, rest string, ok bool) {
	list := words(s)
	for i, w := range list {
		if n, err := strconv.Atoi(w); err == nil && 0 < n && n <= 12 && !isCount(list[i+1:]) {
			return n, strings.Join(slices.Delete(list, i, i+1), " "), true
		}
	}
	return 0, "", false
}

// dottedDate is a date such as 24.12. or 24.12.2026.
var dottedDate = regexp.MustCompile(`^(\d{1,2})\.(\d{1,2})\.?(\d{4})?$`)

// counts are the numbers that people write out, each at its own place.
var counts = []string{"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}

// parseDate reads "3 march", "march 3rd" and "3 mar 2027".
func parseDate(list []string, today calendar.Day) (calendar.Day, bool) {
	var day, year int
	var month time.Month
	for _, word := range list {
		trimmed := strings.TrimRight(word, "stndrh.")
		if n, err := strconv.Atoi(trimmed); err == nil {
			switch {
			case n > 31 && year == 0:
				year = n
			case n <= 31 && day == 0:
				day = n
			default:
				return 0, false
			}
			continue
		}
		before := month
		for m := time.January; m <= time.December; m++ {
			if short := strings.TrimRight(word, "."); len(short) >= 3 && strings.HasPrefix(strings.ToLower(m.String()), short) {
				month = m
			}
		}
		if before != 0 || month == 0 {
			return 0, false // a second month, or no month at all
		}
	}
	if day < 1 || month == 0 {
		return 0, false
	}
	if year == 0 {
		year = today.Midnight().Year()
		if calendar.Date(year, month, day) <= today {
			year++
		}
		if calendar.Date(year, month, day) > today+300 {
			return 0, false // just past: a slip, or next year, which can be said
		}
	}
	d := calendar.Date(year, month, day)
	return d, d.Midnight().Month() == month // 31 June is none
}

// hhmm writes a minute of the day the way the learner's locale does.
func hhmm(s Settings, minute int) string {
	return clock(s, time.Date(2000, 1, 1, minute/60, minute%60, 0, 0, time.UTC))
}

// scheduleText says when the nudge comes: "18:30, Monday to Friday".
func scheduleText(s Settings) string {
	return hhmm(s, s.Schedule.Minute) + ", " + s.Schedule.Weekdays.String()
}

// String names the days: "every day", "Monday to Friday", "Tue, Thu".
func (w Weekdays) String() string {
	switch w {
	case EveryDay:
		return "every day"
	case 0b0111110:
		return "Monday to Friday"
	case 0b1000001:
		return "Saturday and Sunday"
	}
	var names []string
	for i := range 7 {
		if d := time.Weekday((i + 1) % 7); w.Has(d) {
			names = append(names, fmt.Sprintf("%.3s", d))
		}
	}
	return strings.Join(names, ", ")
}
