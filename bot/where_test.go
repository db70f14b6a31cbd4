package bot_test

import (
	"strings"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/content"
	"roadmapbot/store"
)

// asking is somebody whose place the bot does not know, on a Monday at noon in London.
type asking struct {
	*testing.T
	b     *bot.Bot
	store bot.Store
	reply bot.Reply
}

var asker = bot.Account{Platform: "test", User: "ann"}

func (a *asking) say(line string) {
	a.Helper()
	a.reply = a.b.Handle(a.Context(), bot.Request{From: asker, Line: line})
	check(a.T, line, a.reply)
}

// stored is the nudge that is set, and by which clock: "19:00, every day in Europe/Paris".
func (a *asking) stored() string {
	a.say("nudge")
	_, when, ok := strings.Cut(a.reply.String(), "It comes at ")
	if !ok {
		return "none"
	}
	when, _, _ = strings.Cut(when, ", where it is")
	return strings.Replace(when, ", by the clock of", " in", 1)
}

func newAsking(t *testing.T, roadmap *content.Roadmap) *asking {
	st := store.NewMemory()
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	return &asking{T: t, b: bot.New(bot.Config{Roadmap: roadmap, Store: st, Now: func() time.Time { return now }}), store: st}
}

// TestNudgeSomewhere asks for a nudge in many ways. What is understood is understood
// whole: nobody gets a nudge on other days, at another hour or by another clock than
// they said. Where the bot asks back, pressing the button says the rest.
func TestNudgeSomewhere(t *testing.T) {
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	const weekdays = "Monday to Friday"
	for _, test := range []struct {
		line  string
		press int // the button that is pressed then; 0 for none, -1 if none may set a nudge
		want  string
	}{
		{"nudge 7pm in Paris", 0, "19:00, every day in Europe/Paris"},
		{"nudge 19:00 weekdays in New York", 0, "19:00, " + weekdays + " in America/New_York"},
		{"nudge 7PM in Madrid, Spain on weekdays", 0, "19:00, " + weekdays + " in Europe/Madrid"},
		{"nudge 7pm in New York, USA on weekdays", 0, "19:00, " + weekdays + " in America/New_York"},
		{"nudge 7pm in Berlin, Germany, weekdays", 0, "19:00, " + weekdays + " in Europe/Berlin"},
		{"remind me at 7pm in Paris, France every weekday", 0, "19:00, " + weekdays + " in Europe/Paris"},
		{"nudge 7:30 in Madrid, Spain in the evening", 0, "19:30, every day in Europe/Madrid"},
		{"nudge 7:30 in Madrid in the evening", 0, "19:30, every day in Europe/Madrid"},
		{"nudge 9:30 in London at night", 0, "21:30, every day in Europe/London"},
		{"nudge 7pm in Toronto, mon", 0, "19:00, Mon in America/Toronto"},
		{"nudge 7pm in Ottawa mon", 0, "19:00, Mon in America/Toronto"},
		{"nudge 20:15 in London weekdays", 0, "20:15, " + weekdays + " in Europe/London"},
		{"nudge 7 in the evening, in Madrid, on weekdays", 0, "19:00, " + weekdays + " in Europe/Madrid"},
		{"nudge 8 in Berlin, Germany, weekdays", 2, "20:00, " + weekdays + " in Europe/Berlin"},
		{"nudge 7 in Berlin weekdays", 2, "19:00, " + weekdays + " in Europe/Berlin"},
		{"nudge 7pm in Rio de Janeiro on weekdays", 0, "19:00, " + weekdays + " in America/Sao_Paulo"},
		{"nudge 7:30 in Berlin in the evening on weekdays", 0, "19:30, " + weekdays + " in Europe/Berlin"},
		{"start nudge 8pm in Tokyo on weekdays", 0, "20:00, " + weekdays + " in Asia/Tokyo"},
		{"nudge in Madrid at 7pm", 0, "19:00, every day in Europe/Madrid"},
		{"remind me to study in Berlin at 7pm", 0, "19:00, every day in Europe/Berlin"},
		{"nudge monday in London at 8pm", 0, "20:00, Mon in Europe/London"},
		{"nudge 7pm Berlin time", 0, "19:00, every day in Europe/Berlin"},
		{"nudge 19:00, Madrid", 0, "19:00, every day in Europe/Madrid"},
		{"nudge 7pm, New York", 0, "19:00, every day in America/New_York"},
		{"nudge 8pm (London)", 0, "20:00, every day in Europe/London"},
		{"nudge 8pm at London", 0, "20:00, every day in Europe/London"},
		{"nudge 8pm by London time", 0, "20:00, every day in Europe/London"},
		{"nudge 19:00 Europe/Madrid", 0, "19:00, every day in Europe/Madrid"},
		{"nudge 19:00 CET weekdays", 0, "none"},
		{"nudge 7pm EST", 1, "19:00, every day in America/New_York"},
		{"nudge 7pm weekdays in EST", 1, "19:00, " + weekdays + " in America/New_York"},
		{"nudge 7pm UTC+2", 1, "19:00, every day in Etc/GMT-2"},
		{"nudge 7pm in CEST", 1, "19:00, every day in Europe/Berlin"},
		{"nudge 7pm Pacific time", 1, "19:00, every day in America/Los_Angeles"},
		{"nudge 7pm in the UK", 0, "19:00, every day in Europe/London"},
		{"nudge 7pm in the UAE", 0, "19:00, every day in Asia/Dubai"},
		{"nudge 7 o'clock in Madrid", 2, "19:00, every day in Europe/Madrid"},
		{"nudge 19 Uhr in Berlin", 0, "19:00, every day in Europe/Berlin"},
		{"I'd like a reminder at 7pm in Berlin", 0, "19:00, every day in Europe/Berlin"},
		{"set up a nudge for 8pm in Oslo", 0, "20:00, every day in Europe/Oslo"},
		{"send me a reminder at 8pm in Oslo", 0, "20:00, every day in Europe/Oslo"},
		{"I want you to remind me at 8pm in Oslo", 0, "20:00, every day in Europe/Oslo"},
		{"remind me at 7pm in lodnon on weekdays", 1, "19:00, " + weekdays + " in Europe/London"},

		// Nothing is stored of what is not sure, or not daily.
		{"remind me at 7pm in Berlin, Germany, but not on weekends", -1, "none"},
		{"nudge 7pm in Berlin, Germany except sunday", -1, "none"},
		{"nudge 7pm in Berlin tomorrow", -1, "none"},
		{"nudge 8:00 in Berlin tonight", -1, "none"},
		{"nudge 7pm in general", 0, "none"},
		{"nudge 7pm in the east", 0, "none"},
		{"nudge 7pm my time", 0, "none"},
		{"nudge 7pm in my time zone", 0, "none"},
		{"nudge 19:00 local time", 0, "none"},
		{"nudge 7pm here", 0, "none"},
		{"nudge 8 in 3 days", -1, "none"},
		{"nudge 7 in " + strings.Repeat("Berlin ", 13), -1, "none"}, // no button could hold it
		{"nudge 8 in a week", -1, "none"},
		{"nudge 1h in Berlin", 0, "none"},
		{"start nudge 2h", 0, "none"},
		{"don't remind me at 8pm in Paris", 0, "none"},
		{"start nudge no", 0, "none"},
		{"nudge 7pm funday", 0, "none"},
	} {
		t.Run(test.line, func(t *testing.T) {
			a := newAsking(t, roadmap)
			a.say(test.line)
			asked := a.reply
			for _, button := range asked.Actions {
				if test.press < 0 && button.Ask == "" && strings.HasPrefix(button.Line, "nudge ") {
					t.Errorf("a button says %q", button.Line)
				}
			}
			if test.press > 0 {
				if test.press > len(asked.Actions) {
					t.Fatalf("there is no button %d:\n%s", test.press, asked)
				}
				a.say(asked.Actions[test.press-1].Line)
			}
			if got := a.stored(); got != test.want {
				t.Errorf("it is %s, not %s; the answer was\n%s", got, test.want, asked)
			}
		})
	}
}

