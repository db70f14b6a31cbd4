package bot

import (
	"slices"
	"testing"
)

// FuzzWordsOnly holds the short way of [Text.Spans] to the parser's.
func FuzzWordsOnly(f *testing.F) {
	for _, s := range []string{
		"Noted. See you (soon)!", `C\+\+ \& co: 3 of 9`, "Two  spaces", "a\\", "a - b", `x\`, "1. one", "a\n-", "naïve “quotes” here", "a\t", "a: b/c?d=e%20", "~~~", "a`b`",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if wordsOnly(s) {
			if short, long := Text(s).Spans(), Text(s).parse(); !slices.Equal(short, long) {
				t.Errorf("%q: %+v, parsed %+v", s, short, long)
			}
		}
	})
}
