package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"netlab/netlab/quiz"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A narrator draws a run as it goes on: phases as a status line on stderr, answers on stdout.
type narrator struct {
	streams Streams
	keys    *keyboard
	options render.Options
	live    bool // draw answers as they come; else the result is drawn from the record at the end
	step    bool // wait for Enter before each answer
	predict bool // ask for each answer before it is shown
	stay    bool // wait for Enter before the lab goes
	keep    bool // the lab is not taken down at all
	verbose bool
	hold    func() (resume func()) // stops the command's clock while a person is waited for

	pressed func(context.Context) error // instead of Enter before each answer; nil for Enter

	status   bool // a status line stands on the terminal
	record   *result.Record
	number   int          // of the question, in this lab
	asked    *result.Step // was shown without its answer
	guessing *result.Step // was shown with its choices, and the answer below them
	choice   string       // what was predicted of it; "" for nothing
}

// Phase shows what is being done: on a terminal in one line that the next one replaces.
func (n *narrator) Phase(text string) {
	if _, ok := terminal(n.streams.Err); ok {
		fmt.Fprintf(n.streams.Err, "\r\x1b[K%s ...", text)
		n.status = true
	} else if n.verbose {
		fmt.Fprintf(n.streams.Err, "%s\n", text)
	}
}

// clear takes the status line away, so that what follows begins on a clean one.
func (n *narrator) clear() {
	if n.status {
		fmt.Fprint(n.streams.Err, "\r\x1b[K")
		n.status = false
	}
}

func (n *narrator) draw(f func(io.Writer) error) error {
	if !n.live {
		return nil
	}
	n.clear()
	return write(n.streams.Out, f)
}

// Up draws the lab.
func (n *narrator) Up(r *result.Record, sc *result.Scenario) error {
	n.number, n.record = 0, r
	return n.draw(func(w io.Writer) error { return render.DemoHeader(w, r, sc, n.options) })
}

// Question shows what is asked, where a class is to guess first.
func (n *narrator) Question(ctx context.Context, sc *result.Scenario, _ int, st *result.Step) error {
	if !n.guessed(st) {
		return nil
	}
	question := func(w io.Writer) error { return render.DemoQuestion(w, sc, n.number+1, st, n.options) }
	if err := n.draw(question); err != nil {
		return err
	}
	n.asked = st
	if n.predict {
		return n.foretell(ctx, st)
	}
	return n.wait(ctx)
}

// guessed reports whether a class guesses before the step's answer is shown.
func (n *narrator) guessed(st *result.Step) bool {
	return (n.step || n.predict) && n.live && st.Check != "" && render.Shown(st, n.options)
}

// wait waits for Enter, for as long as it takes.
func (n *narrator) wait(ctx context.Context) error {
	resume := n.hold()
	defer resume()
	if n.pressed != nil {
		return n.pressed(ctx)
	}
	return n.keys.enter(ctx)
}

// agreed asks a person, for as long as it takes to answer. Where none is at the keyboard the answer is no.
func (n *narrator) agreed(ctx context.Context, question string) (bool, error) {
	_, reads := terminal(n.streams.In)
	_, sees := terminal(n.streams.Err)
	if !reads || !sees {
		return false, nil
	}
	n.clear()
	fmt.Fprintf(n.streams.Err, "%s [y/N] ", question)
	resume := n.hold()
	defer resume()
	answer, err := n.keys.line(ctx)
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer))), err
}

// tells reports whether stderr takes words about what is being done: a terminal does, a pipe with -v.
func (n *narrator) tells() bool {
	_, sees := terminal(n.streams.Err)
	return sees || n.verbose
}

// Answer shows what came. A question that is not shown by default is shown when its answer is not what was expected.
func (n *narrator) Answer(sc *result.Scenario, _ int, st *result.Step) error {
	options := n.options
	if options.Guessed = n.guessing == st; options.Guessed && n.choice != "" {
		st.Predicted = quiz.Judge(n.record, sc, st, n.choice)
		n.choice = ""
	}
	if render.Numbered(st, options) {
		n.number++
	}
	return n.draw(func(w io.Writer) error {
		if n.asked != st {
			if err := render.DemoQuestion(w, sc, n.number, st, n.options); err != nil {
				return err
			}
		}
		if err := render.DemoAnswer(w, sc, n.number, st, options); err != nil || !options.Guessed {
			return err
		}
		_, err := io.WriteString(w, "\n")
		return err
	})
}

// Done ends the lab's part of the screen, and lets a student try things while it is up.
func (n *narrator) Done(ctx context.Context, r *result.Record, sc *result.Scenario) error {
	if err := n.draw(func(w io.Writer) error { return render.DemoFooter(w, r, sc, n.options) }); err != nil {
		return err
	}
	if !n.stay && !n.keep {
		return nil
	}
	n.clear()
	fmt.Fprintf(n.streams.Err, "The lab is up:  %s\n", render.Plain(enter(sc)))
	if n.keep {
		return nil // the last line of the result says how it ends
	}
	fmt.Fprintln(n.streams.Err, "Enter takes it down ...")
	return n.wait(ctx)
}

// enter is a command that leads into a lab: to its first container, or to its images where it has no container.
func enter(sc *result.Scenario) string {
	if container := door(sc); container != "" {
		return "docker exec -it " + container + " sh"
	}
	return "docker image ls 'netlab-" + sc.Session + "-*'"
}

// door is the container in whose prompt a student begins: the first that the scenario names.
func door(sc *result.Scenario) string {
	for _, p := range sc.Peers {
		if p.Role == "" {
			return p.Container
		}
	}
	return ""
}
