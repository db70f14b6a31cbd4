package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"roadmapbot/store"
)

// TestEmptyVariables sets everything to nothing, as composed configurations do.
func TestEmptyVariables(t *testing.T) {
	for _, name := range []string{"DB", "LISTEN", "LOG_LEVEL", "DISCORD_MODE", "SLACK_MODE", "TERMINAL", "PLAIN", "CONTENT", "DISCORD_TOKEN", "SLACK_BOT_TOKEN"} {
		t.Setenv("ROADMAPBOT_"+name, "")
	}
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	if code, out, complaint := call(t, strings.NewReader("today\n")); code != 0 || !strings.Contains(out, "Now: ") {
		t.Errorf("exit %d, %q, %q", code, out, complaint)
	}
	if code, _, complaint := call(t, strings.NewReader(""), "serve"); code != exitUsage || !strings.Contains(complaint, "no chat platform is set") {
		t.Errorf("serve: exit %d, %q", code, complaint)
	}
}

// TestStrangeVariables misspells a variable: whoever sets one hears of it, and nobody
// reads its value.
func TestStrangeVariables(t *testing.T) {
	t.Setenv("ROADMAPBOT_DICSORD_TOKEN", "hidden")
	t.Setenv("ROADMAPBOT_COLOUR", "hidden")
	t.Setenv("ROADMAPBOT_LOG_LEVEL", "info")
	for _, args := range [][]string{{"serve"}, {"doctor", "discord"}, {"doctor", "slack"}} {
		code, out, complaint := call(t, strings.NewReader(""), args...)
		if code != exitUsage || out != "" || strings.Contains(complaint, "hidden") || strings.Count(complaint, "is no setting") != 2 ||
			!strings.Contains(complaint, "ROADMAPBOT_DICSORD_TOKEN is no setting; did you mean ROADMAPBOT_DISCORD_TOKEN?") ||
			!strings.Contains(complaint, "ROADMAPBOT_COLOUR is no setting; roadmapbot serve --help lists them") {
			t.Errorf("%q: exit %d, printed %q and %q", args, code, out, complaint)
		}
	}
	if code, _, complaint := call(t, strings.NewReader("")); code != exitOK || complaint != "" {
		t.Errorf("the chat: exit %d, %q", code, complaint)
	}
}

// TestHalfASetup names what is missing, as a flag and as a variable that exist, and
// leaves no platform out in silence.
func TestHalfASetup(t *testing.T) {
	_, help, _ := call(t, strings.NewReader(""), "serve", "--help")
	named := regexp.MustCompile(`(--[a-z-]+) or (ROADMAPBOT_[A-Z_]+)`)
	db := filepath.Join(t.TempDir(), "a.db")
	const bots, apps = "--slack-bot-token=xoxb-1", "--slack-app-token=xapp-1"
	for _, tt := range []struct{ command, flags, want string }{
		{"serve", "", "no chat platform is set; for Discord give --discord-token or"},
		{"serve", apps, "bot token (xoxb-…) is missing: give --slack-bot-token or"},
		{"serve", bots, "Socket Mode needs the app-level token (xapp-…): give --slack-app-token or"},
		{"serve", bots + " --slack-app-token=x", "app-level token does not look like one (xapp-…): look at --slack-app-token or"},
		{"serve", "--slack-bot-token=x " + apps, "bot token does not look like one (xoxb-…): look at --slack-bot-token or"},
		{"serve", "--slack-bot-token=xapp-1 --slack-app-token=xoxb-1", "the two tokens are swapped: xoxb-… belongs in --slack-bot-token or"},
		{"serve", bots + " --slack-mode=http", "HTTP mode needs the signing secret: give --slack-signing-secret or"},
		{"serve", "--slack-signing-secret=x", "bot token (xoxb-…) is missing"},
		{"serve", "--slack-client-id=1 " + apps, "client secret is missing: give --slack-client-secret or"},
		{"serve", "--slack-client-id=1 " + apps, "tokens is missing (name:base64 of 32 random bytes): give --slack-keys or"},
		{"serve", "--slack-client-id=1 --slack-keys=x " + apps, "each name once: look at --slack-keys or"},
		{"serve", "--slack-client-id=1 " + bots, "leave out --slack-bot-token or"},
		{"serve", "--slack-api=x " + bots, "look at --slack-api or"},
		{"serve", "--discord-public-key=00", "no Discord token is set; give --discord-token or"},
		{"serve", "--discord-app-id=7", "no Discord token"},
		{"serve", "--discord-token=t --discord-public-key=00", "look at --discord-public-key or"},
		{"serve", "--discord-token=t --discord-mode=http", "give --discord-public-key or"},
		{"serve", "--discord-token=t --discord-api=x", "look at --discord-api or"},
		{"doctor slack", "", "give --slack-bot-token or"},
		{"doctor discord", "", "give --discord-token or"},
	} {
		args := strings.Fields(tt.command + " " + tt.flags)
		if tt.command == "serve" {
			args = append(args, "--db", db)
		}
		code, _, complaint := call(t, strings.NewReader(""), args...)
		if code != exitUsage || !strings.Contains(complaint, tt.want) {
			t.Errorf("%q: exit %d, %q", args, code, complaint)
		}
		if strings.Contains(tt.want, "swapped") && strings.Contains(complaint, "look like") {
			t.Errorf("of swapped tokens it says more than that: %q", complaint)
		}
		for _, pair := range named.FindAllStringSubmatch(complaint, -1) {
			if variable := "ROADMAPBOT_" + strings.ToUpper(strings.ReplaceAll(pair[1][2:], "-", "_")); pair[2] != variable || !strings.Contains(help, pair[1]+"=") {
				t.Errorf("%q: no such setting: %s", args, pair[0])
			}
		}
	}
}

