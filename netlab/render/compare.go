package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

const (
	longestCell  = 20 // the widest cell
	minRowLabel  = 10
	longestLabel = 8 // of a column label
)

// A Table is a comparison: a column per mode, and a row for each question that at least two modes that ran share.
type Table struct {
	Columns []Column
	Rows    []Row
	Single  int // questions that only one mode asks, which have no row

	Legend    []Meaning // of the short words
	Footnotes []Meaning // of the marks, and of words that need more than the legend
	Skipped   []string  // "overlay: this engine is in no swarm"

	bare      bool // without group headings
	footnotes []footnote
}

// A Column is a mode of a comparison.
type Column struct {
	Label    string // short and unique
	Scenario *result.Scenario
}

// A Row is one question of a comparison.
type Row struct {
	ID, Group, Label string
	Cells            []Cell // one per column

	group string // as in the record, where Group is its heading
}

// A Cell is the answer of one mode: the word, the mark after it, and the color.
type Cell struct {
	Text, Mark string // "yes", " !"
	Tone       Tone
	Step       *result.Step // nil if the mode does not ask the question

	reason probe.Reason // for which Text stands, or "" if it is a value
}

// Side lays out the scenarios of a record side by side.
func Side(r *result.Record) Table {
	const room = 24 // columns of one cell, so that a projector shows six modes
	return side(r, room)
}

// side is Side with that many columns for a cell.
func side(r *result.Record, room int) Table {
	t := Table{Columns: columnsOf(r)}
	for _, c := range t.Columns {
		if sc := c.Scenario; sc.Skipped != "" {
			t.Skipped = append(t.Skipped, flat(orElse(sc.Name, "?")+": "+sc.Skipped))
		}
	}
	var rows []Row
	index := map[string]int{}
	for column, c := range t.Columns {
		for i := range c.Scenario.Steps {
			st := &c.Scenario.Steps[i]
			id := st.Check + st.Measure
			if id == "" || st.Group == ask.Control {
				continue
			}
			at, ok := index[id]
			if !ok {
				at = len(rows)
				index[id] = at
				rows = append(rows, newRow(st, len(t.Columns)))
			}
			if rows[at].Cells[column].Step == nil {
				rows[at].Cells[column].Step = st
			}
		}
	}
	for _, group := range groupsOf(rows) {
		for _, r := range rows {
			if r.group != group {
				continue
			}
			if asked(r) < min(2, t.ran()) {
				t.Single++
				continue
			}
			for i, c := range r.Cells {
				r.Cells[i] = cellOf(t.Columns[i].Scenario, c.Step, room)
			}
			t.Rows = append(t.Rows, r)
		}
	}
	t.Legend, t.footnotes = t.legend(), slices.Concat(t.odd(), t.skippedQuestions(), t.conditions())
	for _, n := range t.footnotes {
		t.Footnotes = append(t.Footnotes, Meaning{n.Word, flat(n.lead + n.Text)})
	}
	return t
}

// newRow is the row of a question, in a table with that many columns. Its label is the id as it is read aloud, plus the
// unit of a measurement.
func newRow(st *result.Step, columns int) Row {
	id := st.Check + st.Measure
	row := Row{
		ID: flat(id), Group: heading(st.Group), Label: flat(name(id)), Cells: make([]Cell, columns), group: st.Group,
	}
	if st.Measure != "" {
		row.Label += ", ms"
	}
	return row
}

// ran counts the modes that ran.
func (t Table) ran() int { return len(t.Columns) - len(t.Skipped) }

// groupsOf lists the groups of the rows, those that a scenario can name first.
func groupsOf(rows []Row) []string {
	ordered := ask.GroupNames()
	for _, r := range rows {
		if !slices.Contains(ordered, r.group) {
			ordered = append(ordered, r.group)
		}
	}
	return ordered
}

// asked counts the modes that ask a row's question.
func asked(r Row) int {
	n := 0
	for _, c := range r.Cells {
		if c.Step != nil {
			n++
		}
	}
	return n
}

