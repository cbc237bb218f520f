package render

import (
	"bytes"
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
	var m markdown
	switch r.Kind {
	case result.KindCompare:
		m.compare(r, o)
	case result.KindClass:
		m.class(r, o)
	case result.KindBench:
		m.bench(r, o)
	default:
		for i := range r.Scenarios {
			if i > 0 {
				m.WriteByte('\n')
			}
			m.scenario(r, &r.Scenarios[i], o)
		}
	}
	return m.to(w)
}

// A markdown is a document that is being written.
type markdown struct{ bytes.Buffer }

func (m *markdown) to(w io.Writer) error { return writeResult(w, m.Bytes()) }

// escape makes text safe in a Markdown table: one line, without characters that are special in Markdown or HTML.
func escape(s string) string {
	return strings.NewReplacer(
		`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `|`, `\|`, `#`, `\#`, `~`, `\~`,
		`&`, `&amp;`, `<`, `&lt;`, `>`, `&gt;`,
	).Replace(flat(s))
}

// cells writes one row of a table. The texts must be escaped.
func (m *markdown) cells(texts ...string) {
	m.WriteString("| " + strings.Join(texts, " | ") + " |\n")
}

// rule writes the line below a table's head.
func (m *markdown) rule(n int) {
	m.WriteString("|" + strings.Repeat(" --- |", n) + "\n")
}

func (m *markdown) scenario(r *result.Record, sc *result.Scenario, o Options) {
	fmt.Fprintf(m, "## %s: %s\n\n", escape(sc.Name), escape(sc.Title))
	if sc.Skipped != "" {
		fmt.Fprintf(m, "Skipped: %s\n", escape(sc.Skipped))
		return
	}
	fmt.Fprintf(m, "%s\n\n", escape(engineLine(r, sc, o)))
	m.cells("", "Question", "Measured", "Why", "Remarks")
	m.rule(5)
	number := 0
	for i := range Steps(sc, o) {
		st := &sc.Steps[i]
		if !Shown(st, o) {
			continue
		}
		if st.Do != nil {
			m.cells("", escape(action(st)), "", "", escape(st.Why))
			continue
		}
		number++
		m.cells(strconv.Itoa(number), escape(question(st)), escape(answerOf(sc, st).String()), escape(because(st)),
			escape(remarks(sc, st)))
	}
	summary, _ := score(sc, o)
	fmt.Fprintf(m, "\n%s\n", escape(summary))
	if s := kernelHeard(sc, o); s != "" {
		fmt.Fprintf(m, "\n%s\n", escape(s))
	}
	if sc.Use != "" {
		fmt.Fprintf(m, "\nGood for: %s\n", escape(sc.Use))
	}
	if sc.Note != "" {
		fmt.Fprintf(m, "\nNote: %s\n", escape(sc.Note))
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
	if s := kernelSays(sc, st); s != "" {
		sentences = append(sentences, "Kernel: "+s)
	}
	if s := foretold(st); s != "" {
		sentences = append(sentences, "Predicted: "+s)
	}
	return strings.Join(sentences, " ")
}

func (m *markdown) compare(r *result.Record, o Options) {
	t := compare(r)
	fmt.Fprintf(m, "%s\n\n", escape(engines(r, o)))
	head := []string{"Question"}
	for _, sc := range t.shown {
		head = append(head, escape(sc.Name))
	}
	m.cells(head...)
	m.rule(len(head))
	group := ""
	for n, r := range t.rows {
		if n == 0 || r.group != group {
			group = r.group
			row := make([]string, len(head))
			row[0] = "**" + escape(heading(group)) + "**"
			m.cells(row...)
		}
		row := []string{escape(r.label())}
		for i, st := range r.steps {
			c := cellOf(t.shown[i], st, 1000)
			row = append(row, escape(c.text)+c.mark)
		}
		m.cells(row...)
	}
	if legend := t.legend(); len(legend) > 0 {
		fmt.Fprintf(m, "\n%s\n", escape(strings.Join(legend, " | ")))
	}
	for _, n := range t.footnotes() {
		fmt.Fprintf(m, "\n%s\n", escape(n.Label+" "+n.Text))
	}
	for _, sc := range t.skipped {
		fmt.Fprintf(m, "\n%s skipped: %s\n", escape(orElse(sc.Name, "?")), escape(sc.Skipped))
	}
	for i, sc := range t.shown {
		if sc.Use+sc.Note != "" {
			fmt.Fprintf(m, "\n%s\n", escape("Use "+t.labels[i]+" for: "+sc.Use+" "+sc.Note))
		}
	}
}
