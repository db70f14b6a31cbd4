package bot

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"roadmapbot/bot/calendar"
	"roadmapbot/content"
)

// passMark is the share of right answers, in percent, that verifies a topic.
const passMark = 80

func (b *Bot) quiz(t *turn) (Reply, error) {
	topic, err := b.quizTopic(t)
	if err != nil {
		return Reply{}, err
	}
	if _, err := b.change(t, func(l *Learner) error {
		if l.Quiz.Topic == topic.ID && len(l.Quiz.Left) > 0 && t.rest == "" {
			l.Quiz.Day = t.today
			return nil // go on where it stopped
		}
		l.Quiz = Quiz{Topic: topic.ID, Left: b.order(l, topic, t.today), Day: t.today}
		l.record(Event{What: WasAsked, Topic: topic.ID})
		return nil
	}); err != nil {
		return Reply{}, err
	}
	r := Reply{Title: "Quiz: " + topic.Title}
	b.ask(t, &r)
	return r, nil
}

// quizTopic is the topic named, the one being asked about, the last one done
// that the quiz has not verified, or the one to study now.
func (b *Bot) quizTopic(t *turn) (*content.Topic, error) {
	if t.rest != "" {
		return b.which(t.rest, "quiz")
	}
	if topic, ok := b.roadmap.Topic(t.l.Quiz.Topic); ok && len(t.l.Quiz.Left) > 0 {
		return topic, nil
	}
	var last *content.Topic
	for topic := range b.roadmap.Topics() {
		work := t.l.Topics[topic.ID]
		if work.State == Done && work.Verified == 0 && (last == nil || work.Day >= t.l.Topics[last.ID].Day) {
			last = topic
		}
	}
	if last == nil {
		last = b.path(&t.l).next()
	}
	if last == nil {
		return nil, sorry("You have done and verified everything. To ask again, name a topic, such as `quiz git`.")
	}
	return last, nil
}

// dice are the same for the same learner, thing and day, so that a redelivered
// request shows the same order.
func dice(l *Learner, about string, day calendar.Day) *rand.Rand {
	seed := uint64(14695981039346656037) // FNV-1a
	for i := range len(about) {
		seed = (seed ^ uint64(about[i])) * 1099511628211
	}
	return rand.New(rand.NewPCG(l.ID, seed^uint64(day)<<32))
}

// order shuffles a topic's items, those not yet answered rightly first.
func (b *Bot) order(l *Learner, topic *content.Topic, day calendar.Day) []string {
	ids := make([]string, len(topic.Items))
	for i, item := range topic.Items {
		ids[i] = item.ID
	}
	dice(l, topic.ID, day).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	slices.SortStableFunc(ids, func(x, y string) int {
		known := func(id string) int {
			if l.Cards[id].Last == Right {
				return 1
			}
			return 0
		}
		return known(x) - known(y)
	})
	return ids
}

// shuffled is the order in which an item's options are shown: places of
// item.Options. It changes with every answer, so that no place is learnt by heart.
func shuffled(l *Learner, item *content.Item) []int {
	card := l.Cards[item.ID]
	about := fmt.Sprintf("%s %d", item.ID, card.Right+card.Wrong+card.Unsure)
	return dice(l, about, 0).Perm(len(item.Options))
}

// current is the item that the running quiz asks now. Items that the content no
// longer has are passed over.
func (b *Bot) current(l *Learner) (*content.Item, bool) {
	for _, id := range l.Quiz.Left {
		if item, ok := b.roadmap.Item(id); ok {
			return item, true
		}
	}
	return nil, false
}

// ask adds the current question to a reply, or says that the quiz is over.
func (b *Bot) ask(t *turn, r *Reply) {
	item, ok := b.current(&t.l)
	if !ok {
		b.result(t, r)
		return
	}
	quiz := t.l.Quiz
	r.Blocks = append(r.Blocks, Text(fmt.Sprintf("**Question %d of %d.** %s", quiz.Asked+1, quiz.Asked+len(quiz.Left), item.Question)))
	r.Blocks = append(r.Blocks, b.options(&t.l, item, r)...)
	r.Actions = append(r.Actions, Action{Label: "I don't know", Line: "answer " + item.ID + " unsure"})
}

// options lists an item's options with their letters, and adds a button each.
func (b *Bot) options(l *Learner, item *content.Item, r *Reply) []Block {
	var lines []string
	for i, option := range shuffled(l, item) {
		letter := string(rune('A' + i))
		lines = append(lines, "**"+letter+")** "+item.Options[option].Text)
		r.Actions = append(r.Actions, Action{Label: letter, Line: fmt.Sprintf("answer %s %d", item.ID, option+1)})
	}
	return []Block{Text(strings.Join(lines, "\n"))}
}

