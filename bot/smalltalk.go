package bot

import (
	"slices"
	"strings"
)

// Words that people say to a bot in a chat, though no help lists them.

// stop is what somebody types who has had enough of being written to, or of a quiz.
func (b *Bot) stop(t *turn) (Reply, error) {
	what := gist(t.rest)
	bare := slices.Contains([]string{"", "it", "now"}, what)
	item, asked := b.current(&t.l)
	if open, ok := b.open(t); bare && ok && asked && open == item { // in the middle of a quiz
		r := b.leaveQuiz(t)
		r.Actions = append(r.Actions, Action{Label: "Stop nudges", Line: "nudge off"})
		return r, nil
	}
	switch {
	case bare, unwelcome(what):
		t.rest = "off"
		return b.nudge(t)
	case slices.Contains([]string{"quiz", "asking", "asking me", "questions"}, what):
		return b.leaveQuiz(t), nil
	}
	return Reply{}, sorry("What shall I stop? The daily nudge, or shall I delete what I hold about you?",
		Action{Label: "Stop nudges", Line: "nudge off"}, Action{Label: "Pause for a week", Line: "pause 1 week"}, Action{Label: "Delete my data", Line: "forget"})
}

// unwelcome tells whether words are about being written to.
func unwelcome(what string) bool {
	list := words(what)
	for i, w := range list {
		switch {
		case slices.Contains(strings.Fields("nudge nudges nudging remind reminding reminder reminders messages messaging notification notifications notifying spam spamming"), w):
			return true
		case slices.Contains(strings.Fields("writing texting mailing message"), w): // me, or to me
			after := list[i+1:]
			if len(after) == 0 || after[0] == "me" || after[0] == "to" {
				return true
			}
		}
	}
	return false
}

// leaveQuiz says how a quiz goes on that somebody has had enough of. Nothing has to
// be done for it: a quiz waits by itself.
func (b *Bot) leaveQuiz(t *turn) Reply {
	r := Reply{Title: "All right", Actions: []Action{{Label: "What to study now", Line: "today"}}}
	r.Blocks = []Block{Text("No quiz is running.")}
	if _, ok := b.current(&t.l); ok {
		r.Blocks = []Block{Text("The quiz waits where you left it; `quiz` goes on with it.")}
	}
	return r
}

// no answers a question that was asked before something is changed.
func (b *Bot) no(t *turn) (Reply, error) {
	if unwelcome(gist(t.rest)) {
		return Reply{}, sorry("Shall the daily nudge stop?",
			Action{Label: "Stop nudges", Line: "nudge off"}, Action{Label: "Not today", Line: "snooze tomorrow"}, Action{Label: "Another time", Line: "nudge", Ask: "A time, like 18:30 weekdays"})
	}
	return Reply{
		Title:   "All right",
		Blocks:  []Block{Text("Nothing was changed.")},
		Actions: []Action{{Label: "What to study now", Line: "today"}},
	}, nil
}

// yes can't know what it answers: only a button does.
func (b *Bot) yes(*turn) (Reply, error) {
	return Reply{}, sorry("To be sure I do what you mean, please press the button that says it.", Action{Label: "What to study now", Line: "today"})
}

func (b *Bot) thanks(*turn) (Reply, error) {
	return Reply{
		Title:   "With pleasure",
		Blocks:  []Block{Text("`today` is here whenever you have a moment.")},
		Actions: []Action{{Label: "What to study now", Line: "today"}},
	}, nil
}

// privacy says who holds what.
func (b *Bot) privacy(*turn) (Reply, error) {
	return Reply{
		Title: "What I hold about you",
		Blocks: []Block{Text("Your account's id, your settings, what you marked and noted, and how you answered questions. No messages, and no name. " +
			"It is in one file on the computer of the person who runs me, and I pass it on to nobody.")},
		Actions: []Action{{Label: "Show me everything", Line: "export"}, {Label: "Delete it", Line: "forget"}},
	}, nil
}

// slowly answers somebody for whom it is too much just now.
func (b *Bot) slowly(*turn) (Reply, error) {
	return Reply{
		Title: "One small step, or none",
		Blocks: []Block{Text("That happens to everybody who learns this. A smaller step often helps: the lesson once more, one link of it, or a single question. " +
			"Or rest: everything waits for you.")},
		Actions: []Action{{Label: "What to study now", Line: "today"}, {Label: "A question", Line: "quiz"}, {Label: "Pause nudges", Line: "pause"}},
	}, nil
}

// crisis answers somebody whom no lesson can help.
func (b *Bot) crisis(*turn) (Reply, error) {
	return Reply{Title: "I am sorry that it is so heavy", Blocks: []Block{
		Text("I am only a study bot, and no help in this. Please talk to somebody now: a person close to you, a crisis line in your country, or your local emergency number. You don't have to be alone with it."),
	}}, nil
}
