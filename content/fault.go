package content

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with a roadmap, where an author can find it.
type Fault struct {
	File string // slash-separated, relative to the roadmap's folder
	Line int    // 1 for the first
	Text string // what is wrong and what to do
}

func (f Fault) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text) }

// Faults is every fault of a roadmap, as one error, in the order of the files.
type Faults []Fault //nolint:errname // a list that is an error where a single one is wanted

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// add notes a fault.
func (f *Faults) add(file string, line int, format string, args ...any) {
	*f = append(*f, Fault{File: file, Line: max(line, 1), Text: fmt.Sprintf(format, args...)})
}

// err is nil if there are no faults.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line)
	})
	return f
}
