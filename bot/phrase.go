package bot

import (
	"slices"
	"strings"
)

// phrases are whole lines that people write in words of their own, and what they
// mean. They are kept and looked up by their [gist].
var phrases = gists(map[string]string{
	"not today": "snooze tomorrow", "no nudge today": "snooze tomorrow", "don't remind me today": "snooze tomorrow",
	"not now": "snooze", "later": "snooze", "in an hour": "snooze 1h",
	"where was i": "today", "continue": "today", "go on": "today", "next topic": "today", "what to study now": "today", "today's topic": "today",
	"i want to study": "today", "let's study": "today", "i want to learn": "today", "study now": "today", "start studying": "today", "what's next": "today",
	"what's up next": "today", "plan for today": "today", "today's plan": "today", "what's the plan": "today", "what's the plan for today": "today",
	"what now": "today", "what next": "today",
	"next question": "quiz", "another question": "quiz", "start quiz": "quiz", "begin quiz": "quiz", "start a quiz": "quiz", "ask me something": "quiz",
	"next stage": "stages", "all stages": "stages", "all topics": "stages",
	"my progress": "progress", "how far am i": "progress", "how am i doing": "progress", "where am i": "progress",
	"where do i stand": "progress", "how long will it take": "progress", "how much is left": "progress",
	"i'm done": "done", "i am done": "done", "mark it as done": "done",
	"my nudge": "nudge", "stop nudges": "nudge off", "my plan": "plan", "my time zone": "zone", "change my time zone": "zone", "wrong zone": "zone",
	"wrong time zone": "zone", "the time is wrong": "zone", "be quiet": "stop", "shut up": "stop", "leave me alone": "stop", "don't message me": "stop",
	"don't write to me": "stop", "don't remind me": "stop", "no more": "stop",
	"all commands": "help", "who are you": "help", "how does this work": "help", "what can you do": "help", "what can i do": "help", "what": "help",
	"what can i do here": "help", "i have a question": "help", "question": "help", "what is this": "help", "my data": "export", "what do you know about me": "export",
	"delete everything": "forget", "erase me": "forget", "forget me": "forget", "forget all about me": "forget",
	"forget it": "no", "forget about it": "no", "forget that": "no", "forget what i said": "no", "never mind": "no", "nothing": "no", "sorry": "no",
	"undo last": "undo", "undo the last": "undo", "undo the last one": "undo", "undo that": "undo", "undo it": "undo", "take that back": "undo", "take it back": "undo",
	"leave quiz": "stop quiz", "end quiz": "stop quiz", "exit quiz": "stop quiz", "quit quiz": "stop quiz", "no more quiz": "stop quiz", "no more questions": "stop quiz",
	"end pause": "resume", "stop pause": "resume", "cancel pause": "resume", "end my pause": "resume",
	"good morning": "hello", "good evening": "hello", "good afternoon": "hello", "good night": "bye", "that's all": "bye", "that's it": "bye",
})

// gists keys a table by what its lines come to.
func gists(table map[string]string) map[string]string {
	by := make(map[string]string, len(table))
	for line, meant := range table {
		by[gist(line)] = meant
	}
	return by
}

// gist is a line in small letters, without marks and without the words that only
// soften it.
func gist(line string) string {
	return firm(unmarked(line))
}

var apostrophes = strings.NewReplacer("'", "", "’", "")

// unmarked is the words of a line, in small letters and without marks.
func unmarked(line string) []string {
	line = apostrophes.Replace(strings.ToLower(line))
	return strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" .,;:!?()\"“”", r) })
}

// firm leaves out the words that only soften a line.
func firm(list []string) string {
	return strings.Join(slices.DeleteFunc(list, func(w string) bool { return slices.Contains(soft, w) }), " ")
}

var soft = strings.Fields("please the a an just really so well hey oh finally already actually")

// first is the first word of a line.
func first(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return word
}
