package bot

import (
	"slices"

	"roadmapbot/content"
)

// path is one learner's way through the roadmap: of alternatives only the one
// they picked, of optional topics only those that something on the way requires.
type path struct {
	b      *Bot
	l      *Learner
	picks  map[string]*content.Topic // by choice; nil value: none of them
	topics []*content.Topic          // in the order of the roadmap
	on     []bool                    // whether a topic is among them, by its number
}

func (b *Bot) path(l *Learner) *path {
	p := &path{b: b, l: l, picks: map[string]*content.Topic{}, on: make([]bool, len(b.lessons))}
	for t := range b.roadmap.Topics() {
		if !t.Optional && p.picked(t) {
			p.need(t)
		}
	}
	p.topics = make([]*content.Topic, 0, len(p.on))
	for t := range b.roadmap.Topics() {
		if p.on[t.Number] {
			p.topics = append(p.topics, t)
		}
	}
	return p
}

// need puts a topic on the way, and what it requires if nothing on the way gives
// that already.
func (p *path) need(t *content.Topic) {
	if p.on[t.Number] {
		return
	}
	p.on[t.Number] = true
	for _, oneOf := range t.Requires {
		if slices.ContainsFunc(oneOf, func(id string) bool { return p.settled(id) || p.ordinary(id) }) {
			continue
		}
		if required, ok := p.b.roadmap.Topic(oneOf[0]); ok {
			p.need(required)
		}
	}
}

// settled tells whether a topic is behind the learner, so that what requires it
// may begin.
func (p *path) settled(id string) bool {
	state := p.l.Topics[id].State
	return state == Done || state == Skipped
}

// ordinary tells whether a topic is on the way in its own right.
func (p *path) ordinary(id string) bool {
	t, ok := p.b.roadmap.Topic(id)
	return ok && !t.Optional && p.picked(t)
}

// picked tells whether a topic is not an alternative, or the one that counts.
func (p *path) picked(t *content.Topic) bool {
	return t.Choice == "" || p.pick(t.Choice) == t || p.decided(t)
}

// decided tells whether the learner chose this alternative, by word or by deed. One
// that was only begun gives way to a word.
func (p *path) decided(t *content.Topic) bool {
	work := p.l.Topics[t.ID]
	begun := work.Minutes > 0 && work.State == Open
	return p.chosen(t) || work.State == Done || begun && !slices.ContainsFunc(p.b.roadmap.Alternatives(t.Choice), p.chosen)
}

// chosen tells whether the learner named this alternative as the one they want.
func (p *path) chosen(t *content.Topic) bool { return slices.Contains(p.l.Settings.Chosen, t.ID) }

// pick is the alternative that counts while the learner has not decided: the
// first that builds on what they picked before, without a detour if possible.
func (p *path) pick(choice string) *content.Topic {
	if t, ok := p.picks[choice]; ok {
		return t
	}
	all := p.b.roadmap.Alternatives(choice)
	var open []*content.Topic
	for _, t := range all {
		if p.decided(t) {
			p.picks[choice] = t
			return t
		}
		if p.l.Topics[t.ID].State != Skipped {
			open = append(open, t)
		}
	}
	var pick *content.Topic
	for _, detour := range []bool{false, true} {
		for _, t := range open {
			if pick == nil && p.within(t, detour) {
				pick = t
			}
		}
	}
	if pick == nil && len(open) > 0 {
		pick = open[0]
	}
	p.picks[choice] = pick
	return pick
}

// within tells whether everything a topic requires is on the way, or, with
// detour, could be.
func (p *path) within(t *content.Topic, detour bool) bool {
	for _, oneOf := range t.Requires {
		if !slices.ContainsFunc(oneOf, func(id string) bool {
			r, ok := p.b.roadmap.Topic(id)
			return ok && (p.settled(id) || p.picked(r) && (detour || !r.Optional))
		}) {
			return false
		}
	}
	return true
}

// ready tells whether everything that a topic requires is settled.
func (p *path) ready(t *content.Topic) bool { return len(p.missing(t)) == 0 }

// missing lists what is still to do before a topic; of alternatives the one that
// counts.
func (p *path) missing(t *content.Topic) []*content.Topic {
	var all []*content.Topic
	for _, oneOf := range t.Requires {
		if slices.ContainsFunc(oneOf, p.settled) {
			continue
		}
		best := oneOf[0]
		for _, id := range oneOf {
			if p.ordinary(id) {
				best = id
				break
			}
		}
		if r, ok := p.b.roadmap.Topic(best); ok {
			all = append(all, r)
		}
	}
	return all
}

// next is the topic to study now: the one under way that was studied last, else
// the first that can begin. Nil means that nothing is left.
func (p *path) next() *content.Topic {
	var first, going *content.Topic
	for _, t := range p.topics {
		work := p.l.Topics[t.ID]
		if work.State != Open || !p.ready(t) {
			continue
		}
		if first == nil {
			first = t
		}
		if work.Minutes > 0 && (going == nil || work.Day > p.l.Topics[going.ID].Day) {
			going = t
		}
	}
	if going != nil {
		return going
	}
	return first
}

// others are the alternatives to a topic on the way that the learner has not
// decided about yet.
func (p *path) others(t *content.Topic) []*content.Topic {
	var others []*content.Topic
	if t.Choice == "" || p.decided(t) {
		return nil
	}
	for _, o := range p.b.roadmap.Alternatives(t.Choice) {
		if o != t {
			others = append(others, o)
		}
	}
	return others
}

// tally counts a learner's topics.
type tally struct {
	topics, done, verified, skipped int // topics are those on the way, skipped ones aside
	planned, left, studied          int // minutes
}

// tally counts the topics of a stage, or of all with nil. Done topics count even
// off the way: nobody's work is hidden.
func (p *path) tally(stage *content.Stage) tally {
	var n tally
	for t := range p.b.roadmap.Topics() {
		if stage != nil && t.Stage != stage {
			continue
		}
		work := p.l.Topics[t.ID]
		n.studied += work.Minutes
		if work.Verified != 0 {
			n.verified++
		}
		switch {
		case work.State == Done:
			n.done++
			n.topics++
			n.planned += t.Minutes
		case work.State == Skipped:
			n.skipped++
		case p.on[t.Number]:
			n.topics++
			n.planned += t.Minutes
			n.left += max(0, t.Minutes-work.Minutes)
		}
	}
	return n
}
