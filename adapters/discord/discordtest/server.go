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
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
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
	puts         int
	channels     map[string]*channel
	people       map[string]*Person
	interactions map[string]*interaction // by token
	order        []string                // tokens, oldest first
	faults       []*Fault
	requests     []Request
	counts       map[string]int
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
		interactions: map[string]*interaction{}, counts: map[string]int{}, gone: make(chan struct{}),
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

// API is the base address of REST, as for the setting --discord-api.
func (s *Server) API() string { return s.http.URL + "/api/v10" }

// GatewayURL is the address of the gateway, as for --discord-gateway.
func (s *Server) GatewayURL() string {
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

// refusal is an error as Discord answers it.
type refusal struct {
	status  int
	code    int
	message string
}

// serve answers one REST request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api/v10")
	body, files, err := readBody(r)
	if err != nil {
		s.violate("%s %s: %v", r.Method, path, err)
		answer(w, 400, errorBody(50035, err.Error()))
		return
	}
	note := func(status int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests, Request{r.Method, path, body, status, s.options.Now()})
		if len(s.requests) > keep {
			s.requests = slices.Delete(s.requests, 0, keep/4)
		}
	}
	fault := s.fault(r.Method, path)
	if fault != nil && !fault.Landed {
		note(fault.Status)
		s.strike(w, r, fault)
		return
	}
	status, reply := s.handle(r, path, body, files)
	if fault != nil {
		note(fault.Status)
		s.strike(w, r, fault)
		return
	}
	note(status)
	rateHeaders(w, r.Method+path)
	answer(w, status, reply)
}

// handle validates a request and carries it out.
func (s *Server) handle(r *http.Request, path string, body []byte, files []File) (int, any) {
	if !strings.HasPrefix(r.UserAgent(), "DiscordBot (") {
		s.violate("%s %s: User-Agent %q", r.Method, path, r.UserAgent())
		return 400, errorBody(0, "User-Agent")
	}
	op, values := s.doc.find(r.Method, path)
	if op == nil {
		s.violate("%s %s: no such route in the part of the document in use", r.Method, path)
		return 404, errorBody(0, "404: Not Found")
	}
	if err := op.check(values, r.URL.Query(), body); err != nil {
		s.violate("%s %s: %v\n%s", r.Method, path, err, body)
		return 400, errorBody(50035, "Invalid Form Body: "+err.Error())
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	anonymous := first == "interactions" || first == "webhooks" || path == "/gateway"
	if !anonymous {
		if r.Header.Get("Authorization") != "Bot "+s.options.Token {
			return 401, errorBody(0, "401: Unauthorized")
		}
		if wait := s.global(); wait > 0 {
			return 429, map[string]any{"message": "You are being rate limited.", "retry_after": wait.Seconds(), "global": true}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	reply, refused := s.route(r.Method, path, values, body, files)
	if refused != nil {
		if refused.status == 400 && refused.code == 50035 {
			s.violations = append(s.violations, fmt.Sprintf("%s %s: %s\n%s", r.Method, path, refused.message, body))
		}
		return refused.status, errorBody(refused.code, refused.message)
	}
	if reply == nil {
		return 204, nil
	}
	return 200, reply
}

// global counts a request against the 50 a second that a bot may make, and tells
// how long to wait if there were too many.
func (s *Server) global() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	s.window = slices.DeleteFunc(s.window, func(at time.Time) bool { return now.Sub(at) >= time.Second })
	if len(s.window) >= 50 {
		s.counts["global"]++
		return time.Second - now.Sub(s.window[0])
	}
	s.window = append(s.window, now)
	return 0
}

// Throttled is how many requests came above the 50 a second.
func (s *Server) Throttled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts["global"]
}

func errorBody(code int, message string) any {
	return map[string]any{"code": code, "message": message}
}

func rateHeaders(w http.ResponseWriter, bucket string) {
	h := w.Header()
	h.Set("X-RateLimit-Limit", "5")
	h.Set("X-RateLimit-Remaining", "4")
	h.Set("X-RateLimit-Reset-After", "1.000")
	h.Set("X-RateLimit-Bucket", fmt.Sprintf("%x", len(bucket)))
}

func answer(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	if status == 429 {
		if b, ok := body.(map[string]any); ok {
			w.Header().Set("Retry-After", fmt.Sprint(b["retry_after"]))
			w.Header().Set("X-RateLimit-Global", "true")
			w.Header().Set("X-RateLimit-Scope", "global")
			w.Header().Del("X-RateLimit-Reset-After")
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// readBody reads JSON, or multipart with the JSON in payload_json.
func readBody(r *http.Request) (body []byte, files []File, err error) {
	raw := http.MaxBytesReader(nil, r.Body, 25<<20)
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		body, err = io.ReadAll(raw)
		if err == nil && len(body) > 0 && kind != "application/json" {
			err = fmt.Errorf("content type %q", kind)
		}
		return body, nil, err
	}
	parts := multipart.NewReader(raw, params["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return body, files, nil
		}
		if err != nil {
			return nil, nil, err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, err
		}
		switch name := part.FormName(); {
		case name == "payload_json":
			body = data
		case strings.HasPrefix(name, "files[") && part.FileName() != "":
			files = append(files, File{part.FileName(), data})
		default:
			return nil, nil, fmt.Errorf("part %q", name)
		}
		if len(files) > maxFiles {
			return nil, nil, fmt.Errorf("%d files", len(files))
		}
	}
}
