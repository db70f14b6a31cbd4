package content

import (
	"bytes"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// What may follow the fence of a code block (see CONTRIBUTING.md).
var (
	// RunLanguages are run by this project's tests.
	RunLanguages = []string{"go", "java", "javascript", "php", "python", "ruby", "sh", "sql"}
	// ShownLanguages are parsed at most.
	ShownLanguages = []string{"dockerfile", "graphql", "html", "http", "ini", "json", "nginx", "proto", "text", "toml", "yaml"}
	// CodeMarks are the words that may stand behind the language.
	CodeMarks = []string{"parse", "fails", "postgres", "mysql"}
)

// runs tells whether a listing runs, and so can have an output. A language that is
// not known, which is a fault of its own, most likely meant one that does.
func (c Code) runs() bool {
	return c.Language != "output" && !slices.Contains(ShownLanguages, c.Language) && !slices.Contains(c.Marks, "parse")
}

// code reads a listing; after tells whether code that runs is right before it.
func (d *document) code(n *ast.FencedCodeBlock, after bool) Code {
	var info []string
	if n.Info != nil {
		info = strings.Fields(string(n.Info.Segment.Value(d.source)))
	}
	c := Code{Line: d.line(n) + 1}
	known := slices.Concat(RunLanguages, ShownLanguages)
	switch {
	case len(info) == 0:
		d.fault(n, "a code block needs its language after the fence, text if it has none")
	case info[0] == "output" && !after:
		d.fault(n, "an output block stands right behind code that runs; use text")
	case info[0] != "output" && !slices.Contains(known, info[0]):
		d.fault(n, "language %q is not known, use text; there are: %s", info[0], strings.Join(known, ", "))
	}
	if len(info) > 0 {
		c.Language, c.Marks = info[0], info[1:]
	}
	for _, mark := range c.Marks {
		if !slices.Contains(CodeMarks, mark) {
			d.fault(n, "%q behind the language is not known; there are: %s", mark, strings.Join(CodeMarks, ", "))
		}
	}
	c.Text = strings.TrimRight(string(n.Lines().Value(d.source)), "\n")
	if c.Text == "" {
		d.fault(n, "an empty code block")
	}
	return c
}

// closed tells whether a code block ends where its author meant it to, and reports
// it if not. Markdown lets a block without an end reach to the next bare fence, so
// a fence with a language inside a block tells of one too.
func (d *document) closed(n *ast.FencedCodeBlock) bool {
	first, rest, _ := bytes.Cut(d.source[n.Pos():], []byte("\n"))
	first = bytes.TrimLeft(first, " ")
	fence := first[:len(first)-len(bytes.TrimLeft(first, string(first[:1])))]
	if n.Lines().Len() > 0 {
		rest = d.source[n.Lines().At(n.Lines().Len()-1).Stop:]
	}
	inside := append([]byte("\n"), n.Lines().Value(d.source)...)
	switch nested := bytes.Contains(inside, append([]byte("\n"), fence...)); {
	case !nested && bytes.HasPrefix(bytes.TrimLeft(rest, " "), fence):
		return true
	case n.Info == nil:
		d.fault(n, "a line of %s that closes no code block: above it, the line of %s and a language is missing", fence, fence)
	default:
		d.fault(n, "the code block is not closed: put a line of %s below its last line", fence)
	}
	return false
}
