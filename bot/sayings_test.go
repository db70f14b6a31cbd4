package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/content"
	"roadmapbot/store"
)

// saying is what a learner writes in words of their own, and some words of the answer.
// Before are lines that were said first.
type saying struct {
	before, line, answer string
}

// said is what a learner in Madrid, who has a nudge at 18:30 and hears from the bot at
// noon of a Monday, is answered; changed tells whether the line changed anything.
func (s saying) said(t *testing.T, roadmap *content.Roadmap) (r bot.Reply, changed bool) {
	t.Helper()
	now := time.Date(2026, 3, 9, 11, 0, 0, 0, time.UTC)
	st := store.NewMemory()
	b := bot.New(bot.Config{Roadmap: roadmap, Store: st, Now: func() time.Time { return now }})
	who := bot.Account{Platform: "test", User: "ann"}
	before := "zone Madrid|nudge 18:30|choose python"
	if s.before != "" {
		before += "|" + s.before
	}
	for line := range strings.SplitSeq(before, "|") {
		b.Handle(t.Context(), bot.Request{From: who, Line: line})
	}
	was, _ := st.Learner(t.Context(), who)
	r = b.Handle(t.Context(), bot.Request{From: who, Line: s.line})
	check(t, s.line, r)
	is, _ := st.Learner(t.Context(), who)
	return r, fmt.Sprint(was) != fmt.Sprint(is)
}

