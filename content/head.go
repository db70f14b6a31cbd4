package content

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// located is a YAML value that remembers its line.
type located[T any] struct {
	Value T
	Line  int // 0 if the key is missing
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (l *located[T]) UnmarshalYAML(n *yaml.Node) error {
	l.Line = n.Line
	return n.Decode(&l.Value)
}

type roadmapHead struct {
	Title   located[string]            `yaml:"title"`
	Aliases map[string]located[string] `yaml:"aliases"`
	// PlainHTTP lists links that have no https address.
	PlainHTTP []string `yaml:"plain-http"`
}

type stageHead struct {
	ID     located[string]   `yaml:"id"`
	Title  located[string]   `yaml:"title"`
	Topics []located[string] `yaml:"topics"`
}

type topicHead struct {
	ID       located[string]   `yaml:"id"`
	Title    located[string]   `yaml:"title"`
	Hours    located[float64]  `yaml:"hours"`
	Minutes  located[int]      `yaml:"minutes"`
	Requires []located[string] `yaml:"requires"`
	Named    bool              `yaml:"named"`
	Choice   located[string]   `yaml:"choice"`
	Optional bool              `yaml:"optional"`
	Links    []locatedLink     `yaml:"links"`
}

type locatedLink struct {
	Link
	line int
}

// UnmarshalYAML implements [yaml.Unmarshaler]. Unknown keys are looked for here,
// since Node.Decode knows nothing of the decoder's KnownFields.
func (l *locatedLink) UnmarshalYAML(n *yaml.Node) error {
	l.line = n.Line
	known := keys[Link]()
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if key := n.Content[i]; !slices.Contains(known, key.Value) {
			return &yaml.TypeError{Errors: []string{
				fmt.Sprintf("line %d: %s", key.Line, unknownKey(key.Value, "link", known)),
			}}
		}
	}
	return n.Decode(&l.Link)
}

// keys are the YAML keys of a struct.
func keys[T any]() []string {
	var all []string
	for field := range reflect.TypeFor[T]().Fields() {
		all = append(all, field.Tag.Get("yaml"))
	}
	return all
}

func unknownKey(key, of string, known []string) string {
	return fmt.Sprintf("%q is no key of a %s; there are: %s", key, of, strings.Join(known, ", "))
}
