package bot

import (
	"fmt"
	"math"

	"roadmapbot/bot/calendar"
)

func (b *Bot) progress(t *turn) (Reply, error) {
	events, err := b.events(t)
	if err != nil {
		return Reply{}, err
	}
	p := b.path(&t.l)
	all := p.tally(nil)
	r := Reply{Title: "Your way through the roadmap"}
	r.Blocks = append(r.Blocks, Progress{Label: "Topics done", Done: all.done, Total: all.topics})
	list := List{Ordered: true}
	for _, s := range b.roadmap.Stages {
		n := p.tally(s)
		item := Escape(s.Title) + ": " + stageTally(n)
		if n.studied > 0 {
			item += fmt.Sprintf("; %s of %s", hours(n.studied), hours(n.planned))
		}
		list.Items = append(list.Items, item)
	}
	r.Blocks = append(r.Blocks, list, Fields{
		{"Verified by quiz", counted(all.verified, "topic")},
		{"Studied", fmt.Sprintf("%s noted, of %s planned", hours(all.studied), hours(all.planned))},
		{"Days with study", fmt.Sprintf("%d of the last 14", t.l.Days.Count(t.today, 14))},
		{"Arrival", arrival(p, t.today, all, b.recent(events, t.today))},
	})
	r.Actions = []Action{{Label: "What to study now", Line: "today"}, {Label: "All stages", Line: "stages"}}
	return r, nil
}

// window is how many days of the learner's own pace an estimate looks back on.
const window = 28

// recent adds up the minutes noted in the window, by topic.
func (b *Bot) recent(events []Event, today calendar.Day) map[string]int {
	undone := undoneBy(events)
	minutes := map[string]int{}
	for _, e := range events {
		if e.studied() && e.Day > today-window && !undone[e.Seq] {
			minutes[b.topicID(e.Topic)] += e.Minutes
		}
	}
	return minutes
}

// arrival estimates when the way ends at the learner's own pace: the planned time
// of what they worked through in the last four weeks. It is a range, since a pace
// is never kept to the day, and it is withheld where there is no pace to speak of.
func arrival(p *path, today calendar.Day, all tally, studied map[string]int) string {
	left := all.left
	switch {
	case p.next() == nil:
		return "you are there"
	case left == 0:
		return "the planned time is spent; what is left is to finish " + counted(all.topics-all.done, "topic")
	}
	since := today
	if !p.l.Started.IsZero() {
		since = calendar.StudyDay(p.l.Started.In(p.l.zone()))
	}
	days := min(window, int(today-since)+1)
	worth := 0
	for t := range p.b.roadmap.Topics() {
		work := p.l.Topics[t.ID]
		if work.Day <= today-window {
			continue
		}
		switch work.State {
		case Done:
			worth += t.Minutes
		case Open:
			worth += min(studied[t.ID], work.Minutes, t.Minutes)
		}
	}
	if days < 7 || worth == 0 {
		why := "too early to say from your own pace"
		if days == window {
			why = fmt.Sprintf("nothing was noted in the last %d days to tell your pace by", window)
		}
		weeks := func(perWeek int) int { return (left + perWeek*60 - 1) / (perWeek * 60) }
		return fmt.Sprintf("%s; %s are left, which is %s at 5 h a week or %d at 10 h", why, hours(left), counted(weeks(5), "week"), weeks(10))
	}
	perWeek := float64(worth) * 7 / float64(days)
	need := float64(left) / perWeek * 7 // days
	if need > 20*365 {
		return fmt.Sprintf("at the pace of the last %d days, many years; %s are left, and half an hour a day would take %d weeks",
			days, hours(left), int(math.Ceil(float64(left)/210)))
	}
	early, late := today+calendar.Day(math.Ceil(need*0.8)), today+calendar.Day(math.Ceil(need*1.3))
	return fmt.Sprintf("between %s and %s, at your pace of the last %d days (%s a week of the plan); %s are left",
		date(p.l.Settings, early), date(p.l.Settings, late), days, hours(int(math.Round(perWeek))), hours(left))
}
