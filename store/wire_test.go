package store

import (
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
)

// The generators below draw every field of a record; TestGenerators sees to it
// that none is forgotten.

func someText(r *rapid.T) string {
	return rapid.SampledFrom([]string{"", "x", "ünïcode, 日本語"}).Draw(r, "text")
}

func someID(r *rapid.T) string {
	return rapid.SampledFrom([]string{"", "git", "sql", "sql-2", "rest"}).Draw(r, "id")
}

func someIDs(r *rapid.T) []string {
	ids := rapid.SliceOfN(rapid.SampledFrom([]string{"git", "sql", "sql-2", "rest"}), 0, 3).Draw(r, "ids")
	if len(ids) == 0 {
		return nil // as it is read
	}
	return ids
}

func someDay(r *rapid.T) calendar.Day {
	return calendar.Day(rapid.SampledFrom([]int{0, 1, 19_999, 20_000, 20_001, 20_521, 1 << 30}).Draw(r, "day"))
}

func someTime(r *rapid.T) time.Time {
	s := rapid.SampledFrom([]int64{0, 1, 1_772_000_000, 1 << 40}).Draw(r, "time")
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

func someInt(r *rapid.T) int {
	return rapid.SampledFrom([]int{0, 1, 127, 128, 1439, 1 << 40}).Draw(r, "int")
}

func someBits(r *rapid.T) uint64 { return rapid.Uint64().Draw(r, "bits") }

func someBool(r *rapid.T) bool { return rapid.Bool().Draw(r, "bool") }

func someSettings(r *rapid.T) bot.Settings {
	return bot.Settings{
		Zone: someText(r), Locale: someText(r), Chosen: someIDs(r), Plan: someText(r), Paused: someDay(r),
		Schedule: bot.Schedule{On: someBool(r), Minute: someInt(r), Weekdays: bot.Weekdays(someInt(r))},
		Quiet:    bot.Quiet{From: someInt(r), To: someInt(r)},
	}
}

func someWork(r *rapid.T) bot.Work {
	return bot.Work{State: bot.State(rapid.IntRange(0, 2).Draw(r, "state")), Day: someDay(r), Minutes: someInt(r), Verified: someDay(r)}
}

func someAnswer(r *rapid.T) bot.Answer { return bot.Answer(rapid.IntRange(0, 3).Draw(r, "answer")) }

func someCard(r *rapid.T) bot.Card {
	return bot.Card{Right: someInt(r), Wrong: someInt(r), Unsure: someInt(r), Last: someAnswer(r), Day: someDay(r)}
}

func someNudges(r *rapid.T) bot.Nudges {
	n := bot.Nudges{
		Since: someTime(r), Decided: someDay(r), Sent: someDay(r), Snooze: someTime(r), Snoozed: someDay(r), Snoozes: someInt(r),
		Trialed: someDay(r), Trials: someInt(r), Ignored: someInt(r), Channel: someText(r), Refused: someBool(r),
		Claim: bot.Claim{Kind: bot.Kind(someInt(r)), Number: someInt(r), Day: someDay(r), Due: someTime(r), Next: someTime(r), Attempts: someInt(r), Unsure: someBool(r), Answered: someBool(r), Item: someText(r)},
		Shown: bot.Shown{
			Kind: bot.Kind(someInt(r)), Day: someDay(r), At: someTime(r), Until: someTime(r), Tries: someInt(r), Seen: someBool(r), Item: someText(r),
			Receipt: bot.Receipt{Channel: someText(r), Message: someText(r)},
		},
	}
	for range rapid.IntRange(0, 2).Draw(r, "missed") {
		n.Missed = append(n.Missed, bot.Missed{Day: someDay(r), Reason: someText(r)})
	}
	return n
}

func someLearner(r *rapid.T) bot.Learner {
	l := bot.Learner{
		Started: someTime(r), Settings: someSettings(r), Nudges: someNudges(r), Events: someBits(r),
		Days: bot.StudyDays{Last: someDay(r), Bits: someBits(r)},
	}
	for range rapid.IntRange(0, 2).Draw(r, "accounts") {
		l.Accounts = append(l.Accounts, bot.Account{Platform: someText(r), Tenant: someText(r), User: someText(r)})
	}
	for _, id := range someIDs(r) {
		if l.Topics == nil {
			l.Topics = map[string]bot.Work{}
		}
		l.Topics[id] = someWork(r)
	}
	for _, id := range someIDs(r) {
		if l.Cards == nil {
			l.Cards = map[string]bot.Card{}
		}
		l.Cards[id] = someCard(r)
	}
	if topic := someID(r); topic != "" {
		l.Quiz = bot.Quiz{Topic: topic, Left: someIDs(r), Asked: someInt(r), Right: someInt(r), Day: someDay(r)}
	}
	return l
}

func someEvent(r *rapid.T) bot.Event {
	e := bot.Event{
		At: someTime(r), Op: someText(r), What: bot.What(someInt(r)), Topic: someID(r), Item: someID(r),
		Answer: someAnswer(r), Minutes: someInt(r), Day: someDay(r), Text: someText(r),
	}
	if someBool(r) {
		e.Before = &bot.Before{}
		if someBool(r) {
			w := someWork(r)
			e.Before.Work = &w
		}
		if someBool(r) {
			c := someCard(r)
			e.Before.Card = &c
		}
		if someBool(r) {
			s := someSettings(r)
			e.Before.Settings = &s
		}
	}
	return e
}

func TestLearnerRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := newNames()
		want := someLearner(r)
		data := encodeLearner(&want, n)
		got, err := decodeLearner(data, n)
		if err != nil || !reflect.DeepEqual(got, &want) {
			r.Fatalf("wrote\n%+v, read\n%+v (%v)", want, got, err)
		}
		if again := encodeLearner(got, n); string(again) != string(data) {
			r.Fatalf("equal records have other bytes:\n%x\n%x", data, again)
		}
		// What a later version adds, in the record and inside its parts.
		for _, add := range later {
			got, err := decodeLearner(add(data), n)
			if err != nil || !reflect.DeepEqual(got, &want) {
				r.Fatalf("with fields of a later version: wrote\n%+v, read\n%+v (%v)", want, got, err)
			}
		}
	})
}

