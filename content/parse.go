package content

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// markdown is CommonMark with task lists and {#id .class} on headings. Tables are
// read so that they can be refused: as plain text they would be bars and dashes.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.TaskList, extension.Table),
	goldmark.WithParserOptions(parser.WithAttribute()),
).Parser()

// document is one Markdown file, split at its headings of level 2.
type document struct {
	faults   *Faults
	file     string
	source   []byte // whole file; the YAML head blanked out, so that offsets hold
	head     []byte // the YAML, with lines numbered as in the file
	sections []section
	asked    []string // the titles of sections that the file must have
	missing  []string // those of them that it has not
}

type section struct {
	title string
	line  int
	nodes []ast.Node
	taken bool
}

// parse splits a file. It returns nil and notes one fault if what follows could
// only be guessed, or if there is no source, which is somebody else's fault.
func parse(faults *Faults, file string, source []byte) *document {
	d := &document{faults: faults, file: file, source: source}
	if source == nil || !d.splitHead() {
		return nil
	}
	root := markdown.Parse(text.NewReader(d.source))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if code, ok := n.(*ast.FencedCodeBlock); ok && !d.closed(code) {
			return nil
		}
		h, ok := n.(*ast.Heading)
		switch {
		case ok && h.Level == 2:
			d.sections = append(d.sections, section{title: d.inline(h), line: d.line(n)})
			continue
		case len(d.sections) == 0:
			d.sections = append(d.sections, section{line: d.line(n)})
		case ok && isQuestion(h) && d.sections[len(d.sections)-1].title != "Quiz":
			d.fault(h, "questions stand below a line ## Quiz; put it above the first one")
			d.sections = append(d.sections, section{title: "Quiz", line: d.line(n)})
		}
		last := &d.sections[len(d.sections)-1]
		last.nodes = append(last.nodes, n)
	}
	return d
}

// isQuestion tells a quiz item's heading, which has an id, from others.
func isQuestion(h *ast.Heading) bool {
	_, ok := h.AttributeString("id")
	return ok
}

var headMark = regexp.MustCompile(`(?m)^---[ \t]*$`)

// splitHead cuts the YAML between the two --- lines.
func (d *document) splitHead() bool {
	marks := headMark.FindAllIndex(d.source, 2)
	if len(marks) == 0 || len(bytes.TrimSpace(d.source[:marks[0][0]])) > 0 {
		d.faults.add(d.file, 1, "the file must begin with a head: a line of ---, the keys, and --- again")
		return false
	}
	begin, line := marks[0][1], d.lineAt(marks[0][0])
	// A --- further down is no end of the head but a rule, or belongs to a listing.
	if heading := bytes.Index(d.source[begin:], []byte("\n## ")); len(marks) < 2 || heading >= 0 && begin+heading < marks[1][0] {
		d.faults.add(d.file, line, "the head is not closed: put a line of --- below its last key")
		return false
	}
	if line > 1 {
		d.faults.add(d.file, 1, "the file must begin with ---: delete the blank lines above it")
	}
	d.head = append(bytes.Repeat([]byte("\n"), line-1), d.source[begin:marks[1][0]]...)
	d.source = bytes.Clone(d.source)
	for i, b := range d.source[:marks[1][1]] {
		if b != '\n' {
			d.source[i] = ' '
		}
	}
	return true
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