// TestNudgeHere has a place already: "my time" is by its clock, and a "not" is no wish.
func TestNudgeHere(t *testing.T) {
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"nudge 7pm my time":              "19:00, every day in Europe/Oslo",
		"nudge 19:00 weekdays here":      "19:00, Monday to Friday in Europe/Oslo",
		"nudge 7pm in my time zone":      "19:00, every day in Europe/Oslo",
		"nudge 7pm in my city on monday": "19:00, Mon in Europe/Oslo",
		"don't nudge me at 8pm":          "18:30, every day in Europe/Oslo",
		"I don't want a nudge at 8pm":    "18:30, every day in Europe/Oslo",
	} {
		a := newAsking(t, roadmap)
		a.say("zone my time zone")
		if len(a.reply.Actions) != 1 { // to type another
			t.Errorf("my time zone may be\n%s", a.reply)
		}
		a.say("nudge 18:30 in Oslo")
		a.say(line)
		if strings.Contains(line, "don't") && !strings.Contains(a.reply.String(), "Shall the daily nudge stop?") {
			t.Errorf("%s was answered\n%s", line, a.reply)
		}
		if got := a.stored(); got != want {
			t.Errorf("%s: it is %s, not %s", line, got, want)
		}
	}
}

// TestFirstWords answers the first question with the hour and the place at once.
func TestFirstWords(t *testing.T) {
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	a := newAsking(t, roadmap)
	a.say("start")
	a.say("7pm in Berlin")
	if got := a.stored(); got != "19:00, every day in Europe/Berlin" {
		t.Errorf("it is %s", got)
	}
}
