package bot

import (
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
	on := t.l.Settings.Schedule.On
	if n.Refused {
		text := "I could not write to you directly: your direct messages are closed to me."
		if on {
			text += " Your nudge is on again; if you want it, please allow direct messages from me, and try `nudge test`."
		}
		notices = append(notices, Text(text))
	}
	if on && !speaks(n.Ignored) {
		notices = append(notices, Text("I had fallen silent, as I said I would. Your nudge comes again from now on; `nudge off` stops it."))
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
	last := len(days) - 1
	text := "I could not bring you your nudge on " + days[0]
	switch {
	case last > 2:
		text = "I could not bring you your nudges from " + days[0] + " to " + days[last]
	case last > 0:
		text = "I could not bring you your nudges on " + strings.Join(days[:last], ", ") + " and " + days[last]
	}
	if reason := missed[last].Reason; reason != InQuiet {
		return text + " (" + Escape(reason) + "). That was on my side and costs you nothing."
	}
	return text + " (" + InQuiet + "). It costs you nothing."
}

// studied notes on the shown nudge that its work is done.
func (l *Learner) studied(now time.Time) {
	if l.Days.Has(calendar.StudyDay(now.In(l.zone()))) {
		l.Nudges.close(now)
	}
}
