package main

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// What people and pipes may send by accident or on purpose gets a clear answer
// each, and the conversation goes on.
func TestBadInput(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for _, tt := range []struct{ name, line, want string }{
		{"empty", "", "What I understand"},
		{"blank", " \t  ", "What I understand"},
		{"1 MB", strings.Repeat("x", 1<<20), "That is longer than I can read"},
		{"1 MB of words", strings.Repeat("today ", 1<<20/6), "That is longer than I can read"},
		{"1 MB of broken text", strings.Repeat("\xff", 1<<20), "That is longer than I can read"},
		{"invalid UTF-8", "\xff\xfe today \xc3", "Now: Programming basics"},
		{"zero byte", "to\x00day", "Now: Programming basics"},
		{"control characters", "\x07today\x1b\x08\x7f\u0085", "Now: Programming basics"},
		{"terminal command", "\x1b]0;title\x07\x1b[2Jxyzzy", "I don't know"},
		{"bidi override", "\u202etoday\u2066", "Now: Programming basics"},
		{"zero width", "to\u200bday\ufeff", "Now: Programming basics"},
		{"bidi in an echo", "find \u202e\x1b[31mxyzzy\u2069", "xyzzy"},
		{"carriage return", "today\r", "Now: Programming basics"},
		{"far number", "stage 99999999999999999999", "The stages go from 1 to 10"},
		{"negative number", "stage -1", "The stages go from 1 to 10"},
		{"unknown topic", "topic xyzzy", "xyzzy"},
		{"no button", "999", "There is no button 999"},
		{"markup", "find **[x](https://example.com)** <@everyone> `", "<@everyone>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, complaint := call(t, strings.NewReader(tt.line+"\nstages\n"))
			if code != 0 || complaint != "" {
				t.Fatalf("exit %d: %s", code, complaint)
			}
			answer, rest, found := strings.Cut(out, "Roadmap to Become a Backend Developer\n")
			if !found || !strings.Contains(rest, "10. Architectural Patterns") {
				t.Errorf("the next line was not answered:\n%.2000s", out)
			}
			if !strings.Contains(answer, tt.want) || len(answer) > 6000 {
				t.Errorf("got %d bytes, want %q:\n%.2000s", len(answer), tt.want, answer)
			}
			if !utf8.ValidString(out) {
				t.Errorf("the answer is not UTF-8: %.2000q", out)
			}
			for _, r := range out {
				if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
					t.Fatalf("the answer has the character %U: %.2000q", r, out)
				}
			}
		})
	}
}

func TestConversationEnds(t *testing.T) {
	for name, lines := range map[string]string{
		"at the end of the input": "stages",
		"at a farewell":           "stages\n Quit \nhelp\n",
		"with nothing said":       "",
	} {
		code, out, complaint := call(t, strings.NewReader(lines))
		if code != 0 || complaint != "" || strings.Contains(out, "What I understand") || lines != "" && !strings.HasSuffix(out, "\n\n") {
			t.Errorf("%s: exit %d, printed %q and %q", name, code, out, complaint)
		}
	}
}
