package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// A console is where a command meets a person: the result on stdout, progress as a status line on stderr, and keys.
type console struct {
	streams Streams
	keys    *keyboard
	verbose bool // print progress even if stderr is no terminal

	status bool // the terminal shows a status line
	lines  int  // of the result, since the last wait for a key
}

func (s *shared) console() *console {
	return &console{
		streams: s.streams, keys: &keyboard{in: s.streams.In, interrupt: s.interrupt}, verbose: s.verbose,
	}
}

// Phase shows what netlab is doing. On a terminal it is one line, which the next phase replaces.
func (c *console) Phase(text string) {
	if terminalOf(c.streams.Err) != nil {
		fmt.Fprintf(c.streams.Err, "\r\x1b[K%s ...", text)
		c.status = true
	} else if c.verbose {
		fmt.Fprintf(c.streams.Err, "%s\n", text)
	}
}

// clear erases the status line, so that the next output starts on an empty line.
func (c *console) clear() {
	if c.status {
		fmt.Fprint(c.streams.Err, "\r\x1b[K")
		c.status = false
	}
}

// tells reports whether to print progress on stderr: on a terminal, or with -v.
func (c *console) tells() bool { return terminalOf(c.streams.Err) != nil || c.verbose }

// draw writes a piece of the result.
func (c *console) draw(f func(io.Writer) error) error {
	c.clear()
	return write(c.streams.Out, func(w io.Writer) error {
		counter := &lineCounter{w: w}
		defer func() { c.lines += counter.lines }()
		return f(counter)
	})
}

// A lineCounter counts the lines written through it.
type lineCounter struct {
	w     io.Writer
	lines int
}

func (l *lineCounter) Write(p []byte) (int, error) {
	l.lines += bytes.Count(p, []byte("\n"))
	return l.w.Write(p)
}

// keyBehind shows a hint, waits for a key after it, and erases the hint.
func (c *console) keyBehind(ctx context.Context, hint string) (key, error) {
	if terminalOf(c.streams.Err) != nil {
		fmt.Fprint(c.streams.Err, hint)
		defer fmt.Fprintf(c.streams.Err, "\x1b[%dD\x1b[K", len(hint))
	}
	return c.keys.key(ctx)
}

// agreed asks a yes/no question. Without a terminal the answer is no.
func (c *console) agreed(ctx context.Context, question string) (bool, error) {
	if terminalOf(c.streams.In) == nil || terminalOf(c.streams.Err) == nil {
		return false, nil
	}
	c.clear()
	fmt.Fprintf(c.streams.Err, "%s [y/n] ", question)
	for {
		k, err := c.keys.key(ctx)
		switch {
		case err != nil:
			return false, err
		case k == 'y' || k == 'Y':
			fmt.Fprintln(c.streams.Err, "yes")
			return true, nil
		case k == 'n' || k == 'N' || k == keyEnter || k == keyEscape || k == keyEnd || k == 'q':
			fmt.Fprintln(c.streams.Err, "no")
			return false, nil
		}
	}
}
