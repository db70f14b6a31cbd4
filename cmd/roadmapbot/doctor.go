package main

import (
	"fmt"

	"github.com/alecthomas/kong"
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

// verdict is the doctor's last word. What is to be mended is a fault of the setup;
// what could not be checked may be well.
func verdict(platform string, mend, unchecked int) error {
	switch {
	case mend > 0:
		return &usageError{fmt.Errorf("%s: %d to mend, %d could not be checked", platform, mend, unchecked)}
	case unchecked > 0:
		return fmt.Errorf("%s: nothing to mend was found, but %d could not be checked; try again", platform, unchecked)
	}
	return nil
}
