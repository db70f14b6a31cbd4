// Package discordtest is a stand-in for Discord on loopback: REST, gateway and
// signed HTTP interactions. It refuses what Discord refuses: every request is
// validated against Discord's own OpenAPI document and against the limits that
// Discord documents in words. People who use slash commands, press buttons, fill
// in forms and read their direct messages are played by [Person].
//
// It is for tests and for trying the bot without an account, and holds nothing
// back from whoever can reach its port: loopback only.
package discordtest

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options are what a stand-in is made of; each may be left out.
type Options struct {
	Token     string        // of the bot, without "Bot "; "test-token" if empty
	AppID     string        // "1100000000000000001" if empty
	Heartbeat time.Duration // interval the gateway asks for; Discord's 41.25 s if zero
	Now       func() time.Time

	// How often a session may be started until Renew has passed; Discord's 1,000 in
	// 24 hours if zero. One start more is a violation, and ends with 4004.
	Starts int
	Renew  time.Duration

	// Intents that the application may not ask for end the connection with 4014.
	DisallowedIntents int
}

// Server is one Discord. Its methods are safe for concurrent use.
type Server struct {
	// Gateway is the WebSocket side.
	Gateway *Gateway

	options Options
	http    *httptest.Server
	doc     *document
	private ed25519.PrivateKey

	mu           sync.Mutex
	last         int64 // the youngest snowflake
	bot          User
	app          Application
	commands     map[string][]Command // by guild, "" for the global ones
	channels     map[string]*channel
	people       map[string]*Person
	interactions map[string]*interaction // by token
	order        []string                // tokens, oldest first
	faults       []*Fault
	requests     []Request
	throttled    int // requests above the global limit
	violations   []string
	window       []time.Time // requests of the last second, for the global limit
	endpoint     string      // where interactions are posted to; empty: the gateway
	gone         chan struct{}
}

// Application is what the developer portal shows of the bot's application.
type Application struct {
	ID                     string         `json:"id"`
	Name                   string         `json:"name"`
	VerifyKey              string         `json:"verify_key"`
	Flags                  int            `json:"flags"`
	InteractionsEndpoint   *string        `json:"interactions_endpoint_url"`
	IntegrationTypesConfig map[string]any `json:"integration_types_config"`
	Bot                    User           `json:"bot"`
}

// Request is one REST request that came in.
type Request struct {
	Method, Path string
	Body         []byte
	Status       int
	At           time.Time
}

// keep bounds what the stand-in remembers of requests, messages of a channel and
// interactions, so that it can run for long.
const keep = 2000

// New starts a Discord on a free port of loopback. Close ends it.
func New(o Options) (*Server, error) {
	if o.Token == "" {
		o.Token = "test-token"
	}
	if o.AppID == "" {
		o.AppID = "1100000000000000001"
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 41250 * time.Millisecond
	}
	if o.Starts == 0 {
		o.Starts = 1000
	}
	if o.Renew == 0 {
		o.Renew = 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	doc, err := loadDocument()
	if err != nil {
		return nil, err
	}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make the application's key: %w", err)
	}
	s := &Server{
		options: o, doc: doc, private: private,
		bot:      User{ID: "1100000000000000002", Username: "roadmapbot", Bot: true},
		commands: map[string][]Command{}, channels: map[string]*channel{}, people: map[string]*Person{},
		interactions: map[string]*interaction{}, gone: make(chan struct{}),
	}
	s.app = Application{
		ID: o.AppID, Name: "roadmapbot", VerifyKey: hex.EncodeToString(public), Bot: s.bot,
		IntegrationTypesConfig: map[string]any{"0": map[string]any{}, "1": map[string]any{}},
	}
	s.Gateway = newGateway(s)
	mux := http.NewServeMux()
	mux.HandleFunc("/gateway/", s.Gateway.serve)
	mux.HandleFunc("/api/v10/", s.serve)
	s.http = httptest.NewUnstartedServer(mux) // known to the handlers before the first request
	s.http.Start()
	return s, nil
}

// Close ends the server and every connection to it.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.gone:
	default:
		close(s.gone)
	}
	s.mu.Unlock()
	s.Gateway.close()
	s.http.CloseClientConnections()
	s.http.Close()
}

// RoundTrip answers a REST request without a network, for tests whose time is virtual
// (testing/synctest): it would stand still while one waits for a connection.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	s.serve(w, r)
	return w.Result(), nil
}

// API is the base address of REST, as for the setting --discord-api.
func (s *Server) API() string { return s.http.URL + "/api/v10" }

// gatewayURL is the address of the gateway.
func (s *Server) gatewayURL() string {
	return "ws" + strings.TrimPrefix(s.http.URL, "http") + "/gateway"
}

// PublicKey is the application's key in hexadecimal, as the portal shows it.
func (s *Server) PublicKey() string { return s.app.VerifyKey }

// Token is the bot's token.
func (s *Server) Token() string { return s.options.Token }

// AppID is the application's id.
func (s *Server) AppID() string { return s.options.AppID }

// SetEndpoint saves an interactions endpoint in the portal, after the PING and the
// wrongly signed request that Discord tries it with. An empty address goes back
// to the gateway.
func (s *Server) SetEndpoint(address string) error {
	if address != "" {
		if err := s.probe(address); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoint = address
	s.app.InteractionsEndpoint = nil
	if address != "" {
		s.app.InteractionsEndpoint = &address
	}
	return nil
}

// Configure changes the application as its owner would in the portal.
func (s *Server) Configure(change func(*Application)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.app)
}

// Commands are the registered commands of a guild, or the global ones.
func (s *Server) Commands(guild string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands[guild])
}

// Violations lists every request that Discord would have refused as malformed.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// violate notes what Discord would refuse. The caller holds no lock.
func (s *Server) violate(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.violations) < 100 {
		s.violations = append(s.violations, fmt.Sprintf(format, args...))
	}
}

// Requests lists the last requests whose method and path fit; "*" stands for one
// segment of the path.
func (s *Server) Requests(method, path string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Request
	for _, r := range s.requests {
		if (method == "" || r.Method == method) && fits(path, r.Path) {
			found = append(found, r)
		}
	}
	return found
}

func fits(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != "*" && want[i] != got[i] {
			return false
		}
	}
	return true
}

// snowflake makes the next id. The caller holds the lock.
func (s *Server) snowflake() string {
	id := (s.options.Now().UnixMilli() - 1420070400000) << 22
	s.last = max(s.last+1, id)
	return fmt.Sprint(s.last)
}
