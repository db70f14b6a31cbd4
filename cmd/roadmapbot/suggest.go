package main

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/alecthomas/kong"
)

// nearest is the known word that a misspelt one is likely to mean, or empty: one slip
// in a short word, more in a long one.
func nearest(typed string, known []string) string {
	best, least := "", 2+len(typed)/5
	for _, word := range known {
		if d := levenshtein.ComputeDistance(typed, word); d < least {
			best, least = word, d
		}
	}
	return best
}

// misspelt is the parser's complaint, with the nearest flag or command. The parser's
// own suggestion is cut off: it offers --now for --foo, and knows no commands where
// one of them is the default.
func misspelt(err error) string {
	text, _, _ := strings.Cut(err.Error(), ", did you mean")
	var parse *kong.ParseError
	if !errors.As(err, &parse) {
		return text
	}
	var node *kong.Node // where the words led
	for _, step := range parse.Context.Path {
		if step.Node() != nil {
			node = step.Node()
		}
	}
	var near string
	if typed, ok := strings.CutPrefix(text, "unknown flag --"); ok {
		if node.DefaultCmd != nil {
			node = node.DefaultCmd
		}
		var flags []string
		for _, flag := range slices.Concat(node.AllFlags(true)...) {
			flags = append(flags, flag.Name)
		}
		if near = nearest(typed, flags); near != "" {
			near = "--" + near
		}
	} else if typed, ok := strings.CutPrefix(text, "unexpected argument "); ok {
		if node.Parent != nil && node.Parent.DefaultCmd == node {
			node = node.Parent
		}
		var commands []string
		for _, command := range node.Children {
			commands = append(commands, command.Name)
		}
		near = nearest(typed, commands)
	}
	if near == "" {
		return text
	}
	return text + "; did you mean " + near + "?"
}

// prefix begins the variable of every setting.
const prefix = "ROADMAPBOT_"

// strangeVariables names each variable that looks like a setting and is none, with the
// nearest that is one. It never tells a value: that may be a token.
func strangeVariables(app *kong.Application) []string {
	var known []string
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range flag.Envs {
				known = append(known, strings.TrimPrefix(name, prefix))
			}
		}
		return next(nil) // no step fails
	})
	var strange []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		typed, ours := strings.CutPrefix(name, prefix)
		if !ours || slices.Contains(known, typed) {
			continue
		}
		advice := "roadmapbot serve --help lists them"
		if near := nearest(typed, known); near != "" {
			advice = "did you mean " + prefix + near + "?"
		}
		strange = append(strange, name+" is no setting; "+advice)
	}
	slices.Sort(strange)
	return strange
}
