package cli

// Predict and reveal: before each answer, a person presses the key of the answer they expect.

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"

	"netlab/netlab/quiz"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// checkPredict refuses --predict without a terminal to show questions on and read keys from.
func (s Streams) checkPredict(output string) error {
	switch {
	case output != formatTable:
		return usagef("--predict needs -o table. Use --save to keep the guesses")
	case !s.interactive():
		return usagef("--predict needs a terminal on stdin and stdout")
	}
	return nil
}

// predictHelp is the flag's help, the same for all commands that have it.
const predictHelp = "guess each answer with a key before it is shown, and get a score at the end"

// foretell asks for a prediction before the step's answer is shown. The question is already on the screen, without a
// line ending.
func (n *narrator) foretell(ctx context.Context, st *result.Step) error {
	if err := n.say(""); err != nil {
		return err
	}
	n.guessing = st
	choice, on, err := n.choose(ctx, st, nil)
	n.choice, n.enough = choice, !on
	return err
}

// choose waits for the key of an answer and returns the answer, or "" for no guess. If a person ends the guessing, it
// no longer asks. It does not repeat choices that are on the screen already. The error is ctx's.
func (n *narrator) choose(
	ctx context.Context, st *result.Step, there []result.Choice,
) (choice string, on bool, err error) {
	choices := quiz.Choices(st)
	if len(choices) == 0 {
		pressed, err := n.ask(ctx, "     No choices here. Any key continues (q stops guessing): ")
		return "", !ends(pressed), errors.Join(err, n.say(""))
	}
	if !slices.Equal(choices, there) {
		if err := n.draw(func(w io.Writer) error { return render.Choices(w, choices, n.options) }); err != nil {
			return "", false, err
		}
	}
	for {
		pressed, err := n.ask(ctx, "     Your key (? explains, q stops guessing): ")
		i, _ := strconv.Atoi(pressed.String())
		switch {
		case err != nil:
			return "", false, err
		case 1 <= i && i <= len(choices):
			return choices[i-1].Text, true, n.say(choices[i-1].Text)
		case pressed == keyEnter:
			return "", true, n.say("no guess")
		case ends(pressed):
			return "", false, n.say("no more guessing")
		case pressed == '?':
			err = n.draw(func(w io.Writer) error { return render.Meanings(w, choices, n.options) })
		default:
			err = n.say(pressed.String() + ": not a choice")
		}
		if err != nil {
			return "", false, err
		}
	}
}

// ends reports whether the key ends the guessing.
func ends(k key) bool { return slices.Contains([]key{'q', 'Q', keyEscape, keyEnd}, k) }

// ask waits for a key after a prompt, without a time limit.
func (n *narrator) ask(ctx context.Context, prompt string) (key, error) {
	if err := n.draw(func(w io.Writer) error {
		_, err := io.WriteString(w, prompt)
		return err
	}); err != nil {
		return 0, err
	}
	resume := n.waiting()
	defer resume()
	pressed, err := n.keys.key(ctx)
	if err != nil || pressed == '?' {
		err = errors.Join(err, n.say("")) // the next message starts on a new line
	}
	return pressed, err
}

// say ends the prompt's line.
func (n *narrator) say(text string) error {
	return n.draw(func(w io.Writer) error { return render.Said(w, text) })
}

// foretellTable asks for predictions of a comparison, row by row, and shows each row after a prediction for every mode.
func (n *narrator) foretellTable(ctx context.Context, r *result.Record) error {
	side := render.Side(r)
	n.number, n.total = 0, 0
	for _, row := range side.Rows {
		for _, c := range row.Cells {
			if c.Step != nil && c.Step.Check != "" {
				n.total++
			}
		}
	}
	for _, row := range side.Rows {
		if !slices.ContainsFunc(row.Cells, func(c render.Cell) bool { return c.Step != nil && c.Step.Check != "" }) {
			continue // a measurement is not a question
		}
		if err := n.foretellRow(ctx, r, side.Columns, row); err != nil || n.enough {
			return err
		}
	}
	return nil
}

func (n *narrator) foretellRow(
	ctx context.Context, r *result.Record, modes []render.Column, row render.Row,
) error {
	var there []result.Choice
	if err := n.say(""); err != nil {
		return err
	}
	for i, cell := range row.Cells {
		if cell.Step == nil {
			continue
		}
		sc := modes[i].Scenario
		n.number++
		question := func(w io.Writer) error {
			return render.GuessQuestion(w, n.number, n.total, sc, cell.Step, n.options)
		}
		if err := n.draw(question); err != nil {
			return err
		}
		choice, on, err := n.choose(ctx, cell.Step, there)
		if err != nil {
			return err
		}
		if n.enough = !on; n.enough {
			return nil
		}
		cell.Step.Predicted, there = quiz.Judge(r, sc, cell.Step, choice), quiz.Choices(cell.Step)
	}
	return n.draw(func(w io.Writer) error { return render.GuessedRow(w, r, row.ID, n.options) })
}
