package discord_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadmapbot/adapters/discord"
	"roadmapbot/adapters/discord/discordtest"
	"roadmapbot/bot"
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
	if opened, identified, _ := fake.Gateway.Counts(); opened != 1 || identified != 1 {
		t.Errorf("%d connections, %d sessions", opened, identified)
	}
}

// survives runs an adapter against connections that misbehave, and checks that it
// answers afterwards.
func survives(t testing.TB, scripts ...discordtest.Script) {
	t.Helper()
	fake := newFake(t, discordtest.Options{Heartbeat: time.Second})
	fake.Gateway.Script(scripts...)
	w := start(t, fake, echo)
	ada := fake.Person("ada")
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	w.connected(t)
	for {
		a, err := ada.Slash(ctx, "roadmap help")
		if err == nil {
			if !strings.Contains(a.Message().Text(), "`help`") {
				t.Errorf("answer %+v", a.Message())
			}
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("it never answers again: %v\n%s", err, w.logs)
		}
	}
	if w.Stats().Abandoned > 0 {
		t.Errorf("%d sessions abandoned\n%s", w.Stats().Abandoned, w.logs)
	}
}

// TestEveryMisbehaviour plays each thing that a gateway can do at each moment, with
// the library's own code in between.
func TestEveryMisbehaviour(t *testing.T) {
	var scripts []discordtest.Script
	for _, at := range discordtest.Moments {
		for _, kind := range discordtest.Kinds() {
			if kind != discordtest.Close {
				scripts = append(scripts, discordtest.Script{At: at, Do: []discordtest.Behaviour{{Kind: kind}}})
			}
		}
		for _, code := range []int{1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009, 4999} {
			scripts = append(scripts, discordtest.Script{At: at, Do: []discordtest.Behaviour{{Kind: discordtest.Close, Code: code}}})
		}
	}
	scripts = append(scripts, discordtest.Script{At: discordtest.Refuse})
	crowd(t, len(scripts), func(t *testing.T, i int) { survives(t, scripts[i]) })
}

// TestRandomMisbehaviour plays a thousand scripts drawn from a seed, five to an
// adapter, as many at once as wait for one another's timers.
func TestRandomMisbehaviour(t *testing.T) {
	const each = 5
	scripts := length(1000)
	kinds := discordtest.Kinds()
	crowd(t, scripts/each, func(t *testing.T, i int) {
		dice := rand.New(rand.NewPCG(uint64(i), 4))
		var all []discordtest.Script
		for range each {
			s := discordtest.Script{At: discordtest.Moments[dice.IntN(len(discordtest.Moments))]}
			for range 1 + dice.IntN(3) {
				s.Do = append(s.Do, discordtest.Behaviour{Kind: kinds[dice.IntN(len(kinds))], Code: []int{1000, 4000, 4009}[dice.IntN(3)]})
			}
			all = append(all, s)
		}
		survives(t, all...)
	})
}

// crowd runs n tasks, many at a time: they wait far more than they work.
func crowd(t *testing.T, n int, task func(t *testing.T, i int)) {
	t.Helper()
	var wg sync.WaitGroup
	places := make(chan struct{}, 24)
	for i := range n {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			t.Run(fmt.Sprint(i), func(t *testing.T) { task(t, i) })
		})
	}
	wg.Wait()
}

func TestLostForGood(t *testing.T) {
	for code, words := range map[int]string{
		4004: "token", 4010: "too many servers", 4011: "too many servers", 4012: "newer roadmapbot", 4013: "intents", 4014: "intents",
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			fake := newFake(t, discordtest.Options{})
			fake.Gateway.Script(discordtest.Script{At: discordtest.OnIdentify, Do: []discordtest.Behaviour{{Kind: discordtest.Close, Code: code}}})
			a, _ := newAdapter(t, fake)
			err := a.Run(t.Context(), echo)
			var setup *bot.SetupError
			if !errors.As(err, &setup) || !strings.Contains(err.Error(), words) {
				t.Errorf("Run ended with %v, want a sentence with %q", err, words)
			}
			if opened, _, _ := fake.Gateway.Counts(); opened != 1 {
				t.Errorf("%d connections; one is enough to know", opened)
			}
		})
	}
}

func TestWrongToken(t *testing.T) {
	for _, mode := range []setting{func(*discord.Config) {}, overHTTP} {
		fake := newFake(t, discordtest.Options{})
		a, l := newAdapter(t, fake, mode, func(c *discord.Config) { c.Token = "stolen-or-old" })
		err := a.Run(t.Context(), echo)
		var setup *bot.SetupError
		if !errors.As(err, &setup) || !strings.Contains(err.Error(), "Reset Token") {
			t.Errorf("Run ended with %v", err)
		}
		if strings.Contains(l.String()+err.Error(), "stolen-or-old") {
			t.Error("the token is in the log or the error")
		}
	}
}

// TestResume checks that events of a short absence are handled, once each.
func TestResume(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	w := start(t, fake, echo)
	w.connected(t)
	ada := fake.Person("ada")
	for i, kind := range []discordtest.Kind{discordtest.Reconnect, discordtest.Drop, discordtest.InvalidForNow, discordtest.HalfFrame} {
		fake.Gateway.Do(discordtest.Behaviour{Kind: kind})
		// The session takes events meanwhile, and Discord keeps them for RESUME.
		if _, err := ada.Slash(t.Context(), "roadmap help"); err != nil {
			t.Fatalf("an event during the absence after %d: %v\n%s", kind, err, w.logs)
		}
		if _, identified, resumed := fake.Gateway.Counts(); identified != 1 || resumed != i+1 {
			t.Errorf("after %d: %d sessions, %d resumed", kind, identified, resumed)
		}
	}
	if got := w.Stats().Events; got != 4 {
		t.Errorf("%d events, want 4", got)
	}
}

