package render

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"netlab/netlab/result"
)

// How an 80-column page divides a figure's line: the median, the 99th percentile, the spread and the comparison have
// fixed widths. The mode and the bar share the rest.
const (
	costMedian   = 7
	costP99      = 9
	costSpread   = 13
	costAgainst  = 13
	longestWay   = 16 // of a label
	shortestRoom = 5  // of a bar

	p99From = 72 // columns of a page; narrower pages omit the 99th percentile
)

// Bench draws what network modes cost: a section per path, a block per measure, a bar per mode. The legend, the skipped
// modes and the result of the clean-up follow.
func Bench(w io.Writer, r *result.Record, o Options) error {
	p := newPage(o)
	c := CostOf(r)
	p.line(strings.ToUpper(c.Title))
	p.sentences(engines(r, o), c.Measure)
	for _, path := range c.Paths {
		path.draw(p)
	}
	if len(c.Modes) > 0 {
		p.WriteByte('\n')
		p.line("IN SHORT")
		for _, s := range c.Modes {
			p.para(" ", 2, s)
		}
	}
	p.WriteByte('\n')
	if len(c.Paths) > 0 {
		p.para("", 2, "A bar (# and =) ends at the median. Its whisker (= and -) is the spread.")
	}
	for _, s := range slices.Concat(c.Legend, c.Skipped) {
		p.para("", 2, s)
	}
	p.cleanUp(r)
	return p.to(w)
}

func (c CostPath) draw(p *page) {
	label := 0
	for _, one := range c.Blocks {
		for _, bar := range one.Bars {
			label = max(label, columns(bar.Label))
		}
	}
	label = min(label, longestWay)
	p.WriteByte('\n')
	head := strings.ToUpper(c.Title)
	if columns(head) < barsEnd(p.width) {
		head = pad(head, barsEnd(p.width)) + fmt.Sprintf("%*s", costMedian, "median")
	}
	p.line(head)
	for _, one := range c.Blocks {
		p.para(" ", 2, one.Title)
		for _, bar := range one.Bars {
			bar.draw(p, label)
		}
	}
	p.para("Textbook: ", 2, c.Note)
}

func (b CostBar) draw(p *page, label int) {
	first := "  " + pad(b.Label, label) + " "
	if b.Missing != "" {
		p.para(first, 4, b.Missing)
		return
	}
	room := max(barsEnd(p.width)-columns(first)-1, shortestRoom)
	row := first + pad(drawn(b, room), room+1) + fmt.Sprintf("%*s ", costMedian, b.Median)
	if width := p99Width(p.width); width > 0 {
		p99 := ""
		if b.P99 != "" {
			p99 = "p99 " + b.P99
		}
		row += pad(p99, width)
	}
	p.line(row + pad(b.Spread, costSpread) + b.Against)
}

// barsEnd returns the column where the numbers begin.
func barsEnd(width int) int {
	return width - costMedian - 1 - p99Width(width) - costSpread - costAgainst
}

func p99Width(width int) int {
	if width < p99From {
		return 0
	}
	return costP99
}

// drawn is a bar in characters. It ends at the median: # up to the spread and = within it. The whisker continues as -
// to the end of the spread, or to > if it does not fit.
func drawn(b CostBar, room int) string {
	if !(b.High > 0) {
		return ""
	}
	length := func(part float64) int { return int(math.Round(min(max(part, 0), 2) * float64(room))) }
	median := max(length(b.Length), 1)
	low, high := min(max(length(b.Low), 1), median), length(b.High)
	s := strings.Repeat("#", low) + strings.Repeat("=", median-low) + strings.Repeat("-", max(high-median, 0))
	if len(s) > room {
		s = s[:room-1] + ">"
	}
	return s
}
