package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

const (
	columnGap    = 2
	longestCell  = 20 // a cell longer than that is no cell
	minRowLabel  = 10
	longestLabel = 8 // of a column
)

// A row is one question of a comparison.
type row struct {
	id, group string
	measure   bool
	steps     []*result.Step // one a column; nil where the mode does not ask it
}

// label is the id as it is read aloud, with the unit of a measurement.
func (r row) label() string {
	if r.measure {
		return name(r.id) + ", ms"
	}
	return name(r.id)
}

// A table is a comparison: the scenarios that ran, and the rows that at least two of them share.
type table struct {
	ran     []*result.Scenario
	skipped []*result.Scenario
	labels  []string // of the columns
	rows    []row
	single  int // questions that one mode alone is asked
}

func compare(r *result.Record) table {
	var t table
	for i := range r.Scenarios {
		if sc := &r.Scenarios[i]; sc.Skipped != "" {
			t.skipped = append(t.skipped, sc)
		} else {
			t.ran = append(t.ran, sc)
		}
	}
	t.labels = columnLabels(t.ran)
	var all []row
	index := map[string]int{}
	for column, sc := range t.ran {
		for i := range sc.Steps {
			st := &sc.Steps[i]
			id := st.Check + st.Measure
			if id == "" {
				continue
			}
			at, ok := index[id]
			if !ok {
				at = len(all)
				index[id] = at
				all = append(all, row{
					id: id, group: st.Group, measure: st.Measure != "", steps: make([]*result.Step, len(t.ran)),
				})
			}
			if all[at].steps[column] == nil {
				all[at].steps[column] = st
			}
		}
	}
	for _, group := range groupsOf(all) {
		for _, r := range all {
			if r.group != group {
				continue
			}
			if asked(r) < min(2, len(t.ran)) {
				t.single++
				continue
			}
			t.rows = append(t.rows, r)
		}
	}
	return t
}

// groupsOf lists the groups of rows, those of the language first.
func groupsOf(rows []row) []string {
	all := groups()
	for _, r := range rows {
		if !slices.Contains(all, r.group) {
			all = append(all, r.group)
		}
	}
	return all
}

// asked counts the modes that are asked a row's question.
func asked(r row) int {
	n := 0
	for _, st := range r.steps {
		if st != nil {
			n++
		}
	}
	return n
}

// columnLabels names the columns: a scenario's name, its first word where that is too long, with a number where two
// would be the same.
func columnLabels(scenarios []*result.Scenario) []string {
	var labels []string
	for _, sc := range scenarios {
		label := orElse(flat(sc.Name), "?")
		if first, _, _ := strings.Cut(label, "-"); columns(label) > longestLabel && first != "" {
			label = first
		}
		label = cut(label, longestLabel)
		for n, base := 2, label; slices.Contains(labels, label); n++ {
			number := fmt.Sprint(n)
			label = cut(base, longestLabel-len(number)) + number
		}
		labels = append(labels, label)
	}
	return labels
}

// A tableCell is what a mode answered: the word, the mark behind it, and the colour.
type tableCell struct {
	text, mark string
	tone       tone
}

func (c tableCell) width() int { return columns(c.text) + columns(c.mark) }

// cellOf is the answer of one mode in a few columns; a short word is never cut, a value may be.
func cellOf(st *result.Step, room int) tableCell {
	if st == nil {
		return tableCell{text: "-"}
	}
	switch {
	case st.Verdict == result.Skipped:
		return tableCell{text: notAsked}
	case st.Verdict == result.Broken || st.Observed == nil:
		return tableCell{text: Short(probe.Broken), tone: odd}
	case st.Measure != "":
		return tableCell{text: millis(st.Observed.MedianUS)}
	}
	c := tableCell{text: Short(st.Observed.Reason), tone: bad, mark: mark(st)}
	if st.Observed.Reason.Positive() {
		c.tone = good
		if kind, _, _ := strings.Cut(st.Probe, " "); kind == "read" {
			value := flat(st.Observed.Value)
			c.text, c.tone = cut(valueWord(value), room), valueTone(value)
		}
	}
	if st.Verdict == result.Surprise {
		c.mark, c.tone = " ?!", odd
	}
	return c
}

// Compare draws several scenarios side by side: a row a question, a column a mode, and below the table what its words
// and marks mean, what was skipped, what each mode is for, and what the clean-up did.
func Compare(w io.Writer, r *result.Record, o Options) error {
	p := newPage(o)
	t := compare(r)
	answers := r.Summary.AsExpected + r.Summary.Surprise + r.Summary.Broken
	p.para("", 2, fmt.Sprintf("%s %s, %s, %s.",
		engines(r), plural(len(t.ran), "lab"), plural(answers, "answer"), duration(r.TookUS)))
	p.WriteByte('\n')
	if len(t.rows) > 0 {
		p.table(t)
		p.WriteByte('\n')
		p.legend(t)
		p.footnotes(t)
	}
	if t.single > 0 {
		p.para("", 2, fmt.Sprintf("Not in the table: %s that only one mode is asked (netlab demo MODE --all).",
			plural(t.single, "question")))
	}
	for _, sc := range t.skipped {
		p.para("", 2, fmt.Sprintf("%s skipped: %s", orElse(flat(sc.Name), "?"), sc.Skipped))
	}
	p.uses(t)
	if id := firstNo(t); id != "" {
		p.para("", 2, "Reasons: netlab compare --why "+flat(id))
	}
	p.cleanUp(r)
	return p.to(w)
}

