package store

import "roadmapbot/bot"

func writeSettings(w *writer, s *bot.Settings) {
	w.string(1, s.Zone)
	w.string(2, s.Locale)
	w.column(3, len(s.Chosen), func(i int) uint64 { return w.names.number(s.Chosen[i]) })
	w.bool(4, s.Schedule.On)
	w.int(5, s.Schedule.Minute)
	w.uint(6, uint64(s.Schedule.Weekdays))
	w.int(7, s.Quiet.From)
	w.int(8, s.Quiet.To)
	w.day(9, s.Paused)
	w.string(10, s.Plan)
}

func readSettings(b []byte, s *bot.Settings, n *names) error {
	return eachField(b, func(f field) error {
		switch f.number {
		case 1:
			s.Zone = f.string()
		case 2:
			s.Locale = f.string()
		case 3:
			var err error
			s.Chosen, err = readNames(f.bytes, n)
			return err
		case 4:
			s.Schedule.On = f.v != 0
		case 5:
			s.Schedule.Minute = int(f.v)
		case 6:
			s.Schedule.Weekdays = bot.Weekdays(f.v)
		case 7:
			s.Quiet.From = int(f.v)
		case 8:
			s.Quiet.To = int(f.v)
		case 9:
			s.Paused = f.day()
		case 10:
			s.Plan = f.string()
		}
		return nil
	})
}

func writeNudges(w *writer, n *bot.Nudges) {
	w.time(1, n.Since)
	w.day(2, n.Decided)
	w.day(3, n.Sent)
	if n.Claim != (bot.Claim{}) {
		w.message(4, func(w *writer) {
			c := n.Claim
			w.uint(1, uint64(c.Kind))
			w.int(2, c.Number)
			w.day(3, c.Day)
			w.time(4, c.Due)
			w.time(5, c.Next)
			w.int(6, c.Attempts)
			w.bool(7, c.Unsure)
			w.bool(8, c.Answered)
			w.name(9, c.Item)
		})
	}
	if n.Shown != (bot.Shown{}) {
		w.message(5, func(w *writer) {
			s := n.Shown
			w.uint(1, uint64(s.Kind))
			w.day(2, s.Day)
			w.time(3, s.At)
			w.string(4, s.Receipt.Channel)
			w.string(5, s.Receipt.Message)
			w.time(6, s.Until)
			w.int(7, s.Tries)
			w.bool(8, s.Seen)
			w.name(9, s.Item)
		})
	}
	w.time(6, n.Snooze)
	w.day(7, n.Snoozed)
	w.int(8, n.Snoozes)
	w.day(9, n.Trialed)
	w.int(10, n.Trials)
	w.int(11, n.Ignored)
	for _, m := range n.Missed {
		w.message(12, func(w *writer) {
			w.day(1, m.Day)
			w.string(2, m.Reason)
		})
	}
	w.string(13, n.Channel)
	w.bool(14, n.Refused)
}

func readNudges(b []byte, n *bot.Nudges, ids *names) error {
	return eachField(b, func(f field) error {
		switch f.number {
		case 1:
			n.Since = f.time()
		case 2:
			n.Decided = f.day()
		case 3:
			n.Sent = f.day()
		case 4:
			return readClaim(f.bytes, &n.Claim, ids)
		case 5:
			return readShown(f.bytes, &n.Shown, ids)
		case 6:
			n.Snooze = f.time()
		case 7:
			n.Snoozed = f.day()
		case 8:
			n.Snoozes = int(f.v)
		case 9:
			n.Trialed = f.day()
		case 10:
			n.Trials = int(f.v)
		case 11:
			n.Ignored = int(f.v)
		case 12:
			var m bot.Missed
			err := eachField(f.bytes, func(f field) error {
				switch f.number {
				case 1:
					m.Day = f.day()
				case 2:
					m.Reason = f.string()
				}
				return nil
			})
			n.Missed = append(n.Missed, m)
			return err
		case 13:
			n.Channel = f.string()
		case 14:
			n.Refused = f.v != 0
		}
		return nil
	})
}

