package content

import (
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// section takes the text below a heading, and reports it if empty.
func (d *document) section(title string) Section {
	var out Section
	runs := false // the block before is code that runs
	for _, n := range d.take(title) {
		ran := runs
		runs = false
		switch n := n.(type) {
		case *ast.Paragraph:
			out = append(out, Text(d.inline(n)))
		case *ast.List:
			out = append(out, List{Ordered: n.IsOrdered(), Start: n.Start, Items: d.items(n)})
		case *ast.FencedCodeBlock:
			c := d.code(n, ran)
			out, runs = append(out, c), c.runs()
		default:
			d.fault(n, "%s: only paragraphs, flat lists and fenced code are shown by every platform", kindName(n))
		}
	}
	return out
}

// take finds the nodes of a section.
func (d *document) take(title string) []ast.Node {
	d.asked = append(d.asked, title)
	i := slices.IndexFunc(d.sections, func(s section) bool { return s.title == title })
	if i < 0 {
		d.missing = append(d.missing, title)
		return nil
	}
	s := &d.sections[i]
	s.taken = true
	if len(s.nodes) == 0 {
		d.faults.add(d.file, s.line, "section %q is empty", title)
	}
	return s.nodes
}

// finish reports the sections that nobody asked for, and those that are missing. A
// title misspelt is both, and one fault.
func (d *document) finish() {
	hint := "there are: " + strings.Join(d.asked, ", ")
	if len(d.missing) > 0 {
		hint = "missing: " + strings.Join(d.missing, ", ")
	}
	odd := false
	for _, s := range d.sections {
		if s.taken {
			continue
		}
		odd = true
		switch {
		case s.title == "":
			d.faults.add(d.file, s.line, "text below no section's title (the title of the whole belongs in the head); %s", hint)
		case slices.Contains(d.asked, s.title):
			d.faults.add(d.file, s.line, "section %q stands twice; %s", s.title, hint)
		default:
			d.faults.add(d.file, s.line, "section %q is not known here; %s", s.title, hint)
		}
	}
	for _, title := range d.missing {
		if !odd {
			d.faults.add(d.file, 1, "section %q is missing: put a line ## %s and what belongs below it", title, title)
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
	nodes := d.take(title)
	if len(nodes) == 0 {
		return nil
	}
	if list, ok := nodes[0].(*ast.List); ok && len(nodes) == 1 {
		return d.tasks(list)
	}
	d.faults.add(d.file, d.sectionLine(title), "section %q must be one list of - [ ] criteria", title)
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
	case east.KindTable:
		return "a table"
	case ast.KindLinkReferenceDefinition:
		return "a link's definition"
	default:
		return strings.ToLower(n.Kind().String())
	}
}
