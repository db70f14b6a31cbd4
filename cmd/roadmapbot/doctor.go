package main

// doctorCmd looks at what is set up on a platform and says what to mend.
type doctorCmd struct {
	Discord discordDoctorCmd `cmd:"" help:"Check token, application, installation, intents and commands on Discord."`
	Slack   slackDoctorCmd   `cmd:"" help:"Check the token, scopes, socket, signing secret and clock for Slack."`
}
