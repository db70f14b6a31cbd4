package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"roadmapbot/adapters/terminal"
	"roadmapbot/bot"
	"roadmapbot/bot/nudge"
	"roadmapbot/store"
)

// serveCmd is the long-running form.
type serveCmd struct {
	database
	course
	discordFlags
	slackFlags
	Listen   string `help:"Where to serve health, metrics and the platforms' HTTP modes." default:"127.0.0.1:8080" env:"ROADMAPBOT_LISTEN"`
	Backup   string `help:"Keep a copy of the database in this file, made anew every day, and an hour after a failure." placeholder:"FILE" env:"ROADMAPBOT_BACKUP"`
	Terminal bool   `help:"Talk over standard input and output too, without a prompt: for pipes and logs. For people there is roadmapbot alone." env:"ROADMAPBOT_TERMINAL"`
	User     string `help:"Whose progress the terminal shows." placeholder:"NAME" env:"ROADMAPBOT_USER"`
	LogLevel string `help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error" env:"ROADMAPBOT_LOG_LEVEL"`
	Now      string `help:"Begin at another time; for tests and demonstrations." placeholder:"TIME"`
}

// stopWithin is how long a stop may take: what was begun is finished meanwhile.
const stopWithin = 10 * time.Second

// Run serves until a signal comes, a connection is lost for good, or the database
// fails.
func (c *serveCmd) Run(ctx context.Context, s streams, k *kong.Context) error {
	collectSeldom()
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return &bot.SetupError{Err: err}
	}
	log := logger(s, level, true)
	for _, text := range strangeVariables(k.Model) {
		log.Warn("an unknown variable", "advice", text)
	}
	if err := checkListen(c.Listen); err != nil {
		return err
	}
	now, err := shiftedClock(c.Now)
	if err != nil {
		return &bot.SetupError{Err: err}
	}
	roadmap, err := c.roadmap()
	if err != nil {
		return err
	}
	st, err := store.Open(c.DB)
	if err != nil {
		return err
	}
	copies := backup{st, c.Backup, log}
	if err := copies.check(); err != nil {
		return errors.Join(err, st.Close())
	}
	m := newMetrics()
	b := bot.New(bot.Config{Roadmap: roadmap, Store: st, Now: now, Log: log})
	mux := http.NewServeMux()
	adapters, err := c.adapters(s, b, st, mux, log)
	if err != nil {
		return errors.Join(err, st.Close())
	}
	n := nudge.New(nudge.Config{Store: st, Bot: b, Adapters: adapters, Now: now, Log: log, Observer: m})
	h := &health{store: st, nudger: n, adapters: adapters, now: now}
	h.routes(mux, m)
	m.watch(h, st, b, copies)

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return errors.Join(&bot.SetupError{Err: fmt.Errorf("listen on %s: %w", c.Listen, err)}, st.Close())
	}
	log.Info("serving", "listen", listener.Addr().String(), "database", st.Path(), "version", version())
	return supervise(ctx, log, st, b, []func(context.Context) error{n.Run, copies.run}, adapters, listener, mux, m)
}

// checkListen refuses an address without a port: an empty one would listen on every
// interface, at any port, and the metrics are not for the public.
func checkListen(address string) error {
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		return &bot.SetupError{Err: fmt.Errorf("--listen or ROADMAPBOT_LISTEN is an address with a port, such as 127.0.0.1:8080, not %q", address)}
	}
	return nil
}

// gcPercent is how much garbage may gather, in percent of the heap that is alive:
// some 10 MB more than by default, for a tenth less of processor time.
const gcPercent = 200

// collectSeldom sets that, unless the operator has set GOGC.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// adapters makes an adapter of each platform that is set, and hangs the HTTP
// endpoints of those that have some into the mux.
func (c *serveCmd) adapters(s streams, b *bot.Bot, st *store.Store, mux *http.ServeMux, log *slog.Logger) ([]bot.Adapter, error) {
	var all []bot.Adapter
	if c.Terminal {
		all = append(all, terminal.New(terminal.Config{In: s.in, Out: s.out, User: userName(c.User), Zone: localZone(), Locale: localLocale(), Plain: true}))
	}
	if c.slackSet() {
		a, err := c.slackAdapter(st.Shelf("slack"), log)
		if err != nil {
			return nil, err
		}
		mux.Handle("/slack/", a.Handler())
		all = append(all, a)
	}
	if c.discordSet() {
		a, err := c.discordAdapter(b, log)
		if err != nil {
			return nil, err
		}
		mux.Handle(discordPath, a)
		all = append(all, a)
	}
	if len(all) == 0 {
		return nil, &bot.SetupError{Err: errNoPlatform}
	}
	return all, nil
}

var errNoPlatform = errors.New("no chat platform is set; for Discord give --discord-token or ROADMAPBOT_DISCORD_TOKEN, " +
	"for Slack --slack-bot-token or ROADMAPBOT_SLACK_BOT_TOKEN and --slack-app-token or ROADMAPBOT_SLACK_APP_TOKEN; " +
	"to try the bot without a platform, run roadmapbot alone, or serve with --terminal")

// newServer is the HTTP server of all endpoints; nobody holds a connection for long.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// supervise runs the adapters and what runs beside them until the first one ends, stops
// the others, and closes the database.
func supervise(ctx context.Context, log *slog.Logger, st *store.Store, b *bot.Bot, beside []func(context.Context) error, adapters []bot.Adapter, l net.Listener, mux http.Handler, m *metrics) error {
	server := newServer(mux, log)
	stopped := errors.New("stopped")
	outer := ctx
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve HTTP: %w", err)
		}
		return nil
	})
	for _, run := range beside {
		group.Go(func() error { return run(ctx) })
	}
	for _, a := range adapters {
		group.Go(func() error {
			name := a.Platform().Name
			if err := a.Run(ctx, m.handler(name, b.Handle)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if ctx.Err() != nil {
				return stopped
			}
			// The terminal, at the end of its input.
			if _, ok := a.(*terminal.Terminal); ok && len(adapters) > 1 {
				log.Info("the terminal's input ended; the other platforms go on, until SIGTERM or Ctrl-C")
				return nil
			}
			log.Info("stopping everything, as one part ended", "part", name)
			return stopped
		})
	}
	group.Go(func() error { return watch(ctx, st) })
	group.Go(func() error {
		<-ctx.Done()
		log.Info("stopping")
		stop, cancel := context.WithTimeout(context.WithoutCancel(outer), stopWithin/2)
		defer cancel()
		return server.Shutdown(stop)
	})
	ended := make(chan error, 1)
	go func() {
		err := group.Wait()
		if err := st.Close(); err != nil {
			log.Error("close the database", "err", err)
		}
		ended <- err
	}()
	select {
	case err := <-ended:
		return orderly(err, stopped)
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return orderly(err, stopped)
	case <-time.After(stopWithin):
		late := fmt.Errorf("something did not stop within %v; what was confirmed is saved", stopWithin)
		return errors.Join(orderly(context.Cause(ctx), stopped), late)
	}
}

// watch ends with the store's error once the store has failed.
func watch(ctx context.Context, st *store.Store) error {
	select {
	case <-st.Failed():
		return st.Err()
	case <-ctx.Done():
		return nil
	}
}

// orderly is nil for an end that was asked for.
func orderly(err, stopped error) error {
	if errors.Is(err, stopped) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
