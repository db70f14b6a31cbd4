package terminal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"roadmapbot/adapters/adaptertest"
	"roadmapbot/adapters/terminal"
	"roadmapbot/bot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// screen is what a person sees; it tells when something was written.
type screen struct {
	mu     sync.Mutex
	b      bytes.Buffer
	writes []string
	wrote  chan struct{}
}

func newScreen() *screen { return &screen{wrote: make(chan struct{}, 1)} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.wrote <- struct{}{}:
	default:
	}
	s.writes = append(s.writes, string(p))
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// since waits until something is written after what there was.
func (s *screen) since(before int) string {
	for {
		if text := s.String(); len(text) > before {
			return text[before:]
		}
		<-s.wrote
	}
}

func TestContract(t *testing.T) {
	adaptertest.Run(t, func(t *testing.T) adaptertest.Platform {
		in, keys := io.Pipe()
		t.Cleanup(func() { keys.Close() })
		out := newScreen()
		term := terminal.New(terminal.Config{In: in, Out: out, User: "ann", Plain: true})
		last, asked := "", 0
		say := func(_ *testing.T, line string) string {
			before := len(out.String())
			_, _ = fmt.Fprintln(keys, line)
			last = out.since(before)
			asked = len(out.writes)
			return last
		}
		number := func(t *testing.T, label string) string {
			match := regexp.MustCompile(`\[(\d+)\] ` + regexp.QuoteMeta(label)).FindStringSubmatch(last)
			if match == nil {
				t.Fatalf("no button %q in %s", label, last)
			}
			return match[1]
		}
		return adaptertest.Platform{
			Adapter: term,
			Person:  term.Account(),
			Say:     say,
			Press:   func(t *testing.T, label string) string { return say(t, number(t, label)) },
			Answer: func(t *testing.T, label, text string) string {
				if asked := say(t, number(t, label)); !strings.Contains(asked, "Your city") {
					t.Errorf("the button asks %q", asked)
				}
				return say(t, text)
			},
			// All that was shown since the latest answer, edits included.
			Inbox: func(*testing.T) []string { return out.writes[asked:] },
		}
	})
}

// run talks through a terminal that is no screen.
func run(t *testing.T, input io.Reader, handle bot.Handler) string {
	t.Helper()
	var out bytes.Buffer
	term := terminal.New(terminal.Config{In: input, Out: &out, User: "ann"})
	if err := term.Run(context.Background(), handle); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func echo(_ context.Context, req bot.Request) bot.Reply {
	return bot.Reply{Blocks: []bot.Block{bot.Text(fmt.Sprintf("%d bytes", len(req.Line)))}}
}

func TestLines(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"one line", "today\n", "5 bytes\n\n"},
		{"no end of line", "today", "5 bytes\n\n"},
		{"empty input", "", ""},
		{"quit", "a\nquit\nb\n", "1 bytes\n\n"},
		{"exit in capitals", "EXIT\nb\n", ""},
		{"a megabyte", strings.Repeat("x", 1<<20) + "\ny\n", "65536 bytes\n\n1 bytes\n\n"},
		{"bad UTF-8", "\xff\xfe\n", "2 bytes\n\n"},
		{"a number without a button", "7\n", "1 bytes\n\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := run(t, strings.NewReader(tt.in), echo); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLeavingAQuestion answers a button's question with what ends the program, or with
// what is said to the bot and no answer.
func TestLeavingAQuestion(t *testing.T) {
	for typed, want := range map[string]string{
		"Madrid": "> zone\n> zone Madrid\n> more\n", "cancel": "> zone\n> cancel\n> more\n", "help": "> zone\n> help\n> more\n",
		"quit": "> zone\n", "Exit": "> zone\n",
	} {
		heard := ""
		run(t, strings.NewReader("zone\n1\n"+typed+"\nmore\n"), func(_ context.Context, req bot.Request) bot.Reply {
			heard += "> " + req.Line + "\n"
			return bot.Reply{Title: "Where?", Actions: []bot.Action{{Label: "Type it", Line: "zone", Ask: "Your city"}}}
		})
		if heard != want {
			t.Errorf("%q is heard as %q, want %q", typed, heard, want)
		}
	}
}

// What nobody asked for begins on a line of its own at a terminal without a prompt, as
// half a line may be typed. In a pipe nothing is echoed.
func TestUnaskedOnItsOwnLine(t *testing.T) {
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("needs /dev/ptmx, which stands for a terminal: %v", err)
	}
	defer tty.Close()
	for _, tt := range []struct {
		in   io.Reader
		want string
	}{{tty, "\nHello\n\n\nBye\n\n"}, {strings.NewReader(""), "Hello\n\nBye\n\n"}} {
		var out bytes.Buffer
		term := terminal.New(terminal.Config{In: tt.in, Out: &out, User: "ann", Plain: true})
		to := bot.Address{Account: term.Account()}
		receipt, err := term.Send(t.Context(), to, "1", bot.Reply{Title: "Hello"})
		if err != nil {
			t.Fatal(err)
		}
		if err := term.Edit(t.Context(), to, receipt, bot.Reply{Title: "Bye"}); err != nil {
			t.Fatal(err)
		}
		if out.String() != tt.want {
			t.Errorf("%T: got %q, want %q", tt.in, out.String(), tt.want)
		}
	}
}

// broken fails after its text.
type broken struct{ io.Reader }

var errBroken = errors.New("broken pipe")

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errBroken
	}
	return n, err
}

func TestReadError(t *testing.T) {
	term := terminal.New(terminal.Config{In: broken{strings.NewReader("today\n")}, Out: io.Discard, User: "ann"})
	if err := term.Run(context.Background(), echo); !errors.Is(err, errBroken) {
		t.Errorf("Run = %v, want the reader's error", err)
	}
}
