package report

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A scene is the drawing of a lab, from right to left: the containers, each in its network namespace, the networks, the
// host, and the outside computers. Sizes are SVG units, which equal pixels if the page is wide enough.
type scene struct {
	Class         string
	Width, Height int
	Label         string // for screen readers
	Boxes         []box
	Lines         []line
	Bars          []line // the networks
	Ports         []port // where something connects to a network
	Ways          []drawnWay
	Tracks        []drawnTrack

	lab     *lab
	size    sizes
	lastBar int   // position of the bar nearest to the containers
	rects   []box // by node; for a network, the extent of its bar
	ends    []ends
}

// A box is a rectangle with lines of text in it.
type box struct {
	Class      string
	Node       int
	X, Y, W, H int
	Texts      []text
}

// A text is one line. If it was cut, Title has all of it.
type text struct {
	Class string
	X, Y  int
	Text  string
	Title string
}

// A line goes straight from (X1, Y1) to (X2, Y2) and can have texts next to it.
type line struct {
	Class          string
	Node           int
	X1, Y1, X2, Y2 int
	Texts          []text
}

// A port is a dot on a bar.
type port struct{ X, Y int }

// Ends are where an edge meets its nodes.
type ends struct{ ax, ay, bx, by int }

// Sizes differ between a wide page and a phone.
type sizes struct {
	narrow                  bool
	width                   int
	machineW, wireW         int // an outside computer's box, and the link to it
	coreW, busX, busW, veth int // the host's stack; gaps: to the first bar, between bars, to the panel's edge
	peerColumns             int // characters of small text in a container's box
	labelX                  int // how far left of its bar a network's label begins
}

func wide() sizes {
	return sizes{
		width: 780, machineW: 136, wireW: 78, coreW: 92, busX: 92, busW: 34, veth: 92, peerColumns: 31, labelX: 80,
	}
}

func narrow() sizes {
	return sizes{
		narrow: true, width: 428, coreW: 64, busX: 74, busW: 34, veth: 80, peerColumns: 22, labelX: 64,
	}
}

const (
	edgeGap   = 8  // around everything
	boxGap    = 12 // between two boxes
	panelGap  = 6  // around the host's own network namespace and the networks connected to it
	lineH     = 16 // of a line of text
	headH     = 30 // of a host's title
	labelH    = 48 // of the label above a bar
	labelRoom = 28 // of labelH, the part above the first container's box
	wireSpace = 64 // below the host, for a link on a narrow page
)

// draw lays out a lab.
func (l *lab) draw(r *result.Record, s sizes) *scene {
	d := &scene{
		Class: "wide", lab: l, size: s, rects: make([]box, len(l.nodes)), ends: make([]ends, len(l.edges)),
	}
	if s.narrow {
		d.Class = "narrow"
	}
	column, columns := l.columns()
	s.width += (columns - 1) * s.busW
	d.size, d.Width = s, s.width
	left := edgeGap
	if !s.narrow && l.outside() {
		left += s.machineW + s.wireW
	} else if !s.narrow {
		d.Width -= s.machineW + s.wireW
	}
	core := left + boxGap
	firstBar := core + s.coreW + s.busX
	d.lastBar = firstBar + (columns-1)*s.busW
	panelRight := d.lastBar + s.veth
	if len(column) == 0 {
		panelRight = core + s.coreW + panelGap
	}
	peerX := panelRight + boxGap
	y := edgeGap
	for engine := range max(1, len(r.Engines)) {
		y = d.host(r, engine, hostColumns{left, core, firstBar, panelRight, peerX, column}, y) + 2*boxGap
	}
	d.bars(firstBar, column)
	d.uplinks(core)
	d.Height = y - 2*boxGap + edgeGap
	d.machines()
	d.Label = d.describe()
	return d
}

// same reports whether two drawings show the same lab, ignoring any paths in them.
func (d *scene) same(other *scene) bool {
	return reflect.DeepEqual(d.Boxes, other.Boxes) && reflect.DeepEqual(d.Lines, other.Lines) &&
		reflect.DeepEqual(d.Bars, other.Bars) && slices.Equal(d.Ports, other.Ports)
}

