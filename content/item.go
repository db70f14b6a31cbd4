package content

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// item reads one question: ### Question {#id .kind}, a task list with one box
// ticked, and the reason as a quotation.
func (l *loader) item(d *document, t *Topic, h *ast.Heading, body []ast.Node) *Item {
	item := &Item{Topic: t, Kind: "recall", Question: d.inline(h)}
	bad := func(format string, args ...any) { d.fault(h, format, args...) }

	id, _ := h.AttributeString("id")
	if b, ok := id.([]byte); ok {
		item.ID = string(b)
	}
	switch {
	case item.ID == "":
		bad("the question needs an id: ### Question {#%s-word}", t.ID)
	case !strings.HasPrefix(item.ID, t.ID+"-"):
		bad("id %q must begin with the topic's, %q", item.ID, t.ID+"-")
	case l.claim("", item.ID, d.file, d.line(h)):
		l.roadmap.items[item.ID] = item
	}
	if class, ok := h.AttributeString("class"); ok {
		if b, ok := class.([]byte); ok {
			item.Kind = string(b)
		}
		if !slices.Contains(ItemKinds, item.Kind) {
			bad("kind .%s: one of .%s", item.Kind, strings.Join(ItemKinds, ", ."))
		}
	}
	for _, n := range body {
		switch n := n.(type) {
		case *ast.List:
			if item.Options != nil {
				d.fault(n, "a second list of options")
			}
			item.Options = append(item.Options, d.options(n)...)
		case *ast.Blockquote:
			var parts []string
			for p := n.FirstChild(); p != nil; p = p.NextSibling() {
				if _, ok := p.(*ast.Paragraph); !ok {
					d.fault(n, "the reason is plain text: > why")
					continue
				}
				parts = append(parts, d.inline(p))
			}
			item.Why = strings.TrimSpace(item.Why + " " + strings.Join(parts, " "))
		default:
			d.fault(n, "%s: a question has a list of options and a > reason, nothing else", kindName(n))
		}
	}
	item.check(bad)
	return item
}

func (d *document) options(list *ast.List) []Option {
	texts := d.tasks(list)
	out := make([]Option, len(texts))
	i := 0
	for n := list.FirstChild(); n != nil && i < len(out); n, i = n.NextSibling(), i+1 {
		right, _ := checkbox(n)
		out[i] = Option{Text: texts[i], Right: right}
	}
	return out
}

func (i *Item) check(bad func(string, ...any)) {
	right := 0
	var seen []string
	for _, o := range i.Options {
		if o.Right {
			right++
		}
		folded := strings.ToLower(strings.Trim(o.Text, " .`"))
		if folded == "" {
			bad("an option is empty")
		} else if slices.Contains(seen, folded) {
			bad("option %q stands twice", o.Text)
		}
		seen = append(seen, folded)
		if n := utf8.RuneCountInString(o.Text); n > maxOptionRunes {
			bad("option %q has %d characters; at most %d", o.Text, n, maxOptionRunes)
		}
	}
	if right != 1 || len(i.Options) != 4 {
		bad("%d right and %d wrong options; one right and three wrong are needed", right, len(i.Options)-right)
	}
	if n := utf8.RuneCountInString(i.Question); n == 0 || n > maxQuestionRunes {
		bad("the question has %d characters; 1 to %d", n, maxQuestionRunes)
	}
	switch n := len(strings.Fields(i.Why)); {
	case n == 0:
		bad("the reason is missing: > why")
	case n > maxWhyWords:
		bad("the reason has %d words; at most %d", n, maxWhyWords)
	}
}
