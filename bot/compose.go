package bot

import (
	"fmt"
	"strings"
	"time"

	"roadmapbot/bot/calendar"
	"roadmapbot/content"
)

// The rhythm of somebody who does not react: after so many nudges in a row that
// led to nothing they come less often, then I ask, then I am silent. Anything the
// learner does starts the count anew.
const (
	shyAfter    = 3  // every second day, and shorter
	weeklyAfter = 7  // once a week
	askAfter    = 10 // one question: keep, change or stop?
	silentAfter = 11
)

// Gap is the least number of days between two nudges for somebody who ignored so
// many. False means silence.
func Gap(ignored int) (days int, ok bool) {
	switch {
	case ignored < shyAfter:
		return 1, true
	case ignored < weeklyAfter:
		return 2, true
	default:
		return 7, ignored < silentAfter
	}
}

// onNudge marks a line that is pressed on a nudge: the nudge itself stays, since
// it is edited on its own, and the answer goes below it.
const onNudge = "~"

// maxNudgeWords is how long a nudge may be, buttons aside.
const maxNudgeWords = 90

// Compose writes the nudge that a claim is about. It is a function of the record
// and the claim alone, so that a second attempt says the same.
func (b *Bot) Compose(l Learner, c Claim) Reply {
	b.renamed(&l)
	if c.Kind != Trial && l.Nudges.Ignored >= askAfter {
		return Reply{
			Title:  "Keep, change or stop?",
			Blocks: []Block{Text("My last messages may have come at a bad time. Shall I go on, change the hour, or stop? After this I stay silent until you say something, and all you did is kept.")},
			Actions: []Action{
				{Label: "Keep it", Line: onNudge + "nudge on"},
				{Label: "Another time", Line: onNudge + "nudge", Ask: "A time, like 18:30 weekdays"},
				{Label: "Stop", Line: onNudge + "nudge off"},
			},
		}
	}
	p := b.path(&l)
	var r Reply
	if item, ok := b.roadmap.Item(c.Item); ok {
		r = b.questionNudge(&l, item)
	} else {
		r = b.topicNudge(p, c)
	}
	if l.Settings.Plan != "" {
		r.Blocks = append(r.Blocks, Text("Your plan: “"+Escape(l.Settings.Plan)+"”"))
	}
	if c.Kind == Trial {
		r.Blocks = append([]Block{Text("This is a test; the daily one looks like this.")}, r.Blocks...)
	}
	r.Actions = append(r.Actions,
		Action{Label: "In an hour", Line: onNudge + "snooze 1h"},
		Action{Label: "Not today", Line: onNudge + "snooze tomorrow"},
		Action{Label: "Stop nudges", Line: onNudge + "nudge off"})
	return r
}

// Question picks the quiz item that a nudge asks, for its claim to carry: every
// second day something answered wrongly before, else something of a topic that is
// done but not verified. It is empty if there is none, or none short enough.
func (b *Bot) Question(l Learner, day calendar.Day) string {
	if int(day)%2 != 0 || l.Nudges.Ignored >= askAfter {
		return ""
	}
	l = l.Clone() // the caller's own record is not to change
	b.renamed(&l)
	var wrong, open []*content.Item
	for topic := range b.roadmap.Topics() {
		work := l.Topics[topic.ID]
		for _, item := range topic.Items {
			card := l.Cards[item.ID]
			switch {
			case work.State == Skipped:
			case card.Last == Wrong || card.Last == Unsure:
				wrong = append(wrong, item)
			case work.State == Done && work.Verified == 0 && card.Last == NoAnswer:
				open = append(open, item)
			}
		}
	}
	if len(wrong) == 0 {
		wrong = open
	}
	if len(wrong) == 0 {
		return ""
	}
	item := wrong[dice(&l, "nudge", day).IntN(len(wrong))]
	if b.questionNudge(&l, item).words()+planWords(&l) > maxNudgeWords {
		return ""
	}
	return item.ID
}

// questionNudge asks a question.
func (b *Bot) questionNudge(l *Learner, item *content.Item) Reply {
	r := Reply{Title: "A question for today", Blocks: []Block{
		Text("About " + Escape(item.Topic.Title) + ":"),
		Text("**" + strings.ReplaceAll(item.Question, "**", "") + "**"),
	}}
	r.Blocks = append(r.Blocks, b.options(l, item, &r)...)
	r.Actions = append(r.Actions, Action{Label: "I don't know", Line: "answer " + item.ID + " unsure"})
	for i := range r.Actions {
		r.Actions[i].Line = onNudge + r.Actions[i].Line
	}
	return r
}

// topicNudge brings one piece of the topic to study now.
func (b *Bot) topicNudge(p *path, c Claim) Reply {
	topic := p.next()
	if topic == nil {
		return Reply{
			Title:   "You have reached the end",
			Blocks:  []Block{Text("Every topic on your way is done. To keep it fresh, build a stage's project, or take a quiz on an old topic.")},
			Actions: []Action{{Label: "The stages", Line: onNudge + "stages"}},
		}
	}
	r := Reply{Title: label(topic.Title), Blocks: []Block{Text(lead(p, topic, c))}}
	if p.l.Nudges.Ignored < shyAfter {
		for _, block := range topic.Lesson {
			if text, ok := block.(content.Text); ok {
				r.Blocks = append(r.Blocks, Text(text))
				break
			}
		}
		if r.words()+planWords(p.l) > maxNudgeWords {
			r.Blocks = r.Blocks[:1]
		}
	}
	r.Actions = []Action{{Label: "Show me", Line: onNudge + "topic " + topic.ID}, {Label: "I studied 30 min", Line: onNudge + "study " + topic.ID + " 30m"}}
	return r
}

