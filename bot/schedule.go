package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"roadmapbot/bot/calendar"
)

func (b *Bot) nudge(t *turn) (Reply, error) {
	if ahead, ok := strings.CutPrefix(strings.TrimPrefix(strings.ToLower(t.rest), "me "), "in "); ok || t.rest == "later" {
		if _, minutes := cutDuration(ahead); minutes > 0 || !ok { // remind me in an hour
			t.rest = ahead
			return b.snooze(t)
		}
	}
	switch strings.ToLower(t.rest) {
	case "":
		return b.nudgeReply(t), nil
	case "off", "stop", "no", "never":
		events, err := b.set(t, "nudge off", func(s *Settings) { s.Schedule.On = false })
		if err != nil {
			return Reply{}, err
		}
		return Reply{
			Title:   "No more nudges",
			Blocks:  []Block{Text("I won't write unasked any more. Everything you did stays, and `today` works as always.")},
			Actions: []Action{undoAction(lastSeq(events))},
		}, nil
	case "on":
		if t.l.Settings.Schedule.Weekdays == 0 {
			return Reply{}, sorry("At what time? For example `nudge 18:30 weekdays`.", askWhen("nudge"))
		}
		if err := outOfQuiet(t.l.Settings, t.l.Settings.Schedule.Minute, "nudge"); err != nil {
			return Reply{}, err
		}
		if _, err := b.set(t, "nudge on", func(s *Settings) { s.Schedule.On = true }); err != nil {
			return Reply{}, err
		}
		return b.nudgeReply(t), nil
	case "test", "try":
		return b.trial(t)
	}
	if err := b.setSchedule(t, t.rest, "nudge"); err != nil {
		return Reply{}, err
	}
	return b.nudgeReply(t), nil
}

func askWhen(line string) Action {
	return Action{Label: "Set a time", Line: line, Ask: "A time, like 18:30 weekdays"}
}

// setSchedule understands and stores when the nudge comes, and by the clock of which
// place, if that is named or not known yet.
func (b *Bot) setSchedule(t *turn, typed, line string) error {
	typed, place := cutPlace(typed)
	schedule, err := readSchedule(t, typed, line)
	if err != nil {
		return err
	}
	if err := outOfQuiet(t.l.Settings, schedule.Minute, line); err != nil {
		return err
	}
	what := scheduleText(Settings{Schedule: schedule})
	zone, here := t.l.Settings.Zone, line+" "+what+" in"
	switch {
	case place != "":
		if zone, err = b.whichZone(t, place, here); err != nil {
			return err
		}
	case zone == "":
		actions := []Action{{Label: "Tell my city", Line: here, Ask: askZone}}
		if _, err := calendar.Zone(t.req.Zone); err == nil {
			actions = append(actions, Action{Label: b.whereItIs(t, t.req.Zone), Line: here + " " + t.req.Zone})
		}
		return sorry(Text("And where are you, so that "+hhmm(t.l.Settings, schedule.Minute)+" is by your clock? A city near you will do."), actions...)
	}
	if zone != t.l.Settings.Zone {
		what += " in " + zone
	}
	_, err = b.set(t, "nudge "+what, func(s *Settings) { s.Schedule, s.Zone = schedule, zone })
	return err
}

