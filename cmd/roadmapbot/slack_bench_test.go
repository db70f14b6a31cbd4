package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

// BenchmarkSlackCommands delivers signed slash commands over 64 connections: with
// ssl_check set, which the server answers once it has verified the signature, and
// without, which changes a learner on disk for each. The second kind is to reach
// 0.35 of the first, with a p99 under 30 ms.
//
//	go test ./cmd/roadmapbot -run - -bench SlackCommands -benchtime 10x -cpu 4
func BenchmarkSlackCommands(b *testing.B) {
	fake, err := slacktest.New()
	if err != nil {
		b.Fatal(err)
	}
	defer fake.Close()
	for i := range benchPeople {
		fake.AddUser("T1", slacktest.User{ID: fmt.Sprint("U", i)})
	}
	st, core := benchCore(b)
	defer func() { _ = st.Close() }()
	a, err := slack.New(slack.Config{Mode: slack.ModeHTTP, BotToken: bot.Secret(fake.Install("T1")), SigningSecret: slacktest.SigningSecret, API: fake.API(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer runFor(b, a, core.Handle, a.Health)()
	base := "http://" + listenWith(b, a.Handler())
	compare(b, commandsTo(b, base, fake.API(), "1"), commandsTo(b, base, fake.API(), "0"))
}

// commandsTo makes slash commands for a server, or checks of its certificate.
func commandsTo(b *testing.B, base, api, check string) side {
	transport := &http.Transport{MaxIdleConnsPerHost: benchConnections}
	b.Cleanup(transport.CloseIdleConnections)
	said := make([]bytes.Buffer, benchConnections)
	return func(first, n int) func(conn, i int) time.Duration {
		return func(conn, i int) time.Duration {
			user, serial := (first+i)%benchPeople, first+i
			body := url.Values{ // as Slack writes it, but for ssl_check
				"ssl_check": {check}, "token": {"gIkuvaNzQIHg97ATvDxqgjtO"}, "team_id": {"T1"}, "team_domain": {"example"}, "api_app_id": {slacktest.AppID},
				"is_enterprise_install": {"false"}, "channel_id": {"C0123456789"}, "channel_name": {"directmessage"}, "user_id": {fmt.Sprint("U", user)},
				"user_name": {fmt.Sprint("user", user)}, "command": {slack.Command}, "text": {fmt.Sprintf("study vcs-git %dm", 1+serial%5)},
				"response_url": {fmt.Sprintf("%scommands/T1/%d/k3Ao0xQ1dYpLbT5cV9rWzN7u", api, serial)},
				"trigger_id":   {fmt.Sprintf("%d.%d.b4f1c7d2a9e05368f1d7c2b9a4e60835", user, serial)},
			}.Encode()
			req, err := http.NewRequest(http.MethodPost, base+"/slack/commands", strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return 0
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			slacktest.Sign(req, slacktest.SigningSecret, []byte(body), time.Now())
			begin := time.Now()
			res, err := transport.RoundTrip(req)
			if err != nil {
				b.Error(err)
				return 0
			}
			answer := &said[conn]
			answer.Reset()
			_, err = answer.ReadFrom(res.Body)
			_ = res.Body.Close()
			if err != nil || res.StatusCode != http.StatusOK || bytes.Contains(answer.Bytes(), []byte(`"text":"Noted: `)) != (check == "0") {
				b.Errorf("%d %.300s", res.StatusCode, answer)
			}
			return time.Since(begin)
		}
	}
}
