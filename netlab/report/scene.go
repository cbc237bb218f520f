package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A scene is the drawing of a lab: from right to left the containers, each in its network namespace, the networks, the
// host, and the computers outside. Sizes are SVG units, which are pixels where the page has room.
type scene struct {
	Class         string
	Width, Height int
	Label         string // for those who do not see it
	Boxes         []box
	Lines         []line
	Bars          []line // the networks
	Ports         []port // where something is connected to a network
	Ways          []drawnWay

	lab     *lab
	size    sizes
	lastBar int   // where the bar nearest to the containers stands
	rects   []box // by node: of a network the bar's extent
	ends    []ends
}

// A box is a rectangle with lines of text in it.
type box struct {
	Class      string
	Node       int
	X, Y, W, H int
	Texts      []text
}

// A text is one line; Title has the whole where it was cut.
type text struct {
	Class string
	X, Y  int
	Text  string
	Title string
}

// A line is a straight one from (X1, Y1) to (X2, Y2), with a word at it.
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

// Sizes are what differs between a wide page and a phone.
type sizes struct {
	narrow                  bool
	width                   int
	machineW, wireW         int // a machine's box, and the wire to it
	coreW, busX, busW, veth int // the host's stack, the way to the first bar, between bars, from the last bar to the edge
	peerColumns             int // of small text in a container's box
	labelX                  int // how far left of its bar a network's label begins
}

func wide() sizes {
	return sizes{
		width: 780, machineW: 136, wireW: 78, coreW: 92, busX: 92, busW: 34, veth: 92, peerColumns: 31, labelX: 80,
	}
}

func narrow() sizes {
	return sizes{
		narrow: true, width: 428, coreW: 64, busX: 74, busW: 26, veth: 80, peerColumns: 22, labelX: 64,
	}
}

const (
	edgeGap   = 8  // around everything
	boxGap    = 12 // between two boxes
	panelGap  = 6  // around the host's own network namespace and what hangs on it
	lineH     = 16 // of a line of text
	headH     = 30 // of a host's title
	labelH    = 48 // of the label above a bar
	labelRoom = 28 // of that, what stands above the box of the first container
	wireSpace = 64 // below the host, for a wire on a narrow page
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

// hostColumns are where the parts of a host's box begin, from left to right.
type hostColumns struct {
	left, core, firstBar, panelRight, peers int

	column map[int]int // of each network's bar
}

// outside reports whether there is a computer outside Docker.
func (l *lab) outside() bool {
	for _, n := range l.nodes {
		if n.kind == machineNode {
			return true
		}
	}
	return false
}

// columns says in which column from the left the bar of each network stands, and how many columns there are: two bars
// that reach past the same container stand side by side, the shorter one nearer to the containers. From a bar that is a
// wire's end the wire goes on down, so it counts as the longest.
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

// wireOf reports whether a network's bar is the host's end of a wire.
func (l *lab) wireOf(network int) bool {
	return slices.ContainsFunc(l.edges, func(e edge) bool {
		return e.a == network && l.nodes[e.b].kind == machineNode
	})
}

// networksOf lists the networks that a container is on, or will be.
func (l *lab) networksOf(peer int) []int {
	var all []int
	for _, e := range l.edges {
		if e.a == peer && l.nodes[e.b].kind == networkNode {
			all = append(all, e.b)
		}
	}
	return all
}

// host draws one engine's host with its containers, and returns where it ends.
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
		if n.kind != peerNode || n.engine != engine {
			continue
		}
		// Room for the labels of the bars that begin here, the one of the nearest bar lowest, so that no bar crosses them.
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
	for _, v := range render.Volumes(d.lab.on(r, engine)) {
		y = d.volume(v, box{Class: "volume", Node: -1, X: at.peers, Y: y, W: right - boxGap - at.peers}) + boxGap
	}
	hosted := d.lab.hosted(r, engine)
	bottom := max(y, top+headH+boxGap+lineH*(len(hosted)+4)) + d.parents(engine)*2*lineH
	host := box{Class: "host", Node: -1, X: at.left, Y: top, W: right - at.left, H: bottom - top}
	host.Texts = []text{d.text("title", host.X+boxGap, top+20, title, (host.W-2*boxGap)/8)}
	core := box{
		Class: "core", Node: engine, X: at.core, Y: top + headH, W: d.size.coreW,
		H: bottom - top - headH - boxGap - d.parents(engine)*2*lineH,
	}
	panel := box{
		Class: "panel", Node: -1, X: at.core - panelGap, Y: core.Y - panelGap, W: at.panelRight - at.core + panelGap,
		H: bottom - core.Y,
	}
	if len(at.column) == 0 && !d.lab.outside() { // nothing leads to it, so it is as high as its texts
		core.Y, core.H = core.Y+boxGap, lineH*(2+len(hosted))
		panel.Y, panel.H = core.Y-panelGap, core.H+2*panelGap
	}
	core.Texts = d.coreTexts(core, hosted)
	d.rects[engine] = core
	d.Boxes = append([]box{host, panel, core}, d.Boxes...)
	return bottom
}

