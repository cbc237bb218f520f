package report

import (
	"slices"
	"strings"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A table is a comparison on the page.
type table struct {
	Columns []string
	Labs    []drawing
	Groups  []tableGroup
	Reasons []rowReasons // on paper, which has no cell to choose
	Legend  []string
	Skipped []string
	Single  int
}

// A drawing is the lab of one mode, above the table.
type drawing struct {
	Lesson string // the element of the page that is about the mode
	Label  string
	Title  string
	Scene  *scene
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

// RowReasons say why the answers of a row are no.
type rowReasons struct {
	Label   string
	Reasons []reason
}

// A reason is that of one mode or several.
type reason struct {
	Modes []string
	Word  string // of the answer
	Text  string
}

func sideBySide(r *result.Record, part string) *table {
	side := render.Side(r)
	t := &table{Legend: side.Legend, Skipped: side.Skipped, Single: side.Single}
	for _, c := range side.Columns {
		t.Columns = append(t.Columns, c.Label)
		if len(c.Scenario.Peers) > 0 {
			small := newLab(r, c.Scenario).draw(r, narrow())
			small.Class = "small" // on a wide page too
			t.Labs = append(t.Labs, drawing{
				Lesson: lessonOf(r, part, c.Scenario), Label: c.Label, Title: render.Flat(c.Scenario.Title), Scene: small,
			})
		}
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
		if why := reasonsOf(side, row); len(why) > 0 {
			t.Reasons = append(t.Reasons, rowReasons{row.Label, why})
		}
	}
	return t
}

// reasonsOf are the textbook's for the row's cells that say no, a reason that several modes have once.
func reasonsOf(side render.Table, row render.Row) []reason {
	var all []reason
	for i, c := range row.Cells {
		if c.Tone != render.Bad || c.Step == nil {
			continue
		}
		var words []string
		for _, n := range render.Tell(side.Columns[i].Scenario, c.Step, render.Options{}).Notes {
			if n.Label == "" {
				words = append(words, n.Text)
			}
		}
		why := reason{Word: c.Text, Text: strings.Join(words, " ")}
		at := slices.IndexFunc(all, func(r reason) bool { return r.Word == why.Word && r.Text == why.Text })
		if at < 0 {
			at, all = len(all), append(all, why)
		}
		all[at].Modes = append(all[at].Modes, side.Columns[i].Label)
	}
	return all
}

// lessonOf returns the ID of the page's element for a scenario.
func lessonOf(r *result.Record, part string, sc *result.Scenario) string {
	for i := range r.Scenarios {
		if &r.Scenarios[i] == sc {
			return lessonID(part, i)
		}
	}
	return ""
}

// stepID returns the ID of the page's element for a step.
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
