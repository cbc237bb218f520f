package report

import (
	"slices"
	"strconv"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A costBar is a figure of one mode, with lengths for a drawing 100 units wide.
type costBar struct {
	render.CostBar
	Length  string // of the bar, which ends at the median
	Low     string // where the whisker begins
	Whisker string // its length
	Beyond  bool   // the spread ends outside the drawing
}

// costs is a bench on the page.
func costs(r *result.Record) *render.Cost {
	c := render.CostOf(r)
	if len(c.Paths) > 0 {
		c.Legend = slices.Insert(c.Legend, 0, "A bar ends at the median. The line over its end is the spread.")
	}
	return &c
}

func newCostBar(b render.CostBar) costBar {
	inside := func(part float64) float64 { return 100 * min(max(part, 0), 1) }
	low := inside(b.Low)
	return costBar{
		CostBar: b, Length: units(inside(b.Length)),
		Low: units(low), Whisker: units(max(inside(b.High)-low, 0)), Beyond: b.High > 1,
	}
}

func units(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