// encodeEvent writes an event as a value of its own, as in layout 1.
func encodeEvent(e *bot.Event, n *names) []byte {
	w := &writer{names: n}
	writeEvent(w, e)
	return w.b
}

func TestEventRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := newNames()
		want := someEvent(r)
		data := encodeEvent(&want, n)
		got, err := decodeEvent(data, n)
		if err != nil || !reflect.DeepEqual(got, want) {
			r.Fatalf("wrote\n%+v, read\n%+v (%v)", want, got, err)
		}
		if at, op, err := peekEvent(data); err != nil || !unpackTime(at).Equal(want.At) || string(op) != want.Op {
			r.Fatalf("peeked %v and %q (%v) of %+v", at, op, err, want)
		}
		for _, add := range later {
			if got, err := decodeEvent(add(data), n); err != nil || !reflect.DeepEqual(got, want) {
				r.Fatalf("with fields of a later version: wrote\n%+v, read\n%+v (%v)", want, got, err)
			}
		}
	})
}

// later are ways in which a later version may add to a message: fields of each
// type, at the end and, since order is free, at the beginning.
var later = []func([]byte) []byte{
	func(b []byte) []byte { return append(laterFields(), b...) },
	func(b []byte) []byte { return append(append([]byte(nil), b...), laterFields()...) },
}

func laterFields() []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 900, protowire.VarintType), 1<<60)
	b = protowire.AppendString(protowire.AppendTag(b, 901, protowire.BytesType), "later")
	b = protowire.AppendFixed32(protowire.AppendTag(b, 902, protowire.Fixed32Type), 7)
	b = protowire.AppendFixed64(protowire.AppendTag(b, 903, protowire.Fixed64Type), 7)
	b = protowire.AppendGroup(protowire.AppendTag(b, 904, protowire.StartGroupType), 904, nil)
	// A column that tables will have.
	return protowire.AppendBytes(protowire.AppendTag(b, 19, protowire.BytesType), []byte{1, 2, 3})
}

