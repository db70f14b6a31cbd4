package content

import (
	"slices"
	"strings"
)

// checkRequires reports prerequisites that don't exist and rings of them. A topic
// that can never be reached by doing topics one after another is in a ring, or
// builds on one that is; only those in it are reported.
func (l *loader) checkRequires() {
	reachable := map[string]bool{}
	for _, need := range l.needs {
		if _, ok := l.roadmap.topics[need.id]; ok {
			continue
		}
		reachable[need.id] = true // one fault is enough
		if !slices.Contains(l.unlisted, need.id) {
			l.faults.add(need.file, need.line, "requires %q, which is no topic", need.id)
		}
	}
	for changed := true; changed; {
		changed = false
		for t := range l.roadmap.Topics() {
			if !reachable[t.ID] && t.satisfied(reachable) {
				reachable[t.ID], changed = true, true
			}
		}
	}
	for t := range l.roadmap.Topics() {
		if ring := l.ring(t, reachable); ring != nil {
			at := slices.IndexFunc(l.needs, func(n need) bool { return n.file == t.File && n.id == ring[1] })
			l.faults.add(t.File, l.needs[at].line, "%q can never be started: its requirements lead in a ring (%s)", t.ID, strings.Join(ring, " requires "))
		}
	}
}

// satisfied tells whether everything the topic requires is in done.
func (t *Topic) satisfied(done map[string]bool) bool {
	for _, oneOf := range t.Requires {
		if !slices.ContainsFunc(oneOf, func(id string) bool { return done[id] }) {
			return false
		}
	}
	return true
}

// ring is the shortest way along unreachable requirements from a topic back to
// itself, or nil.
func (l *loader) ring(t *Topic, reachable map[string]bool) []string {
	came := map[string]string{} // from where each topic was first found
	for queue := []*Topic{t}; len(queue) > 0; queue = queue[1:] {
		for _, oneOf := range queue[0].Requires {
			if slices.ContainsFunc(oneOf, func(id string) bool { return reachable[id] }) {
				continue
			}
			for _, id := range oneOf {
				if _, seen := came[id]; !seen {
					came[id] = queue[0].ID
					queue = append(queue, l.roadmap.topics[id])
				}
			}
		}
	}
	if _, found := came[t.ID]; !found {
		return nil
	}
	ring := []string{t.ID}
	for id := came[t.ID]; id != t.ID; id = came[id] {
		ring = append(ring, id)
	}
	ring = append(ring, t.ID)
	slices.Reverse(ring)
	return ring
}

// checkAliases reports retired ids that lead nowhere, or stand for something that
// exists.
func (l *loader) checkAliases() {
	for old, now := range l.head.Aliases {
		_, topic := l.roadmap.topics[now.Value]
		_, item := l.roadmap.items[now.Value]
		if !topic && !item && !l.unread {
			l.faults.add("roadmap.yaml", now.Line, "alias %q leads to %q, which is neither a topic nor a quiz item", old, now.Value)
		}
		if at, used := l.where[old]; used {
			l.faults.add("roadmap.yaml", now.Line, "alias %q is in use at %s:%d", old, at.file, at.line)
		}
		l.roadmap.aliases[old] = now.Value
	}
}

// checkChoices reports a choice that leaves none.
func (l *loader) checkChoices() {
	for t := range l.roadmap.Topics() {
		if t.Choice != "" && len(l.roadmap.Alternatives(t.Choice)) < 2 && !l.unread {
			at := l.where[t.ID]
			l.faults.add(at.file, at.line, "choice %q has only this topic; name it alike in its alternatives, or leave it out", t.Choice)
		}
	}
}
