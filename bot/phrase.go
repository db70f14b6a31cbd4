package bot

import (
	"regexp"
	"slices"
	"strings"

	"roadmapbot/bot/calendar"
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
	"what can i do here": "help", "i have a question": "help", "question": "help", "my data": "export", "what do you know about me": "export",
	"delete everything": "forget", "erase me": "forget", "forget me": "forget", "forget all about me": "forget",
	"forget it": "no", "forget about it": "no", "forget that": "no", "forget what i said": "no", "never mind": "no", "nothing": "no",
	"undo last": "undo", "undo the last": "undo", "undo the last one": "undo", "undo that": "undo", "undo it": "undo", "take that back": "undo", "take it back": "undo",
	"leave quiz": "stop quiz", "end quiz": "stop quiz", "exit quiz": "stop quiz", "quit quiz": "stop quiz", "no more quiz": "stop quiz", "no more questions": "stop quiz",
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

// unmarked is the words of a line, in small letters and without marks.
func unmarked(line string) []string {
	line = strings.NewReplacer("'", "", "’", "").Replace(strings.ToLower(line))
	return strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" .,;:!?()\"“”", r) })
}

// firm leaves out the words that only soften a line.
func firm(list []string) string {
	return strings.Join(slices.DeleteFunc(list, func(w string) bool { return slices.Contains(soft, w) }), " ")
}

var soft = strings.Fields("please the a an just really so well hey oh finally already actually")

// openings lead up to what somebody wants, requests to what they want to see, and
// questions to what is not done before it is asked back.
var (
	openings = []string{
		"please ", "can you ", "could you ", "would you ", "i want to ", "i want ", "i'd like to ", "i would like to ", "i have ", "i've ", "i just ",
		"i'm ", "im ", "i am ", "no i meant ", "no, i meant ", "i meant ", "i mean ", "ok ", "ok, ", "okay ", "so ", "well ", "and ", "now ",
		"let me ", "let's ", "let’s ", "lets ", "an ", "a ", "the ", "my ", "some ",
	}
	requests  = []string{"give me ", "show me ", "show my ", "tell me ", "tell me about ", "do ", "go to ", "take me to ", "start with ", "begin with "}
	questions = []string{"can i ", "could i ", "may i ", "should i ", "shall i ", "did i ", "did you ", "did we ", "did they ", "did it ", "do i ", "do you ", "have i ", "am i ", "is it ", "will i "}
)

// wishes are the openings after which nothing is done yet.
var wishes = []string{"i want ", "i'd like ", "i would like ", "let me ", "let's ", "let’s ", "lets "}

// deeds are what “I” may stand before. “I skip breakfast” is no command.
var deeds = []string{"finished", "completed", "did", "studied", "learned"}

var (
	deleteAll   = regexp.MustCompile(`^(?:delete|erase|remove|wipe) .*\b(?:data|account|about me)\b`)
	slipped     = regexp.MustCompile(`\b(?:by accident|accidentally|by mistake|my mistake|was mistake)\b`)
	explained   = regexp.MustCompile(`^explain (?:to me )?(?:what )?(.+?)(?: is| are| means)?$`)
	aboutNudges = regexp.MustCompile(`^(?:change|move|set|make|put|turn|switch) (off |on )?(?:my |the |all |daily )*(?:nudges?|reminders?|notifications?|messages?)(?: (?:to|at|for))? ?(.*)$`)
	insteadOf   = regexp.MustCompile(`^(?:(?:learn|use|study|take|do|pick|choose|have) )?(.+?) instead(?: of .+)?$`)
	switchTo    = regexp.MustCompile(`^(?:switch|change|move)(?: (?:language|from \S+))* to (\S+)$`)
)

// rephrase puts a line into the commands' own words, if it is one of those that
// people write to a person.
func (b *Bot) rephrase(line string) string {
	whole := strings.ToLower(strings.ReplaceAll(line, "’", "'"))
	said := whole
	if _, ok := b.index.exact(line); ok {
		return line
	}
	if c, ok := b.called(first(said)); ok && slices.Contains([]string{"plan", "find", "answer"}, c.Name) && phrases[gist(said)] == "" {
		return line // whose words are their own
	}
	said = strings.TrimSuffix(said, " please")
	short := gist(said)
	if meant, ok := phrases[short]; ok {
		return meant
	}
	switch {
	case deleteAll.MatchString(short):
		return "forget"
	case slipped.MatchString(short):
		return "oops"
	}
	for _, have := range []string{"i only have ", "i have only ", "i have ", "i've got "} {
		if time, ok := strings.CutPrefix(said, have); ok {
			if _, ok := parseDuration(strings.ReplaceAll(time, " ", "")); ok {
				return "today"
			}
		}
	}
	if plan, ok := strings.CutPrefix(said, "my plan is "); ok {
		return "plan " + strings.TrimPrefix(plan, "to ")
	}
	for _, moved := range []string{"i moved to ", "i live in ", "i am in ", "i'm in ", "im in ", "i am now in ", "i'm now in ",
		"my time zone is ", "my timezone is ", "my city is "} {
		if place, ok := strings.CutPrefix(said, moved); ok {
			if zone, _ := findZone(place, 1); zone != "" {
				return "zone " + place
			}
		}
	}
	said, toSee, wished := b.plainly(said)
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
	if topic, ok := b.index.exact(strings.TrimPrefix(said, "explain ")); ok && said != whole {
		return "topic " + topic.ID
	}
	if part := explained.FindStringSubmatch(said); part != nil {
		return b.lookUp(part[1], line)
	}
	if meant, ok := phrases[gist(said)]; ok {
		return meant
	}
	if part := aboutNudges.FindStringSubmatch(said); part != nil {
		return strings.TrimSpace("nudge " + part[1] + part[2])
	}
	if meant, ok := b.instead(said); ok {
		return meant
	}
	if meant, ok := b.backwards(said); ok {
		if name := words(meant); wished && len(name) > 1 {
			return "topic " + name[1]
		}
		return meant
	}
	if c, ok := b.called(first(said)); ok && wished && (c.Name == "study" || c.Name == "done") { // a wish is no deed
		if name, _ := cutDuration(strings.TrimSpace(strings.TrimPrefix(said, first(said)))); name != "" {
			return "topic " + c.bare(name)
		}
		return "today"
	}
	if first(said) == "did" { // “I did 30 minutes” finishes nothing
		if _, minutes := cutDuration(said); minutes > 0 {
			return "study" + strings.TrimPrefix(said, "did")
		}
	}
	if c, ok := b.called(first(said)); said == whole || toSee && ok && !c.shows(said) {
		return line
	}
	if at := len(line) - len(said); at >= 0 && strings.EqualFold(line[at:], said) { // as it was written
		return line[at:]
	}
	return said
}

