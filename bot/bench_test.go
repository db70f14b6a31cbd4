package bot_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"roadmapbot/bot"
	"roadmapbot/content"
	"roadmapbot/store"
)

// BenchmarkToday answers `today` to somebody well on the way: 25 topics done, two
// questions of each answered.
func BenchmarkToday(b *testing.B) {
	roadmap, err := content.Default()
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	who := bot.Account{Platform: "discord", User: "1"}
	s := store.NewMemory()
	if _, _, err := s.Update(context.Background(), who, "", func(l *bot.Learner) error {
		l.Settings.Zone = "Europe/Madrid"
		l.Topics, l.Cards = map[string]bot.Work{}, map[string]bot.Card{}
		for topic := range roadmap.Topics() {
			if len(l.Topics) == 25 {
				break
			}
			l.Topics[topic.ID] = bot.Work{State: bot.Done, Day: 20500, Minutes: topic.Minutes}
			for _, item := range topic.Items[:min(2, len(topic.Items))] {
				l.Cards[item.ID] = bot.Card{Right: 1, Last: bot.Right, Day: 20500}
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	t := bot.New(bot.Config{Roadmap: roadmap, Store: s, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
	b.ReportAllocs()
	for b.Loop() {
		if r := t.Handle(context.Background(), bot.Request{From: who, Line: "today"}); len(r.Actions) == 0 {
			b.Fatalf("%+v", r)
		}
	}
}