// markChanges marks the boxes whose texts differ from those of an earlier drawing, and the new ones of these texts.
func (d *scene) markChanges(earlier *scene) {
	for i := range d.Boxes {
		b := &d.Boxes[i]
		k := slices.IndexFunc(earlier.Boxes, func(o box) bool { return o.Node == b.Node && b.Node >= 0 })
		if k < 0 {
			continue
		}
		before := earlier.Boxes[k].Texts
		if slices.EqualFunc(b.Texts, before, func(x, y text) bool { return x.Text == y.Text }) {
			continue
		}
		b.Class += " changed"
		for n := range b.Texts {
			t := &b.Texts[n]
			if !slices.ContainsFunc(before, func(o text) bool { return o.Text == t.Text }) {
				t.Class += " new"
			}
		}
	}
}

// hostColumns are the left edges of the parts of a host's box.
type hostColumns struct {
	left, core, firstBar, panelRight, peers int

	column map[int]int // column of each network's bar
}

// outside reports whether the lab has an outside computer.
func (l *lab) outside() bool {
	for _, n := range l.nodes {
		if n.kind == machineNode {
			return true
		}
	}
	return false
}

// columns returns the column of each network's bar, counted from the left, and the number of columns. Bars that extend
// past the same container go into different columns, the shorter one nearer to the containers. A bar that is a link's
// end counts as the longest, because the link continues downward from it.
func (l *lab) columns() (column map[int]int, n int) {
	spans := map[int][2]int{}
	var order []int
	for i := range l.nodes {
		for _, net := range l.networksOf(i) {
			if span, ok := spans[net]; ok {
				spans[net] = [2]int{span[0], max(span[1], i)}
				continue
			}
			spans[net] = [2]int{i, i}
			if l.wireOf(net) {
				spans[net] = [2]int{i, len(l.nodes)}
			}
			order = append(order, net)
		}
	}
	length := func(net int) int { return spans[net][1] - spans[net][0] }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(length(a), length(b)) })
	nearest := map[int]int{} // counted from the containers
	n = 1
	for k, net := range order {
		taken := map[int]bool{}
		for _, other := range order[:k] {
			if spans[other][0] <= spans[net][1] && spans[net][0] <= spans[other][1] {
				taken[nearest[other]] = true
			}
		}
		at := 0
		for taken[at] {
			at++
		}
		nearest[net] = at
		n = max(n, at+1)
	}
	column = map[int]int{}
	for _, net := range order {
		column[net] = n - 1 - nearest[net]
	}
	return column, n
}

// wireOf reports whether a network's bar is the host's end of a link.
func (l *lab) wireOf(network int) bool {
	return slices.ContainsFunc(l.edges, func(e edge) bool {
		return e.a == network && l.nodes[e.b].kind == machineNode
	})
}

// networksOf lists the networks that a container is on now or later.
func (l *lab) networksOf(peer int) []int {
	var networks []int
	for _, e := range l.edges {
		if e.a == peer && l.nodes[e.b].kind == networkNode {
			networks = append(networks, e.b)
		}
	}
	return networks
}

// host draws one engine's host with its containers, and returns the y coordinate of its end.
func (d *scene) host(r *result.Record, engine int, at hostColumns, top int) int {
	title := "Docker host"
	if len(r.Engines) > 1 {
		title += " " + render.Flat(r.Engines[engine].Name)
	}
	if h := d.lab.sc.Host; h != nil && engine == 0 && len(h.Addresses) > 0 {
		title += " " + render.Flat(strings.Join(h.Addresses, ", "))
	}
	right := d.Width - edgeGap
	y := top + headH + boxGap
	for i := range d.lab.nodes {
		n := &d.lab.nodes[i]
		if n.kind != peerNode || n.engine != engine || n.hidden {
			continue
		}
		// Leave room for the labels of the bars that begin here. The label of the nearest bar is the lowest, so that no
		// bar crosses a label.
		var begin []int
		for _, net := range d.lab.networksOf(i) {
			if d.rects[net].H == 0 {
				begin = append(begin, net)
			}
		}
		slices.SortFunc(begin, func(a, b int) int { return cmp.Compare(at.column[b], at.column[a]) })
		for k, net := range begin {
			d.rects[net] = box{Node: net, Y: y + (len(begin)-1-k)*labelH, H: 1}
		}
		if len(begin) > 0 {
			y += labelRoom + (len(begin)-1)*labelH
		}
		y = d.container(i, box{Node: i, X: at.peers, Y: y, W: right - boxGap - at.peers}) + boxGap
	}
	for _, v := range render.Volumes(d.lab.on(engine)) {
		y = d.volume(v, box{Class: "volume", Node: -1, X: at.peers, Y: y, W: right - boxGap - at.peers}) + boxGap
	}
	hosted := d.lab.hosted(r, engine)
	bottom := max(y, top+headH+boxGap+lineH*(len(hosted)+4)) + d.parents(engine)*2*lineH
	host := box{Class: "host", Node: -1, X: at.left, Y: top, W: right - at.left, H: bottom - top}
	host.Texts = []text{newText("title", host.X+boxGap, top+20, title, (host.W-2*boxGap)/8)}
	core := box{
		Class: "core", Node: engine, X: at.core, Y: top + headH, W: d.size.coreW,
		H: bottom - top - headH - boxGap - d.parents(engine)*2*lineH,
	}
	panel := box{
		Class: "panel", Node: -1, X: at.core - panelGap, Y: core.Y - panelGap, W: at.panelRight - at.core + panelGap,
		H: bottom - core.Y,
	}
	if len(at.column) == 0 && !d.lab.outside() { // nothing connects to it, so it is only as high as its texts
		core.Y, core.H = core.Y+boxGap, lineH*(2+len(hosted))
		panel.Y, panel.H = core.Y-panelGap, core.H+2*panelGap
	}
	core.Texts = coreTexts(core, hosted)
	d.rects[engine] = core
	d.Boxes = append([]box{host, panel, core}, d.Boxes...)
	return bottom
}

