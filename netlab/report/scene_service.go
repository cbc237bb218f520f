package report

// The swarm services of a drawing.

import (
	"netlab/netlab/fact"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// asPeer returns a service as the place in the drawing that it takes: on its network, on the first engine, with its
// virtual IP.
func asPeer(r *result.Record, v *fact.Service) *fact.Peer {
	p := &fact.Peer{
		Name: v.Name, Mode: fact.DriverOverlay,
		Network: []fact.Endpoint{{Network: v.Network, Driver: fact.DriverOverlay, IPv4: v.VIP}},
	}
	if len(r.Engines) > 0 {
		p.Engine, p.Node = r.Engines[0].ID, r.Engines[0].Node
	}
	return p
}

// service draws a service with its virtual IP and its tasks, and returns the y coordinate of its end.
func (d *scene) service(i int, b box) int {
	n := &d.lab.nodes[i]
	b.Class = "peer"
	columns := min(d.size.peerColumns, (b.W-2*boxGap)*2/13)
	y := b.Y + 6
	add := func(class, s string, room int) {
		for _, part := range fold(s, room) {
			y += lineH
			b.Texts = append(b.Texts, newText(class, b.X+boxGap, y, part, room))
		}
	}
	add("name", n.says+", a service", columns*3/4)
	if vip := render.Flat(n.service.VIP); vip != "" {
		add("small", "virtual IP "+vip, columns)
	}
	for _, task := range n.service.Tasks {
		add("small", "task "+render.Flat(task), columns)
	}
	for k, e := range d.lab.edges {
		if e.a == i {
			d.ends[k] = ends{ax: b.X, ay: b.Y + 6 + 2*lineH - 4}
		}
	}
	b.H = y + 12 - b.Y
	d.rects[i] = b
	d.Boxes = append(d.Boxes, b)
	return b.Y + b.H
}
