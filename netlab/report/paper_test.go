package report

import (
	"bytes"
	"encoding/base64"
	"testing"

	"netlab/netlab/render"
)

// No sheet of paper has only the foot of a report, on A4 or US Letter. These are the lessons that just fit one sheet.
func footsShareASheet(t *testing.T, b *browser) {
	sheets := func(height float64) int {
		var pdf struct{ Data string }
		b.call("Page.printToPDF", map[string]any{"paperWidth": 8.27, "paperHeight": height}, &pdf)
		doc, err := base64.StdEncoding.DecodeString(pdf.Data)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(doc, []byte("/Type /Page\n"))
	}
	for _, name := range []string{"multi-homed", "multi-stage", "shared"} {
		b.open(drawn(t, recorded(t, name), render.Options{Recorded: true}), 1280, 800)
		const a4, letter = 11.69, 11 // inches
		if got := sheets(a4); got != 1 {
			t.Errorf("%s takes %d sheets of A4, want 1", name, got)
		}
		if got := sheets(letter); got != 1 {
			t.Errorf("%s takes %d sheets of US Letter, want 1", name, got)
		}
	}
}
