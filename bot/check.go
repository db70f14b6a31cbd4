package bot

import (
	"errors"
	"fmt"
	"strings"

	"roadmapbot/content"
)

// CheckReplies reports every reply made of the content alone that some platform
// could not show: lessons, exercises, stages and questions. Each is a line that
// begins with the file.
func CheckReplies(r *content.Roadmap) error {
	b := New(Config{Roadmap: r})
	var faults []error
	check := func(file, what string, reply Reply) {
		if err := reply.Check(); err != nil {
			words := strings.ReplaceAll(err.Error(), "\n", "; ")
			faults = append(faults, fmt.Errorf("%s:1: the %s's reply: %s", file, what, words))
		}
	}
	l := &Learner{ID: 1}
	p := b.path(l)
	for _, s := range r.Stages {
		t := &turn{rest: itoa(s.Number), l: *l}
		reply, err := b.stage(t)
		if err != nil {
			faults = append(faults, err)
		}
		check(s.File, "stage", reply)
	}
	for topic := range r.Topics() {
		card := b.lessonCard(p, topic)
		card.Title = "Now: " + card.Title // the longest form
		card.Actions = topicActions(p.l, topic, "lesson")
		check(topic.File, "lesson", card)
		exercise := b.exerciseCard(topic)
		exercise.Actions = topicActions(p.l, topic, "exercise")
		check(topic.File, "exercise", exercise)
		for _, item := range topic.Items {
			l.Quiz = Quiz{Topic: topic.ID, Left: []string{item.ID}}
			question := Reply{Title: verdict(Unsure), Blocks: b.explain(item, Unsure)}
			b.ask(&turn{l: *l}, &question)
			check(topic.File, "question "+item.ID, question)
		}
	}
	return errors.Join(faults...)
}
