package nudge_test

import (
	"io"
	"log/slog"
)

// quiet is a log that nobody reads.
func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }
