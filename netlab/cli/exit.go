package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"

	"netlab/netlab/engine"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
	"netlab/netlab/survey"
)

// The exit codes, which the README documents.
const (
	exitOK         = 0
	exitSurprise   = 1 // at least one surprise or check with no result, or a bug in netlab
	exitUsage      = 2 // wrong arguments or an invalid file
	exitEngine     = 3 // the engine is not usable
	exitNothingRan = 4 // everything was skipped
	exitUnknown    = 5 // netlab why or scan cannot tell, or the answer is ambiguous
	exitSignal     = 128
)

// Interrupted is the cause of a context that was canceled by a signal.
type Interrupted struct{ Signal os.Signal }

func (i Interrupted) Error() string { return "interrupted: " + i.Signal.String() }

// usageError is an error in the arguments.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// outputError is an error from writing the result.
type outputError struct{ error }

func (o outputError) Unwrap() error { return o.error }

// verdict is the exit code of a complete record.
type verdict int

func (v verdict) Error() string { return fmt.Sprintf("exit code %d", int(v)) }

// judged turns a record into its exit code.
func judged(r *result.Record) error {
	asked := 0
	for _, sc := range r.Scenarios {
		if sc.Skipped == "" {
			asked++
		}
	}
	switch {
	case r.Summary.Surprise > 0 || r.Summary.Broken > 0 || len(r.Leftovers) > 0:
		return verdict(exitSurprise)
	case asked == 0:
		return verdict(exitNothingRan)
	}
	return nil
}

// exitCode prints what went wrong and what became of the labs, and returns the exit code.
func (p *printer) exitCode(ctx context.Context, err error) int {
	var (
		interrupted Interrupted
		left        unfinished
	)
	errors.As(err, &left)
	if errors.As(context.Cause(ctx), &interrupted) {
		// Errors caused by the interruption are not news. What became of the labs is.
		p.say("%s", strings.TrimSpace(interrupted.sentence()+" "+left.words))
		if signal, ok := interrupted.Signal.(syscall.Signal); ok {
			return exitSignal + int(signal)
		}
		return exitSignal
	}
	code := p.tell(ctx, err)
	if left.words != "" {
		p.say("%s", left.words)
	}
	return code
}

// sentence is what a person is told who did this, or did not.
func (i Interrupted) sentence() string {
	switch i.Signal {
	case syscall.SIGTERM:
		return "Interrupted by SIGTERM."
	case syscall.SIGHUP:
		return "Interrupted by SIGHUP."
	}
	return "Interrupted."
}

// tell prints what went wrong and returns the exit code.
func (p *printer) tell(ctx context.Context, err error) int {
	var (
		code      verdict
		unusable  *engine.Unusable
		mistakes  scenario.Errors
		usage     usageError
		mistake   *engine.Mistake
		unnamed   *survey.Mistake
		slow      tooSlow
		output    outputError
		bug       *safely.Panic
		unremoved *run.Unremoved
	)
	exit := exitEngine
	switch {
	case errors.As(err, &bug), errors.As(context.Cause(ctx), &bug):
		err, exit = bug, exitSurprise
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &mistakes):
		p.say("%s", mistakes.Error())
		return exitUsage
	case errors.As(err, &usage):
		p.print(render.Program{Name: p.program().Name}, "netlab: "+oneLine(usage)) // about the command itself, on any engine
		return exitUsage
	case errors.As(err, &mistake):
		err, exit = mistake, exitUsage
	case errors.As(err, &unnamed):
		err, exit = unnamed, exitUsage
	case errors.As(err, &output):
		if errors.Is(output, syscall.EPIPE) { // `netlab demo bridge | head`: the reader stopped, which is not news
			return exitSignal + int(syscall.SIGPIPE)
		}
		err, exit = output, exitUsage
	case errors.As(err, &slow):
		err = slow
	case errors.As(err, &unusable):
		p.say("%s", "netlab: "+render.Plain(unusable.Error()))
		p.say("%s", unusable.Hint)
		return exitEngine
	case errors.As(err, &unremoved):
		err, exit = unremoved, exitSurprise
	case errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("the engine did not respond in time: %w", err)
	}
	p.say("%s", "netlab: "+oneLine(err))
	return exit
}

// oneLine joins the lines of joined errors into one line, without repetitions.
func oneLine(err error) string {
	var lines []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if line = render.Plain(strings.TrimSpace(line)); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}
