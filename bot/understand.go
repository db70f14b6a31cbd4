package bot

import (
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
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
	word, rest, _ := strings.Cut(line, " ")
	word = strings.ToLower(strings.TrimRight(word, ".!,:;"))
	rest = strings.TrimSpace(rest)

	if len(word) == 1 && rest == "" && t.l.Quiz.Topic != "" {
		if option, ok := b.letter(t, word); ok {
			return b.named("answer"), option, nil
		}
	}
	var starts, near []command
	best := 3
	for _, c := range b.table {
		for _, name := range append([]string{c.Name}, c.also...) {
			switch distance := misspelt(word, name); {
			case word == name:
				return c, rest, nil
			case c.hidden:
			case strings.HasPrefix(name, word):
				starts = appendOnce(starts, c)
			case distance < best && distance <= len(name)/3+1 && len(word) > 2:
				best, near = distance, []command{c}
			case distance == best && best < 3:
				near = appendOnce(near, c)
			}
		}
	}
	if topic, ok := b.index.exact(line); ok {
		return b.named("topic"), topic.ID, nil
	}
	if len(starts) == 1 && len(word) > 1 {
		return starts[0], rest, nil
	}
	if len(starts) == 0 && len(near) == 1 && len(word) > 3 {
		return near[0], rest, nil
	}
	return command{}, "", b.unknown(line, append(starts, near...))
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

// unknown offers the nearest commands and topics for a line that means nothing.
func (b *Bot) unknown(line string, near []command) error {
	var actions []Action
	for _, c := range near[:min(3, len(near))] {
		line := c.Name
		if len(c.Args) > 0 && c.Args[0].Required {
			line = "help " + c.Name
		}
		actions = append(actions, Action{Label: c.Name, Line: line})
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
