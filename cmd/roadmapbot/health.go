package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"roadmapbot/bot"
	"roadmapbot/bot/nudge"
	"roadmapbot/store"
)

// health answers whether the service lives and whether it is ready.
type health struct {
	store    *store.Store
	nudger   *nudge.Nudger
	adapters []bot.Adapter
	now      func() time.Time
}

// healthy is an adapter that can tell that it hears nothing any more.
type healthy interface{ Health() error }

// deaf is how long a loop may be silent before it counts as stuck.
const deaf = time.Minute

func (h *health) routes(mux *http.ServeMux, m *metrics) {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answer(w, h.live()) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answer(w, h.ready(r.Context())) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
}

const plainText = "text/plain; charset=utf-8"

func answer(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", plainText)
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = fmt.Fprintln(w, err)
		return
	}
	_, _ = fmt.Fprintln(w, "ok")
}

// live tells whether each loop did its round within a minute.
func (h *health) live() error {
	if silent := h.now().Sub(h.nudger.Ticked()); silent > deaf {
		return errors.New("the nudges have not been looked at for more than a minute")
	}
	return h.store.Err()
}

// ready tells whether the store answers and every platform is heard.
func (h *health) ready(ctx context.Context) error {
	if err := h.live(); err != nil {
		return err
	}
	if _, err := h.store.Swept(ctx); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	for _, a := range h.adapters {
		if one, ok := a.(healthy); ok {
			if err := one.Health(); err != nil {
				return fmt.Errorf("%s: %w", a.Platform().Name, err)
			}
		}
	}
	return nil
}

type healthCmd struct {
	Listen string `help:"The address that serve listens on." default:"127.0.0.1:8080" env:"ROADMAPBOT_LISTEN"`
	Ready  bool   `help:"Ask whether every platform is connected (/readyz), not only whether the process lives (/livez)."`
}

// Run asks /livez or /readyz. Anything but a clear yes is an error.
func (c *healthCmd) Run(ctx context.Context, s streams) error {
	if err := checkListen(c.Listen); err != nil {
		return err
	}
	path, well := "/livez", "well"
	if c.Ready {
		path, well = "/readyz", "ready"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	// An address of no host or of every one, such as :8080, is dialled as this machine.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.Listen+path, nil)
	if err != nil {
		return &bot.SetupError{Err: err}
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // without the environment's proxy
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("not %s: %w", well, err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
	said, plain := strings.TrimSpace(string(body)), response.Header.Get("Content-Type") == plainText
	switch {
	case plain && response.StatusCode == http.StatusOK && said == "ok":
		_, err = fmt.Fprintln(s.out, well)
		return err
	case plain && response.StatusCode == http.StatusServiceUnavailable:
		return fmt.Errorf("not %s: %s", well, said)
	}
	return fmt.Errorf("something else than roadmapbot answers on %s; look at --listen or ROADMAPBOT_LISTEN", c.Listen)
}
