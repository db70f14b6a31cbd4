package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"roadmapbot/bot"
	"roadmapbot/content"
	"roadmapbot/store"
)

func newBot(t testing.TB) *bot.Bot {
	t.Helper()
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC)
	return bot.New(bot.Config{Roadmap: roadmap, Store: store.NewMemory(), Now: func() time.Time { return now }})
}

// FuzzHandle says anything to the bot: it always has an answer that every
// platform can show, and never one of its own confusion.
func FuzzHandle(f *testing.F) {
	for _, line := range []string{
		"", "start", "quiz ȺȺȺȺȺȺȺȺ one", "done git 90m", "~snooze 1h", "quiz git", "a", "answer vcs-git-commit 1", "zone são paulo", "nudge 7:15 am mon-fri",
		"pause until 3 march", "quiet 22-7", "plan \u202e<@everyone>", "undo 18446744073709551615", "export 1", "find \xff", "topic x exercise",
		"stage 99999999999", "study 1h1h1h", "forget everything 3", "help \x00", strings.Repeat("z", 3000),
		"plann " + strings.Repeat("x", 300), "nodge 18:30 " + strings.Repeat("blah ", 40), strings.Repeat("at ", 40) + "18:30",
		"study 1.5h gti", "1h30 of git", "pause until the 30th of february", "zone GMT+99", "unskip", "exercise", "stop it", "what can you do",
	} {
		f.Add(line)
	}
	b := newBot(f)
	f.Fuzz(func(t *testing.T, line string) {
		who := bot.Account{Platform: "fuzz", User: "x"}
		for _, l := range []string{"zone Madrid", line, line + " 1", "~" + line} {
			r := b.Handle(t.Context(), bot.Request{From: who, Line: l, ID: l})
			if err := r.Check(); err != nil {
				t.Fatalf("the reply to %q breaks a limit: %v", l, err)
			}
			text := r.String()
			if strings.Contains(text, "Something went wrong") || !utf8.ValidString(text) {
				t.Fatalf("%q gets %q", l, text)
			}
		}
	})
}

// FuzzEscape holds a person's words to being shown as they are, cleaned, and, where
// there is room for so many letters, to no more than these.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"**b** _i_ `c`", "[x](https://evil.example)", "# h\n> q\n- l", "a\\*b", "&amp; <b>", "1. x", "    code", "https://x.example", "\u202eabc", "e\u0301\u0301\u0301\u0301\u0301", "ab c", " a  b\tc d ", "日本 語 ü\u0308 x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := bot.Clean(s, bot.MaxField/2)
		text := bot.Text("x" + bot.Escape(s))
		var got strings.Builder
		for _, span := range text.Spans() {
			if span.Kind != bot.Plain {
				t.Fatalf("%q acts: %+v", s, span)
			}
			got.WriteString(span.Text)
		}
		if got.String() != "x"+want {
			t.Fatalf("%q is shown as %q, want %q", s, got.String(), "x"+want)
		}
		if again := bot.Clean(want, bot.MaxField/2); again != want {
			t.Fatalf("cleaning %q twice gives %q", want, again)
		}
		for limit := range min(utf8.RuneCountInString(s), 40) + 1 {
			if short := bot.Clean(s, limit); utf8.RuneCountInString(short) > limit || !strings.HasPrefix(want, short) || strings.TrimSpace(short) != short {
				t.Fatalf("%q in %d letters is %q", s, limit, short)
			}
		}
	})
}

// FuzzSpans takes any text apart: it always ends, and loses no letter.
func FuzzSpans(f *testing.F) {
	f.Add("**a *b* `c`** [d](https://e.example) [f](time:123) <https://g.example> <javascript:x>\n\nh\n    i")
	f.Fuzz(func(t *testing.T, s string) {
		for _, span := range bot.Text(s).Spans() {
			if span.Kind == bot.Link && !strings.HasPrefix(span.URL, "http://") && !strings.HasPrefix(span.URL, "https://") {
				t.Fatalf("%q links to %q", s, span.URL)
			}
		}
		_ = bot.Text(s).String()
	})
}

// TestShuffledPositions holds the right answer to no place: over many learners it
// stands at each of the four about as often.
func TestShuffledPositions(t *testing.T) {
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	b := newBot(t)
	var at [4]int
	total := 0
	for person := range 12 {
		who := bot.Account{Platform: "test", User: fmt.Sprint(person)}
		for topic := range roadmap.Topics() {
			r := b.Handle(t.Context(), bot.Request{From: who, Line: "quiz " + topic.ID})
			for place, a := range r.Actions[:4] {
				item, n := "", 0
				if _, err := fmt.Sscanf(a.Line, "answer %s %d", &item, &n); err != nil {
					t.Fatalf("%q: %v", a.Line, err)
				}
				if i, ok := roadmap.Item(item); ok && i.Right() == n-1 {
					at[place]++
					total++
				}
			}
		}
	}
	for place, n := range at {
		if share := 100 * n / total; share < 20 || share > 30 {
			t.Errorf("the right answer stands at place %d in %d %% of %d questions", place+1, share, total)
		}
	}
}
