package slacktest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// surface is where blocks appear; some blocks live on some surfaces only.
type surface int

const (
	inMessage surface = iota
	inModal
	inHome
)

// checker goes through blocks and notes what Slack would refuse.
type checker struct {
	where    surface
	wrong    []string
	blockIDs map[string]bool
	mrkdwn   []string // texts in which mentions work
	total    int      // characters of all text
	focus    int
}

// CheckMessage tells what Slack would refuse about the blocks of a message, as
// it would say it. The blocks are JSON that was decoded into []any.
func CheckMessage(blocks any) []string { return checkBlocks(inMessage, blocks).wrong }

func checkBlocks(where surface, blocks any) *checker {
	c := &checker{where: where, blockIDs: map[string]bool{}}
	list, ok := blocks.([]any)
	if !ok {
		c.bad("/blocks", "must be an array")
		return c
	}
	most := 50
	if where != inMessage {
		most = 100
	}
	if len(list) > most {
		c.bad("/blocks", "no more than %d items allowed", most)
	}
	for i, b := range list {
		c.block(fmt.Sprintf("/blocks/%d", i), b)
	}
	if where == inMessage && c.total > 13_200 {
		c.bad("/blocks", "msg_blocks_too_long")
	}
	return c
}

func (c *checker) bad(at, format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf("[ERROR] "+format, args...)+" [json-pointer:"+at+"]")
}

// keys refuses fields that the type does not have and misses those it must have.
func (c *checker) keys(at string, o object, must, may string) {
	musts, mays := strings.Fields(must), strings.Fields(may)
	for k, v := range o {
		if v == nil {
			c.bad(at+"/"+k, "must not be null")
		}
		if k != "type" && !slices.Contains(musts, k) && !slices.Contains(mays, k) {
			c.bad(at, "invalid additional property: %s", k)
		}
	}
	for _, k := range musts {
		if _, ok := o[k]; !ok {
			c.bad(at, "missing required field: %s", k)
		}
	}
}

func (c *checker) block(at string, v any) {
	o, ok := v.(object)
	if !ok {
		c.bad(at, "must be an object")
		return
	}
	if id, ok := o["block_id"]; ok {
		s, _ := id.(string)
		c.length(at+"/block_id", s, 1, 255)
		if c.blockIDs[s] {
			c.bad(at+"/block_id", "`block_id` %s already exists. The `block_id` must be unique for each block", s)
		}
		c.blockIDs[s] = true
	}
	switch kind, _ := o["type"].(string); kind {
	case "divider":
		c.keys(at, o, "", "block_id")
	case "header":
		c.keys(at, o, "text", "block_id level")
		c.text(at+"/text", o["text"], 150, "plain_text")
	case "section":
		c.section(at, o)
	case "actions":
		c.keys(at, o, "elements", "block_id")
		seen := map[string]bool{}
		for i, e := range c.list(at+"/elements", o["elements"], 1, 25) {
			c.element(fmt.Sprintf("%s/elements/%d", at, i), e, seen, "button static_select")
		}
	case "input":
		c.input(at, o)
	case "rich_text":
		c.keys(at, o, "elements", "block_id")
		for i, e := range c.list(at+"/elements", o["elements"], 1, 1000) {
			c.rich(fmt.Sprintf("%s/elements/%d", at, i), e)
		}
	default:
		c.bad(at+"/type", "unsupported type: %s", kind)
	}
}

func (c *checker) section(at string, o object) {
	c.keys(at, o, "", "block_id text fields expand")
	text, hasText := o["text"]
	fields, hasFields := o["fields"]
	if !hasText && !hasFields {
		c.bad(at, "missing required field: text or fields")
	}
	if hasText {
		c.text(at+"/text", text, 3000, "")
	}
	if hasFields {
		for i, f := range c.list(at+"/fields", fields, 1, 10) {
			c.text(fmt.Sprintf("%s/fields/%d", at, i), f, 2000, "")
		}
	}
}

func (c *checker) input(at string, o object) {
	c.keys(at, o, "label element", "block_id hint optional dispatch_action")
	if c.where == inMessage {
		c.bad(at, "input blocks are not allowed in messages")
	}
	c.text(at+"/label", o["label"], 2000, "plain_text")
	if h, ok := o["hint"]; ok {
		c.text(at+"/hint", h, 2000, "plain_text")
	}
	c.element(at+"/element", o["element"], map[string]bool{}, "plain_text_input static_select")
}

// element checks an interactive element; ids in seen are taken.
func (c *checker) element(at string, v any, seen map[string]bool, kinds string) {
	o, ok := v.(object)
	if !ok {
		c.bad(at, "must be an object")
		return
	}
	kind := str(o["type"])
	if !slices.Contains(strings.Fields(kinds), kind) {
		c.bad(at+"/type", "unsupported type: %s", kind)
		return
	}
	if id, ok := o["action_id"]; ok {
		c.length(at+"/action_id", str(id), 1, 255)
		if seen[str(id)] {
			c.bad(at, "`action_id` %s already exists", str(id))
		}
		seen[str(id)] = true
	}
	if f, _ := o["focus_on_load"].(bool); f {
		if c.focus++; c.focus > 1 || c.where == inMessage {
			c.bad(at, "focus_on_load is allowed once, in views")
		}
	}
	switch kind {
	case "button":
		c.keys(at, o, "text", "action_id value url style accessibility_label")
		c.text(at+"/text", o["text"], 75, "plain_text")
		if v, ok := o["value"]; ok {
			c.length(at+"/value", str(v), 1, 2000)
		}
		if u, ok := o["url"]; ok {
			c.length(at+"/url", str(u), 1, 3000)
			c.address(at+"/url", str(u))
		}
		if l, ok := o["accessibility_label"]; ok {
			c.length(at+"/accessibility_label", str(l), 1, 75)
		}
		if s, ok := o["style"]; ok && s != "primary" && s != "danger" {
			c.bad(at+"/style", "must be primary or danger")
		}
	case "static_select":
		c.keys(at, o, "options", "action_id placeholder initial_option focus_on_load")
		if p, ok := o["placeholder"]; ok {
			c.text(at+"/placeholder", p, 150, "plain_text")
		}
		c.options(at+"/options", o["options"])
	case "plain_text_input":
		c.keys(at, o, "", "action_id initial_value multiline min_length max_length placeholder focus_on_load dispatch_action_config")
		if n, ok := o["max_length"].(float64); ok && (n < 1 || n > 3000) {
			c.bad(at+"/max_length", "must be between 1 and 3000")
		}
	}
}

