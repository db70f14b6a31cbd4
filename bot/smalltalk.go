package bot

import "strings"

// Words that people say to a bot in a chat, though no help lists them.

// stop is what somebody types who has had enough of being written to.
func (b *Bot) stop(t *turn) (Reply, error) {
	switch what := strings.ToLower(strings.TrimRight(t.rest, ".!")); what {
	case "", "it", "now", "please", "nudge", "nudges", "nudging", "nudging me", "messages", "writing", "writing to me":
		t.rest = "off"
		return b.nudge(t)
	}
	return Reply{}, sorry("What shall I stop? The daily nudge, or shall I delete what I hold about you?",
		Action{Label: "Stop nudges", Line: "nudge off"}, Action{Label: "Pause for a week", Line: "pause 1 week"}, Action{Label: "Delete my data", Line: "forget"})
}

// what begins the question that people have most often.
func (b *Bot) what(t *turn) (Reply, error) {
	if strings.Contains(strings.ToLower(t.rest), "command") {
		t.rest = ""
		return b.help(t)
	}
	return b.todayReply(t), nil
}

// no answers a question that was asked before something is changed.
func (b *Bot) no(*turn) (Reply, error) {
	return Reply{
		Title:   "All right",
		Blocks:  []Block{Text("Nothing was changed.")},
		Actions: []Action{{Label: "What to study now", Line: "today"}},
	}, nil
}

func (b *Bot) thanks(*turn) (Reply, error) {
	return Reply{
		Title:   "With pleasure",
		Blocks:  []Block{Text("`today` is here whenever you have a moment.")},
		Actions: []Action{{Label: "What to study now", Line: "today"}},
	}, nil
}