// shortLabel is a mode's name, or its first word if the name is too long for a column.
func shortLabel(mode string) string {
	label := orElse(flat(mode), "?")
	if first, _, _ := strings.Cut(label, "-"); columns(label) > longestLabel && first != "" {
		return first
	}
	return label
}

// columnsOf are the columns of a record's scenarios. A number tells equal labels apart.
func columnsOf(r *result.Record) []Column {
	var list []Column
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		label := cut(shortLabel(sc.Name), longestLabel)
		has := func(c Column) bool { return c.Label == label }
		for n, base := 2, label; slices.ContainsFunc(list, has); n++ {
			number := fmt.Sprint(n)
			label = cut(base, longestLabel-len(number)) + number
		}
		list = append(list, Column{label, sc})
	}
	return list
}

func (c Cell) width() int { return columns(c.Text) + columns(c.Mark) }

// cellOf is one mode's answer in a few columns, including the mark. Short words are never cut, but values may be.
func cellOf(sc *result.Scenario, st *result.Step, room int) Cell {
	c := Cell{Step: st}
	says := func(r probe.Reason, t Tone) { c.Text, c.Tone, c.reason = Short(r), t, r }
	switch {
	case sc.Skipped != "":
		c.Text = skippedWord
	case st == nil:
		c.Text = "-"
	case st.Measure != "" && unmeasured(st):
		says(st.Observed.Reason, Bad)
	case st.Verdict == result.Skipped:
		c.Text = skippedWord
	case st.Verdict == result.Broken || st.Observed == nil:
		says(probe.Broken, Odd)
	case st.Measure != "":
		c.Text = millis(st.Observed.MedianUS)
	default:
		says(st.Observed.Reason, toneOf(st.Observed.Reason.Positive()))
		c.Mark = mark(st)
		if st.Verdict == result.Surprise {
			c.Mark = " ?!"
		}
		if c.reason.Positive() && showsValue(st) {
			c.Text, c.Tone, c.reason = shorten(valueWord(known(sc, st)), room-columns(c.Mark)), valueTone(st), ""
		}
		if st.Verdict == result.Surprise {
			c.Tone = Odd
		}
	}
	return c
}

// unmeasured reports whether a measurement took no samples, for a reason that the table can show.
func unmeasured(st *result.Step) bool {
	o := st.Observed
	return o != nil && o.Samples == 0 && o.Reason != "" && !o.Reason.Positive() && o.Reason != probe.Broken
}

// showsValue reports whether a cell shows the value found instead of yes or no.
func showsValue(st *result.Step) bool {
	switch st.Asks.Question.(type) {
	case ask.Read:
		return true
	case ask.Hops:
		return flat(st.Observed.Value) != ""
	}
	return st.WantsValue() && flat(st.Observed.Value) != ""
}

// Compare draws several scenarios side by side, a row per question and a column per mode. Below the table come the
// legend, the skipped questions, what each mode is for, and the result of the clean-up.
func Compare(w io.Writer, r *result.Record, o Options) error {
	p := newPage(o)
	t := Side(r)
	answers := r.Summary.AsExpected + r.Summary.Surprise + r.Summary.Broken
	what := "lab"
	if oneLab(r) {
		what = "mode"
	}
	p.sentences(engines(r, o), fmt.Sprintf("%s, %s, %s.",
		plural(t.ran(), what), plural(answers, "answer"), seconds(r.TookUS)))
	p.WriteByte('\n')
	if len(t.Rows) > 0 {
		t.draw(p)
		p.WriteByte('\n')
		var legend []string
		for _, m := range t.Legend {
			legend = append(legend, m.String())
		}
		for _, l := range fill(legend, " | ", "", p.width) {
			p.line(l)
		}
		for _, n := range t.footnotes {
			p.para(n.lead, max(2, columns(n.lead)), n.String())
		}
	}
	if t.Single > 0 && !o.Part && !oneLab(r) { // otherwise they are controls that --only added
		p.para("", 2, fmt.Sprintf("Asked in one mode only, so not above: %s (netlab demo MODE --all).",
			plural(t.Single, "question")))
	}
	for _, c := range t.Columns {
		if sc := c.Scenario; sc.Skipped != "" {
			p.para("", 2, fmt.Sprintf("%s skipped: %s", orElse(flat(sc.Name), "?"), sc.Skipped))
		}
	}
	t.uses(p)
	if o.Part {
		return p.to(w)
	}
	if id := t.firstNo(); id != "" {
		p.para("", 2, "Reasons for a row: netlab compare --why "+id)
	}
	if said := PredictionScore(r); said != "" {
		p.para("", 2, said)
	}
	p.cleanUp(r)
	return p.to(w)
}