// on lists the peers of one engine.
func (l *lab) on(r *result.Record, engine int) []result.Peer {
	var all []result.Peer
	for _, p := range l.sc.Peers {
		if at, ok := l.index[p.Name]; ok && l.nodes[at].engine == engine {
			all = append(all, p)
		}
	}
	return all
}

// volume draws a volume, and returns where its box ends.
func (d *scene) volume(v render.Volume, b box) int {
	columns := (b.W - 2*boxGap) / 6
	y := b.Y + 6 + lineH
	b.Texts = []text{d.text("name", b.X+boxGap, y, "volume "+v.Name, columns*6/8)}
	for _, place := range v.Places {
		y += lineH
		b.Texts = append(b.Texts, d.text("small", b.X+boxGap, y, place, columns))
	}
	b.H = y + 12 - b.Y
	d.Boxes = append(d.Boxes, b)
	return b.Y + b.H
}

// parents counts the networks of a host whose bar is a wire's end: the wire leaves below the host's own stack.
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
	var all []string
	for _, p := range l.sc.Peers {
		at, ok := l.index[p.Name]
		if ok && p.Name != result.HostPeer && at == engine && at < max(1, len(r.Engines)) {
			all = append(all, render.Flat(p.Name))
		}
	}
	return all
}

// coreTexts is what stands in the host's own stack.
func (d *scene) coreTexts(core box, hosted []string) []text {
	mid := core.X + core.W/2
	texts := []text{d.text("name middle", mid, core.Y+22, "host", core.W/9)}
	for i, name := range hosted {
		texts = append(texts, d.text("name middle guest", mid, core.Y+22+(i+1)*lineH+4, "+ "+name, core.W/8))
	}
	return texts
}

// text is a line of text, cut to so many columns.
func (d *scene) text(class string, x, y int, s string, columns int) text {
	t := text{Class: class, X: x, Y: y, Text: render.Cut(s, max(1, columns))}
	if t.Text != s {
		t.Title = s
	}
	return t
}

