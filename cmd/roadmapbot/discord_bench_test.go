package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

// BenchmarkDiscordInteractions delivers signed interactions over 64 connections:
// pings, which the server answers once it has verified the signature, and commands,
// each of which changes a learner on disk. The second kind is to reach 0.4 of the
// first, with a p99 under 50 ms. Requests are signed before the clock runs.
//
//	go test ./cmd/roadmapbot -run - -bench DiscordInteractions -benchtime 10x -cpu 4
func BenchmarkDiscordInteractions(b *testing.B) {
	fake, err := discordtest.New(discordtest.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer fake.Close()
	st, core := benchCore(b)
	defer func() { _ = st.Close() }()
	a, err := discord.New(discord.Config{
		Token: bot.Secret(fake.Token()), PublicKey: fake.PublicKey(), HTTP: true, API: fake.API(),
		Commands: core.Commands(), Complete: core.Complete, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer runFor(b, a, core.Handle, a.Health)()
	address := listenWith(b, a)
	compare(b, interactionsTo(b, fake, address, discordgo.InteractionPing), interactionsTo(b, fake, address, discordgo.InteractionApplicationCommand))
}

// interactionOf is a slash command with the fields that Discord sends, or as large a
// ping.
func interactionOf(kind discordgo.InteractionType, user, n int) []byte {
	return fmt.Appendf(nil, `{"id":"%d","application_id":"1100000000000000001","type":%d,"token":"aW50ZXJhY3Rpb24%d","version":1,`+
		`"guild_id":"1300000000000000001","channel_id":"1300000000000000301","channel":{"id":"1300000000000000301","type":0,"name":"study","flags":0},`+
		`"guild":{"id":"1300000000000000001","locale":"en-US","features":[]},"guild_locale":"en-US","locale":"en-GB","context":0,`+
		`"app_permissions":"562949953863680","attachment_size_limit":10485760,"entitlements":[],"authorizing_integration_owners":{"0":"1300000000000000001"},`+
		`"member":{"user":{"id":"14000000000000%05d","username":"user%d","global_name":"User","discriminator":"0","avatar":null,"public_flags":0},`+
		`"roles":["1300000000000000201"],"permissions":"2248473465835073","joined_at":"2026-01-05T10:00:00.123000+00:00","nick":null,"deaf":false,"mute":false,"pending":false,"flags":0},`+
		`"data":{"id":"1300000000000000401","name":"roadmap","type":1,"options":[{"name":"study","type":1,"options":[{"name":"topic","type":3,"value":"vcs-git"},{"name":"time","type":3,"value":"%dm"}]}]}}`,
		1350000000000000000+n, kind, n, user, user, 1+n%5)
}

// interactionsTo makes signed interactions for a server.
func interactionsTo(b *testing.B, fake *discordtest.Server, address string, kind discordgo.InteractionType) side {
	conns := make([]net.Conn, benchConnections)
	reads := make([]*bufio.Reader, benchConnections)
	for i := range conns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		conns[i], reads[i] = conn, bufio.NewReader(conn)
	}
	return func(first, n int) func(conn, i int) time.Duration {
		raws := make([][]byte, n)
		for i := range raws {
			body := interactionOf(kind, (first+i)%benchPeople, first+i)
			signature, timestamp := fake.Sign(body, time.Now())
			raws[i] = fmt.Appendf(nil, "POST /discord/interactions HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\nX-Signature-Ed25519: %s\r\nX-Signature-Timestamp: %s\r\nContent-Length: %d\r\n\r\n%s",
				signature, timestamp, len(body), body)
		}
		return func(conn, i int) time.Duration {
			begin := time.Now()
			if _, err := conns[conn].Write(raws[i]); err != nil {
				b.Error(err)
			}
			answer, err := answerTo(reads[conn])
			if err != nil || bytes.Contains(answer, []byte("went wrong")) || bytes.Contains(answer, []byte("I don't know")) {
				b.Errorf("%v %.300s", err, answer)
			}
			return time.Since(begin)
		}
	}
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
