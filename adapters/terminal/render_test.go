package terminal_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"roadmapbot/adapters/adaptertest"
	"roadmapbot/adapters/terminal"
)

var update = flag.Bool("update", false, "write the golden files anew")

// codes are the color codes of a screen.
var codes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestScreenGolden shows the shared replies on a narrow screen, without color and with
// (its codes written as [1m]).
func TestScreenGolden(t *testing.T) {
	for name, color := range map[string]bool{"plain.txt": false, "color.txt": true} {
		t.Run(name, func(t *testing.T) {
			var all strings.Builder
			for _, r := range adaptertest.Replies() {
				text := terminal.Render(r.Reply, 50, color)
				if len(text) > 4000 { // the long ones are all alike
					continue
				}
				all.WriteString("=== " + r.Name + "\n" + strings.ReplaceAll(text, "\x1b[", "[") + "\n")
			}
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file, []byte(all.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if all.String() != string(want) {
				t.Errorf("%s differs; go test ./adapters/terminal -run Golden -update writes it anew:\n%s", file, all.String())
			}
		})
	}
}

// TestScreenWidth holds text to the width of the screen, and color to adding nothing
// that shows but the marks around a command.
func TestScreenWidth(t *testing.T) {
	for _, r := range adaptertest.Replies() {
		for _, width := range []int{20, 50, 80} {
			colored := terminal.Render(r.Reply, width, true)
			for line := range strings.Lines(codes.ReplaceAllString(colored, "")) {
				line = strings.TrimRight(line, "\n")
				code, button := strings.HasPrefix(line, "    ") || strings.ContainsAny(line, "█░"), strings.HasPrefix(line, "[")
				if n := utf8.RuneCountInString(line); n > width && strings.Contains(strings.TrimSpace(line), " ") && !code && !button {
					t.Errorf("%s: %d of %d columns: %q", r.Name, n, width, line)
				}
			}
			bare := func(s string) string {
				return strings.Join(strings.Fields(strings.ReplaceAll(codes.ReplaceAllString(s, ""), "`", "")), " ")
			}
			if plain := terminal.Render(r.Reply, width, false); bare(plain) != bare(colored) {
				t.Errorf("%s: with color it reads %q, without %q", r.Name, bare(colored), bare(plain))
			}
		}
	}
}
