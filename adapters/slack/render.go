package slack

import (
	"fmt"
	"strings"
	"unicode/utf16"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// Slack's limits, in characters; counted here in UTF-16 code units, the
// strictest way. Sources: the Block Kit reference and the doc comments of
// @slack/types.
const (
	maxBlocks      = 50     // in a message
	maxHomeBlocks  = 100    // in a Home tab
	maxSection     = 3000   // text of a section
	maxField       = 2000   // a field of a section
	maxOption      = 75     // value of an option
	maxAllText     = 12_000 // all text together; Slack refuses from about 13,200 (bolt-js issue 2509)
	maxUpdateText  = 4000   // text of chat.update
	shownActions   = 5      // buttons before the rest goes into a select
	maxPlainText   = 40_000 // text of chat.postMessage
	barCells       = 10
	maxModalAnswer = 1000 // what a person may type into a modal
)

// message is a reply as Slack shows it.
type message struct {
	Text   string // all of it in words, for notifications and screen readers
	Blocks []slackgo.Block
}

// render writes a reply as blocks. Prefix keeps the ids apart when several
// replies share a view.
func render(r bot.Reply, prefix string) message {
	m := message{Text: shorten(escape(r.String()), maxPlainText)}
	var body []slackgo.Block
	all := units(r.Title)
	for _, b := range r.Blocks {
		one := block(b)
		body, all = append(body, one), all+size(b, one)
	}
	for _, a := range r.Actions {
		all += units(a.Label)
	}
	if len(body) > maxBlocks-3 || all > maxAllText {
		body = []slackgo.Block{whole(r.Blocks)}
	}
	if r.Title != "" {
		m.Blocks = append(m.Blocks, slackgo.NewHeaderBlock(plainText(r.Title)))
	}
	m.Blocks = append(m.Blocks, body...)
	m.Blocks = append(m.Blocks, actions(r.Actions, prefix)...)
	return m
}

// block writes one block of a reply: in mrkdwn if that says exactly what the
// reply says and fits, else as rich text.
func block(b bot.Block) slackgo.Block {
	switch b := b.(type) {
	case bot.Code:
		if text := "```\n" + escape(b.Text) + "\n```"; !strings.Contains(b.Text, "```") && units(text) <= maxSection && strings.TrimSpace(b.Text) != "" {
			return section(text)
		}
	case bot.Fields:
		if s, ok := fields(b); ok {
			return s
		}
	default:
		if text, ok := mrkdwn(spans(b)); ok && strings.TrimSpace(text) != "" && units(text) <= maxSection {
			return section(text)
		}
	}
	return whole([]bot.Block{b})
}

// spans writes a block as one run of text, as mrkdwn has no lists and no bars.
func spans(b bot.Block) []bot.Span {
	switch b := b.(type) {
	case bot.Text:
		return b.Spans()
	case bot.List:
		var all []bot.Span
		for i, item := range b.Items {
			mark := "• "
			if b.Ordered {
				mark = b.Mark(i) + " "
			}
			if i > 0 {
				mark = "\n" + mark
			}
			all = append(append(all, bot.Span{Text: mark}), bot.Text(item).Spans()...)
		}
		return all
	case bot.Progress:
		return []bot.Span{{Text: bar(b) + " " + b.String()}}
	}
	return nil
}

// bar draws progress; the numbers come with it in words.
func bar(p bot.Progress) string {
	full := 0
	if p.Total > 0 {
		full = barCells * p.Done / p.Total
	}
	full = min(max(full, 0), barCells)
	return strings.Repeat("▰", full) + strings.Repeat("▱", barCells-full)
}

func fields(list bot.Fields) (slackgo.Block, bool) {
	if len(list) == 0 || len(list) > bot.MaxFields {
		return nil, false
	}
	var all []*slackgo.TextBlockObject
	for _, f := range list {
		text, ok := mrkdwn(append([]bot.Span{{Kind: bot.Bold, Text: f.Name}, {Text: "\n"}}, bot.Text(f.Value).Spans()...))
		if !ok || units(text) > maxField {
			return nil, false
		}
		all = append(all, slackgo.NewTextBlockObject(slackgo.MarkdownType, text, false, true))
	}
	return slackgo.NewSectionBlock(nil, all, nil), true
}

// whole writes blocks as one rich_text block, which takes any words as they are
// and has no limit that a reply could reach.
func whole(blocks []bot.Block) slackgo.Block {
	rich := slackgo.NewRichTextBlock("")
	add := func(list []bot.Span) {
		if e := richText(list); len(e) > 0 {
			rich.Elements = append(rich.Elements, slackgo.NewRichTextSection(e...))
		}
	}
	for i, b := range blocks {
		if i > 0 {
			add([]bot.Span{{Text: "\n"}})
		}
		switch b := b.(type) {
		case bot.Code:
			if b.Text != "" {
				rich.Elements = append(rich.Elements, &slackgo.RichTextPreformatted{Type: slackgo.RTEPreformatted,
					Elements: []slackgo.RichTextSectionElement{slackgo.NewRichTextSectionTextElement(b.Text, nil)}})
			}
		case bot.List:
			if b.Ordered && b.Start > 1 { // Slack's lists begin at one
				add(spans(b))
				continue
			}
			list := richList{Type: slackgo.RTEList, Style: slackgo.RTEListBullet}
			if b.Ordered {
				list.Style = slackgo.RTEListOrdered
			}
			for _, item := range b.Items {
				words := richText(bot.Text(item).Spans())
				if len(words) == 0 { // Slack takes no section without an element
					words = richText([]bot.Span{{Text: " "}})
				}
				list.Elements = append(list.Elements, slackgo.NewRichTextSection(words...))
			}
			if len(list.Elements) > 0 {
				rich.Elements = append(rich.Elements, list)
			}
		case bot.Fields:
			for j, f := range b {
				name := bot.Span{Kind: bot.Bold, Text: f.Name}
				if j > 0 {
					add([]bot.Span{{Text: "\n"}})
				}
				add(append([]bot.Span{name, {Text: "\n"}}, bot.Text(f.Value).Spans()...))
			}
		default:
			add(spans(b))
		}
	}
	if len(rich.Elements) == 0 {
		add([]bot.Span{{Text: " "}})
	}
	return rich
}

// richList is a list in rich text; slack-go's own always writes an offset, which
// @slack/types does not know.
type richList struct {
	Type     slackgo.RichTextElementType     `json:"type"`
	Style    slackgo.RichTextListElementType `json:"style"`
	Elements []slackgo.RichTextElement       `json:"elements"`
}

func (l richList) RichTextElementType() slackgo.RichTextElementType { return l.Type }

// actions writes buttons, and a select for those beyond the first few.
func actions(list []bot.Action, prefix string) []slackgo.Block {
	if len(list) == 0 {
		return nil
	}
	row := buttons{Type: slackgo.MBTAction, BlockID: prefix + "actions"}
	var rest []*slackgo.OptionBlockObject
	plain := 0
	for i, a := range list {
		id := fmt.Sprintf("%s%d", prefix, i)
		if a.URL == "" && a.Ask == "" {
			if plain++; plain > shownActions && len(a.Line) <= maxOption {
				rest = append(rest, slackgo.NewOptionBlockObject(a.Line, plainText(a.Label), nil))
				continue
			}
		}
		if a.Ask != "" {
			id += askMark + a.Ask
		}
		b := slackgo.NewButtonBlockElement(id, a.Line, plainText(a.Label))
		b.URL = a.URL
		row.Elements = append(row.Elements, b)
	}
	if len(rest) == 1 { // a list of one is a riddle; a button is not
		row.Elements = append(row.Elements, slackgo.NewButtonBlockElement(prefix+"more", rest[0].Value, rest[0].Text))
	} else if len(rest) > 1 {
		row.Elements = append(row.Elements,
			slackgo.NewOptionsSelectBlockElement(slackgo.OptTypeStatic, plainText("More"), prefix+"more", rest...))
	}
	return []slackgo.Block{row}
}

// buttons is an actions block. slack-go's own is written twice, once for itself and
// once for the message around it, which takes a tenth of the work on an answer.
type buttons struct {
	Type     slackgo.MessageBlockType `json:"type"`
	BlockID  string                   `json:"block_id"`
	Elements []slackgo.BlockElement   `json:"elements"`
}

func (b buttons) BlockType() slackgo.MessageBlockType { return b.Type }
func (b buttons) ID() string                          { return b.BlockID }

// askMark parts a button's number from the question it asks first, in its action_id.
const askMark = "?"

func plainText(s string) *slackgo.TextBlockObject {
	return slackgo.NewTextBlockObject(slackgo.PlainTextType, s, false, false)
}

// section is a text in mrkdwn. Verbatim keeps Slack from making links and
// mentions of plain words.
func section(text string) slackgo.Block {
	return slackgo.NewSectionBlock(slackgo.NewTextBlockObject(slackgo.MarkdownType, text, false, true), nil, nil)
}

// size counts the text of a block as Slack shows it: a section's depends on escaping,
// rich text holds the words as they are.
func size(b bot.Block, shown slackgo.Block) int {
	s, ok := shown.(*slackgo.SectionBlock)
	if !ok {
		return units(bot.Reply{Blocks: []bot.Block{b}}.String())
	}
	n := 0
	if s.Text != nil {
		n = units(s.Text.Text)
	}
	for _, f := range s.Fields {
		n += units(f.Text)
	}
	return n
}

// shorten keeps a text below a limit and says so. Only the plain form is ever
// shortened, where the blocks next to it say everything.
func shorten(s string, most int) string {
	if units(s) <= most {
		return s
	}
	n := 0
	for i, r := range s {
		if n += max(1, utf16.RuneLen(r)); n > most-1 {
			cut := s[:i]
			if amp := strings.LastIndexByte(cut, '&'); amp >= 0 && !strings.Contains(cut[amp:], ";") {
				cut = cut[:amp] // never half an entity
			}
			return cut + "…"
		}
	}
	return s
}

// units is the length in UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}
