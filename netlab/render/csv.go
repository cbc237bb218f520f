package render

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"netlab/netlab/result"
)

// CSV writes a comparison, a bench or a class as comma-separated values (RFC 4180), with a heading. A comparison has a
// row per question and a column per mode; a bench a row per figure, in its unit; any other record a row per question.
func CSV(w io.Writer, r *result.Record) error {
	c := csv.NewWriter(w)
	switch r.Kind {
	case result.KindCompare:
		compareCSV(c, r)
	case result.KindBench:
		benchCSV(c, r)
	default:
		questionsCSV(c, r)
	}
	c.Flush()
	return c.Error()
}

func compareCSV(c *csv.Writer, r *result.Record) {
	side := Side(r)
	head := []string{"group", "question"}
	for _, column := range side.Columns {
		head = append(head, flat(column.Scenario.Name))
	}
	_ = c.Write(head) // Error has it at the end
	for _, row := range side.Rows {
		line := []string{row.Group, row.ID}
		for _, cell := range row.Cells {
			line = append(line, cellCSV(cell.Text))
		}
		_ = c.Write(line)
	}
}

func benchCSV(c *csv.Writer, r *result.Record) {
	_ = c.Write([]string{
		"mode", "path", "via", "measure", "unit", "median", "low", "high", "p99", "ratio", "too close to call", "missing",
	})
	if r.Bench == nil {
		return
	}
	number := func(f float64) string {
		if f == 0 {
			return ""
		}
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	for _, f := range r.Bench.Figures {
		open := ""
		if f.Ratio != 0 {
			open = strconv.FormatBool(f.Overlap)
		}
		_ = c.Write([]string{
			cellCSV(f.Mode), cellCSV(f.Path), cellCSV(f.Via), cellCSV(f.Measure), cellCSV(f.Unit), number(f.Median),
			number(f.Low), number(f.High), number(f.P99), number(f.Ratio), open, cellCSV(f.Why),
		})
	}
}

func questionsCSV(c *csv.Writer, r *result.Record) {
	_ = c.Write([]string{"section", "lesson", "id", "question", "verdict", "answer", "details", "guess"})
	write := func(section string, sc *result.Scenario) {
		for i := range sc.Steps {
			st := &sc.Steps[i]
			if st.Do != nil {
				continue
			}
			t, guess := Tell(sc, st, Options{All: true}), ""
			if st.Predicted != nil {
				guess = st.Predicted.Choice
			}
			_ = c.Write([]string{
				cellCSV(section), cellCSV(sc.Name), cellCSV(st.Check + st.Measure), cellCSV(t.Question), cellCSV(st.Verdict),
				cellCSV(t.Word), cellCSV(strings.Join(t.More, ", ")), cellCSV(guess),
			})
		}
	}
	parts := []*result.Record{r}
	if r.Kind == result.KindClass {
		parts = r.Split()
	}
	for i, part := range parts {
		section := ""
		if r.Kind == result.KindClass {
			section = r.Parts[i].Title
		}
		for k := range part.Scenarios {
			write(section, &part.Scenarios[k])
		}
	}
}

// cellCSV keeps a spreadsheet from taking the text for a formula (OWASP, CSV Injection).
func cellCSV(s string) string {
	s = flat(s)
	if len(s) > 1 && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}
