package content

import (
	"slices"
	"strings"
)

// checkRequires reports prerequisites that don't exist and rings of them. A topic
// is in a ring if it can never be reached by doing topics one after another.
func (l *loader) checkRequires() {
	reachable := map[string]bool{}
	for _, need := range l.needs {
		if _, ok := l.roadmap.topics[need.id]; !ok {
			l.faults.add(need.file, need.line, "requires %q, which is no topic", need.id)
			reachable[need.id] = true // one fault is enough
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
		if !reachable[t.ID] && t.ID != "" {
			at := l.where[t.ID]
			l.faults.add(at.file, at.line, "%q can never be started: its requirements lead in a ring (%s)", t.ID, l.ring(t, reachable))
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

// ring follows unreachable requirements from t until one comes again.
func (l *loader) ring(t *Topic, reachable map[string]bool) string {
	walk := []string{t.ID}
	for {
		last := l.roadmap.topics[walk[len(walk)-1]]
		if last == nil {
			return strings.Join(walk, " requires ")
		}
		next := ""
		for _, oneOf := range last.Requires {
			if !slices.ContainsFunc(oneOf, func(id string) bool { return reachable[id] }) {
				next = oneOf[0]
				break
			}
		}
		again := slices.Contains(walk, next)
		walk = append(walk, next)
		if again || next == "" {
			return strings.Join(walk, " requires ")
		}
	}
}

// checkAliases reports retired ids that lead nowhere, or stand for something that
// exists.
func (l *loader) checkAliases() {
	for old, now := range l.head.Aliases {
		_, topic := l.roadmap.topics[now.Value]
		_, item := l.roadmap.items[now.Value]
		if !topic && !item {
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
		if t.Choice != "" && len(l.roadmap.Alternatives(t.Choice)) < 2 {
			at := l.where[t.ID]
			l.faults.add(at.file, at.line, "choice %q has only this topic; name it alike in its alternatives, or leave it out", t.Choice)
		}
	}
}
