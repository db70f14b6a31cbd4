package bot_test

import (
	"strings"
	"testing"

	"roadmapbot/bot"
)

// TestGoesOnWithTheLatest studies several topics: the one to study now is the one
// that was studied last.
func TestGoesOnWithTheLatest(t *testing.T) {
	for _, said := range [][]string{{"dough", "oven"}, {"oven", "dough"}, {"rye", "oven", "dough"}, {"oven", "dough", "oven"}} {
		k := newTalk(t, bread(1).load(t))
		for _, id := range said {
			k.now = k.now.AddDate(0, 0, 1)
			k.say("study " + id + " 30m")
		}
		k.now = k.now.AddDate(0, 0, 1)
		k.has("today", "Now: The "+said[len(said)-1])
	}
}

// TestStudyOfWhatIsDone studies a topic once more that was done long ago: it is done
// since then, and the pace of these weeks is not that of a whole topic.
func TestStudyOfWhatIsDone(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	k.say("done dough")
	done := k.today()
	k.now = k.now.AddDate(0, 0, 60)
	k.has("progress", "nothing was noted in the last 28 days to tell your pace by")
	k.has("study dough 10m", "The dough: 10 min of about 10 h.")
	k.has("progress", "nothing was noted in the last 28 days to tell your pace by")
	k.has("progress", "Topics done: 1 of 3")
	if w := k.learner().Topics["dough"]; w.State != bot.Done || w.Day != done {
		t.Errorf("the topic is %+v", w)
	}
}

// TestChangedMind begins one alternative and then picks another: that is the one on
// the way, and the first one's time stays noted.
func TestChangedMind(t *testing.T) {
	k := newTalk(t, bread(1).load(t))
	k.say("done dough")
	k.say("study rye 30m")
	k.has("today", "Now: The rye")
	r := k.say("choose spelt").String()
	if !strings.Contains(r, "Next: The spelt") && !strings.Contains(r, "Next: The oven") || strings.Contains(r, "Next: The rye") {
		t.Errorf("the other is picked, and\n%s", r)
	}
	k.has("progress", "Topics done: 1 of 3")
	k.has("topic rye", "30 min")
}
