package cli

import (
	"context"
	"fmt"
	"io"

	"netlab/netlab/quiz"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A narrator draws a run on a console while it runs.
type narrator struct {
	*console
	options render.Options
	clock   *clock                      // of the command, stopped while waiting for a person; nil if none runs
	live    bool                        // draw each answer when it arrives; else draw the record at the end
	step    bool                        // wait for Enter before each answer
	predict bool                        // ask for a prediction before each answer
	stay    bool                        // wait for Enter before removing the lab
	keep    bool                        // do not remove the lab
	pressed func(context.Context) error // replaces waiting for Enter before each answer; nil for Enter

	narration
}

// A narration is how far a narrator has come.
type narration struct {
	record   *result.Record
	number   int                   // of the question, in this lab or comparison
	total    int                   // how many questions the comparison has
	asked    *result.Step          // shown without its answer
	question func(io.Writer) error // draws asked
	guessing *result.Step          // shown with its choices, and the answer below them
	choice   string                // the prediction for guessing; "" for none
	enough   bool                  // a person ended the guessing
	unread   bool                  // a key asked for the rest without pages
}

// waiting stops the command's clock until resume is called.
func (n *narrator) waiting() (resume func()) {
	if n.clock == nil {
		return func() {}
	}
	return n.clock.hold()
}

// predicts reports whether a person still predicts the answers.
func (n *narrator) predicts() bool { return n.predict && !n.enough }

func (n *narrator) draw(f func(io.Writer) error) error {
	if !n.live {
		return nil
	}
	return n.console.draw(f)
}

// blockLines is how many lines a question with its answer and reason, or the end of a lesson, usually takes.
const blockLines = 5

// turnPage waits for a key if the next lines would scroll unread text off the screen. It does not if netlab already
// waits for a person before each answer.
func (n *narrator) turnPage(ctx context.Context) error {
	_, height := n.streams.size()
	if !n.streams.interactive() || !n.live || n.unread || n.step || n.predicts() || height == 0 ||
		n.lines+blockLines < height {
		return nil
	}
	n.clear()
	resume := n.waiting()
	defer resume()
	for {
		pressed, err := n.keyBehind(ctx, "Press Enter to continue, or a for the rest ")
		switch {
		case err != nil:
			return err
		case pressed == 'a':
			n.unread = true
			return nil
		case goesOn(pressed) || pressed == keyEnd:
			n.lines = 0
			return nil
		}
	}
}

// Up draws the lab.
func (n *narrator) Up(r *result.Record, sc *result.Scenario) error {
	n.number, n.record, n.lines = 0, r, 0
	return n.draw(func(w io.Writer) error { return render.DemoHeader(w, r, sc, n.options) })
}

// Question shows the question, if the class is to guess before it sees the answer.
func (n *narrator) Question(ctx context.Context, sc *result.Scenario, st *result.Step) error {
	if !n.guessed(st) {
		if render.Shown(st, n.options) {
			return n.turnPage(ctx)
		}
		return nil
	}
	n.question = func(w io.Writer) error { return render.DemoQuestion(w, sc, n.number+1, st, n.options) }
	if err := n.draw(n.question); err != nil {
		return err
	}
	n.asked = st
	if n.predicts() {
		return n.foretell(ctx, st)
	}
	return n.wait(ctx)
}

// guessed reports whether the class guesses before it sees the step's answer.
func (n *narrator) guessed(st *result.Step) bool {
	return (n.step || n.predicts()) && n.live && st.Check != "" && render.Shown(st, n.options)
}

// stepHint says which key shows the answer.
const stepHint = "[Enter shows the answer]"

// wait waits for Enter, without a time limit.
func (n *narrator) wait(ctx context.Context) error {
	resume := n.waiting()
	defer resume()
	if n.pressed != nil {
		return n.pressed(ctx)
	}
	if terminalOf(n.keys.in) == nil || n.asked == nil {
		return n.keys.enter(ctx)
	}
	for {
		k, err := n.keyBehind(ctx, stepHint)
		if err != nil || goesOn(k) || k == keyEnd {
			return err
		}
	}
}

// Answer shows the answer. A question that is not shown by default is shown if its answer is not as expected.
func (n *narrator) Answer(sc *result.Scenario, st *result.Step) error {
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
		if err := render.DemoAnswer(w, sc, st, options); err != nil || !options.Guessed {
			return err
		}
		_, err := io.WriteString(w, "\n")
		return err
	})
}

// Done draws the end of the lab's output and lets a student try things while the lab is up.
func (n *narrator) Done(ctx context.Context, r *result.Record, sc *result.Scenario) error {
	n.asked = nil
	if err := n.turnPage(ctx); err != nil {
		return err
	}
	if err := n.draw(func(w io.Writer) error { return render.DemoFooter(w, sc, n.options) }); err != nil {
		return err
	}
	if !n.stay && !n.keep {
		return nil
	}
	n.clear()
	fmt.Fprintf(n.streams.Err, "The lab is up:  %s\n", render.Plain(enter(sc)))
	if n.keep {
		return nil // the last line of the result says how to remove it
	}
	fmt.Fprintln(n.streams.Err, "Enter removes it ...")
	return n.wait(ctx)
}

// enter returns a command that opens a shell in the lab's first container, or lists its images if it has no container.
func enter(sc *result.Scenario) string {
	if door := sc.Door(); door != nil && door.Container != "" {
		return "docker exec -it " + door.Container + " sh"
	}
	return "docker image ls 'netlab-" + sc.Session + "-*'"
}
