package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"roadmapbot/bot"
	"roadmapbot/bot/calendar"
	"roadmapbot/content"
	"roadmapbot/store"
)

// talk is what one learner in Madrid says to a bot, at noon of a Monday until time is
// let pass. What it is about can be changed between two lines.
type talk struct {
	*testing.T
	now     time.Time
	who     bot.Account
	roadmap *content.Roadmap
	store   bot.Store
}

func newTalk(t *testing.T, roadmap *content.Roadmap) *talk {
	t.Helper()
	k := &talk{
		T: t, now: time.Date(2026, 3, 9, 11, 0, 0, 0, time.UTC), who: bot.Account{Platform: "test", User: "ann"},
		roadmap: roadmap, store: store.NewMemory(),
	}
	k.say("zone Madrid")
	return k
}

// say is a line that can't come twice, and deliver one that can.
func (k *talk) say(line string) bot.Reply { k.Helper(); return k.deliver(line, "") }

func (k *talk) deliver(line, id string) bot.Reply {
	k.Helper()
	b := bot.New(bot.Config{Roadmap: k.roadmap, Store: k.store, Now: func() time.Time { return k.now }})
	r := b.Handle(k.Context(), bot.Request{From: k.who, Line: line, ID: id})
	check(k.T, line, r)
	return r
}

// has holds the answer to a line to some words of it.
func (k *talk) has(line, words string) {
	k.Helper()
	if r := k.say(line); !strings.Contains(r.String(), words) {
		k.Errorf("%q is not answered with %q, but with\n%s", line, words, r)
	}
}

// press is the line of a reply's button.
func (k *talk) press(r bot.Reply, label string) string {
	k.Helper()
	at := slices.IndexFunc(r.Actions, func(a bot.Action) bool { return a.Label == label })
	if at < 0 {
		k.Fatalf("no button %q in\n%s", label, r)
	}
	return r.Actions[at].Line
}

// alter changes the learner past the bot.
func (k *talk) alter(change func(l *bot.Learner)) {
	k.Helper()
	if _, _, err := k.store.Update(k.Context(), k.who, "", func(l *bot.Learner) error { change(l); return nil }); err != nil {
		k.Fatal(err)
	}
}

func (k *talk) learner() bot.Learner {
	k.Helper()
	l, err := k.store.Learner(k.Context(), k.who)
	if err != nil {
		k.Fatal(err)
	}
	return l
}

// today is the study day.
func (k *talk) today() calendar.Day { return calendar.StudyDay(k.now) }

// recipe is a small roadmap: topics, each with as many questions, dough-1 and so on,
// whose first option is the right one. Of rye, spelt and emmer one is enough.
type recipe struct {
	topics    []string
	questions int
	retired   map[string]string // old ids of topics; their questions' go with them
	lost      []string          // questions that are no more
}

func (r recipe) load(t *testing.T) *content.Roadmap {
	t.Helper()
	dir := fstest.MapFS{}
	write := func(name, text string) { dir[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o600} }
	write("01-first/stage.md", "---\nid: first\ntitle: First\ntopics: ["+strings.Join(r.topics, ", ")+"]\n---\n\n"+
		"## In the roadmap\n\nBread.\n\n## Introduction\n\nYou can bake.\n\n## Project\n\nBake.\n\n## Done when\n\n- [ ] It is warm\n")
	aliases := ""
	for old, now := range r.retired {
		aliases += fmt.Sprintf("  %s: %s\n", old, now)
		for i := range r.questions {
			aliases += fmt.Sprintf("  %s-%d: %s-%d\n", old, i+1, now, i+1)
		}
	}
	write("roadmap.yaml", "title: Bread\naliases:\n"+aliases)
	for _, id := range r.topics {
		text := "---\nid: " + id + "\ntitle: The " + id + "\nhours: 10\n"
		if slices.Contains([]string{"rye", "spelt", "emmer"}, id) {
			text += "choice: flour\n"
		}
		text += "links:\n  - title: Bread\n    url: https://bread.example/" + id + "\n    kind: book\n    cost: free\n    level: beginner\n    primary: true\n---\n\n" +
			"## Lesson\n\nTake your time.\n\n## Why it matters at work\n\nBakers do it.\n\n## Exercise\n\nBake.\n\n## How to check it\n\nEat.\n\n## Quiz\n"
		for i := range r.questions {
			if item := fmt.Sprintf("%s-%d", id, i+1); !slices.Contains(r.lost, item) {
				text += fmt.Sprintf("\n### Question %s? {#%s}\n\n- [x] Right\n- [ ] Cold\n- [ ] Wet\n- [ ] Dry\n\n> It is so of %s.\n", item, item, item)
			}
		}
		write("01-first/"+id+".md", text)
	}
	roadmap, err := content.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return roadmap
}

// bread is a recipe.
func bread(questions int) recipe {
	return recipe{topics: []string{"dough", "rye", "spelt", "oven"}, questions: questions}
}

// whole is the real roadmap.
func whole(t *testing.T) *content.Roadmap {
	t.Helper()
	roadmap, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	return roadmap
}
