package discord_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
)

// TestTurnedAway fills the adapter: whoever comes over the gateway then is told so, and
// the card that was pressed stays. Once there is room again all is as before.
func TestTurnedAway(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	a, l := impatient(t, fake, 100*time.Millisecond)
	a.Narrow(1)
	asked, release := make(chan struct{}), make(chan struct{})
	w := run(t, fake, a, l, func(ctx context.Context, req bot.Request) bot.Reply {
		if strings.HasPrefix(req.Line, "stage") {
			close(asked)
			<-release
		}
		return echo(ctx, req)
	})
	w.connected(t)
	ada := fake.Person("ada").In(guild)
	card, err := ada.Slash(t.Context(), "today")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "room", func() bool { return !a.Full() })
	slow, err := ada.Slash(t.Context(), "roadmap stage", "number", "1")
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	for range 3 {
		b, err := ada.Press(t.Context(), card.Message(), "Done")
		if err != nil || b.Replaced() || !b.Message().Private() || !strings.Contains(b.Message().Text(), "too much to do") {
			t.Fatalf("without room it is answered %+v, %v", b, err)
		}
		eventually(t, "the end of that", func() bool { return !a.TurningAway() })
	}
	if got, err := ada.Type(t.Context(), "roadmap done", "topic", "gi"); err != nil || len(got) != 0 {
		t.Errorf("without room the suggestions are %v, %v", got, err)
	}
	close(release)
	if _, err := slow.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "room again", func() bool { return !a.Full() })
	if b, err := ada.Press(t.Context(), card.Message(), "Done"); err != nil || !b.Replaced() {
		t.Errorf("with room again it is answered %+v, %v", b, err)
	}
}
