// Package content holds the roadmap that the bot teaches: it reads a folder of
// Markdown files, checks every line of it, and knows nothing of chats or disks.
package content

import (
	"iter"
	"maps"
	"slices"
)

// Roadmap is a whole course: stages in order, each with its topics in order.
// It is read-only after [Load] and safe for concurrent use.
type Roadmap struct {
	Title  string
	Stages []*Stage

	topics  map[string]*Topic
	choices map[string][]*Topic
	items   map[string]*Item
	aliases map[string]string // retired topic and item ids to the ids of today
}

// Stage is one step of the roadmap.
type Stage struct {
	Number int    // 1 for the first
	ID     string // "version-control"
	File   string // slash-separated, relative to the roadmap's folder
	Title  string
	Topics []*Topic

	Words    Section  // how the roadmap itself names this stage
	Intro    Section  // what one can do afterwards, how the topics hang together
	Project  Section  // one thing to build
	Criteria []string // when the project is done, inline Markdown
}

// Topic is one thing to learn.
type Topic struct {
	ID      string // never changes, never reused: learners' progress hangs on it
	Number  int    // place in the roadmap, from 0
	File    string // slash-separated, relative to the roadmap's folder
	Stage   *Stage
	Title   string
	Minutes int // planned study time

	// Requires lists what has to be done before. Every element must hold; an
	// element holds if any topic of it is done.
	Requires [][]string

	Named    bool   // the roadmap itself names it
	Choice   string // topics of the same choice are alternatives: one is enough; may be empty
	Optional bool   // only worth the time as a prerequisite of something chosen
	Links    []Link // best first

	// None of these is empty.
	Lesson   Section
	Why      Section // why it matters at work
	Exercise Section
	Check    Section // how learners see for themselves that the exercise worked
	Items    []*Item
}

// Link is a place to learn more.
type Link struct {
	Title   string `yaml:"title"`
	URL     string `yaml:"url"`
	Kind    string `yaml:"kind"`    // one of LinkKinds
	Cost    string `yaml:"cost"`    // one of LinkCosts
	Level   string `yaml:"level"`   // one of LinkLevels
	Primary bool   `yaml:"primary"` // the one to begin with; it is the first
}

// The words that describe a link.
var (
	LinkKinds  = []string{"docs", "tutorial", "course", "practice", "book", "video", "article"}
	LinkCosts  = []string{"free", "paid"}
	LinkLevels = []string{"beginner", "intermediate", "advanced"}
)

// Item is one quiz question.
type Item struct {
	ID       string // as stable as a topic's
	Topic    *Topic
	Kind     string // one of ItemKinds
	Question string // inline Markdown
	Options  []Option
	Why      string // inline Markdown
}

// ItemKinds says what an item asks for: to remember, to use in a situation, or to
// explain.
var ItemKinds = []string{"recall", "apply", "why"}

// Option is one answer offered to an [Item]. Exactly one of an item is right.
type Option struct {
	Text  string // inline Markdown
	Right bool
}

// Section is the text below one heading.
type Section []Block

// Block is [Text], [Code] or [List].
type Block interface{ block() }

// Text is one paragraph of inline Markdown.
type Text string

// Code is a listing with its language and the words that follow it on the fence:
// parse, fails, postgres or mysql (see CONTRIBUTING.md).
type Code struct {
	Language string
	Marks    []string
	Text     string
	Line     int // in the file, of the first line of Text
}

// List is a flat list; items are inline Markdown.
type List struct {
	Ordered bool
	Start   int // number of the first item of an ordered list
	Items   []string
}

func (Text) block() {}
func (Code) block() {}
func (List) block() {}

// Right is the index of the right option.
func (i *Item) Right() int {
	return slices.IndexFunc(i.Options, func(o Option) bool { return o.Right })
}

// Topic finds a topic by its id or a retired id.
func (r *Roadmap) Topic(id string) (*Topic, bool) {
	if now, ok := r.aliases[id]; ok {
		id = now
	}
	t, ok := r.topics[id]
	return t, ok
}

// Aliases yields the retired ids of topics and items, each with that of today.
func (r *Roadmap) Aliases() iter.Seq2[string, string] { return maps.All(r.aliases) }

// Item finds a quiz item by its id or a retired id.
func (r *Roadmap) Item(id string) (*Item, bool) {
	if now, ok := r.aliases[id]; ok {
		id = now
	}
	i, ok := r.items[id]
	return i, ok
}

// Topics yields every topic in the order of the roadmap.
func (r *Roadmap) Topics() func(yield func(*Topic) bool) {
	return func(yield func(*Topic) bool) {
		for _, s := range r.Stages {
			for _, t := range s.Topics {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// Alternatives lists the topics of a choice in the order of the roadmap.
func (r *Roadmap) Alternatives(choice string) []*Topic { return r.choices[choice] }
