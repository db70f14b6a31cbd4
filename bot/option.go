package bot

import (
	"fmt"
	"slices"
	"strings"

	"roadmapbot/content"
)

// leads and tails are what people write around an answer.
var (
	leads = []string{"the ", "my answer is ", "answer is ", "answer ", "its ", "it is ", "is it ", "i think ", "i guess ", "i would say ", "id say ", "i say ",
		"i choose ", "i pick ", "maybe ", "probably ", "option ", "letter "}
	tails = []string{" is correct", " is right", " i think", " i guess"}
	// unsure are the ways to say that one does not know.
	unsure = []string{"i dont know", "dont know", "no idea", "idk", "dunno", "im not sure", "no clue", "skip question", "skip this question"}
)

// option is what the button of the open question says for an answer in words: its
// letter, its text, or that somebody does not know. If the same request
// came before, the question is the one from then.
func (b *Bot) option(t *turn, line string) (string, bool) {
	said := strings.Join(unmarked(line), " ") // "a" is no article here
	for _, lead := range slices.Repeat(leads, 2) {
		said = strings.TrimPrefix(said, lead)
	}
	for _, tail := range tails {
		said = strings.TrimSuffix(said, tail)
	}
	at := slices.Index([]string{"a", "b", "c", "d"}, said)
	doubt := slices.Contains(unsure, said)
	if at >= 0 || doubt {
		if line, ok := b.answeredBy(t); ok {
			return line, true
		}
	}
	item, open := b.open(t)
	if !open {
		return "", false
	}
	if doubt {
		return item.ID + " unsure", true
	}
	order := shuffled(&t.l, item)
	if at >= 0 && at < len(order) {
		return fmt.Sprintf("%s %d", item.ID, order[at]+1), true
	}
	if at := slices.IndexFunc(item.Options, func(o content.Option) bool { return gist(Text(o.Text).String()) == gist(line) }); at >= 0 {
		return fmt.Sprintf("%s %d", item.ID, at+1), true
	}
	return "", false
}

// open is the question that a typed answer means: that of today's quiz, or that of
// the shown nudge if it came later or no quiz runs.
func (b *Bot) open(t *turn) (*content.Item, bool) {
	asked, quizzed := b.current(&t.l)
	quizzed = quizzed && t.l.Quiz.Day == t.today // nobody remembers one from another day
	if item, ok := b.roadmap.Item(t.l.Nudges.Shown.Item); ok && (t.nudged || !quizzed) {
		return item, true
	}
	return asked, quizzed
}

// answeredBy is the answer that the same request gave when it came the first time.
func (b *Bot) answeredBy(t *turn) (string, bool) {
	if t.req.ID == "" {
		return "", false
	}
	all, err := b.events(t)
	if err != nil {
		return "", false // the answer itself will tell
	}
	for _, e := range slices.Backward(all) {
		item, ok := b.roadmap.Item(e.Item)
		if e.Op != t.req.ID || e.What != WasAnswered || !ok {
			continue
		}
		if e.Answer == Unsure {
			return item.ID + " unsure", true
		}
		n := slices.IndexFunc(item.Options, func(o content.Option) bool { return o.Right == (e.Answer == Right) })
		return fmt.Sprintf("%s %d", item.ID, n+1), true
	}
	return "", false
}
