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
	Reasons []rowReasons // for paper, where no cell can be clicked
	Legend  []render.Meaning
	Skipped []string
	Single  int
}

// A drawing is the lab of one mode, shown above the table.
type drawing struct {
	Lesson string // ID of the mode's lesson on the page
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

// A tableCell is the answer of one mode.
type tableCell struct {
	Item  string // ID of the item below the table that gives the reason; "" if the mode does not ask the question
	Other string // IDs of the items of modes with a different answer, separated by spaces
	Text  string
	Class string
}

// RowReasons say why some modes answer a row with no.
type rowReasons struct {
	Label   string
	Reasons []reason
}

// A reason applies to one or more modes.
type reason struct {
	Modes []string
	Word  string // the answer
	Text  string
}

func sideBySide(r *result.Record, part string) *table {
	side := render.Side(r)
	t := &table{Legend: slices.Concat(side.Legend, side.Footnotes), Skipped: side.Skipped, Single: side.Single}
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
		line := tableRow{Label: row.Label}
		for i, c := range row.Cells {
			cell := tableCell{Text: c.Text + c.Mark, Class: toneClass(c.Tone)}
			if c.Step != nil {
				cell.Item = stepID(r, part, side.Columns[i].Scenario, c.Step)
			}
			line.Cells = append(line.Cells, cell)
		}
		for i := range line.Cells {
			line.Cells[i].Other = others(line.Cells, i)
		}
		group := &t.Groups[len(t.Groups)-1]
		group.Rows = append(group.Rows, line)
		if why := reasonsOf(side, row); len(why) > 0 {
			t.Reasons = append(t.Reasons, rowReasons{row.Label, why})
		}
	}
	return t
}

// others lists the items of the cells whose answer differs from that of cell i. Those that say yes where it says no, or
// the other way round, come first.
func others(cells []tableCell, i int) string {
	var opposite, rest []string
	for k, c := range cells {
		switch {
		case k == i || c.Item == "" || c.Text == cells[i].Text:
		case c.Class != cells[i].Class:
			opposite = append(opposite, c.Item)
		default:
			rest = append(rest, c.Item)
		}
	}
	return strings.Join(append(opposite, rest...), " ")
}

// reasonsOf lists the reasons of the row's cells that say no. A reason that several modes share appears once.
func reasonsOf(side render.Table, row render.Row) []reason {
	var reasons []reason
	for i, c := range row.Cells {
		if c.Tone != render.Bad || c.Step == nil {
			continue
		}
		var words []string
		for _, n := range render.Tell(side.Columns[i].Scenario, c.Step, render.Options{}).Notes {
			if n.Kind == render.NoteReason {
				words = append(words, n.Text)
			}
		}
		why := reason{Word: c.Text, Text: strings.Join(words, " ")}
		at := slices.IndexFunc(reasons, func(r reason) bool { return r.Word == why.Word && r.Text == why.Text })
		if at < 0 {
			at, reasons = len(reasons), append(reasons, why)
		}
		reasons[at].Modes = append(reasons[at].Modes, side.Columns[i].Label)
	}
	return reasons
}

// lessonOf returns the ID of a scenario's lesson on the page.
func lessonOf(r *result.Record, part string, sc *result.Scenario) string {
	for i := range r.Scenarios {
		if &r.Scenarios[i] == sc {
			return lessonID(part, i)
		}
	}
	return ""
}

// stepID returns the ID of a step's item on the page.
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
