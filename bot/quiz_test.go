package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roadmapbot/bot"
)

// TestPassMark ends quizzes of some questions with some right answers: from 80 % on,
// and not with fewer than three questions, the topic is verified.
func TestPassMark(t *testing.T) {
	for _, test := range []struct {
		questions, right int
		verified         bool
	}{{5, 5, true}, {5, 4, true}, {5, 3, false}, {10, 8, true}, {10, 7, false}, {3, 3, true}, {3, 2, false}, {2, 2, false}} {
		t.Run(fmt.Sprintf("%d of %d", test.right, test.questions), func(t *testing.T) {
			k := newTalk(t, bread(test.questions).load(t))
			k.say("quiz dough")
			var last bot.Reply
			for i := range test.questions {
				option := 1
				if i >= test.right {
					option = 2
				}
				last = k.say(fmt.Sprintf("answer %s %d", k.learner().Quiz.Left[0], option))
			}
			if strings.Contains(last.String(), "is verified") != test.verified || (k.learner().Topics["dough"].Verified != 0) != test.verified {
				t.Errorf("the quiz ends with %v and\n%s", k.learner().Topics, last)
			}
		})
	}
}

// TestAnswerOnceADay answers a question that no quiz asks, as with an old button: it
// counts once on each study day.
func TestAnswerOnceADay(t *testing.T) {
	k := newTalk(t, bread(3).load(t))
	for day := range 3 {
		for range 3 {
			k.has("answer dough-1 1", "Right")
		}
		if c := k.learner().Cards["dough-1"]; c.Right != day+1 {
			t.Errorf("on day %d it has counted %d times", day+1, c.Right)
		}
		k.now = k.now.AddDate(0, 0, 1)
	}
}

// TestLostQuestion goes on with a roadmap that has lost a question of the running
// quiz: the others are asked, and verify the topic.
func TestLostQuestion(t *testing.T) {
	r := bread(4)
	k := newTalk(t, r.load(t))
	k.say("quiz dough")
	for range 2 {
		k.say("answer " + k.learner().Quiz.Left[0] + " 1")
	}
	left := k.learner().Quiz.Left
	r.lost = left[1:]
	k.roadmap = r.load(t)
	k.has("answer "+left[0]+" 1", "Quiz done: 3 of 3 right. The dough is verified.")
	k.has("topic dough", "Verified by quiz.")
}

// TestUndoAfterTheQuiz takes back an answer that came after its topic's quiz was over:
// the quiz stays over, and verified.
func TestUndoAfterTheQuiz(t *testing.T) {
	k := newTalk(t, bread(3).load(t))
	k.say("quiz dough")
	for range 3 {
		k.say("answer " + k.learner().Quiz.Left[0] + " 1")
	}
	quiz := k.learner().Quiz
	k.now = k.now.AddDate(0, 0, 3)
	if r := k.say("~answer dough-1 1").String(); !strings.Contains(r, "Right") || strings.Contains(r, "Quiz done") {
		t.Errorf("a question that came by itself is answered with\n%s", r)
	}
	k.has("undo", "Your answer about The dough no longer counts.")
	if q := k.learner().Quiz; len(q.Left) != 0 || q.Asked != quiz.Asked || q.Right != quiz.Right {
		t.Errorf("the quiz was %+v, and is %+v", quiz, q)
	}
	k.has("topic dough", "Verified by quiz.")
	if c := k.learner().Cards["dough-1"]; c.Right != 1 {
		t.Errorf("the card is %+v", c)
	}
}

// TestNoQuestionAboutWhatIsSkipped answers a question wrongly and leaves its topic out:
// no nudge asks it again.
func TestNoQuestionAboutWhatIsSkipped(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	k.say("answer dough-1 2")
	b := bot.New(bot.Config{Roadmap: k.roadmap, Store: k.store, Now: func() time.Time { return k.now }})
	day := k.today() + k.today()%2 // on which one may ask
	if item := b.Question(k.learner(), day); item != "dough-1" {
		t.Fatalf("the question is %q", item)
	}
	k.say("skip dough")
	if item := b.Question(k.learner(), day); item != "" {
		t.Errorf("the question is %q", item)
	}
}

// TestQuestionsFitIntoANudge has a long plan, which each nudge repeats: a question
// comes with it only where both stay within 90 words.
func TestQuestionsFitIntoANudge(t *testing.T) {
	k := newTalk(t, whole(t))
	k.alter(func(l *bot.Learner) {
		l.Settings.Plan = strings.TrimSpace(strings.Repeat("a b c ", 9))
		l.Cards = map[string]bot.Card{}
		for topic := range k.roadmap.Topics() {
			for _, item := range topic.Items {
				l.Cards[item.ID] = bot.Card{Wrong: 1, Last: bot.Wrong}
			}
		}
	})
	b := bot.New(bot.Config{Roadmap: k.roadmap, Store: k.store})
	asked, none := 0, 0
	for day := k.today(); day < k.today()+400; day++ {
		c := bot.Claim{Kind: bot.Daily, Day: day}
		if c.Item = b.Question(k.learner(), day); c.Item == "" {
			none++
			continue
		}
		asked++
		r := b.Compose(k.learner(), c)
		r.Actions = nil
		if n := len(strings.Fields(r.String())); n > 90 {
			t.Errorf("a nudge of %d words:\n%s", n, r)
		}
	}
	if asked == 0 || none < 210 { // every second day has none anyway
		t.Errorf("%d nudges ask, %d don't", asked, none)
	}
}

// TestLostLastQuestion goes on with a roadmap that has lost the only question that was
// left of a quiz: what the bot says of the outcome is true.
func TestLostLastQuestion(t *testing.T) {
	r := bread(4)
	k := newTalk(t, r.load(t))
	k.say("quiz dough")
	for range 3 {
		k.say("answer " + k.learner().Quiz.Left[0] + " 1")
	}
	r.lost = k.learner().Quiz.Left
	k.roadmap = r.load(t)
	k.has("quiz", "Quiz done: 3 of 3 right. Its last question is no longer part of the roadmap")
	k.say("quiz dough")
	for range 3 {
		k.say("answer " + k.learner().Quiz.Left[0] + " 1")
	}
	k.has("topic dough", "Verified by quiz.")
}
