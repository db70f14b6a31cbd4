package slack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// events are the bot events the app subscribes to.
var events = []string{"app_home_opened", "app_mention", "app_uninstalled", "message.im", "tokens_revoked"}

type manifest struct {
	Metadata struct {
		Major int `json:"major_version"`
		Minor int `json:"minor_version"`
	} `json:"_metadata"`
	Display struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Long        string `json:"long_description"`
		Color       string `json:"background_color"`
	} `json:"display_information"`
	Features struct {
		Home struct {
			Home     bool `json:"home_tab_enabled"`
			Messages bool `json:"messages_tab_enabled"`
			ReadOnly bool `json:"messages_tab_read_only_enabled"` // true would keep people from writing to the bot
		} `json:"app_home"`
		Bot struct {
			Name   string `json:"display_name"`
			Online bool   `json:"always_online"`
		} `json:"bot_user"`
		Commands []manifestCommand `json:"slash_commands"`
	} `json:"features"`
	OAuth struct {
		Redirects []string `json:"redirect_urls,omitempty"`
		Scopes    struct {
			Bot []string `json:"bot"`
		} `json:"scopes"`
	} `json:"oauth_config"`
	Settings struct {
		Events struct {
			URL string   `json:"request_url,omitempty"`
			Bot []string `json:"bot_events"`
		} `json:"event_subscriptions"`
		Interactivity struct {
			On  bool   `json:"is_enabled"`
			URL string `json:"request_url,omitempty"`
		} `json:"interactivity"`
		OrgDeploy bool `json:"org_deploy_enabled"`
		Socket    bool `json:"socket_mode_enabled"`
		Rotation  bool `json:"token_rotation_enabled"`
	} `json:"settings"`
}

type manifestCommand struct {
	Command     string `json:"command"`
	URL         string `json:"url,omitempty"`
	Description string `json:"description"`
	Hint        string `json:"usage_hint"`
	Escape      bool   `json:"should_escape"`
}

// Manifest is the app's manifest in JSON, to be pasted into Slack's form "From a
// manifest". Address is where the bot's HTTP listener is reached from the
// internet; it is needed for ModeHTTP, and in ModeSocket it adds the redirect
// address for installing into many workspaces.
func Manifest(mode, address string) ([]byte, error) {
	address = strings.TrimSuffix(address, "/")
	if address != "" {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("slack: %q is not an address that Slack can reach, like https://bot.example.org", address)
		}
	}
	if mode != ModeSocket && mode != ModeHTTP {
		return nil, fmt.Errorf("slack: the mode is %q; it must be %s or %s", mode, ModeSocket, ModeHTTP)
	}
	if mode == ModeHTTP && address == "" {
		return nil, errors.New("slack: the HTTP mode needs the address at which Slack reaches the bot, like https://bot.example.org")
	}
	var m manifest
	m.Metadata.Major, m.Metadata.Minor = 1, 1
	m.Display.Name = "Roadmap"
	m.Display.Description = "Takes you through the roadmap to become a backend developer, a little every day."
	m.Display.Long = "Ten stages, from programming languages to architectural patterns. Write “start” to the bot, and it shows what to study next, " +
		"asks you quiz questions, keeps your progress and, if you like, nudges you once a day at your own time. Your progress is yours alone: replies in channels are for your eyes only."
	m.Display.Color = "#1f4e79"
	m.Features.Home.Home, m.Features.Home.Messages = true, true
	m.Features.Bot.Name, m.Features.Bot.Online = "Roadmap", true
	c := manifestCommand{Command: Command, Description: "Learn backend development, a little every day", Hint: "today | progress | quiz | done TOPIC | help"}
	m.OAuth.Scopes.Bot = Scopes
	m.Settings.Events.Bot = events
	m.Settings.Interactivity.On = true
	m.Settings.Socket = mode == ModeSocket
	if mode == ModeHTTP {
		c.URL = address + "/slack/commands"
		m.Settings.Events.URL = address + "/slack/events"
		m.Settings.Interactivity.URL = address + "/slack/interactions"
	}
	if address != "" {
		m.OAuth.Redirects = []string{address + "/slack/oauth/callback"}
	}
	m.Features.Commands = []manifestCommand{c}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("slack: %w", err)
	}
	return b.Bytes(), nil
}
