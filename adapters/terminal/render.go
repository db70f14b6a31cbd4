package terminal

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"roadmapbot/bot"
)

// style is how a reply is written. The zero style is plain text, unwrapped.
type style struct {
	width int // of a line; 0 for no wrapping
	color bool
}

// SGR codes, ECMA-48 8.3.117.
const (
	bold   = "1"
	dim    = "2"
	italic = "3"
	cyan   = "36"
	yellow = "33"
	green  = "32"
)

func (s style) paint(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	// Each word is painted, so that wrapping never leaves a color open.
	words := strings.Split(text, " ")
	for i, w := range words {
		if w != "" {
			words[i] = "\x1b[" + code + "m" + w + "\x1b[0m"
		}
	}
	return strings.Join(words, " ")
}

// render writes a reply without a newline at its end.
func (s style) render(r bot.Reply) string {
	if s == (style{}) {
		return r.String()
	}
	var parts []string
	if r.Title != "" {
		parts = append(parts, s.paint(bold, s.wrap(r.Title, "")))
	}
	for _, block := range r.Blocks {
		parts = append(parts, s.block(block))
	}
	var actions []string
	for i, a := range r.Actions {
		line := s.paint(cyan, fmt.Sprintf("[%d]", i+1)) + " " + a.Label
		if a.URL != "" {
			line += ": " + a.URL
		}
		actions = append(actions, line)
	}
	if len(actions) > 0 {
		parts = append(parts, strings.Join(actions, "\n"))
	}
	return strings.Join(parts, "\n\n")
}

func (s style) block(block bot.Block) string {
	var lines []string
	switch b := block.(type) {
	case bot.Text:
		return s.wrap(s.text(b), "")
	case bot.Code:
		for line := range strings.SplitSeq(b.Text, "\n") {
			lines = append(lines, "    "+s.paint(green, line))
		}
	case bot.List:
		for i, item := range b.Items {
			mark := b.Mark(i) + " "
			lines = append(lines, mark+s.wrap(s.text(bot.Text(item)), strings.Repeat(" ", len(mark))))
		}
	case bot.Fields:
		for _, f := range b {
			lines = append(lines, s.wrap(s.paint(bold, f.Name+":")+" "+s.text(bot.Text(f.Value)), "  "))
		}
	case bot.Progress:
		const width = 20
		full := 0
		if b.Total > 0 {
			full = width * b.Done / b.Total
		}
		return s.paint(green, strings.Repeat("█", full)) + s.paint(dim, strings.Repeat("░", width-full)) + " " + b.String()
	}
	return strings.Join(lines, "\n")
}

// text paints the spans of a text.
func (s style) text(t bot.Text) string {
	var b strings.Builder
	for _, span := range t.Spans() {
		switch span.Kind {
		case bot.Bold:
			b.WriteString(s.paint(bold, span.Text))
		case bot.Italic:
			b.WriteString(s.paint(italic, span.Text))
		case bot.Mono:
			if !s.color { // without any mark a command reads like a slip
				b.WriteString("`" + span.Text + "`")
				break
			}
			b.WriteString(s.paint(yellow, span.Text))
		case bot.Link:
			b.WriteString(span.Text)
			if span.URL != span.Text {
				b.WriteString(" (" + s.paint(cyan, span.URL) + ")")
			}
		default:
			b.WriteString(span.Text)
		}
	}
	return b.String()
}

// wrap breaks lines between words; lines after the first begin with indent.
func (s style) wrap(text, indent string) string {
	if s.width == 0 {
		return text
	}
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		current, width, begun := "", len(indent), false
		for word := range strings.SplitSeq(line, " ") {
			w := visible(word)
			if begun && width+1+w > s.width {
				out = append(out, current)
				current, width, begun = indent, len(indent), false
			}
			if begun {
				current += " "
				width++
			}
			current += word
			width += w
			begun = true
		}
		out = append(out, current)
	}
	return strings.Join(out, "\n")
}

// visible counts the runes of a word that are not color codes.
func visible(word string) int {
	n := 0
	for {
		before, rest, found := strings.Cut(word, "\x1b[")
		n += utf8.RuneCountInString(before)
		if !found {
			return n
		}
		_, word, _ = strings.Cut(rest, "m")
	}
}
