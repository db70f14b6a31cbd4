package bot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"roadmapbot/bot"
)

func TestSecretIsNeverShown(t *testing.T) {
	const canary = "xoxb-canary"
	secret := bot.Secret(canary)
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&out, verb+" "+verb+" ", secret, struct{ Token bot.Secret }{secret})
	}
	out.WriteString(fmt.Errorf("failed with %v: %w", secret, errors.New(secret.String())).Error())
	if err := json.NewEncoder(&out).Encode(map[string]any{"token": secret}); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("started", "token", secret)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("started", "token", secret)
	hex := fmt.Sprintf("%x", canary)
	if strings.Contains(out.String(), canary) || strings.Contains(out.String(), hex) {
		t.Errorf("the secret is shown in %s", out.String())
	}
	if secret.Reveal() != canary {
		t.Error("the secret can't be used")
	}
}
