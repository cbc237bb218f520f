package report

// The paths of packets in a drawing: lines from box to box, and a mark where the path ends.

import (
	"fmt"
	"strings"
)

const markH = 20 // of a mark

// A drawnWay is the path of one question's packets.
type drawnWay struct {
	Step   int
	Class  string // "arrived", "refused", "silent"
	Points string // of an SVG polyline
	Arrow  string // of an SVG polygon
	Local  string // an SVG path: a loop if nothing left the namespace
	Mark   text   // the word at its end
	W      int    // of the mark
}

// Middle is the center of the mark, from its left edge.
func (w drawnWay) Middle() int { return w.W / 2 }

// way draws the path of a step's packets.
func (d *scene) way(step int, w way) {
	if w.none {
		return
	}
	drawn := drawnWay{Step: step, Class: [...]string{"arrived", "refused", "silent", "looked"}[w.end]}
	if len(w.nodes) == 1 && w.out >= 0 {
		d.stump(&drawn, w)
		d.Ways = append(d.Ways, drawn)
		return
	}
	if len(w.nodes) == 1 {
		d.loop(&drawn, w)
		d.Ways = append(d.Ways, drawn)
		return
	}
	var points [][2]int
	add := func(x, y int) {
		if n := len(points); n == 0 || points[n-1] != [2]int{x, y} {
			points = append(points, [2]int{x, y})
		}
	}
	for i := range len(w.nodes) - 1 {
		from, to := w.nodes[i], w.nodes[i+1]
		out, in := d.between(from, to)
		switch kind := d.lab.nodes[from].kind; {
		case kind == hostNode: // through the middle of its stack
			middle := d.rects[from].X + d.rects[from].W/2
			if i > 0 {
				add(middle, points[len(points)-1][1])
			}
			add(middle, out[1])
		case i == 0: // from inside the box
			add(d.inside(from, out), out[1])
		}
		add(out[0], out[1])
		add(in[0], in[1])
	}
	last := w.nodes[len(w.nodes)-1]
	end := points[len(points)-1]
	switch d.lab.nodes[last].kind {
	case hostNode:
		add(d.rects[last].X+d.rects[last].W/2, end[1])
	case peerNode, machineNode:
		if w.end != silent {
			drawn.Arrow = arrow(points)
		}
	}
	var b strings.Builder
	for _, p := range points {
		fmt.Fprintf(&b, "%d,%d ", p[0], p[1])
	}
	drawn.Points = strings.TrimSpace(b.String())
	d.mark(&drawn, w, points[len(points)-1])
	d.Ways = append(d.Ways, drawn)
}

// between returns where the edge between two nodes leaves the first and reaches the second.
func (d *scene) between(from, to int) (out, in [2]int) {
	for k, e := range d.lab.edges {
		a, b := [2]int{d.ends[k].ax, d.ends[k].ay}, [2]int{d.ends[k].bx, d.ends[k].by}
		switch {
		case e.a == from && e.b == to:
			return a, b
		case e.b == from && e.a == to:
			return b, a
		}
	}
	return out, in
}

// inside returns the x coordinate inside a box, just behind the point where an edge leaves it.
func (d *scene) inside(node int, out [2]int) int {
	if d.lab.nodes[node].kind == machineNode && !d.size.narrow {
		return out[0] - 5
	}
	return out[0] + 5
}

// arrow returns the arrowhead at the end of a line.
func arrow(points [][2]int) string {
	end, before := points[len(points)-1], points[len(points)-2]
	x, y := end[0], end[1]
	switch {
	case end[0] > before[0]:
		return fmt.Sprintf("%d,%d %d,%d %d,%d", x+7, y, x-5, y-7, x-5, y+7)
	case end[0] < before[0]:
		return fmt.Sprintf("%d,%d %d,%d %d,%d", x-7, y, x+5, y-7, x+5, y+7)
	default:
		return fmt.Sprintf("%d,%d %d,%d %d,%d", x, y+7, x-7, y-5, x+7, y-5)
	}
}

// stump draws packets that left a container or an outside computer and were seen nowhere else.
func (d *scene) stump(drawn *drawnWay, w way) {
	e := d.ends[w.out]
	from, to := [2]int{e.ax, e.ay}, [2]int{e.bx, e.by}
	if d.lab.edges[w.out].b == w.nodes[0] {
		from, to = to, from
	}
	half := [2]int{(from[0] + to[0]) / 2, (from[1] + to[1]) / 2}
	drawn.Points = fmt.Sprintf("%d,%d %d,%d", d.inside(w.nodes[0], from), from[1], half[0], half[1])
	d.mark(drawn, w, half)
}

// loop draws packets that never left a network namespace.
func (d *scene) loop(drawn *drawnWay, w way) {
	b := d.rects[w.nodes[0]]
	x, y := b.X+b.W-34, b.Y+22
	if d.lab.nodes[w.nodes[0]].kind == hostNode {
		y = b.Y + b.H - 40
	}
	drawn.Local = fmt.Sprintf("M%d %d c26 -18 26 24 2 12", x, y)
	d.mark(drawn, w, [2]int{b.X + b.W/2, y})
}

// mark puts a word at the end of a path that says why it ended there. On a box it sits on the upper border, where it
// hides nothing.
func (d *scene) mark(drawn *drawnWay, w way, at [2]int) {
	last := w.nodes[len(w.nodes)-1]
	word := w.mark
	switch {
	case word == "" && len(w.nodes) == 1:
		word = "stays inside"
	case word == "":
		word = "arrives"
	}
	drawn.W = 20 + 15*len(word)/2
	x, y := at[0]-drawn.W/2, at[1]-markH/2
	switch k := d.lab.nodes[last].kind; {
	case w.out < 0 && (k == peerNode || k == machineNode):
		b := d.rects[last]
		x, y = b.X+b.W-drawn.W-8, b.Y-markH/2
	case w.out >= 0: // below its cable, because the interface's name is above it
		y = at[1] + 3
	case k == networkNode: // beside its bar, away from the interface names
		x = at[0] - 5 - drawn.W
	case k == hostNode && len(w.nodes) == 1: // on its lower border, because the names are at the top
		b := d.rects[last]
		x, y = b.X, b.Y+b.H-markH/2
	}
	drawn.Mark = text{X: min(max(x, 2), d.Width-2-drawn.W), Y: max(y, 0), Text: word}
}
