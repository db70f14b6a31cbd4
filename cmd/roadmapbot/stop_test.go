package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alecthomas/kong"

	"roadmapbot/bot"
	"roadmapbot/bot/nudge"
	"roadmapbot/content"
	"roadmapbot/store"
)

// part is a platform that does nothing but run, in whatever way a test likes.
type part struct {
	bot.Adapter // nothing is sent, found or edited

	name string
	run  func(ctx context.Context) error
}

func (p *part) Platform() bot.Platform                       { return bot.Platform{Name: p.name} }
func (p *part) Run(ctx context.Context, _ bot.Handler) error { return p.run(ctx) }

// nobody is a listener to whom nobody comes.
type nobody struct {
	closed chan struct{}
	once   sync.Once
}

func (l *nobody) Accept() (net.Conn, error) { <-l.closed; return nil, net.ErrClosed }
func (l *nobody) Close() error              { l.once.Do(func() { close(l.closed) }); return nil }
func (l *nobody) Addr() net.Addr            { return &net.TCPAddr{} }

// supervised is a command that serves with the given platforms.
type supervised struct {
	run func() error
}

func (s *supervised) Run() error { return s.run() }

// serveParts serves with the platforms until that ends, and returns the exit code and
// the complaint. The store is closed by then, unless something hangs.
func serveParts(t *testing.T, ctx context.Context, st *store.Store, parts ...bot.Adapter) (code int, complaint string) { //nolint:revive // a test's t comes first
	t.Helper()
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	b := bot.New(bot.Config{Roadmap: roadmap, Store: st, Now: time.Now, Log: log})
	m := newMetrics()
	n := nudge.New(nudge.Config{Store: st, Bot: b, Adapters: parts, Now: time.Now, Log: log, Observer: m})
	var told strings.Builder
	parser, err := kong.New(&supervised{func() error {
		return supervise(ctx, log, st, b, []func(context.Context) error{n.Run}, parts, &nobody{closed: make(chan struct{})}, http.NotFoundHandler(), m)
	}}, kong.Writers(&told, &told))
	if err != nil {
		t.Fatal(err)
	}
	code = parse(parser, nil, streams{nil, &told, &told})
	return code, told.String()
}

// TestStop ends the service, as its signal does or a platform that is lost for good,
// with a platform that stops and with one that does not, and with a disk that does not
// answer: it always comes to an end, and why it ended is always told, with the exit code
// that belongs to it.
func TestStop(t *testing.T) {
	lost := &bot.SetupError{Err: errors.New("the token is not the right one")}
	const late = "something did not stop within 10s; what was confirmed is saved\n"
	for name, test := range map[string]struct {
		lost, hangs, disk bool
		code              int
		complaint         string
	}{
		"asked":           {false, false, false, exitOK, ""},
		"asked, hanging":  {false, true, false, exitFail, "roadmapbot: " + late},
		"broken":          {true, false, false, exitUsage, "roadmapbot: one: the token is not the right one\n"},
		"broken, hanging": {true, true, false, exitUsage, "roadmapbot: one: the token is not the right one\n" + late},
		"a hanging disk":  {false, false, true, exitFail, "roadmapbot: " + late},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, signal := context.WithCancel(t.Context())
				st, err := store.Open(filepath.Join(t.TempDir(), "learners.db"))
				if err != nil {
					t.Fatal(err)
				}
				release := make(chan struct{})
				defer close(release)
				commit := func() { // does not come back
					_, _, _ = st.Update(context.Background(), bot.Account{Platform: "one", User: "1"}, "", func(*bot.Learner) error {
						<-release
						return nil
					})
				}
				one := &part{name: "one", run: func(ctx context.Context) error {
					if test.lost {
						return lost
					}
					if test.disk {
						go commit()
						synctest.Wait()
					}
					signal()
					<-ctx.Done()
					return nil
				}}
				two := &part{name: "two", run: func(ctx context.Context) error {
					<-ctx.Done()
					if test.hangs {
						<-release
					}
					return nil
				}}
				defer signal()
				code, complaint := serveParts(t, ctx, st, one, two)
				if code != test.code || complaint != test.complaint {
					t.Errorf("exit %d, told %q; want %d, %q", code, complaint, test.code, test.complaint)
				}
				if !test.hangs && !test.disk && st.SetSwept(context.Background(), time.Now()) == nil {
					t.Error("the database is left open")
				}
			})
		})
	}
}
