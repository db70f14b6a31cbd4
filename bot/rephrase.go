package bot

import (
	"regexp"
	"slices"
	"strings"
)

// openings lead up to what somebody wants, requests to what they want to see, and
// questions to what is not done before it is asked back.
var (
	openings = []string{
		"please ", "can you ", "could you ", "would you ", "will you ", "i want you to ", "i want to ", "i want ", "i'd like to ", "i would like to ", "i'd like ", "i would like ", "i have ", "i've ", "i just ",
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
	aboutNudges = regexp.MustCompile(`^(?:change|move|set up|set|schedule|send me|make|put|turn|switch) (off |on )?(?:my |the |a |an |all |daily )*(?:nudges?|reminders?|notifications?|messages?)(?: (?:to|at|for))? ?(.*)$`)
	insteadOf   = regexp.MustCompile(`^(?:(?:learn|use|study|take|do|pick|choose|have) )?(.+?) instead(?: of .+)?$`)
	switchTo    = regexp.MustCompile(`^(?:switch|change|move)(?: (?:language|from \S+))* to (\S+)$`)
)

// rephrase puts a line into the commands' own words, if it is one of those that
// people write to a person.
func (b *Bot) rephrase(line string) string {
	whole := strings.ToLower(strings.ReplaceAll(line, "’", "'"))
	if _, ok := b.index.exact(line); ok {
		return line
	}
	if c, ok := b.called(first(whole)); ok && slices.Contains([]string{"plan", "find", "answer"}, c.Name) && phrases[gist(whole)] == "" {
		return line // whose words are their own
	}
	if meant, ok := outright(strings.TrimSuffix(whole, " please")); ok {
		return meant
	}
	said, toSee, wished := b.plainly(strings.TrimSuffix(whole, " please"))
	if meant, ok := b.asked(said, line); ok {
		return meant
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
	if meant, ok := b.deed(said, wished); ok {
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

// outright reads what people say in so many words.
func outright(said string) (meant string, ok bool) {
	short := gist(said)
	meant, ok = phrases[short]
	switch {
	case ok:
		return meant, true
	case deleteAll.MatchString(short):
		return "forget", true
	case slipped.MatchString(short):
		return "oops", true
	}
	for _, have := range []string{"i only have ", "i have only ", "i have ", "i've got "} {
		if time, ok := strings.CutPrefix(said, have); ok {
			if _, ok := parseDuration(strings.ReplaceAll(time, " ", "")); ok {
				return "today", true
			}
		}
	}
	if plan, ok := strings.CutPrefix(said, "my plan is "); ok {
		return "plan " + strings.TrimPrefix(plan, "to "), true
	}
	for _, here := range []string{"i moved to ", "i live in ", "i am in ", "i'm in ", "im in ", "i am now in ", "i'm now in ",
		"my time zone is ", "my timezone is ", "my city is "} {
		if place, ok := strings.CutPrefix(said, here); ok {
			if zone, _ := findZone(place, 1); zone != "" {
				return "zone " + place, true
			}
		}
	}
	return "", false
}

// asked reads questions about a thing: “what is an index”, “rest vs graphql”, “explain
// joins”.
func (b *Bot) asked(said, line string) (meant string, ok bool) {
	if _, ok := b.called(first(said)); !ok && (strings.Contains(said, " vs ") || strings.Contains(said, " versus ")) {
		return "find " + said, true
	}
	for _, question := range []string{"what is ", "what's ", "whats ", "what are ", "what does ", "how does ", "how do ", "how to "} {
		if thing, ok := strings.CutPrefix(said, question); ok {
			return b.lookUp(thing, line), true
		}
	}
	if topic, ok := b.index.exact(strings.TrimPrefix(said, "explain ")); ok && strings.HasPrefix(said, "explain ") {
		return "topic " + topic.ID, true
	}
	if part := explained.FindStringSubmatch(said); part != nil {
		return b.lookUp(part[1], line), true
	}
	return "", false
}

// deed reads what somebody did: “mark git as done”, “git done”, “did 30 minutes”. What
// they only wish to do is shown.
func (b *Bot) deed(said string, wished bool) (meant string, ok bool) {
	if thing, ok := strings.CutPrefix(said, "mark "); ok {
		if name, ok := strings.CutSuffix(thing, " as done"); ok {
			return "done " + name, true
		}
	}
	if meant, ok := b.backwards(said); ok {
		if list := words(meant); wished && len(list) > 1 {
			return "topic " + list[1], true
		}
		return meant, true
	}
	verb := first(said)
	name, minutes := cutDuration(strings.TrimSpace(strings.TrimPrefix(said, verb)))
	switch c, ok := b.called(verb); {
	case ok && wished && (c.Name == "study" || c.Name == "done") && name != "":
		return "topic " + c.bare(name), true
	case ok && wished && (c.Name == "study" || c.Name == "done"):
		return "today", true
	case verb == "did" && minutes > 0: // which finishes nothing
		return "study" + strings.TrimPrefix(said, "did"), true
	}
	return "", false
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
	if !slices.ContainsFunc(list, func(w string) bool { return !slices.Contains(little, w) }) && len(list) > 1 { // what is this all about
		return "help"
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
