package bot

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Reply is one answer or nudge, the same for every platform. A renderer shows
// all of it; what a platform can't show as such (a bar, a button) it writes in
// words, and [Reply.String] is the form that needs no platform at all.
type Reply struct {
	Title   string
	Blocks  []Block
	Actions []Action

	// Public says the reply holds nothing personal, so that an adapter may show
	// it to others where the question was asked in the open. Everything else is
	// for the asker alone.
	Public bool

	// Keep says that after a press the card with the pressed button stays and
	// this reply goes below it. Otherwise it takes the card's place.
	Keep bool
}

// Block is one part of a reply: [Text], [Code], [List], [Fields] or [Progress].
// The set is closed; every adapter renders every one.
type Block interface{ block() }

// Text is one or more paragraphs in the bot's small Markdown: **bold**, *italic*,
// `code`, [label](https://…) and [words](time:UNIX) for an instant, which the
// platform may show in the reader's own form. Blank lines part paragraphs.
// [Text.Spans] takes it apart. Words from a person enter through [Escape] only.
type Text string

// Code is a listing, shown as it is.
type Code struct {
	Language string // as after a Markdown fence; may be empty
	Text     string // no trailing newline needed
}

// List is a bulleted or numbered list; each item is inline [Text].
type List struct {
	Ordered bool
	Start   int // number of the first item of an ordered list; 0 means 1
	Items   []string
}

// Mark is what stands before item i, counted from 0: "-" or its number.
func (l List) Mark(i int) string {
	if l.Ordered {
		return fmt.Sprintf("%d.", max(l.Start, 1)+i)
	}
	return "-"
}

// Fields are short name and value pairs; values are inline [Text], names plain.
type Fields []Field

// Field is one line of [Fields].
type Field struct{ Name, Value string }

// Progress is a bar that always comes with its numbers.
type Progress struct {
	Label       string // plain text
	Done, Total int    // 0 <= Done <= Total
}

func (Text) block()     {}
func (Code) block()     {}
func (List) block()     {}
func (Fields) block()   {}
func (Progress) block() {}

// Action is a button: pressing it is typing Line, or following URL. Exactly one
// of the two is set. A line carries its subject ("done vcs-git", never just
// "done"), so an old button still means what it said.
type Action struct {
	Label string // plain text that stands alone, never only an emoji
	Line  string
	URL   string

	// Ask, if set, is a short question the platform asks for text first; the
	// answer is appended to Line after a space.
	Ask string
}

// The limits every reply keeps: the intersection of what Discord and Slack take,
// so that a renderer never has to cut. Lengths are UTF-16 code units, the
// strictest way either platform may count.
const (
	MaxTitle   = 150  // Slack header block
	MaxLabel   = 75   // Slack button text
	MaxLine    = 100  // bytes; Discord custom_id
	MaxAsk     = 45   // Discord modal title
	MaxActions = 25   // Discord: five rows of five buttons
	MaxFields  = 10   // Slack section
	MaxField   = 1024 // Discord embed field value
	MaxText    = 3000 // Slack text object
	MaxReply   = 6000 // Discord: all text of an embed together
)

// Check reports everything in the reply that some platform could not take.
func (r Reply) Check() error {
	var faults []error
	bad := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	total := 0
	within := func(what, s string, limit int) {
		n := units(s)
		total += n
		if n > limit {
			bad("%s has %d characters; at most %d: %.40q…", what, n, limit, s)
		}
		if strings.TrimSpace(s) == "" {
			bad("%s is empty", what)
		}
	}
	if r.Title != "" {
		within("the title", r.Title, MaxTitle)
	} else if len(r.Blocks) == 0 {
		bad("the reply says nothing")
	}
	for _, block := range r.Blocks {
		switch b := block.(type) {
		case Text:
			within("a text", string(b), MaxText)
		case Code:
			within("a listing", b.Text, MaxText)
		case List:
			within("a list", strings.Join(b.Items, "\n"), MaxText)
			total += 4 * len(b.Items) // bullets and numbers
		case Fields:
			if len(b) > MaxFields {
				bad("%d fields; at most %d", len(b), MaxFields)
			}
			for _, f := range b {
				within("a field's name", f.Name, MaxLabel)
				within("a field's value", f.Value, MaxField)
			}
		case Progress:
			within("a bar's label", b.Label, MaxLabel)
			total += 40 // the bar and its numbers
			if b.Done < 0 || b.Done > b.Total {
				bad("a bar of %d of %d", b.Done, b.Total)
			}
		}
	}
	if total > MaxReply {
		bad("the reply has %d characters; at most %d", total, MaxReply)
	}
	if len(r.Actions) > MaxActions {
		bad("%d buttons; at most %d", len(r.Actions), MaxActions)
	}
	for _, a := range r.Actions {
		within("a button's label", a.Label, MaxLabel)
		switch {
		case (a.Line == "") == (a.URL == ""):
			bad("button %q needs either a line or an address", a.Label)
		case len(a.Line) > MaxLine:
			bad("button %q has a line of %d bytes; at most %d", a.Label, len(a.Line), MaxLine)
		case a.Ask != "" && len(a.Line)+len(a.Ask) > MaxLine-2: // both travel in one custom_id on Discord
			bad("button %q has a line and a question of %d bytes; at most %d", a.Label, len(a.Line)+len(a.Ask), MaxLine-2)
		case units(a.Ask) > MaxAsk:
			bad("button %q asks with %d characters; at most %d", a.Label, units(a.Ask), MaxAsk)
		}
	}
	return errors.Join(faults...)
}

// units is the length in UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

// String is the whole reply as plain text: the terminal's, a notification's, a
// screen reader's. Buttons are numbered lines at the end.
func (r Reply) String() string {
	var parts []string
	if r.Title != "" {
		parts = append(parts, r.Title)
	}
	for _, block := range r.Blocks {
		parts = append(parts, plain(block))
	}
	var actions []string
	for i, a := range r.Actions {
		line := "[" + strconv.Itoa(i+1) + "] " + a.Label
		if a.URL != "" {
			line += ": " + a.URL
		}
		actions = append(actions, line)
	}
	if len(actions) > 0 {
		parts = append(parts, strings.Join(actions, "\n"))
	}
	return strings.Join(parts, "\n\n")
}

func plain(block Block) string {
	var lines []string
	switch b := block.(type) {
	case Text:
		return b.String()
	case Code:
		for line := range strings.SplitSeq(b.Text, "\n") {
			lines = append(lines, strings.TrimRight("    "+line, " "))
		}
	case List:
		for i, item := range b.Items {
			lines = append(lines, b.Mark(i)+" "+Text(item).String())
		}
	case Fields:
		for _, f := range b {
			lines = append(lines, f.Name+": "+Text(f.Value).String())
		}
	case Progress:
		return b.String()
	}
	return strings.Join(lines, "\n")
}

// String is the bar in words: "Databases: 3 of 9 (33 %)".
func (p Progress) String() string {
	percent := 0
	if p.Total > 0 {
		percent = 100 * p.Done / p.Total
	}
	return fmt.Sprintf("%s: %d of %d (%d %%)", p.Label, p.Done, p.Total, percent)
}
