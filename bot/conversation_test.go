package bot_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadmapbot/adapters/terminal"
	"roadmapbot/bot"
	"roadmapbot/bot/nudge"
	"roadmapbot/content"
	"roadmapbot/store"
)

var update = flag.Bool("update", false, "rewrite the golden conversations")

// TestConversations holds the bot to the conversations in testdata. A file is
// what a terminal shows: lines after "> " are typed, the rest is answered. Lines
// after "# " are remarks, or directions:
//
//	# now 2026-03-02T17:00:00Z   the time at which the conversation begins
//	# locale en-US               what the platform tells of the person
//	# zone Europe/Madrid
//	# wait 25h                   time passes, and nudges come
//
// To write the answers anew: go test ./bot -run Conversations -update
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got string
			synctest.Test(t, func(t *testing.T) { got = converse(t, string(want)) })
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("%s differs; go test ./bot -run Conversations -update writes it anew\n%s", file, firstDifference(got, string(want)))
			}
		})
	}
}

// TestEveryCommandIsSpoken holds the conversations to the table of commands.
func TestEveryCommandIsSpoken(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	for _, c := range newBot(t).Commands() {
		if !strings.Contains(all.String(), "\n> "+c.Name+"\n") && !strings.Contains(all.String(), "\n> "+c.Name+" ") {
			t.Errorf("no conversation uses the command %s", c.Name)
		}
	}
}

// TestReadme holds the README's conversation to the one that the bot really has.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	conversation, err := os.ReadFile("testdata/readme.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, talk, _ := strings.Cut(string(conversation), "\n> ")
	if !strings.Contains(string(readme), "```text\n> "+talk+"```") {
		t.Error("the conversation in README.md is not testdata/readme.txt; copy it anew")
	}
}

// firstDifference shows the first line that differs, with a few around it.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		line := func(s []string) string {
			if i < len(s) {
				return s[i]
			}
			return "(end)"
		}
		if line(g) != line(w) {
			return fmt.Sprintf("line %d\n got: %s\nwant: %s", i+1, line(g), line(w))
		}
	}
	return ""
}

// script feeds a conversation to the terminal line by line.
type script struct {
	lines []string
	say   func(string) // writes into the transcript
}

func (s *script) Read(p []byte) (int, error) {
	for len(s.lines) > 0 {
		line := s.lines[0]
		s.lines = s.lines[1:]
		switch {
		case strings.HasPrefix(line, "# "):
			s.say(line + "\n\n")
			if d, ok := strings.CutPrefix(line, "# wait "); ok {
				pause, err := time.ParseDuration(d)
				if err != nil {
					return 0, err
				}
				time.Sleep(pause) // virtual time
				synctest.Wait()
			}
		case strings.HasPrefix(line, ">"):
			s.say(line + "\n\n")
			return copy(p, strings.TrimPrefix(strings.TrimPrefix(line, ">"), " ")+"\n"), nil
		}
	}
	return 0, io.EOF
}

// transcript is written by the terminal and by the script.
type transcript struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

// converse holds the conversation anew.
func converse(t *testing.T, file string) string {
	var out transcript
	in := &script{lines: strings.Split(file, "\n"), say: func(s string) { _, _ = io.WriteString(&out, s) }}
	c := terminal.Config{In: in, Out: &out, User: "ann", Plain: true}
	begin := time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC) // a Monday
	for _, line := range in.lines {
		if s, ok := strings.CutPrefix(line, "# now "); ok {
			var err error
			if begin, err = time.Parse(time.RFC3339, s); err != nil {
				t.Fatal(err)
			}
		}
		if s, ok := strings.CutPrefix(line, "# locale "); ok {
			c.Locale = s
		}
		if s, ok := strings.CutPrefix(line, "# zone "); ok {
			c.Zone = s
		}
	}
	shift := time.Until(begin)
	now := func() time.Time { return time.Now().Add(shift) }
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	s := store.NewMemory()
	b := bot.New(bot.Config{Roadmap: roadmap, Store: s, Now: now})
	term := terminal.New(c)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	n := nudge.New(nudge.Config{Store: s, Bot: b, Adapters: []bot.Adapter{checked{term, t}}, Now: now, Every: 10 * time.Second})
	wg.Go(func() { _ = n.Run(ctx) })
	stranger := bot.New(bot.Config{Roadmap: roadmap, Store: store.NewMemory(), Now: now})
	err = term.Run(ctx, func(ctx context.Context, req bot.Request) bot.Reply {
		r := b.Handle(ctx, req)
		check(t, req.Line, r)
		for _, a := range r.Actions { // even somebody else may press it
			if a.Line == "" || a.Ask != "" {
				continue
			}
			answer := stranger.Handle(ctx, bot.Request{From: bot.Account{Platform: "other", User: "bob"}, Line: a.Line})
			if strings.Contains(answer.String(), "I don't know “") || strings.Contains(answer.String(), "Something went wrong") {
				t.Errorf("the button %q of the reply to %q says %q, which gets\n%s", a.Label, req.Line, a.Line, answer)
			}
			check(t, a.Line, answer)
		}
		return r
	})
	if err != nil {
		t.Error(err)
	}
	cancel()
	wg.Wait()
	return out.b.String()
}

// check holds every reply to every platform's limits, and every button to
// something that the bot understands.
func check(t *testing.T, line string, r bot.Reply) {
	t.Helper()
	if err := r.Check(); err != nil {
		t.Errorf("the reply to %.60q breaks a limit:\n%v", line, err)
	}
}

// checked checks what is sent unasked.
type checked struct {
	*terminal.Terminal
	t *testing.T
}

func (c checked) Send(ctx context.Context, to bot.Address, key string, r bot.Reply) (bot.Receipt, error) {
	check(c.t, key, r)
	return c.Terminal.Send(ctx, to, key, r)
}
