package discord_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"roadmapbot/adapters/discord"
)

const upgraded = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

// frames makes a stream of text messages from a gateway.
func frames(texts ...string) []byte {
	out := []byte(upgraded)
	for _, text := range texts {
		if len(text) < 126 {
			out = append(out, 0x81, byte(len(text)))
		} else {
			out = append(out, 0x81, 126)
			out = binary.BigEndian.AppendUint16(out, uint16(len(text)))
		}
		out = append(out, text...)
	}
	return out
}

const hello = `{"op":10,"d":{"heartbeat_interval":41250}}`

func TestWire(t *testing.T) {
	ready := `{"t":"READY","s":1,"op":0,"d":{"session_id":"a","resume_gateway_url":"wss://x"}}`
	event := `{"t":"INTERACTION_CREATE","s":%,"op":0,"d":{"id":"%","token":"t","type":2,"data":{"name":"today"}}}`
	for name, test := range map[string]struct {
		stream       []byte
		interactions int
		seen         []string // in this order
		unseen       string
		err          string
	}{
		"usual":            {frames(hello, ready, strings.ReplaceAll(event, "%", "2")), 1, []string{hello, ready, `{"op":0,"s":2,"t":"-","d":null}`}, "INTERACTION", "EOF"},
		"other order":      {frames(hello, ready, `{"d":{"id":"1","token":"t"},"s":2,"t":"INTERACTION_CREATE","op":0}`), 1, []string{`"s":2`}, "INTERACTION", "EOF"},
		"spaces":           {frames(hello, ready, `{"op": 0, "s": 2, "t": "INTERACTION_CREATE", "d": {"id": "1", "token": "t", "type": 2}}`), 1, []string{`"s":2`}, "INTERACTION", "EOF"},
		"wrong shape":      {frames(hello, ready, `{"t":"INTERACTION_CREATE","s":2,"op":0,"d":{"id":"1","token":"t","type":"x"}}`), 1, []string{`"s":2`}, "INTERACTION", "EOF"},
		"look-alike":       {frames(hello, ready, `{"t":"OTHER","s":2,"op":0,"d":{"t":"INTERACTION_CREATE"}}`), 0, []string{`"s":2`}, "OTHER", "EOF"},
		"acknowledged":     {frames(hello, ready, `{"op":11}`), 0, []string{ready, `{"op":11}`}, "", "EOF"},
		"too early":        {frames(hello, `{"op":11}`), 0, []string{hello}, `{"op":11}`, "EOF"},
		"op 1":             {frames(hello, `{"op":1,"d":null}`), 0, []string{hello}, `"op":1,`, "EOF"},
		"op 7":             {frames(hello, ready, `{"op":7,"d":null}`), 0, []string{ready}, `"op":7`, "reconnect"},
		"op 9":             {frames(hello, `{"op":9,"d":false}`), 0, []string{hello}, `"op":9`, "invalid"},
		"op 9, resumable":  {frames(hello, `{"op":9,"d":true}`), 0, []string{hello}, `"op":9`, "perhaps resumable"},
		"opcode 42":        {frames(hello, `{"op":42}`), 0, []string{hello}, "42", "EOF"},
		"second hello":     {frames(hello, ready, strings.Replace(hello, "41250", "7", 1)), 0, []string{hello, ready}, `"heartbeat_interval":7`, "EOF"},
		"no interval":      {frames(`{"op":10,"d":{}}`), 0, nil, "", "unreadable"},
		"not JSON":         {frames(hello, `{`), 0, []string{hello}, "", "unreadable"},
		"ready of nothing": {frames(hello, `{"t":"READY","op":0,"s":1,"d":{}}`), 0, []string{hello}, "READY", "unreadable"},
		"close":            {append(frames(hello), 0x88, 4, 0x0f, 0xa4, 'n', 'o'), 0, []string{hello}, "", "4004 no"},
		"binary":           {append(frames(hello), 0x82, 1, 'x'), 0, []string{hello}, "", "unreadable"},
		"masked":           {append(frames(hello), 0x81, 0x81, 0, 0, 0, 0, 'x'), 0, []string{hello}, "", "malformed"},
		"huge":             {append(frames(hello), 0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0), 0, []string{hello}, "", "malformed"},
		"stray part":       {append(frames(hello), 0x80, 1, 'x'), 0, []string{hello}, "", "malformed"},
		"ping in parts":    {append(frames(hello), 0x01, 8, '{', '"', 'o', 'p', '"', ':', '4', '2', 0x89, 0, 0x80, 1, '}'), 0, []string{hello, "\x89\x00"}, "42", "EOF"},
		"refused":          {[]byte("HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n"), 0, nil, "503", "503 Unavailable"},
		"limited":          {[]byte("HTTP/1.1 429 Too Many Requests\r\n\r\n"), 0, nil, "429", "429 Too Many Requests"},
		"not HTTP":         {[]byte("\x00\n"), 0, nil, "\n", `"\x00"`},
		"endless head":     {bytes.Repeat([]byte("x"), 1<<16), 0, nil, "", "buffer full"},
	} {
		t.Run(name, func(t *testing.T) {
			n, seen, err := discord.ReadWire(test.stream)
			if n != test.interactions {
				t.Errorf("%d interactions, want %d", n, test.interactions)
			}
			rest := string(seen)
			for _, want := range test.seen {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Errorf("discordgo does not see %q in %q", want, seen)
				}
				rest = after
			}
			if test.unseen != "" && strings.Contains(string(seen), test.unseen) {
				t.Errorf("discordgo sees %q", seen)
			}
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("ended with %v, want %q", err, test.err)
			}
		})
	}
}

// TestPatience holds the promise that silence is noticed within 65 s, whatever
// heartbeat a gateway asks for.
func TestPatience(t *testing.T) {
	for heartbeat, want := range map[time.Duration]time.Duration{
		0: 20 * time.Second, 41250 * time.Millisecond: 61875 * time.Millisecond, time.Hour: 62 * time.Second, time.Second: 1500 * time.Millisecond,
	} {
		if got := discord.Patience(heartbeat); got != want || got > 65*time.Second {
			t.Errorf("heartbeat %v: silence is noticed after %v, want %v", heartbeat, got, want)
		}
	}
}

// FuzzWire lets anything come from a gateway: reading ends, and what discordgo sees
// is no more than came, but for the numbers.
func FuzzWire(f *testing.F) {
	f.Add(frames(hello, `{"t":"INTERACTION_CREATE","s":2,"op":0,"d":{"id":"1"}}`))
	f.Add(append(frames(hello), 0x01, 1, '{', 0x80, 1, '}'))
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\n\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		_, seen, err := discord.ReadWire(append([]byte(upgraded), stream...))
		if err == nil {
			t.Fatal("reading does not end")
		}
		if len(seen) > len(upgraded)+64*(len(stream)+1) {
			t.Errorf("%d bytes became %d", len(stream), len(seen))
		}
		if strings.Contains(string(seen), `"op":7`) && errors.Is(err, io.EOF) && !strings.Contains(string(stream), "READY") && !strings.Contains(string(stream), `"op":10`) {
			t.Errorf("discordgo sees op 7 in %q", seen)
		}
	})
}