// answer takes the answer to an item: "ITEM 2" for its second option in the
// content's order, or "ITEM unsure".
func (b *Bot) answer(t *turn) (Reply, error) {
	args := words(t.rest)
	if len(args) != 2 || args[1] != "unsure" && strings.Trim(args[1], "0123456789") != "" {
		return Reply{}, sorry("To answer, press a button or type its letter.", Action{Label: "Ask me", Line: "quiz"})
	}
	item, ok := b.roadmap.Item(args[0])
	if !ok {
		return Reply{}, sorry("That question is no longer part of the roadmap.", Action{Label: "Another quiz", Line: "quiz"})
	}
	answer := Unsure
	if args[1] != "unsure" {
		n, ok := number(args[1])
		if !ok || n < 1 || n > len(item.Options) {
			return Reply{}, sorry("That is none of the options.", Action{Label: "Ask again", Line: "quiz " + item.Topic.ID})
		}
		answer = Wrong
		if item.Options[n-1].Right {
			answer = Right
		}
	}
	current, _ := b.current(&t.l)
	inTurn := current == item || !slices.Contains(t.l.Quiz.Left, item.ID) // and not ahead of it, with a nudge
	events, err := b.change(t, func(l *Learner) error {
		b.grade(l, item, answer, t.today)
		return nil
	})
	if err != nil {
		return Reply{}, err
	}
	_, counted := found(events, WasAnswered)
	r := Reply{Title: verdict(answer), Blocks: b.explain(item, answer)}
	running := t.l.Quiz.Topic == item.Topic.ID && inTurn && (len(t.l.Quiz.Left) > 0 || t.l.Quiz.Day == t.today)
	switch {
	case !counted && running && len(t.l.Quiz.Left) > 0:
		r.Blocks = append(r.Blocks, Text("You answered this one before; it does not count again."))
		b.ask(t, &r)
	case running:
		b.ask(t, &r)
	case counted: // a question that came by itself, with a nudge
		r.Actions = []Action{{Label: "More about this topic", Line: "quiz " + item.Topic.ID}, {Label: "What to study now", Line: "today"}}
	default:
		r.Actions = []Action{{Label: "The whole quiz", Line: "quiz " + item.Topic.ID}, {Label: "What to study now", Line: "today"}}
	}
	return r, nil
}

// grade writes an answer down. In a quiz a question counts while it is to come, so
// that a second press on an old one does no harm; outside of one an answer counts
// once a study day.
func (b *Bot) grade(l *Learner, item *content.Item, answer Answer, today calendar.Day) {
	if l.Nudges.Shown.Item == item.ID {
		l.Nudges.Shown.Item = ""
	}
	card := l.Cards[item.ID]
	if slices.Contains(l.Quiz.Left, item.ID) {
		l.Quiz.Left = slices.DeleteFunc(slices.Clone(l.Quiz.Left), func(id string) bool {
			_, known := b.roadmap.Item(id) // the content may have lost one
			return id == item.ID || !known
		})
		l.Quiz.Day = today
		l.Quiz.Asked++
		if answer == Right {
			l.Quiz.Right++
		}
	} else if card.Day == today {
		return
	}
	before := &Before{Card: &card}
	after := card
	after.Last, after.Day = answer, today
	switch answer {
	case Right:
		after.Right++
	case Wrong:
		after.Wrong++
	case Unsure:
		after.Unsure++
	}
	if l.Cards == nil {
		l.Cards = map[string]Card{}
	}
	l.Cards[item.ID] = after
	l.Days.Add(today)
	if l.Quiz.Topic == item.Topic.ID && len(l.Quiz.Left) == 0 && l.Quiz.passed() {
		if work := l.Topics[item.Topic.ID]; work.Verified == 0 {
			before.Work = &work
			verified := work
			verified.Verified = today
			l.setWork(item.Topic.ID, verified)
		}
	}
	l.record(Event{What: WasAnswered, Topic: item.Topic.ID, Item: item.ID, Answer: answer, Day: today, Before: before})
}

// passed tells whether a finished quiz verifies its topic.
func (q Quiz) passed() bool { return q.Asked >= 3 && 100*q.Right >= passMark*q.Asked }

func verdict(a Answer) string {
	switch a {
	case Right:
		return "Right"
	case Unsure:
		return "Good to know what you don't know yet"
	default:
		return "Not quite"
	}
}

// explain shows the right answer, unless it was just given, and the reason.
func (b *Bot) explain(item *content.Item, a Answer) []Block {
	if a == Right {
		return []Block{Text(item.Why)}
	}
	return []Block{Text("The answer: **" + strings.ReplaceAll(item.Options[item.Right()].Text, "**", "") + "**"), Text(item.Why)}
}

// result ends a quiz.
func (b *Bot) result(t *turn, r *Reply) {
	quiz := t.l.Quiz
	topic, ok := b.roadmap.Topic(quiz.Topic)
	if !ok || quiz.Asked == 0 {
		r.Blocks = append(r.Blocks, Text("No quiz is running."))
		r.Actions = append(r.Actions, Action{Label: "Start one", Line: "quiz"}, Action{Label: "What to study now", Line: "today"})
		return
	}
	text := fmt.Sprintf("**Quiz done: %d of %d right.** ", quiz.Right, quiz.Asked)
	work := t.l.Topics[topic.ID]
	switch {
	case quiz.passed() && work.Verified != 0:
		text += Escape(topic.Title) + " is verified."
	case quiz.passed():
		text += "Its last question is no longer part of the roadmap; one more round verifies it."
	case work.Verified != 0:
		text += "It was verified before and stays so."
	default:
		text += fmt.Sprintf("From %d %% on a topic counts as verified. The lesson is short; a second look often does it.", passMark)
		r.Actions = append(r.Actions, Action{Label: "The lesson", Line: "topic " + topic.ID})
	}
	r.Blocks = append(r.Blocks, Text(text))
	if work.State != Done {
		r.Actions = append(r.Actions, Action{Label: "Mark it as done", Line: "done " + topic.ID})
	}
	r.Actions = append(r.Actions, Action{Label: "Ask again", Line: "quiz " + topic.ID}, Action{Label: "What to study now", Line: "today"})
}
