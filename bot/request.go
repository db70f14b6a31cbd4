package bot

import "context"

// Account is one person on one platform: who spoke, and where to write to them.
type Account struct {
	Platform string // "discord", "slack", "terminal"
	Tenant   string // the workspace, where user ids are per workspace; empty on Discord
	User     string // the platform's own id of the person
}

// Request is one thing a person asked, however they asked it: a typed line, a
// slash command and a pressed button all arrive as the same Line.
type Request struct {
	From Account
	Line string // "done vcs-git"; untrusted, any length, any bytes

	// ID is the platform's id of this event. Everything the request changes is
	// recorded under it, so that a second delivery changes nothing and gets the
	// same answer. Empty means the event can't come twice.
	ID string

	// Look says that the platform asks for itself, to show how things stand: it is not the
	// learner who speaks.
	Look bool

	// Channel is where messages to this person alone go, if that is where they wrote
	// from: then nothing has to be opened for their first nudge. It may be empty.
	Channel string

	Locale string // what the platform told about the person, such as "en-GB"; may be empty
	Zone   string // IANA zone the platform told, offered but never assumed; may be empty
}

// Handler answers a request. A failure is a Reply too: nothing goes unanswered.
type Handler func(ctx context.Context, req Request) Reply