// container draws one network namespace, and returns where its box ends.
func (d *scene) container(i int, b box) int {
	n := &d.lab.nodes[i]
	b.Class = "peer"
	columns := min(d.size.peerColumns, (b.W-2*boxGap)*2/13)
	mono := min(d.size.peerColumns, (b.W-2*boxGap)*10/67) // whose characters are wider
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
			b.Texts = append(b.Texts, d.text(class, b.X+boxGap, y, part, room))
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
	for _, e := range n.peer.Network {
		to := d.lab.attached(i, d.lab.sc.OwnName(e.Network))
		if to < 0 || d.lab.edges[to].cut {
			continue
		}
		onNone = false
		if n.note == stopped {
			d.ends[to] = ends{ax: b.X, ay: y - 4}
			continue
		}
		address := strings.TrimSpace(render.Flat(e.Link) + " " + render.Flat(e.IPv4))
		if e.IPv4 == "" {
			address = strings.TrimSpace(render.Flat(e.Link) + " " + render.Flat(e.IPv6))
		}
		at := y + lineH // of the first line, at which the cable ends
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
	case onNone || n.peer.Mode == "none" || n.peer.Mode == "null":
		b.Class += " apart"
		add("small", "lo only, on no network")
	case len(n.peer.Network) == 0:
		b.Class += " apart"
		add("small", "not started yet")
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

// fold breaks a text that is wider than so many columns: at a space, before an arrow, or after a colon of an address.
func fold(s string, columns int) []string {
	var parts []string
	for columns > 0 && utf8.RuneCountInString(s) > columns {
		head := string([]rune(s)[:columns])
		at := max(strings.LastIndex(head, " "), strings.LastIndex(head, ":"), strings.LastIndex(head, "->")-1) + 1
		if i := strings.Index(s, "->"); i > 0 && i <= len(head) {
			at = i
		}
		if at <= 0 {
			break // one long word, which is cut
		}
		parts, s = append(parts, strings.TrimSpace(s[:at])), s[at:]
	}
	return append(parts, s)
}

// attached is the edge from a container to a network of that name; -1 for none.
func (l *lab) attached(peer int, network string) int {
	for i, e := range l.edges {
		if e.a == peer && l.nodes[e.b].kind == networkNode && l.nodes[e.b].name == network {
			return i
		}
	}
	return -1
}

// bars draws the networks, and the cables to them: each bar as long as its containers are apart.
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
		for k, s := range d.lab.label(n) {
			class := "small"
			if k == 0 {
				class = "net"
			}
			bar.Texts = append(bar.Texts, d.text(class, x-d.size.labelX, label+12+k*15, s, d.labelColumns(k)))
		}
		d.Bars = append(d.Bars, bar)
		d.cables(i, x)
	}
}

// labelColumns is how many columns a line of a network's label has, up to the boxes of the containers.
func (d *scene) labelColumns(line int) int {
	room := d.size.labelX + d.size.veth - boxGap
	if line == 0 {
		return room / 8 // of bold text
	}
	return room / 7
}

func barClass(n node) string {
	switch {
	case n.network.Driver == "overlay":
		return "overlay"
	case onParent(n.network):
		return "parent"
	}
	return "bridge"
}

// cables draws the veth pairs, or whatever leads from the containers to a network's bar at x.
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
			cable.Texts = []text{d.text("tiny", d.lastBar+10, d.ends[k].ay-6, render.Flat(e.name), (d.size.veth-12)/6)}
		}
		d.Lines = append(d.Lines, cable)
		d.Ports = append(d.Ports, port{x, d.ends[k].ay})
	}
}

// label is what stands above a network's bar: its name, the host's interface, and the address there.
func (l *lab) label(n node) []string {
	name := render.Flat(n.name)
	all := []string{name}
	switch n.network.Driver {
	case "overlay":
		all = append(all, strings.TrimSpace("VXLAN "+render.Flat(n.network.VXLAN())))
		return append(all, render.Flat(n.network.Subnet))
	case "macvlan", "ipvlan":
		all[0] += ", " + n.network.Driver
		return append(all, render.Flat(n.network.Interface), render.Flat(n.network.Subnet))
	}
	if n.network.Internal {
		all[0] += ", internal"
	}
	if link := render.Flat(n.network.Interface); link != name {
		all = append(all, link)
	}
	_, bits, ok := strings.Cut(n.network.Subnet, "/")
	if address := render.Flat(n.network.Gateway); address != "" && ok {
		all = append(all, address+"/"+render.Flat(bits))
	}
	return all
}

// describe puts the drawing into words.
func (d *scene) describe() string {
	var all []string
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
				all = append(all, strings.Join(on, ", ")+" on "+n.says)
			}
		case machineNode:
			all = append(all, n.says+" outside Docker")
		}
	}
	for _, v := range render.Volumes(d.lab.sc.Peers) {
		all = append(all, "volume "+v.Name+" at "+strings.Join(v.Places, ", "))
	}
	return "The lab: " + strings.Join(append(all, "the host"), "; ") + "."
}
