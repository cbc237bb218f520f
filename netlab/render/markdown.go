package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"netlab/netlab/result"
)

// Markdown writes a record as a document: a section with a table per scenario of a run, one table for a comparison, a
// section per section of a class, a table per path of a bench. Options.All selects all questions, as on the terminal.
// The width is ignored.
func Markdown(w io.Writer, r *result.Record, o Options) error {
	p := newPage(Options{Recorded: o.Recorded})
	switch r.Kind {
	case result.KindCompare:
		p.markdownCompare(r, o)
		return p.to(w)
	case result.KindClass:
		p.markdownClass(r, o)
		return p.to(w)
	case result.KindBench:
		p.markdownBench(r, o)
		return p.to(w)
	}
	for i := range r.Scenarios {
		if i > 0 {
			p.WriteByte('\n')
		}
		p.markdownScenario(r, &r.Scenarios[i], o)
	}
	return p.to(w)
}

// escape makes text safe in a Markdown table: one line, without characters that are special in Markdown or HTML.
func escape(s string) string {
	return strings.NewReplacer(
		`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `|`, `\|`, `#`, `\#`, `~`, `\~`,
		`&`, `&amp;`, `<`, `&lt;`, `>`, `&gt;`,
	).Replace(flat(s))
}

// cells writes one row of a table. The texts must be escaped.
func (p *page) cells(texts ...string) {
	p.WriteString("| " + strings.Join(texts, " | ") + " |\n")
}

// rule writes the line below a table's head.
func (p *page) rule(n int) {
	p.WriteString("|" + strings.Repeat(" --- |", n) + "\n")
}

func (p *page) markdownScenario(r *result.Record, sc *result.Scenario, o Options) {
	fmt.Fprintf(&p.Buffer, "## %s: %s\n\n", escape(sc.Name), escape(sc.Title))
	if sc.Skipped != "" {
		fmt.Fprintf(&p.Buffer, "Skipped: %s\n", escape(sc.Skipped))
		return
	}
	fmt.Fprintf(&p.Buffer, "%s\n\n", escape(engineLine(r, sc, o)))
	p.cells("", "Question", "Measured", "Why", "Remarks")
	p.rule(5)
	number := 0
	for i := range Steps(sc, o) {
		st := &sc.Steps[i]
		if !Shown(st, o) {
			continue
		}
		if st.Do != nil {
			p.cells("", escape(action(st)), "", "", escape(st.Why))
			continue
		}
		number++
		p.cells(strconv.Itoa(number), escape(question(st)), escape(answerOf(sc, st).String()), escape(because(st)),
			escape(remarks(sc, st)))
	}
	summary, _ := score(sc, o)
	fmt.Fprintf(&p.Buffer, "\n%s\n", escape(summary))
	if sc.Use != "" {
		fmt.Fprintf(&p.Buffer, "\nGood for: %s\n", escape(sc.Use))
	}
	if sc.Note != "" {
		fmt.Fprintf(&p.Buffer, "\nNote: %s\n", escape(sc.Note))
	}
}

// remarks is what the record says about an answer in addition to its reason.
func remarks(sc *result.Scenario, st *result.Step) string {
	var sentences []string
	switch {
	case st.Verdict == result.Surprise:
		sentences = append(sentences, surprise(st))
	case mark(st) != "":
		sentences = append(sentences, "! "+condition(st))
	}
	if why := why(sc, st); why != "" && st.Verdict != result.Surprise {
		sentences = append(sentences, strings.TrimSuffix(why, ".")+".")
	}
	if s := stagesInWords(st.Observed); s != "" && st.Verdict != result.Skipped {
		sentences = append(sentences, s+".")
	}
	if s := seen(st, false); s != "" {
		sentences = append(sentences, "Seen: "+s)
	}
	if s := foretold(st); s != "" {
		sentences = append(sentences, "Predicted: "+s)
	}
	return strings.Join(sentences, " ")
}

func (p *page) markdownCompare(r *result.Record, o Options) {
	t := compare(r)
	fmt.Fprintf(&p.Buffer, "%s\n\n", escape(engines(r, o)))
	head := []string{"Question"}
	for _, sc := range t.shown {
		head = append(head, escape(sc.Name))
	}
	p.cells(head...)
	p.rule(len(head))
	group := ""
	for n, r := range t.rows {
		if n == 0 || r.group != group {
			group = r.group
			row := make([]string, len(head))
			row[0] = "**" + escape(heading(group)) + "**"
			p.cells(row...)
		}
		row := []string{escape(r.label())}
		for i, st := range r.steps {
			c := cellOf(t.shown[i], st, 1000)
			row = append(row, escape(c.text)+c.mark)
		}
		p.cells(row...)
	}
	// The same notes as on the terminal, one paragraph each.
	notes := newPage(Options{Width: 1 << 20})
	notes.legend(t)
	notes.footnotes(t)
	for _, sc := range t.skipped {
		notes.para("", 0, orElse(flat(sc.Name), "?")+" skipped: "+sc.Skipped)
	}
	for i, sc := range t.shown {
		if sc.Use+sc.Note != "" {
			notes.para("", 0, "Use "+t.labels[i]+" for: "+sc.Use+" "+sc.Note)
		}
	}
	for line := range strings.Lines(notes.String()) {
		fmt.Fprintf(&p.Buffer, "\n%s\n", escape(line))
	}
}