// table writes the table, in several parts one below the other where the page is too narrow for all columns.
func (p *page) table(t table) {
	label := minRowLabel
	for _, r := range t.rows {
		label = max(label, columns(r.label())+1)
	}
	label = min(label, p.width/3)
	room := min(longestCell, max(shortWidth, (p.width-label)/max(len(t.ran), 1)-columnGap))

	widths := make([]int, len(t.ran))
	for i := range t.ran {
		widths[i] = columns(t.labels[i])
		for _, r := range t.rows {
			widths[i] = max(widths[i], cellOf(r.steps[i], room).width())
		}
	}
	for from := 0; from < len(t.ran); {
		to, used := from, label
		for to < len(t.ran) && (to == from || used+columnGap+widths[to] <= p.width) {
			used += columnGap + widths[to]
			to++
		}
		if from > 0 {
			p.WriteByte('\n')
		}
		p.part(t, from, to, label, room, widths)
		from = to
	}
}

// part writes the columns from (with) to (without).
func (p *page) part(t table, from, to, label, room int, widths []int) {
	line := strings.Repeat(" ", label)
	for i := from; i < to; i++ {
		line += strings.Repeat(" ", columnGap) + pad(t.labels[i], widths[i])
	}
	p.line(line)
	group := ""
	for n, r := range t.rows {
		if n == 0 || r.group != group {
			group = r.group
			p.line(heading(group))
		}
		p.WriteString(pad(" "+r.label(), label))
		for i := from; i < to; i++ {
			c := cellOf(r.steps[i], room)
			p.WriteString(strings.Repeat(" ", columnGap) + p.paint(c.text, c.tone) + c.mark)
			if i < to-1 {
				p.WriteString(strings.Repeat(" ", widths[i]-c.width()))
			}
		}
		p.WriteByte('\n')
	}
}

// legend explains the short words that occur.
func (p *page) legend(t table) {
	occurs := map[string]bool{}
	dash := false
	for _, r := range t.rows {
		for _, st := range r.steps {
			if st == nil {
				dash = true
				continue
			}
			if st.Observed != nil && !st.Observed.Reason.Positive() || st.Verdict == result.Skipped ||
				st.Verdict == result.Broken {
				occurs[cellOf(st, longestCell).text] = true
			}
		}
	}
	words := make([]string, 0, len(occurs))
	for _, r := range probe.Reasons() {
		words = append(words, Short(r))
	}
	var entries []string
	for _, word := range append(words, notAsked) {
		if m := meaning(word); occurs[word] && m != "" {
			entries = append(entries, word+": "+m)
		}
	}
	if dash {
		entries = append(entries, "-: not asked in this mode")
	}
	line := ""
	for _, e := range entries {
		if line != "" && columns(line)+3+columns(e) > p.width {
			p.line(line)
			line = ""
		}
		if line != "" {
			line += " | "
		}
		line += e
	}
	if line != "" {
		p.line(line)
	}
}

// footnotes explains each mark with what was measured.
func (p *page) footnotes(t table) {
	for _, r := range t.rows {
		for i, st := range r.steps {
			if st == nil {
				continue
			}
			where := t.labels[i] + " " + name(r.id) + ": "
			switch {
			case st.Verdict == result.Surprise:
				p.para("?! ", 3, where+surprise(st))
			case mark(st) != "":
				p.para("! ", 2, where+condition(st))
			case st.Verdict == result.Broken:
				p.para("", 2, "broken: "+where+orElse(st.Why, "no reason was recorded"))
			case st.Verdict == result.Skipped && st.Why != "":
				p.para("", 2, "skipped: "+where+st.Why)
			}
		}
	}
}

// uses writes what each mode is for.
func (p *page) uses(t table) {
	width := 0
	for i, sc := range t.ran {
		if sc.Use+sc.Note != "" {
			width = max(width, columns(t.labels[i]))
		}
	}
	if width == 0 {
		return
	}
	p.line("USE IT FOR")
	for i, sc := range t.ran {
		if sc.Use+sc.Note != "" {
			p.para(" "+pad(t.labels[i], width)+"  ", width+3, sc.Use+" "+sc.Note)
		}
	}
}

// firstNo is the id of the first row of which some modes say yes and others no: the one that is worth explaining.
func firstNo(t table) string {
	for _, r := range t.rows {
		yes, no := false, false
		for _, st := range r.steps {
			if st == nil || st.Observed == nil || r.measure {
				continue
			}
			if st.Observed.Reason.Positive() {
				yes = true
			} else {
				no = true
			}
		}
		if yes && no {
			return r.id
		}
	}
	return ""
}

// Reasons draws one row of a comparison at length: for each mode the question, the answer, and why it is so. An id
// that no scenario has is an error that lists those that are there.
func Reasons(w io.Writer, r *result.Record, id string, o Options) error {
	p := newPage(o)
	var ids []string
	found := false
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		for j := range sc.Steps {
			st := &sc.Steps[j]
			has := st.Check + st.Measure
			if has != "" && !slices.Contains(ids, has) {
				ids = append(ids, has)
			}
			if has == "" || has != id {
				continue
			}
			if found {
				p.WriteByte('\n')
			}
			found = true
			p.para("", 2, strings.ToUpper(flat(sc.Name))+"  "+question(st))
			text, _, rest := answerOf(st).fit(p, p.width-2, mark(st))
			p.WriteString("  " + text + "\n")
			if len(rest) > 0 {
				p.para("  ", 2, strings.Join(rest, ", "))
			}
			all := o
			all.All = true
			p.body(st, all, 2)
		}
	}
	if !found {
		for i := range ids {
			ids[i] = Plain(ids[i])
		}
		return fmt.Errorf("no check or measurement has the id %q; there are: %s",
			id, orElse(strings.Join(ids, ", "), "none"))
	}
	return p.to(w)
}