// readSchedule understands when the nudge is to come.
func readSchedule(t *turn, typed, line string) (Schedule, error) {
	if minutes, ok := parseDuration(strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(typed, " ", "")), "me")); ok && minutes <= 12*60 {
		choices := []Action{{Label: "Once, in " + duration(minutes), Line: fmt.Sprintf("snooze %dm", minutes)}}
		if minutes%60 == 0 {
			choices = append(choices, Action{Label: "Every day at " + hhmm(t.l.Settings, minutes), Line: line + " " + hhmm(Settings{}, minutes)})
		}
		return Schedule{}, sorry("Once, or every day?", choices...)
	}
	schedule, ok := ParseSchedule(typed)
	if had := t.l.Settings.Schedule; !ok && schedule.Minute < 0 && had.Weekdays != 0 {
		if days, named := parseDays(typed); named { // other days at the same hour
			schedule, ok = Schedule{On: true, Minute: had.Minute, Weekdays: days}, true
		}
	}
	switch {
	case ok:
		return schedule, nil
	case schedule.Minute >= 0:
		return schedule, sorry(Text("I read "+hhmm(t.l.Settings, schedule.Minute)+", but not the days or the place in “"+Escape(Clean(typed, 60))+"”. Write it like `18:30 weekdays`, `7pm mon,wed,fri` or `18:30 in Madrid`."), askWhen(line))
	}
	if hour, rest, found := hourOnly(typed); found {
		first, early := halfDay(t, line, hour%12*60, rest)
		second, late := halfDay(t, line, (hour%12+12)*60, rest)
		if early && late {
			return schedule, sorry("In the morning or in the evening?", first, second)
		}
	}
	return schedule, sorry(Text("I can't read a time in “"+Escape(Clean(typed, 60))+"”. Write it like `18:30`, `7pm weekdays` or `20:15 mon,wed,fri`."), askWhen(line))
}

// halfDay offers an hour with what was said beside it, if that can be read.
func halfDay(t *turn, line string, minute int, beside string) (Action, bool) {
	typed, place := cutPlace(hhmm(Settings{}, minute) + " " + beside)
	schedule, ok := ParseSchedule(typed)
	line += " " + scheduleText(Settings{Schedule: schedule})
	if place != "" {
		line += " in " + place
	}
	return Action{Label: hhmm(t.l.Settings, minute), Line: line}, ok && len(line) <= MaxLine
}

// outOfQuiet refuses a time that lies in the quiet hours.
func outOfQuiet(s Settings, minute int, line string) error {
	if !s.Quiet.Holds(minute) {
		return nil
	}
	return sorry(Text(fmt.Sprintf("%s lies in your quiet hours (%s to %s), so no nudge would come. Pick another time, or change them with `quiet`.",
		hhmm(s, minute), hhmm(s, s.Quiet.From), hhmm(s, s.Quiet.To))), askWhen(line), Action{Label: "No quiet hours", Line: "quiet off"})
}

// nudgeReply shows the schedule and the next three nudges.
func (b *Bot) nudgeReply(t *turn) Reply {
	s := t.l.Settings
	r := Reply{Title: "Your daily nudge"}
	if !s.Schedule.On {
		r.Blocks = []Block{Text("It is off. I can bring you the day's work at an hour you pick: one message a day, none when you have studied already.")}
		r.Actions = []Action{askWhen("nudge")}
		return r
	}
	r.Blocks = append(r.Blocks, Text(fmt.Sprintf("It comes at **%s**, by the clock of %s, where it is %s now.", scheduleText(s), Escape(s.Zone), clock(s, t.now))))
	if s.Paused > t.today {
		r.Blocks = append(r.Blocks, Text("Paused until "+dayText(s, s.Paused)+"."))
	}
	if at, ok := t.l.snoozed(); ok {
		r.Blocks = append(r.Blocks, Text("The one that you put off comes again "+instant(s, at)+"."))
	}
	list := List{Ordered: true}
	for _, at := range t.l.upcoming(b.now(), 3) {
		list.Items = append(list.Items, instant(s, at))
	}
	r.Blocks = append(r.Blocks, Text("The next ones:"), list)
	r.Actions = []Action{
		{Label: "Send a test", Line: "nudge test"}, {Label: "Another time", Line: "nudge", Ask: "A time, like 18:30 weekdays"},
		{Label: "My plan", Line: "plan"}, {Label: "Off", Line: "nudge off"},
	}
	return r
}

