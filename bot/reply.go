package bot

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
	Items   []string
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