func TestMain(m *testing.M) {
	for _, setting := range os.Environ() { // of whoever runs the tests
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "ROADMAPBOT_") {
			_ = os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}

// call runs the program once, on a data folder of its own.
func call(t *testing.T, in io.Reader, args ...string) (code int, out, complaint string) {
	t.Helper()
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	var o, e bytes.Buffer
	code = run(t.Context(), args, streams{in, &o, &e})
	return code, o.String(), e.String()
}

func TestCommandLine(t *testing.T) {
	const hint = "roadmapbot --help lists the commands and flags.\n"
	for _, tt := range []struct {
		args      string
		code      int
		out       string // a part of what is printed; nothing else may be printed if empty
		complaint string // all of it
	}{
		{"--help", 0, "Usage: roadmapbot <command>", ""},
		{"serve --help", 0, "--listen=", ""},
		{"nudge times --help", 0, "--zone=", ""},
		{"version", 0, "roadmapbot ", ""},
		{"--version", 0, "roadmapbot ", ""},
		{"serve --version", 0, "roadmapbot ", ""},
		{"help", 0, "Usage: roadmapbot <command>", ""},
		{"help nudge times", 0, "--zone=", ""},
		{"serv", 2, "", "roadmapbot: unexpected argument serv; did you mean serve?\n" + hint},
		{"--db x dotcor slack", 2, "", "roadmapbot: unexpected argument dotcor; did you mean doctor?\n" + hint},
		{"doctor slcak", 2, "", "roadmapbot: unexpected argument slcak; did you mean slack?\n" + hint},
		{"serve --discrod-token=x", 2, "", "roadmapbot: unknown flag --discrod-token; did you mean --discord-token?\n" + hint},
		{"--usr ann", 2, "", "roadmapbot: unknown flag --usr; did you mean --user?\n" + hint},
		{"--foo", 2, "", "roadmapbot: unknown flag --foo\n" + hint},
		{"doctor discord abc", 2, "", "roadmapbot: unexpected argument abc\n" + hint},
		{"--no-such", 2, "", "roadmapbot: unknown flag --no-such\n" + hint},
		{"nosuch", 2, "", "roadmapbot: unexpected argument nosuch\n" + hint},
		{"content", 2, "", "roadmapbot: expected \"check\"\n" + hint},
		{"serve --log-level loud", 2, "", "roadmapbot: --log-level must be one of \"debug\",\"info\",\"warn\",\"error\" but got \"loud\"\n" + hint},
		{"nudge times --zone UTC --at 9:00 --from 2026-01-01", 2, "", "roadmapbot: missing flags: --until=2027-01-01\n" + hint},
		{"--now yesterday", 2, "", "roadmapbot: --now is written like 2026-03-09T18:29:50+01:00 (RFC 3339), not \"yesterday\"\n"},
		{"serve --now 9:00", 2, "", "roadmapbot: --now is written like 2026-03-09T18:29:50+01:00 (RFC 3339), not \"9:00\"\n"},
		{"--db " + os.DevNull, 2, "", "roadmapbot: the database " + os.DevNull + " is not a file; name another one with --db\n"},
		{"nudge explain ann 2026-01-01", 2, "", "roadmapbot: an account is PLATFORM/USER or PLATFORM/TENANT/USER, not \"ann\"\n"},
		{"nudge explain terminal/ann today", 2, "", "roadmapbot: a date is written like 2026-03-09, not \"today\"\n"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			code, out, complaint := call(t, strings.NewReader(""), strings.Fields(tt.args)...)
			if code != tt.code || complaint != tt.complaint {
				t.Errorf("exit %d, %q\nwant %d, %q", code, complaint, tt.code, tt.complaint)
			}
			if !strings.Contains(out, tt.out) || tt.out == "" && out != "" {
				t.Errorf("printed %q, want %q", out, tt.out)
			}
		})
	}
}

