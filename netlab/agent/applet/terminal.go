//go:build linux

package applet

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// A Terminal reads lines with editing, history and completion. Between two lines the terminal is in the mode that the
// engine set, so that Ctrl-C is a signal and ends the running command.
type Terminal struct {
	file   *os.File
	editor *term.Terminal
	words  []string // typed so far, for completion
}

// OpenTerminal returns a Terminal for in, or nil if in is not a terminal.
func OpenTerminal(in *os.File, out io.Writer, prompt string) *Terminal {
	if !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	t := newTerminal(in, out, prompt)
	t.file = in
	return t
}

// newTerminal returns a Terminal whose editor reads keys as a terminal in raw mode sends them.
func newTerminal(keys io.Reader, out io.Writer, prompt string) *Terminal {
	t := &Terminal{}
	t.editor = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{clearing{keys}, out}, clean(prompt))
	t.editor.AutoCompleteCallback = t.complete
	return t
}

// readLine reads a line. The error is io.EOF after Ctrl-D or when the terminal is gone.
func (t *Terminal) readLine() (string, error) {
	if width, height, err := term.GetSize(int(t.file.Fd())); err == nil && width > 0 {
		_ = t.editor.SetSize(width, height) // it never fails
	}
	state, err := term.MakeRaw(int(t.file.Fd()))
	if err != nil {
		return "", err
	}
	line, err := t.editor.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil // a pasted line is treated like any other
	}
	if restored := term.Restore(int(t.file.Fd()), state); err == nil {
		err = restored
	}
	t.remember(line)
	return line, err
}

func (t *Terminal) remember(line string) {
	if words := strings.Fields(line); len(words) > 1 {
		t.words = append(t.words, words[1:]...)
	}
}

// complete completes the word before the cursor on Tab, as far as it is unique: the first word as a command, any
// other as a word that was typed before or a name in /etc/hosts.
func (t *Terminal) complete(line string, at int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	begin := strings.LastIndexByte(line[:at], ' ') + 1
	var candidates []string
	if strings.TrimSpace(line[:begin]) == "" {
		for _, c := range commands() {
			candidates = append(candidates, c.name)
		}
	} else {
		candidates = append(knownNames(), t.words...)
	}
	whole := common(line[begin:at], candidates)
	return line[:begin] + whole + line[at:], begin + len(whole), true
}

// common returns the longest common beginning of the candidates that start with prefix. If there is only one, it adds
// a space.
func common(prefix string, candidates []string) string {
	shared, ones := "", map[string]bool{}
	for _, c := range candidates {
		if !strings.HasPrefix(c, prefix) || ones[c] {
			continue
		}
		if len(ones) == 0 {
			shared = c
		}
		ones[c] = true
		for !strings.HasPrefix(c, shared) {
			shared = shared[:len(shared)-1]
		}
	}
	switch len(ones) {
	case 0:
		return prefix
	case 1:
		return shared + " "
	}
	return shared
}

// knownNames returns the names in /etc/hosts.
func knownNames() []string {
	data, err := os.ReadFile("/etc/hosts")
	if err != nil {
		return nil
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0][0] != '#' {
			names = append(names, fields[1:]...)
		}
	}
	return names
}

// Keys of a terminal in raw mode.
const (
	ctrlC = 0x03
	ctrlE = 0x05 // to the end of the line
	ctrlU = 0x15 // deletes everything before the cursor
)

// A clearing reader makes Ctrl-C clear the line. The editor would treat it as the end, and later input would reach
// the shell outside.
type clearing struct{ io.Reader }

func (c clearing) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p[:max(1, len(p)/2)])
	kept := bytes.ReplaceAll(p[:n], []byte{ctrlC}, []byte{ctrlE, ctrlU})
	return copy(p, kept), err
}
