package bot

import "slices"

// renamed brings a record up to date with a roadmap that has retired ids: what was
// done under the old one counts for the new.
func (b *Bot) renamed(l *Learner) {
	some := false
	for old, id := range b.roadmap.Aliases() {
		some = true
		if work, ok := l.Topics[old]; ok {
			delete(l.Topics, old)
			now := l.Topics[id]
			switch {
			case now.State == Done: // on its day
			case work.State != Open:
				now.State, now.Day = work.State, work.Day
			default:
				now.Day = max(now.Day, work.Day)
			}
			now.Minutes += work.Minutes
			now.Verified = max(now.Verified, work.Verified)
			l.Topics[id] = now
		}
		if card, ok := l.Cards[old]; ok {
			delete(l.Cards, old)
			now := l.Cards[id]
			if card.Day > now.Day {
				now.Last, now.Day = card.Last, card.Day
			}
			now.Right += card.Right
			now.Wrong += card.Wrong
			now.Unsure += card.Unsure
			l.Cards[id] = now
		}
	}
	if !some {
		return
	}
	l.Quiz.Topic = b.topicID(l.Quiz.Topic)
	for i, id := range l.Settings.Chosen {
		l.Settings.Chosen[i] = b.topicID(id)
	}
	for i, id := range l.Quiz.Left {
		l.Quiz.Left[i] = b.itemID(id)
	}
	slices.Sort(l.Settings.Chosen)
	l.Settings.Chosen = slices.Compact(l.Settings.Chosen)
	l.Nudges.Shown.Item = b.itemID(l.Nudges.Shown.Item)
}

// takeBack undoes an event of one topic or item. What stands under a new id since may
// hold more than the event knew of, and keeps it.
func (b *Bot) takeBack(l *Learner, e Event) {
	if e.Before.Work != nil {
		id, work := b.topicID(e.Topic), *e.Before.Work
		if id != e.Topic {
			work.Minutes = max(0, l.Topics[id].Minutes-e.Minutes)
		}
		l.setWork(id, work)
	}
	if e.Before.Card == nil {
		return
	}
	id, card := b.itemID(e.Item), *e.Before.Card
	if id != e.Item {
		card = l.Cards[id]
		card.Last, card.Day = e.Before.Card.Last, e.Before.Card.Day
		switch e.Answer {
		case Right:
			card.Right--
		case Wrong:
			card.Wrong--
		case Unsure:
			card.Unsure--
		}
	}
	l.Cards[id] = card
}

// topicID is the present id of a topic; one that is no more keeps its name.
func (b *Bot) topicID(id string) string {
	if topic, ok := b.roadmap.Topic(id); ok {
		return topic.ID
	}
	return id
}

// itemID is the present id of a quiz item; one that is no more keeps its name.
func (b *Bot) itemID(id string) string {
	if item, ok := b.roadmap.Item(id); ok {
		return item.ID
	}
	return id
}
