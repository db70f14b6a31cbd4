package bot

import (
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

// understand finds the command that a line means and what follows its name. What a
// question or a "not" would change is asked back first.
func (b *Bot) understand(t *turn, line string) (command, string, error) {
	line = strings.TrimSpace(strings.TrimLeft(line, "/ "))
	if word, rest, _ := strings.Cut(line, " "); strings.EqualFold(word, "roadmap") && rest != "" {
		line = strings.TrimSpace(rest) // as typed on Slack and Discord
	}
	line = strings.TrimSpace(strings.Trim(line, "`\"'*“”")) // as the bot itself writes commands, or somebody quotes them
	if line == "" {
		return b.named("help"), "", nil
	}
	if c, rest, ok := b.literal(line); ok {
		return c, rest, nil
	}
	if despairs(line) {
		return b.named("crisis"), "", nil
	}
	bare := strings.TrimRight(line, " .!?…？")
	if bare == "" { // "?" is a command
		bare = line
	}
	marks := line[len(bare):]
	c, rest, err := b.meaning(t, bare)
	if c.Name == "plan" && rest != "" {
		return c, rest + marks, err // whose words are kept as they are
	}
	if err == nil && !c.harmless(rest) {
		err = b.doubt(c, rest, bare, marks)
	}
	return c, rest, err
}

// literal reads what most lines are, a button's above all: a command alone, or one
// whose first argument is an id. It means just what it says.
func (b *Bot) literal(line string) (c command, rest string, ok bool) {
	word, rest, _ := strings.Cut(line, " ")
	if c, ok = b.called(word); !ok || rest == "" {
		return c, rest, ok
	}
	id := first(rest)
	if _, ok = b.roadmap.Topic(id); !ok {
		_, ok = b.roadmap.Item(id)
	}
	return c, rest, ok
}

// meaning is the command that a line means: exact, abbreviated, misspelt, the name of
// a topic, or an answer to the question that is open.
func (b *Bot) meaning(t *turn, line string) (command, string, error) {
	if option, ok := b.option(t, line); ok {
		return b.named("answer"), option, nil
	}
	typed := line
	line = b.rephrase(line)
	word, rest, _ := strings.Cut(line, " ")
	if bare := strings.TrimRight(word, ".!?,:;)"); bare != "" {
		word = bare
	}
	word = strings.ToLower(word)
	rest = strings.TrimSpace(rest)
	topic, exact := b.index.exact(line)
	if c, ok := b.called(word); ok && (!exact || rest == "") { // some titles begin with a command's name
		return c, c.bare(rest), nil
	}
	if exact {
		return b.named("topic"), topic.ID, nil
	}
	starts, near, best := b.similar(word)
	if len(starts) == 1 && (len(word) > 2 || len(word) == 2 && starts[0].looks) {
		return starts[0], starts[0].bare(rest), nil
	}
	if s, ok := b.stageNamed(line); ok {
		return b.named("stage"), itoa(s.Number), nil
	}
	if topic, ok := b.index.clear(line); ok && best > 1 { // a slip of "start" is no strategy
		return b.named("topic"), topic.ID, nil
	}
	if step, ok := b.firstStep(t, line); ok {
		return b.named("start"), step, nil
	}
	if shown, ok := subject(typed); ok {
		if shown == "nudge" && b.denied(typed) {
			return b.named("no"), "nudges", nil
		}
		return b.named(shown), "", nil
	}
	if len(starts) == 0 && len(near) == 1 && best == 1 && len(word) > 3 && near[0].looks {
		return near[0], near[0].bare(rest), nil
	}
	return command{}, "", b.unknown(t, line, rest, append(starts, near...))
}

// firstStep reads the typed answer to one of the first questions, as long as nothing
// was done but to answer those before it.
func (b *Bot) firstStep(t *turn, line string) (step string, ok bool) {
	l := t.l
	if l.Started.IsZero() || len(l.Topics)+len(l.Cards) > 0 {
		return "", false
	}
	schedule, place := cutPlace(line)
	if l.Settings.Zone == "" && (place == "" || !readable(schedule)) {
		zone, _ := findZone(line, 1)
		return "zone " + zone, zone != ""
	}
	return "nudge " + line, readable(schedule) && l.Settings.Schedule.Weekdays == 0
}

// similar lists the commands that begin with a word, and those that it is likely a
// misspelling of, with the slips that takes. A word of a topic's name is none.
func (b *Bot) similar(word string) (starts, near []command, best int) {
	best = 3
	known := b.index.has(word)
	for _, c := range b.table {
		for _, name := range append([]string{c.Name}, c.also...) {
			distance := misspelt(word, name)
			likely := distance == 1 && (len(word) > 2 && len(name) > 3 || swapped(word, name)) || distance == 2 && len(word) > 4 && len(name) > 5
			switch {
			case c.hidden:
			case strings.HasPrefix(name, word) && (c.looks || name == c.Name) && !slices.Contains(little, word):
				starts = appendOnce(starts, c)
			case known || !likely || slices.Contains(denials, word):
			case distance < best:
				best, near = distance, []command{c}
			case distance == best:
				near = appendOnce(near, c)
			}
		}
	}
	return starts, near, best
}

// bare is what follows a command's name, without the words that only point at what
// is in front of somebody: "quiz me", "skip this".
func (c command) bare(rest string) string {
	if len(c.Args) > 0 && c.Args[0].Kind != ArgTopic {
		return rest
	}
	rest = strings.Trim(rest, ".!? ")
	for _, lead := range []string{"me ", "out of ", "on ", "about ", "for ", "with "} { // quiz me on git
		if len(rest) > len(lead) && strings.EqualFold(rest[:len(lead)], lead) {
			rest = rest[len(lead):]
		}
	}
	switch strings.ToLower(rest) {
	case "me", "it", "this", "that", "please", "this topic", "this one", "the topic", "me please", "it please":
		return ""
	}
	for _, tail := range []string{" one", " topic"} { // the git one
		if n := len(rest) - len(tail); n > 0 && strings.EqualFold(rest[n:], tail) {
			return strings.TrimSpace(rest[:n])
		}
	}
	return rest
}

// misspelt is how many slips lead from one word to another: a letter too many, too
// few or wrong, or two that changed places.
func misspelt(a, b string) int {
	if swapped(a, b) {
		return 1
	}
	if apart := max(len(a), len(b)) - min(len(a), len(b)); apart > 32 { // no slip, and not worth the work
		return apart
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
