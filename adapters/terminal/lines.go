package terminal

import (
	"bufio"
	"errors"
	"io"

	"golang.org/x/term"
)

// maxLine is how much of a line is kept: more than the core reads, so that the
// core can say that it was too long.
const maxLine = 64 << 10

// plainLines reads from a pipe or a file.
type plainLines struct {
	r   *bufio.Reader
	out io.Writer
}

func (p *plainLines) line(prompt string) (string, error) {
	if prompt != "> " { // a question; the usual prompt is not shown
		_, _ = io.WriteString(p.out, prompt+"\n\n")
	}
	var line []byte
	for {
		part, err := p.r.ReadSlice('\n')
		if room := maxLine - len(line); room > 0 {
			line = append(line, part[:min(room, len(part))]...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) > 0:
			return string(line), nil // the last line has no end
		case err != nil:
			return "", err
		default:
			return string(line), nil
		}
	}
}

// screenLines reads from a person's terminal, with editing and history.
type screenLines struct{ screen *term.Terminal }

func (s screenLines) line(prompt string) (string, error) {
	s.screen.SetPrompt(prompt)
	defer s.screen.SetPrompt("> ")
	line, err := s.screen.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	return line, err
}
