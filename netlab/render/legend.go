package render

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// legend explains the short words that occur in the table.
func (t table) legend(p *page) {
	occurs := map[string]bool{}
	dash := false
	for _, r := range t.rows {
		for i, st := range r.steps {
			if t.shown[i].Skipped != "" {
				continue // the text below the table explains it
			}
			if st == nil {
				dash = true
				continue
			}
			if st.Observed != nil && !st.Observed.Reason.Positive() || st.Verdict == result.Skipped ||
				st.Verdict == result.Broken {
				occurs[cellOf(t.shown[i], st, longestCell).text] = true
			}
		}
	}
	words := make([]string, 0, len(occurs))
	for _, r := range probe.Reasons() {
		words = append(words, Short(r))
	}
	var entries []string
	for _, word := range append(words, skippedWord) {
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
func (t table) footnotes(p *page) {
	for _, r := range t.rows {
		for i, st := range r.steps {
			if st == nil {
				continue
			}
			where := name(r.id) + " of " + t.labels[i] + ": "
			switch st.Verdict {
			case result.Surprise:
				p.para("?! ", 3, where+surprise(st))
			case result.Broken:
				p.para("", 2, Long(probe.Broken)+": "+where+orElse(why(t.shown[i], st), unexplained))
			}
		}
	}
	t.skippedQuestions(p)
	t.conditions(p)
}

// maxSkipped is how many skipped rows of the same columns are listed by name instead of counted.
const maxSkipped = 4

// skippedQuestions says why questions were skipped, each reason once: "skipped: --no-wire: outside of bridge, custom; 9
// questions of macvlan".
func (t table) skippedQuestions(p *page) {
	var explained []string
	for n, r := range t.rows {
		for _, st := range r.steps {
			if st == nil || st.Verdict != result.Skipped || flat(st.Why) == "" || slices.Contains(explained, st.Why) {
				continue
			}
			explained = append(explained, st.Why)
			p.para("", 2, "skipped: "+strings.TrimSuffix(flat(st.Why), ".")+": "+t.skippedFor(st.Why, n))
		}
	}
}

// skippedFor lists the rows that were skipped for a reason, starting at row from, with their columns.
func (t table) skippedFor(why string, from int) string {
	var parts, names []string
	columns := ""
	flush := func() {
		switch {
		case len(names) > maxSkipped:
			parts = append(parts, plural(len(names), "question")+" of "+columns)
		case len(names) > 0:
			parts = append(parts, strings.Join(names, ", ")+" of "+columns)
		}
		names = nil
	}
	for _, r := range t.rows[from:] {
		var in []string
		for i, st := range r.steps {
			if st != nil && st.Verdict == result.Skipped && st.Why == why {
				in = append(in, t.labels[i])
			}
		}
		if len(in) == 0 {
			continue
		}
		if now := strings.Join(in, ", "); now != columns {
			flush()
			columns = now
		}
		names = append(names, name(r.id))
	}
	flush()
	return strings.Join(parts, "; ")
}

// conditions says which settings changed which answers of each mode: "! bridge: mtu usually 1500. Here network bridge
// uses MTU 1400 (bridge.mtu)." A sentence that holds for several modes appears once.
func (t table) conditions(p *page) {
	type note struct {
		text  string
		modes []string
	}
	var notes []note
	for i := range t.shown {
		for _, text := range t.conditionsOf(i) {
			at := slices.IndexFunc(notes, func(n note) bool { return n.text == text })
			if at < 0 {
				at, notes = len(notes), append(notes, note{text: text})
			}
			notes[at].modes = append(notes[at].modes, t.labels[i])
		}
	}
	for _, n := range notes {
		p.para("! ", 2, strings.Join(n.modes, ", ")+": "+n.text)
	}
}

// conditionsOf returns a sentence for each setting that changed answers of one mode.
func (t table) conditionsOf(column int) []string {
	var explained [][]fact.Label
	var sentences []string
	for n, r := range t.rows {
		st := r.steps[column]
		same := func(facts []fact.Label) bool { return slices.Equal(facts, st.Condition) }
		if st == nil || mark(st) == "" || slices.ContainsFunc(explained, same) {
			continue
		}
		explained = append(explained, st.Condition)
		var rows []string
		for _, other := range t.rows[n:] {
			if o := other.steps[column]; o != nil && mark(o) != "" && same(o.Condition) {
				rows = append(rows, name(other.id)+" usually "+usually(o))
			}
		}
		sentences = append(sentences, fmt.Sprintf("%s. Here %s.", strings.Join(rows, ", "), settings(st.Condition)))
	}
	return sentences
}

// uses says what each mode is for.
func (t table) uses(p *page) {
	width := 0
	for i, sc := range t.shown {
		if sc.Use+sc.Note != "" {
			width = max(width, columns(t.labels[i]))
		}
	}
	if width == 0 {
		return
	}
	p.line("GOOD FOR")
	for i, sc := range t.shown {
		if sc.Use+sc.Note != "" {
			p.para(" "+pad(t.labels[i], width)+"  ", width+3, sc.Use+" "+sc.Note)
		}
	}
}