func readClaim(b []byte, c *bot.Claim, ids *names) error {
	return eachField(b, func(f field) (err error) {
		switch f.number {
		case 1:
			c.Kind = bot.Kind(f.v)
		case 2:
			c.Number = int(f.v)
		case 3:
			c.Day = f.day()
		case 4:
			c.Due = f.time()
		case 5:
			c.Next = f.time()
		case 6:
			c.Attempts = int(f.v)
		case 7:
			c.Unsure = f.v != 0
		case 8:
			c.Answered = f.v != 0
		case 9:
			c.Item, err = ids.id(f.v)
		}
		return err
	})
}

func readShown(b []byte, s *bot.Shown, ids *names) error {
	return eachField(b, func(f field) (err error) {
		switch f.number {
		case 1:
			s.Kind = bot.Kind(f.v)
		case 2:
			s.Day = f.day()
		case 3:
			s.At = f.time()
		case 4:
			s.Receipt.Channel = f.string()
		case 5:
			s.Receipt.Message = f.string()
		case 6:
			s.Until = f.time()
		case 7:
			s.Tries = int(f.v)
		case 8:
			s.Seen = f.v != 0
		case 9:
			s.Item, err = ids.id(f.v)
		}
		return err
	})
}

// writeEvent writes an event, but for its number, which its place in the log tells.
func writeEvent(w *writer, e *bot.Event) {
	w.time(1, e.At)
	w.string(2, e.Op)
	w.uint(3, uint64(e.What))
	w.name(4, e.Topic)
	w.name(5, e.Item)
	w.uint(6, uint64(e.Answer))
	w.int(7, e.Minutes)
	w.day(8, e.Day)
	w.string(9, e.Text)
	if e.Before != nil {
		w.message(10, func(w *writer) { writeBefore(w, e.Before) })
	}
}

func decodeEvent(b []byte, n *names) (bot.Event, error) {
	var e bot.Event
	err := eachField(b, func(f field) (err error) {
		switch f.number {
		case 1:
			e.At = f.time()
		case 2:
			e.Op = f.string()
		case 3:
			e.What = bot.What(f.v)
		case 4:
			e.Topic, err = n.id(f.v)
		case 5:
			e.Item, err = n.id(f.v)
		case 6:
			e.Answer = bot.Answer(f.v)
		case 7:
			e.Minutes = int(f.v)
		case 8:
			e.Day = f.day()
		case 9:
			e.Text = f.string()
		case 10:
			e.Before, err = readBefore(f.bytes, n)
		}
		return err
	})
	return e, err
}

func writeBefore(w *writer, b *bot.Before) {
	if b.Work != nil {
		w.message(1, func(w *writer) {
			w.uint(1, uint64(b.Work.State))
			w.day(2, b.Work.Day)
			w.int(3, b.Work.Minutes)
			w.day(4, b.Work.Verified)
		})
	}
	if b.Card != nil {
		w.message(2, func(w *writer) {
			w.int(1, b.Card.Right)
			w.int(2, b.Card.Wrong)
			w.int(3, b.Card.Unsure)
			w.uint(4, uint64(b.Card.Last))
			w.day(5, b.Card.Day)
		})
	}
	if b.Settings != nil {
		w.message(3, func(w *writer) { writeSettings(w, b.Settings) })
	}
}

func readBefore(data []byte, n *names) (*bot.Before, error) {
	b := &bot.Before{}
	err := eachField(data, func(f field) error {
		switch f.number {
		case 1:
			b.Work = &bot.Work{}
			return eachField(f.bytes, func(f field) error {
				switch f.number {
				case 1:
					b.Work.State = bot.State(f.v)
				case 2:
					b.Work.Day = f.day()
				case 3:
					b.Work.Minutes = int(f.v)
				case 4:
					b.Work.Verified = f.day()
				}
				return nil
			})
		case 2:
			b.Card = &bot.Card{}
			return eachField(f.bytes, func(f field) error {
				switch f.number {
				case 1:
					b.Card.Right = int(f.v)
				case 2:
					b.Card.Wrong = int(f.v)
				case 3:
					b.Card.Unsure = int(f.v)
				case 4:
					b.Card.Last = bot.Answer(f.v)
				case 5:
					b.Card.Day = f.day()
				}
				return nil
			})
		case 3:
			b.Settings = &bot.Settings{}
			return readSettings(f.bytes, b.Settings, n)
		}
		return nil
	})
	return b, err
}
