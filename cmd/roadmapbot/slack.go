package main

import (
	"context"
	"errors"
	"log/slog"

	"roadmapbot/adapters/slack"
	"roadmapbot/bot"
)

// slackFlags connect the bot to Slack: one workspace by its bot token, or many
// by the app's client id and secret.
type slackFlags struct {
	SlackBotToken      bot.Secret `help:"The bot token of one workspace (xoxb-…)." placeholder:"TOKEN" env:"ROADMAPBOT_SLACK_BOT_TOKEN"`
	SlackAppToken      bot.Secret `help:"The app-level token for Socket Mode (xapp-…)." placeholder:"TOKEN" env:"ROADMAPBOT_SLACK_APP_TOKEN"`
	SlackSigningSecret bot.Secret `help:"The app's signing secret, for the HTTP mode." placeholder:"SECRET" env:"ROADMAPBOT_SLACK_SIGNING_SECRET"`
	SlackClientID      string     `help:"The app's client id, to be installed in many workspaces." placeholder:"ID" env:"ROADMAPBOT_SLACK_CLIENT_ID"`
	SlackClientSecret  bot.Secret `help:"The app's client secret." placeholder:"SECRET" env:"ROADMAPBOT_SLACK_CLIENT_SECRET"`
	SlackKeys          bot.Secret `help:"What seals stored tokens: name:base64 of 32 random bytes; a new key goes in front, after a comma the old one." placeholder:"KEYS" env:"ROADMAPBOT_SLACK_KEYS"`
	SlackAPI           string     `name:"slack-api" help:"The base address of Slack's Web API." placeholder:"URL" env:"ROADMAPBOT_SLACK_API"`
	SlackMode          string     `help:"How Slack delivers: socket needs no address of your own, http serves /slack/." enum:"socket,http" default:"socket" env:"ROADMAPBOT_SLACK_MODE"`
}

func (f slackFlags) config(shelf slack.Shelf, log *slog.Logger) slack.Config {
	return slack.Config{
		Mode: f.SlackMode, BotToken: f.SlackBotToken, AppToken: f.SlackAppToken, SigningSecret: f.SlackSigningSecret,
		ClientID: f.SlackClientID, ClientSecret: f.SlackClientSecret, Keys: f.SlackKeys, API: f.SlackAPI, Shelf: shelf, Log: log,
	}
}

// slackSet tells whether the flags ask for Slack at all.
func (f slackFlags) slackSet() bool {
	return f.SlackBotToken != "" || f.SlackClientID != "" || f.SlackAppToken != "" || f.SlackSigningSecret != "" || f.SlackClientSecret != ""
}

// slackAdapter makes the adapter; shelf keeps installations.
func (f slackFlags) slackAdapter(shelf slack.Shelf, log *slog.Logger) (*slack.Adapter, error) {
	a, err := slack.New(f.config(shelf, log))
	if err != nil {
		return nil, &bot.SetupError{Err: err}
	}
	return a, nil
}

type slackCmd struct {
	Manifest slackManifestCmd `cmd:"" help:"Print the app manifest to paste into Slack."`
}

type slackManifestCmd struct {
	Mode string `help:"socket or http." enum:"socket,http" default:"socket"`
	URL  string `name:"url" help:"Where Slack reaches the bot; needed for http, and for installing in many workspaces." placeholder:"https://…"`
}

// Run prints the manifest.
func (c *slackManifestCmd) Run(s streams) error {
	raw, err := slack.Manifest(c.Mode, c.URL)
	if err != nil {
		return &bot.SetupError{Err: err}
	}
	_, err = s.out.Write(raw)
	return err
}

type slackDoctorCmd struct{ slackFlags }

// Run prints what was found, one line each, and fails if something is to be mended.
func (c *slackDoctorCmd) Run(ctx context.Context, s streams) error {
	if !c.slackSet() {
		return &bot.SetupError{Err: errors.New("no Slack token is set; give --slack-bot-token or ROADMAPBOT_SLACK_BOT_TOKEN")}
	}
	return report(s.out, "Slack", slack.Doctor(ctx, c.config(noShelf{}, slog.New(slog.DiscardHandler))))
}

// noShelf stands where the doctor would need stored installations; it looks at none.
type noShelf struct{ slack.Shelf }
