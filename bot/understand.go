package bot

import (
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"

	"roadmapbot/bot/calendar"
)

// understand finds the command that a line means and what follows its name:
// exact, abbreviated, misspelt, the name of a topic, or an answer to the question
// that is open.
func (b *Bot) understand(t *turn, line string) (command, string, error) {
	line = strings.TrimSpace(strings.TrimLeft(line, "/ "))
	if word, rest, _ := strings.Cut(line, " "); strings.EqualFold(word, "roadmap") && rest != "" {
		line = strings.TrimSpace(rest) // as typed on Slack and Discord
	}
	if line == "" {
		return b.named("help"), "", nil
	}
	line = b.rephrase(line)
	word, rest, _ := strings.Cut(line, " ")
	if bare := strings.TrimRight(word, ".!?,:;)"); bare != "" { // "?" is a command
		word = bare
	}
	word = strings.ToLower(word)
	rest = strings.TrimSpace(rest)
	if option, ok := b.option(t, line, word, rest); ok {
		return b.named("answer"), option, nil
	}
	if c, ok := b.called(word); ok {
		return c, c.bare(rest), nil
	}
	if topic, ok := b.index.exact(line); ok {
		return b.named("topic"), topic.ID, nil
	}
	starts, near, best := b.similar(word)
	if len(starts) == 1 && len(word) > 1 {
		return starts[0], starts[0].bare(rest), nil
	}
	if s, ok := b.stageNamed(line); ok {
		return b.named("stage"), itoa(s.Number), nil
	}
	if topic, ok := b.index.clear(line); ok {
		return b.named("topic"), topic.ID, nil
	}
	if len(starts) == 0 && len(near) == 1 && best == 1 && near[0].looks {
		return near[0], near[0].bare(rest), nil
	}
	return command{}, "", b.unknown(t, line, rest, append(starts, near...))
}

// similar lists the commands that begin with a word, and those that it is likely a
// misspelling of, with the slips that takes. A word of a topic's name is none.
func (b *Bot) similar(word string) (starts, near []command, best int) {
	best = 3
	known := b.index.has(word)
	for _, c := range b.table {
		for _, name := range append([]string{c.Name}, c.also...) {
			distance := misspelt(word, name)
			likely := distance == 1 && (len(word) > 3 || swapped(word, name)) || distance == 2 && len(word) > 4 && len(name) > 5
			switch {
			case c.hidden:
			case strings.HasPrefix(name, word):
				starts = appendOnce(starts, c)
			case known || !likely:
			case distance < best:
				best, near = distance, []command{c}
			case distance == best:
				near = appendOnce(near, c)
			}
		}
	}
	return starts, near, best
}

// option is what the button of the open question says for a typed letter, or for
// words that say that somebody does not know.
func (b *Bot) option(t *turn, line, word, rest string) (string, bool) {
	switch strings.ToLower(strings.Trim(strings.ReplaceAll(line, "’", "'"), ".! ")) {
	case "i don't know", "i dont know", "don't know", "dont know", "no idea", "idk":
		if line, ok := b.answeredBy(t); ok {
			return line, true
		}
		if item, ok := b.open(t); ok {
			return item.ID + " unsure", true
		}
	}
	if len(word) != 1 || rest != "" {
		return "", false
	}
	return b.letter(t, word)
}

// bare is what follows a command's name, without the words that only point at what
// is in front of somebody: "quiz me", "skip this".
func (c command) bare(rest string) string {
	if len(c.Args) > 0 && c.Args[0].Kind != ArgTopic {
		return rest
	}
	for _, lead := range []string{"me ", "out of ", "on ", "about ", "for ", "with "} { // quiz me on git
		if len(rest) > len(lead) && strings.EqualFold(rest[:len(lead)], lead) {
			rest = rest[len(lead):]
		}
	}
	switch strings.ToLower(strings.Trim(rest, ".!? ")) {
	case "me", "it", "this", "that", "please", "this topic", "this one", "the topic", "me please", "it please":
		return ""
	}
	return rest
}

