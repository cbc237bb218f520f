package report

import (
	"bytes"
	"html"
	"strings"
	"testing"

	"netlab/netlab/render"
)

// The modes' drawings are above the table, each with the mode's name.
func TestModesAreDrawnAboveTheTable(t *testing.T) {
	r := recorded(t, "compare")
	var b bytes.Buffer
	if err := HTML(&b, r, render.Options{}); err != nil {
		t.Fatal(err)
	}
	above, _, found := strings.Cut(html.UnescapeString(b.String()), `<table class="side">`)
	if n := strings.Count(above, `<svg class="scene small"`); !found || n != len(r.Scenarios) {
		t.Errorf("%d drawings stand above the table, want %d", n, len(r.Scenarios))
	}
	for _, c := range render.Side(r).Columns {
		if !strings.Contains(above, ">"+c.Label+"</a> "+render.Flat(c.Scenario.Title)) {
			t.Errorf("no drawing has the name %s and says what it is", c.Label)
		}
	}
}
