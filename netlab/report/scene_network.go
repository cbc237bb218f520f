package report

// The networks of a drawing: their bars, their labels, and the connections to the containers.

import (
	"strings"
	"unicode/utf8"

	"netlab/netlab/fact"
	"netlab/netlab/render"
)

// bars draws the networks and the connections to them. Each bar is as long as its containers are far apart.
func (d *scene) bars(firstBar int, column map[int]int) {
	for i, n := range d.lab.nodes {
		if n.kind != networkNode || d.rects[i].H == 0 {
			continue
		}
		label := d.rects[i].Y
		top, bottom := 1<<30, label+labelH+24
		for k, e := range d.lab.edges {
			if e.b == i && !e.cut {
				top, bottom = min(top, d.ends[k].ay-12), max(bottom, d.ends[k].ay+12)
			}
		}
		top = min(max(label+labelH+2, top), bottom-24)
		x := firstBar + column[i]*d.size.busW
		d.rects[i] = box{Node: i, X: x, Y: top, H: bottom - top}
		bar := line{Class: "bar " + barClass(n), Node: i, X1: x, Y1: top, X2: x, Y2: bottom}
		at := x - d.size.labelX
		for other, col := range column { // the label is next to the bars that pass it on its left
			if col < column[i] && d.passes(other, label) {
				at = max(at, firstBar+col*d.size.busW+7)
			}
		}
		room := d.lastBar + d.size.veth + boxGap/2 - at
		for k, s := range barLabel(n) {
			class, columns := "small", room/7
			switch {
			case k == 0:
				class, columns = "net", room/8
			case utf8.RuneCountInString(s) > columns: // the longest addresses, on a phone
				class, columns = "tiny", room/6
			}
			bar.Texts = append(bar.Texts, newText(class, at, label+12+k*15, s, columns))
		}
		d.Bars = append(d.Bars, bar)
		d.cables(i, x)
	}
}

// passes reports whether a network's bar passes a label at y. A link continues downward past the bars next to it.
func (d *scene) passes(network, y int) bool {
	if d.lab.wireOf(network) {
		return true
	}
	above, below := false, false
	for k, e := range d.lab.edges {
		if e.b == network && !e.cut {
			above, below = above || d.ends[k].ay < y, below || d.ends[k].ay > y
		}
	}
	return above && below
}

func barClass(n node) string {
	switch {
	case n.network.Driver == fact.DriverOverlay:
		return "overlay"
	case n.network.OnParent():
		return "parent"
	}
	return "bridge"
}

// cables draws the veth pairs, or whatever connects the containers to a network's bar at x.
func (d *scene) cables(network, x int) {
	for k, e := range d.lab.edges {
		if e.b != network || e.cut {
			continue
		}
		d.ends[k].bx, d.ends[k].by = x, d.ends[k].ay
		if d.lab.nodes[e.a].note == stopped { // its veth pair is gone
			continue
		}
		cable := line{Class: "cable", Node: -1, X1: x, Y1: d.ends[k].ay, X2: d.ends[k].ax, Y2: d.ends[k].ay}
		if e.name != "" {
			cable.Texts = []text{newText("tiny", d.lastBar+10, d.ends[k].ay-6, render.Flat(e.name), (d.size.veth-12)/6)}
		}
		d.Lines = append(d.Lines, cable)
		d.Ports = append(d.Ports, port{x, d.ends[k].ay})
	}
}

// barLabel returns the lines above a network's bar: its name, the host's interface, and the address there.
func barLabel(n node) []string {
	name := render.Flat(n.name)
	lines := []string{name}
	switch n.network.Driver {
	case fact.DriverOverlay:
		lines = append(lines, strings.TrimSpace("VXLAN "+render.Flat(n.network.VXLAN())))
		return append(lines, render.Flat(n.network.Subnet))
	case fact.DriverMacvlan, fact.DriverIPvlan:
		lines[0] += ", " + n.network.Driver
		return append(lines, render.Flat(n.network.Interface), render.Flat(n.network.Subnet))
	}
	if n.network.Internal {
		lines[0] += ", internal"
	}
	if link := render.Flat(n.network.Interface); link != name {
		lines = append(lines, link)
	}
	_, bits, ok := strings.Cut(n.network.Subnet, "/")
	if address := render.Flat(n.network.Gateway); address != "" && ok {
		lines = append(lines, address+"/"+render.Flat(bits))
	}
	return lines
}
