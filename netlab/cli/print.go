package cli

// What commands print: the result on stdout, and messages on stderr.

import (
	"errors"
	"fmt"
	"io"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/render"
)

// A printer prints results and messages. The commands in them are for the same engine.
type printer struct {
	endpoint
	streams Streams
	noPager bool
}

// warn prints a warning of the engine's, in place of the status line that a terminal may show.
func (p *printer) warn(text string) {
	if terminalOf(p.streams.Err) != nil {
		fmt.Fprint(p.streams.Err, "\r\x1b[K")
	}
	p.say("%s", render.Plain(text))
}

// say prints a message on stderr.
func (p *printer) say(format string, args ...any) {
	p.print(p.program(), fmt.Sprintf(format, args...))
}

// print prints a message on stderr, with the commands in it as the program is called. A terminal wraps it.
func (p *printer) print(program render.Program, text string) {
	text = program.In(text)
	if terminalOf(p.streams.Err) != nil {
		text = render.Fold(text, p.streams.widthOf(p.streams.Err))
	}
	fmt.Fprintln(p.streams.Err, text)
}

// tellWait says what a finished command is still waiting for. From here on, Ctrl-C ends the process.
func (p *printer) tellWait(w engine.Wait) {
	if p.streams.LetGo != nil {
		p.streams.LetGo()
	}
	p.warn(fmt.Sprintf("netlab: still waiting for the engine at %s to %s, after %s. Ctrl-C gives up, and netlab clean "+
		"then removes what is left.", w.Host, w.To, w.For.Round(time.Second)))
}

// write calls f to write the command's output, and returns its error as an outputError.
func write(w io.Writer, f func(io.Writer) error) error {
	err := f(w)
	var unknown render.UnknownCheckError
	switch {
	case errors.As(err, &unknown): // of --why
		return usageError{unknown}
	case err != nil:
		return outputError{fmt.Errorf("writing the result: %w", err)}
	}
	return nil
}

// verbatim returns a function that writes the text as it is.
func verbatim(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}