// oneLab reports whether the scenarios are modes side by side in one lab, which means that they share a container.
func oneLab(r *result.Record) bool {
	in := map[string]*result.Scenario{}
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		for _, p := range sc.Peers {
			if other := in[p.Container]; other != nil && other != sc {
				return true
			}
			in[p.Container] = sc
		}
	}
	return false
}

// draw writes the table, split into several below each other if the page is too narrow for all columns.
func (t Table) draw(p *page) {
	label := minRowLabel
	for _, r := range t.Rows {
		label = max(label, columns(r.Label)+1)
	}
	label = min(label, p.width/3)
	if room := p.width - t.least(); room >= minRowLabel+2 {
		label = min(label, room) // better to wrap long labels than to split the table
	}
	for from := 0; from < len(t.Columns); {
		widths := t.widths(from, p.width-label)
		if from > 0 {
			p.WriteByte('\n')
		}
		t.drawPart(p, from, label, widths)
		from += len(widths)
	}
}

// widths returns the widths of as many columns, starting at from, as fit into the room. Each is as wide as its answers.
// If that is too much, the widest columns shrink, and their values are shortened.
func (t Table) widths(from, room int) []int {
	var least, widths []int
	needed, wanted := 0, 0
	for i := from; i < len(t.Columns); i++ {
		narrow, wide := t.column(i, shortWidth), t.column(i, longestCell)
		if needed += columnGap + narrow; i > from && needed > room {
			break
		}
		least, widths = append(least, narrow), append(widths, wide)
		wanted += columnGap + wide
	}
	for ; wanted > room; wanted-- {
		widest := -1
		for i, w := range widths {
			if w > least[i] && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break // a single column, which always fits
		}
		widths[widest]--
	}
	return widths
}

// column is the width of one column if its values may use room columns.
func (t Table) column(i, room int) int {
	width := columns(t.Columns[i].Label)
	for _, r := range t.Rows {
		width = max(width, cellOf(t.Columns[i].Scenario, r.Cells[i].Step, room).width())
	}
	return width
}

// least is the smallest width of all columns together.
func (t Table) least() int {
	sum := 0
	for i := range t.Columns {
		sum += columnGap + t.column(i, shortWidth)
	}
	return sum
}

// drawPart writes the columns of one part of a split table.
func (t Table) drawPart(p *page, from, label int, widths []int) {
	head := []string{""}
	for _, c := range t.Columns[from : from+len(widths)] {
		head = append(head, c.Label)
	}
	rows := [][]string{head}
	withLabel := append([]int{label}, widths...)
	for n, r := range t.Rows {
		if !t.bare && (n == 0 || r.group != t.Rows[n-1].group) {
			// A heading is not a cell, so it can be wider than the labels below it.
			p.grid(withLabel, rows)
			p.line(r.Group)
			rows = nil
		}
		row := []string{" " + strings.Join(wrap(r.Label, label-1, label-1), "\n ")}
		for i, width := range widths {
			c := cellOf(t.Columns[from+i].Scenario, r.Cells[from+i].Step, width)
			row = append(row, p.paint(c.Text, c.Tone)+c.Mark)
		}
		rows = append(rows, row)
	}
	p.grid(withLabel, rows)
}
