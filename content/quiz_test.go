package content_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"roadmapbot/content"
)

// How often the right answer may be told from its length alone, of all items.
// Blind guessing at the longest of four is right in a quarter of them.
const (
	longestPercent  = 30
	shortestPercent = 40
)

// TestQuizLengths asks whether somebody who always takes the longest option, or
// the shortest, would do much better than somebody who guesses.
func TestQuizLengths(t *testing.T) {
	t.Parallel()
	items, longest, shortest := 0, 0, 0
	for topic := range embedded(t).Topics() {
		for _, item := range topic.Items {
			right := shown(item.Options[item.Right()].Text)
			most, least := 0, right
			for _, o := range item.Options {
				most, least = max(most, shown(o.Text)), min(least, shown(o.Text))
			}
			items++
			if right == most { // jointly counts too: the stricter reading
				longest++
			}
			if right == least {
				shortest++
			}
		}
	}
	t.Logf("of %d items the right option is the longest in %d, the shortest in %d", items, longest, shortest)
	if longest*100 > items*longestPercent {
		t.Errorf("the right option is the longest in %d of %d items; at most %d %%", longest, items, longestPercent)
	}
	if shortest*100 > items*shortestPercent {
		t.Errorf("the right option is the shortest in %d of %d items; at most %d %%", shortest, items, shortestPercent)
	}
}

// shown is the length of an option as a learner sees it.
func shown(option string) int {
	return utf8.RuneCountInString(strings.NewReplacer("`", "", "**", "").Replace(option))
}

var (
	allOfThem   = regexp.MustCompile(`(?i)\b(all|none|both|neither|any|some|two) of (the|these|them|those)\b.*(above|answers|options)|^(all|none|both|neither)( of (these|them|those))?\.?$|\bthe above\b`)
	punctuation = regexp.MustCompile(`[\s.,;:!?'"“”‘’()` + "`" + `*-]+`)
)

func TestQuizOptions(t *testing.T) {
	t.Parallel()
	questions := map[string]string{}
	for topic := range embedded(t).Topics() {
		for _, item := range topic.Items {
			if first, taken := questions[fold(item.Question)]; taken {
				t.Errorf("%s asks the same as %s", item.ID, first)
			}
			questions[fold(item.Question)] = item.ID
			unfair(item, func(format string, args ...any) { t.Errorf(item.ID+": "+format, args...) })
		}
	}
}

// unfair reports what gives an item away or leads astray.
func unfair(item *content.Item, report func(string, ...any)) {
	seen := map[string]string{}
	for _, o := range item.Options {
		if allOfThem.MatchString(o.Text) {
			report("%q stands for other options", o.Text)
		}
		if first, taken := seen[fold(o.Text)]; taken {
			report("%q repeats %q", o.Text, first)
		}
		seen[fold(o.Text)] = o.Text
	}
	if words := len(strings.Fields(item.Why)); words > 60 {
		report("the why has %d words; at most 60", words)
	}
}

// fold leaves what two options differ in: letters and signs that carry meaning in
// code, such as = and <.
func fold(s string) string {
	return strings.TrimSpace(punctuation.ReplaceAllString(strings.ToLower(s), " "))
}

// The test itself must see what it is for.
func TestQuizOptionsSees(t *testing.T) {
	t.Parallel()
	for option, want := range map[string]bool{
		"All of the above":            true,
		"None of these":               true,
		"none of the other options":   true,
		"Both":                        true,
		"The ROW, as it is.":          true,
		"It is a row":                 false,
		"All of the rows":             false,
		"Neither the row nor the key": false,
		"`a <= b`":                    false,
	} {
		item := &content.Item{Options: []content.Option{{Text: option}, {Text: "the row; as it is"}, {Text: "`a < b`"}}}
		got := false
		unfair(item, func(string, ...any) { got = true })
		if got != want {
			t.Errorf("%q: unfair is %t, want %t", option, got, want)
		}
	}
}
