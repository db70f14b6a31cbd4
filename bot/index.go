package bot

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"roadmapbot/bot/calendar"
	"roadmapbot/content"
)

// index finds topics by what people call them.
type index struct {
	topics []indexed
}

type indexed struct {
	topic *content.Topic
	names []string // folded: the id, the title, its part before a colon
	words []string // of the id and title
	key   []string // those of the id and of the title's part before a colon
	body  map[string]bool
}

func newIndex(r *content.Roadmap) *index {
	x := &index{}
	for t := range r.Topics() {
		e := indexed{topic: t, body: map[string]bool{}}
		short, _, _ := strings.Cut(t.Title, ":")
		plain, _, _ := strings.Cut(t.Title, " (")
		for _, name := range []string{t.ID, t.Title, short, plain} {
			e.names = append(e.names, strings.Join(split(name), " "))
		}
		if _, bare, ok := strings.Cut(t.ID, "-"); ok {
			e.names = append(e.names, strings.Join(split(bare), " "))
		}
		e.words = append(split(t.ID), split(t.Title)...)
		e.key = append(split(t.ID), split(short)...)
		for _, section := range []content.Section{t.Lesson, t.Why, t.Exercise} {
			for _, b := range section {
				switch b := b.(type) {
				case content.Text:
					e.add(string(b))
				case content.List:
					e.add(strings.Join(b.Items, " "))
				}
			}
		}
		x.topics = append(x.topics, e)
	}
	return x
}

func (e indexed) add(s string) {
	for _, w := range split(s) {
		e.body[w] = true
	}
}

// split takes the lower-case words out of a text.
func split(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '+' && r != '#'
	})
}

// exact is the topic that is called just so.
func (x *index) exact(typed string) (*content.Topic, bool) {
	key := strings.Join(split(typed), " ")
	if key == "" {
		return nil, false
	}
	var hit *content.Topic
	for _, e := range x.topics {
		if e.names[0] == key {
			return e.topic, true // ids are unique
		}
		if slices.Contains(e.names, key) {
			if hit != nil {
				return nil, false
			}
			hit = e.topic
		}
	}
	return hit, hit != nil
}

// has tells whether a word stands in a topic's name.
func (x *index) has(word string) bool {
	return slices.ContainsFunc(x.topics, func(e indexed) bool { return slices.Contains(e.words, word) })
}

// clear is the only topic whose name holds all the typed words that say something,
// in full or all but their ends.
func (x *index) clear(typed string) (*content.Topic, bool) {
	if topic, ok := x.exact(typed); ok {
		return topic, true
	}
	list := slices.DeleteFunc(split(typed), func(w string) bool { return slices.Contains(little, w) })
	var hit *content.Topic
	for _, e := range x.topics {
		if len(list) == 0 || slices.ContainsFunc(list, func(w string) bool { return !e.holds(w) }) {
			continue
		}
		if hit != nil {
			return nil, false
		}
		hit = e.topic
	}
	return hit, hit != nil
}

// holds tells whether a word stands in a topic's name, without its last letters
// perhaps: "postgres", but not "server" for "serverless".
func (e indexed) holds(w string) bool {
	return slices.ContainsFunc(e.key, func(k string) bool {
		return k == w || len(w) > 3 && strings.HasPrefix(k, w) && len(k)-len(w) <= 3 || len(k) > 3 && w == k+"s"
	})
}

// nameFit is the fit of a word with a topic's name, even if misspelt; a word of its
// text fits less.
const nameFit = 5

// little are words that say nothing about what is looked for.
var little = strings.Fields("a about all am an and any are as at back be been between but by can could did difference do does doing dont each enough for from get give go going good " +
	"got had has have he here how i if im in into is it its just learn lesson let like lot make many may me more most much my need no not now of off ok on one or our out " +
	"please really say see she should so some something take than that the their them then there they thing things think this to today too topic up use very versus vs want was " +
	"way we well were what when where which while who why will with work would yes you your")

// hit is a topic that fits what was typed.
type hit struct {
	topic *content.Topic
	score int // of all words together
	best  int // of the one that fits best
}

// search ranks topics by how well they fit the typed words, best first.
func (x *index) search(typed string, limit int) []*content.Topic {
	hits := x.hits(typed)
	var topics []*content.Topic
	for _, h := range hits[:min(limit, len(hits))] {
		topics = append(topics, h.topic)
	}
	return topics
}

func (x *index) hits(typed string) []hit {
	var hits []hit
	var known []bool
	typedWords := slices.DeleteFunc(split(typed), func(w string) bool { return slices.Contains(little, w) })
	if len(typedWords) > 12 {
		typedWords = typedWords[:12]
	}
	for _, w := range typedWords {
		known = append(known, x.has(w))
	}
	for _, e := range x.topics {
		h := hit{topic: e.topic}
		for i, w := range typedWords {
			fit := e.fit(w, !known[i])
			h.score += fit
			h.best = max(h.best, fit)
		}
		if h.score > 0 {
			hits = append(hits, h)
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return b.score - a.score })
	return hits
}

