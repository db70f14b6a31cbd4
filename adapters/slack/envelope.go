package slack

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// take queues what an envelope brings, and acknowledges it once that is done, so that
// Slack repeats an event that a crash interrupts, but within Slack's three seconds in
// any case. When the queue is full an event is left unacknowledged, for Slack to deliver
// it again.
func (s *socket) take(f frame) {
	if f.EnvelopeID == "" {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			s.a.caught("envelope", f.Type, p)
			s.confirm(f.EnvelopeID, nil)
		}
	}()
	var in arrival
	var err error
	switch f.Type {
	case "slash_commands":
		var c slackgo.SlashCommand
		if err = json.Unmarshal(f.Payload, &c); err == nil {
			in = command(c, answerTo)
		}
	case "events_api":
		in, err = callback(f.Payload)
	case "interactive":
		in, err = interaction(f.Payload)
	}
	if err != nil {
		s.a.log.Warn("an envelope that can't be read", "type", f.Type, "err", err)
	}
	done, err := s.a.accept(in)
	if err != nil {
		s.a.log.Warn("an envelope is turned away", "type", f.Type, "err", err)
		s.turnAway(f, in)
		return
	}
	s.write.Lock()
	s.owed[f.EnvelopeID] = true
	s.write.Unlock()
	go func() {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
		case <-s.gone:
		}
		s.acknowledge(f.EnvelopeID)
	}()
}

// mostTurnedAway is how many people are told at once that there is too much to do. The
// others hear from Slack that nobody answered.
const mostTurnedAway = 50

// turnAway tells who sent a command or pressed a button that there is too much to do, for
// Slack brings neither again. What was typed into a modal stays in it for another try.
func (s *socket) turnAway(f frame, in arrival) {
	if f.Type != "slash_commands" && in.hook == "" {
		return
	}
	select {
	case s.a.turnedAway <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-s.a.turnedAway }()
		busy, m := asked{place: place{Hook: in.hook}}, render(bot.Busy, "")
		if in.hook == "" { // a command is answered in its acknowledgement
			s.confirm(f.EnvelopeID, body(busy, bot.Busy, m))
			return
		}
		s.confirm(f.EnvelopeID, nil)
		ctx, cancel := context.WithTimeout(s.a.life, workTime)
		defer cancel()
		if err := s.a.respond(ctx, busy, bot.Busy, m); err != nil {
			s.a.log.Warn("nobody could be told that there is too much to do", "err", clean(err))
		}
	}()
}

// acknowledge tells Slack that these envelopes, or all that are owed if none is named,
// need not come again.
func (s *socket) acknowledge(ids ...string) {
	s.write.Lock()
	defer s.write.Unlock()
	if len(ids) == 0 {
		ids = slices.Collect(maps.Keys(s.owed))
	}
	for _, id := range ids {
		if s.owed[id] {
			delete(s.owed, id)
			s.sayTaken(id, nil)
		}
	}
}

// confirm acknowledges an envelope that nobody works on, with a body if there is one.
func (s *socket) confirm(id string, body any) {
	s.write.Lock()
	defer s.write.Unlock()
	s.sayTaken(id, body)
}

// sayTaken writes an acknowledgement. The caller holds the lock.
func (s *socket) sayTaken(id string, body any) {
	_ = s.conn.SetWriteDeadline(time.Now().Add(writeTime))
	taken := struct {
		ID   string `json:"envelope_id"`
		Body any    `json:"payload,omitempty"`
	}{id, body}
	if err := s.conn.WriteJSON(taken); err != nil {
		s.a.log.Info("an acknowledgement was lost", "err", clean(err))
	}
}
