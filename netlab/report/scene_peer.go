package report

// The containers of a drawing, and their volumes.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/render"
)

// container draws one network namespace, and returns the y coordinate of its end.
func (d *scene) container(i int, b box) int {
	n := &d.lab.nodes[i]
	if n.service != nil {
		return d.service(i, b)
	}
	b.Class = "peer"
	columns := min(d.size.peerColumns, (b.W-2*boxGap)*2/13)
	mono := min(d.size.peerColumns, (b.W-2*boxGap)*10/67) // monospaced characters are wider
	y := b.Y + 6
	add := func(class, s string) {
		room := columns
		switch class {
		case "name":
			room = columns * 3 / 4
		case "address":
			room = mono
		}
		for _, part := range fold(s, room) {
			y += lineH
			b.Texts = append(b.Texts, newText(class, b.X+boxGap, y, part, room))
		}
	}
	name, guests := n.says, 0
	for _, p := range d.lab.sc.Peers {
		if at, ok := d.lab.index[p.Name]; ok && at == i && p.Name != n.name {
			name += " + " + render.Flat(p.Name)
			guests++
		}
	}
	add("name", name)
	if guests > 0 {
		add("small", "in one network namespace")
	}
	onNone := len(n.peer.Network) > 0
	endpoints := slices.Clone(n.peer.Network)
	slices.SortStableFunc(endpoints, func(a, b fact.Endpoint) int { return cmp.Compare(a.Link, b.Link) })
	for _, e := range endpoints {
		to := d.lab.attached(i, d.lab.sc.OwnName(e.Network))
		if to < 0 || d.lab.edges[to].cut {
			continue
		}
		onNone = false
		if n.note == stopped { // at that word
			d.ends[to] = ends{ax: b.X, ay: y + lineH - 4}
			continue
		}
		address := strings.TrimSpace(render.Flat(e.Link) + " " + render.Flat(e.IPv4))
		if e.IPv4 == "" {
			address = strings.TrimSpace(render.Flat(e.Link) + " " + render.Flat(e.IPv6))
		}
		if e.IPv4 == render.Blank { // room to write
			y += 8
		}
		at := y + lineH // of the first line, where the connection ends
		add("address", address)
		d.ends[to] = ends{ax: b.X, ay: at - 4}
		if e.IPv4 != "" && e.IPv6 != "" {
			add("address", render.Flat(e.IPv6))
		}
	}
	for k, e := range d.lab.edges {
		if e.a != i || e.cut || d.ends[k].ax != 0 {
			continue
		}
		link := render.Flat(e.link)
		if link == "" {
			link = "on " + render.Flat(d.lab.nodes[e.b].name)
		}
		add("address", link)
		d.ends[k] = ends{ax: b.X, ay: y - 4}
	}
	switch {
	case n.note == stopped:
		b.Class += " apart"
		add("small", stopped)
	case onNone || n.peer.Isolated():
		b.Class += " apart"
		add("small", probe.WordLoopback+", on no network")
	case len(n.peer.Network) == 0:
		b.Class += " apart"
		if n.note == "" {
			add("small", "not started yet")
		}
	}
	published := n.peer.Published
	switch n.note {
	case stopped:
		published = nil
	default:
		if n.note != "" {
			add("small", n.note)
		}
	}
	for k, port := range published {
		if k == 3 {
			add("small", fmt.Sprintf("and %d more published", len(published)-k))
			break
		}
		add("small", render.Flat(port))
	}
	b.H = y + 12 - b.Y
	d.rects[i] = b
	d.Boxes = append(d.Boxes, b)
	return b.Y + b.H
}

// fold breaks a text that is too wide: at a space, before an arrow, or after a colon of an address.
func fold(s string, columns int) []string {
	var parts []string
	for columns > 0 && utf8.RuneCountInString(s) > columns {
		head := string([]rune(s)[:columns])
		at := max(strings.LastIndex(head, " "), strings.LastIndex(head, ":"), strings.LastIndex(head, "->")-1) + 1
		if i := strings.Index(s, "->"); i > 0 && i <= len(head) {
			at = i
		}
		if at > 1 && s[at-1] == ':' && s[at] == ':' { // keep "::" together
			at--
		}
		if at <= 0 {
			break // one long word, which is cut
		}
		parts, s = append(parts, strings.TrimSpace(s[:at])), s[at:]
	}
	return append(parts, s)
}

// volume draws a volume, and returns the y coordinate of its end.
func (d *scene) volume(v render.Volume, b box) int {
	columns := (b.W - 2*boxGap) / 6
	y := b.Y + 6 + lineH
	b.Texts = []text{newText("name", b.X+boxGap, y, "volume "+v.Name, columns*6/8)}
	for _, place := range v.Places {
		y += lineH
		b.Texts = append(b.Texts, newText("small", b.X+boxGap, y, place, columns))
	}
	b.H = y + 12 - b.Y
	d.Boxes = append(d.Boxes, b)
	return b.Y + b.H
}
