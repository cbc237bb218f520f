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

// A row is one question of a comparison.
type row struct {
	id, group string
	measure   bool
	steps     []*result.Step // one per column; nil if the mode does not ask it
}

// label is the id as it is read aloud, plus the unit of a measurement.
func (r row) label() string {
	if r.measure {
		return name(r.id) + ", ms"
	}
	return name(r.id)
}

// A table is a comparison: a column per scenario, and a row for each question that at least two of the scenarios that
// ran share.
type table struct {
	shown   []*result.Scenario
	skipped []*result.Scenario // the scenarios that did not run
	labels  []string           // of the columns
	rows    []row
	single  int  // questions that only one mode asks
	bare    bool // without group headings
}

func compare(r *result.Record) table {
	var t table
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		t.shown = append(t.shown, sc)
		if sc.Skipped != "" {
			t.skipped = append(t.skipped, sc)
		}
	}
	t.labels = columnLabels(t.shown)
	var rows []row
	index := map[string]int{}
	for column, sc := range t.shown {
		for i := range sc.Steps {
			st := &sc.Steps[i]
			id := st.Check + st.Measure
			if id == "" || st.Group == ask.Control {
				continue
			}
			at, ok := index[id]
			if !ok {
				at = len(rows)
				index[id] = at
				rows = append(rows, row{
					id: id, group: st.Group, measure: st.Measure != "", steps: make([]*result.Step, len(t.shown)),
				})
			}
			if rows[at].steps[column] == nil {
				rows[at].steps[column] = st
			}
		}
	}
	for _, group := range groupsOf(rows) {
		for _, r := range rows {
			if r.group != group {
				continue
			}
			if asked(r) < min(2, t.ran()) {
				t.single++
				continue
			}
			t.rows = append(t.rows, r)
		}
	}
	return t
}

func (t table) ran() int { return len(t.shown) - len(t.skipped) }

// groupsOf lists the groups of the rows, those that a scenario can name first.
func groupsOf(rows []row) []string {
	ordered := ask.GroupNames()
	for _, r := range rows {
		if !slices.Contains(ordered, r.group) {
			ordered = append(ordered, r.group)
		}
	}
	return ordered
}

