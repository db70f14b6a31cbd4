package nudge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
	"roadmapbot/content"
)

// TestTypedAnswer answers a nudge's question by its letter, as people do who write
// to the bot: the letter means the question that came last.
func TestTypedAnswer(t *testing.T) {
	const nudged, quizzed = "vcs-git", "fw-http-cycle"
	for name, test := range map[string]struct {
		before, after string // said before the nudge comes, and between it and the letter
		means         string // the topic of the question answered
	}{
		"no quiz":                     {means: nudged},
		"no quiz, after a look":       {after: "today", means: nudged},
		"a quiz left open":            {before: "quiz " + quizzed, means: nudged},
		"a quiz gone on with":         {before: "quiz " + quizzed, after: "quiz", means: quizzed},
		"a quiz on the topic":         {before: "quiz " + nudged, means: nudged},
		"I don't know":                {means: nudged},
		"answered by its button":      {after: "button", means: ""},
		"a quiz, answered by button":  {before: "quiz " + quizzed, after: "button", means: ""}, // the quiz is of another day
		"a nudge that has been ended": {after: "night", means: ""},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
			s, n, p := setUp(t, &now, 1)
			who := bot.Account{Platform: "test", User: "0"}
			said := 0
			say := func(line string) bot.Reply {
				said++
				return n.Bot.Handle(t.Context(), bot.Request{From: who, Line: line, ID: strconv.Itoa(said)})
			}
			roadmap, topic := theTopic(t, nudged)
			say(fmt.Sprintf("answer %s %d", topic.Items[0].ID, (topic.Items[0].Right()+1)%len(topic.Items[0].Options)+1)) // wrong
			if test.before != "" {
				say(test.before)
				last(t, s, who, topic.Items[0].ID)
			}
			night := func() {
				t.Helper()
				now = now.Truncate(24*time.Hour).AddDate(0, 0, 1).Add(12 * time.Hour)
				for range 8 {
					now = now.Add(time.Hour)
					if err := n.schedule(t.Context()); err != nil {
						t.Fatal(err)
					}
					if _, err := n.act(t.Context(), p, who); err != nil {
						t.Fatal(err)
					}
				}
			}
			for range 3 { // a question comes every second day
				if night(); p.last.Title == "A question for today" {
					break
				}
			}
			letter := right(t, roadmap, p.last)
			if name == "I don't know" {
				letter = "idk"
			}
			switch test.after {
			case "":
			case "button":
				for _, a := range p.last.Actions {
					if a.Label == letter {
						say(a.Line)
					}
				}
			case "night":
				night()
			default:
				say(test.after)
			}
			before, quiz := events(t, s, who), learner(t, s, who).Quiz
			r := say(letter)
			after := events(t, s, who)
			means := ""
			for _, e := range after[len(before):] {
				if e.What == bot.WasAnswered {
					means = e.Topic
				}
			}
			if test.means == "" && !strings.Contains(r.String(), "No question waits") && !strings.Contains(r.String(), "from another day") {
				t.Errorf("without a question the letter is answered with %s", r)
			}
			if means != test.means {
				t.Fatalf("%q answers a question about %q, not %q: %s", letter, means, test.means, r)
			}
			if quiz.Topic == means && means != "" {
				if q := learner(t, s, who).Quiz; q.Asked != quiz.Asked+1 || len(q.Left) != len(quiz.Left)-1 {
					t.Errorf("one answer takes the quiz from %+v to %+v", quiz, q)
				}
			}
			if means == nudged && letter != "idk" && r.Title != "Right" {
				t.Errorf("the right letter is answered with %s", r)
			}
		})
	}
}

// right is the letter of the right option of a question.
func right(t *testing.T, roadmap *content.Roadmap, r bot.Reply) string {
	t.Helper()
	for _, a := range r.Actions {
		var id string
		var option int
		if n, _ := fmt.Sscanf(strings.TrimPrefix(a.Line, "~"), "answer %s %d", &id, &option); n != 2 {
			continue
		}
		if item, ok := roadmap.Item(id); ok && item.Options[option-1].Right {
			return a.Label
		}
	}
	t.Fatalf("no question came, but %s", r)
	return ""
}

// TestVanishedItem ends a quiz, one of whose questions the content has lost.
func TestVanishedItem(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	s, n, _ := setUp(t, &now, 1)
	who := bot.Account{Platform: "test", User: "0"}
	_, topic := theTopic(t, "vcs-git")
	if _, _, err := s.Update(t.Context(), who, "", func(l *bot.Learner) error {
		l.Quiz = bot.Quiz{Topic: topic.ID, Left: []string{"gone", topic.Items[0].ID}, Day: calendar.StudyDay(now)}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if r := n.Bot.Handle(t.Context(), bot.Request{From: who, Line: "a"}); !strings.Contains(r.String(), "Quiz done: ") {
		t.Errorf("the last question of a quiz is answered with %s", r)
	}
	if q := learner(t, s, who).Quiz; len(q.Left) != 0 {
		t.Errorf("a quiz at its end is %+v", q)
	}
}

func theTopic(t *testing.T, id string) (*content.Roadmap, *content.Topic) {
	t.Helper()
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	topic, ok := roadmap.Topic(id)
	if !ok {
		t.Fatal("no topic ", id)
	}
	return roadmap, topic
}

// last puts an item of the running quiz at its end.
func last(t *testing.T, s bot.Store, who bot.Account, item string) {
	t.Helper()
	if _, _, err := s.Update(t.Context(), who, "", func(l *bot.Learner) error {
		if at := slices.Index(l.Quiz.Left, item); at >= 0 {
			l.Quiz.Left = append(slices.Delete(slices.Clone(l.Quiz.Left), at, at+1), item)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func learner(t *testing.T, s bot.Store, who bot.Account) bot.Learner {
	t.Helper()
	l, err := s.Learner(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func events(t *testing.T, s bot.Store, who bot.Account) (all []bot.Event) {
	t.Helper()
	for e, err := range s.Events(t.Context(), who) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}
