package slack

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	slackgo "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"roadmapbot/bot"
)

// bodyLimit is how much of a request is read, in bytes, and readTime for how long.
const (
	bodyLimit = 1 << 20
	readTime  = 5 * time.Second
)

// Handler serves the adapter's routes, all below /slack/: commands, events and
// interactions in HTTP mode, install and oauth/callback for many workspaces.
// Before Run and after it deliveries are refused with 503, for Slack to repeat.
func (a *Adapter) Handler() http.Handler {
	mux := http.NewServeMux()
	if a.cfg.Mode == ModeHTTP {
		mux.Handle("POST /slack/commands", a.signed(a.serveCommand))
		mux.Handle("POST /slack/events", a.signed(a.serveEvent))
		mux.Handle("POST /slack/interactions", a.signed(a.serveInteraction))
	}
	if a.installs != nil {
		mux.HandleFunc("GET /slack/install", a.serveInstall)
		mux.HandleFunc("GET /slack/oauth/callback", a.serveCallback)
	}
	return mux
}

// signed reads the raw body and checks Slack's signature over it before anybody
// parses it.
func (a *Adapter) signed(serve func(w http.ResponseWriter, r *http.Request, raw []byte)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTime))
		body := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), bodyLimit)+bytes.MinRead))
		_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, bodyLimit))
		raw := body.Bytes()
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		case err != nil:
			http.Error(w, "not received", http.StatusBadRequest)
			return
		}
		if err := verify(r.Header, a.cfg.SigningSecret, raw); err != nil {
			// Slack's check of the certificate is not signed; nothing rides on it.
			if form, err := url.ParseQuery(string(raw)); err == nil && form.Get("ssl_check") == "1" {
				return
			}
			http.Error(w, "not signed by Slack", http.StatusUnauthorized)
			return
		}
		defer func() {
			if p := recover(); p != nil {
				a.caught("path", r.URL.Path, p)
				http.Error(w, "not understood", http.StatusBadRequest)
			}
		}()
		serve(w, r, raw)
	})
}

// verify checks a signature: over the raw body, at most five minutes off.
func verify(header http.Header, secret bot.Secret, raw []byte) error {
	v, err := slackgo.NewSecretsVerifier(header, secret.Reveal())
	if err != nil {
		return err
	}
	if _, err := v.Write(raw); err != nil {
		return err
	}
	return v.Ensure()
}

func (a *Adapter) serveCommand(w http.ResponseWriter, r *http.Request, raw []byte) {
	r.Body = io.NopCloser(bytes.NewReader(raw))
	c, err := slackgo.SlashCommandParse(r)
	if err != nil {
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	if r.PostForm.Get("ssl_check") == "1" {
		return
	}
	wait := newInline()
	defer close(wait.late)
	done, err := a.accept(command(c, wait.answer))
	if err != nil {
		a.log.Warn("a command is turned away", "err", err)
		writeJSON(w, body(asked{}, bot.Busy, render(bot.Busy, "")))
		return
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case body := <-wait.body:
		writeJSON(w, body)
	case <-done:
	case <-timer.C:
	case <-r.Context().Done():
	}
}

func (a *Adapter) serveEvent(w http.ResponseWriter, r *http.Request, raw []byte) {
	var outer struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(raw, &outer); err != nil {
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	switch outer.Type {
	case slackevents.URLVerification:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, outer.Challenge)
		return
	case slackevents.AppRateLimited:
		a.log.Warn("Slack holds events back: more than 30,000 came in an hour")
		return
	}
	in, err := callback(raw)
	if err != nil {
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	if n, err := strconv.Atoi(r.Header.Get("X-Slack-Retry-Num")); err == nil {
		a.log.Info("an event comes again", "event", in.id, "attempt", n, "reason", r.Header.Get("X-Slack-Retry-Reason"))
	}
	a.wait(w, r, in)
}

func (a *Adapter) serveInteraction(w http.ResponseWriter, r *http.Request, raw []byte) {
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	in, err := interaction([]byte(form.Get("payload")))
	if err != nil {
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	a.wait(w, r, in)
}

// wait answers 200 once the work is done, so that Slack repeats what a crash
// interrupts, but within Slack's three seconds in any case.
func (a *Adapter) wait(w http.ResponseWriter, r *http.Request, in arrival) {
	done, err := a.accept(in)
	if err != nil {
		a.log.Warn("a delivery is left for later", "err", err)
		http.Error(w, "later", http.StatusServiceUnavailable)
		return
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-r.Context().Done():
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}
