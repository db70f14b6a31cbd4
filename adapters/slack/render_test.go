package slack

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/adapters/adaptertest"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

var update = flag.Bool("update", false, "write the golden files anew")

// wire is a message as it goes out, decoded again.
func wire(t testing.TB, m message) (raw []byte, blocks any) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(map[string]any{"text": m.Text, "blocks": m.Blocks}); err != nil {
		t.Fatal(err)
	}
	var v struct{ Blocks any }
	if err := json.Unmarshal(b.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), v.Blocks
}

func TestGoldenReplies(t *testing.T) {
	for _, n := range adaptertest.Replies() {
		t.Run(n.Name, func(t *testing.T) {
			raw, blocks := wire(t, render(n.Reply, ""))
			if wrong := slacktest.CheckMessage(blocks); len(wrong) > 0 {
				t.Errorf("Slack would refuse it: %q", wrong)
			}
			file := filepath.Join("testdata", n.Name+".json")
			if *update {
				if err := os.WriteFile(file, raw, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(raw, want) {
				t.Errorf("rendered differently; if that is meant, run the test with -update\n%s", raw)
			}
		})
	}
}

// TestAllTextTogether fills a reply to the brim: what its blocks leave room for, the title,
// the labels and the rich text beside them must not use up twice.
func TestAllTextTogether(t *testing.T) {
	for name, r := range map[string]bot.Reply{
		"title and labels": {Title: strings.Repeat("t", bot.MaxTitle), Blocks: []bot.Block{bot.Text(strings.Repeat("&", 590)), bot.Text(strings.Repeat("&", 590)), bot.Text(strings.Repeat("&", 590)), bot.Text(strings.Repeat("&", 590))},
			Actions: slices.Repeat([]bot.Action{{Label: strings.Repeat("l", bot.MaxLabel), Line: "today"}}, bot.MaxActions)},
		"rich text": {Blocks: []bot.Block{bot.Text(strings.Repeat("&", 590)), bot.Text(strings.Repeat("&", 590)), bot.Text(strings.Repeat("&", 590)), bot.Text(strings.Repeat("&", 590)),
			bot.Code{Text: strings.Repeat("```", 800)}}},
	} {
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		m := render(r, "")
		_, blocks := wire(t, m)
		if wrong := slacktest.CheckMessage(blocks); len(wrong) > 0 {
			t.Errorf("%s: Slack would refuse it: %q", name, wrong)
		}
	}
}

func TestMrkdwn(t *testing.T) {
	tests := []struct{ text, want string }{
		{"plain", "plain"},
		{"**bold** and *italic* and `code`", "*bold* and _italic_ and `code`"},
		{"(**bold**)", "(*bold*)"},
		{"[label](https://example.org/?a=1&b=2)", "<https://example.org/?a=1&amp;b=2|label>"},
		{"[soon](time:1772472600)", "<!date^1772472600^{date_short_pretty} {time}|soon>"},
		{"a < b & c > d", "a &lt; b &amp; c &gt; d"},
		{bot.Escape("<!channel>"), "&lt;!channel&gt;"},
		{"`a_b * c`", "`a_b * c`"},
		{"one\n\ntwo", "one\n\ntwo"},
		// What mrkdwn can't say goes as rich text.
		{"un**bold**able", ""},
		{"**a**`b`", ""},
		{bot.Escape("2*3*4"), ""},
		{bot.Escape("snake_case_name"), ""},
		{bot.Escape("~gone~"), ""},
		{bot.Escape(":smile:"), ""},
		{bot.Escape("> quoted"), ""},
		{bot.Escape("`tick`"), ""},
		{"[a\\*b](https://example.org)", ""},
		{"[x](https://example.org|y)", ""},
		{"[a|b](https://example.org)", ""},
	}
	for _, tt := range tests {
		got, ok := mrkdwn(bot.Text(tt.text).Spans())
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q: %q, %v; want %q", tt.text, got, ok, tt.want)
		}
	}
}

func TestTyped(t *testing.T) {
	tests := []struct{ text, want string }{
		{"<@UBOT> done x", "done x"},
		{"hey <@UBOT|bot> done", "hey   done"},
		{"&lt;b&gt; &amp;amp;", "<b> &amp;"},
		{"<https://example.org|example.org> <https://a.example>", "example.org https://a.example"},
		{"<@U2> <@U3|ann> <#C1|general> <#C2> <!channel> <!subteam^S1|@team> <!date^1^{time}|noon>", "@U2 @ann #general #C2 @channel @team noon"},
		{"< > <>", "<>"},
		{"a < b", "a < b"},
	}
	for _, tt := range tests {
		if got := typed(tt.text, "UBOT"); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(tt.want), " ") {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

// FuzzMrkdwn: whatever a person typed, nothing of it pings, and every word of it
// is there.
func FuzzMrkdwn(f *testing.F) {
	for _, s := range []string{"<!channel>", "**b** <@U1>", "a*b_c~d`e", "&amp;<", "@here", "[x](https://example.org|<!here>)", "`<!everyone>`", ":x:", "\n> q"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []bot.Text{bot.Text(s), bot.Text(bot.Escape(s)), bot.Text("**" + bot.Escape(s) + "** [x](https://example.org/" + bot.Escape(s) + ")")} {
			if strings.TrimSpace(string(text)) == "" || units(string(text)) > bot.MaxText {
				continue
			}
			m := render(bot.Reply{Blocks: []bot.Block{text, bot.Fields{{Name: "n", Value: string(text)}}, bot.List{Items: []string{string(text)}}}}, "")
			_, blocks := wire(t, m)
			if wrong := slacktest.CheckMessage(blocks); len(wrong) > 0 && utf8.ValidString(s) {
				t.Fatalf("%q: Slack would refuse it: %q", s, wrong)
			}
			if pings := slacktest.CheckPings(blocks, m.Text); len(pings) > 0 {
				t.Fatalf("%q pings: %q", s, pings)
			}
		}
	})
}

// markup is the same question as plainEnough's, as one expression.
var markup = regexp.MustCompile("[*_~`]|:[a-zA-Z0-9_+'-]+:|(?m:^[ \t]*>)")

// FuzzPlainEnough: words pass as plain if, and only if, they hold no markup.
func FuzzPlainEnough(f *testing.F) {
	for _, s := range []string{"plain", "at 18:30 or 19:30", ":tada:", "::a:", "a :b c:d:", "1 > 0", "x\n \t> y", "a_b", ":é:", ":+1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := plainEnough(s), !markup.MatchString(s); got != want {
			t.Errorf("plainEnough(%q) = %v", s, got)
		}
	})
}

