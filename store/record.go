package store

import (
	"slices"
	"strings"

	"roadmapbot/bot"
)

// encodeLearner writes a record, without the events.
func encodeLearner(l *bot.Learner, n *names) []byte {
	w := &writer{b: make([]byte, 0, 1024), names: n}
	for _, a := range l.Accounts {
		w.string(1, accountKey(a))
	}
	w.time(2, l.Started)
	w.uint(3, l.Events)
	w.message(4, func(w *writer) { writeSettings(w, &l.Settings) })
	w.day(5, l.Days.Last)
	w.uint(6, l.Days.Bits)
	writeTopics(w, l.Topics)
	writeCards(w, l.Cards)
	if l.Quiz.Topic != "" {
		w.message(30, func(w *writer) {
			w.name(1, l.Quiz.Topic)
			w.column(2, len(l.Quiz.Left), func(i int) uint64 { return n.number(l.Quiz.Left[i]) })
			w.int(3, l.Quiz.Asked)
			w.int(4, l.Quiz.Right)
			w.day(5, l.Quiz.Day)
		})
	}
	w.message(40, func(w *writer) { writeNudges(w, &l.Nudges) })
	return w.b
}

func decodeLearner(b []byte, n *names) (*bot.Learner, error) {
	l := &bot.Learner{}
	var topics, cards columns
	err := eachField(b, func(f field) error {
		switch {
		case f.number == 1:
			l.Accounts = append(l.Accounts, keyAccount(f.string()))
		case f.number == 2:
			l.Started = f.time()
		case f.number == 3:
			l.Events = f.v
		case f.number == 4:
			return readSettings(f.bytes, &l.Settings, n)
		case f.number == 5:
			l.Days.Last = f.day()
		case f.number == 6:
			l.Days.Bits = f.v
		case f.number >= 10 && f.number < 20:
			topics.bytes[f.number-10] = f.bytes
		case f.number >= 20 && f.number < 30:
			cards.bytes[f.number-20] = f.bytes
		case f.number == 30:
			return readQuiz(f.bytes, &l.Quiz, n)
		case f.number == 40:
			return readNudges(f.bytes, &l.Nudges, n)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if l.Topics, err = readTopics(&topics, n); err != nil {
		return nil, err
	}
	if l.Cards, err = readCards(&cards, n); err != nil {
		return nil, err
	}
	return l, nil
}

// table is a map as rows sorted by number, so that equal records have equal bytes
// and numbers can be written as differences.
type table[V any] struct {
	values []V
	order  []uint64 // number, and in the lower half the place in values
}

func newTable[V any](m map[string]V, n *names) table[V] {
	t := table[V]{make([]V, 0, len(m)), make([]uint64, 0, len(m))}
	for id, v := range m {
		t.order = append(t.order, n.number(id)<<32|uint64(len(t.values)))
		t.values = append(t.values, v)
	}
	slices.Sort(t.order)
	return t
}

func (t table[V]) row(i int) *V { return &t.values[uint32(t.order[i])] }

// difference is the step of the number from the row before.
func (t table[V]) difference(i int) uint64 {
	number := t.order[i] >> 32
	if i > 0 {
		number -= t.order[i-1] >> 32
	}
	return number
}

func writeTopics(w *writer, m map[string]bot.Work) {
	t := newTable(m, w.names)
	w.column(10, len(m), t.difference)
	w.column(11, len(m), func(i int) uint64 { return uint64(t.row(i).State) })
	w.column(12, len(m), func(i int) uint64 { return packDay(t.row(i).Day) })
	w.column(13, len(m), func(i int) uint64 { return uint64(t.row(i).Minutes) })
	w.column(14, len(m), func(i int) uint64 { return packDay(t.row(i).Verified) })
}

func readTopics(c *columns, n *names) (map[string]bot.Work, error) {
	return readTable(c, n, func() bot.Work {
		return bot.Work{State: bot.State(c.next(1)), Day: unpackDay(c.next(2)), Minutes: int(c.next(3)), Verified: unpackDay(c.next(4))}
	})
}

func writeCards(w *writer, m map[string]bot.Card) {
	c := newTable(m, w.names)
	w.column(20, len(m), c.difference)
	w.column(21, len(m), func(i int) uint64 { return uint64(c.row(i).Right) })
	w.column(22, len(m), func(i int) uint64 { return uint64(c.row(i).Wrong) })
	w.column(23, len(m), func(i int) uint64 { return uint64(c.row(i).Unsure) })
	w.column(24, len(m), func(i int) uint64 { return uint64(c.row(i).Last) })
	w.column(25, len(m), func(i int) uint64 { return packDay(c.row(i).Day) })
}

func readCards(c *columns, n *names) (map[string]bot.Card, error) {
	return readTable(c, n, func() bot.Card {
		return bot.Card{Right: int(c.next(1)), Wrong: int(c.next(2)), Unsure: int(c.next(3)), Last: bot.Answer(c.next(4)), Day: unpackDay(c.next(5))}
	})
}

// readTable reads the rows of a table, whose first column is the numbers. The
// others may be missing: then all their values are zero.
func readTable[V any](c *columns, n *names, row func() V) (map[string]V, error) {
	size := countValues(c.bytes[0])
	if size == 0 {
		return nil, nil
	}
	m := make(map[string]V, size)
	ids := n.all()
	var number uint64
	for range size {
		number += c.next(0)
		id, err := ids.id(number)
		if err != nil {
			return nil, err
		}
		m[id] = row()
	}
	return m, c.err
}

func readQuiz(b []byte, q *bot.Quiz, n *names) error {
	return eachField(b, func(f field) (err error) {
		switch f.number {
		case 1:
			q.Topic, err = n.id(f.v)
		case 2:
			q.Left, err = readNames(f.bytes, n)
		case 3:
			q.Asked = int(f.v)
		case 4:
			q.Right = int(f.v)
		case 5:
			q.Day = f.day()
		}
		return err
	})
}

// readNames reads a column of ids.
func readNames(b []byte, n *names) (ids []string, err error) {
	broken := eachValue(b, func(v uint64) {
		id, e := n.id(v)
		if e != nil {
			err = e
		}
		ids = append(ids, id)
	})
	if broken != nil {
		return nil, broken
	}
	return ids, err
}

// accountKey is an account as one string that sorts by platform and tenant.
func accountKey(a bot.Account) string { return a.Platform + "\x00" + a.Tenant + "\x00" + a.User }

func keyAccount(key string) bot.Account {
	platform, rest, _ := strings.Cut(key, "\x00")
	tenant, user, _ := strings.Cut(rest, "\x00")
	return bot.Account{Platform: platform, Tenant: tenant, User: user}
}
