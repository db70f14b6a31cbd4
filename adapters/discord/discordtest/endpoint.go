package discordtest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

func words(s string) []string { return strings.Fields(s) }

// Sign makes the two headers with which Discord sends a body at an instant.
func (s *Server) Sign(body []byte, at time.Time) (signature, timestamp string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	return hex.EncodeToString(ed25519.Sign(s.private, append([]byte(timestamp), body...))), timestamp
}

// Post sends a signed interaction to an endpoint; wrong spoils the signature.
func (s *Server) Post(ctx context.Context, endpoint string, body []byte, wrong bool) (status int, answer []byte, err error) {
	if err := loopback(endpoint); err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	signature, timestamp := s.Sign(body, s.options.Now())
	if wrong {
		signature = strings.Repeat("00", ed25519.SignatureSize)
	}
	req.Header.Set("X-Signature-Ed25519", signature)
	req.Header.Set("X-Signature-Timestamp", timestamp)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Discord-Interactions/1.0 (+https://discord.com)")
	client := http.Client{Timeout: firstAnswer}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && len(answer) > 0 && resp.StatusCode == http.StatusOK && resp.Header.Get("Content-Type") != "application/json" {
		err = fmt.Errorf("content type %q", resp.Header.Get("Content-Type"))
	}
	return resp.StatusCode, answer, err
}

// loopback refuses to send anything anywhere else.
func loopback(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%s is not on loopback", u.Hostname())
	}
	return nil
}

// probe tries an endpoint as Discord does before it saves it.
func (s *Server) probe(endpoint string) error {
	ctx, cancel := context.WithTimeout(context.Background(), firstAnswer)
	defer cancel()
	ping, err := json.Marshal(map[string]any{"id": "1", "application_id": s.options.AppID, "type": pingInteraction, "token": "ping", "version": 1})
	if err != nil {
		return err
	}
	status, body, err := s.Post(ctx, endpoint, ping, false)
	if err != nil {
		return err
	}
	var answer struct{ Type int }
	if err := json.Unmarshal(body, &answer); err != nil || status != 200 || answer.Type != pong {
		return fmt.Errorf("the endpoint answered PING with %d %s", status, body)
	}
	if status, _, err = s.Post(ctx, endpoint, ping, true); err != nil {
		return err
	}
	if status != http.StatusUnauthorized {
		return fmt.Errorf("the endpoint answered a wrong signature with %d, not 401", status)
	}
	return nil
}

// post delivers an interaction over HTTP and takes the answer that comes inline.
func (s *Server) post(ctx context.Context, endpoint string, i *interaction, payload []byte) error {
	status, body, err := s.Post(ctx, endpoint, payload, false)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrFailed, err)
	case status == http.StatusAccepted && len(body) == 0:
		return nil // the answer comes by the callback route
	case status != http.StatusOK:
		return fmt.Errorf("%w: the endpoint answered %d", ErrFailed, status)
	}
	op, values := s.doc.find(http.MethodPost, "/interactions/"+i.id+"/"+i.token+"/callback")
	if err := op.check(values, nil, body); err != nil {
		s.violate("inline answer: %v\n%s", err, body)
		return ErrFailed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, refused := s.callback(i.id, i.token, body); refused != nil {
		if refused.code == 50035 {
			s.violations = append(s.violations, "inline answer: "+refused.message+"\n"+string(body))
		}
		return fmt.Errorf("%w: %s", ErrFailed, refused.message)
	}
	return nil
}
