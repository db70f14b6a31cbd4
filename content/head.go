package content

import (
	"bytes"
	"errors"
	"io"
	"regexp"
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

// UnmarshalYAML implements [yaml.Unmarshaler].
func (l *locatedLink) UnmarshalYAML(n *yaml.Node) error {
	l.line = n.Line
	return n.Decode(&l.Link)
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// decode reads YAML strictly: a key that nobody knows is a fault, since it is most
// likely a known one misspelt. Line n of source must be line n of the file.
func decode[T any](faults *Faults, file string, source []byte) T {
	var v T
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
		m = strings.ReplaceAll(m, "in type content.", "in the head of a ")
		faults.add(file, at, "%s", strings.TrimPrefix(m, "yaml: "))
	}
	return v
}
