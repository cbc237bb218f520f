package render

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"netlab/netlab/result"
)

const (
	numberWidth   = 3  // "12 "
	questionWidth = 44 // the longest question that a scenario may have
	answerWidth   = 26 // the least that makes an answer worth reading
	answerGap     = 2
	bodyIndent    = 5
)

// questionRoom returns the width of the question column.
func questionRoom(width int) int {
	return min(questionWidth, max(width-numberWidth-answerGap-answerWidth, 12))
}

// answerColumn returns the column where answers begin.
func answerColumn(width int) int { return numberWidth + questionRoom(width) + answerGap }

// thirdColumn is where the commands begin on a wide page.
func thirdColumn(width int) int { return answerColumn(width) + answerWidth + answerGap }

// Demo draws all scenarios of a run, each with its header, steps and footer, and then the result of the clean-up.
func Demo(w io.Writer, r *result.Record, o Options) error {
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return fmt.Errorf("writing the result: %w", err)
			}
		}
		if err := DemoHeader(w, r, sc, o); err != nil {
			return err
		}
		number := 0
		for j := range Steps(sc, o) {
			st := &sc.Steps[j]
			if Numbered(st, o) {
				number++
			}
			if err := DemoQuestion(w, sc, number, st, o); err != nil {
				return err
			}
			if err := DemoAnswer(w, sc, st, o); err != nil {
				return err
			}
		}
		if err := DemoFooter(w, sc, o); err != nil {
			return err
		}
	}
	if o.Part {
		return nil
	}
	return errors.Join(Predictions(w, r, o), CleanUp(w, r, o))
}

// Shown reports whether a step is drawn: all steps with Options.All, otherwise lessons, actions, surprises and steps
// with no result.
func Shown(st *result.Step, o Options) bool {
	return o.All || st.Lesson || st.Do != nil || st.Verdict == result.Surprise || st.Verdict == result.Broken
}

// Steps returns the steps to draw: without the actions after the last question, which change nothing that is shown. A
// live lesson leaves them out as well.
func Steps(sc *result.Scenario, o Options) []result.Step {
	n := len(sc.Steps)
	for n > 0 && !o.All {
		st := &sc.Steps[n-1]
		if Numbered(st, o) || st.Verdict == result.Broken || st.Verdict == result.Surprise {
			break
		}
		n--
	}
	return sc.Steps[:n]
}

// Numbered reports whether a step is drawn with a number. Actions are not numbered.
func Numbered(st *result.Step, o Options) bool { return Shown(st, o) && st.Do == nil }

// DemoHeader draws everything above the questions: the title, the engine, and the lab as it came up.
func DemoHeader(w io.Writer, r *result.Record, sc *result.Scenario, o Options) error {
	p := newPage(o)
	p.title(sc)
	if sc.Skipped != "" {
		p.para("Skipped: ", 2, sc.Skipped)
		return p.to(w)
	}
	p.sentences(engines(r, o), made(sc))
	p.WriteByte('\n')
	switch {
	case len(sc.Peers)+len(sc.Networks) > 0:
		p.drawing(r, sc)
		p.WriteByte('\n')
	case len(sc.Images) > 0:
		p.dockerfiles(sc)
		p.WriteByte('\n')
	}
	if who := sc.Door(); o.Commands && who != nil && who.Name != "" {
		p.para("", 2, fmt.Sprintf("Type the %s lines in: docker exec -it %s sh", prompt(who.Name), who.Container))
	}
	if o.Packets {
		p.para("", 2, packetLegend)
	}
	head := "   Question (and why)"
	if columns(head)+1 > answerColumn(p.width) {
		head = "   Question"
	}
	head = pad(head, answerColumn(p.width)) + "Measured here"
	if o.Commands && thirdColumn(p.width)+questionWidth/2 <= p.width {
		head = pad(head, thirdColumn(p.width)) + "Try it in the lab"
	}
	p.line(head)
	return p.to(w)
}

// title is the mode's name and title, with the command a student would type at the right edge if it fits.
func (p *page) title(sc *result.Scenario) {
	name := strings.ToUpper(flat(sc.Name))
	title, command := flat(sc.Title), flat(sc.Command)
	left := name
	if title != "" {
		left += ": " + title
	}
	if free := p.width - columns(left) - columns(command); command != "" && free >= 2 {
		p.line(left + strings.Repeat(" ", free) + command)
		return
	}
	p.para("", 2, left)
	if command != "" {
		p.para("  ", 4, command)
	}
}

// prompt is the prompt of a container's shell, which shows that the rest of the line is to be typed: "alice> ip addr".
func prompt(container string) string { return orElse(flat(container), "lab") + ">" }

// DemoQuestion draws a step's question without a newline, up to where the answer begins. [DemoAnswer] continues there
// and also draws actions. st is one of sc's steps. All of them must be there, even without answers.
func DemoQuestion(w io.Writer, sc *result.Scenario, number int, st *result.Step, o Options) error {
	if !Numbered(st, o) {
		return nil
	}
	p := newPage(o)
	if o.All {
		p.groupHeading(sc, st)
	}
	p.ask(fmt.Sprintf("%2d ", number), st)
	return p.to(w)
}

