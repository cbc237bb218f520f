package report

import (
	"bytes"
	_ "embed" // the worksheets' page
	"fmt"
	"html/template"
	"io"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

//go:embed worksheet.html
var worksheetHTML string

// Worksheet writes the records' questions as a worksheet, or as its key: one HTML page for printing on A4, without a
// script or external resources. It returns the writer's error.
func Worksheet(w io.Writer, records []*result.Record, key bool, o render.Options) error {
	t, err := pageTemplate()
	if err != nil {
		return err
	}
	t, err = t.New("worksheet").Funcs(template.FuncMap{"drawing": sheetDrawing}).Parse(worksheetHTML)
	if err != nil {
		return fmt.Errorf("reading the page of worksheets: %w", err)
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		render.Sheet

		CSS template.CSS
	}{render.NewSheet(records, key, o), template.CSS(sceneCSS)}) // netlab's own file
	if err != nil {
		return fmt.Errorf("drawing the worksheet: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("writing the worksheet: %w", err)
	}
	return nil
}

// sheetDrawing is the drawing of a lesson's lab when it came up, or nil if the lesson has none.
func sheetDrawing(l render.SheetLesson) *scene {
	if l.Drawn == nil {
		return nil
	}
	return newLab(l.Record, l.Drawn).draw(l.Record, wide())
}