// TestSayings says what many people would type, and none of which is to change
// anything by itself.
func TestSayings(t *testing.T) {
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []saying{
		// A question or a "not" changes nothing, and offers no harm.
		{"", "did I do kubernetes?", "Kubernetes at a glance"},
		{"", "git done?", "sounds like a question"},
		{"", "done?", "sounds like a question"},
		{"done git", "undo?", "sounds like a question"},
		{"", "stop?", "sounds like a question"},
		{"", "can I pause for a week", "pause for a week"},
		{"", "can I forget everything now?", "Is that what you want"},
		{"", "can I skip ruby?", "skip ruby"},
		{"", "I did not do kubernetes", "nothing is changed"},
		{"", "i did not finish git", "nothing is changed"},
		{"", "i did half of it", "nothing is changed"},
		{"", "i did nothing", "nothing is changed"},
		{"", "git is not done", "Nothing was changed"},
		{"", "done git?!", "sounds like a question"},
		{"", "would you skip ruby?", "sounds like a question"},
		{"", "did you like git", "Git basics"},
		{"", "i did some git", "Which one shall I mark as done?"},
		{"", "done with git for today", "Which one shall I mark as done?"},
		{"", "I want to study git for 30 minutes", "Git basics"},
		{"", "let's study for 2 hours", "Now: Programming basics"},
		{"", "i want git done", "Git basics"},
		{"", "forget everything now", "Delete everything"},
		{"", "forget everything 1", "Delete everything"},
		{"", "quiz ȺȺȺȺȺȺȺȺ one", "I have no topic called"},
		{"", "skip ȺȺȺȺȺȺȺȺ topic", "I have no topic called"},
		{"", "stop writing tests", "What shall I stop?"},
		{"", "no message queue", "Nothing was changed"},
		{"quiz", "stop", "The quiz waits"},
		{"quiz|stage", "3", "The answers are A to D"},
		{"quiz|forget", "not sure", ""},
		{"", "dont stop", ""},
		{"", "i hope i'll finish docker", ""},
		{"", "i want to diet", "I don't know"},
		{"", "no more messages please", "Shall the daily nudge stop?"},
		{"", "no nudges please", "Shall the daily nudge stop?"},
		// A wish is no deed.
		{"", "I want to finish git", "Git basics"},
		{"", "lets do docker", "Docker: run, inspect"},
		{"", "do git", "Git basics"},
		{"", "do i need to learn java", "Java"},
		{"", "done kubernets", "Which one shall I mark as done?"},
		{"", "done for today", "was that all for today?"},
		{"", "i finished the lesson", "was that all for today?"},
		{"", "i studied a bit", "How long did you study?"},
		{"", "i know git", "Shall the quiz confirm it"},
		{"", "done 3", "Name the topic, such as"},
		// Taking back.
		{"done git|not today", "undo", "can't be called back"},
		{"skip git|snooze 1h", "undo", "Skipping Git basics"},
		{"done git", "oops", "Shall I take it back?"},
		{"done git", "done by accident", "Shall I take it back?"},
		{"done git", "undo git", "Shall I take it back?"},
		{"", "forget it", "Nothing was changed"},
		{"", "forget git", "shall I take back the last change?"},
		{"", "delete all my data now", "Delete everything?"},
		{"forget", "yes", "press the button"},
		// Quizzes.
		{"quiz", "stop the quiz", "The quiz waits"},
		{"quiz", "no more quiz", "The quiz waits"},
		{"quiz", "f", "The answers are A to D"},
		{"", "answer b", "press a button or type its letter"},
		// Questions about the bot and about oneself.
		{"", "what do you store", "No messages, and no name"},
		{"", "who can see my data?", "No messages, and no name"},
		{"", "what time is my nudge", "It comes at 18:30"},
		{"", "when is my next reminder?", "It comes at 18:30"},
		{"", "what time is it", "It is 12:00 for you"},
		{"", "how much time do i need", "Your way through the roadmap"},
		{"", "what did i do yesterday", "Your way through the roadmap"},
		{"", "how many topics are left", "Your way through the roadmap"},
		{"", "what language should i choose", "One of each is enough"},
		{"", "i want to learn go instead of python", "One of each is enough"},
		{"", "what should i do now?", "Now: Programming basics"},
		{"", "I want to study", "Now: Programming basics"},
		{"", "plan for today", "Now: Programming basics"},
		{"", "i am on holiday until monday", "Until when shall I be silent?"},
		{"", "i am sick", "Until when shall I be silent?"},
		{"", "this is too hard", "One small step, or none"},
		{"", "i dont understand", "One small step, or none"},
		{"", "i want to kill myself", "talk to somebody now"},
		{"", "export my data please", "Everything I hold about you"},
		{"", "help me with sql", "SQL"},
		{"", "help remind", "Your daily nudge"},
		// Topics, stages.
		{"", "Undo and investigate", "Undo and investigate"},
		{"", "Why cache", "Why cache"},
		{"", "explain Teamwork", "Teamwork"},
		{"", "what does pause do", "pause"},
		{"", "skp ruby", "skip ruby"},
		{"", "remind me every 2 days", "can't read a time"},
		{"", "2", "There is no button 2"},
		{"", "what is in stage 3", "Stage 3: Databases"},
		{"", "whats a database", "Stage 3: Databases"},
		{"", "can you explain what a database is", "Stage 3: Databases"},
		{"", "explain docker", "Docker: run, inspect"},
		{"", "enough", "I don't know “enough”"},
		{"", "what is a server", "Lessons that fit"},
		{"", "reset", "Did you mean one of these?"},
		{"", "strat", "[1] start"}, //nolint:misspell // on purpose
		{"", "what is this thing about", "What I understand"},
		{"", "show stages", "Programming Languages"},
		{"", "go to stage 2", "Stage 2"},
		{"", "stage three", "Stage 3: Databases"},
		{"", "why do i need git", "Git basics"},
		{"", "start with git", "Git basics"},
		// Times.
		{"", "remind me at 8", "In the morning or in the evening?"},
		{"", "nudge off?", "sounds like a question"},
		{"", "nudge 2h", "Once, or every day?"},
		{"", "remind me 30 min", "Once, or every day?"},
		{"", "pause next week", "I find no day"},
		{"", "pause until 3 March", "Do you mean next year's?"},
		{"", "resume tomorrow", "There is no pause to end"},
		{"", "forget sure", "Delete everything?"},
		{"snooze tonight", "why", "until Mon 9 Mar, 20:00"},
		{"snooze tonight", "nudge", "The one that you put off comes again Mon 9 Mar, 20:00"},
		{"", "pause forever", "turn the nudges off"},
		{"study 30m", "snooze 1h", "You have studied today"},
		{"", "snooze 3 days", "for days there is"},
	} {
		t.Run(s.before+"|"+s.line, func(t *testing.T) {
			r, changed := s.said(t, roadmap)
			if !strings.Contains(r.String(), s.answer) {
				t.Errorf("no %q in\n%s", s.answer, r)
			}
			if changed {
				t.Errorf("it changed the learner:\n%s", r)
			}
		})
	}
}

