package discord

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/bwmarrin/discordgo"

	"roadmapbot/bot"
)

// Limits of the HTTP interactions endpoint. discordgo's VerifyInteraction reads a
// body of any size and does not look at the timestamp's age.
const (
	maxBody   = 1 << 20
	freshness = 300 * time.Second
)

// ServeHTTP takes signed interactions, as Discord posts them to the interactions
// endpoint URL of the application: mount it at /discord/interactions.
func (a *Adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "POST only", http.StatusMethodNotAllowed)
		return
	}
	if !a.config.HTTP {
		http.Error(w, "not set up for HTTP interactions", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body could not be read", http.StatusRequestEntityTooLarge)
		return
	}
	if !a.genuine(r, body) {
		http.Error(w, "the signature is not Discord's", http.StatusUnauthorized)
		return
	}
	var in interaction
	if json.Unmarshal(body, &in) != nil {
		in = salvage(body)
	}
	if in.Type == discordgo.InteractionPing {
		reply(w, callback{Type: discordgo.InteractionResponsePong})
		return
	}
	if a.handle.Load() == nil {
		http.Error(w, "not running yet", http.StatusServiceUnavailable)
		return
	}
	done, err := a.admit(&in)
	switch {
	case errors.Is(err, errSeen):
		// 202 tells Discord to wait for the callback route, on which nothing more
		// will come.
		w.WriteHeader(http.StatusAccepted)
		return
	case errors.Is(err, errFull):
		a.log.Warn("turned away", "event", in.ID, "err", err)
		reply(w, a.excuse(&in, bot.Busy))
		return
	case err != nil:
		http.Error(w, "not running any more", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(a.living, tokenLife)
	first, rest := a.respond(ctx, &in)
	reply(w, first)
	if rest == nil {
		cancel()
		done()
		return
	}
	if f, ok := w.(http.Flusher); ok {
		f.Flush() // Discord has to see the deferral before the edit
	}
	go func() {
		defer done()
		defer cancel()
		rest(ctx)
	}()
}

func reply(w http.ResponseWriter, c callback) {
	raw, err := json.Marshal(c)
	if err != nil {
		http.Error(w, "the answer could not be encoded", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	_, _ = w.Write(raw)
}

// genuine verifies the signature over timestamp and raw body, and the timestamp's
// age.
func (a *Adapter) genuine(r *http.Request, body []byte) bool {
	var signature [ed25519.SignatureSize]byte
	text := r.Header.Get("X-Signature-Ed25519")
	if len(text) != 2*len(signature) {
		return false
	}
	if _, err := hex.Decode(signature[:], []byte(text)); err != nil {
		return false
	}
	timestamp := r.Header.Get("X-Signature-Timestamp")
	unix, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(unix, 0)).Abs() > freshness {
		return false
	}
	signed := make([]byte, 0, len(timestamp)+len(body))
	signed = append(append(signed, timestamp...), body...)
	return ed25519.Verify(a.key, signed, signature[:])
}
