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
func (t Table) legend() []Meaning {
	occurs := map[probe.Reason]bool{}
	skipped, dash := false, false
	for _, r := range t.Rows {
		for i, c := range r.Cells {
			if t.Columns[i].Scenario.Skipped != "" {
				continue // the text below the table explains it
			}
			if c.Step == nil {
				dash = true
				continue
			}
			occurs[c.reason] = true
			skipped = skipped || c.Step.Verdict == result.Skipped && c.reason == ""
		}
	}
	var entries []Meaning
	for _, r := range probe.Reasons() {
		if occurs[r] && !r.Positive() {
			entries = append(entries, Meaning{Short(r), r.Phrase().Legend})
		}
	}
	if skipped {
		entries = append(entries, Meaning{skippedWord, "Not run here; the reason is below."})
	}
	if dash {
		entries = append(entries, Meaning{"-", "not asked in this mode"})
	}
	return entries
}

// A footnote explains a mark or a word of the table with what was measured.
type footnote struct {
	lead string // the mark
	Meaning
}

// odd says what was measured instead of what was expected, and why there is no result.
func (t Table) odd() []footnote {
	var notes []footnote
	for _, r := range t.Rows {
		for i, c := range r.Cells {
			st := c.Step
			if st == nil {
				continue
			}
			where := name(r.ID) + " of " + t.Columns[i].Label + ": "
			switch st.Verdict {
			case result.Surprise:
				notes = append(notes, footnote{"?! ", Meaning{Text: where + surprise(st)}})
			case result.Broken:
				text := where + orElse(why(t.Columns[i].Scenario, st), unexplained)
				notes = append(notes, footnote{Meaning: Meaning{Long(probe.Broken), text}})
			}
		}
	}
	return notes
}

// maxSkipped is how many skipped rows of the same columns are listed by name instead of counted.
const maxSkipped = 4

// skippedQuestions says why questions were skipped, each reason once: "skipped: --no-wire: outside of bridge, custom; 9
// questions of macvlan".
func (t Table) skippedQuestions() []footnote {
	var notes []footnote
	var explained []string
	for n, r := range t.Rows {
		for _, c := range r.Cells {
			st := c.Step
			if st == nil || st.Verdict != result.Skipped || flat(st.Why) == "" || slices.Contains(explained, st.Why) {
				continue
			}
			explained = append(explained, st.Why)
			text := strings.TrimSuffix(flat(st.Why), ".") + ": " + t.skippedFor(st.Why, n)
			notes = append(notes, footnote{Meaning: Meaning{skippedWord, text}})
		}
	}
	return notes
}

// skippedFor lists the rows that were skipped for a reason, starting at row from, with their columns.
func (t Table) skippedFor(why string, from int) string {
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
	for _, r := range t.Rows[from:] {
		var in []string
		for i, c := range r.Cells {
			if st := c.Step; st != nil && st.Verdict == result.Skipped && st.Why == why {
				in = append(in, t.Columns[i].Label)
			}
		}
		if len(in) == 0 {
			continue
		}
		if now := strings.Join(in, ", "); now != columns {
			flush()
			columns = now
		}
		names = append(names, name(r.ID))
	}
	flush()
	return strings.Join(parts, "; ")
}

// conditions says which settings changed which answers of each mode: "! bridge: mtu usually 1500. Here network bridge
// uses MTU 1400 (bridge.mtu)." A sentence that holds for several modes appears once.
func (t Table) conditions() []footnote {
	var texts []string
	modes := map[string][]string{} // by text
	for i := range t.Columns {
		for _, text := range t.conditionsOf(i) {
			if modes[text] == nil {
				texts = append(texts, text)
			}
			modes[text] = append(modes[text], t.Columns[i].Label)
		}
	}
	var notes []footnote
	for _, text := range texts {
		notes = append(notes, footnote{NoteSetting.Lead(), Meaning{Text: strings.Join(modes[text], ", ") + ": " + text}})
	}
	return notes
}

// conditionsOf returns a sentence for each setting that changed answers of one mode.
func (t Table) conditionsOf(column int) []string {
	var explained [][]fact.Label
	var sentences []string
	for n, r := range t.Rows {
		st := r.Cells[column].Step
		same := func(facts []fact.Label) bool { return slices.Equal(facts, st.Condition) }
		if st == nil || mark(st) == "" || slices.ContainsFunc(explained, same) {
			continue
		}
		explained = append(explained, st.Condition)
		var rows []string
		for _, other := range t.Rows[n:] {
			if o := other.Cells[column].Step; o != nil && mark(o) != "" && same(o.Condition) {
				rows = append(rows, name(other.ID)+" usually "+usually(o))
			}
		}
		sentences = append(sentences, fmt.Sprintf("%s. Here %s.", strings.Join(rows, ", "), settings(st.Condition)))
	}
	return sentences
}

// uses says what each mode is for.
func (t Table) uses(p *page) {
	width := 0
	for _, c := range t.Columns {
		if c.Scenario.Use+c.Scenario.Note != "" {
			width = max(width, columns(c.Label))
		}
	}
	if width == 0 {
		return
	}
	p.line("GOOD FOR")
	for _, c := range t.Columns {
		if sc := c.Scenario; sc.Use+sc.Note != "" {
			p.para(" "+pad(c.Label, width)+"  ", width+3, sc.Use+" "+sc.Note)
		}
	}
}
