package discord_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadmapbot/adapters/adaptertest"
	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
	"roadmapbot/content"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file under testdata, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s\nIf that is right, run the test with -update.", path, got, want)
	}
}

func TestRenderGolden(t *testing.T) {
	for _, n := range adaptertest.Replies() {
		t.Run(n.Name, func(t *testing.T) {
			raw, err := discord.Render(n.Reply, "key")
			if err != nil {
				t.Error(err)
			}
			if err := discordtest.CheckMessage(raw); err != nil {
				t.Error(err)
			}
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, raw, "", " "); err != nil {
				t.Fatal(err)
			}
			pretty.WriteByte('\n')
			golden(t, "replies/"+n.Name+".json", pretty.Bytes())
		})
	}
}

// TestCommandsGolden holds the registered commands, which change what people see.
func TestCommandsGolden(t *testing.T) {
	b := roadmap(t)
	got, err := discord.SlashSet(b.Commands(), b.Complete)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "commands.json", append(got, '\n'))
}

// TestEveryLesson renders every lesson and every exercise of the roadmap.
func TestEveryLesson(t *testing.T) {
	r, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	b := bot.New(bot.Config{Roadmap: r, Store: nobody{}})
	lines := []string{"start", "today", "stages", "progress", "nudge", "plan", "zone", "quiet", "pause", "help", "why", "export", "forget", "find cache", "done zzz", "nonsense"}
	for topic := range r.Topics() {
		lines = append(lines, "topic "+topic.ID, "topic "+topic.ID+" exercise")
	}
	for i := range r.Stages {
		lines = append(lines, "stage "+string(rune('0'+(i+1)/10))+string(rune('0'+(i+1)%10)))
	}
	for _, line := range lines {
		reply := b.Handle(t.Context(), bot.Request{From: bot.Account{Platform: "discord", User: "1"}, Line: line, ID: "1"})
		raw, err := discord.Render(reply, "")
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if err := discordtest.CheckMessage(raw); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		for _, a := range reply.Actions {
			if a.Ask == "" {
				continue
			}
			id, ok := discord.ButtonID(a)
			if l, ask, isAsk := discord.DecodeID(id); !ok || !isAsk || l != a.Line || ask != a.Ask {
				t.Errorf("%s: the question %q of %q does not fit into %q", line, a.Ask, a.Line, id)
			}
		}
	}
}

func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                                 "plain",
		"**b** *i* `c`":                         "**b** *i* `c`",
		"**b***i*":                              "**b**\u200b*i*",
		"[Go](https://go.dev/a_b?x=(1))":        "[Go](<https://go.dev/a_b?x=%281%29>)",
		"[https://x.org](https://evil.org)":     "<https://evil.org>",
		"[18:30](time:1772472600)":              "<t:1772472600:f>",
		bot.Escape("# no heading"):              "\\# no heading",
		bot.Escape("-# x - y"):                  "\\-# x - y",
		bot.Escape("1. one"):                    "1\\. one",
		bot.Escape("> quote"):                   "\\> quote",
		bot.Escape("**b** _i_ ~~s~~ ||p||"):     "\\*\\*b\\*\\* \\_i\\_ \\~\\~s\\~\\~ \\|\\|p\\|\\|",
		bot.Escape("<@1> <#2> <t:3:R> @here"):   "\\<@1> \\<#2> \\<t:3:R> \\@here",
		bot.Escape("[x](https://evil.example)"): "\\[x\\](https\\://evil.example)",
		bot.Escape("`a`"):                       "\\`a\\`",
		"`` a`b ``":                             "`` a`b ``",
	} {
		if got := discord.Markdown(bot.Text(text)); got != want && strings.ReplaceAll(got, "\\@", "@") != strings.ReplaceAll(want, "\\@", "@") {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}

func TestCustomIDs(t *testing.T) {
	for _, a := range []bot.Action{
		{Line: "done vcs-git"}, {Line: "find a|b"}, {Line: "find a|2"}, {Line: "?"}, {Line: "? x"}, {Line: "find ?|?"},
		{Line: "plan", Ask: "After what?"}, {Line: "find a|2", Ask: "x"}, {Line: strings.Repeat("x", 100)},
	} {
		id, ok := discord.ButtonID(a)
		line, ask, isAsk := discord.DecodeID(id)
		if !ok || line != a.Line || isAsk != (a.Ask != "") || ask != a.Ask {
			t.Errorf("%+v becomes %q becomes %q, %q, %v", a, id, line, ask, isAsk)
		}
	}
}

// FuzzRender makes replies of anything, kept or not to the limits that replies
// have: the message is one that Discord takes, and no word of a reply that keeps
// them is lost.
func FuzzRender(f *testing.F) {
	f.Add("Title", "Some **text**", "code ```", "item", "name", "value", "label", "done x", "ask", 3, 4)
	f.Add("@everyone", "<@1>", "`", "- # x", "_", "*", "|", "?|2", "", 200, 30)
	f.Add("", "", "", "", "", "", "", "", "", 0, 0)
	f.Fuzz(func(t *testing.T, title, text, code, item, name, value, label, line, ask string, repeat, buttons int) {
		repeat, buttons = min(max(repeat, 0), 400), min(max(buttons, 0), 40)
		r := bot.Reply{Title: title}
		if text != "" {
			r.Blocks = append(r.Blocks, bot.Text(text), bot.Text(strings.Repeat(bot.Escape(text)+" ", repeat%10)))
		}
		if code != "" {
			r.Blocks = append(r.Blocks, bot.Code{Language: name, Text: strings.Repeat(code+"\n", repeat)})
		}
		r.Blocks = append(r.Blocks, bot.List{Ordered: repeat%2 == 0, Items: []string{item, bot.Escape(item)}},
			bot.Fields{{Name: name, Value: value}}, bot.Progress{Label: label, Done: repeat, Total: repeat + buttons})
		for i := range buttons {
			a := bot.Action{Label: label + name, Line: line}
			if i%3 == 1 {
				a.Ask = ask
			}
			if i%5 == 4 {
				a.Line, a.URL = "", "https://example.com/"+url(line)
			}
			r.Actions = append(r.Actions, a)
		}
		raw, err := discord.Render(r, "key")
		if fault := discordtest.CheckMessage(raw); fault != nil {
			t.Fatalf("%v\n%s", fault, raw)
		}
		if err != nil && r.Check() == nil && repeat < 5 {
			t.Errorf("a reply within the limits is too long: %v", err)
		}
	})
}

func url(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, s)
}