// ask writes a step's question without a newline, up to where the answer begins.
func (p *page) ask(first string, st *result.Step) {
	room := questionRoom(p.width)
	lines := wrap(question(st), room+numberWidth-columns(first), room)
	for i, l := range lines {
		if i > 0 {
			first = strings.Repeat(" ", numberWidth)
		}
		if i < len(lines)-1 {
			p.line(first + l)
			continue
		}
		p.WriteString(pad(first+l, answerColumn(p.width)))
	}
}

// question returns what a step asks, which is never empty.
func question(st *result.Step) string {
	for _, s := range []string{st.Ask, name(st.Check + st.Measure)} {
		if flat(s) != "" {
			return s
		}
	}
	return "(no question text)"
}

// name returns an ID as it is read aloud: "peer-by-name" is "peer by name".
func name(id string) string { return strings.ReplaceAll(flat(id), "-", " ") }

// groupHeading writes the heading of a step's group if the last step shown was in another group.
func (p *page) groupHeading(sc *result.Scenario, st *result.Step) {
	before := indexOf(sc, st)
	if before > 0 && sc.Steps[before-1].Do == nil && sc.Steps[before-1].Group == st.Group {
		return // a heading is repeated after an action
	}
	if before > 0 {
		p.WriteByte('\n')
	}
	p.line(heading(st.Group))
}

// DemoAnswer draws the rest of a step: the measured answer and, below it, the reason. Consecutive actions are drawn
// together, with the last of them.
func DemoAnswer(w io.Writer, sc *result.Scenario, st *result.Step, o Options) error {
	if !Shown(st, o) {
		return nil
	}
	p := newPage(o)
	if st.Do != nil {
		p.actions(actionsUpTo(sc, st), o)
		return p.to(w)
	}
	column := answerColumn(p.width)
	if o.Guessed {
		p.beside(guess(st), column)
	}
	text, width, rest := answerOf(sc, st).fit(p, p.width-column, mark(st))
	p.WriteString(text)

	// The command goes into a third column if there is one, otherwise on its own line.
	try := ""
	if o.Commands {
		try = flat(st.Try)
	}
	if try != "" {
		try = prompt(st.From) + " " + try
	}
	third := thirdColumn(p.width)
	beside := column+width < third && try != "" && third+columns(try) <= p.width
	if beside {
		p.WriteString(strings.Repeat(" ", third-column-width) + try)
	}
	p.WriteByte('\n')

	indent := strings.Repeat(" ", bodyIndent)
	switch {
	case len(rest) == 0 || rest[0] == took(st) || st.Verdict == result.Surprise: // the body of a surprise says it
	case st.Measure != "":
		p.para(indent, bodyIndent, "The "+rest[0]+".")
	default:
		p.para(indent, bodyIndent, "In full: "+answerOf(sc, st).String()+".")
	}
	p.body(sc, st, o, bodyIndent)
	if o.Packets {
		p.packets(sc, st, bodyIndent)
	}
	if try != "" && !beside {
		p.para(indent, bodyIndent+2, try)
	}
	return p.to(w)
}

// beside writes what goes left of an answer at the start of a line: nothing, or whether the guess was right.
func (p *page) beside(said string, column int) {
	indent := strings.Repeat(" ", bodyIndent)
	if said = indent + said; columns(said)+answerGap > column {
		p.para(indent, bodyIndent, said)
		said = ""
	}
	p.WriteString(p.paintGuess(pad(said, column)))
}

// took returns how long an answer took, as shown next to it.
func took(st *result.Step) string {
	if st.Observed == nil {
		return ""
	}
	return duration(st.Observed.TookUS)
}

// actionsUpTo returns the consecutive actions that end with st, or none if another action follows.
func actionsUpTo(sc *result.Scenario, st *result.Step) []*result.Step {
	i := indexOf(sc, st)
	if i < 0 {
		return []*result.Step{st}
	}
	if i+1 < len(sc.Steps) && sc.Steps[i+1].Do != nil {
		return nil
	}
	first := i
	for first > 0 && sc.Steps[first-1].Do != nil {
		first--
	}
	var actions []*result.Step
	for ; first <= i; first++ {
		actions = append(actions, &sc.Steps[first])
	}
	return actions
}

// indexOf returns the index of a step in its scenario, or -1.
func indexOf(sc *result.Scenario, st *result.Step) int {
	for i := range sc.Steps {
		if &sc.Steps[i] == st {
			return i
		}
	}
	return -1
}

// actions writes `do` steps: "-- bob is stopped, erin is started --" on one line, or on one line each if there is more
// to say about them.
func (p *page) actions(steps []*result.Step, o Options) {
	var words []string
	alone := false
	for _, st := range steps {
		words = append(words, action(st))
		alone = alone || o.Commands && st.Try != "" || st.Verdict != "" && st.Verdict != result.AsExpected
	}
	if !alone {
		if len(words) > 0 {
			p.para("", bodyIndent, "-- "+strings.Join(words, ", ")+" --")
		}
		return
	}
	indent := strings.Repeat(" ", bodyIndent)
	for _, st := range steps {
		line := "-- " + action(st) + " --"
		if try := flat(st.Try); o.Commands && try != "" {
			line += "  " + try
		}
		p.para("", bodyIndent, line)
		switch st.Verdict {
		case result.Skipped:
			p.para(indent, bodyIndent, "Not done: "+orElse(st.Why, unexplained))
		case result.Broken, result.Surprise:
			p.para(indent, bodyIndent, "Could not be done: "+orElse(st.Why, unexplained))
		}
	}
}
