package discord

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// BenchmarkGatewayEvent measures the processor time from a frame on the socket to
// the handler of one interaction: by discordgo's default dispatch, and by the wire
// in front of it. The wire is to need at most half.
func BenchmarkGatewayEvent(b *testing.B) {
	raw, err := os.ReadFile("testdata/interactions/button-private.json")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("discordgo", func(b *testing.B) {
		handled := make(chan struct{}, 1024)
		stream(b, raw, handled, func(s *discordgo.Session) {
			s.AddHandler(func(*discordgo.Session, *discordgo.InteractionCreate) { handled <- struct{}{} })
		}, nil)
	})
	b.Run("wire", func(b *testing.B) {
		handled := make(chan struct{}, 1024)
		stream(b, raw, handled, func(s *discordgo.Session) { s.StateEnabled = false }, func(*interaction) {
			go func() { handled <- struct{}{} }() // as the adapter does
		})
	})
}

// stream opens a session on a gateway that sends b.N interactions, a few ahead of
// the handler, and reports the processor time of one, the sender's included.
func stream(b *testing.B, raw []byte, handled chan struct{}, set func(*discordgo.Session), handle func(*interaction)) {
	b.Helper()
	send := make(chan struct{})
	messages := make(chan []byte, 64)
	upgrader := websocket.Upgrader{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.Close() }()
		say := func(text string) { _ = ws.WriteMessage(websocket.TextMessage, []byte(text)) }
		say(`{"op":10,"d":{"heartbeat_interval":41250}}`)
		_, _, _ = ws.ReadMessage()
		say(`{"t":"READY","s":1,"op":0,"d":{"session_id":"a","user":{"id":"1"},"resume_gateway_url":"ws://127.0.0.1"}}`)
		<-send
		for m := range messages {
			_ = ws.WriteMessage(websocket.TextMessage, m)
		}
	})}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()
	s, err := discordgo.New("Bot token")
	if err != nil {
		b.Fatal(err)
	}
	set(s)
	s.ShouldReconnectOnError, s.LogLevel = false, -1
	s.Client = &http.Client{Transport: gatewayAddress("ws://" + listener.Addr().String())}
	if handle != nil {
		s.Dialer = &websocket.Dialer{NetDial: func(network, address string) (net.Conn, error) {
			conn, err := net.Dial(network, address)
			if err != nil {
				return nil, err
			}
			return newWire(conn, handle, "token", nil), nil
		}}
	}
	if err := s.Open(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	close(send)
	const ahead = 32
	runtime.GC()
	b.ReportAllocs()
	b.ResetTimer()
	spent := processor(b)
	for n := range b.N + ahead {
		if n < b.N {
			messages <- fmt.Appendf(nil, `{"t":"INTERACTION_CREATE","s":%d,"op":0,"d":%s}`, n+2, raw)
		}
		if n >= ahead {
			<-handled
		}
	}
	b.StopTimer()
	close(messages)
	b.ReportMetric(float64((processor(b)-spent).Microseconds())/float64(b.N), "cpu-µs/op")
}

func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
