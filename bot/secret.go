package bot

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a token, a key or a signing secret. In every format, log, error and
// encoding it is [secret]; [Secret.Reveal] gives the value to the one place that
// sends it.
type Secret string

const hidden = "[secret]"

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Format writes [secret] whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// String is [secret].
func (Secret) String() string { return hidden }

// GoString is [secret].
func (Secret) GoString() string { return hidden }

// LogValue is [secret].
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText is [secret], in JSON and in a flag's printed default too.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