// upcoming lists the next instants after now at which a daily nudge is due, in the
// learner's zone. What they do until then may still make one needless.
func (l Learner) upcoming(now time.Time, n int) []time.Time {
	if _, _, ok := l.Daily(); !ok {
		return nil
	}
	loc := l.zone()
	var all []time.Time
	for d := calendar.DayOf(now.In(loc)) - 1; len(all) < n; d++ {
		if d > max(l.Nudges.Decided, l.Nudges.Sent) && !l.putOff(d) && d >= l.Settings.Paused && l.Settings.Schedule.Weekdays.Has(d.Weekday()) {
			if due, ok := calendar.Due(d, l.Settings.Schedule.Minute, loc); ok && due.After(now) && due.After(l.Nudges.Since) && !l.Nudges.Snooze.After(due) && !l.Days.Has(calendar.StudyDay(due.In(loc))) {
				all = append(all, due.In(loc))
			}
		}
		if d > calendar.DayOf(now.In(loc))+800 {
			break
		}
	}
	return all
}

// putOff tells whether a snoozed nudge stands for the one of that date.
func (l Learner) putOff(d calendar.Day) bool {
	return !l.Nudges.Snooze.IsZero() && d <= l.Nudges.Snoozed
}

// trial has a nudge sent at once, through the same way as the daily one, so that
// closed direct messages show now and not at half past six.
func (b *Bot) trial(t *turn) (Reply, error) {
	if _, err := b.change(t, func(l *Learner) error {
		if l.Nudges.Claim.Kind != NoClaim {
			return nil // one is on its way
		}
		number := 0
		if l.Nudges.Trialed == t.today {
			number = l.Nudges.Trials
		}
		if number >= maxTrials {
			return sorry("That is enough tests for one day. The next real one comes on its own.")
		}
		now := b.now().UTC()
		if !l.Nudges.Shown.At.IsZero() {
			l.Nudges.Shown.Until = now // the test takes its place
		}
		l.Nudges.Trialed, l.Nudges.Trials = t.today, number+1
		l.Nudges.Claim = Claim{Kind: Trial, Number: int(l.Events), Day: calendar.DayOf(t.now), Due: now, Next: now}
		l.record(Event{What: WasSet, Text: "nudge test"})
		return nil
	}); err != nil {
		return Reply{}, err
	}
	return Reply{
		Title:  "A test is on its way",
		Blocks: []Block{Text("It comes the way that the daily nudge will. If nothing arrives within a minute, `why` tells the reason.")},
		Keep:   true,
	}, nil
}

const maxTrials = 5

// AfterQuiet is at itself, or the end of the quiet hours it falls into.
func (l Learner) AfterQuiet(at time.Time) time.Time {
	local := at.In(l.zone())
	q := l.Settings.Quiet
	minute := local.Hour()*60 + local.Minute()
	if !q.Holds(minute) {
		return at
	}
	day := calendar.DayOf(local)
	if minute >= q.To { // over midnight
		day++
	}
	if end, ok := calendar.Due(day, q.To, l.zone()); ok && end.After(at) {
		return end
	}
	return at
}

func (b *Bot) pause(t *turn) (Reply, error) {
	ask := Action{Label: "Another day", Line: "pause", Ask: "Until when? Like: 3 March"}
	choices := []Action{{Label: "1 week", Line: "pause 1 week"}, {Label: "2 weeks", Line: "pause 2 weeks"}, ask}
	if t.rest == "" {
		return Reply{Title: "Pause", Blocks: []Block{Text("Until when shall I be silent? I come back by myself on that day.")}, Actions: choices}, nil
	}
	until, ok := parseUntil(t.rest, calendar.DayOf(t.now))
	if !ok && slices.Contains([]string{"forever", "for ever", "for good"}, strings.ToLower(t.rest)) {
		return Reply{}, sorry("A pause ends by itself. To hear nothing until you say so, turn the nudges off.", Action{Label: "Nudges off", Line: "nudge off"}, choices[1], ask)
	}
	if next := fmt.Sprintf("%s %d", strings.TrimPrefix(strings.ToLower(t.rest), "until "), t.today.Midnight().Year()+1); !ok {
		if day, known := parseUntil(next, calendar.DayOf(t.now)); known { // a date just past
			return Reply{}, sorry(Text("That day is just over. Do you mean next year's?"), Action{Label: date(t.l.Settings, day), Line: "pause until " + day.String()}, choices[0], ask)
		}
	}
	if !ok {
		later := (t.today + 14).Midnight().Format("2 January")
		return Reply{}, sorry(Text("I find no day within the next year, from tomorrow on, in “"+Escape(Clean(t.rest, 60))+"”. Write it like `pause until "+later+"` or `pause 2 weeks`."), choices...)
	}
	events, err := b.set(t, "pause until "+until.String(), func(s *Settings) { s.Paused = until })
	if err != nil {
		return Reply{}, err
	}
	day := dayText(t.l.Settings, until)
	if until.Midnight().Year() != t.today.Midnight().Year() {
		day = date(t.l.Settings, until)
	}
	text := "No nudges before " + day + ". Enjoy the time off; everything waits."
	return Reply{Title: "Paused", Blocks: []Block{Text(text)}, Actions: []Action{{Label: "Resume now", Line: "resume"}, undoAction(lastSeq(events))}}, nil
}

