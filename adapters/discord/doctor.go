package discord

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/bwmarrin/discordgo"

	"roadmapbot/bot"
)

// application is what Discord says of the bot's application: the fields in use.
type application struct {
	ID           string         `json:"id"`
	Name         string         `json:"name"`
	VerifyKey    string         `json:"verify_key"`
	Flags        int            `json:"flags"`
	Endpoint     string         `json:"interactions_endpoint_url"`
	Integrations map[string]any `json:"integration_types_config"`
}

func (a *Adapter) application(ctx context.Context) (application, error) {
	var app application
	err := a.rest.do(ctx, call{method: http.MethodGet, path: "/applications/@me", patient: true}, &app)
	if unauthorized(err) {
		return app, errToken
	}
	if err == nil && app.ID == "" {
		err = errors.New("Discord's answer names no application") //nolint:staticcheck // Discord is a name
	}
	if err != nil {
		return app, fmt.Errorf("read the application: %w", err)
	}
	return app, nil
}

// Flags of an application that allow privileged intents (resources/application).
const privilegedFlags = 1<<12 | 1<<13 | 1<<14 | 1<<15 | 1<<18 | 1<<19

// Doctor looks at the token, the application, the install contexts, the intents,
// the way interactions come, and the commands, and says what to do for each fault.
func (a *Adapter) Doctor(ctx context.Context) []bot.Finding {
	var all []bot.Finding
	fail := func(what, do string) { all = append(all, bot.Finding{What: what, Do: do}) }
	check := func(ok bool, good, bad, do string) {
		if !ok {
			fail(bad, do)
			return
		}
		all = append(all, bot.Finding{OK: true, What: good})
	}
	missed := func(what string, err error, do string) {
		if refusal(err) {
			fail(what+" can't be read: "+err.Error(), do)
			return
		}
		all = append(all, bot.Finding{Unchecked: true, What: what + " could not be checked: " + err.Error(), Do: do})
	}
	var me struct {
		Username string `json:"username"`
		Bot      bool   `json:"bot"`
	}
	err := a.rest.do(ctx, call{method: http.MethodGet, path: "/users/@me", patient: true}, &me)
	switch {
	case unauthorized(err):
		fail("Discord refuses the token", "Make a new one in the developer portal: your application, Bot, Reset Token; then set ROADMAPBOT_DISCORD_TOKEN.")
		return all
	case err != nil:
		missed("the token", err, "Look at the network, and at --discord-api if you set it.")
		return all
	case !me.Bot:
		fail("the token is not a bot's", "Take the one under Bot in the developer portal, not the client secret.")
		return all
	}
	all = append(all, bot.Finding{OK: true, What: "the token is that of " + me.Username})
	app, err := a.application(ctx)
	if err != nil {
		missed("the application", err, "Try again; if it stays, look at Discord's status page.")
		return all
	}
	a.examine(app, check)
	_, have, err := a.registered(ctx, "")
	want, wantErr := slashCommands(a.config.Commands, a.config.Complete, true)
	switch {
	case wantErr != nil:
		fail(wantErr.Error(), "This is a fault of roadmapbot; please report it.")
	case err != nil:
		missed("the commands", err, "Try again; if it stays, check that --discord-app-id is this application's.")
	default:
		check(same(want, have), fmt.Sprintf("%d commands are registered", len(have)), "the commands are not registered as this version has them",
			"Run `roadmapbot discord register`, or just `roadmapbot serve`.")
	}
	return all
}

// What to do about interactions that go another way than the bot listens.
const (
	doSetEndpoint   = "Set the Interactions Endpoint URL in the developer portal, General Information, to https://YOUR-HOST/discord/interactions while the bot runs."
	doClearEndpoint = "The portal has an Interactions Endpoint URL, so nothing reaches the gateway: clear it under General Information, or use --discord-mode http."
)

// examine looks at the application.
func (a *Adapter) examine(app application, check func(ok bool, good, bad, do string)) {
	name := app.Name + ", " + app.ID
	check(a.config.AppID == "" || a.config.AppID == app.ID, "the application is "+name, "the token is that of another application, "+name,
		"--discord-app-id names another application than the token's; leave it out, or set it to "+app.ID+".")
	if a.key != nil {
		check(strings.EqualFold(hex.EncodeToString(a.key), app.VerifyKey), "the public key is this application's", "the public key is not this application's",
			"Copy --discord-public-key from General Information in the developer portal.")
	}
	_, server := app.Integrations["0"]
	_, user := app.Integrations["1"]
	check(server, "servers can install it", "servers can't install it",
		"Tick Guild Install in the developer portal: Installation, Installation Contexts.")
	check(user, "people can install it for themselves", "people can't install it for themselves",
		"Tick User Install in the developer portal: Installation, Installation Contexts. Without it the bot works in servers and for their members only.")
	check(app.Flags&privilegedFlags == 0, "no privileged intent is switched on", "a privileged intent is switched on",
		"The bot needs none: switch Presence, Server Members and Message Content off in the developer portal, under Bot.")
	if a.config.HTTP {
		check(app.Endpoint != "", "interactions come over HTTP, to "+app.Endpoint, "no Interactions Endpoint URL is set", doSetEndpoint)
		return
	}
	check(app.Endpoint == "", "interactions come over the gateway", "no interactions come over the gateway", doClearEndpoint)
}

// InviteURLs are the addresses that install the bot: into a server, and for
// oneself.
func InviteURLs(appID string) (server, user string) {
	q := url.Values{"client_id": {appID}, "integration_type": {fmt.Sprint(int(discordgo.ApplicationIntegrationGuildInstall))}, "scope": {"bot applications.commands"}, "permissions": {"0"}}
	server = "https://discord.com/oauth2/authorize?" + q.Encode()
	q = url.Values{"client_id": {appID}, "integration_type": {fmt.Sprint(int(discordgo.ApplicationIntegrationUserInstall))}, "scope": {"applications.commands"}}
	return server, "https://discord.com/oauth2/authorize?" + q.Encode()
}

// InviteURLs are those of the bot's own application.
func (a *Adapter) InviteURLs(ctx context.Context) (server, user string, err error) {
	id, err := a.appID(ctx)
	if err != nil {
		return "", "", err
	}
	server, user = InviteURLs(id)
	return server, user, nil
}
