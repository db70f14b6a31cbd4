package slack

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"roadmapbot/adapters/slack/slacktest"
)

// FuzzSignature: a request passes if, and only if, it carries exactly the
// signature of its body and time, and the time is near. The stand-in computes
// signatures by itself, from Slack's description.
func FuzzSignature(f *testing.F) {
	f.Add([]byte("text=x"), int64(0), "", "", []byte(nil))
	f.Add([]byte("text=x"), int64(-301), "", "", []byte(nil))
	f.Add([]byte("text=x"), int64(0), "v0=00", "", []byte(nil))
	f.Add([]byte("text=x"), int64(0), "", "1", []byte(nil))
	f.Add([]byte("text=x"), int64(0), "", "", []byte("text=y"))
	const secret = slacktest.SigningSecret
	f.Fuzz(func(t *testing.T, body []byte, off int64, signature, stamp string, swapped []byte) {
		if off > 1<<40 || off < -1<<40 || off >= 295 && off <= 305 || off <= -295 && off >= -305 {
			t.Skip() // the clock runs meanwhile
		}
		good := httptest.NewRequest(http.MethodPost, "/", nil)
		slacktest.Sign(good, secret, body, time.Now().Add(time.Duration(off)*time.Second))
		header := good.Header.Clone()
		if signature != "" {
			header.Set("X-Slack-Signature", signature)
		}
		if stamp != "" {
			header.Set("X-Slack-Request-Timestamp", stamp)
		}
		sent := body
		if swapped != nil {
			sent = swapped
		}
		same := header.Get("X-Slack-Signature") == good.Header.Get("X-Slack-Signature") &&
			header.Get("X-Slack-Request-Timestamp") == good.Header.Get("X-Slack-Request-Timestamp") && string(sent) == string(body)
		near := off > -300 && off < 300
		if err := verify(header, secret, sent); (err == nil) != (same && near) {
			t.Fatalf("same %v, near %v: %v", same, near, err)
		}
		if verify(header, "another secret", sent) == nil || verify(header, "", sent) == nil {
			t.Fatal("passed under another secret")
		}
	})
}
