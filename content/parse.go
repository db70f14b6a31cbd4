package content

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// markdown is CommonMark with task lists and {#id .class} on headings.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.TaskList),
	goldmark.WithParserOptions(parser.WithAttribute()),
).Parser()

// document is one Markdown file, split at its headings of level 2.
type document struct {
	faults   *Faults
	file     string
	source   []byte // whole file; the YAML head blanked out, so that offsets hold
	head     []byte // the YAML, with lines numbered as in the file
	sections []section
	asked    []string // the titles of sections that the file may have
}

type section struct {
	title string
	line  int
	nodes []ast.Node
	taken bool
}

// parse splits a file; what does not belong in one is a fault.
func parse(faults *Faults, file string, source []byte) *document {
	source = bytes.TrimPrefix(source, []byte("\ufeff")) // some editors on Windows
	d := &document{faults: faults, file: file, source: source}
	d.checkBytes()
	d.splitHead()
	if !slices.ContainsFunc(source, func(b byte) bool { return b > ' ' }) {
		faults.add(file, 1, "the file is empty")
	}
	root := markdown.Parse(text.NewReader(d.source))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok && h.Level == 2 {
			d.sections = append(d.sections, section{title: d.inline(h), line: d.line(n)})
			continue
		}
		if len(d.sections) == 0 {
			d.fault(n, "text before the first heading; the title belongs in the head")
			continue
		}
		last := &d.sections[len(d.sections)-1]
		last.nodes = append(last.nodes, n)
	}
	return d
}

// splitHead cuts the YAML between the two --- lines.
func (d *document) splitHead() {
	rest, ok := bytes.CutPrefix(d.source, []byte("---\n"))
	end := bytes.Index(rest, []byte("\n---\n"))
	if !ok || end < 0 {
		d.faults.add(d.file, 1, "the file must begin with a head: YAML between two lines of ---")
		return
	}
	d.head = append([]byte("\n"), rest[:end+1]...)
	body := bytes.Clone(d.source)
	for i := range len(d.source) - len(rest) + end + len("\n---") {
		if body[i] != '\n' {
			body[i] = ' '
		}
	}
	d.source = body
}

func (d *document) fault(n ast.Node, format string, args ...any) {
	d.faults.add(d.file, d.line(n), format, args...)
}

// line is where a block begins in the file.
func (d *document) line(n ast.Node) int {
	for ; n != nil && n.Type() != ast.TypeInline; n = n.FirstChild() {
		if n.Pos() >= 0 {
			return d.lineAt(n.Pos())
		}
		if lines := n.Lines(); lines.Len() > 0 {
			return d.lineAt(lines.At(0).Start)
		}
	}
	return 1
}

func (d *document) lineAt(offset int) int {
	return 1 + bytes.Count(d.source[:min(offset, len(d.source))], []byte("\n"))
}

// checkBytes reports the first byte that no platform shows, and the marks that
// turn the direction of writing, which make text read otherwise than it is.
func (d *document) checkBytes() {
	for i, r := range string(d.source) {
		if _, size := utf8.DecodeRune(d.source[i:]); r == utf8.RuneError && size == 1 {
			d.faults.add(d.file, d.lineAt(i), "not UTF-8")
			return
		}
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			d.faults.add(d.file, d.lineAt(i), "control character %U", r)
			return
		}
	}
}

// inline is the Markdown source of a block that holds inline text, on one line.
func (d *document) inline(n ast.Node) string {
	var parts []string
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		parts = append(parts, strings.TrimSpace(string(segment.Value(d.source))))
	}
	s := strings.TrimSpace(strings.Join(parts, " "))
	d.checkInline(n)
	return s
}

// checkInline reports what some platform could not show.
func (d *document) checkInline(n ast.Node) {
	_ = ast.Walk(n, func(child ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || child.Type() != ast.TypeInline {
			return ast.WalkContinue, nil
		}
		switch c := child.(type) {
		case *ast.Image:
			d.fault(n, "images are not shown in a chat; say it in words")
		case *ast.RawHTML:
			d.fault(n, "HTML is not shown in a chat; use Markdown, or `code` for a tag")
		case *ast.Link:
			d.checkAddress(n, c.Destination)
		case *ast.AutoLink:
			d.checkAddress(n, c.URL(d.source))
		}
		return ast.WalkContinue, nil
	})
}

func (d *document) checkAddress(n ast.Node, url []byte) {
	if !bytes.HasPrefix(url, []byte("https://")) {
		d.fault(n, "link to %q: links in text begin with https://", url)
	}
}

