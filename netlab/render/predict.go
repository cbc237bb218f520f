package render

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/result"
)

// What a student sees who guesses before the answer appears.

// Choices draws the possible answers, each after its key: "1 yes  2 refused  3 timeout".
func Choices(w io.Writer, choices []result.Choice, o Options) error {
	p := newPage(o)
	var items []string
	for i, c := range choices {
		items = append(items, strconv.Itoa(i+1)+" "+flat(c.Text))
	}
	for _, l := range fill(items, "  ", "", p.width-bodyIndent) {
		p.line(strings.Repeat(" ", bodyIndent) + l)
	}
	return p.to(w)
}

// GuessQuestion draws the question of one mode of a comparison, and how many there are.
func GuessQuestion(w io.Writer, number, of int, sc *result.Scenario, st *result.Step, o Options) error {
	p := newPage(o)
	p.para(fmt.Sprintf("%d of %d, %s: ", number, of, flat(sc.Name)), 2, question(st))
	return p.to(w)
}

// Meanings explains the choices that need it, and lists the keys.
func Meanings(w io.Writer, choices []result.Choice, o Options) error {
	p := newPage(o)
	indent := strings.Repeat(" ", bodyIndent)
	for _, c := range choices {
		if m := c.Reason.Phrase().Legend; m != "" {
			p.para(indent+flat(c.Text)+": ", bodyIndent+2, m)
		}
	}
	p.para(indent, bodyIndent, "Enter shows the answer without a guess. q stops guessing.")
	return p.to(w)
}

// Said draws the choice just made, after the prompt.
func Said(w io.Writer, text string) error {
	p := newPage(Options{})
	p.WriteString(flat(text) + "\n")
	return p.to(w)
}

// guess judges a prediction next to its answer: "Right: you said no answer.", or "" without a prediction.
func guess(st *result.Step) string {
	p := st.Predicted
	switch {
	case p == nil || p.Choice == "":
		return ""
	case p.Answer == "":
		return "Does not count: you said " + flat(p.Choice) + "."
	case p.Right:
		return "Right: you said " + flat(p.Choice) + "."
	}
	return "Wrong: you said " + flat(p.Choice) + "."
}

// paintGuess colors the first word of a judged prediction.
func (p *page) paintGuess(said string) string {
	said = strings.Replace(said, "Right:", p.paint("Right:", Good), 1)
	return strings.Replace(said, "Wrong:", p.paint("Wrong:", Odd), 1)
}

// foretold describes a prediction to a reader who was not there: "no answer, which was right".
func foretold(st *result.Step) string {
	p := st.Predicted
	switch {
	case p == nil || p.Choice == "":
		return ""
	case p.Answer == "":
		return flat(p.Choice) + ", which does not count."
	case p.Right:
		return flat(p.Choice) + ", which was right."
	}
	return flat(p.Choice) + ", which was wrong."
}

// Predictions draws how many predictions were right, and which questions were missed most. It draws nothing if there
// were no predictions.
func Predictions(w io.Writer, r *result.Record, o Options) error {
	p := newPage(o)
	if text := PredictionScore(r); text != "" {
		p.para("", 2, text)
	}
	return p.to(w)
}

// PredictionScore is "Predicted: 6 of 9 right. Missed most: names (2 of 3).", or "".
func PredictionScore(r *result.Record) string {
	s := r.Score()
	if s.Of == 0 {
		return ""
	}
	said := fmt.Sprintf("Predicted: %d of %d right.", s.Right, s.Of)
	var missed []string
	for _, g := range s.MostMissed() {
		missed = append(missed, fmt.Sprintf("%s (%d of %d)", orElse(flat(g.Group), "others"), g.Of-g.Right, g.Of))
	}
	if len(missed) == 0 {
		return said + " Nothing missed."
	}
	return said + " Missed most: " + strings.Join(missed, ", ") + "."
}

// GuessedRow draws one row of a comparison when all its answers are known, then the predictions, and the reason for
// each mode that was guessed wrong.
func GuessedRow(w io.Writer, r *result.Record, id string, o Options) error {
	p, t := newPage(o), Side(r)
	at := slices.IndexFunc(t.Rows, func(r Row) bool { return r.ID == id })
	if at < 0 {
		return fmt.Errorf("unknown row %q", id)
	}
	t.Rows, t.bare = t.Rows[at:at+1], true
	t.draw(p)
	t.guesses(p)
	return p.to(w)
}

// guesses says what was predicted for a table's row: "bridge: Right: you said unknown name."
func (t Table) guesses(p *page) {
	for i, c := range t.Rows[0].Cells {
		st := c.Step
		if st == nil || guess(st) == "" {
			continue
		}
		start := p.Len()
		p.para("  ", 4, t.Columns[i].Label+": "+guess(st))
		said := string(p.Bytes()[start:])
		p.Truncate(start)
		p.WriteString(p.paintGuess(said))
		if !st.Predicted.Right {
			p.body(t.Columns[i].Scenario, st, Options{Guessed: true}, 4)
		}
	}
}
