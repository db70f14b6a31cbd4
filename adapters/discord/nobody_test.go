package discord_test

import (
	"context"
	"iter"

	"roadmapbot/bot"
)

// nobody is a store without learners that keeps nothing.
type nobody struct{ bot.Store }

func (nobody) Learner(context.Context, bot.Account) (bot.Learner, error) {
	return bot.Learner{}, bot.ErrNotFound
}

func (nobody) Update(_ context.Context, who bot.Account, _ string, change func(*bot.Learner) error) (bot.Learner, []bot.Event, error) {
	l := bot.Learner{ID: 1, Accounts: []bot.Account{who}}
	err := change(&l)
	return l, l.New, err
}

func (nobody) Events(context.Context, bot.Account) iter.Seq2[bot.Event, error] {
	return func(func(bot.Event, error) bool) {}
}
