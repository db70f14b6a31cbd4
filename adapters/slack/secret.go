package slack

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a token, a key or a signing secret. In every format it prints as
// [secret]; Reveal gives the value to the one place that sends it.
type Secret string

const hidden = "[secret]"

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Format writes [secret] whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// String is [secret].
func (s Secret) String() string { return hidden }

// GoString is [secret].
func (s Secret) GoString() string { return hidden }

// LogValue is [secret].
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText is [secret], in JSON too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
