package report

import (
	"cmp"
	"net/netip"
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

type nodeKind int

const (
	peerNode    nodeKind = iota // a container's network namespace
	networkNode                 // a Linux bridge, a parent interface, an overlay
	hostNode                    // the host's own network namespace
	machineNode                 // an outside computer, at the far end of a simulated link
)

// A node is a place that packets can reach.
type node struct {
	kind    nodeKind
	name    string // in the scenario: "alice", "back", "host", "outside"
	says    string // on the page: "alice", "docker0", "the host"
	engine  int    // index of its engine in the record
	peer    *fact.Peer
	service *fact.Service // of a swarm service, whose peer has only its network and virtual IP
	network *fact.Network
	wire    *fact.Wire // of an outside computer
	note    string     // of a container: what an action did to it, "stopped"
	hidden  bool       // not in the drawing: the namespace that a guest keeps once it is alone
}

// An edge connects two nodes.
type edge struct {
	a, b int    // a is nearer to the containers
	name string // the host's end
	link string // the container's end
	cut  bool   // an action has removed it or has not made it yet
	stub bool   // carries only the traffic of its two ends, as to a macvlan parent or an internal network
}

// A lab is the graph of what is connected: first as it came up, then as actions changed it. Edges that an action makes
// later exist from the start, but cut, so that everything keeps its position in all drawings of a lesson.
type lab struct {
	sc    *result.Scenario
	nodes []node
	edges []edge
	index map[string]int // node by name; a shared namespace has several names
	alone map[string]int // by guest of a shared namespace: its node once the container it shares has left it
}

func newLab(r *result.Record, sc *result.Scenario) *lab {
	l := &lab{sc: sc, index: map[string]int{}, alone: map[string]int{}}
	hosts := max(1, len(r.Engines))
	for i := range hosts {
		says := "the host"
		if i > 0 {
			says = "host " + render.Flat(r.Engines[i].Name)
		}
		l.nodes = append(l.nodes, node{kind: hostNode, name: result.HostPeer, says: says, engine: i})
	}
	l.index[result.HostPeer] = 0

	// The containers that the lesson names come first. Those on one host stay together.
	var peers []*fact.Peer
	for i := range sc.Peers {
		peers = append(peers, &sc.Peers[i])
	}
	services := map[*fact.Peer]*fact.Service{}
	for i := range sc.Services {
		p := asPeer(r, &sc.Services[i])
		peers, services[p] = append(peers, p), &sc.Services[i]
	}
	slices.SortStableFunc(peers, func(a, b *fact.Peer) int {
		return cmp.Or(cmp.Compare(r.EngineOf(a), r.EngineOf(b)), cmp.Compare(a.Role, b.Role))
	})
	slices.SortStableFunc(peers, byNetwork(peers))
	for _, p := range peers {
		switch {
		case p.Name == result.HostPeer:
		case p.Role == fact.RoleMachine:
			l.machine(p)
		case p.Mode == fact.DriverHost:
			l.index[p.Name] = r.EngineOf(p)
		case p.Shares == "":
			l.index[p.Name] = len(l.nodes)
			l.nodes = append(l.nodes, node{
				kind: peerNode, name: p.Name, says: render.Flat(p.Name), engine: r.EngineOf(p), peer: p,
				service: services[p],
			})
		}
	}
	for _, p := range peers {
		at, ok := l.index[p.Shares]
		if !ok || p.Shares == "" {
			continue
		}
		l.index[p.Name] = at
		if l.nodes[at].kind == peerNode {
			l.alone[p.Name] = len(l.nodes)
			l.nodes = append(l.nodes, node{
				kind: peerNode, name: p.Name, says: render.Flat(p.Name), engine: r.EngineOf(p), peer: p, hidden: true,
			})
		}
	}
	for i := range l.nodes {
		if p := l.nodes[i].peer; p != nil && l.nodes[i].kind == peerNode {
			for _, e := range p.Network {
				if !e.Nowhere() {
					l.attach(i, e.Network, e.Driver, e.Link, false)
				}
			}
		}
	}
	for _, st := range sc.Steps {
		l.attachLater(&st)
	}
	l.gateway()
	l.wires()
	return l
}

// gateway adds the bridge that connects an overlay's containers to the outside. No endpoint mentions it, but if packets
// were captured, the bridge and the second interface of each container are capture points.
func (l *lab) gateway() {
	known := func(p fact.Place) bool {
		return slices.ContainsFunc(l.nodes, func(n node) bool {
			return n.kind == networkNode && n.name == l.sc.OwnName(p.Of)
		})
	}
	at := slices.IndexFunc(l.sc.Places, func(p fact.Place) bool {
		return p.Kind == fact.PlaceBridge && p.Of != "" && !known(p)
	})
	if at < 0 {
		return
	}
	for _, p := range l.sc.Places {
		peer, ok := l.index[p.Peer]
		if !ok || p.Kind != fact.PlaceContainer || p.Link == "lo" || l.nodes[peer].kind != peerNode {
			continue
		}
		own := slices.ContainsFunc(l.nodes[peer].peer.Network, func(e fact.Endpoint) bool { return e.Link == p.Link })
		if !own && l.nodes[peer].peer.Mode == fact.DriverOverlay {
			l.attach(peer, l.sc.Places[at].Of, fact.DriverBridge, p.Link, false)
		}
	}
	for i, n := range l.nodes {
		if n.kind == networkNode && n.name == l.sc.Places[at].Of && n.network.Interface == "" {
			l.nodes[i].network.Interface, l.nodes[i].says = l.sc.Places[at].Link, render.Flat(l.sc.Places[at].Link)
		}
	}
}

// byNetwork orders containers so that those on one network stay together, with the networks in order of appearance.
func byNetwork(peers []*fact.Peer) func(a, b *fact.Peer) int {
	order := map[string]int{}
	key := func(p *fact.Peer) string {
		if len(p.Network) == 0 {
			return ""
		}
		return p.Engine + " " + p.Node + " " + p.Network[0].Network
	}
	for _, p := range peers {
		if _, ok := order[key(p)]; !ok {
			order[key(p)] = len(order)
		}
	}
	order[""] = len(order) // containers on no network come last
	return func(a, b *fact.Peer) int { return cmp.Compare(order[key(a)], order[key(b)]) }
}

// machine adds an outside computer.
func (l *lab) machine(p *fact.Peer) {
	n := node{kind: machineNode, name: p.Name, says: render.Flat(p.Name), peer: p}
	for i := range l.sc.Wires {
		if l.sc.Wires[i].Machine == p.Name {
			n.wire = &l.sc.Wires[i]
		}
	}
	l.index[p.Name] = len(l.nodes)
	l.nodes = append(l.nodes, n)
}

// attachLater adds the connections that an action makes.
func (l *lab) attachLater(st *result.Step) {
	a := acted(st)
	if a == nil {
		return
	}
	at, known := l.index[a.Peer]
	if !known || l.nodes[at].kind != peerNode || l.nodes[at].peer.Name != a.Peer {
		return
	}
	if st.Changed != nil {
		for _, e := range st.Changed.Network {
			if !e.Nowhere() {
				l.attach(at, e.Network, e.Driver, e.Link, true)
			}
		}
	}
	if a.Verb == ask.VerbConnect && a.Network != "" {
		l.attach(at, a.Network, "", "", true)
	}
}

// attach connects a container to a network unless it is connected already.
func (l *lab) attach(peer int, name, driver, link string, later bool) {
	to := l.network(name, driver, l.nodes[peer].engine)
	if l.edge(peer, to) != nil {
		return
	}
	port := ""
	if len(l.networksOf(peer)) == 0 && !later {
		port = l.nodes[peer].peer.Port
	}
	l.edges = append(l.edges, edge{a: peer, b: to, name: port, link: link, cut: later})
}

// network returns the node of a network and adds it if necessary.
func (l *lab) network(name, driver string, engine int) int {
	name = l.sc.OwnName(name)
	for i, n := range l.nodes {
		if n.kind == networkNode && n.name == name && (n.engine == engine || n.network.Driver == fact.DriverOverlay) {
			return i
		}
	}
	n := node{kind: networkNode, name: name, engine: engine}
	for i := range l.sc.Networks {
		if l.sc.OwnName(l.sc.Networks[i].Name) == name {
			n.network = &l.sc.Networks[i]
		}
	}
	if n.network == nil {
		n.network = &fact.Network{Name: name, Driver: driver}
	}
	n.says = render.Flat(n.network.Interface)
	if n.says == "" {
		n.says = "network " + render.Flat(name)
	}
	at := len(l.nodes)
	l.nodes = append(l.nodes, n)
	if d := n.network.Driver; d == fact.DriverBridge || d == "" || n.network.OnParent() {
		l.edges = append(l.edges, edge{a: at, b: engine, stub: n.network.OnParent() || n.network.Internal})
	}
	return at
}

// wires connects the outside computers: to the host, or to the network whose parent interface is the link's end.
func (l *lab) wires() {
	for m, machine := range l.nodes {
		if machine.kind != machineNode || machine.wire == nil {
			continue
		}
		near := 0
		for i, n := range l.nodes {
			if n.kind == networkNode && n.network.OnParent() && n.network.Interface == machine.wire.Interface {
				near = i
			}
		}
		l.edges = append(l.edges, edge{a: near, b: m, name: machine.wire.Interface})
	}
}

// edge returns the edge between two nodes, or nil.
func (l *lab) edge(a, b int) *edge {
	for i := range l.edges {
		if e := &l.edges[i]; e.a == a && e.b == b || e.a == b && e.b == a {
			return e
		}
	}
	return nil
}

// passesOn reports whether a node forwards packets for others.
func (n node) passesOn() bool {
	return n.kind != peerNode && (n.kind != machineNode || n.wire != nil && n.wire.Router != "")
}

// path is the shortest path between two nodes, both included, or nil if there is none or several are equally short: the
// record does not have every routing table. Containers do not forward, and neither do outside computers other than
// routers.
func (l *lab) path(from, to int) []int {
	before, length, several := map[int]int{from: from}, map[int]int{}, map[int]bool{}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at == to && several[to] {
			return nil
		}
		if at == to {
			way := []int{to}
			for at != from {
				at = before[at]
				way = append(way, at)
			}
			slices.Reverse(way)
			return way
		}
		if at != from && !l.nodes[at].passesOn() {
			continue
		}
		for _, e := range l.edges {
			next := -1
			switch at {
			case e.a:
				next = e.b
			case e.b:
				next = e.a
			}
			if next < 0 || e.cut || e.stub && at != from && next != to {
				continue
			}
			if _, seen := before[next]; !seen {
				before[next], length[next], several[next] = at, length[at]+1, several[at]
				queue = append(queue, next)
			} else if length[next] == length[at]+1 {
				several[next] = true
			}
		}
	}
	return nil
}

