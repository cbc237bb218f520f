package cli

import (
	"context"
	"io"
	"strings"

	"netlab/netlab/pasted"
	"netlab/netlab/result"
	"netlab/netlab/why"
)

// maxPasted is how much of stdin is read.
const maxPasted = 1 << 20

// twoEnds are what netlab why asks about.
type twoEnds struct {
	from, to string
	line     *pasted.Line // in place of to, or of both if it is the engine's
}

// take takes the two ends from the arguments: FROM and TO, or an error line and --from.
func (e *twoEnds) take(o whyOptions, stdin io.Reader) error {
	args := o.args
	switch {
	case o.last && len(args) > 0:
		return usagef("--last is about an error that docker printed. Leave out FROM, TO and LINE")
	case o.last:
		return nil
	case o.live:
		return e.takeLive(args)
	case len(args) == 2 && o.from != "":
		return usagef("--from is for an error line. Give FROM and TO, or the line and --from")
	case len(args) == 2:
		e.from, e.to = args[0], args[1]
		_, err := why.ParseTarget(e.to)
		return err
	case len(args) == 0:
		return usagef("which two ends? For example: netlab why web db:5432. Or paste an error line")
	}
	text := args[0]
	if text == "-" {
		read, err := io.ReadAll(io.LimitReader(stdin, maxPasted))
		if err != nil {
			return usagef("reading the line from stdin: %w", err)
		}
		text = string(read)
	}
	line, understood := pasted.Parse(text)
	switch {
	case !understood && o.from == "" && !strings.ContainsAny(text, " \t\n"):
		return usagef("where to? For example: netlab why web db:5432")
	case !understood: // it is not repeated, as it may have a password
		return usagef("netlab does not understand this line. Name both ends instead: netlab why FROM TO:PORT")
	case line.Engine != nil && o.watch > 0:
		return usagef("--watch is for two ends, and this line is the engine's")
	case line.Engine != nil && o.from != "":
		return usagef("--from is for the line of a program, and netlab reads this one as the engine's. Leave out --from")
	case line.Engine != nil:
		e.line = &line
		return nil
	case o.from == "":
		return usagef("which container printed this line (%s)? Add --from CONTAINER", line.String())
	case line.Host == "":
		return usagef("the line says %s, but not where it tried to connect. Write netlab why %s TO:PORT", line.String(),
			o.from)
	}
	e.from, e.to, e.line = o.from, line.Target(), &line
	return nil
}

// sizeMistake says why netlab cannot ask with packets of a chosen size, or is nil.
func (e twoEnds) sizeMistake() error {
	target, err := why.ParseTarget(e.to)
	if e.line != nil {
		target.Network, err = e.line.Network, nil
	}
	switch {
	case e.line != nil && e.line.Engine != nil:
		return usagef("--size is for two ends, and this line is the engine's")
	case target.Network == "udp":
		return usagef("--size is for TCP, as netlab sends only empty datagrams. Leave out /udp, or --size")
	}
	return err
}

// diagnose finds the answer to the pair or to the line.
func (e twoEnds) diagnose(ctx context.Context, reader *why.Reader) (*result.Why, error) {
	switch {
	case e.line != nil && e.line.Engine != nil:
		facts, err := reader.ReadEngine(ctx, *e.line.Engine)
		if err != nil {
			return nil, err
		}
		return why.DiagnoseEngine(facts), nil
	case e.line != nil:
		return diagnosed(reader.ReadLine(ctx, e.from, *e.line))
	}
	return diagnosed(reader.Read(ctx, e.from, e.to))
}

func diagnosed(facts *why.Facts, err error) (*result.Why, error) {
	if err != nil {
		return nil, err
	}
	return why.Diagnose(facts), nil
}
