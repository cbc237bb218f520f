package cli

import (
	"io"
	"strconv"
)

// Streams are where a command reads and writes: the result on Out, progress and messages on Err.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
	Env func(string) string // os.Getenv, except in tests

	LetGo func() // makes the next signal end the process; nil if there is none to end
}

// width is how many columns the result may use.
func (s Streams) width() int { return s.widthOf(s.Out) }

// widthOf is how many columns may be used on a stream: the terminal's, COLUMNS, or 80. Lines wider than 120 are hard to
// read.
func (s Streams) widthOf(stream any) int {
	columns, _ := strconv.Atoi(s.Env("COLUMNS"))
	if tty := terminalOf(stream); tty != nil {
		columns, _ = tty.Size()
	}
	switch {
	case columns < 1:
		return 80
	case columns < 40:
		return 40
	case columns > 120:
		return 120
	}
	return columns
}

// color reports whether the result may use color: on a terminal, unless NO_COLOR or TERM=dumb forbids it.
func (s Streams) color() bool {
	return terminalOf(s.Out) != nil && s.Env("NO_COLOR") == "" && s.Env("TERM") != "dumb"
}

// ascii reports whether the locale says that the terminal shows only ASCII (locale(7)). Most containers set no locale,
// and terminals still show UTF-8 there.
func (s Streams) ascii() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := s.Env(name); locale != "" {
			return locale == "C" || locale == "POSIX"
		}
	}
	return false
}

// interactive reports whether a person can read the result and answer with keys.
func (s Streams) interactive() bool { return terminalOf(s.In) != nil && terminalOf(s.Out) != nil }

// size returns the width and height of the screen in characters; 0 if Out is not a terminal.
func (s Streams) size() (width, height int) {
	if tty := terminalOf(s.Out); tty != nil {
		return tty.Size()
	}
	return 0, 0
}
