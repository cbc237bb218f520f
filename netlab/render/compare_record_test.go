package render

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"netlab/netlab/result"
)

// The comparison that ships with netlab has an answer in every cell, and its six modes fit side by side into 80
// columns.
func TestRecordedComparisonIsWhole(t *testing.T) {
	text, err := os.ReadFile("../../scenarios/recorded/compare.json")
	if err != nil {
		t.Fatal(err)
	}
	var r result.Record
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	side := Side(&r)
	if len(side.Columns) != 6 || len(side.Rows) == 0 || side.Single != 0 {
		t.Errorf("%d modes, %d rows, %d questions of one mode alone", len(side.Columns), len(side.Rows), side.Single)
	}
	for _, row := range side.Rows {
		same := true
		for i, c := range row.Cells {
			switch {
			case c.Step == nil || c.Step.Observed == nil || c.Tone == Odd || strings.Trim(c.Text, "- ") == "":
				t.Errorf("%s, %s: %q is no answer", side.Columns[i].Label, row.Label, c.Text)
			case i > 0:
				same = same && c.Text == row.Cells[0].Text
			}
		}
		if same {
			t.Errorf("%s is the same in all modes: %s", row.Label, row.Cells[0].Text)
		}
	}
	var b bytes.Buffer
	if err := Compare(&b, &r, Options{}); err != nil {
		t.Fatal(err)
	}
	head := 0
	for line := range strings.Lines(b.String()) {
		if displaywidth.String(strings.TrimRight(line, "\n")) > defaultWidth {
			t.Errorf("more than %d columns: %s", defaultWidth, line)
		}
		if strings.Contains(line, "bridge") && strings.Contains(line, "custom") && strings.Contains(line, "overlay") {
			head++
		}
	}
	if head == 0 {
		t.Errorf("the modes do not stand side by side:\n%s", b.String())
	}
}