// misspelt is how many slips lead from one word to another: a letter too many, too
// few or wrong, or two that changed places.
func misspelt(a, b string) int {
	if swapped(a, b) {
		return 1
	}
	return levenshtein.ComputeDistance(a, b)
}

// swapped tells whether two words differ by two neighbours that changed places.
func swapped(a, b string) bool {
	if len(a) != len(b) || a == b {
		return false
	}
	i := 0
	for a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// unknown offers the nearest commands and topics for a line that means nothing, and
// what an answer to one of the first questions may have meant.
func (b *Bot) unknown(t *turn, line, rest string, near []command) error {
	if len(line) == 1 && strings.Contains("abcd", strings.ToLower(line)) {
		if _, asked := b.current(&t.l); asked {
			return sorry("Your quiz is from another day. Shall I ask its question once more?", Action{Label: "Ask it again", Line: "quiz"}, Action{Label: "What to study now", Line: "today"})
		}
		return sorry("No question waits for an answer just now.", Action{Label: "Ask me one", Line: "quiz"}, Action{Label: "What to study now", Line: "today"})
	}
	actions := b.meant(t, line)
	for _, c := range near[:min(3, len(near))] {
		meant := strings.TrimSpace(c.Name + " " + rest)
		if c.Name == "forget" || len(meant) > MaxLine || units(meant) > 40 {
			meant = c.Name
		}
		a := Action{Label: meant, Line: meant}
		if len(c.Args) > 0 && c.Args[0].Required && meant == c.Name {
			a.Line = "help " + c.Name
		}
		actions = append(actions, a)
	}
	for _, topic := range b.index.search(line, 4) {
		actions = append(actions, Action{Label: label(topic.Title), Line: "topic " + topic.ID})
	}
	text := Text("I don't know “" + Escape(Clean(line, 60)) + "”.")
	if len(actions) > 0 {
		text += " Did you mean one of these?"
	} else {
		text += " Here is what always works."
		actions = []Action{{Label: "What to study now", Line: "today"}}
	}
	return sorry(text, append(actions, Action{Label: "All commands", Line: "help"})...)
}

// meant reads a line as a place, a time of day or a length of time.
func (b *Bot) meant(t *turn, line string) []Action {
	zone, hour := "zone ", "nudge "
	if t.l.Settings.Zone == "" { // on the way in
		zone, hour = "start zone ", "start nudge "
	}
	if place, _ := calendar.FindZone(line, 1); place != "" {
		return []Action{{Label: b.whereItIs(t, place), Line: zone + place}}
	}
	if s, ok := ParseSchedule(line); ok && len(hour+line) <= MaxLine {
		settings := t.l.Settings
		settings.Schedule = s
		return []Action{{Label: "A nudge at " + scheduleText(settings), Line: hour + line}}
	}
	if minutes, ok := parseDuration(strings.ReplaceAll(line, " ", "")); ok {
		return []Action{{Label: "I studied " + duration(minutes), Line: "study " + strconv.Itoa(minutes) + "m"}}
	}
	return nil
}

// named is a command of the table that the code itself asks for.
func (b *Bot) named(name string) command {
	for _, c := range b.table {
		if c.Name == name {
			return c
		}
	}
	panic("no command " + name)
}

func appendOnce(list []command, c command) []command {
	for _, have := range list {
		if have.Name == c.Name {
			return list
		}
	}
	return append(list, c)
}

// label makes a button's label of a title, in full or ended with an ellipsis; the
// whole title stands in the reply that the button leads to.
func label(title string) string {
	if units(title) <= 40 {
		return title
	}
	if short, _, ok := strings.Cut(title, ":"); ok && units(short) <= 40 {
		return short
	}
	return Clean(title, 38) + "…"
}

// number reads a positive number of at most three digits.
func number(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n < 1000 && len(s) <= 3
}
