package report

import (
	"slices"
	"strconv"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A cost is a bench on the page.
type cost struct {
	render.Cost
	Paths []costPath
}

type costPath struct {
	Title, Note string
	Blocks      []costBlock
}

type costBlock struct {
	Title string
	Bars  []costBar
}

// A costBar is a figure of one mode, with lengths for a drawing 100 units wide.
type costBar struct {
	render.CostBar
	Length  string // of the bar, which ends at the median
	Low     string // where the whisker begins
	Whisker string // its length
	Beyond  bool   // the spread ends outside the drawing
}

func costs(r *result.Record) *cost {
	c := &cost{Cost: render.CostOf(r)}
	for _, p := range c.Cost.Paths {
		path := costPath{Title: p.Title, Note: p.Note}
		for _, b := range p.Blocks {
			block := costBlock{Title: b.Title}
			for _, one := range b.Bars {
				block.Bars = append(block.Bars, newCostBar(one))
			}
			path.Blocks = append(path.Blocks, block)
		}
		c.Paths = append(c.Paths, path)
	}
	if len(c.Paths) > 0 {
		c.Legend = slices.Insert(c.Legend, 0, "A bar ends at the median. The line over its end is the spread.")
	}
	return c
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
