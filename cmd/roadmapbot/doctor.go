package main

import (
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"roadmapbot/bot"
)

// doctorCmd looks at what is set up on a platform and says what to mend.
type doctorCmd struct {
	Discord discordDoctorCmd `cmd:"" help:"Check token, application, installation, intents and commands on Discord."`
	Slack   slackDoctorCmd   `cmd:"" help:"Check the token, scopes, socket, signing secret and clock for Slack."`
}

// AfterApply tells of misspelt settings, which no check would see.
func (*doctorCmd) AfterApply(k *kong.Context, s streams) error {
	for _, text := range strangeVariables(k.Model) {
		if _, err := fmt.Fprintln(s.err, "roadmapbot:", text); err != nil {
			return err
		}
	}
	return nil
}

// report prints what a doctor found and sums it up. What is to be mended is a fault of
// the setup; what could not be checked may be well.
func report(out io.Writer, platform string, findings []bot.Finding) error {
	mend, unchecked := 0, 0
	for _, f := range findings {
		mark, advice := "FAIL", ""
		switch {
		case f.OK:
			mark = "ok  "
		case f.Unchecked:
			mark = "?   "
			unchecked++
		default:
			mend++
		}
		if f.Do != "" {
			advice = "\n      " + f.Do
		}
		if _, err := fmt.Fprintf(out, "%s  %s%s\n", mark, f.What, advice); err != nil {
			return err
		}
	}
	switch {
	case mend > 0:
		return &bot.SetupError{Err: fmt.Errorf("%s: %d to mend, %d could not be checked", platform, mend, unchecked)}
	case unchecked > 0:
		return fmt.Errorf("%s: nothing to mend was found, but %d could not be checked; try again", platform, unchecked)
	}
	return nil
}
