package bot

import (
	"fmt"
	"strings"
	"time"

	"roadmapbot/bot/calendar"
)

// contact notes that the learner is there: their rhythm is restored, and what
// could not be delivered is told, once. It writes only if there is something to
// note. If it can't, as on a full disk, that waits for the next contact: who only
// looks at something shall see it.
func (b *Bot) contact(t *turn) []Block {
	n := t.l.Nudges
	t.nudged = !n.Shown.At.IsZero() && !n.Shown.Seen
	if n.Ignored == 0 && len(n.Missed) == 0 && !n.Refused && !t.nudged {
		return nil
	}
	l, _, err := b.store.Update(t.ctx, t.req.From, "", func(l *Learner) error {
		l.Nudges.Ignored, l.Nudges.Missed = 0, nil
		l.Nudges.Shown.Seen = !l.Nudges.Shown.At.IsZero()
		if l.Nudges.Refused {
			l.Nudges.Refused = false
			l.Nudges.Since = b.now().UTC()
		}
		return nil
	})
	if err != nil {
		b.log.Error("a contact could not be noted", "event", t.req.ID, "err", err)
		return nil
	}
	b.see(t, l)
	var notices []Block
	if n.Refused {
		notices = append(notices, Text("I could not write to you directly: your direct messages are closed to me. Your nudge is on again; if you want it, please allow direct messages from me, and try `nudge test`."))
	}
	if len(n.Missed) > 0 {
		notices = append(notices, Text(missedText(t.l.Settings, n.Missed)))
	}
	return notices
}

// missedText tells of nudges that could not be delivered, so that their absence
// is never taken for the learner's fault.
func missedText(s Settings, missed []Missed) string {
	var days []string
	for _, m := range missed {
		days = append(days, dayText(s, m.Day))
	}
	list := strings.Join(days, ", ")
	if len(days) > 3 {
		return "I could not bring you your nudges from " + days[0] + " to " + days[len(days)-1] + onMySide(missed)
	}
	return "I could not bring you your nudge on " + list + onMySide(missed)
}

func onMySide(missed []Missed) string {
	return " (" + Escape(missed[len(missed)-1].Reason) + "). That was on my side and costs you nothing."
}

// why explains the last nudge, or why there was none.
func (b *Bot) why(t *turn) (Reply, error) {
	all, err := b.events(t)
	if err != nil {
		return Reply{}, err
	}
	r := Reply{Title: "Why, or why not"}
	s := t.l.Settings
	list := List{}
	shown := 0
	for i := len(all) - 1; i >= 0 && shown < 3; i-- {
		if text := b.nudgeEvent(all[i], t.l); text != "" {
			list.Items = append(list.Items, text)
			shown++
		}
	}
	if shown == 0 {
		r.Blocks = append(r.Blocks, Text("No nudge has come so far, and none was left out."))
	} else {
		r.Blocks = append(r.Blocks, Text("The latest, newest first:"), list)
	}
	if c := t.l.Nudges.Claim; c.Kind != NoClaim {
		text := "One is on its way just now."
		if c.Unsure {
			text = "One is in doubt: I sent it, but the platform did not say whether it arrived. I wait, look, and only then send again, so that you never get it twice."
		}
		r.Blocks = append(r.Blocks, Text(text))
	}
	r.Blocks = append(r.Blocks, Text(b.whyNext(t)))
	if s.Schedule.On {
		r.Actions = append(r.Actions, Action{Label: "My nudge", Line: "nudge"})
	} else {
		r.Actions = append(r.Actions, askWhen("nudge"))
	}
	return r, nil
}

// whyNext says when the next nudge comes and what could keep it away.
func (b *Bot) whyNext(t *turn) string {
	s := t.l.Settings
	switch {
	case s.Zone == "":
		return "None is planned: I don't know your time zone yet (`zone`)."
	case !s.Schedule.On:
		return "None is planned: nudges are off."
	case t.l.Nudges.Shown.At.IsZero() && t.l.Nudges.Ignored >= silentAfter:
		return "None is planned: none of the last ones was answered, so I wait for you."
	case t.l.Nudges.Refused:
		return "None is planned: your direct messages are closed to me."
	}
	next := t.l.Upcoming(b.now(), 1)
	if len(next) == 0 {
		return "None is planned."
	}
	text := "The next is planned for " + instant(s, next[0]) + " (" + scheduleText(s) + ")"
	if s.Paused > t.today {
		text += ", after the pause"
	}
	if at := t.l.Nudges.Snooze.In(t.l.zone()); !at.IsZero() && s.Paused <= calendar.DayOf(at) {
		text += "; the snoozed one comes " + instant(s, at)
	}
	text += ". It stays away if you study before."
	if t.l.Nudges.Ignored >= shyAfter {
		text += " As several went unanswered, they come less often for now; any answer brings them back."
	}
	return text
}

// nudgeEvent tells of one event of the delivery; empty if it is none.
func (b *Bot) nudgeEvent(e Event, l Learner) string {
	at := instant(l.Settings, e.At.In(l.zone()))
	day := dayText(l.Settings, e.Day)
	switch e.What {
	case NudgeSent:
		text := "Sent " + at
		if e.Day != calendar.DayOf(e.At.In(l.zone())) {
			text += " for " + day
		}
		if e.Minutes > 0 {
			text += fmt.Sprintf(", %s late", duration(e.Minutes))
		}
		if e.Text != "" {
			text += ": " + Escape(e.Text)
		}
		return text + "."
	case NudgeExpired:
		return "Not delivered for " + day + ": " + Escape(e.Text) + "."
	case NudgeLeftOut:
		return "Left out for " + day + ": " + Escape(e.Text) + "."
	case NudgeRefused:
		return "Refused for " + day + ": " + Escape(e.Text) + "."
	case NudgeSnoozed:
		return "Put off on " + day + ", until " + Escape(e.Text) + "."
	default:
		return ""
	}
}

// studied notes on the shown nudge that its work is done.
func (l *Learner) studied(now time.Time) {
	if l.Days.Has(calendar.StudyDay(now.In(l.zone()))) {
		l.Nudges.close(now)
	}
}