func (c *checker) options(at string, v any) {
	for i, e := range c.list(at, v, 1, 100) {
		o, ok := e.(object)
		at := fmt.Sprintf("%s/%d", at, i)
		if !ok {
			c.bad(at, "must be an object")
			continue
		}
		c.keys(at, o, "text value", "description url")
		c.text(at+"/text", o["text"], 75, "plain_text")
		c.length(at+"/value", str(o["value"]), 1, 75)
		if d, ok := o["description"]; ok {
			c.text(at+"/description", d, 75, "plain_text")
		}
	}
}

// text checks a text object; kind is the only type allowed, or empty.
func (c *checker) text(at string, v any, most int, kind string) {
	o, ok := v.(object)
	if !ok {
		c.bad(at, "must be an object")
		return
	}
	is := str(o["type"])
	if is != "plain_text" && is != "mrkdwn" || kind != "" && is != kind {
		c.bad(at+"/type", "unsupported type: %s", is)
		return
	}
	s := str(o["text"])
	c.length(at+"/text", s, 1, most)
	c.total += units(s)
	if is == "plain_text" {
		c.keys(at, o, "text", "emoji")
		return
	}
	c.keys(at, o, "text", "verbatim")
	if verbatim, _ := o["verbatim"].(bool); !verbatim {
		s = unparsed.Replace(s) // Slack then makes mentions of plain words too
	}
	c.mrkdwn = append(c.mrkdwn, s)
}

var unparsed = strings.NewReplacer("@channel", "<!channel>", "@here", "<!here>", "@everyone", "<!everyone>")

func (c *checker) rich(at string, v any) {
	o, ok := v.(object)
	if !ok {
		c.bad(at, "must be an object")
		return
	}
	switch kind := str(o["type"]); kind {
	case "rich_text_section":
		c.keys(at, o, "elements", "")
		c.inline(at, o["elements"])
	case "rich_text_quote":
		c.keys(at, o, "elements", "border")
		c.inline(at, o["elements"])
	case "rich_text_preformatted":
		c.keys(at, o, "elements", "border language")
		c.inline(at, o["elements"])
	case "rich_text_list":
		c.keys(at, o, "elements style", "indent border")
		if s := o["style"]; s != "bullet" && s != "ordered" {
			c.bad(at+"/style", "must be bullet or ordered")
		}
		for i, e := range c.list(at+"/elements", o["elements"], 1, 1000) {
			if m, ok := e.(object); !ok || m["type"] != "rich_text_section" {
				c.bad(fmt.Sprintf("%s/elements/%d", at, i), "must be rich_text_section")
			} else {
				c.rich(fmt.Sprintf("%s/elements/%d", at, i), m)
			}
		}
	default:
		c.bad(at+"/type", "unsupported type: %s", kind)
	}
}

func (c *checker) inline(at string, v any) {
	for i, e := range c.list(at+"/elements", v, 0, 10_000) {
		at := fmt.Sprintf("%s/elements/%d", at, i)
		o, ok := e.(object)
		if !ok {
			c.bad(at, "must be an object")
			continue
		}
		switch kind := str(o["type"]); kind {
		case "text":
			c.keys(at, o, "text", "style")
			c.length(at+"/text", str(o["text"]), 1, 1<<20)
			c.total += units(str(o["text"]))
		case "link":
			c.keys(at, o, "url", "text style unsafe")
			c.address(at+"/url", str(o["url"]))
			c.total += units(str(o["text"]))
		case "date":
			c.keys(at, o, "timestamp format", "url fallback")
		case "emoji":
			c.keys(at, o, "name", "unicode skin_tone style")
		case "user", "usergroup", "broadcast", "channel":
			c.mrkdwn = append(c.mrkdwn, "<!channel>") // a mention, whatever it says
		default:
			c.bad(at+"/type", "unsupported type: %s", kind)
		}
		if st, ok := o["style"]; ok {
			if m, is := st.(object); is {
				c.keys(at+"/style", m, "", "bold italic strike code")
			} else {
				c.bad(at+"/style", "must be an object")
			}
		}
	}
}

func (c *checker) list(at string, v any, least, most int) []any {
	l, ok := v.([]any)
	switch {
	case !ok:
		c.bad(at, "must be an array")
	case len(l) < least:
		c.bad(at, "no fewer than %d items allowed", least)
	case len(l) > most:
		c.bad(at, "no more than %d items allowed", most)
	}
	return l
}

func (c *checker) length(at, s string, least, most int) {
	if n := units(s); n < least {
		c.bad(at, "must be more than %d characters", least-1)
	} else if n > most {
		c.bad(at, "must be less than %d characters", most+1)
	}
}

func (c *checker) address(at, s string) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		c.bad(at, "must be a valid URL")
	}
}

// units counts UTF-16 code units, the strictest way Slack may count.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

func str(v any) string { s, _ := v.(string); return s }
