package content

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// located is a YAML string that remembers its line.
type located struct {
	Value string
	Line  int
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (l *located) UnmarshalYAML(n *yaml.Node) error {
	l.Line = n.Line
	return n.Decode(&l.Value)
}

type roadmapHead struct {
	Title   located            `yaml:"title"`
	Aliases map[string]located `yaml:"aliases"`
	// PlainHTTP lists links that have no https address.
	PlainHTTP []string `yaml:"plain-http"`
}

type stageHead struct {
	ID     located   `yaml:"id"`
	Title  located   `yaml:"title"`
	Topics []located `yaml:"topics"`
}

type topicHead struct {
	ID       located       `yaml:"id"`
	Title    located       `yaml:"title"`
	Hours    float64       `yaml:"hours"`
	Minutes  int           `yaml:"minutes"`
	Requires []located     `yaml:"requires"`
	Named    bool          `yaml:"named"`
	Choice   located       `yaml:"choice"`
	Optional bool          `yaml:"optional"`
	Links    []locatedLink `yaml:"links"`
}

type locatedLink struct {
	Link
	line int
}

var linkKeys = []string{"title", "url", "kind", "cost", "level", "primary"}

// UnmarshalYAML implements [yaml.Unmarshaler]. Unknown keys are looked for here,
// since Node.Decode knows nothing of the decoder's KnownFields.
func (l *locatedLink) UnmarshalYAML(n *yaml.Node) error {
	l.line = n.Line
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if key := n.Content[i]; !slices.Contains(linkKeys, key.Value) {
			return &yaml.TypeError{Errors: []string{
				fmt.Sprintf("line %d: field %s not found in type content.linkHead", key.Line, key.Value),
			}}
		}
	}
	return n.Decode(&l.Link)
}

var (
	yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	goType   = regexp.MustCompile(`not found in type content\.(\w+)Head$`)
)

// kinds are the Go types that values are read into, as an author would say.
var kinds = map[string]string{
	"float64": "a number", "int": "a whole number", "bool": "true or false", "string": "a text",
	"[]content.located": "a list", "[]content.locatedLink": "a list", "[]string": "a list", "map[string]content.located": "keys and values",
}

var kindFault = regexp.MustCompile("^cannot unmarshal !!(\\w+)( `[^`]*`)? into (\\S+)$")

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
		wanted = "keys and values"
	}
	return fmt.Sprintf("this is %s, but should be %s", cmp.Or(given, "another value"), wanted)
}

// decode reads YAML strictly: a key that nobody knows is a fault, since it is most
// likely a known one misspelt. Line n of source must be line n of the file.
func decode[T any](faults *Faults, file string, source []byte) T {
	var v T
	var root yaml.Node
	if yaml.Unmarshal(source, &root) == nil && repeats(faults, file, &root) {
		return v
	}
	dec := yaml.NewDecoder(bytes.NewReader(source))
	dec.KnownFields(true)
	err := dec.Decode(&v)
	if err == nil || errors.Is(err, io.EOF) {
		return v
	}
	messages := []string{err.Error()}
	if typed := (*yaml.TypeError)(nil); errors.As(err, &typed) {
		messages = typed.Errors
	}
	for _, m := range messages {
		at := 1
		if part := yamlLine.FindStringSubmatch(m); part != nil {
			at, _ = strconv.Atoi(part[1])
			m = part[2]
		}
		m = goType.ReplaceAllString(m, "is not a key of a $1")
		m = wrongKind(m)
		if strings.Contains(m, "mapping values are not allowed") {
			m += "; a value that holds a colon stands in quotes"
		}
		faults.add(file, at, "%s", strings.TrimPrefix(m, "yaml: "))
	}
	return v
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
