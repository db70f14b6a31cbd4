package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
	"roadmapbot/content"
	"roadmapbot/store"
)

// discordConnections is how many connections deliver at once.
const discordConnections = 64

// discordPeople is how many learners they come from.
const discordPeople = 2000

// BenchmarkDiscordInteractions delivers signed interactions over many connections:
// to a server that only verifies the signature, and to the bot, which changes a
// learner on disk for each. The second is to reach 0.4 of the first, with a p99
// under 50 ms. Requests are signed before the clock runs.
func BenchmarkDiscordInteractions(b *testing.B) {
	fake, err := discordtest.New(discordtest.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer fake.Close()
	key, err := hex.DecodeString(fake.PublicKey())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("verify", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
			if err != nil {
				return
			}
			signature, err := hex.DecodeString(r.Header.Get("X-Signature-Ed25519"))
			if err != nil || !ed25519.Verify(key, append([]byte(r.Header.Get("X-Signature-Timestamp")), raw...), signature) {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"type":1}`)
		}))
		defer server.Close()
		interact(b, fake, server.Listener.Addr().String())
	})
	b.Run("durable", func(b *testing.B) {
		st, err := store.Open(filepath.Join(b.TempDir(), "learners.db"))
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = st.Close() }()
		roadmap, err := content.Default()
		if err != nil {
			b.Fatal(err)
		}
		log := slog.New(slog.DiscardHandler)
		core := bot.New(bot.Config{Roadmap: roadmap, Store: st, Log: log})
		a, err := discord.New(discord.Config{
			Token: bot.Secret(fake.Token()), PublicKey: fake.PublicKey(), HTTP: true, API: fake.API(),
			Commands: core.Commands(), Complete: core.Complete, Log: log,
		})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx, core.Handle) }()
		defer func() {
			cancel()
			if err := <-ended; err != nil {
				b.Error(err)
			}
		}()
		for tick := time.NewTicker(time.Millisecond); a.Health() != nil; <-tick.C {
		}
		server := httptest.NewServer(a)
		defer server.Close()
		interact(b, fake, server.Listener.Addr().String())
	})
}

// interactionOf is a slash command with the fields that Discord sends.
func interactionOf(user, n int) []byte {
	return fmt.Appendf(nil, `{"id":"%d","application_id":"1100000000000000001","type":2,"token":"aW50ZXJhY3Rpb24%d","version":1,`+
		`"guild_id":"1300000000000000001","channel_id":"1300000000000000301","channel":{"id":"1300000000000000301","type":0,"name":"study","flags":0},`+
		`"guild":{"id":"1300000000000000001","locale":"en-US","features":[]},"guild_locale":"en-US","locale":"en-GB","context":0,`+
		`"app_permissions":"562949953863680","attachment_size_limit":10485760,"entitlements":[],"authorizing_integration_owners":{"0":"1300000000000000001"},`+
		`"member":{"user":{"id":"14000000000000%05d","username":"user%d","global_name":"User","discriminator":"0","avatar":null,"public_flags":0},`+
		`"roles":["1300000000000000201"],"permissions":"2248473465835073","joined_at":"2026-01-05T10:00:00.123000+00:00","nick":null,"deaf":false,"mute":false,"pending":false,"flags":0},`+
		`"data":{"id":"1300000000000000401","name":"roadmap","type":1,"options":[{"name":"study","type":1,"options":[{"name":"topic","type":3,"value":"vcs-git"},{"name":"time","type":3,"value":"%dm"}]}]}}`,
		1350000000000000000+n, n, user, user, 1+n%5)
}

// interact sends b.N interactions and reports interactions a second and latencies.
func interact(b *testing.B, fake *discordtest.Server, address string) {
	request := func(user, n int) []byte {
		body := interactionOf(user, n)
		signature, timestamp := fake.Sign(body, time.Now())
		return fmt.Appendf(nil, "POST /discord/interactions HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\nX-Signature-Ed25519: %s\r\nX-Signature-Timestamp: %s\r\nContent-Length: %d\r\n\r\n%s",
			signature, timestamp, len(body), body)
	}
	var serial atomic.Int64
	conns := make([]net.Conn, discordConnections)
	reads := make([]*bufio.Reader, discordConnections)
	send := func(user int, raw []byte) time.Duration {
		begin := time.Now()
		if _, err := conns[user].Write(raw); err != nil {
			b.Error(err)
		}
		answer, err := answerTo(reads[user])
		if err != nil || bytes.Contains(answer, []byte("went wrong")) || bytes.Contains(answer, []byte("I don't know")) {
			b.Errorf("%v %.300s", err, answer)
		}
		return time.Since(begin)
	}
	offset := int(time.Now().UnixNano() / 1000 % 1e12)
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				_ = conn.Close()
			}
		}
	}()
	for user := range conns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		conns[user], reads[user] = conn, bufio.NewReader(conn)
	}
	raws := make([][][]byte, discordConnections)
	for n := range b.N {
		raws[n%discordConnections] = append(raws[n%discordConnections], request(n%discordPeople, offset+int(serial.Add(1))))
	}
	each := func(do func(conn int)) {
		var wg sync.WaitGroup
		for conn := range discordConnections {
			wg.Go(func() { do(conn) })
		}
		wg.Wait()
	}
	each(func(conn int) { // learners exist before the clock runs
		for user := conn; user < discordPeople; user += discordConnections {
			send(conn, request(user, offset+int(serial.Add(1))))
		}
	})
	all := make([][]time.Duration, discordConnections)
	b.ResetTimer()
	spent := processorTime(b)
	begin := time.Now()
	each(func(conn int) {
		for _, raw := range raws[conn] {
			all[conn] = append(all[conn], send(conn, raw))
		}
	})
	took := time.Since(begin)
	b.StopTimer()
	times := slices.Concat(all...)
	slices.Sort(times)
	b.ReportMetric(float64((processorTime(b)-spent).Microseconds())/float64(b.N), "cpu-µs/op") // the client's share is in it
	b.ReportMetric(float64(b.N)/took.Seconds(), "interactions/s")
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
}

// answerTo reads one HTTP answer of a known length.
func answerTo(r *bufio.Reader) ([]byte, error) {
	length := 0
	for first := true; ; first = false {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimSpace(line)
		if first && !strings.Contains(line, " 200 ") {
			return nil, fmt.Errorf("answered %s", line)
		}
		if line == "" {
			break
		}
		if value, ok := strings.CutPrefix(strings.ToLower(line), "content-length: "); ok {
			if _, err := fmt.Sscan(value, &length); err != nil {
				return nil, err
			}
		}
	}
	body := make([]byte, length)
	_, err := io.ReadFull(r, body)
	return body, err
}
