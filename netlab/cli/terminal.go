package cli

import (
	"os"
	"time"

	"golang.org/x/term"
)

// A terminal is what netlab needs of a person's terminal. Tests have terminals of their own.
type terminal interface {
	// Size returns the width and height in characters; 0 if the terminal does not know them.
	Size() (width, height int)
	// Raw makes reads return each key as it is pressed, unechoed, Ctrl-C included.
	Raw() (restore func(), err error)
	// Quiet turns off the echo of keys.
	Quiet() (restore func())
	// Readable reports whether there is input now, or some arrives within the wait.
	Readable(wait time.Duration) bool
	// Drain returns the pending input of a raw terminal, and never blocks.
	Drain() []byte
}

// terminalOf returns the terminal that a stream is, or nil.
func terminalOf(stream any) terminal {
	switch s := stream.(type) {
	case terminal:
		return s
	case *os.File:
		if term.IsTerminal(int(s.Fd())) {
			return device{s}
		}
	}
	return nil
}

// A device is a terminal of the operating system. What x/term does not have is in terminal_*.go.
type device struct{ *os.File }

func (d device) Size() (width, height int) {
	width, height, err := term.GetSize(int(d.Fd()))
	if err != nil {
		return 0, 0
	}
	return width, height
}

func (d device) Raw() (restore func(), err error) {
	before, err := term.MakeRaw(int(d.Fd()))
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(int(d.Fd()), before) }, nil
}
