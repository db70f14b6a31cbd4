// Command roadmapbot takes learners through the backend roadmap: in the terminal,
// and as a service on chat platforms.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"roadmapbot/bot"
	"roadmapbot/content"
	"roadmapbot/store"
)

// Exit codes, after sysexits.h where it has one.
const (
	exitOK    = 0
	exitFail  = 1
	exitUsage = 2  // a flag, a setting, a token
	exitBusy  = 75 // EX_TEMPFAIL: the database is in use
)

// cli is every command and flag. Each flag that settings are made of has one
// environment variable: ROADMAPBOT_ and its name in capitals.
type cli struct {
	Chat    chatCmd    `cmd:"" default:"withargs" help:"Talk to the bot in this terminal (the default)."`
	Serve   serveCmd   `cmd:"" help:"Run the bot on the chat platforms whose tokens are set."`
	Content contentCmd `cmd:"" help:"Work on the roadmap's content."`
	Nudge   nudgeCmd   `cmd:"" help:"Look into the nudges."`
	Discord discordCmd `cmd:"" help:"Set up Discord."`
	Health  healthCmd  `cmd:"" help:"Ask a running serve whether it lives; for container health checks."`
	Slack   slackCmd   `cmd:"" help:"Set the bot up for Slack."`
	Doctor  doctorCmd  `cmd:"" help:"Check the settings of a platform and say what to mend."`
	Version versionCmd `cmd:"" help:"Print the version."`

	PrintVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

// database is the flag of every command that opens it.
type database struct {
	DB string `name:"db" help:"The database file, by default ${db}." placeholder:"FILE" env:"ROADMAPBOT_DB" default:"${db}"`
}

// course is the flag of every command that teaches.
type course struct {
	Content string `help:"A folder with another roadmap of the same form." placeholder:"DIR" env:"ROADMAPBOT_CONTENT"`
}

// streams are the process's surroundings, so that tests can bring their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	// The store's commits wait for the disk in a system call that holds its
	// processor. On a machine with a single one nobody else could run meanwhile,
	// and no two changes would ever share a commit.
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the process at once
	}()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// dropEmpty unsets variables that are set to nothing, as composed configurations do:
// that means the default, and not a listener on every address or a file without name.
func dropEmpty() {
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); value == "" && strings.HasPrefix(name, prefix) {
			_ = os.Unsetenv(name)
		}
	}
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, s streams) int {
	dropEmpty()
	if len(args) > 0 && args[0] == "help" {
		args = append(slices.Clone(args[1:]), "--help")
	}
	var c cli
	parser, err := kong.New(&c,
		kong.Name("roadmapbot"),
		kong.Description("Takes you through the roadmap to become a backend developer, one topic at a time."),
		kong.Writers(s.out, s.err),
		kong.Vars{"db": defaultDB(), "version": "roadmapbot " + version()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
		kong.Exit(func(code int) { panic(exited(code)) }),
	)
	if err != nil {
		fmt.Fprintln(s.err, "roadmapbot:", err)
		return exitFail
	}
	return parse(parser, args, s)
}

// exited carries the code with which kong would end the process, after --help.
type exited int

func parse(parser *kong.Kong, args []string, s streams) (code int) {
	defer func() {
		if p := recover(); p != nil {
			done, ok := p.(exited)
			if !ok {
				panic(p)
			}
			code = int(done)
		}
	}()
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(s.err, "roadmapbot:", misspelt(err))
		fmt.Fprintln(s.err, "roadmapbot --help lists the commands and flags.")
		return exitUsage
	}
	err = k.Run()
	var inUse *store.InUseError
	var setup *bot.SetupError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &inUse):
		code = exitBusy
	case errors.As(err, &setup):
		code = exitUsage
	default:
		code = exitFail
	}
	fmt.Fprintln(s.err, "roadmapbot:", err)
	return code
}

// defaultDB is where the XDG Base Directory Specification puts a user's data.
func defaultDB() string {
	dir := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(dir) { // the specification says to ignore relative ones
		home, err := os.UserHomeDir()
		if err != nil {
			return "roadmapbot.db"
		}
		dir = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(dir, "roadmapbot", "learners.db")
}

// roadmap loads the embedded roadmap or somebody's own.
func (c course) roadmap() (*content.Roadmap, error) {
	if c.Content == "" {
		return content.Default()
	}
	r, err := loadContent(c.Content)
	if err != nil {
		return nil, &bot.SetupError{Err: err}
	}
	return r, nil
}

// logger writes to the error stream: text for a person at a terminal, JSON for a
// service.
func logger(s streams, level slog.Level, json bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if json {
		return slog.New(slog.NewJSONHandler(s.err, options))
	}
	return slog.New(slog.NewTextHandler(s.err, options))
}
