package bot

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// beside are words that lead from a time to a topic, or back.
var beside = []string{"for", "of", "in", "on", "about", "today", "with", "and"}

// writtenOut writes lengths of time that hold no number with one.
var writtenOut = strings.NewReplacer("half an hour", "30m", "half hour", "30m", "an hour", "60m")

// cutDuration takes the length of time out of a line, wherever it stands; 0 if there
// is none.
func cutDuration(line string) (rest string, minutes int) {
	list := words(writtenOut.Replace(strings.ToLower(line)))
	for i := range len(list) - 1 { // two hours
		if n := slices.Index(counts, list[i]); n > 0 && slices.Contains([]string{"hour", "hours", "minutes"}, list[i+1]) {
			list[i] = strconv.Itoa(n)
		}
	}
	for n := min(4, len(list)); n > 0; n-- { // "1 h 30 min" before "1 h" before "90m"
		for i := len(list) - n; i >= 0; i-- {
			part := list[i : i+n]
			if m, ok := parseDuration(strings.Join(part, "")); ok && (n == 1 || part[0][0] >= '0' && part[0][0] <= '9') {
				before, after := list[:i], list[i+n:]
				for len(before) > 0 && slices.Contains(beside, before[len(before)-1]) {
					before = before[:len(before)-1]
				}
				for len(after) > 0 && slices.Contains(beside, after[0]) {
					after = after[1:]
				}
				return strings.Join(slices.Concat(before, after), " "), m
			}
		}
	}
	return line, 0
}

// parseDuration reads "90m", "3h", "1h30", "1.5h", "45 min" and "2 hours"; 1 minute
// to 24 hours.
func parseDuration(s string) (minutes int, ok bool) {
	s = strings.ToLower(s)
	if number, unit, found := strings.Cut(s, "h"); found && strings.Trim(unit, "ours") == "" && strings.ContainsAny(number, ".,") {
		h, err := strconv.ParseFloat(strings.Replace(number, ",", ".", 1), 64)
		minutes = int(math.Round(h * 60))
		return minutes, err == nil && h > 0 && h <= 24 && minutes > 0
	}
	total, hours := 0, false
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if i < 0 && hours { // 1h30
			i = len(s)
		}
		if i <= 0 || i > 4 {
			return 0, false
		}
		n, err := strconv.Atoi(s[:i])
		if err != nil {
			return 0, false
		}
		s = s[i:]
		unit := s
		if j := strings.IndexAny(s, "0123456789"); j >= 0 {
			unit = s[:j]
		}
		s = s[len(unit):]
		switch {
		case slices.Contains([]string{"h", "hr", "hrs", "hour", "hours"}, unit):
			total += n * 60
			hours = true
		case unit == "" && hours && n < 60, slices.Contains([]string{"m", "min", "mins", "minute", "minutes"}, unit):
			total += n
		default:
			return 0, false
		}
	}
	return total, total > 0 && total <= 24*60
}

// duration writes minutes as people say them: "45 min", "8 h", "1 h 30 min".
func duration(minutes int) string {
	switch h, m := minutes/60, minutes%60; {
	case h == 0:
		return fmt.Sprintf("%d min", m)
	case m == 0:
		return fmt.Sprintf("%d h", h)
	default:
		return fmt.Sprintf("%d h %d min", h, m)
	}
}
