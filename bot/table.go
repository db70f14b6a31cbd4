package bot

// command is a row of the table: what adapters and help see, and what it does.
type command struct {
	Command
	also   []string // other names
	hidden bool     // understood, but listed nowhere
	looks  bool     // changes nothing that matters, so that a slip of the finger may run it
	run    func(t *turn) (Reply, error)
}

// commands is the one table of commands. Help, abbreviations, Discord's slash
// commands and completion all come from it.
func (b *Bot) commands() []command {
	topic := func(required bool) Arg {
		return Arg{Name: "topic", Summary: "A topic's name", Kind: ArgTopic, Required: required}
	}
	text := func(name, summary string, required bool, choices ...string) Arg {
		return Arg{Name: name, Summary: summary, Required: required, Choices: choices}
	}
	row := func(name, summary string, run func(*turn) (Reply, error), args ...Arg) command {
		return command{Command: Command{Name: name, Summary: summary, Args: args}, run: run}
	}
	look := func(c command) command { c.looks = true; return c }
	return []command{
		row("start", "Set out: your zone, your language, your daily nudge, your first topic", b.start).alias("hello", "hi", "hey", "begin"),
		look(row("today", "What to study now: one topic", b.todayCommand).alias("next", "now")),
		look(row("stages", "The stages and where you are", b.stages).alias("roadmap", "list")),
		look(row("stage", "One stage: its topics and its project", b.stage,
			Arg{Name: "number", Summary: "The stage's number or name", Kind: ArgStage, Required: true})),
		look(row("topic", "A topic: lesson, reason, links; with “exercise” its exercise", b.topicCommand,
			topic(true), text("part", "Which part", false, "lesson", "exercise")).alias("lesson", "show", "explain", "teach", "learn", "read", "open", "about")),
		row("done", "Mark a topic as done, today's if you name none", b.done,
			topic(false), text("time", "How long it took, like 90m or 3h", false)).alias("finished", "completed", "did"),
		row("study", "Note time that you studied, such as 30m", b.study,
			topic(false), text("time", "How long, like 30m or 2h", false)).alias("studied", "learned", "log"),
		row("skip", "Leave a topic out; it can come back any time", b.skip, topic(true)),
		row("choose", "Pick one of several alternatives, such as Ruby instead of Python", b.choose, topic(false)).alias("pick"),
		row("undo", "Take back the last change", b.undo),
		look(row("progress", "How far you are, stage by stage, and when you may arrive", b.progress).alias("status", "stats")),
		look(row("quiz", "Questions about a topic, explained one by one", b.quiz, topic(false)).alias("test")),
		look(row("find", "Search the lessons", b.find, text("words", "What to look for", true)).alias("search")),
		row("zone", "Show or set your time zone", b.zone, Arg{Name: "zone", Summary: "A city or a zone, like Madrid", Kind: ArgZone}).alias("timezone"),
		row("nudge", "Your daily nudge: a time and days, test, or off", b.nudge,
			text("when", "Like 18:30 weekdays, 7pm, off or test", false, "18:30", "18:30 weekdays", "7:00", "off", "test")).alias("remind", "reminder", "reminders", "nudges", "notifications"),
		row("plan", "Your own words for when and where you study; the nudge repeats them", b.plan,
			text("text", "Like: After dinner I study at the kitchen table", false)),
		row("snooze", "Get today's nudge again later", b.snooze, text("time", "How long", true, "1h", "3h", "tonight", "tomorrow")),
		row("pause", "No nudges until a day you name", b.pause, text("until", "Like: until 3 March, or 2 weeks", false)),
		row("resume", "End a pause", b.resume).alias("unpause"),
		row("quiet", "Hours without any nudge", b.quiet, text("hours", "Like 22:00-07:00, or off", false)),
		look(row("why", "Why the last nudge came, or why none did", b.why)),
		row("export", "Everything I hold about you, as JSON", b.export, text("page", "The page, if there are several", false)),
		row("forget", "Delete everything I hold about you", b.forget, text("sure", "I ask before I do it", false)),
		look(row("help", "What I understand", b.help).alias("commands", "?")),
		{Command: Command{Name: "answer"}, hidden: true, run: b.answer},
		{Command: Command{Name: "exercise", Args: []Arg{topic(false)}}, hidden: true, looks: true, run: b.exercise},
		{Command: Command{Name: "unskip", Summary: "Bring a topic back that you left out", Args: []Arg{topic(false)}}, hidden: true, run: b.unskip},
		{Command: Command{Name: "stop", Summary: "No more nudges, like “nudge off”"}, also: []string{"unsubscribe"}, hidden: true, run: b.stop},
		{Command: Command{Name: "no"}, also: []string{"nope", "cancel", "nevermind", "nvm"}, hidden: true, looks: true, run: b.no},
		{Command: Command{Name: "yes"}, also: []string{"y", "yeah", "yep", "sure"}, hidden: true, looks: true, run: b.yes},
		{Command: Command{Name: "oops"}, also: []string{"whoops"}, hidden: true, looks: true, run: b.oops},
		{Command: Command{Name: "thanks"}, also: []string{"thank", "thx", "ok", "okay", "bye"}, hidden: true, looks: true, run: b.thanks},
		{Command: Command{Name: "privacy"}, hidden: true, looks: true, run: b.privacy},
		{Command: Command{Name: "slowly"}, hidden: true, looks: true, run: b.slowly},
		{Command: Command{Name: "crisis"}, hidden: true, looks: true, run: b.crisis},
	}
}

func (c command) alias(also ...string) command {
	c.also = also
	return c
}

// Commands lists the table for a platform, in the order of help.
func (b *Bot) Commands() []Command {
	var all []Command
	for _, c := range b.table {
		if !c.hidden {
			all = append(all, c.Command)
		}
	}
	return all
}
