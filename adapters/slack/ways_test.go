package slack_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadmapbot/adapters/slack"
	"roadmapbot/adapters/slack/slacktest"
	"roadmapbot/bot"
)

func asJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// each runs a test over both transports.
func each(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			test(t, setup(t, mode))
		})
	}
}

func TestSlashCommandIsAnsweredForTheAskerAlone(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.ok(r.person.Slash("C1", "/roadmap", "  done vcs-git "))
		m := r.hears("C1", "done vcs-git")
		if m.OnlyFor != r.person.ID || len(m.Blocks) == 0 {
			t.Errorf("shown to %q with %d blocks", m.OnlyFor, len(m.Blocks))
		}
		req := r.core.last()
		want := bot.Request{From: bot.Account{Platform: "slack", Tenant: team, User: "U0000001"}, Line: "done vcs-git", ID: req.ID, Locale: "en-GB", Zone: "Europe/Amsterdam"}
		if req != want || req.ID == "" || strings.Contains(req.ID, "trigger") { // a trigger opens windows, and an ID is kept
			t.Errorf("asked %+v, want %+v", req, want)
		}
	})
}

func TestDirectMessageIsAnsweredInPlace(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.person.Write("done vcs-git &amp; &lt;b&gt; <https://example.org/a|example.org> <@U2|ann>")
		m := r.hears(r.person.DM(), "You said")
		if m.OnlyFor != "" || m.Thread != "" {
			t.Errorf("got %+v", m)
		}
		if got := r.core.last().Line; got != "done vcs-git & <b> example.org @ann" {
			t.Errorf("line %q", got)
		}
	})
}

func TestMention(t *testing.T) {
	tests := []struct {
		name, thread, text, line string
		private                  bool
		inThread                 string // "own" for the thread of the mention
	}{
		{"private, top of a channel", "", "{bot} done vcs-git", "done vcs-git", true, ""},
		{"public, top of a channel", "", "{bot} open stages", "open stages", false, "own"},
		{"public, in a thread", "1700000000.000001", "{bot}: open stages", "open stages", false, "1700000000.000001"},
		{"private, in a thread", "1700000000.000001", "please {bot} done vcs-git", "please   done vcs-git", true, "1700000000.000001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, slack.ModeSocket)
			ts, done := r.person.Mention("C1", tt.thread, tt.text)
			if a := <-done; a.Err != nil {
				t.Fatal(a.Err)
			}
			m := r.hears("C1", "You said")
			want := tt.inThread
			if want == "own" {
				want = ts
			}
			if (m.OnlyFor == r.person.ID) != tt.private || m.Thread != want {
				t.Errorf("only for %q in thread %q, want %q", m.OnlyFor, m.Thread, want)
			}
			if got := r.core.last().Line; strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(tt.line), " ") {
				t.Errorf("line %q, want %q", got, tt.line)
			}
		})
	}
}

func TestPressReplacesItsCardAndKeepGoesBelow(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for _, channel := range []string{"C1", r.person.DM()} {
			if channel == "C1" {
				r.ok(r.person.Slash(channel, "/roadmap", "today"))
			} else {
				r.person.Write("today")
			}
			card := r.hears(channel, "today")
			r.ok(r.person.Press(card, "Stay"))
			below := r.hears(channel, "keep this")
			if below.TS == card.TS {
				t.Errorf("%s: an answer that keeps the card replaced it", channel)
			}
			r.ok(r.person.Press(card, "Done"))
			r.ok(r.fake.Await(r.ctx, func() bool {
				list := r.person.Sees(channel)
				return slices.ContainsFunc(list, func(m slacktest.Message) bool { return m.TS == card.TS && strings.Contains(m.Text, "done vcs-git") })
			}))
			if got := r.core.last(); got.Line != "done vcs-git" || got.ID == "" || strings.Contains(got.ID, "trigger") {
				t.Errorf("asked %+v", got)
			}
		}
	})
}

// TestPressInAThreadIsAnsweredThere presses a card that everybody sees in a thread.
func TestPressInAThreadIsAnsweredThere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const thread = "1700000000.000001"
		_, done := r.person.Mention("C1", thread, "{bot} open stages")
		<-done
		r.ok(r.person.Press(r.hears("C1", "open stages"), "Mine"))
		if m := r.hears("C1", "done vcs-git"); m.Thread != thread || m.OnlyFor != r.person.ID {
			t.Errorf("shown to %q in thread %q", m.OnlyFor, m.Thread)
		}
	})
}

