package slacktest

import (
	"slices"
	"strconv"
)

// View is a modal or a Home tab.
type View struct {
	ID, Team, User  string
	Kind            string // "modal" or "home"
	Title, Submit   string
	Blocks          []any
	PrivateMetadata string
	CallbackID      string
	Hash            string
	Published       int // how often a Home tab was published
	Open            bool
}

func (v *View) wire(t *team) object {
	return object{
		"id": v.ID, "team_id": v.Team, "type": v.Kind, "blocks": v.Blocks, "private_metadata": v.PrivateMetadata,
		"callback_id": v.CallbackID, "external_id": "", "hash": v.Hash, "state": object{"values": object{}},
		"title": object{"type": "plain_text", "text": v.Title, "emoji": true}, "app_id": AppID, "bot_id": t.botID,
		"root_view_id": v.ID, "previous_view_id": nil, "app_installed_team_id": v.Team,
	}
}

// trigger is a trigger_id: three seconds, one use.
type trigger struct {
	team, user string
	until      int64 // UnixNano on the server's clock
	used       bool
}

// newTrigger makes a trigger_id; s.mu is held.
func (s *Server) newTrigger(team, user string) string {
	id := strconv.FormatInt(s.next(), 10) + ".trigger." + random(8)
	now := s.now().UnixNano()
	if len(s.triggers) > 10_000 {
		for k, t := range s.triggers {
			if t.until < now {
				delete(s.triggers, k)
			}
		}
	}
	s.triggers[id] = &trigger{team: team, user: user, until: now + 3e9}
	return id
}

func (s *Server) spend(id, team string) (*trigger, *failure) {
	t := s.triggers[id]
	switch {
	case t == nil || t.team != team:
		return nil, fail("invalid_trigger_id")
	case t.used:
		return nil, fail("exchanged_trigger_id")
	case s.now().UnixNano() > t.until:
		return nil, fail("expired_trigger_id")
	}
	t.used = true
	return t, nil
}

// parseView checks a view and fills in v.
func (s *Server) parseView(c call, v *View, kind string) *failure {
	raw, err := c.structured("view")
	o, ok := raw.(object)
	if err != nil || !ok {
		return fail("invalid_arguments", "view is not an object")
	}
	if str(o["type"]) != kind {
		return fail("invalid_arguments", "unsupported view type "+str(o["type"]))
	}
	where := inHome
	var check checker
	if kind == "modal" {
		where = inModal
		check.keys("/view", o, "title blocks", "submit close private_metadata callback_id external_id clear_on_close notify_on_close submit_disabled")
		check.text("/view/title", o["title"], 24, "plain_text")
		for _, k := range []string{"submit", "close"} {
			if t, has := o[k]; has {
				check.text("/view/"+k, t, 24, "plain_text")
			}
		}
		if title, is := o["title"].(object); is {
			v.Title = str(title["text"])
		}
		if submit, is := o["submit"].(object); is {
			v.Submit = str(submit["text"])
		}
	} else {
		check.keys("/view", o, "blocks", "private_metadata callback_id external_id")
	}
	check.length("/view/private_metadata", str(o["private_metadata"]), 0, 3000)
	check.length("/view/callback_id", str(o["callback_id"]), 0, 255)
	blocks := checkBlocks(where, o["blocks"])
	if wrong := slices.Concat(check.wrong, blocks.wrong); len(wrong) > 0 {
		return fail("invalid_arguments", wrong...)
	}
	v.Blocks, _ = o["blocks"].([]any)
	for _, b := range v.Blocks {
		if m, _ := b.(object); m["type"] == "input" && kind == "modal" && v.Submit == "" {
			return fail("invalid_arguments", "[ERROR] a modal with input blocks needs submit")
		}
	}
	for _, t := range blocks.mrkdwn {
		if ping.MatchString(t) {
			s.pings = append(s.pings, t)
		}
	}
	v.Kind, v.PrivateMetadata, v.CallbackID = kind, str(o["private_metadata"]), str(o["callback_id"])
	v.Hash = strconv.FormatInt(s.next(), 10) + "." + random(4)
	return nil
}

func (s *Server) viewsOpen(c call) (object, *failure) {
	v := &View{Team: c.team.id, Open: true}
	if failed := s.parseView(c, v, "modal"); failed != nil {
		return nil, failed
	}
	t, failed := s.spend(c.str("trigger_id"), c.team.id)
	if failed != nil {
		return nil, failed
	}
	v.User, v.ID = t.user, "V"+strconv.FormatInt(s.next(), 10)
	s.modals[v.ID] = v
	return object{"view": v.wire(c.team)}, nil
}

func (s *Server) viewsPublish(c call) (object, *failure) {
	user := c.str("user_id")
	if c.team.users[user] == nil {
		return nil, fail("invalid_arguments", "no such user")
	}
	old := s.homes[c.team.id+"/"+user]
	if h := c.str("hash"); h != "" && (old == nil || h != old.Hash) {
		return nil, fail("hash_conflict")
	}
	v := &View{Team: c.team.id, User: user, Open: true, ID: "VHOME" + c.team.id + user}
	if failed := s.parseView(c, v, "home"); failed != nil {
		return nil, failed
	}
	v.Published = 1
	if old != nil {
		v.Published += old.Published
	}
	s.homes[c.team.id+"/"+user] = v
	return object{"view": v.wire(c.team)}, nil
}