// fit scores one typed word, as it is or as a misspelling.
func (e indexed) fit(w string, misspelled bool) int {
	best, length := 0, utf8.RuneCountInString(w)
	for _, word := range e.words {
		switch {
		case word == w:
			best = max(best, 10)
		case len(w) > 2 && strings.HasPrefix(word, w):
			best = max(best, 7)
		case !misspelled:
		case length > 3 && misspelt(w, word) <= 1+length/6, length == 3 && swapped(w, word):
			best = max(best, nameFit)
		}
	}
	if best == 0 && len(w) > 2 && e.body[w] {
		best = 2
	}
	return best
}

// which finds the topic a person means. If there is doubt it is an error that
// offers the likely ones, as buttons that complete the line; a misspelling is doubt
// enough for a command that changes something.
func (b *Bot) which(typed, command string) (*content.Topic, error) {
	if topic, ok := b.roadmap.Topic(strings.ToLower(typed)); ok {
		return topic, nil
	}
	if topic, ok := b.index.exact(typed); ok {
		return topic, nil
	}
	if several := b.several(typed); len(several) > 0 {
		var actions []Action
		for _, topic := range several {
			actions = append(actions, Action{Label: label(topic.Title), Line: command + " " + topic.ID})
		}
		return nil, sorry("One topic at a time, please. "+whichOne(command), actions...)
	}
	looks := b.named(command).looks
	if topic, ok := b.index.clear(typed); ok && (looks || wholly(typed)) {
		return topic, nil
	}
	hits := b.index.hits(typed)
	if len(hits) == 1 && hits[0].best >= nameFit && len(typed) > 3 && looks {
		return hits[0].topic, nil
	}
	if len(hits) == 0 {
		return nil, sorry(Text("I have no topic called “"+Escape(Clean(typed, 60))+"”. The stages list them all."),
			Action{Label: "All stages", Line: "stages"})
	}
	var actions []Action
	for _, h := range hits[:min(5, len(hits))] {
		actions = append(actions, Action{Label: label(h.topic.Title), Line: command + " " + h.topic.ID})
	}
	return nil, sorry(Text("I am not sure what you mean by “"+Escape(Clean(typed, 60))+"”. ")+whichOne(command), actions...)
}

// wholly tells whether a name has nothing beside it that could mean more: "some of
// git", "git for today".
func wholly(typed string) bool {
	return !slices.ContainsFunc(split(typed), func(w string) bool {
		return slices.Contains(little, w) && !slices.Contains([]string{"a", "an", "the", "my", "in", "on", "of", "for", "with", "and", "please", "topic", "lesson"}, w)
	})
}

// whichOne asks for one of several topics, and says what is done with it.
func whichOne(command string) Text {
	switch command {
	case "done":
		return "Which one shall I mark as done?"
	case "study":
		return "Which one did you study?"
	case "skip":
		return "Which one shall I leave out?"
	case "unskip":
		return "Which one shall I bring back?"
	case "choose":
		return "Which one shall I pick?"
	case "quiz":
		return "About which one shall I ask?"
	default:
		return "Which one?"
	}
}

// listed writes a list with commas alone.
var listed = strings.NewReplacer(" and ", ",", "&", ",")

// several lists the topics that a line names if it names more than one: those of a
// stage, or “git, github and gitlab”.
func (b *Bot) several(typed string) []*content.Topic {
	if s, ok := b.stageNamed(typed); ok {
		return s.Topics
	}
	var topics []*content.Topic
	for part := range strings.SplitSeq(listed.Replace(strings.ToLower(typed)), ",") {
		if topic, ok := b.index.exact(part); ok {
			topics = append(topics, topic)
		}
	}
	if len(topics) < 2 {
		return nil
	}
	return topics
}

// stageNamed is the stage that is called just so: “stage 3”, or its title.
func (b *Bot) stageNamed(typed string) (*content.Stage, bool) {
	name := strings.Join(split(typed), " ")
	for _, s := range b.roadmap.Stages {
		if name == "stage "+itoa(s.Number) || name == strings.Join(split(s.Title), " ") {
			return s, true
		}
	}
	return nil, false
}

// Complete suggests values while an argument is being typed. It reads memory only.
func (b *Bot) Complete(kind ArgKind, typed string) []Choice {
	const most = 25 // Discord's limit
	var choices []Choice
	switch kind {
	case ArgTopic:
		topics := b.index.search(typed, most)
		if strings.TrimSpace(typed) == "" {
			for t := range b.roadmap.Topics() {
				topics = append(topics, t)
			}
		}
		for _, t := range topics[:min(most, len(topics))] {
			choices = append(choices, Choice{Label: Clean(t.Title, 90), Value: t.ID})
		}
	case ArgZone:
		zone, suggestions := calendar.FindZone(typed, most-1)
		if zone != "" {
			suggestions = append([]string{zone}, suggestions...)
		}
		for _, z := range suggestions {
			choices = append(choices, Choice{Label: z, Value: z})
		}
	case ArgStage:
		for _, s := range b.roadmap.Stages {
			choices = append(choices, Choice{Label: stageName(s), Value: itoa(s.Number)})
		}
	}
	return choices
}
