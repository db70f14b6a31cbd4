package bot

import "slices"

// renamed brings a record up to date with a roadmap that has retired ids: what was
// done under the old one counts for the new.
func (b *Bot) renamed(l *Learner) {
	for id, work := range l.Topics {
		topic, ok := b.roadmap.Topic(id)
		if !ok || topic.ID == id {
			continue
		}
		delete(l.Topics, id)
		now := l.Topics[topic.ID]
		if now.State != Done && work.State != Open {
			now.State, now.Day = work.State, work.Day
		}
		now.Day = max(now.Day, work.Day)
		now.Minutes += work.Minutes
		now.Verified = max(now.Verified, work.Verified)
		l.Topics[topic.ID] = now
	}
	for id, card := range l.Cards {
		item, ok := b.roadmap.Item(id)
		if !ok || item.ID == id {
			continue
		}
		delete(l.Cards, id)
		now := l.Cards[item.ID]
		if card.Day > now.Day {
			now.Last, now.Day = card.Last, card.Day
		}
		now.Right += card.Right
		now.Wrong += card.Wrong
		now.Unsure += card.Unsure
		l.Cards[item.ID] = now
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