func (b *Bot) resume(t *turn) (Reply, error) {
	if _, ok := parseUntil(t.rest, calendar.DayOf(t.now)); ok && t.l.Settings.Paused > t.today { // resume on Monday
		return b.pause(t)
	}
	if t.l.Settings.Paused <= t.today {
		return Reply{Title: "Not paused", Blocks: []Block{Text("There is no pause to end.")}, Actions: []Action{{Label: "My nudge", Line: "nudge"}}}, nil
	}
	if _, err := b.set(t, "resume", func(s *Settings) { s.Paused = 0 }); err != nil {
		return Reply{}, err
	}
	r := b.nudgeReply(t)
	r.Blocks = append([]Block{Text("The pause is over.")}, r.Blocks...)
	return r, nil
}

func (b *Bot) quiet(t *turn) (Reply, error) {
	s := t.l.Settings
	ask := Action{Label: "Set the hours", Line: "quiet", Ask: "Like 22:00-07:00"}
	if t.rest == "" {
		text := "You have no quiet hours. With `quiet 22:00-07:00` nothing comes between those times."
		actions := []Action{ask}
		if s.Quiet.From != s.Quiet.To {
			text = fmt.Sprintf("Nothing comes between %s and %s.", hhmm(s, s.Quiet.From), hhmm(s, s.Quiet.To))
			actions = append(actions, Action{Label: "No quiet hours", Line: "quiet off"})
		}
		return Reply{Title: "Quiet hours", Blocks: []Block{Text(text)}, Actions: actions}, nil
	}
	var q Quiet
	if low := strings.ToLower(t.rest); low != "off" && low != "none" {
		var ok bool
		if q, ok = parseQuiet(low); !ok {
			return Reply{}, sorry(Text("I can't read hours in “"+Escape(Clean(t.rest, 60))+"”. Write them like `quiet 22:00-07:00`, or `quiet off`."), ask)
		}
	}
	if s.Schedule.On && q.Holds(s.Schedule.Minute) {
		return Reply{}, sorry(Text(fmt.Sprintf("Your nudge is set to %s, which lies in those hours. Move one of the two.", hhmm(s, s.Schedule.Minute))),
			ask, askWhen("nudge"))
	}
	what := "quiet off"
	if q.From != q.To {
		what = "quiet " + hhmm(Settings{}, q.From) + "-" + hhmm(Settings{}, q.To)
	}
	events, err := b.set(t, what, func(s *Settings) { s.Quiet = q })
	if err != nil {
		return Reply{}, err
	}
	text := "No quiet hours any more."
	if q.From != q.To {
		text = fmt.Sprintf("Nothing comes between %s and %s; what falls due then waits for their end.", hhmm(s, q.From), hhmm(s, q.To))
	}
	return Reply{Title: "Quiet hours", Blocks: []Block{Text(text)}, Actions: []Action{undoAction(lastSeq(events))}}, nil
}
