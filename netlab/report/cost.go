package report

import (
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

// A costBar is a figure of one mode, as wide as a drawing of 100 units says.
type costBar struct {
	render.CostBar
	Solid  string // the part up to the spread
	Pale   string // that over it
	Beyond bool   // the spread goes on outside the drawing
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
	return c
}

func newCostBar(b render.CostBar) costBar {
	inside := func(part float64) float64 { return 100 * min(max(part, 0), 1) }
	solid := inside(b.Low)
	return costBar{CostBar: b, Solid: units(solid), Pale: units(max(inside(b.High)-solid, 0)), Beyond: b.High > 1}
}

func units(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
