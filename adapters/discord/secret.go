package discord

import "log/slog"

// Secret is a text that no format, log or error shows.
type Secret string

const hidden = "[secret]"

func (Secret) String() string { return hidden }

// GoString is what %#v shows.
func (Secret) GoString() string { return hidden }

// MarshalText keeps the secret out of JSON and out of flags' printed defaults.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// UnmarshalText lets a flag or a file set the secret.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}

// LogValue keeps the secret out of slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