// on lists the peers of one engine.
func (l *lab) on(engine int) []fact.Peer {
	var peers []fact.Peer
	for _, p := range l.sc.Peers {
		if at, ok := l.index[p.Name]; ok && l.nodes[at].engine == engine {
			peers = append(peers, p)
		}
	}
	return peers
}

// parents counts the networks of a host whose bar is a link's end. Such a link leaves below the host's own stack.
func (d *scene) parents(engine int) int {
	n := 0
	for _, e := range d.lab.edges {
		if a := d.lab.nodes[e.a]; d.lab.nodes[e.b].kind == machineNode && a.kind == networkNode && a.engine == engine {
			n++
		}
	}
	return n
}

// hosted lists the containers that use the host's network namespace.
func (l *lab) hosted(r *result.Record, engine int) []string {
	var names []string
	for _, p := range l.sc.Peers {
		at, ok := l.index[p.Name]
		if ok && p.Name != result.HostPeer && at == engine && at < max(1, len(r.Engines)) {
			names = append(names, render.Flat(p.Name))
		}
	}
	return names
}

// coreTexts are the texts in the host's own stack.
func coreTexts(core box, hosted []string) []text {
	mid := core.X + core.W/2
	texts := []text{newText("name middle", mid, core.Y+22, "host", core.W/9)}
	for i, name := range hosted {
		texts = append(texts, newText("name middle guest", mid, core.Y+22+(i+1)*lineH+4, "+ "+name, core.W/8))
	}
	return texts
}

// newText is a line of text, cut to a number of characters.
func newText(class string, x, y int, s string, columns int) text {
	t := text{Class: class, X: x, Y: y, Text: render.Cut(s, max(1, columns))}
	if t.Text != s {
		t.Title = s
	}
	return t
}

// attached returns the edge from a container to the named network, or -1.
func (l *lab) attached(peer int, network string) int {
	for i, e := range l.edges {
		if e.a == peer && l.nodes[e.b].kind == networkNode && l.nodes[e.b].name == network {
			return i
		}
	}
	return -1
}

// describe returns the drawing in words.
func (d *scene) describe() string {
	var clauses []string
	for i, n := range d.lab.nodes {
		switch n.kind {
		case networkNode:
			var on []string
			for _, e := range d.lab.edges {
				if e.b == i && !e.cut {
					on = append(on, d.lab.nodes[e.a].says)
				}
			}
			if len(on) > 0 {
				clauses = append(clauses, strings.Join(on, ", ")+" on "+n.says)
			}
		case machineNode:
			clauses = append(clauses, n.says+" outside Docker")
		}
	}
	for _, v := range render.Volumes(d.lab.sc.Peers) {
		clauses = append(clauses, "volume "+v.Name+" at "+strings.Join(v.Places, ", "))
	}
	return "The lab: " + strings.Join(append(clauses, "the host"), "; ") + "."
}
