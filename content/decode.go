package content

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decode reads YAML strictly: a key that nobody knows is a fault, since it is most
// likely a known one misspelt. Line n of source must be line n of the file. What can
// be read is returned even if ok is false.
func decode[T any](faults *Faults, file string, source []byte) (v T, ok bool) {
	var root yaml.Node
	if err := yaml.Unmarshal(source, &root); err != nil {
		line, words := syntaxFault(source, err)
		faults.add(file, line, "%s", words)
		return v, false
	}
	if repeats(faults, file, &root) {
		return v, false
	}
	dec := yaml.NewDecoder(bytes.NewReader(source))
	dec.KnownFields(true)
	err := dec.Decode(&v)
	if err == nil || errors.Is(err, io.EOF) {
		return v, true
	}
	messages := []string{err.Error()}
	if typed := (*yaml.TypeError)(nil); errors.As(err, &typed) {
		messages = typed.Errors
	}
	for _, m := range messages {
		line := 1
		if part := yamlLine.FindStringSubmatch(m); part != nil {
			line, _ = strconv.Atoi(part[1])
			m = part[2]
		}
		if part := fieldFault.FindStringSubmatch(m); part != nil {
			m = unknownKey(part[1], part[2], keys[T]())
		}
		faults.add(file, line, "%s", strings.TrimPrefix(wrongKind(m), "yaml: "))
	}
	return v, false
}

// What the YAML library says of values that don't fit the types that they are read
// into.
var (
	yamlLine   = regexp.MustCompile(`^line (\d+): (.*)$`)
	fieldFault = regexp.MustCompile(`^field (.*) not found in type content\.(\w+)Head$`)
	kindFault  = regexp.MustCompile("^cannot unmarshal !!(\\w+)( `[^`]*`)? into (\\S+)$")
)

// kinds are the Go types that values are read into, as an author would say.
var kinds = map[string]string{
	"float64":                            "a number, such as 1.5",
	"int":                                "a whole number, such as 30",
	"bool":                               "true or false",
	"string":                             "a text",
	"[]string":                           `a list: put "- " before each address, on a line of its own`,
	"[]content.located[string]":          `a list: put "- " before each id, on a line of its own`,
	"[]content.locatedLink":              `a list: put "- " before the first key of each link`,
	"content.Link":                       "the keys of a link: " + strings.Join(keys[Link](), ", "),
	"map[string]content.located[string]": `lines of "old-id: new-id"`,
}

// wrongKind says in an author's words that a value is of another kind than its key
// takes.
func wrongKind(m string) string {
	part := kindFault.FindStringSubmatch(m)
	if part == nil {
		return m
	}
	given := strings.TrimSpace(part[2])
	if given == "" {
		given = map[string]string{"seq": "a list", "map": "keys and values"}[part[1]]
	}
	wanted, ok := kinds[part[3]]
	if !ok {
		wanted = `lines of "key: value"`
	}
	return fmt.Sprintf("this is %s, but should be %s", cmp.Or(given, "another value"), wanted)
}

// jargon is what the YAML library says of a file that is none, by a part of it, and
// what most likely brought it.
var jargon = []struct{ yaml, words string }{
	{"cannot start any token", "a text that begins with ` @ or % stands in quotes"},
	{"unknown anchor", "a text that begins with * or & stands in quotes"},
	{"alphabetic or numeric", "a text that begins with * or & stands in quotes"},
	{"comment or line break", "a text that begins with | or > stands in quotes"},
	{"unexpected end of stream", "a quote is opened and not closed"},
	{"',' or", "a bracket is opened and not closed; a text that begins with one stands in quotes"},
	{"unknown escape", `a \ inside double quotes: use single ones`},
	{"expected ':'", `write "key: value", with a blank behind the colon`},
	{"mapping values", "a text that holds a colon and a blank stands in quotes; if it holds none, indent keys that belong together alike"},
	{"sequence entries", `a list begins on the next line, with "- " before each of its entries`},
	{"did not find expected", "this does not fit the lines above: indent what belongs together alike, and end the line at a closing quote"},
}

// syntaxFault finds where YAML goes wrong. The library often names the line where
// the surrounding list of keys begins; here it is the first line with which the
// lines up to it can't be read.
func syntaxFault(source []byte, err error) (line int, words string) {
	lines := bytes.SplitAfter(source, []byte("\n"))
	upTo := func(n int) []byte { return bytes.Join(lines[:n], nil) }
	line = 1 + sort.Search(len(lines)-1, func(i int) bool {
		return yaml.Unmarshal(upTo(i+1), new(yaml.Node)) != nil
	})
	if bytes.HasPrefix(bytes.TrimLeft(lines[line-1], " "), []byte("\t")) {
		return line, "indent with blanks, not with a tab"
	}
	for _, j := range jargon {
		if strings.Contains(err.Error(), j.yaml) {
			return line, j.words
		}
	}
	return line, strings.TrimPrefix(err.Error(), "yaml: ")
}

// repeats reports keys that stand twice, each once: the decoder reports every pair
// of them, which for a file full of one key takes gigabytes.
func repeats(faults *Faults, file string, n *yaml.Node) bool {
	found := false
	seen := map[string]int{}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if first := seen[child.Value]; first > 0 {
				faults.add(file, child.Line, "key %q stands already in line %d", child.Value, first)
				found = true
			} else {
				seen[child.Value] = child.Line
			}
		}
		found = repeats(faults, file, child) || found
	}
	return found
}
