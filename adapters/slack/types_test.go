package slack_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"roadmapbot/adapters/adaptertest"
	"roadmapbot/adapters/slack"
	"roadmapbot/bot"
)

// argumentTypes names the type of @slack/web-api for the arguments of a method.
var argumentTypes = map[string]string{
	"chat.postMessage": "ChatPostMessageArguments", "chat.postEphemeral": "ChatPostEphemeralArguments", "chat.update": "ChatUpdateArguments",
	"conversations.open": "ConversationsOpenArguments", "conversations.history": "ConversationsHistoryArguments", "users.info": "UsersInfoArguments",
	"views.open": "ViewsOpenArguments", "views.publish": "ViewsPublishArguments", "response_url": "Answer",
}

// TestPayloadsAreOfSlacksTypes lets the TypeScript compiler check everything the
// adapter sends, of the shared set of replies in every way, against Slack's own
// types.
func TestPayloadsAreOfSlacksTypes(t *testing.T) {
	node := filepath.Join("slacktest", "node")
	tsc := filepath.Join("node_modules", "typescript", "bin", "tsc")
	if _, err := os.Stat(filepath.Join(node, tsc)); err != nil {
		if os.Getenv("ROADMAPBOT_NODE") != "" {
			t.Fatal("run npm ci in adapters/slack/slacktest/node first")
		}
		t.Skip("run npm ci in adapters/slack/slacktest/node to check payloads against Slack's types")
	}
	r := setup(t, slack.ModeSocket)
	r.ok(r.person.Slash("C1", "/roadmap", "today"))
	r.ok(r.person.Press(r.hears("C1", "today"), "Plan it"))
	r.ok(r.fake.Await(r.ctx, func() bool { _, ok := r.person.Modal(); return ok }))
	_, err := r.person.Submit("at noon")
	r.ok(err)
	r.hears("C1", "at noon")
	for _, text := range []string{"{bot} open", "{bot} private"} {
		_, taken := r.person.Mention("C1", "", text)
		<-taken
	}
	<-r.person.OpenHome()
	r.home("Progress")
	for i, n := range adaptertest.Replies() {
		person := r.fake.Person(team, fmt.Sprintf("U%07d", i+100)) // each their own channel, so that nobody waits
		sent, err := r.adapter.Send(r.ctx, to(person.ID, ""), n.Name, n.Reply)
		r.ok(err)
		_, err = r.adapter.Find(r.ctx, to(person.ID, sent.Channel), n.Name)
		r.ok(err)
		r.ok(r.adapter.Edit(r.ctx, bot.Address{Account: bot.Account{Platform: slack.Name, Tenant: team, User: person.ID}}, sent, n.Reply))
	}
	r.ok(r.stop())
	var b strings.Builder
	b.WriteString("import type { KnownBlock } from '@slack/types'\nimport type {\n")
	for _, name := range argumentTypes {
		if name != "Answer" {
			b.WriteString("  " + name + ",\n")
		}
	}
	b.WriteString("} from '@slack/web-api'\n\ntype Answer = { text?: string; blocks?: KnownBlock[]; response_type?: 'ephemeral' | 'in_channel'; replace_original?: boolean;" +
		" thread_ts?: string; unfurl_links?: boolean; unfurl_media?: boolean }\n")
	count := map[string]int{}
	for i, rec := range r.fake.Records() {
		name, ok := argumentTypes[rec.Method]
		if !ok {
			continue
		}
		count[rec.Method]++
		args := parsed(rec.Args)
		raw, err := json.MarshalIndent(args, "", " ")
		r.ok(err)
		fmt.Fprintf(&b, "export const p%d: %s = %s\n", i, name, raw)
		blocks := args["blocks"]
		if view, ok := args["view"].(map[string]any); ok {
			blocks = view["blocks"]
		}
		if blocks != nil { // the arguments' type takes unknown blocks too
			raw, err := json.MarshalIndent(blocks, "", " ")
			r.ok(err)
			fmt.Fprintf(&b, "export const b%d: KnownBlock[] = %s\n", i, raw)
		}
	}
	for method := range argumentTypes {
		if count[method] == 0 {
			t.Errorf("no payload of %s", method)
		}
	}
	r.ok(os.WriteFile(filepath.Join(node, "payloads.ts"), []byte(b.String()), 0o644))
	cmd := exec.CommandContext(t.Context(), "node", tsc, "-p", ".")
	cmd.Dir = node
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%.4000s", err, out)
	}
	t.Logf("checked %v", count)
}

// parsed gives the strings of a form the types they stand for.
func parsed(args map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range args {
		if s, ok := v.(string); ok {
			switch k {
			case "blocks", "metadata", "view":
				var inner any
				if json.Unmarshal([]byte(s), &inner) == nil {
					v = inner
				}
			case "unfurl_links", "unfurl_media", "include_all_metadata", "include_locale", "return_im", "inclusive":
				v = s == "true" || s == "1"
			case "limit":
				v, _ = strconv.Atoi(s)
			}
		}
		out[k] = v
	}
	return out
}