// section takes the text below a heading, and reports it if empty or, where it is
// required, missing.
func (d *document) section(title string, required bool) Section {
	nodes, line := d.take(title, required)
	var out Section
	for _, n := range nodes {
		switch n := n.(type) {
		case *ast.Paragraph:
			out = append(out, Text(d.inline(n)))
		case *ast.List:
			out = append(out, List{Ordered: n.IsOrdered(), Start: n.Start, Items: d.items(n)})
		case *ast.FencedCodeBlock:
			out = append(out, d.code(n))
		default:
			d.fault(n, "%s: only paragraphs, flat lists and fenced code are shown by every platform", kindName(n))
		}
	}
	if line > 0 && len(nodes) == 0 {
		d.faults.add(d.file, line, "section %q is empty", title)
	}
	return out
}

// take finds the nodes of a section; line is 0 if there is none.
func (d *document) take(title string, required bool) (nodes []ast.Node, line int) {
	d.asked = append(d.asked, title)
	for i := range d.sections {
		s := &d.sections[i]
		if s.title != title {
			continue
		}
		s.taken = true
		if line > 0 {
			d.faults.add(d.file, s.line, "section %q stands twice", title)
			continue
		}
		nodes, line = s.nodes, s.line
	}
	if line == 0 && required {
		d.faults.add(d.file, 1, "section %q is missing", title)
	}
	return nodes, line
}

// finish reports the sections that nobody asked for.
func (d *document) finish() {
	for _, s := range d.sections {
		if !s.taken {
			d.faults.add(d.file, s.line, "section %q is not known here; there are: %s", s.title, strings.Join(d.asked, ", "))
		}
	}
}

// items are the items of a flat list.
func (d *document) items(list *ast.List) []string {
	var out []string
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		first := item.FirstChild()
		if first == nil || first.NextSibling() != nil || first.Kind() != ast.KindTextBlock && first.Kind() != ast.KindParagraph {
			d.fault(item, "list items hold one line or paragraph each; no lists inside lists")
		}
		if first != nil {
			out = append(out, d.inline(first))
		}
	}
	return out
}

func (d *document) code(n *ast.FencedCodeBlock) Code {
	var info []string
	if n.Info != nil {
		info = strings.Fields(string(n.Info.Segment.Value(d.source)))
	}
	c := Code{Line: d.line(n) + 1}
	if len(info) == 0 {
		d.fault(n, "a code block needs its language after the fence")
	} else {
		c.Language, c.Marks = info[0], info[1:]
	}
	c.Text = strings.TrimRight(string(n.Lines().Value(d.source)), "\n")
	if c.Text == "" {
		d.fault(n, "an empty code block")
	}
	return c
}

// checkbox tells whether a list item begins with a task's box, and its state.
func checkbox(item ast.Node) (checked, ok bool) {
	if first := item.FirstChild(); first != nil {
		if box, is := first.FirstChild().(*east.TaskCheckBox); is {
			return box.IsChecked, true
		}
	}
	return false, false
}

// criteria takes a section that is one task list.
func (d *document) criteria(title string) []string {
	nodes, line := d.take(title, false)
	if line == 0 {
		return nil
	}
	if len(nodes) == 1 {
		if list, ok := nodes[0].(*ast.List); ok {
			return d.tasks(list)
		}
	}
	d.faults.add(d.file, line, "section %q must be one list of - [ ] criteria", title)
	return nil
}

// tasks are the texts of a task list without their boxes.
func (d *document) tasks(list *ast.List) []string {
	out := d.items(list)
	i := 0
	for item := list.FirstChild(); item != nil && i < len(out); item, i = item.NextSibling(), i+1 {
		if _, ok := checkbox(item); !ok {
			d.fault(item, "begin the item with [ ] or [x]")
			continue
		}
		_, out[i], _ = strings.Cut(out[i], "]")
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

func kindName(n ast.Node) string {
	switch n.Kind() {
	case ast.KindHTMLBlock:
		return "HTML"
	case ast.KindBlockquote:
		return "a quotation"
	case ast.KindThematicBreak:
		return "a rule"
	case ast.KindCodeBlock:
		return "indented code"
	case ast.KindFencedCodeBlock:
		return "code"
	case ast.KindHeading:
		return "a heading"
	case ast.KindLinkReferenceDefinition:
		return "a link's definition"
	default:
		return strings.ToLower(n.Kind().String())
	}
}
