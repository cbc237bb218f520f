package report

import (
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A table is a comparison on the page.
type table struct {
	Columns []string
	Groups  []tableGroup
	Legend  []string
	Skipped []string
	Single  int
}

type tableGroup struct {
	Heading string
	Span    int
	Rows    []tableRow
}

type tableRow struct {
	Label string
	Cells []tableCell
}

// A tableCell is what one mode answered.
type tableCell struct {
	Item  string // the element below the table that says why; "" where the mode is not asked this
	Text  string
	Class string
}

func sideBySide(r *result.Record, part string) *table {
	side := render.Side(r)
	t := &table{Legend: side.Legend, Skipped: side.Skipped, Single: side.Single}
	for _, c := range side.Columns {
		t.Columns = append(t.Columns, c.Label)
	}
	for n, row := range side.Rows {
		if n == 0 || row.Group != side.Rows[n-1].Group {
			t.Groups = append(t.Groups, tableGroup{Heading: row.Group, Span: len(t.Columns) + 1})
		}
		out := tableRow{Label: row.Label}
		for i, c := range row.Cells {
			cell := tableCell{Text: c.Text + c.Mark, Class: toneClass(c.Tone)}
			if c.Step != nil {
				cell.Item = stepID(r, part, side.Columns[i].Scenario, c.Step)
			}
			out.Cells = append(out.Cells, cell)
		}
		group := &t.Groups[len(t.Groups)-1]
		group.Rows = append(group.Rows, out)
	}
	return t
}

// stepID is the id of the page's element for a step.
func stepID(r *result.Record, part string, sc *result.Scenario, st *result.Step) string {
	for i := range r.Scenarios {
		if &r.Scenarios[i] != sc {
			continue
		}
		for k := range sc.Steps {
			if &sc.Steps[k] == st {
				return itemID(part, i, k)
			}
		}
	}
	return ""
}
