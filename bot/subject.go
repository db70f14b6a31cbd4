package bot

import (
	"slices"
	"strings"
)

// subjects are what people ask about in words that no command has, each with the line
// that shows it. The first that fits is taken; none changes anything.
var subjects = []struct{ words, line string }{
	{"my data|data on me|data about me|information about me|you store|you know about me|you keep|you save|privacy|who sees|who can see|who reads|sell my", "privacy"},
	{"commands|command list", "help"},
	{"nudge|nudges|reminder|reminders|notification|notifications|remind", "nudge"},
	{"time zone|timezone|time is it|what time", "zone"},
	{"how long|how much time|how many topics|how much is left|how far|will i finish|am i done|i done so far|done so far|did i skip|did i do|have i done|my progress", "progress"},
	{"which language|what language|wrong language|another language|change language|choose between", "choose"},
	{"where do i start|what should i|what do i do|what to do|start over with", "today"},
}

// feelings are what people say of themselves, with the line that answers it.
var feelings = []struct{ words, line string }{
	{"holiday|holidays|vacation|travelling|traveling|away|sick|ill|need a break|take a break", "pause"},
	{"too hard|difficult|stuck|tired|exhausted|overwhelmed|frustrated|give up|lost|dont understand|dont get it|bored|boring|hate|too much|cant do|no time|stupid|confused", "slowly"},
}

// despair is what no lesson is an answer to.
var despair = []string{"kill myself", "want to die", "suicide", "suicidal", "end my life", "hurt myself", "harm myself"}

// future keeps "I'll" from being ill.
var future = strings.NewReplacer("'ll", " will", "’ll", " will")

// subject is the line that shows what a line is about, if that is one of the subjects
// that everybody asks about.
func subject(line string) (string, bool) {
	said := " " + gist(future.Replace(line)) + " "
	about := func(words string) bool {
		return slices.ContainsFunc(strings.Split(words, "|"), func(w string) bool { return strings.Contains(said, " "+w+" ") })
	}
	if slices.ContainsFunc([]string{" i ", " im ", " ive ", " this is ", " its "}, func(w string) bool { return strings.Contains(said, w) }) {
		for _, f := range feelings {
			if about(f.words) {
				return f.line, true
			}
		}
	}
	for _, s := range subjects {
		if about(s.words) {
			return s.line, true
		}
	}
	return "", false
}

// despairs tells whether somebody speaks of taking their life.
func despairs(line string) bool {
	said := " " + gist(line) + " "
	return slices.ContainsFunc(despair, func(w string) bool { return strings.Contains(said, " "+w+" ") })
}
