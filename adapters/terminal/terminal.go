// Package terminal is the chat that needs no account: standard input and output.
// On a real terminal it has a prompt, history and colors; otherwise it reads
// lines and prints plain text, which is also how conversations are tested.
package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"roadmapbot/bot"
)

// Config says where the chat takes place.
type Config struct {
	In     io.Reader
	Out    io.Writer
	User   string // whose progress it is
	Zone   string // of this computer, offered to the learner; may be empty
	Locale string // such as "en-US"; may be empty
	Plain  bool   // no prompt, colors or line editing even on a terminal
	Color  bool   // if it is a terminal
}

// Terminal is the adapter.
type Terminal struct {
	config Config
	lines  lineReader

	mu      sync.Mutex
	out     io.Writer
	style   style
	apart   string                 // before what nobody asked for
	actions []bot.Action           // of the last reply, pressed by number
	sent    map[string]bot.Receipt // by key
}

// lineReader reads a line that a person typed. Prompt is what they are asked.
type lineReader interface {
	line(prompt string) (string, error)
}

// New makes the adapter. Whether it is a real terminal it finds out itself.
func New(c Config) *Terminal {
	t := &Terminal{config: c, out: c.Out, sent: map[string]bot.Receipt{}, lines: &plainLines{r: bufio.NewReader(c.In), out: c.Out}}
	if in, ok := c.In.(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		t.apart = "\n" // half a line may have been typed and echoed, which is not seen here
	}
	return t
}

var _ bot.Adapter = (*Terminal)(nil)

// Platform implements [bot.Adapter].
func (t *Terminal) Platform() bot.Platform { return bot.Platform{Name: "terminal"} }

// Account is who types here.
func (t *Terminal) Account() bot.Account {
	return bot.Account{Platform: "terminal", User: t.config.User}
}

// isTerminal finds the file behind both ends, if it is one that a person sits at.
func (t *Terminal) isTerminal() (in, out *os.File, ok bool) {
	in, okIn := t.config.In.(*os.File)
	out, okOut := t.config.Out.(*os.File)
	ok = okIn && okOut && !t.config.Plain && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
	return in, out, ok
}

// Run implements [bot.Adapter]. It ends without error at the end of the input, at
// Ctrl-C or Ctrl-D, or when the person says goodbye.
func (t *Terminal) Run(ctx context.Context, handle bot.Handler) error {
	if in, out, ok := t.isTerminal(); ok {
		state, err := term.MakeRaw(int(in.Fd()))
		if err != nil {
			return fmt.Errorf("prepare the terminal: %w", err)
		}
		defer func() { _ = term.Restore(int(in.Fd()), state) }()
		t.screen(in, out)
		t.show(bot.Reply{Title: "roadmapbot", Blocks: []bot.Block{bot.Text("Type `start`, or the number of a button. `help` lists everything, `quit` ends. Nudges come while this is open.")}})
	}
	ended := make(chan error, 1)
	go func() { ended <- t.talk(ctx, handle) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil // a read of standard input can't be interrupted; the process ends
	}
}

// screen switches to line editing with history.
func (t *Terminal) screen(in, out *os.File) {
	both := struct {
		io.Reader
		io.Writer
	}{in, out}
	screen := term.NewTerminal(both, "> ")
	width, height, err := term.GetSize(int(out.Fd()))
	if err == nil && width > 0 {
		_ = screen.SetSize(width, height)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out = screen
	t.style = style{width: min(max(width, 20), 80), color: t.config.Color}
	t.lines, t.apart = screenLines{screen}, ""
}

func (t *Terminal) talk(ctx context.Context, handle bot.Handler) error {
	for ctx.Err() == nil {
		line, err := t.lines.line("> ")
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what was typed: %w", err)
		}
		line = strings.TrimRight(line, "\r\n")
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "quit", "exit", "bye":
			return nil
		}
		if line, err = t.press(line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		t.show(handle(ctx, bot.Request{From: t.Account(), Line: line, Zone: t.config.Zone, Locale: t.config.Locale}))
	}
	return nil
}

// press turns the number of a button into its line, asking for text first if the
// button wants some.
func (t *Terminal) press(typed string) (string, error) {
	action, ok := t.button(strings.Trim(strings.TrimSpace(typed), "[]"))
	if !ok {
		return typed, nil
	}
	if action.Ask == "" {
		return action.Line, nil // for an address this is empty, and help comes
	}
	answer, err := t.lines.line(action.Ask + ": ")
	if err != nil {
		return "", err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "quit", "exit":
		return "", io.EOF
	case "cancel", "no", "help":
		return strings.TrimSpace(answer), nil // said to the bot, and no answer
	}
	return strings.TrimSpace(action.Line + " " + answer), nil
}

// button finds a button of the last reply by its number or its words.
func (t *Terminal) button(typed string) (bot.Action, bool) {
	n, err := strconv.Atoi(typed)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.actions {
		if strings.EqualFold(a.Label, typed) {
			return a, true
		}
	}
	if err != nil || n < 1 || n > len(t.actions) {
		return bot.Action{}, false
	}
	return t.actions[n-1], true
}

// show prints a reply; its buttons can be pressed from now on.
func (t *Terminal) show(r bot.Reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.actions = r.Actions
	_, _ = io.WriteString(t.out, t.style.render(r)+"\n\n")
}

// Send implements [bot.Adapter]: the message appears above the prompt.
func (t *Terminal) Send(_ context.Context, to bot.Address, key string, r bot.Reply) (bot.Receipt, error) {
	if to.Account != t.Account() {
		return bot.Receipt{}, &bot.NotSentError{After: time.Hour, Err: fmt.Errorf("%s is not at this terminal", to.User)}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.actions = r.Actions
	t.unasked(r)
	receipt := bot.Receipt{Channel: "terminal", Message: key}
	t.sent[key] = receipt
	return receipt, nil
}

// Find implements [bot.Adapter]. What an earlier process showed is gone with its
// screen.
func (t *Terminal) Find(_ context.Context, _ bot.Address, key string) (bot.Receipt, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if receipt, ok := t.sent[key]; ok {
		return receipt, nil
	}
	return bot.Receipt{}, bot.ErrNotFound
}

// Edit implements [bot.Adapter]. A line on a terminal can't be changed, so the
// news is printed.
func (t *Terminal) Edit(_ context.Context, _ bot.Address, _ bot.Receipt, r bot.Reply) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unasked(r)
	return nil
}

// unasked prints what is no answer, on a line of its own. The caller holds the lock.
func (t *Terminal) unasked(r bot.Reply) {
	_, _ = io.WriteString(t.out, t.apart+t.style.render(r)+"\n\n")
}
