package bot

import (
	"fmt"
	"slices"
	"strings"

	"roadmapbot/bot/calendar"
)

// whichZone understands a place. In doubt it offers the likely ones, as buttons that
// complete the line.
func (b *Bot) whichZone(t *turn, typed, line string) (string, error) {
	zone, suggestions := findZone(typed, 5)
	if zone != "" {
		return zone, nil
	}
	again := []Action{{Label: "Another city", Line: line, Ask: askZone}}
	if line == "start zone" {
		again = append(again, Action{Label: "Skip", Line: line})
	}
	if len(suggestions) == 0 {
		return "", sorry(Text("I find no place called “"+Escape(Clean(typed, 60))+"”. Try a big city in your time zone, or a name like `Europe/Madrid`."), again...)
	}
	var actions []Action
	for _, s := range suggestions {
		actions = append(actions, Action{Label: b.whereItIs(t, s), Line: line + " " + s})
	}
	return "", sorry(Text("Which of these do you mean by “"+Escape(Clean(typed, 60))+"”?"), append(actions, again...)...)
}

// askZone is what to type where a place is asked for.
const askZone = "Your city or time zone"

// Words that stand around a place: before it, behind it, and for the place where
// somebody is, which they don't name.
var (
	leadsThere = strings.Fields("i i'm im am we are live living moved based in to from near by at is it's its my our the time zone timezone city of now currently local")
	trailsIt   = strings.Fields("now time zone timezone here please thanks")
	isHere     = strings.Fields("my our the own local time zone timezone city place here")
)

// findZone is [calendar.FindZone] for what people write around a place: “I am in
// Madrid”, “my time zone is India time”.
func findZone(typed string, limit int) (zone string, suggestions []string) {
	typed = strings.ReplaceAll(strings.Trim(typed, " .,;:!?()'\"“”"), "’", "'")
	zone, suggestions = calendar.FindZone(typed, limit)
	list := words(strings.ToLower(typed))
	if zone != "" || len(list) < 2 {
		return zone, suggestions
	}
	for len(list) > 1 && slices.Contains(leadsThere, list[0]) {
		list = list[1:]
	}
	for len(list) > 1 && slices.Contains(trailsIt, list[len(list)-1]) {
		list = list[:len(list)-1]
	}
	if slices.Contains(isHere, list[0]) {
		return "", nil // “my time zone”
	}
	if zone, near := calendar.FindZone(strings.Join(list, " "), limit); zone != "" || len(near) > 0 {
		return zone, near
	}
	return "", suggestions
}

// cutPlace takes the place out of "18:30 in Madrid on weekdays". One that is only the
// place where somebody is, as in "18:30 my time", is empty.
func cutPlace(typed string) (schedule, place string) {
	if readable(typed) || slices.ContainsFunc(unmarked(typed), isException) { // 7 in the evening; 18:30, but not on Monday
		return typed, ""
	}
	list := words(typed)
	span := func(from, to int) string { return strings.Join(list[from:to], " ") }
	for i := len(list) - 2; i >= 0; i-- {
		if !strings.EqualFold(list[i], "in") || isCount(list[i+2:]) { // not in 2 weeks
			continue
		}
		for end := i + 2; end <= len(list); end++ { // the shortest that leaves a schedule
			if rest := strings.TrimSpace(span(0, i) + " " + span(end, len(list))); readable(rest) {
				return rest, named(span(i+1, end))
			}
		}
	}
	for i := 1; i < len(list); i++ { // without “in”, if it is clearly one
		if head, tail := span(0, i), span(i, len(list)); readable(head) {
			zone, _ := findZone(tail, 1)
			if zone != "" || calendar.Abbreviated(tail) || named(tail) == "" {
				return head, named(tail)
			}
		}
	}
	return typed, ""
}

// isException tells of words after which a schedule is not what it seems to be, or no
// daily one.
func isException(word string) bool {
	return slices.Contains(denials, word) || slices.Contains(strings.Fields("except but tomorrow today tonight once starting"), word)
}

// named is a place, or empty if it is where somebody is anyway.
func named(place string) string {
	for _, w := range unmarked(place) {
		if !slices.Contains(isHere, w) {
			return strings.Trim(place, " ,;")
		}
	}
	return ""
}

func readable(schedule string) bool {
	_, ok := ParseSchedule(schedule)
	return ok
}

// whereItIs names a zone and its time of day, by which a wrong one shows.
func (b *Bot) whereItIs(t *turn, zone string) string {
	loc, err := calendar.Zone(zone)
	if err != nil {
		return zone
	}
	if zone == "Etc/UTC" { // which nobody calls so
		zone = "UTC"
	}
	return fmt.Sprintf("%s, where it is %s", zone, clock(t.l.Settings, b.now().In(loc)))
}
