package store

import (
	"slices"
	"strings"

	"roadmapbot/bot"
)

// encodeLearner writes a record; the events are stored apart.
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
		})
	}
	w.message(40, func(w *writer) { writeNudges(w, &l.Nudges) })
	return w.b
}

func decodeLearner(b []byte, n *names) (bot.Learner, error) {
	var l bot.Learner
	topics, cards := &topicRows{}, &cardRows{}
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
			return topics.read(f)
		case f.number >= 20 && f.number < 30:
			return cards.read(f)
		case f.number == 30:
			return readQuiz(f.bytes, &l.Quiz, n)
		case f.number == 40:
			return readNudges(f.bytes, &l.Nudges)
		}
		return nil
	})
	if err != nil {
		return l, err
	}
	if l.Topics, err = topics.join(n); err != nil {
		return l, err
	}
	l.Cards, err = cards.join(n)
	return l, err
}

// numbered is a row of a map with its id's number.
type numbered[V any] struct {
	number uint64
	value  V
}

// rows sorts a map by number, so that equal records have equal bytes and numbers
// can be written as differences.
func rows[V any](m map[string]V, n *names) []numbered[V] {
	out := make([]numbered[V], 0, len(m))
	for id, v := range m {
		out = append(out, numbered[V]{n.number(id), v})
	}
	slices.SortFunc(out, func(a, b numbered[V]) int { return int(a.number) - int(b.number) })
	return out
}

// difference is the step from the row before.
func difference[V any](rows []numbered[V], i int) uint64 {
	if i == 0 {
		return rows[0].number
	}
	return rows[i].number - rows[i-1].number
}

func writeTopics(w *writer, m map[string]bot.Work) {
	t := rows(m, w.names)
	w.column(10, len(t), func(i int) uint64 { return difference(t, i) })
	w.column(11, len(t), func(i int) uint64 { return uint64(t[i].value.State) })
	w.column(12, len(t), func(i int) uint64 { return packDay(t[i].value.Day) })
	w.column(13, len(t), func(i int) uint64 { return uint64(t[i].value.Minutes) })
	w.column(14, len(t), func(i int) uint64 { return packDay(t[i].value.Verified) })
}

type topicRows struct{ rows []numbered[bot.Work] }

func (t *topicRows) read(f field) error {
	return eachValue(f.bytes, func(i int, v uint64) {
		for len(t.rows) <= i {
			t.rows = append(t.rows, numbered[bot.Work]{})
		}
		row := &t.rows[i]
		switch f.number {
		case 10:
			row.number = v
		case 11:
			row.value.State = bot.State(v)
		case 12:
			row.value.Day = unpackDay(v)
		case 13:
			row.value.Minutes = int(v)
		case 14:
			row.value.Verified = unpackDay(v)
		}
	})
}

func (t *topicRows) join(n *names) (map[string]bot.Work, error) { return join(t.rows, n) }

// join turns differences back into ids.
func join[V any](rows []numbered[V], n *names) (map[string]V, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	m := make(map[string]V, len(rows))
	var number uint64
	for _, row := range rows {
		number += row.number
		id, err := n.id(number)
		if err != nil {
			return nil, err
		}
		m[id] = row.value
	}
	return m, nil
}

func writeCards(w *writer, m map[string]bot.Card) {
	c := rows(m, w.names)
	w.column(20, len(c), func(i int) uint64 { return difference(c, i) })
	w.column(21, len(c), func(i int) uint64 { return uint64(c[i].value.Right) })
	w.column(22, len(c), func(i int) uint64 { return uint64(c[i].value.Wrong) })
	w.column(23, len(c), func(i int) uint64 { return uint64(c[i].value.Unsure) })
	w.column(24, len(c), func(i int) uint64 { return uint64(c[i].value.Last) })
	w.column(25, len(c), func(i int) uint64 { return packDay(c[i].value.Day) })
}

type cardRows struct{ rows []numbered[bot.Card] }

func (c *cardRows) read(f field) error {
	return eachValue(f.bytes, func(i int, v uint64) {
		for len(c.rows) <= i {
			c.rows = append(c.rows, numbered[bot.Card]{})
		}
		row := &c.rows[i]
		switch f.number {
		case 20:
			row.number = v
		case 21:
			row.value.Right = int(v)
		case 22:
			row.value.Wrong = int(v)
		case 23:
			row.value.Unsure = int(v)
		case 24:
			row.value.Last = bot.Answer(v)
		case 25:
			row.value.Day = unpackDay(v)
		}
	})
}

func (c *cardRows) join(n *names) (map[string]bot.Card, error) { return join(c.rows, n) }

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
		}
		return err
	})
}

// readNames reads a column of ids.
func readNames(b []byte, n *names) (ids []string, err error) {
	broken := eachValue(b, func(_ int, v uint64) {
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