// FuzzRender: every reply that keeps the core's limits keeps Slack's.
func FuzzRender(f *testing.F) {
	f.Add("title", "text & more", "code ```", "item", "name", "value", "label", "line", uint8(3), uint8(4))
	f.Add(strings.Repeat("&", 100), strings.Repeat("<", 900), strings.Repeat("&", 900), strings.Repeat("*", 200), "&&&", strings.Repeat(">", 400), "x", "y", uint8(25), uint8(9))
	f.Fuzz(func(t *testing.T, title, text, code, item, name, value, label, line string, many, more uint8) {
		r := bot.Reply{Title: title}
		for range more % 70 {
			r.Blocks = append(r.Blocks, bot.Text(text), bot.List{Items: []string{item, item}, Ordered: more%2 == 0})
		}
		r.Blocks = append(r.Blocks, bot.Text(text), bot.Code{Text: code}, bot.Fields{{Name: name, Value: value}, {Name: name, Value: value}},
			bot.Progress{Label: label, Done: int(many % 7), Total: 7})
		for i := range many % 26 {
			a := bot.Action{Label: label, Line: line}
			if i%5 == 4 {
				a.Ask = label
			}
			if i%7 == 6 {
				a.Line, a.URL, a.Ask = "", "https://example.org/?q=1", ""
			}
			r.Actions = append(r.Actions, a)
		}
		if r.Check() != nil || !utf8.ValidString(title+text+code+item+name+value+label+line) || strings.ContainsRune(line+label, 0) {
			t.Skip()
		}
		m := render(r, "")
		_, blocks := wire(t, m)
		if wrong := slacktest.CheckMessage(blocks); len(wrong) > 0 {
			t.Fatalf("Slack would refuse it: %q", wrong)
		}
		if units(m.Text) > maxPlainText || units(shorten(m.Text, maxUpdateText)) > maxUpdateText {
			t.Fatal("the text is too long")
		}
	})
}

// FuzzTyped: text from Slack never makes the adapter fail.
func FuzzTyped(f *testing.F) {
	f.Add("<@UBOT> done <x|y> &lt;")
	f.Fuzz(func(t *testing.T, s string) {
		if got := typed(s, "UBOT"); strings.Contains(got, "<@UBOT>") && !strings.Contains(s, "&lt;") {
			t.Fatalf("%q kept the mention: %q", s, got)
		}
	})
}

// FuzzDecoders: no payload, however odd, makes the adapter fail.
func FuzzDecoders(f *testing.F) {
	f.Add([]byte(`{"type":"event_callback","team_id":"T1","event_id":"E1","event":{"type":"message","channel_type":"im","user":"U1","text":"x","blocks":[{"type":"rich_text"}]},"authorizations":[{"team_id":"T1"}]}`))
	f.Add([]byte(`{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"actions":[{"block_id":"b","action_id":"0?q","value":"done x"}],"state":{"values":{}}}`))
	f.Add([]byte(`{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"id":"V1","callback_id":"ask","private_metadata":"{\"line\":\"plan\"}","state":{"values":{"answer":{"text":{"value":"x"}}}}}}`))
	f.Add([]byte(`{"type":"tokens_revoked"}`))
	f.Add([]byte(`{"team_id":"T1","user_id":"U1","text":"x","is_enterprise_install":"true"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if in, err := callback(raw); err == nil && in.do != nil && in.tenant == "" {
			t.Fatal("an event of nobody's")
		}
		if in, err := interaction(raw); err == nil && in.do != nil && (in.tenant == "" || in.user == "") {
			t.Fatal("an interaction of nobody's")
		}
		var c slackgo.SlashCommand
		if json.Unmarshal(raw, &c) == nil {
			if in := command(c, answerTo); in.do != nil && (in.tenant == "" || in.user == "") {
				t.Fatal("a command of nobody's")
			}
		}
		var fr frame
		_ = json.Unmarshal(raw, &fr)
	})
}