// TestEarlier reads records of an earlier version, which lack what came later.
func TestEarlier(t *testing.T) {
	n := newNames()
	if l, err := decodeLearner(nil, n); err != nil || !reflect.DeepEqual(l, &bot.Learner{}) {
		t.Errorf("a record without fields is %+v (%v)", l, err)
	}
	if e, err := decodeEvent(nil, n); err != nil || !reflect.DeepEqual(e, bot.Event{}) {
		t.Errorf("an event without fields is %+v (%v)", e, err)
	}
	// A table with nothing but the numbers of its rows.
	w := &writer{names: n}
	w.column(10, 2, func(i int) uint64 { return n.number([]string{"git", "sql"}[i]) - uint64(i) })
	l, err := decodeLearner(w.b, n)
	if want := map[string]bot.Work{"git": {}, "sql": {}}; err != nil || !reflect.DeepEqual(l.Topics, want) {
		t.Errorf("a table without columns is %+v (%v)", l.Topics, err)
	}
}

// TestGenerators looks for a field that no generated record ever fills: it would
// be one that the round trips don't prove, such as one added later. The records are
// the same in every run, so that it never depends on luck whether a field comes up.
func TestGenerators(t *testing.T) {
	filled := map[string]bool{}
	for seed := range 200 {
		note(filled, "Learner", reflect.ValueOf(rapid.Custom(someLearner).Example(seed)))
		note(filled, "Event", reflect.ValueOf(rapid.Custom(someEvent).Example(seed)))
	}
	// Not part of what is written: numbers stand in the keys, new events apart.
	for _, name := range []string{"Learner.ID", "Learner.New", "Event.Seq"} {
		delete(filled, name)
	}
	for name, ok := range filled {
		if !ok {
			t.Errorf("no generated record fills %s", name)
		}
	}
}

// note goes through a value and notes which fields are not zero.
func note(filled map[string]bool, name string, v reflect.Value) {
	filled[name] = filled[name] || !v.IsZero()
	switch v.Kind() {
	case reflect.Struct:
		if _, ok := reflect.TypeAssert[time.Time](v); ok {
			return
		}
		for i := range v.NumField() {
			note(filled, name+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			note(filled, name, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			note(filled, name+"[]", v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			note(filled, name+"[]", v.MapIndex(key))
		}
	}
}

// fuzzNames are the ids that fuzzed records may name.
func fuzzNames() *names {
	n := newNames()
	for _, id := range []string{"git", "sql", "sql-2", "rest"} {
		n.number(id)
	}
	return n
}

func FuzzDecodeLearner(f *testing.F) {
	n := fuzzNames()
	for seed := range 20 {
		l := rapid.Custom(someLearner).Example(seed)
		f.Add(encodeLearner(&l, n))
	}
	tooLong := protowire.AppendBytes(nil, []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1})
	for column := range protowire.Number(30) {
		f.Add(append(protowire.AppendTag(nil, column+1, protowire.BytesType), tooLong...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := decodeLearner(data, n)
		if err != nil {
			return
		}
		if len(l.Topics) > len(data) || len(l.Cards) > len(data) || len(l.Accounts) > len(data) || len(l.Nudges.Missed) > len(data) {
			t.Fatalf("%d bytes became %+v", len(data), l)
		}
		// What was read can be written, and reads the same.
		again, err := decodeLearner(encodeLearner(l, n), n)
		if err != nil {
			t.Fatalf("%+v was written, and can't be read: %v", l, err)
		}
		if twice, _ := decodeLearner(encodeLearner(again, n), n); !reflect.DeepEqual(twice, again) {
			t.Fatalf("\n%+v was written, and reads as\n%+v", again, twice)
		}
		_, _, _ = l.Daily()
		_, _ = l.Wake()
		_ = placesOf(l)
	})
}

func FuzzDecodeEvent(f *testing.F) {
	n := fuzzNames()
	for seed := range 20 {
		e := rapid.Custom(someEvent).Example(seed)
		f.Add(encodeEvent(&e, n))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = peekEvent(data)
		e, err := decodeEvent(data, n)
		if err != nil {
			return
		}
		if _, err := decodeEvent(encodeEvent(&e, n), n); err != nil {
			t.Fatalf("%+v was written, and can't be read: %v", e, err)
		}
	})
}