// plainly takes away what leads up to the matter. ToSee tells that somebody wants to
// see it, wished that they only want to do it.
func (b *Bot) plainly(said string) (plain string, toSee, wished bool) {
	for range openings {
		before := said
		wished = wished || slices.ContainsFunc(wishes, func(w string) bool { return strings.HasPrefix(said, w) })
		for _, o := range openings {
			said = strings.TrimPrefix(said, o)
		}
		for _, q := range questions {
			said = strings.TrimPrefix(said, q)
		}
		for _, r := range requests {
			if wanted, ok := strings.CutPrefix(said, r); ok {
				said, toSee = wanted, true
			}
		}
		for _, r := range []string{"show ", "open "} { // which are commands too
			wanted, ok := strings.CutPrefix(said, r)
			c, called := b.called(first(wanted))
			if _, stage := b.stageNamed(wanted); ok && (called && c.looks || stage) {
				said, toSee = wanted, true
			}
		}
		if deed, ok := strings.CutPrefix(firm(words(said)), "i "); ok && slices.Contains(deeds, first(deed)) {
			said = deed
		}
		if said == before {
			break
		}
	}
	return said, toSee, wished
}

// instead reads the wish for another alternative: “switch to Java”, “Ruby instead of
// Python”. If what is wanted is none, what there is to choose among is the answer.
func (b *Bot) instead(said string) (string, bool) {
	part := insteadOf.FindStringSubmatch(said)
	if part == nil {
		part = switchTo.FindStringSubmatch(said)
	}
	if part == nil {
		return "", false
	}
	wanted := part[1]
	if topic, ok := b.index.clear(wanted); ok && topic.Choice != "" {
		return "choose " + topic.ID, true
	}
	if _, ok := b.called(first(wanted)); ok { // nudge 7pm instead
		return wanted, true
	}
	if _, ok := ParseSchedule(wanted); ok { // change to 7pm
		return "nudge " + wanted, true
	}
	if zone, _ := findZone(wanted, 1); zone != "" { // move to Lisbon
		return "zone " + wanted, true
	}
	return "choose", true
}

// lookUp is the line that tells of something somebody asks about. Asked about
// themselves, the line stays as it is.
func (b *Bot) lookUp(thing, line string) string {
	list := words(thing)
	for len(list) > 0 && slices.Contains([]string{"a", "an", "the", "my", "in", "is", "are", "i"}, list[0]) {
		list = list[1:]
	}
	if n := len(list); n > 0 && slices.Contains([]string{"mean", "work", "works", "for", "do"}, list[n-1]) {
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
	for _, name := range []string{thing, thing + "s"} {
		if s, ok := b.stageNamed(name); ok {
			return "stage " + itoa(s.Number)
		}
	}
	if _, ok := subject(line); ok {
		return line
	}
	return "find " + thing
}

// shows tells whether a line that begins with this command changes nothing.
func (c command) shows(line string) bool {
	return c.looks || line == c.Name && slices.Contains([]string{"nudge", "plan", "zone", "quiet", "choose"}, c.Name)
}

// backwards reads a topic with the command behind it: “git done”, “git is done”.
func (b *Bot) backwards(said string) (string, bool) {
	list := words(said)
	for i := 1; i < len(list); i++ {
		c, ok := b.called(list[i])
		if !ok || len(c.Args) == 0 || c.Args[0].Kind != ArgTopic {
			continue
		}
		name := list[:i]
		denied := false
		for len(name) > 1 && slices.Contains([]string{"is", "was", "not", "isn't", "isnt"}, name[len(name)-1]) {
			denied = denied || !slices.Contains([]string{"is", "was"}, name[len(name)-1])
			name = name[:len(name)-1]
		}
		if topic, ok := b.index.exact(strings.Join(name, " ")); ok {
			if denied {
				return "no", true
			}
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

// findZone is [calendar.FindZone] for what people write around a place: “I am in
// Madrid”, “my time zone is India time”.
func findZone(typed string, limit int) (zone string, suggestions []string) {
	zone, suggestions = calendar.FindZone(typed, limit)
	if zone != "" {
		return zone, nil
	}
	list := words(strings.ToLower(typed))
	lead := strings.Fields("i i'm i’m im am we are live living moved based in to from near at is it's its my the time zone timezone city now currently")
	for len(list) > 1 && slices.Contains(lead, list[0]) {
		list = list[1:]
	}
	for len(list) > 1 && slices.Contains([]string{"now", "time", "here"}, list[len(list)-1]) {
		list = list[:len(list)-1]
	}
	if zone, near := calendar.FindZone(strings.Join(list, " "), limit); zone != "" || len(suggestions) == 0 {
		return zone, near
	}
	return "", suggestions
}