// Without a platform, serve must not pretend to serve.
func TestServeNeedsAPlatform(t *testing.T) {
	code, out, complaint := call(t, strings.NewReader(""), "serve", "--listen", "127.0.0.1:0")
	if code != 2 || out != "" || !strings.HasPrefix(complaint, "roadmapbot: no chat platform is set") || strings.Count(complaint, "\n") != 1 {
		t.Errorf("exit %d, printed %q and %q", code, out, complaint)
	}
}

// The environment sets what a flag sets, and a flag wins.
func TestEnvironment(t *testing.T) {
	t.Setenv("ROADMAPBOT_CONTENT", filepath.Join(t.TempDir(), "none"))
	code, _, complaint := call(t, strings.NewReader(""))
	if code != 2 || !strings.HasPrefix(complaint, "roadmapbot: the content folder") {
		t.Errorf("exit %d: %s", code, complaint)
	}
	code, out, _ := call(t, strings.NewReader("stages\n"), "--content", "../../content/roadmap")
	if code != 0 || !strings.Contains(out, "1. Programming Languages") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// What was done is there the next time, for the same name only.
func TestComesBack(t *testing.T) {
	db := filepath.Join(t.TempDir(), "deep", "down", "learners.db")
	say := func(user, lines string) string {
		t.Helper()
		code, out, complaint := call(t, strings.NewReader(lines), "--db", db, "--user", user)
		if code != 0 || complaint != "" {
			t.Fatalf("exit %d: %s", code, complaint)
		}
		return out
	}
	say("ann", "done prog-basics 3h\n")
	if out := say("ann", "progress\n"); !strings.Contains(out, "1. Programming Languages: 1 of") {
		t.Errorf("Ann's work is gone:\n%s", out)
	}
	if out := say("bob", "progress\n"); strings.Contains(out, ": 1 of") {
		t.Errorf("Bob has Ann's work:\n%s", out)
	}
}

func TestDatabaseInUse(t *testing.T) {
	db := filepath.Join(t.TempDir(), "learners.db")
	st, err := store.Open(db)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, args := range [][]string{{}, {"serve", "--terminal", "--listen", "127.0.0.1:0"}, {"nudge", "explain", "terminal/ann", "2026-01-01"}} {
		code, out, complaint := call(t, strings.NewReader("done prog-basics\n"), slices.Concat(args, []string{"--db", db})...)
		if code != 75 || out != "" || !strings.Contains(complaint, db) || strings.Count(complaint, "\n") != 1 {
			t.Errorf("%q: exit %d, printed %q and %q", args, code, out, complaint)
		}
	}
}