// TestDeeds says what does change something, in the words of many people.
func TestDeeds(t *testing.T) {
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []saying{
		{"", "i did 30 minutes", "Noted: 30 min of study"},
		{"", "i did 30 min of git", "Git basics"},
		{"", "study an hour", "Noted: 1 h of study"},
		{"", "study two hours", "Noted: 2 h of study"},
		{"", "i studied 1.5h", "Noted: 1 h 30 min of study"},
		{"", "i finally finished git!!!", "Done: Git basics"},
		{"", "i finished the git one", "Done: Git basics"},
		{"", "im done with git", "Done: Git basics"},
		{"", "git is done", "Done: Git basics"},
		{"", "switch to java", "Picked: Java"},
		{"", "i want ruby instead of python", "Picked: Ruby"},
		{"done git|done git 3h", "undo", "3 h for Git basics"},
		{"", "undo", "Choosing Python"},
		{"", "nudge off.", "No more nudges"},
		{"", "dont message me", "No more nudges"},
		{"", "nudges off", "No more nudges"},
		{"", "`nudge off`", "No more nudges"},
		{"", "\"skip ruby\"", "Skipped: Ruby"},
		{"", "reminders at 7am", "07:00, every day"},
		{"pause 2 weeks", "cancel the pause", "The pause is over"},
		{"", "turn off reminders", "No more nudges"},
		{"", "stop reminding me", "No more nudges"},
		{"", "change my reminder to 7am", "07:00, every day"},
		{"", "move my nudge to 9pm", "21:00, every day"},
		{"", "nudge 20", "20:00, every day"},
		{"", "nudge weekdays", "18:30, Monday to Friday"},
		{"", "remind me at 8 in the evning", "20:00, every day"},
		{"", "nudge 12 at night", "00:00, every day"},
		{"", "nudge 18:30 Monday through Thursday", "18:30, Mon, Tue, Wed, Thu"},
		{"", "nudge 7 p.m.", "19:00, every day"},
		{"", "i moved to london", "It is 11:00 for you (Europe/London)"},
		{"", "my time zone is india time", "Asia/Kolkata"},
		{"", "zone Paris France", "Europe/Paris"},
		{"", "zone sydney australia", "Australia/Sydney"},
		{"", "snooze 1h.", "I come back Mon 9 Mar, 13:00, instead of 18:30."},
		{"", "snooze until 20:00", "I come back Mon 9 Mar, 20:00"},
		{"", "snooze half an hour", "I come back Mon 9 Mar, 12:30"},
		{"", "snooze until tomorrow", "All right, not today."},
		{"", "nudge me in 1 hour", "I come back Mon 9 Mar, 13:00"},
		{"", "nudge 7pm instead", "19:00, every day"},
		{"", "change to 7pm", "19:00, every day"},
		{"", "move to Lisbon", "Europe/Lisbon"},
		{"", "plan I study after dinner instead of watching TV", "instead of watching TV"},
		{"", "plan Why not study after dinner?", "Why not study after dinner?"},
		{"", "plan is is fun", "“is is fun”"},
		{"nudge 13:00", "snooze 2h", "I come back Mon 9 Mar, 14:00, instead of 13:00."},
		{"nudge 00:30", "snooze 2h", "I come back Mon 9 Mar, 14:00."},
		{"", "pause 2 weeks.", "No nudges before Monday 23 March"},
		{"", "pause till monday", "No nudges before Monday 16 March"},
		{"", "pause until december", "No nudges before Tuesday 1 December"},
		{"pause 3 weeks", "resume on friday", "No nudges before Friday 13 March"},
		{"", "my plan is to study at 8", "“study at 8”"},
		{"quiz", "my answer is a", ""},
		{"quiz", "i think its b", ""},
		{"quiz", "(c)", ""},
		{"quiz", "dunno", "Good to know what you don't know yet"},
	} {
		t.Run(s.before+"|"+s.line, func(t *testing.T) {
			r, changed := s.said(t, roadmap)
			if !strings.Contains(r.String(), s.answer) {
				t.Errorf("no %q in\n%s", s.answer, r)
			}
			if !changed {
				t.Errorf("it changed nothing:\n%s", r)
			}
		})
	}
}
