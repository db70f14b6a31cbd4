// Package slacktest is a stand-in for Slack on loopback: the Web API, Socket
// Mode, signed HTTP deliveries, OAuth with token rotation, response URLs, views
// and the people who use them. It refuses what Slack refuses, so that a bot
// which passes against it has had its payloads checked.
//
// What it knows of Slack comes from Slack's published documentation and from
// the type definitions of Slack's own packages; scripts in the folder node run
// Slack's own clients against it.
package slacktest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// The app this Slack knows. The values are made up; they look like the real
// thing so that a test can search logs for them.
const (
	AppID         = "A0ROADMAP01"
	ClientID      = "1234567890.9876543210"
	ClientSecret  = "canary-client-secret-5d1f"
	SigningSecret = "canary0signing0secret0aa55aa55ff"
	AppToken      = "xapp-1-A0ROADMAP01-1-canaryapptoken"
)

// Scopes are the bot scopes that an installation grants unless told otherwise.
var Scopes = []string{"commands", "chat:write", "im:write", "im:history", "users:read", "app_mentions:read"}

// Server is one Slack with one app. Everything on it may be used from several
// goroutines.
type Server struct {
	http     *http.Server
	listener net.Listener
	done     chan struct{}  // closed by Close
	work     sync.WaitGroup // deliveries and sockets

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change that a person could see
	offset   time.Duration // what Advance added
	serial   int64         // the source of ids and timestamps
	teams    map[string]*team
	channels map[string]*Channel
	tokens   map[string]*token
	refresh  map[string]*token // by refresh token
	codes    map[string]*code
	triggers map[string]*trigger
	hooks    map[string]*hook // by the last part of a response URL
	modals   map[string]*View
	homes    map[string]*View // by team and user
	tickets  map[string]bool  // of apps.connections.open, true while unused
	sockets  []*socket
	pending  map[string]*envelope
	faults   map[string][]Fault
	limits   map[string]Limit
	spent    map[string][]time.Time
	records  []Record
	keep     int // how many records are kept
	calls    map[string]int
	pings    []string // notifications of channels or people that the bot's text made
	install  installation
	target   string // base URL of HTTP deliveries; empty means Socket Mode
	retries  []time.Duration
	redeliv  time.Duration
	rotate   bool
	appToken string
	opens    int
	hasty    int // connections still to be told at once to be replaced
	gaps     int
}

// New starts a Slack on a free port of 127.0.0.1. Close ends it.
func New() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("slacktest: %w", err)
	}
	s := &Server{
		listener: l, done: make(chan struct{}), changed: make(chan struct{}),
		teams: map[string]*team{}, channels: map[string]*Channel{}, tokens: map[string]*token{}, refresh: map[string]*token{},
		codes: map[string]*code{}, triggers: map[string]*trigger{}, hooks: map[string]*hook{}, modals: map[string]*View{},
		homes: map[string]*View{}, tickets: map[string]bool{}, pending: map[string]*envelope{}, faults: map[string][]Fault{},
		limits: map[string]Limit{}, spent: map[string][]time.Time{}, calls: map[string]int{}, keep: 1000,
		retries: []time.Duration{0, time.Minute, 5 * time.Minute}, redeliv: 5 * time.Second, appToken: AppToken,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.api)
	mux.HandleFunc("/link/", s.link)
	mux.HandleFunc("POST /respond/{id}", s.respond)
	mux.HandleFunc("GET /oauth/v2/authorize", s.authorize)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = s.http.Serve(l) }()
	return s, nil
}

// Close ends the server, its sockets and its deliveries, and waits for them.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.done:
		s.mu.Unlock()
		return
	default:
	}
	close(s.done)
	for _, c := range s.sockets {
		_ = c.conn.Close()
	}
	s.mu.Unlock()
	_ = s.http.Close()
	s.work.Wait()
}

// URL is where this Slack is, without a slash at the end.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// API is the base address of the Web API, with a slash at the end.
func (s *Server) API() string { return s.URL() + "/api/" }

// Now is the time on this Slack's clock, see Advance.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Server) now() time.Time { return time.Now().Add(s.offset) }

// Advance moves this Slack's clock: tokens, triggers and response URLs age.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += d
}

// DeliverTo makes events, commands and interactions go to base by signed HTTP,
// to base+"/slack/events" and so on. Empty, as at the start, means Socket Mode.
func (s *Server) DeliverTo(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.target = base
}

// Retry sets the waits before the second and later deliveries of an event by
// HTTP (Slack's own: none, 1 min, 5 min), and the wait for an acknowledgement
// in Socket Mode before an event goes out again.
func (s *Server) Retry(http []time.Duration, socket time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retries, s.redeliv = http, socket
}

// Forget empties all conversations and drops spent triggers and response URLs,
// for measurements of memory.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ch := range s.channels {
		ch.messages = nil
	}
	s.records = nil
	s.triggers, s.hooks, s.tickets, s.modals = map[string]*trigger{}, map[string]*hook{}, map[string]bool{}, map[string]*View{}
}

// touch tells everybody who waits that something changed; s.mu is held.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// next gives a number that was not given before; s.mu is held.
func (s *Server) next() int64 {
	s.serial++
	return s.serial
}

// ts gives a message timestamp that was not given before; s.mu is held.
func (s *Server) ts() string { return fmt.Sprintf("%d.%06d", s.now().Unix(), s.next()%1_000_000) }

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}