// owner returns the node that has an address, or -1 if none is known. A loopback address is the asker's own.
func (l *lab) owner(address string, asker int) int {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return -1
	}
	if a.IsLoopback() {
		return asker
	}
	is := func(text string) bool { return result.SameAddress(text, address) }
	for i, n := range l.nodes {
		switch n.kind {
		case peerNode:
			for _, e := range n.peer.Network {
				if is(e.IPv4) || is(e.IPv6) {
					return i
				}
			}
			if n.service != nil && slices.ContainsFunc(n.service.Tasks, is) {
				return i
			}
		case machineNode:
			if n.wire != nil && (is(n.wire.Address) || is(n.wire.Router)) {
				return i
			}
		case networkNode:
			// A LAN's gateway is an outside computer, handled above.
			if !n.network.OnParent() && (is(n.network.Gateway) || is(n.network.IPv6Gateway)) {
				return n.engine
			}
		}
	}
	if l.sc.Host != nil && slices.ContainsFunc(l.sc.Host.Addresses, is) {
		return 0
	}
	for _, w := range l.sc.Wires {
		if is(w.Host) {
			return 0
		}
		// On a link's subnet, only the outside computer and the host answer.
		if p, err := netip.ParsePrefix(w.Subnet); err == nil && w.Host == "" && p.Contains(a) {
			return 0
		}
	}
	return -1
}