// asked counts the modes that ask a row's question.
func asked(r row) int {
	n := 0
	for _, st := range r.steps {
		if st != nil {
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

// columnLabels names the columns. A number tells equal labels apart.
func columnLabels(scenarios []*result.Scenario) []string {
	var labels []string
	for _, sc := range scenarios {
		label := cut(shortLabel(sc.Name), longestLabel)
		for n, base := 2, label; slices.Contains(labels, label); n++ {
			number := fmt.Sprint(n)
			label = cut(base, longestLabel-len(number)) + number
		}
		labels = append(labels, label)
	}
	return labels
}

// A tableCell is the answer of one mode: the word, the mark after it, and the color.
type tableCell struct {
	text, mark string
	tone       Tone
	reason     probe.Reason // for which text stands, or "" if it is a value
}

// reasonCell is the cell of an answer that is shown as its reason.
func reasonCell(r probe.Reason, tone Tone) tableCell {
	return tableCell{text: Short(r), tone: tone, reason: r}
}

func (c tableCell) width() int { return columns(c.text) + columns(c.mark) }

// cellOf is one mode's answer in a few columns, including the mark. Short words are never cut, but values may be.
func cellOf(sc *result.Scenario, st *result.Step, room int) tableCell {
	switch {
	case sc.Skipped != "":
		return tableCell{text: skippedWord}
	case st == nil:
		return tableCell{text: "-"}
	case st.Measure != "" && unmeasured(st):
		return reasonCell(st.Observed.Reason, Bad)
	case st.Verdict == result.Skipped:
		return tableCell{text: skippedWord}
	case st.Verdict == result.Broken || st.Observed == nil:
		return reasonCell(probe.Broken, Odd)
	case st.Measure != "":
		return tableCell{text: millis(st.Observed.MedianUS)}
	}
	c := reasonCell(st.Observed.Reason, Bad)
	c.mark = mark(st)
	if st.Verdict == result.Surprise {
		c.mark = " ?!"
	}
	if st.Observed.Reason.Positive() {
		c.tone = Good
		if showsValue(st) {
			c = tableCell{
				text: shorten(valueWord(known(sc, st)), room-columns(c.mark)), tone: valueTone(st), mark: c.mark,
			}
		}
	}
	if st.Verdict == result.Surprise {
		c.tone = Odd
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
	t := compare(r)
	answers := r.Summary.AsExpected + r.Summary.Surprise + r.Summary.Broken
	what := "lab"
	if oneLab(t.shown) {
		what = "mode"
	}
	p.sentences(engines(r, o), fmt.Sprintf("%s, %s, %s.",
		plural(t.ran(), what), plural(answers, "answer"), seconds(r.TookUS)))
	p.WriteByte('\n')
	if len(t.rows) > 0 {
		t.draw(p)
		p.WriteByte('\n')
		var legend []string
		for _, m := range t.legend() {
			legend = append(legend, m.String())
		}
		for _, l := range fill(legend, " | ", "", p.width) {
			p.line(l)
		}
		for _, n := range t.footnotes() {
			p.para(n.mark.Lead(), max(2, columns(n.mark.Lead())), n.String())
		}
	}
	if t.single > 0 && !o.Part && !oneLab(t.shown) { // otherwise they are controls that --only added
		p.para("", 2, fmt.Sprintf("Asked in one mode only, so not above: %s (netlab demo MODE --all).",
			plural(t.single, "question")))
	}
	for _, sc := range t.skipped {
		p.para("", 2, fmt.Sprintf("%s skipped: %s", orElse(flat(sc.Name), "?"), sc.Skipped))
	}
	t.uses(p)
	if o.Part {
		return p.to(w)
	}
	if id := firstNo(t); id != "" {
		p.para("", 2, "Reasons for a row: netlab compare --why "+flat(id))
	}
	if said := PredictionScore(r); said != "" {
		p.para("", 2, said)
	}
	p.cleanUp(r)
	return p.to(w)
}

// oneLab reports whether the scenarios are modes side by side in one lab, which means that they share a container.
func oneLab(scenarios []*result.Scenario) bool {
	in := map[string]*result.Scenario{}
	for _, sc := range scenarios {
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
func (t table) draw(p *page) {
	label := minRowLabel
	for _, r := range t.rows {
		label = max(label, columns(r.label())+1)
	}
	label = min(label, p.width/3)
	if room := p.width - t.least(); room >= minRowLabel+2 {
		label = min(label, room) // better to wrap long labels than to split the table
	}
	for from := 0; from < len(t.shown); {
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
func (t table) widths(from, room int) []int {
	var least, widths []int
	needed, wanted := 0, 0
	for i := from; i < len(t.shown); i++ {
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
func (t table) column(i, room int) int {
	width := columns(t.labels[i])
	for _, r := range t.rows {
		width = max(width, cellOf(t.shown[i], r.steps[i], room).width())
	}
	return width
}

// least is the smallest width of all columns together.
func (t table) least() int {
	sum := 0
	for i := range t.shown {
		sum += columnGap + t.column(i, shortWidth)
	}
	return sum
}

// drawPart writes the columns of one part of a split table.
func (t table) drawPart(p *page, from, label int, widths []int) {
	rows := [][]string{append([]string{""}, t.labels[from:from+len(widths)]...)}
	withLabel := append([]int{label}, widths...)
	for n, r := range t.rows {
		if !t.bare && (n == 0 || r.group != t.rows[n-1].group) {
			// A heading is not a cell, so it can be wider than the labels below it.
			p.grid(withLabel, rows)
			p.line(heading(r.group))
			rows = nil
		}
		row := []string{" " + strings.Join(wrap(r.label(), label-1, label-1), "\n ")}
		for i, width := range widths {
			c := cellOf(t.shown[from+i], r.steps[from+i], width)
			row = append(row, p.paint(c.text, c.tone)+c.mark)
		}
		rows = append(rows, row)
	}
	p.grid(withLabel, rows)
}
