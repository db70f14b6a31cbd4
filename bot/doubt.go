package bot

import (
	"slices"
	"strings"
)

// Before something is changed there must be no doubt that somebody wants it.

// harmless tells whether a command asks before it changes anything, or changes nothing.
func (c command) harmless(rest string) bool {
	switch c.Name {
	case "stop", "resume", "undo", "done":
		return false
	case "start", "answer", "export", "forget":
		return true
	}
	return c.looks || rest == ""
}

// doubt is the answer to a line that would change something, if it is a question or
// says what is not so; nil if it is a plain command. Marks are what the line ended with.
func (b *Bot) doubt(c command, rest, line, marks string) error {
	switch {
	case len(c.Args) > 0 && c.Args[0].Kind == ArgTopic && b.denied(line):
		return sorry("All right, nothing is changed.", Action{Label: "Take something back", Line: "oops"}, Action{Label: "What to study now", Line: "today"})
	case strings.ContainsAny(marks, "?？") && !politely(line), slices.ContainsFunc(questions, func(w string) bool { return strings.HasPrefix(strings.ToLower(line), w) }):
		return b.askedBack(c, rest)
	}
	return nil
}

// denials say that something is not so.
var denials = strings.Fields("not dont didnt doesnt isnt wasnt havent hasnt cant wont never nothing half without")

// denied tells whether a line says what is not so, before it says of what.
func (b *Bot) denied(line string) bool {
	for _, w := range unmarked(writtenOut.Replace(strings.ToLower(line))) {
		switch {
		case slices.Contains(denials, w):
			return true
		case b.index.has(w) && !slices.Contains(little, w):
			return false
		}
	}
	return false
}

// politely tells whether a question is a request.
func politely(line string) bool {
	return slices.ContainsFunc([]string{"can you ", "could you ", "will you ", "please ", "would you please "}, func(w string) bool {
		return strings.HasPrefix(strings.ToLower(line), w)
	})
}

// askedBack offers what a question would change, if that is clear.
func (b *Bot) askedBack(c command, rest string) error {
	meant := strings.TrimSpace(c.Name + " " + rest)
	actions := []Action{{Label: meant, Line: meant}}
	if c.Name == "undo" {
		actions[0].Line = "oops"
	} else if len(c.Args) > 0 && c.Args[0].Kind == ArgTopic && rest != "" {
		name, _ := cutDuration(rest)
		if _, err := b.which(name, c.Name); err != nil && name != "" {
			actions = nil
		}
	}
	if len(meant) > MaxLine || units(meant) > 40 {
		actions = []Action{{Label: "How it is done", Line: "help " + c.Name}}
	}
	text := Text("That sounds like a question, so I changed nothing.")
	if len(actions) > 0 {
		text += " This does it:"
	}
	return sorry(text, append(actions, Action{Label: "What to study now", Line: "today"})...)
}
