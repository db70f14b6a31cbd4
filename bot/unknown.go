package bot

import (
	"strconv"
	"strings"

	"roadmapbot/content"
)

// unknown offers the nearest commands and topics for a line that means nothing, and
// what an answer to one of the first questions may have meant.
func (b *Bot) unknown(t *turn, line, rest string, near []command) error {
	if len(line) == 1 {
		if _, open := b.open(t); open {
			return sorry("The answers are A to D. If you don't know, say `idk`.", Action{Label: "Ask it again", Line: "quiz"})
		}
	}
	if len(line) == 1 && strings.Contains("abcd", strings.ToLower(line)) {
		if _, asked := b.current(&t.l); asked {
			return sorry("Your quiz is from another day. Shall I ask its question once more?", Action{Label: "Ask it again", Line: "quiz"}, Action{Label: "What to study now", Line: "today"})
		}
		return sorry("No question waits for an answer just now.", Action{Label: "Ask me one", Line: "quiz"}, Action{Label: "What to study now", Line: "today"})
	}
	if strings.Trim(line, "0123456789") == "" {
		return sorry(Text("There is no button "+Clean(line, 10)+" just now."), Action{Label: "What to study now", Line: "today"}, Action{Label: "All stages", Line: "stages"})
	}
	if topic, ok := b.known(line); ok {
		return sorry(Text("Good to hear. Shall the quiz confirm it, or shall I mark "+Escape(topic.Title)+"?"),
			Action{Label: "Quiz me", Line: "quiz " + topic.ID}, Action{Label: "Mark it as done", Line: "done " + topic.ID}, Action{Label: "Skip it", Line: "skip " + topic.ID})
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
	for i, h := range b.index.hits(line) {
		if i < 4 && h.best >= nameFit { // a word of its text alone says too little
			actions = append(actions, Action{Label: label(h.topic.Title), Line: "topic " + h.topic.ID})
		}
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

// known is the topic of which somebody says that they know it already.
func (b *Bot) known(line string) (*content.Topic, bool) {
	said := gist(line)
	for _, lead := range []string{"i know ", "know ", "i can "} {
		if thing, ok := strings.CutPrefix(said, lead); ok {
			return b.index.clear(thing)
		}
	}
	return nil, false
}

// meant reads a line as a place, a time of day or a length of time.
func (b *Bot) meant(t *turn, line string) []Action {
	zone, hour := "zone ", "nudge "
	if t.l.Settings.Zone == "" { // on the way in
		zone, hour = "start zone ", "start nudge "
	}
	place, near := findZone(line, 2)
	if place != "" {
		return []Action{{Label: b.whereItIs(t, place), Line: zone + place}}
	}
	var actions []Action
	if t.l.Settings.Zone == "" && !t.l.Started.IsZero() && len(line) > 3 { // a misspelt answer to where they are
		for _, place := range near {
			actions = append(actions, Action{Label: b.whereItIs(t, place), Line: zone + place})
		}
	}
	if minutes, ok := parseDuration(strings.ReplaceAll(line, " ", "")); ok {
		actions = append(actions, Action{Label: "I studied " + duration(minutes), Line: "study " + strconv.Itoa(minutes) + "m"})
	}
	typed, there := cutPlace(line)
	if s, ok := ParseSchedule(typed); ok && len(hour+line) <= MaxLine {
		settings := t.l.Settings
		settings.Schedule = s
		what := "A nudge at " + scheduleText(settings)
		if there != "" {
			what += " in " + there
		}
		actions = append(actions, Action{Label: label(what), Line: hour + line})
	}
	return actions
}
