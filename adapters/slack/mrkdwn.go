package slack

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackutilsx"

	"roadmapbot/bot"
)

// dateFormat is how Slack shows an instant, in the reader's own zone.
const dateFormat = "{date_short_pretty} {time}"

var marks = map[bot.SpanKind]string{bot.Bold: "*", bot.Italic: "_", bot.Mono: "`"}

// mrkdwn writes spans in Slack's markup. It is false if the markup can't say
// exactly that: words that hold markup characters, bold glued to a letter. Rich
// text can, see [richText].
func mrkdwn(spans []bot.Span) (string, bool) {
	var b strings.Builder
	for i, s := range spans {
		switch s.Kind {
		case bot.Bold, bot.Italic, bot.Mono:
			mark := marks[s.Kind]
			if !stands(spans, i) || strings.ContainsAny(s.Text, "`\n") || !plainEnough(s.Text) && s.Kind != bot.Mono {
				return "", false
			}
			b.WriteString(mark + escape(s.Text) + mark)
		case bot.Link:
			if !plainEnough(s.Text) || strings.ContainsAny(s.Text, "|\n") || !address(s.URL) {
				return "", false
			}
			b.WriteString("<" + strings.ReplaceAll(s.URL, "&", "&amp;") + "|" + escape(s.Text) + ">")
		case bot.Instant:
			if strings.ContainsAny(s.Text, "|^\n") || !plainEnough(s.Text) {
				return "", false
			}
			fmt.Fprintf(&b, "<!date^%d^%s|%s>", s.At.Unix(), dateFormat, escape(s.Text))
		default:
			if !plainEnough(s.Text) {
				return "", false
			}
			b.WriteString(escape(s.Text))
		}
	}
	return b.String(), true
}

// plainEnough tells whether mrkdwn takes words as words: it has no escape for its
// marks, for an :emoji: and for the > of a quotation, only for & < and >.
func plainEnough(s string) bool {
	return !strings.ContainsAny(s, "*_~`") && !hasEmoji(s) && !hasQuotation(s)
}

func hasEmoji(s string) bool {
	_, s, colon := strings.Cut(s, ":")
	for colon {
		var name string
		if name, s, colon = strings.Cut(s, ":"); colon && name != "" && strings.IndexFunc(name, notInEmoji) < 0 {
			return true
		}
	}
	return false
}

func notInEmoji(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_+'-", r))
}

func hasQuotation(s string) bool {
	if !strings.Contains(s, ">") {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), ">") {
			return true
		}
	}
	return false
}

// address tells whether Slack takes this for the address of a link.
func address(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && !strings.ContainsAny(s, "|<> \t\r\n")
}

// stands tells whether the marks around a span would be seen as such: no letter
// or digit against them, no white space inside them.
func stands(spans []bot.Span, i int) bool {
	text := spans[i].Text
	if text != strings.TrimSpace(text) || text == "" {
		return false
	}
	if i > 0 {
		if spans[i-1].Kind != bot.Plain {
			return false
		}
		if r, _ := utf8.DecodeLastRuneInString(spans[i-1].Text); unicode.IsLetter(r) || unicode.IsDigit(r) {
			return false
		}
	}
	if i+1 < len(spans) {
		if spans[i+1].Kind != bot.Plain {
			return false
		}
		if r, _ := utf8.DecodeRuneInString(spans[i+1].Text); unicode.IsLetter(r) || unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// escape makes words harmless: no mention, no link.
func escape(s string) string { return slackutilsx.EscapeMessage(s) }

// richText writes spans as elements of a rich_text block, where words are words.
func richText(spans []bot.Span) []slackgo.RichTextSectionElement {
	var list []slackgo.RichTextSectionElement
	for _, s := range spans {
		var style *slackgo.RichTextSectionTextStyle
		switch s.Kind {
		case bot.Bold:
			style = &slackgo.RichTextSectionTextStyle{Bold: true}
		case bot.Italic:
			style = &slackgo.RichTextSectionTextStyle{Italic: true}
		case bot.Mono:
			style = &slackgo.RichTextSectionTextStyle{Code: true}
		case bot.Link:
			if address(s.URL) {
				list = append(list, slackgo.NewRichTextSectionLinkElement(s.URL, s.Text, nil))
				continue
			}
		case bot.Instant:
			fallback := s.Text
			list = append(list, slackgo.NewRichTextSectionDateElement(s.At.Unix(), dateFormat, nil, &fallback))
			continue
		}
		if s.Text != "" {
			list = append(list, slackgo.NewRichTextSectionTextElement(s.Text, style))
		}
	}
	return list
}

// entities are what Slack escapes in the text it sends.
var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// reference is a mention or link in text that Slack sends.
var reference = regexp.MustCompile(`<([^<>]*)>`)

// typed turns the text of an event into what the person typed: mentions of the
// bot go, other references become their labels, entities become characters.
func typed(text, botUser string) string {
	if !strings.ContainsAny(text, "<&") {
		return strings.TrimSpace(text)
	}
	text = reference.ReplaceAllStringFunc(text, func(ref string) string {
		inner := ref[1 : len(ref)-1]
		target, label, labelled := strings.Cut(inner, "|")
		switch {
		case target == "":
			return ref
		case target[0] == '@':
			if target[1:] == botUser {
				return " "
			}
			if labelled {
				return "@" + label
			}
			return target
		case target[0] == '#':
			if labelled {
				return "#" + label
			}
			return target
		case target[0] == '!':
			if labelled {
				return label
			}
			return "@" + target[1:]
		case labelled:
			return label
		}
		return target
	})
	return strings.TrimSpace(entities.Replace(text))
}
