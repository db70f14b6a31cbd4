package discord

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"roadmapbot/bot"
)

// units is the length Discord may count, in its strictest reading: UTF-16 code
// units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// clip shortens s to at most limit units, with an ellipsis where it had to.
func clip(s string, limit int) string {
	if units(s) <= limit {
		return s
	}
	n := 0
	for i, r := range s {
		n += max(1, utf16.RuneLen(r))
		if n > limit-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// escape lets a text be shown as it is: none of Discord's markup in it acts.
func escape(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 8)
	lineStart := true
	for i := range len(s) {
		c := s[i]
		special := false
		switch c {
		case '\\', '*', '_', '~', '`', '|', '<', '[', ']', '@':
			special = true
		case '#', '-', '>', '+':
			special = lineStart // headings, subtext, lists and quotes
		case ':':
			special = strings.HasPrefix(s[i:], "://") // an address stays words
		case '.':
			special = numbered(s[:i])
		}
		if special {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
		lineStart = c == '\n' || lineStart && (c == ' ' || c == '\t')
	}
	return b.String()
}

// numbered tells whether a dot after this text would begin a numbered list.
func numbered(before string) bool {
	line := strings.TrimLeft(before[strings.LastIndexByte(before, '\n')+1:], " \t")
	return line != "" && strings.Trim(line, "0123456789") == ""
}

// markdown writes the bot's text in Discord's Markdown.
func markdown(t bot.Text) string {
	var b strings.Builder
	for _, s := range t.Spans() {
		piece := span(s)
		// "**" next to "*" would be read as one mark.
		if last := b.String(); piece != "" && s.Kind != bot.Plain && last != "" && last[len(last)-1] == piece[0] && strings.ContainsRune("*`", rune(piece[0])) {
			b.WriteString("\u200b")
		}
		b.WriteString(piece)
	}
	return b.String()
}

func span(s bot.Span) string {
	switch s.Kind {
	case bot.Bold:
		return around("**", escape(s.Text))
	case bot.Italic:
		return around("*", escape(s.Text))
	case bot.Mono:
		return mono(s.Text)
	case bot.Link:
		return link(s.Text, s.URL)
	case bot.Instant:
		return fmt.Sprintf("<t:%d:f>", s.At.Unix())
	}
	return escape(s.Text)
}

// around puts a mark on both sides of a text, outside its white space, where
// Discord would not take it for one.
func around(mark, s string) string {
	inner := strings.TrimSpace(s)
	if inner == "" {
		return s
	}
	i := strings.Index(s, inner)
	return s[:i] + mark + inner + mark + s[i+len(inner):]
}

// mono is inline code. Discord has no way to write two backticks in a row in it.
func mono(s string) string {
	s = strings.ReplaceAll(s, "\n", " ")
	if strings.TrimSpace(s) == "" {
		return s
	}
	for strings.Contains(s, "``") {
		s = strings.ReplaceAll(s, "``", "`\u200b`")
	}
	if !strings.Contains(s, "`") {
		return "`" + s + "`"
	}
	return "`` " + s + " ``"
}

// link is a masked link. Discord shows one whose label looks like an address as
// plain text, so that one is written as the address alone.
func link(label, url string) string {
	url = strings.NewReplacer(" ", "%20", ")", "%29", "(", "%28", "<", "%3C", ">", "%3E", "\n", "", "\\", "%5C").Replace(url)
	label = strings.Join(strings.Fields(label), " ")
	if label == "" || strings.Contains(label, "://") {
		return "<" + url + ">"
	}
	return "[" + escape(label) + "](<" + url + ">)"
}

// fence is a listing. Three backticks in it are parted by a zero-width space.
func fence(language, text string) string {
	text = strings.ReplaceAll(strings.TrimRight(text, "\n"), "```", "`\u200b`\u200b`")
	if strings.Trim(language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+#-") != "" {
		language = ""
	}
	return "```" + language + "\n" + text + "\n```"
}

// chunks cuts a text into pieces of at most limit units, at the end of a line or
// of a word where there is one. Nothing is lost.
func chunks(s string, limit int) []string {
	var out []string
	for units(s) > limit {
		n, cut := 0, 0
		for i, r := range s {
			n += max(1, utf16.RuneLen(r))
			if n > limit {
				break
			}
			cut = i + utf8.RuneLen(r)
		}
		if i := strings.LastIndexByte(s[:cut], '\n'); i > cut/2 {
			cut = i + 1
		} else if i := strings.LastIndexByte(s[:cut], ' '); i > cut/2 {
			cut = i + 1
		} else if i := strings.LastIndexByte(s[:cut], '\\'); i == cut-1 && i > 0 {
			cut = i // not between a backslash and what it escapes
		}
		out = append(out, s[:cut])
		s = s[cut:]
	}
	return append(out, s)
}