// TestZoneIsLearntAnew has somebody move: the bot asks for their zone rarely, but again
// after some hours.
func TestZoneIsLearntAnew(t *testing.T) {
	var ahead atomic.Int64
	r := setup(t, slack.ModeHTTP, func(c *slack.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	for _, step := range []struct {
		later time.Duration
		zone  string
	}{{0, "Europe/Amsterdam"}, {5 * time.Hour, "Europe/Amsterdam"}, {2 * time.Hour, "Asia/Tokyo"}} {
		ahead.Add(int64(step.later))
		r.ok(r.person.Slash("C1", "/roadmap", "hello"))
		if got := r.core.last().Zone; got != step.zone {
			t.Errorf("%v later the zone is %q, want %q", step.later, got, step.zone)
		}
		r.fake.AddUser(team, slacktest.User{ID: r.person.ID, Zone: "Asia/Tokyo"})
	}
}

func TestSelectHoldsTheActionsBeyondTheFirstFew(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.ok(r.person.Slash("C1", "/roadmap", "today"))
		card := r.hears("C1", "today")
		r.ok(r.person.Press(card, "Find"))
		r.hears("C1", "find git")
	})
}

func TestStrangersPressActsForTheStranger(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, done := r.person.Mention("C1", "", "{bot} open stages")
		<-done
		card := r.hears("C1", "open stages")
		stranger := r.fake.Person(team, "U0000002")
		r.ok(stranger.Press(card, "Mine"))
		m, err := stranger.Hears(r.ctx, "C1", func(m slacktest.Message) bool { return strings.Contains(m.Text, "done vcs-git") })
		r.ok(err)
		if m.TS == card.TS || m.OnlyFor != stranger.ID {
			t.Errorf("got %+v", m)
		}
		if who := r.core.last().From.User; who != stranger.ID {
			t.Errorf("acted for %s", who)
		}
	})
}

// TestOwnChannel tells the core of the direct messages with the bot, and of no other
// place: a command may be given in those with somebody else.
func TestOwnChannel(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for _, say := range []struct {
			line, want string
			how        func(line string)
		}{
			{"written", r.person.DM(), func(line string) { <-r.person.Write(line); r.hears(r.person.DM(), line) }},
			{"mentioned", "", func(line string) {
				_, done := r.person.Mention("C1", "", "{bot} "+line)
				<-done
				r.hears("C1", line)
			}},
			{"commanded", "", func(line string) { r.ok(r.person.Slash("C1", "/roadmap", line)); r.hears("C1", line) }},
			{"commanded here", "", func(line string) { r.ok(r.person.Slash(r.person.DM(), "/roadmap", line)); r.hears(r.person.DM(), line) }},
		} {
			say.how(say.line)
			if got := r.core.last().Channel; got != say.want {
				t.Errorf("%s: the channel is %q, want %q", say.line, got, say.want)
			}
		}
	})
}

func TestBotsAndEditsAreNotHeard(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		dm, me := r.person.DM(), r.fake.BotUser(team)
		for _, event := range []map[string]any{
			{"type": "message", "channel_type": "im", "channel": dm, "user": me, "bot_id": "B1", "text": "today", "ts": "1.1"},
			{"type": "message", "channel_type": "im", "channel": dm, "user": me, "text": "today", "ts": "1.1"},
			{"type": "message", "channel_type": "im", "channel": dm, "user": "U9", "bot_id": "B9", "text": "today", "ts": "1.1"},
			{"type": "message", "channel_type": "im", "channel": dm, "subtype": "message_changed", "message": map[string]any{"user": "U1", "text": "today", "ts": "1.1"}, "ts": "1.1"},
			{"type": "message", "channel_type": "im", "channel": dm, "subtype": "message_deleted", "deleted_ts": "1.1", "ts": "1.2"},
			{"type": "message", "channel_type": "channel", "channel": "C1", "user": "U1", "text": "today", "ts": "1.1"},
			{"type": "app_mention", "channel": "C1", "user": "U9", "bot_id": "B9", "text": "<@" + me + "> today", "ts": "1.1"},
			{"type": "app_mention", "channel": "C1", "user": "U1", "edited": map[string]any{"user": "U1", "ts": "1.2"}, "text": "<@" + me + "> today", "ts": "1.1"},
			{"type": "app_home_opened", "tab": "messages", "user": "U1", "channel": dm},
			{"type": "a_kind_of_tomorrow", "user": map[string]any{"id": "U1"}},
		} {
			if a := <-r.fake.Event(team, event); a.Err != nil || a.Attempts != 1 {
				t.Errorf("%v: taken after %d attempts: %v", event["type"], a.Attempts, a.Err)
			}
		}
		r.person.Write("last")
		r.hears(dm, "last")
		if got := r.core.lines(); !slices.Equal(got, []string{"last"}) {
			t.Errorf("heard %q", got)
		}
	})
}

func TestEventsComeAgainAndAreAnsweredOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fake.Retry([]time.Duration{0, 0, 0}, 50*time.Millisecond)
		r.fake.LoseAcks(3)
		if a := <-r.person.Write("done vcs-git"); a.Err != nil || a.Attempts != 4 {
			t.Errorf("taken after %d attempts: %v", a.Attempts, a.Err)
		}
		r.person.Write("last")
		r.hears(r.person.DM(), "last")
		if got := r.core.lines(); !slices.Equal(got, []string{"done vcs-git", "last"}) {
			t.Errorf("asked %q", got)
		}
		if n := r.fake.Calls("chat.postMessage"); n != 2 {
			t.Errorf("%d answers, want 2", n)
		}
	})
}

// TestStrangePartsCostNothing brings deliveries whose unused parts are not as the bot
// knows them: what they are about is done all the same. An event whose used parts are so
// is not brought again.
func TestStrangePartsCostNothing(t *testing.T) {
	r := setup(t, slack.ModeSocket)
	r.ok(r.person.Slash("C1", "/roadmap", "first"))
	odd := []any{map[string]any{"type": 7}, "x"}
	strange := map[string]any{"blocks": odd, "files": 7, "attachments": map[string]any{"x": odd}, "view": map[string]any{"blocks": 7}, "message": odd, "state": 7}
	dm, me := r.person.DM(), r.fake.BotUser(team)
	for text, payload := range map[string]map[string]any{
		"hello": {"type": "message", "channel_type": "im", "channel": dm, "user": r.person.ID, "text": "hello", "ts": "1.1"},
		"there": {"type": "app_mention", "channel": "C1", "user": r.person.ID, "text": "<@" + me + "> there", "ts": "1.2"},
		"today": {"type": "app_home_opened", "tab": "home", "channel": dm, "user": r.person.ID},
		"press": {"type": "block_actions", "team": map[string]any{"id": team}, "user": map[string]any{"id": r.person.ID}, "channel": map[string]any{"id": "C1"},
			"actions": []any{map[string]any{"action_id": "0", "value": "press", "text": 7}}},
	} {
		maps.Copy(payload, strange)
		if text == "press" {
			r.ok(r.fake.Envelope("interactive", payload).Err)
		} else {
			r.ok((<-r.fake.Event(team, payload)).Err)
		}
		r.ok(r.fake.Await(r.ctx, func() bool {
			v, _ := r.person.Home()
			return strings.Contains(asJSON(v.Blocks)+asJSON(r.person.Sees(dm))+asJSON(r.person.Sees("C1")), "»"+text+"«")
		}))
	}
	if a := <-r.fake.Event(team, map[string]any{"type": "message", "channel_type": "im", "user": 7}); a.Err != nil || a.Attempts != 1 {
		t.Errorf("taken after %d attempts: %v", a.Attempts, a.Err)
	}
	if !strings.Contains(r.log.String(), "an event can't be read") {
		t.Error("an event was dropped without a word")
	}
}

func TestOnePersonsWordsStayInOrder(t *testing.T) {
	r := setup(t, slack.ModeSocket)
	began, hold := make(chan struct{}), make(chan struct{})
	r.core.on["first"] = func() { close(began); <-hold }
	<-r.person.Write("first")
	<-began
	<-r.person.Write("second")
	other := r.fake.Person(team, "U0000002")
	other.Write("third")
	_, err := other.Hears(r.ctx, other.DM(), nil) // somebody else does not wait
	r.ok(err)
	close(hold)
	r.hears(r.person.DM(), "second")
	if got := r.core.lines(); !slices.Equal(got, []string{"first", "third", "second"}) {
		t.Errorf("order %q", got)
	}
}

// TestNoInstallation asks the bot in a workspace that it has no token for: a slash
// command is answered all the same, without a token.
func TestNoInstallation(t *testing.T) {
	r := setup(t, slack.ModeHTTP, many(newShelf()))
	r.ok(r.person.Slash("C1", "/roadmap", "today"))
	if m := r.hears("C1", "installation"); m.OnlyFor != r.person.ID {
		t.Errorf("shown to %q", m.OnlyFor)
	}
}

// TestPanicIsAnswered has the core panic: the person is told.
func TestPanicIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.core.on["boom"] = func() { panic("boom") }
		r.ok(r.person.Slash("C1", "/roadmap", "boom"))
		r.hears("C1", "went wrong")
		r.person.Write("boom")
		r.hears(r.person.DM(), "went wrong")
		if n := r.adapter.Traffic().Panics; n != 2 {
			t.Errorf("%d panics counted", n)
		}
	})
}

func TestTextOfPeopleNeverPings(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.person.Write("echo &lt;!channel&gt; &lt;@U2&gt; @here *bold* _it_ `c` :tada: &gt; q")
		m := r.hears(r.person.DM(), "You said")
		if !strings.Contains(m.Text, "&lt;!channel&gt; &lt;@U2&gt;") {
			t.Errorf("text %q", m.Text)
		}
	}) // the rig checks that nothing pinged
}
