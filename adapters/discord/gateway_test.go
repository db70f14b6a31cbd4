package discord_test

import (
	"strings"
	"testing"

	"roadmapbot/adapters/discord/discordtest"
)

func TestSlashCommandOverGateway(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	w := start(t, fake, echo)
	w.connected(t)
	ada := fake.Person("ada").In("1300000000000000001")
	a, err := ada.Slash(t.Context(), "roadmap done", "time", "90m", "topic", "vcs-git")
	if err != nil {
		t.Fatal(err)
	}
	m := a.Message()
	if !strings.Contains(m.Text(), "`done vcs-git 90m`") || !m.Private() {
		t.Errorf("%+v", m)
	}
}