func planWords(l *Learner) int { return len(words(l.Settings.Plan)) + 2 }

// words counts the words of a reply, buttons aside.
func (r Reply) words() int {
	r.Actions = nil
	return len(words(r.String()))
}

// template is one way to begin a nudge. It is used only where it is true.
type template func(p *path, topic *content.Topic, c Claim) string

// templates say the same in different words, so that no two days in a row read
// alike. An empty text means that this one would not be true now.
var templates = []template{
	func(_ *path, t *content.Topic, _ Claim) string {
		return "Next on your way: **" + Escape(label(t.Title)) + "**."
	},
	func(_ *path, t *content.Topic, _ Claim) string {
		return fmt.Sprintf("One thing for today: **%s**, about %s in all. Half an hour is a fine start.", Escape(label(t.Title)), duration(t.Minutes))
	},
	func(p *path, t *content.Topic, _ Claim) string {
		n := p.tally(t.Stage)
		return fmt.Sprintf("Stage %d, %s: %d of %d done. Now **%s**.", t.Stage.Number, Escape(t.Stage.Title), n.done, n.topics, Escape(label(t.Title)))
	},
	func(p *path, t *content.Topic, _ Claim) string {
		if work := p.l.Topics[t.ID]; work.Minutes > 0 {
			return fmt.Sprintf("You have studied %s of **%s** so far; here it goes on.", duration(work.Minutes), Escape(label(t.Title)))
		}
		return ""
	},
	func(p *path, t *content.Topic, c Claim) string {
		if n := p.l.Days.Count(c.Day, 14); n > 1 {
			return fmt.Sprintf("You studied on %d of the last 14 days. Today: **%s**.", n, Escape(label(t.Title)))
		}
		return ""
	},
	func(p *path, t *content.Topic, c Claim) string {
		if c.Kind == Daily {
			return fmt.Sprintf("The hour you picked is %s; the topic is **%s**.", hhmm(p.l.Settings, p.l.Settings.Schedule.Minute), Escape(label(t.Title)))
		}
		return ""
	},
	func(p *path, t *content.Topic, _ Claim) string {
		if n := p.tally(nil); n.done > 0 {
			return fmt.Sprintf("%s done so far. The next one is **%s**.", counted(n.done, "topic"), Escape(label(t.Title)))
		}
		return ""
	},
	func(_ *path, t *content.Topic, _ Claim) string {
		return fmt.Sprintf("**%s**: a short lesson and %s, whenever you like.", Escape(label(t.Title)), counted(len(t.Items), "question"))
	},
	func(_ *path, t *content.Topic, _ Claim) string {
		return fmt.Sprintf("Today's topic is **%s**. A good place to begin: [%s](%s).", Escape(label(t.Title)), Escape(t.Links[0].Title), t.Links[0].URL)
	},
	func(_ *path, t *content.Topic, _ Claim) string {
		return "Ready when you are: **" + Escape(label(t.Title)) + "**."
	},
}

// lead picks the words that begin a nudge: in each round of as many days as there
// are templates they come in another order, the day's own first.
func lead(p *path, topic *content.Topic, c Claim) string {
	n := len(templates)
	round := c.Day / calendar.Day(n)
	for _, at := range rotate(dice(p.l, "lead", round).Perm(n), int(c.Day)+c.Number) {
		if text := templates[at](p, topic, c); text != "" {
			return text
		}
	}
	return templates[0](p, topic, c) // which is always true
}

// rotate is a list begun at another place, and gone through from there.
func rotate(list []int, by int) []int {
	by %= len(list)
	return append(list[by:len(list):len(list)], list[:by]...)
}

// Close writes what a shown nudge becomes when its work is done or its day is
// over: the result, and no buttons but the one that is always true.
func (b *Bot) Close(l Learner, now time.Time) Reply {
	b.renamed(&l)
	shown := l.Nudges.Shown
	loc := l.zone()
	day := calendar.StudyDay(shown.At.In(loc))
	r := Reply{Title: "Your nudge of " + dayText(l.Settings, shown.Day)}
	switch {
	case l.Days.Has(day):
		text := "Done: you studied that day."
		if names := b.doneOn(l, day); names != "" {
			text = "Done that day: " + names + "."
		}
		r.Blocks = []Block{Text(text)}
	case !l.Settings.Schedule.On && shown.Kind != Trial:
		r.Blocks = []Block{Text("Nudges are off. `nudge on` brings them back.")}
	case !l.Nudges.Snooze.IsZero() && l.Nudges.Snooze.After(now):
		r.Blocks = []Block{Text("Put off until " + instant(l.Settings, l.Nudges.Snooze.In(loc)) + ".")}
	default:
		r.Blocks = []Block{Text("This one is put away. `today` shows what is next.")}
	}
	return r
}

// doneOn names the topics that a study day brought to their end.
func (b *Bot) doneOn(l Learner, day calendar.Day) string {
	var names []string
	for t := range b.roadmap.Topics() {
		if work := l.Topics[t.ID]; work.State == Done && work.Day == day {
			names = append(names, Escape(t.Title))
		}
	}
	return strings.Join(names[:min(3, len(names))], ", ")
}
