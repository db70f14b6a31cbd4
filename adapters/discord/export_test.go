package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"roadmapbot/bot"
)

// Hurry shortens the adapter's waits for a test.
func (a *Adapter) Hurry(deferAfter time.Duration) {
	a.pace.deferAfter = deferAfter
	a.pace.backoff, a.pace.backoffMax = 5*time.Millisecond, 50*time.Millisecond
	a.pace.invalid = 10 * time.Millisecond
	a.pace.look = 200 * time.Millisecond
	a.pace.ready, a.pace.stuck = 5*time.Second, 20*time.Second
}

// Narrow makes the adapter handle n interactions at a time, and turn as many away.
func (a *Adapter) Narrow(n int) {
	a.room, a.sorry = make(chan struct{}, n), make(chan struct{}, n)
}

// Full tells whether no more interaction can be handled, and TurningAway whether any is
// being turned away.
func (a *Adapter) Full() bool        { return len(a.room) == cap(a.room) }
func (a *Adapter) TurningAway() bool { return len(a.sorry) > 0 }

// Through makes the adapter send its REST requests some other way than over a network.
func (a *Adapter) Through(t http.RoundTripper) { a.rest.http.Transport = t }

// Dial makes the adapter reach the gateway through a dialer of the test's own.
func (a *Adapter) Dial(d func(ctx context.Context, network, address string) (net.Conn, error)) {
	a.dial = d
}

// CloseIdle closes the connections of an adapter that does not run.
func (a *Adapter) CloseIdle() { a.rest.http.CloseIdleConnections() }

// Respond makes the first answer to a raw interaction.
func (a *Adapter) Respond(ctx context.Context, raw []byte, handle bot.Handler) []byte {
	a.handle.Store(&handle)
	var in interaction
	if json.Unmarshal(raw, &in) != nil {
		if !json.Valid(raw) {
			return nil
		}
		in = salvage(raw)
	}
	first, _ := a.respond(ctx, &in)
	out, err := json.Marshal(first)
	if err != nil {
		panic(err)
	}
	return out
}

// Render renders a reply as the body of a direct message.
func Render(r bot.Reply, key string) ([]byte, error) {
	c, err := render(r)
	if key != "" {
		c.stamp(mark(key))
	}
	raw, fault := json.Marshal(c)
	if fault != nil {
		panic(fault)
	}
	return raw, err
}

// For the tests of the smallest parts.
var (
	Markdown = markdown
	DecodeID = decodeID
	SlashSet = func(table []bot.Command, complete func(bot.ArgKind, string) []bot.Choice) ([]byte, error) {
		set, err := slashCommands(table, complete, true)
		if err != nil {
			return nil, err
		}
		return json.MarshalIndent(set, "", " ")
	}
)

// ButtonID is the custom_id of an action that is alone in its message.
func ButtonID(a bot.Action) (string, bool) { return customIDs{}.make(a) }

// ReadWire reads a stream from a gateway to its end, as discordgo would, and returns
// the interactions in it and what discordgo sees.
func ReadWire(stream []byte) (interactions int, seen []byte, err error) {
	w := newWire(&streamConn{r: bytes.NewReader(stream)}, func(*interaction) { interactions++ }, "token", nil)
	p := make([]byte, 4096)
	for len(seen) < 1<<20 {
		n, err := w.Read(p)
		seen = append(seen, p[:n]...)
		if err != nil {
			return interactions, seen, err
		}
	}
	return interactions, seen, nil
}

type streamConn struct {
	net.Conn
	r *bytes.Reader
}

func (c *streamConn) Read(p []byte) (int, error)       { return c.r.Read(p) }
func (c *streamConn) Write(p []byte) (int, error)      { return len(p), nil }
func (c *streamConn) Close() error                     { return nil }
func (c *streamConn) SetReadDeadline(time.Time) error  { return nil }
func (c *streamConn) SetWriteDeadline(time.Time) error { return nil }

// Rush makes the adapter reconnect at once, and count every connection as a long one.
func (a *Adapter) Rush() { a.pace.backoff, a.pace.backoffMax, a.pace.invalid = 1, 1, 1 }

// Stats are counts since the start.
type Stats struct {
	bot.Traffic
	Deferred, Shed, Failed, Abandoned uint64
	LastHeard                         time.Time
}

// Stats reads the counters.
func (a *Adapter) Stats() Stats {
	s := &a.stats
	return Stats{a.Traffic(), s.deferred.Load(), s.shed.Load(), a.Failed(), s.abandoned.Load(), instant(s.lastHeard.Load())}
}

// Behind is how many gateway clients are letting go.
func (a *Adapter) Behind() int { return int(a.stats.letting.Load()) }

// Patience is how long a gateway may be silent that asked for a heartbeat.
func Patience(heartbeat time.Duration) time.Duration {
	w := newWire(&streamConn{}, nil, "", nil)
	if heartbeat == 0 {
		return w.wait
	}
	if err := w.take(fmt.Appendf(nil, `{"op":10,"d":{"heartbeat_interval":%d}}`, heartbeat.Milliseconds())); err != nil {
		panic(err)
	}
	return w.wait
}

// LastHeard sets when the gateway last said anything.
func (a *Adapter) LastHeard(at time.Time) { a.stats.lastHeard.Store(at.UnixNano()) }

// Unlucky makes the adapter count every connection of a test as a short one.
func (a *Adapter) Unlucky() { a.pace.backoff, a.pace.backoffMax = time.Millisecond, time.Hour }
