package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"roadmapbot/bot/calendar"
	"roadmapbot/content"
)

// start leads in at most three steps, each of which can be skipped, to the first
// piece of work. The step stands in the line, so an old button still works.
func (b *Bot) start(t *turn) (Reply, error) {
	step, rest, _ := strings.Cut(t.rest, " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(step) {
	case "zone":
		if rest != "" {
			if err := b.setZone(t, rest, "start zone"); err != nil {
				return Reply{}, err
			}
		}
		return b.startLanguage(t), nil
	case "language":
		if topic, ok := b.roadmap.Topic(rest); ok && topic.Choice != "" {
			if _, err := b.change(t, func(l *Learner) error { b.pickFor(l, topic); return nil }); err != nil {
				return Reply{}, err
			}
		}
		return b.startNudge(t), nil
	case "nudge":
		note := Text("A daily nudge is there whenever you want it: `nudge 18:30`.")
		on, zone := t.l.Settings.Schedule.On, t.l.Settings.Zone
		none := slices.Contains([]string{"", "off", "no", "no thanks", "no thank you", "never", "none", "later", "not now", "stop"}, strings.ToLower(strings.Trim(rest, " .!")))
		switch {
		case none && rest != "" && on:
			if _, err := b.set(t, "nudge off", func(s *Settings) { s.Schedule.On = false }); err != nil {
				return Reply{}, err
			}
		case !none:
			if err := b.setSchedule(t, rest, "start nudge"); err != nil {
				return Reply{}, err
			}
			note = "Your nudge comes at " + Text(scheduleText(t.l.Settings))
			if t.l.Settings.Zone != zone {
				note += ", by the clock of " + Text(Escape(t.l.Settings.Zone))
			}
			note += ". `nudge` changes it."
		}
		return b.startWork(t, note), nil
	}
	known := !t.l.Started.IsZero()
	if known && (t.l.Settings.Zone != "" || len(t.l.Topics) > 0) && !strings.EqualFold(t.rest, "over") {
		r := b.todayReply(t)
		r.Blocks = append([]Block{Text("Welcome back. You are on your way already; this is where you left off.")}, r.Blocks...)
		r.Actions = append(r.Actions, Action{Label: "Set up again", Line: "start over"})
		return r, nil
	}
	if _, err := b.change(t, func(l *Learner) error {
		if l.Events == 0 {
			l.record(Event{What: WasStarted})
		}
		return nil
	}); err != nil {
		return Reply{}, err
	}
	return b.startZone(t), nil
}

func (b *Bot) startZone(t *turn) Reply {
	r := Reply{
		Title: "Welcome",
		Blocks: []Block{
			Text(fmt.Sprintf("I take you through the %s: %d stages, one topic at a time, with a short lesson, an exercise and a quiz for each.",
				Escape(b.roadmap.Title), len(b.roadmap.Stages))),
			Text("**1 of 3.** Where are you? Then “today” means your today, and a nudge comes at your own hour."),
		},
	}
	if _, err := calendar.Zone(t.req.Zone); err == nil {
		r.Actions = append(r.Actions, Action{Label: b.whereItIs(t, t.req.Zone), Line: "start zone " + t.req.Zone})
	}
	r.Actions = append(r.Actions, Action{Label: "Type my city", Line: "start zone", Ask: askZone}, Action{Label: "Skip", Line: "start zone"})
	return r
}

func (b *Bot) startLanguage(t *turn) Reply {
	var all []*content.Topic
	for topic := range b.roadmap.Topics() { // the roadmap's first choice
		if topic.Choice != "" {
			all = b.roadmap.Alternatives(topic.Choice)
			break
		}
	}
	if len(all) == 0 {
		return b.startNudge(t)
	}
	r := Reply{Title: "Your way in"}
	if t.l.Settings.Zone != "" {
		r.Blocks = append(r.Blocks, Text(zoneEcho(t)))
	}
	r.Blocks = append(r.Blocks, Text("**2 of 3.** Which of these do you want to learn? One is enough for the whole roadmap, and you can change your mind."))
	for _, topic := range all[:min(5, len(all))] {
		r.Actions = append(r.Actions, Action{Label: label(topic.Title), Line: "start language " + topic.ID})
	}
	r.Actions = append(r.Actions, Action{Label: "Decide later", Line: "start language"})
	return r
}

func (b *Bot) startNudge(t *turn) Reply {
	if t.l.Settings.Zone == "" {
		return b.startWork(t, "When you want a daily nudge, tell me the hour and a city near you: `nudge 18:30 in Madrid`.")
	}
	evening, morning := hhmm(t.l.Settings, 18*60+30), hhmm(t.l.Settings, 7*60+30)
	return Reply{
		Title:  "A nudge a day",
		Blocks: []Block{Text("**3 of 3.** Shall I bring you the day's work at a time you pick? One message a day, none on days you have studied already, and one press stops it.")},
		Actions: []Action{
			{Label: "Every day at " + evening, Line: "start nudge 18:30"},
			{Label: "Weekdays at " + evening, Line: "start nudge 18:30 weekdays"},
			{Label: "Weekdays at " + morning, Line: "start nudge 7:30 weekdays"},
			{Label: "Another time", Line: "start nudge", Ask: "A time, like 19:15 mon-thu"},
			{Label: "No nudge", Line: "start nudge off"},
		},
	}
}

// startWork ends the way in with the first piece of work.
func (b *Bot) startWork(t *turn, note Text) Reply {
	r := b.todayReply(t)
	r.Blocks = append([]Block{note}, r.Blocks...)
	return r
}

// zoneEcho says what time it is for the learner, so that a wrong zone shows.
func zoneEcho(t *turn) string {
	return fmt.Sprintf("It is %s for you (%s).", clock(t.l.Settings, t.now), Escape(t.l.Settings.Zone))
}

// clock writes a time of day the way the learner's locale does.
func clock(s Settings, t time.Time) string {
	if s.Locale == "en-US" {
		return t.Format("3:04 PM")
	}
	return t.Format("15:04")
}

// dated writes a day and time the way the learner's locale does.
func dated(s Settings, t time.Time) string {
	if s.Locale == "en-US" {
		return t.Format("Mon, Jan 2, 3:04 PM")
	}
	return t.Format("Mon 2 Jan, 15:04")
}

// instant writes an instant for [Text], in the learner's own time, so that a
// platform may show it in its own way.
func instant(s Settings, t time.Time) string {
	return fmt.Sprintf("[%s](time:%d)", dated(s, t), t.Unix())
}
