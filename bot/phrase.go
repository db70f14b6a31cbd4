package bot

import (
	"slices"
	"strings"
)

// phrases are whole lines that people write in words of their own, and what they
// mean.
var phrases = map[string]string{
	"not today": "snooze tomorrow", "no nudge today": "snooze tomorrow", "not now": "snooze", "later": "snooze", "in an hour": "snooze 1h",
	"where was i": "today", "continue": "today", "go on": "today", "next topic": "today", "what to study now": "today",
	"next question": "quiz", "another question": "quiz", "next stage": "stages", "all stages": "stages",
	"my progress": "progress", "how far am i": "progress", "how am i doing": "progress", "where am i": "progress",
	"where do i stand": "progress", "how long will it take": "progress", "how much is left": "progress",
	"i'm done": "done", "im done": "done", "i am done": "done", "mark it as done": "done",
	"my nudge": "nudge", "stop nudges": "nudge off", "my plan": "plan", "my time zone": "zone",
	"all commands": "help", "who are you": "help", "how does this work": "help", "what can you do": "help", "what can i do": "help",
	"my data": "export", "what do you know about me": "export",
	"delete my data": "forget", "delete my account": "forget", "delete everything": "forget", "erase my data": "forget", "forget me": "forget",
}

// openings lead up to what somebody wants; requests, to what they want to see. “Can I
// skip this?” is neither: nothing is changed by a question.
var (
	openings = []string{
		"please ", "can you ", "could you ", "i want to ", "i'd like to ", "i would like to ", "i have ", "i've ", "i just ",
		"let me ", "let's ", "lets ", "an ", "a ", "the ", "my ", "some ",
	}
	requests = []string{"give me ", "show me ", "show my ", "tell me "}
)

// deeds are what “I” may stand before. “I skip breakfast” is no command.
var deeds = []string{"finished", "completed", "did", "studied", "learned"}

// rephrase puts a line into the commands' own words, if it is one of those that
// people write to a person.
func (b *Bot) rephrase(line string) string {
	whole := strings.ToLower(strings.TrimRight(strings.ReplaceAll(line, "’", "'"), " .!?"))
	said := strings.TrimSuffix(whole, " please")
	if _, ok := b.index.exact(line); ok {
		return line
	}
	if meant, ok := phrases[said]; ok {
		return meant
	}
	for _, have := range []string{"i only have ", "i have only ", "i have ", "i've got "} {
		if time, ok := strings.CutPrefix(said, have); ok {
			if _, ok := parseDuration(strings.ReplaceAll(time, " ", "")); ok {
				return "today"
			}
		}
	}
	toSee := false
	for range openings {
		before := said
		for _, o := range openings {
			said = strings.TrimPrefix(said, o)
		}
		for _, r := range requests {
			if wanted, ok := strings.CutPrefix(said, r); ok {
				said, toSee = wanted, true
			}
		}
		if deed, ok := strings.CutPrefix(said, "i "); ok && slices.Contains(deeds, first(deed)) {
			said = deed
		}
		if said == before {
			break
		}
	}
	if thing, ok := strings.CutPrefix(said, "mark "); ok {
		if name, ok := strings.CutSuffix(thing, " as done"); ok {
			return "done " + name
		}
	}
	if _, ok := b.called(first(said)); !ok && (strings.Contains(said, " vs ") || strings.Contains(said, " versus ")) {
		return "find " + said
	}
	for _, question := range []string{"what is ", "what's ", "whats ", "what are ", "what does ", "how does ", "how do ", "how to "} {
		if thing, ok := strings.CutPrefix(said, question); ok {
			return b.lookUp(thing, line)
		}
	}
	if meant, ok := phrases[said]; ok {
		return meant
	}
	if meant, ok := b.backwards(said); ok {
		return meant
	}
	if c, ok := b.called(first(said)); said == whole || toSee && ok && !c.shows(said) {
		return line
	}
	if at := len(line) - len(said); at >= 0 && strings.EqualFold(line[at:], said) { // as it was written
		return line[at:]
	}
	return said
}

// lookUp is the line that tells of something somebody asks about. Asked about
// themselves, the line stays as it is.
func (b *Bot) lookUp(thing, line string) string {
	list := words(thing)
	for len(list) > 0 && slices.Contains([]string{"a", "an", "the", "my", "is", "are", "i"}, list[0]) {
		list = list[1:]
	}
	if n := len(list); n > 0 && slices.Contains([]string{"mean", "work", "works", "for"}, list[n-1]) {
		list = list[:n-1]
	}
	thing = strings.Join(list, " ")
	if c, ok := b.called(thing); ok && !c.hidden {
		if c.shows(thing) {
			return thing
		}
		return "help " + c.Name
	}
	if len(list) > 0 && strings.EqualFold(first(line), "how") { // how do I skip a topic?
		if c, ok := b.called(list[0]); ok && c.Summary != "" {
			return "help " + c.Name
		}
	}
	if len(list) == 0 || slices.Contains([]string{"next", "now", "up", "new"}, list[0]) {
		return line
	}
	if topic, ok := b.index.clear(thing); ok {
		return "topic " + topic.ID
	}
	return "find " + thing
}

// shows tells whether a line that begins with this command changes nothing.
func (c command) shows(line string) bool {
	return c.looks || line == c.Name && slices.Contains([]string{"nudge", "plan", "zone", "quiet", "choose"}, c.Name)
}

// backwards reads a topic with the command behind it: “git done”.
func (b *Bot) backwards(said string) (string, bool) {
	list := words(said)
	for i := 1; i < len(list); i++ {
		c, ok := b.called(list[i])
		if !ok || len(c.Args) == 0 || c.Args[0].Kind != ArgTopic {
			continue
		}
		if topic, ok := b.index.exact(strings.Join(list[:i], " ")); ok {
			return strings.Join(append([]string{c.Name, topic.ID}, list[i+1:]...), " "), true
		}
	}
	return "", false
}

// called is the command with a name, in full.
func (b *Bot) called(name string) (command, bool) {
	for _, c := range b.table {
		if c.Name == name || slices.Contains(c.also, name) {
			return c, true
		}
	}
	return command{}, false
}

// first is the first word of a line.
func first(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return word
}
