package report

// The tracks of a drawing, along which packets move from one capture point to the next.

import (
	"fmt"
	"strings"
)

// A drawnTrack is a track in a drawing.
type drawnTrack struct {
	Class  string
	Points string // of an SVG polyline, or a single point
}

// track draws a track.
func (d *scene) track(t track) {
	drawn := drawnTrack{Class: "track"}
	if t.gap {
		drawn.Class += " gap"
	}
	if d.rects[t.from.node].H == 0 || d.rects[t.to.node].H == 0 { // in a record that contradicts itself
		d.addTrack(drawn, [][2]int{{}})
		return
	}
	var points [][2]int
	add := func(at [2]int) {
		if n := len(points); n == 0 || points[n-1] != at {
			points = append(points, at)
		}
	}
	add(d.at(t.from))
	if t.out {
		e := d.ends[t.to.edge]
		add([2]int{(e.ax + e.bx) / 2, (e.ay + e.by) / 2})
		d.addTrack(drawn, points)
		return
	}
	if t.to.local {
		x, y := points[0][0], points[0][1]
		for _, by := range [][2]int{{13, -9}, {24, -5}, {28, 6}, {21, 14}, {8, 12}} {
			add([2]int{x + by[0], y + by[1]})
		}
	}
	nodes := t.nodes[:]
	for i := 0; i+1 < len(nodes) && nodes[i+1] >= 0; i++ {
		out, in := d.between(nodes[i], nodes[i+1])
		if d.lab.nodes[nodes[i]].kind == hostNode && out != points[len(points)-1] { // through the middle of its stack
			middle := d.rects[nodes[i]].X + d.rects[nodes[i]].W/2
			add([2]int{middle, points[len(points)-1][1]})
			add([2]int{middle, out[1]})
		}
		add(out)
		add(in)
	}
	switch end := points[len(points)-1]; d.lab.nodes[t.to.node].kind {
	case hostNode:
		if t.to.edge >= 0 {
			e := [2]int{d.ends[t.to.edge].ax, d.ends[t.to.edge].ay}
			if end != e {
				middle := d.rects[t.to.node].X + d.rects[t.to.node].W/2
				add([2]int{middle, end[1]})
				add([2]int{middle, e[1]})
			}
			add(e)
		}
	case peerNode, machineNode:
		if !t.to.local {
			add(d.at(visit{t.to, -1}))
		}
	}
	d.addTrack(drawn, points)
}

func (d *scene) addTrack(t drawnTrack, points [][2]int) {
	var b strings.Builder
	for _, p := range points {
		fmt.Fprintf(&b, "%d,%d ", p[0], p[1])
	}
	t.Points = strings.TrimSpace(b.String())
	d.Tracks = append(d.Tracks, t)
}

// at is where a packet is drawn at a stop: inside a container, on a network's bar where it came from, or at the host's
// end of a link.
func (d *scene) at(v visit) [2]int {
	b := d.rects[v.node]
	switch kind := d.lab.nodes[v.node].kind; {
	case v.local && kind == hostNode:
		return [2]int{b.X + b.W - 34, b.Y + b.H - 40}
	case v.local:
		return [2]int{b.X + b.W - 34, b.Y + 22}
	case kind == networkNode:
		return d.onBar(v)
	case v.edge < 0: // the host
		return [2]int{b.X + b.W/2, b.Y + b.H/2}
	case kind == hostNode:
		return [2]int{d.ends[v.edge].ax, d.ends[v.edge].ay}
	}
	e := d.ends[v.edge]
	end := [2]int{e.ax, e.ay}
	if d.lab.edges[v.edge].b == v.node {
		end = [2]int{e.bx, e.by}
	}
	return [2]int{d.inside(v.node, end), end[1]}
}

// onBar is where a packet is drawn on a network's bar: where the edge that it came by ends, or else at the host.
func (d *scene) onBar(v visit) [2]int {
	b := d.rects[v.node]
	at := [2]int{b.X, b.Y + min(b.H/2, 40)}
	if v.in < 0 {
		return at
	}
	if e := d.ends[v.in]; d.lab.edges[v.in].a == v.node {
		at[1] = e.ay
	} else {
		at[1] = e.by
	}
	return at
}
