package slack

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// hijacked lets one end of a pipe be upgraded to a WebSocket.
type hijacked struct {
	http.ResponseWriter
	conn net.Conn
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

// TestOldConnectionEndsByItself: a connection that was told to be replaced is read for a
// while, and then closed, even if Slack never closes it. One that was not told stays.
func TestOldConnectionEndsByItself(t *testing.T) {
	for _, told := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			slacks := make(chan *websocket.Conn, 1)
			go func() {
				req, err := http.ReadRequest(bufio.NewReader(far))
				if err != nil {
					t.Error(err)
					return
				}
				conn, err := (&websocket.Upgrader{}).Upgrade(hijacked{httptest.NewRecorder(), far}, req, nil)
				if err != nil {
					t.Error(err)
				}
				slacks <- conn
			}()
			dialer := websocket.Dialer{NetDialContext: func(context.Context, string, string) (net.Conn, error) { return near, nil }}
			ours, _, err := dialer.DialContext(t.Context(), "ws://slack.test/", nil) //nolint:bodyclose // the library says it needs no closing
			if err != nil {
				t.Fatal(err)
			}
			there := <-slacks
			a := &Adapter{log: slog.New(slog.DiscardHandler), now: time.Now, cfg: Config{Quiet: 30 * time.Second}}
			s := &socket{a: a, conn: ours, owed: map[string]bool{}, hello: make(chan struct{}), leave: make(chan string, 1), gone: make(chan struct{})}
			ctx, stop := context.WithCancel(t.Context())
			var all sync.WaitGroup
			all.Go(s.read)
			all.Go(func() { s.tend(ctx) })
			all.Go(func() { // answers pings
				for {
					if _, _, err := there.ReadMessage(); err != nil {
						_ = there.Close()
						return
					}
				}
			})
			frames := []string{`{"type":"hello","num_connections":1}`}
			if told {
				frames = append(frames, `{"type":"disconnect","reason":"refresh_requested"}`)
			}
			for _, f := range frames {
				if err := there.WriteMessage(websocket.TextMessage, []byte(f)); err != nil {
					t.Fatal(err)
				}
			}
			gone := func(within time.Duration) bool {
				select {
				case <-s.gone:
					return true
				case <-time.After(within):
					return false
				}
			}
			if gone(lingerTime - time.Second) {
				t.Error("closed while its successor may not be there yet")
			}
			if gone(time.Minute) != told {
				t.Errorf("told to be replaced: %v; and a minute later it is open: %v", told, !told)
			}
			stop()
			all.Wait()
			if n := a.links.Load(); n != 0 {
				t.Errorf("%d connections are counted", n)
			}
		})
	}
}

// TestOnlySecureWebSockets gives the adapter, whose API is https, addresses that a
// WebSocket must not be opened at: nobody is called.
func TestOnlySecureWebSockets(t *testing.T) {
	called := make(chan struct{}, 10)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called <- struct{}{} }))
	defer elsewhere.Close()
	host := strings.TrimPrefix(elsewhere.URL, "http://")
	for _, address := range []string{"ws://" + host + "/link", "http://" + host + "/link", host, ""} {
		api := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "url": address})
		}))
		a, err := New(Config{BotToken: "xoxb-1", AppToken: "xapp-1", API: api.URL, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		a.web = api.Client()
		var all sync.WaitGroup
		if _, err := a.connect(t.Context(), &all); err == nil || !strings.Contains(err.Error(), "no address of a secure WebSocket") {
			t.Errorf("%q: %v", address, err)
		}
		all.Wait()
		api.Close()
	}
	if len(called) > 0 {
		t.Error("a token's connection went out in the clear")
	}
}
