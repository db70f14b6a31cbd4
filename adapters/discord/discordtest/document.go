package discordtest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The part of Discord's OpenAPI document that the adapter's routes need; see
// testdata/README.md.
//
//go:embed testdata/openapi.json
var openapi []byte

// document validates requests against Discord's own description of its API.
type document struct {
	operations []*operation
}

type operation struct {
	method  string
	path    []string // segments; a parameter is "{name}"
	params  map[string]*jsonschema.Schema
	integer map[string]bool // query parameters that are numbers
	body    *jsonschema.Schema
}

// loadDocument compiles the document once a process: it takes a while.
var loadDocument = sync.OnceValues(func() (*document, error) {
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(openapi))
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	closeObjects(root)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("discord.json", root); err != nil {
		return nil, fmt.Errorf("load the OpenAPI document: %w", err)
	}
	d := &document{}
	paths := root.(map[string]any)["paths"].(map[string]any)
	for path, item := range paths {
		for method, op := range item.(map[string]any) {
			if method == "parameters" {
				continue
			}
			base := "discord.json#/paths/" + pointer(path) + "/"
			o := &operation{
				method: strings.ToUpper(method), path: strings.Split(path, "/")[1:],
				params: map[string]*jsonschema.Schema{}, integer: map[string]bool{},
			}
			for from, list := range map[string]any{
				base + "parameters/":                         item.(map[string]any)["parameters"],
				base + pointer(method) + "/" + "parameters/": op.(map[string]any)["parameters"],
			} {
				all, _ := list.([]any)
				for i, p := range all {
					param := p.(map[string]any)
					schema, err := c.Compile(from + strconv.Itoa(i) + "/schema")
					if err != nil {
						return nil, fmt.Errorf("compile a parameter of %s: %w", path, err)
					}
					name := param["name"].(string)
					o.params[name] = schema
					kind, _ := param["schema"].(map[string]any)["type"].(string)
					o.integer[name] = kind == "integer"
				}
			}
			if op.(map[string]any)["requestBody"] != nil {
				o.body, err = c.Compile(base + pointer(method) + "/requestBody/content/application~1json/schema")
				if err != nil {
					return nil, fmt.Errorf("compile the body of %s: %w", path, err)
				}
			}
			d.operations = append(d.operations, o)
		}
	}
	return d, nil
})

// pointer escapes one step of a JSON pointer in a URL.
func pointer(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
	return strings.ReplaceAll(url.PathEscape(s), "@", "%40")
}

// closeObjects makes the schemas refuse fields they don't name. Discord ignores
// such fields; here they would be a misspelling nobody notices.
func closeObjects(root any) {
	schemas := root.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any)
	for _, s := range schemas {
		schema := s.(map[string]any)
		if schema["type"] == "object" && schema["properties"] != nil && schema["additionalProperties"] == nil {
			schema["additionalProperties"] = false
		}
	}
}

// find is the operation of a request and the values of its path's parameters.
// The path is without the "/api/v10" in front.
func (d *document) find(method, path string) (*operation, map[string]string) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	var best *operation
	var values map[string]string
	for _, o := range d.operations {
		if o.method != method || len(o.path) != len(segments) {
			continue
		}
		got, literal := map[string]string{}, true
		fits := true
		for i, want := range o.path {
			switch {
			case strings.HasPrefix(want, "{"):
				got[strings.Trim(want, "{}")] = segments[i]
				literal = false
			case want != segments[i]:
				fits = false
			}
		}
		// "@original" and "@me" are words of their own, not ids.
		if fits && (best == nil || literal || len(got) < len(values)) {
			best, values = o, got
		}
	}
	return best, values
}

// check validates a request; body is nil if there is none.
func (o *operation) check(values map[string]string, query url.Values, body []byte) error {
	for name, value := range values {
		if schema := o.params[name]; schema != nil {
			if err := schema.Validate(value); err != nil {
				return fmt.Errorf("path parameter %s: %w", name, err)
			}
		}
	}
	for name, all := range query {
		schema := o.params[name]
		if schema == nil {
			return fmt.Errorf("unknown query parameter %s", name)
		}
		var value any = all[0]
		if n, err := strconv.ParseInt(all[0], 10, 64); err == nil && o.integer[name] {
			value = json.Number(strconv.FormatInt(n, 10))
		} else if b, err := strconv.ParseBool(all[0]); err == nil && name != "limit" {
			value = b
		}
		if err := schema.Validate(value); err != nil {
			return fmt.Errorf("query parameter %s: %w", name, err)
		}
	}
	if o.body == nil {
		if len(body) > 0 {
			return errors.New("a body where none is taken")
		}
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("body is not JSON: %w", err)
	}
	return o.body.Validate(value)
}

// CheckMessage reports what Discord would refuse in the body of a message.
func CheckMessage(body []byte) error { return check("/channels/1/messages", body, checkMessage) }

// CheckCallback reports what Discord would refuse in the first answer to an
// interaction, as far as that can be told without the interaction.
func CheckCallback(body []byte) error {
	return check("/interactions/1/t/callback", body, func(body []byte, _ bool) error {
		var c struct {
			Type int             `json:"type"`
			Data json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(body, &c); err != nil {
			return err
		}
		if c.Type == newMessage || c.Type == update {
			return checkMessage(c.Data, false)
		}
		return nil
	})
}

func check(path string, body []byte, limits func([]byte, bool) error) error {
	d, err := loadDocument()
	if err != nil {
		return err
	}
	op, values := d.find("POST", path)
	if err := op.check(values, nil, body); err != nil {
		return err
	}
	return limits(body, false)
}