// TestResumeInVain cuts every connection that wants to resume the session: after a few
// of them the bot asks for a new one.
func TestResumeInVain(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	a, l := newAdapter(t, fake)
	a.Unlucky()
	w := run(t, fake, a, l, echo)
	w.connected(t)
	for range 8 {
		fake.Gateway.Script(discordtest.Script{At: discordtest.OnIdentify, Do: []discordtest.Behaviour{{Kind: discordtest.Drop}}})
	}
	fake.Gateway.Do(discordtest.Behaviour{Kind: discordtest.Drop})
	await(t, fake.Gateway.Changed, func() bool { opened, _, _ := fake.Gateway.Counts(); return opened == 10 && fake.Gateway.Connected() })
	if _, identified, resumed := fake.Gateway.Counts(); identified != 2 || resumed != 0 {
		t.Errorf("%d sessions, %d resumed; want a second session", identified, resumed)
	}
	if _, err := fake.Person("ada").Slash(t.Context(), "roadmap help"); err != nil {
		t.Error(err)
	}
}

// TestStartsAreLimited ends sessions for good until no start is left: the bot waits
// for the limit to be renewed, as one IDENTIFY more would cost it the token.
func TestStartsAreLimited(t *testing.T) {
	const starts = 3
	fake := newFake(t, discordtest.Options{Starts: starts, Renew: 2 * time.Second})
	for range starts {
		fake.Gateway.Script(discordtest.Script{At: discordtest.AfterReady, Do: []discordtest.Behaviour{{Kind: discordtest.InvalidForGood}}})
	}
	w := start(t, fake, echo)
	await(t, fake.Gateway.Changed, func() bool { _, identified, _ := fake.Gateway.Counts(); return identified == starts+1 })
	if _, err := fake.Person("ada").Slash(t.Context(), "roadmap help"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.logs.String(), "no session starts are left") {
		t.Error(w.logs)
	}
}

// TestDuplicates delivers every event again.
func TestDuplicates(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	handled := make(chan string, 10)
	w := start(t, fake, func(ctx context.Context, req bot.Request) bot.Reply {
		handled <- req.ID
		return echo(ctx, req)
	})
	w.connected(t)
	ada := fake.Person("ada")
	for range 3 {
		if _, err := ada.Slash(t.Context(), "roadmap help"); err != nil {
			t.Fatal(err)
		}
		fake.Gateway.Do(discordtest.Behaviour{Kind: discordtest.Again})
	}
	eventually(t, "three duplicates", func() bool { return w.Stats().Duplicates == 3 })
	if len(handled) != 3 {
		t.Errorf("%d requests, want 3", len(handled))
	}
}

// TestSilence lets the gateway fall silent with the connection open. The promise
// is 65 s; with Discord's heartbeat of 41.25 s the wait is one and a half of it,
// which a test of its own holds.
func TestSilence(t *testing.T) {
	fake := newFake(t, discordtest.Options{Heartbeat: 100 * time.Millisecond})
	w := start(t, fake, echo)
	w.connected(t)
	fake.Gateway.Do(discordtest.Behaviour{Kind: discordtest.Silence})
	ada := fake.Person("ada")
	await(t, fake.Gateway.Changed, func() bool { _, _, resumed := fake.Gateway.Counts(); return resumed == 1 })
	if _, err := ada.Slash(t.Context(), "roadmap help"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.logs.String(), "fell silent for 150ms") {
		t.Error(w.logs)
	}
}

// TestRefusedConnection has the gateway refuse a connection: the operator reads why, and
// the next one is taken.
func TestRefusedConnection(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	fake.Gateway.Script(discordtest.Script{At: discordtest.Refuse})
	w := start(t, fake, echo)
	w.connected(t)
	if !strings.Contains(w.logs.String(), "503 Service Unavailable") {
		t.Error(w.logs)
	}
}

func TestStopWhileConnecting(t *testing.T) {
	for _, at := range []discordtest.Moment{discordtest.BeforeHello, discordtest.AfterHello, discordtest.OnIdentify, discordtest.AfterReady} {
		fake := newFake(t, discordtest.Options{})
		fake.Gateway.Script(discordtest.Script{At: at, Do: []discordtest.Behaviour{{Kind: discordtest.Silence}}})
		w := start(t, fake, echo)
		await(t, fake.Gateway.Changed, func() bool { opened, _, _ := fake.Gateway.Counts(); return opened == 1 })
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	}
}

// TestStopWhileDialing ends the bot at the very moment at which its connection comes
// about: the connection is closed as well.
func TestStopWhileDialing(t *testing.T) {
	fake := newFake(t, discordtest.Options{})
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAdapter(t, fake)
		a.Through(fake)
		ctx, stop := context.WithCancel(t.Context())
		near, far := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, far) }()
		a.Dial(func(context.Context, string, string) (net.Conn, error) {
			stop()
			synctest.Wait() // until nobody waits for it any more
			return near, nil
		})
		if err := a.Run(ctx, echo); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if err := near.SetDeadline(time.Time{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("it is still open: %v", err)
		}
		_ = far.Close()
	})
}
