package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"roadmapbot/adapters/discord"
	"roadmapbot/bot"
)

// discordFlags connect the bot to Discord.
type discordFlags struct {
	DiscordToken     bot.Secret `help:"The bot's token." placeholder:"TOKEN" env:"ROADMAPBOT_DISCORD_TOKEN"`
	DiscordAppID     string     `name:"discord-app-id" help:"The application's id; asked of Discord if left out." placeholder:"ID" env:"ROADMAPBOT_DISCORD_APP_ID"`
	DiscordPublicKey string     `help:"The application's public key, for the HTTP mode." placeholder:"HEX" env:"ROADMAPBOT_DISCORD_PUBLIC_KEY"`
	DiscordMode      string     `help:"How Discord delivers: gateway needs no address of your own, http serves /discord/interactions." enum:"gateway,http" default:"gateway" env:"ROADMAPBOT_DISCORD_MODE"`
	DiscordAPI       string     `name:"discord-api" help:"The base address of Discord's REST API." placeholder:"URL" env:"ROADMAPBOT_DISCORD_API"`
	DiscordGateway   string     `help:"The address of Discord's gateway; asked of Discord if left out." placeholder:"URL" env:"ROADMAPBOT_DISCORD_GATEWAY"`
}

// discordSet tells whether the flags ask for Discord at all.
func (f discordFlags) discordSet() bool {
	return f.DiscordToken != "" || f.DiscordPublicKey != "" || f.DiscordAppID != ""
}

// discordAdapter makes the adapter for what the bot understands.
func (f discordFlags) discordAdapter(b *bot.Bot, log *slog.Logger) (*discord.Adapter, error) {
	if f.DiscordToken == "" {
		return nil, &bot.SetupError{Err: errors.New("no Discord token is set; give --discord-token or ROADMAPBOT_DISCORD_TOKEN")}
	}
	a, err := discord.New(discord.Config{
		Token: f.DiscordToken, AppID: f.DiscordAppID, PublicKey: f.DiscordPublicKey, HTTP: f.DiscordMode == "http",
		API: f.DiscordAPI, Gateway: f.DiscordGateway, Commands: b.Commands(), Complete: b.Complete, Log: log,
	})
	if err != nil {
		return nil, &bot.SetupError{Err: err}
	}
	return a, nil
}

// discordPath is where the HTTP mode listens.
const discordPath = "/discord/interactions"

type discordCmd struct {
	Register  discordRegisterCmd  `cmd:"" help:"Make Discord offer the slash commands; serve does it by itself."`
	InviteURL discordInviteURLCmd `cmd:"" name:"invite-url" help:"Print the addresses that install the bot."`
}

// discordWait bounds a command that asks Discord something.
const discordWait = 30 * time.Second

// connect makes an adapter for a command that does not run it.
func (f discordFlags) connect(ctx context.Context, c course) (*discord.Adapter, context.Context, context.CancelFunc, error) {
	roadmap, err := c.roadmap()
	if err != nil {
		return nil, nil, nil, err
	}
	a, err := f.discordAdapter(bot.New(bot.Config{Roadmap: roadmap}), slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, discordWait)
	return a, ctx, cancel, nil
}

type discordRegisterCmd struct {
	discordFlags
	course
	Guild string `help:"Only in this server, at once; for trying out." placeholder:"ID"`
}

// Run registers the commands.
func (c *discordRegisterCmd) Run(ctx context.Context, s streams) error {
	a, ctx, cancel, err := c.connect(ctx, c.course)
	if err != nil {
		return err
	}
	defer cancel()
	changed, err := a.Register(ctx, c.Guild)
	if err != nil {
		return err
	}
	text := "Discord offers these commands already."
	if changed {
		text = "Discord offers the commands now. A client that is open may need a restart to show them."
	}
	_, err = fmt.Fprintln(s.out, text)
	return err
}

type discordInviteURLCmd struct {
	discordFlags
	course
}

// Run prints both addresses. With the application's id it needs no connection.
func (c *discordInviteURLCmd) Run(ctx context.Context, s streams) error {
	server, user := discord.InviteURLs(c.DiscordAppID)
	if c.DiscordAppID == "" {
		a, ctx, cancel, err := c.connect(ctx, c.course)
		if err != nil {
			return err
		}
		defer cancel()
		if server, user, err = a.InviteURLs(ctx); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.out, "Into a server: %s\nFor yourself:  %s\n", server, user)
	return err
}

type discordDoctorCmd struct {
	discordFlags
	course
}

// Run prints what was found, one line each, and fails if something is to be mended.
func (c *discordDoctorCmd) Run(ctx context.Context, s streams) error {
	a, ctx, cancel, err := c.connect(ctx, c.course)
	if err != nil {
		return err
	}
	defer cancel()
	return report(s.out, "Discord", a.Doctor(ctx))
}
