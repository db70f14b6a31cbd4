package content

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFile bounds what is read of one file: far above any honest topic.
const maxFile = 64 << 10

// read returns a file's text, which holds something, or notes one fault and returns
// nothing.
func (l *loader) read(name string) ([]byte, error) {
	info, err := fs.Stat(l.dir, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.faults.add(name, 1, "the file is missing")
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the roadmap: %w", err)
	case !info.Mode().IsRegular():
		l.faults.add(name, 1, "not a regular file")
		return nil, nil
	case info.Size() > maxFile:
		l.faults.add(name, 1, "%d bytes; at most %d", info.Size(), maxFile)
		return nil, nil
	}
	source, err := fs.ReadFile(l.dir, name)
	if err != nil {
		return nil, fmt.Errorf("read the roadmap: %w", err)
	}
	source = bytes.TrimPrefix(source, []byte("\ufeff")) // some editors on Windows
	source = bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n"))
	if at, why := unfit(source); why != "" {
		l.faults.add(name, 1+bytes.Count(source[:at], []byte("\n")), "%s", why)
		return nil, nil
	}
	return source, nil
}

// unfit says where a file holds no text that every platform shows, and why. Marks
// that turn the direction of writing make text read otherwise than it is.
func unfit(source []byte) (at int, why string) {
	if len(bytes.TrimSpace(source)) == 0 {
		return 0, "the file is empty"
	}
	for i, r := range string(source) {
		if _, size := utf8.DecodeRune(source[i:]); r == utf8.RuneError && size == 1 {
			return i, "not UTF-8: save the file as UTF-8"
		}
		if strings.ContainsRune("\r\u0085\u2028\u2029", r) { // YAML and Markdown don't agree whether these end a line
			return i, "a line end of an unusual kind: save the file with ordinary ones"
		}
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return i, fmt.Sprintf("control character %U: delete it", r)
		}
	}
	return 0, ""
}
