package slacktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Paths of the app's HTTP listener.
const (
	CommandsPath     = "/slack/commands"
	EventsPath       = "/slack/events"
	InteractionsPath = "/slack/interactions"
)

// answerTime is how long Slack waits for an answer.
const answerTime = 3 * time.Second

// client delivers to the app. Slack follows no redirects here.
var client = &http.Client{
	Timeout:       answerTime,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 5 * time.Second},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Sign adds Slack's signature over body at the given time to a request.
func Sign(r *http.Request, secret string, body []byte, at time.Time) {
	ts := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "v0:%s:", ts)
	_, _ = mac.Write(body)
	r.Header.Set("X-Slack-Request-Timestamp", ts)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
}

// LoseAcks makes Slack overlook the next n acknowledgements of events, so that
// it delivers them again.
func (s *Server) LoseAcks(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.faults["ack"] = append(s.faults["ack"], Fault{})
	}
}

func (s *Server) loseAck() bool { return s.fault("ack") != nil }

// Event delivers an event of the Events API to the app and returns a channel
// with how it was taken in the end.
func (s *Server) Event(team string, event map[string]any) <-chan Ack {
	return s.event(team, event, s.Now())
}

func (s *Server) event(team string, event object, at time.Time) <-chan Ack {
	s.mu.Lock()
	payload := s.callback(team, event, at)
	s.mu.Unlock()
	return s.deliver("events_api", payload)
}

// callback wraps an event; s.mu is held.
func (s *Server) callback(team string, event object, at time.Time) object {
	t := s.team(team)
	auth := object{"enterprise_id": nil, "team_id": t.id, "user_id": t.botUser, "is_bot": true, "is_enterprise_install": t.orgWide}
	payload := object{
		"token": "legacy", "team_id": t.id, "api_app_id": AppID, "event": event, "type": "event_callback",
		"event_id": fmt.Sprintf("Ev%010d", s.next()), "event_time": at.Unix(), "authorizations": []object{auth}, "is_ext_shared_channel": false,
	}
	if t.enterprise != "" {
		auth["enterprise_id"], payload["enterprise_id"] = t.enterprise, t.enterprise
	}
	return payload
}

// deliver brings a payload to the app on the way in use.
func (s *Server) deliver(kind string, payload object) <-chan Ack {
	done := make(chan Ack, 1)
	s.mu.Lock()
	base, retries := s.target, s.retries
	select {
	case <-s.done:
		s.mu.Unlock()
		done <- Ack{Err: context.Canceled}
		return done
	default:
		s.work.Add(1)
	}
	s.mu.Unlock()
	go func() {
		defer s.work.Done()
		if base == "" {
			done <- s.overSocket(&envelope{id: random(16), kind: kind, payload: payload, acked: make(chan Ack, 8)})
			return
		}
		if kind != "events_api" {
			retries = nil
		}
		done <- s.overHTTP(base, kind, payload, retries)
	}()
	return done
}

// overHTTP posts a delivery, and an event again as Slack does.
func (s *Server) overHTTP(base, kind string, payload object, retries []time.Duration) Ack {
	path, contentType, body := encode(kind, payload)
	var last Ack
	reason := ""
	for attempt := 0; attempt <= len(retries); attempt++ {
		if attempt > 0 {
			timer := time.NewTimer(retries[attempt-1])
			select {
			case <-timer.C:
			case <-s.done:
				timer.Stop()
				return Ack{Err: context.Canceled, Attempts: attempt}
			}
		}
		header := http.Header{"Content-Type": {contentType}}
		if attempt > 0 {
			header.Set("X-Slack-Retry-Num", strconv.Itoa(attempt))
			header.Set("X-Slack-Retry-Reason", reason)
		}
		var stop bool
		last, reason, stop = s.post(base+path, header, body)
		last.Attempts = attempt + 1
		if stop {
			break
		}
	}
	return last
}

// encode gives a delivery the form it has over HTTP.
func encode(kind string, payload object) (path, contentType string, body []byte) {
	raw, _ := json.Marshal(payload)
	form := url.Values{}
	switch kind {
	case "events_api":
		return EventsPath, "application/json", raw
	case "slash_commands":
		for k, v := range payload {
			form.Set(k, fmt.Sprint(v))
		}
		return CommandsPath, "application/x-www-form-urlencoded", []byte(form.Encode())
	}
	form.Set("payload", string(raw))
	return InteractionsPath, "application/x-www-form-urlencoded", []byte(form.Encode())
}

// Post sends a signed request to the app, as any delivery, and reports the answer.
func (s *Server) Post(url, contentType string, body []byte) Ack {
	a, _, _ := s.post(url, http.Header{"Content-Type": {contentType}}, body)
	return a
}

func (s *Server) post(url string, header http.Header, body []byte) (a Ack, reason string, stop bool) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Ack{Err: err}, "unknown_error", true
	}
	req.Header = header.Clone()
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	Sign(req, SigningSecret, body, s.Now())
	res, err := client.Do(req)
	if err != nil {
		var late interface{ Timeout() bool }
		if errors.As(err, &late) && late.Timeout() {
			return Ack{Err: err}, "http_timeout", false
		}
		return Ack{Err: err}, "connection_failed", false
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	a = Ack{Status: res.StatusCode, Body: raw, Err: err}
	s.mu.Lock()
	lost := s.loseAck()
	s.mu.Unlock()
	if lost {
		return a, "http_timeout", false
	}
	if res.StatusCode/100 != 2 {
		a.Err = fmt.Errorf("slacktest: the app answered %d: %.200s", res.StatusCode, raw)
		return a, "http_error", res.Header.Get("X-Slack-No-Retry") == "1"
	}
	return a, "", true
}
