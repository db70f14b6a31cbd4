package adaptertest

import (
	"strings"
	"testing"

	"roadmapbot/bot"
)

// Named is a reply with a name that a golden file can have.
type Named struct {
	Name  string
	Reply bot.Reply
}

// Replies is the shared set that every renderer renders: each kind of block, the
// longest forms that the limits allow, and words that must not act.
func Replies() []Named {
	long := func(n int) string { return strings.Repeat("word ", n/5-1) + "ends" }
	actions := func(n int) []bot.Action {
		var all []bot.Action
		for i := range n {
			all = append(all, bot.Action{Label: "Button " + string(rune('A'+i)), Line: "topic t" + string(rune('a'+i))})
		}
		return all
	}
	return []Named{
		{"text", bot.Reply{Title: "A title", Blocks: []bot.Block{
			bot.Text("Plain, **bold**, *italic*, `code` and [a link](https://example.org/a?b=c&d=e)."),
			bot.Text("Two lines\nof one paragraph.\n\nAnother paragraph, with [Mon 2 Mar, 18:30](time:1772472600)."),
		}}},
		{"untitled", bot.Reply{Blocks: []bot.Block{bot.Text("Only a sentence.")}}},
		{"blocks", bot.Reply{Title: "Every kind", Blocks: []bot.Block{
			bot.Text("Text."),
			bot.Code{Language: "python", Text: "for i in range(3):\n    print(f\"<{i}> & `x` ```\")"},
			bot.List{Items: []string{"first, **bold**", "second, [link](https://example.org)"}},
			bot.List{Ordered: true, Start: 3, Items: []string{"third", "fourth"}},
			bot.Fields{{Name: "Studied", Value: "3 h of *8 h*"}, {Name: "Verified", Value: "2 topics"}},
			bot.Progress{Label: "Databases", Done: 3, Total: 9},
			bot.Progress{Label: "Nothing yet", Done: 0, Total: 0},
		}}},
		{"buttons", bot.Reply{Title: "Buttons", Keep: true, Blocks: []bot.Block{bot.Text("Press one.")}, Actions: []bot.Action{
			{Label: "Done", Line: "done vcs-git"},
			{Label: "Type my city", Line: "zone", Ask: "Your city or time zone"},
			{Label: "Read on", URL: "https://example.org/read?a=1&b=2"},
			{Label: "Done again", Line: "done vcs-git"}, // the same line twice
		}}},
		{"twenty-five", bot.Reply{Title: "As many as there can be", Blocks: []bot.Block{bot.Text("Press one.")}, Actions: actions(bot.MaxActions)}},
		{"person", bot.Reply{Title: "From a person", Public: true, Blocks: []bot.Block{
			bot.Text("Your plan: “" + bot.Escape("@everyone <!channel> <@U123> <@&1> **b** _i_ ~s~ `c` [x](https://evil.example) # h > q ||s|| \\ &amp; <b>") + "”"),
			bot.Fields{{Name: "Plan", Value: bot.Escape("<!here> @here https://evil.example *x*")}},
			bot.List{Items: []string{bot.Escape("- 1. <#C1> :smile:")}},
		}}},
		{"longest", bot.Reply{Title: long(bot.MaxTitle), Blocks: []bot.Block{
			bot.Text(long(bot.MaxText)), bot.Fields{{Name: long(70), Value: long(bot.MaxField)}}, bot.Code{Text: long(1000)},
		}, Actions: []bot.Action{{Label: long(bot.MaxLabel), Line: long(bot.MaxLine)}}}},
		{"wide", bot.Reply{Title: "日本語 emoji 👩‍💻", Blocks: []bot.Block{bot.Text("Größe, Übung, naïve, 日本語, 👍🏽.")}, Actions: []bot.Action{{Label: "続ける", Line: "today"}}}},
	}
}

// holds the shared set itself to the limits.
func holds(t *testing.T) {
	t.Helper()
	for _, n := range Replies() {
		if err := n.Reply.Check(); err != nil {
			t.Errorf("%s: %v", n.Name, err)
		}
	}
}
