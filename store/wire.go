package store

import (
	"errors"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"roadmapbot/bot/calendar"
)

// Records are written in the wire format of Protocol Buffers, by hand: small,
// quick, and able to gain fields. A field that is zero is left out, a field that
// nobody knows is passed over, and a number, once used, is never used for
// anything else.
//
// Ids of topics and items recur in every record, so each gets a number of its own
// in the database; a [names] turns one into the other.

var errWire = errors.New("malformed record")

// writer appends fields.
type writer struct {
	b     []byte
	names *names
}

func (w *writer) uint(field protowire.Number, v uint64) {
	if v != 0 {
		w.b = protowire.AppendTag(w.b, field, protowire.VarintType)
		w.b = protowire.AppendVarint(w.b, v)
	}
}

func (w *writer) int(field protowire.Number, v int) { w.uint(field, uint64(max(v, 0))) }

func (w *writer) bool(field protowire.Number, v bool) {
	if v {
		w.uint(field, 1)
	}
}

func (w *writer) day(field protowire.Number, d calendar.Day) { w.uint(field, packDay(d)) }

func (w *writer) time(field protowire.Number, t time.Time) {
	if !t.IsZero() {
		w.uint(field, uint64(max(t.Unix(), 1)))
	}
}

func (w *writer) string(field protowire.Number, s string) {
	if s != "" {
		w.b = protowire.AppendTag(w.b, field, protowire.BytesType)
		w.b = protowire.AppendString(w.b, s)
	}
}

func (w *writer) name(field protowire.Number, id string) {
	if id != "" {
		w.uint(field, w.names.number(id))
	}
}

// message writes a field that holds fields, even if they are all zero.
func (w *writer) message(field protowire.Number, fill func(*writer)) {
	w.b = protowire.AppendTag(w.b, field, protowire.BytesType)
	start := len(w.b)
	fill(w)
	w.sized(start)
}

// sized puts the length of what was written since start before it.
func (w *writer) sized(start int) {
	var length [10]byte
	w.b = slices.Insert(w.b, start, protowire.AppendVarint(length[:0], uint64(len(w.b)-start))...)
}

// column writes one value of each of n rows. A table of columns costs a byte or
// two a value, and gains a column without touching the others.
func (w *writer) column(field protowire.Number, n int, value func(i int) uint64) {
	b := protowire.AppendTag(w.b, field, protowire.BytesType)
	start := len(b)
	some := false
	for i := range n {
		v := value(i)
		some = some || v != 0
		b = protowire.AppendVarint(b, v)
	}
	if some {
		w.b = b
		w.sized(start)
	}
}

// epoch is the day from which packed days count, so that today's take two bytes.
const epoch calendar.Day = 20000 // 2024-10-04

// packDay keeps 0, which stands for never.
func packDay(d calendar.Day) uint64 {
	if d == 0 {
		return 0
	}
	return protowire.EncodeZigZag(int64(d-epoch)) + 1
}

func unpackDay(v uint64) calendar.Day {
	if v == 0 {
		return 0
	}
	return epoch + calendar.Day(protowire.DecodeZigZag(v-1))
}

func unpackTime(v uint64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.Unix(int64(v), 0).UTC()
}

// field is one field as read: a number or bytes, by its type.
type field struct {
	number protowire.Number
	v      uint64
	bytes  []byte // shared with the source
}

func (f field) day() calendar.Day { return unpackDay(f.v) }
func (f field) time() time.Time   { return unpackTime(f.v) }
func (f field) string() string    { return string(f.bytes) }

// eachField reads the fields of a message.
func eachField(b []byte, read func(field) error) error {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errWire
		}
		b = b[n:]
		f := field{number: number}
		switch kind {
		case protowire.VarintType:
			f.v, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b)
			if n < 0 {
				return errWire
			}
			b = b[n:]
			continue
		}
		if n < 0 {
			return errWire
		}
		b = b[n:]
		if err := read(f); err != nil {
			return err
		}
	}
	return nil
}

// peekEvent reads with what an event begins: when it was, in unix seconds, and of
// which operation.
func peekEvent(b []byte) (at uint64, op []byte, err error) {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return 0, nil, errWire
		}
		b = b[n:]
		switch {
		case number == 1 && kind == protowire.VarintType:
			at, n = protowire.ConsumeVarint(b)
		case number == 2 && kind == protowire.BytesType:
			op, n = protowire.ConsumeBytes(b)
		default:
			return at, op, nil
		}
		if n < 0 {
			return 0, nil, errWire
		}
		b = b[n:]
	}
	return at, op, nil
}

// countValues is the number of values of a column: each ends with a byte below 128.
func countValues(b []byte) (n int) {
	for _, c := range b {
		if c < 0x80 {
			n++
		}
	}
	return n
}

// columns are those of a table, and how far each is read.
type columns struct {
	bytes [10][]byte
	at    [10]int
	err   error
}

// next reads a value of a column; zero at its end.
func (c *columns) next(column int) uint64 {
	b := c.bytes[column][c.at[column]:]
	if len(b) == 0 {
		return 0
	}
	v, n := protowire.ConsumeVarint(b)
	if n < 0 {
		c.at[column], c.err = len(c.bytes[column]), errWire
		return 0
	}
	c.at[column] += n
	return v
}

// eachValue reads a column.
func eachValue(b []byte, read func(v uint64)) error {
	for len(b) > 0 {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return errWire
		}
		b = b[n:]
		read(v)
	}
	return nil
}
