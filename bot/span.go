package bot

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// SpanKind says how a [Span] is to be shown.
type SpanKind int

// The kinds of spans. They do not nest: bold inside a link is just a link.
const (
	Plain SpanKind = iota
	Bold
	Italic
	Mono
	Link
	Instant
)

// Span is a run of [Text] that is shown in one way. Its Text is literal, for a
// renderer to escape as its platform demands; it may hold newlines.
type Span struct {
	Kind SpanKind
	Text string
	URL  string    // of a Link
	At   time.Time // of an Instant; Text is how the bot itself writes it
}

var markdown = goldmark.DefaultParser()

// Spans takes the text apart. Paragraphs are parted by a Plain "\n\n".
func (t Text) Spans() []Span {
	if wordsOnly(string(t)) {
		return []Span{{Text: unescape(string(t))}}
	}
	return t.parse()
}

// wordsOnly tells whether a text is one line in which nothing could be markup, as
// most are; taking it apart needs no parser.
func wordsOnly(s string) bool {
	letter := func(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
	if s == "" || !letter(s[0]) || s[len(s)-1] <= ' ' || s[len(s)-1] >= utf8.RuneSelf {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case letter(c), c >= utf8.RuneSelf, strings.IndexByte(" 0123456789.,:;?()%'\"/+-", c) >= 0:
		case c == '\\' && i+1 < len(s) && isPunct(s[i+1]):
			i++
		default:
			return false
		}
	}
	return true
}

func (t Text) parse() []Span {
	source := []byte(t)
	var w spanWriter
	root := markdown.Parse(text.NewReader(source))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if len(w.spans) > 0 {
			w.add(Span{Text: "\n\n"})
		}
		if n.Kind() == ast.KindParagraph {
			w.inline(n, source, Span{})
		} else { // not of the bot's Markdown: shown as it stands
			w.add(Span{Text: strings.TrimRight(string(n.Lines().Value(source)), "\n")})
		}
	}
	return w.spans
}

type spanWriter struct{ spans []Span }

// add appends a span, joined with the one before if that looks the same.
func (w *spanWriter) add(s Span) {
	if s.Text == "" {
		return
	}
	if last := len(w.spans) - 1; last >= 0 && w.spans[last].Kind == s.Kind && w.spans[last].URL == s.URL && s.Kind != Instant {
		w.spans[last].Text += s.Text
		return
	}
	w.spans = append(w.spans, s)
}

// inline writes the children of n; outer is the look they inherit.
func (w *spanWriter) inline(n ast.Node, source []byte, outer Span) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		look := outer
		switch c := c.(type) {
		case *ast.Text:
			look.Text = unescape(string(c.Segment.Value(source)))
			w.add(look)
			if c.SoftLineBreak() || c.HardLineBreak() {
				look.Text = "\n"
				w.add(look)
			}
		case *ast.String:
			look.Text = string(c.Value)
			w.add(look)
		case *ast.CodeSpan:
			var b strings.Builder
			for t := c.FirstChild(); t != nil; t = t.NextSibling() {
				if segment, ok := t.(*ast.Text); ok {
					b.Write(segment.Segment.Value(source))
				}
			}
			if look.Kind != Link && look.Kind != Instant {
				look.Kind = Mono
			}
			look.Text = strings.ReplaceAll(b.String(), "\n", " ")
			w.add(look)
		case *ast.Emphasis:
			if look.Kind == Plain || look.Kind == Italic {
				look.Kind = Italic
				if c.Level == 2 {
					look.Kind = Bold
				}
			}
			w.inline(c, source, look)
		case *ast.Link:
			w.inline(c, source, linkSpan(string(c.Destination)))
		case *ast.AutoLink:
			look = linkSpan(string(c.URL(source)))
			look.Text = string(c.Label(source))
			w.add(look)
		default:
			w.inline(c, source, look)
		}
	}
}

// linkSpan tells a web address from the bot's own time: addresses.
func linkSpan(destination string) Span {
	if unix, ok := strings.CutPrefix(destination, "time:"); ok {
		if seconds, err := strconv.ParseInt(unix, 10, 64); err == nil {
			return Span{Kind: Instant, At: time.Unix(seconds, 0).UTC()}
		}
	}
	if strings.HasPrefix(destination, "https://") || strings.HasPrefix(destination, "http://") {
		return Span{Kind: Link, URL: destination}
	}
	return Span{}
}

// unescape resolves backslashes as CommonMark does. Entities stay as they are
// written: a lesson on HTML shows them.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && isPunct(s[i+1]) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isPunct(c byte) bool {
	return c < utf8.RuneSelf && (unicode.IsPunct(rune(c)) || unicode.IsSymbol(rune(c)))
}

// String is the text without its markup: links as "label (address)". Code keeps
// its backticks, since a command without any mark reads like a slip.
func (t Text) String() string {
	var b strings.Builder
	for _, s := range t.Spans() {
		if s.Kind == Mono {
			b.WriteString("`" + s.Text + "`")
			continue
		}
		b.WriteString(s.Text)
		if s.Kind == Link && s.URL != s.Text {
			b.WriteString(" (" + s.URL + ")")
		}
	}
	return b.String()
}

// Clean makes a person's words safe to keep and to show on one line: valid UTF-8
// without control, direction and other invisible characters, white space folded,
// at most limit runes.
func Clean(s string, limit int) string {
	var b strings.Builder
	b.Grow(min(len(s), limit))
	runes, space := 0, false
	for _, r := range s {
		switch {
		case ' ' < r && r <= '~':
			// the usual case, tried first
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case r == utf8.RuneError, unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp):
			continue
		case unicode.Is(unicode.Mn, r) && runes > 0 && endsInMarks(b.String()):
			continue // a fourth mark on one letter is not writing any more
		}
		if space {
			if runes+2 > limit {
				break
			}
			b.WriteByte(' ')
			runes++
			space = false
		}
		if runes+1 > limit {
			break
		}
		b.WriteRune(r)
		runes++
	}
	return b.String()
}

// endsInMarks tells whether s ends in three combining marks.
func endsInMarks(s string) bool {
	for range 3 {
		r, size := utf8.DecodeLastRuneInString(s)
		if !unicode.Is(unicode.Mn, r) {
			return false
		}
		s = s[:len(s)-size]
	}
	return true
}

// Escape lets a person's words into [Text], cleaned, so that every one of them is
// shown and none of them acts: no markup, no link.
func Escape(s string) string {
	s = Clean(s, MaxField/2)
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := range len(s) {
		if isPunct(s[i]) {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
