package report

// The outside of a drawing: the outside computers, their links, and what connects the networks to the host.

import (
	"netlab/netlab/render"
)

// uplinks draws the connections from the networks' bars to the host's own stack.
func (d *scene) uplinks(core int) {
	right := core + d.size.coreW
	for k, e := range d.lab.edges {
		if d.lab.nodes[e.a].kind != networkNode || d.lab.nodes[e.b].kind != hostNode || d.rects[e.a].H == 0 {
			continue
		}
		bar := d.rects[e.a]
		y := bar.Y + min(bar.H/2, 40)
		d.ends[k] = ends{bar.X, y, right, y}
		class := "cable"
		if d.lab.nodes[e.a].network.OnParent() {
			class += " stub"
		}
		d.Lines = append(d.Lines, line{Class: class, Node: -1, X1: right, Y1: y, X2: bar.X, Y2: y})
		d.Ports = append(d.Ports, port{bar.X, y})
	}
}

// machines draws the outside computers: to the left of the host, or below it on a narrow page.
func (d *scene) machines() {
	n := 0
	host := d.rects[0]
	for k, e := range d.lab.edges {
		m := d.lab.nodes[e.b]
		if m.kind != machineNode {
			continue
		}
		b := box{Class: "machine", Node: e.b, X: edgeGap, W: d.size.machineW}
		wire := line{Class: "cable wire", Node: -1}
		at := d.ends[k]
		onBar := d.lab.nodes[e.a].kind == networkNode
		switch {
		case d.size.narrow:
			b.X, b.Y, b.W = edgeGap, d.Height-edgeGap+wireSpace, d.size.width-2*edgeGap
			x := host.X + host.W/2 + 14*n
			from := host.Y + host.H
			if onBar {
				x, from = d.rects[e.a].X, d.rects[e.a].Y+d.rects[e.a].H
			}
			at = ends{x, from, x, b.Y}
			wire.Texts = []text{
				newText("small", x+8, b.Y-26, render.Flat(m.wire.Name), 30),
				newText("tiny", x+8, b.Y-10, render.Flat(m.wire.Interface+" "+m.wire.Host), 34),
			}
		case onBar:
			bar := d.rects[e.a]
			y := host.Y + host.H + lineH + 2*lineH*n
			at = ends{bar.X, y, b.X + b.W, y}
			d.Lines = append(d.Lines, line{Class: "cable wire", Node: -1, X1: bar.X, Y1: bar.Y + bar.H, X2: bar.X, Y2: y})
			b.Y = y - 50
		default:
			y := host.Y + min(host.H/2, 110) + n*110
			at = ends{host.X, y, b.X + b.W, y}
			b.Y = y - 50
		}
		if !d.size.narrow {
			wire.Texts = []text{
				newText("small", b.X+b.W+8, at.by-6, render.Flat(m.wire.Name), d.size.wireW/7),
				newText("tiny", b.X+b.W+8, at.by+14, render.Flat(m.wire.Interface), d.size.wireW/6),
			}
		}
		d.ends[k] = at
		wire.X1, wire.Y1, wire.X2, wire.Y2 = at.ax, at.ay, at.bx, at.by
		d.Lines = append(d.Lines, wire)
		b.Y = max(b.Y, edgeGap)
		d.machine(b, m)
		d.Height = max(d.Height, d.rects[e.b].Y+d.rects[e.b].H+edgeGap)
		n++
	}
}

// machine draws one outside computer.
func (d *scene) machine(b box, m node) {
	room := (b.W - 2*boxGap) / 6
	add := func(class, s string) {
		if s != "" {
			y := b.Y + 6 + lineH*(len(b.Texts)+1)
			b.Texts = append(b.Texts, newText(class, b.X+boxGap, y, s, room))
		}
	}
	add("name", m.says)
	add("address", render.Flat(m.wire.Address))
	if m.wire.Router != "" && d.routes(m) {
		add("small", "router of the LAN:")
		add("address", render.Flat(m.wire.Router))
	} else {
		add("small", "outside Docker")
	}
	b.H = 18 + lineH*len(b.Texts)
	d.rects[b.Node] = b
	d.Boxes = append(d.Boxes, b)
}

// routes reports whether an outside computer is the router of a LAN that containers have addresses on.
func (d *scene) routes(m node) bool {
	for _, n := range d.lab.nodes {
		if n.kind == networkNode && n.network.OnParent() && n.network.Interface == m.wire.Interface {
			return true
		}
	}
	return false
}
