package bot

// Command is one row of the table of commands: what a person may type, what a
// platform with typed slash commands offers, and what help prints.
type Command struct {
	Name    string // one lower-case word
	Summary string // one plain sentence, at most 100 characters
	Args    []Arg  // in the order of the line; required ones first
}

// Arg is one argument of a command.
type Arg struct {
	Name     string // one lower-case word
	Summary  string // at most 100 characters
	Kind     ArgKind
	Required bool
	Choices  []string // if set, the values offered; other text may still be understood
}

// ArgKind says what an argument holds, and so how a platform can help to type it.
type ArgKind int

// The kinds of arguments. A text argument takes the rest of the line.
const (
	ArgText ArgKind = iota
	ArgTopic
	ArgStage // 1 to the number of stages
	ArgZone
)

// Choice is one suggestion while an argument is being typed.
type Choice struct {
	Label string // what the person sees
	Value string // what goes into the line
}
