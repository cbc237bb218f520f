package report

import (
	"cmp"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A way is the path of a question's packets as far as the record tells: from the packets if they were captured,
// otherwise from the lab's connections and from who answered.
type way struct {
	nodes    []int // in order; a single node means that nothing left it
	out      int   // with a single node: the edge where packets left and were last seen; -1 for none
	end      wayEnd
	word     string // why the path ended there: "accepted, then closed"
	mark     string // the same in a table's words: "closed"
	captured bool   // from captured packets
	none     bool   // the question sends no packets, and nodes has what was looked at
}

// How a path ends.
type wayEnd int

const (
	arrived wayEnd = iota
	refused        // a host or container refused
	silent         // no reply came, and this is the last known place
	looked         // nothing was sent
)

// wayOf is the path of a step's packets through the lab in its state at that step. ok is false if the record does not
// tell.
func (l *lab) wayOf(st *result.Step) (w way, ok bool) {
	from, known := l.index[st.From]
	if !known || st.Observed == nil || st.Observed.Reason == probe.Broken || st.Verdict == result.Skipped ||
		st.Verdict == result.Broken {
		return way{}, false
	}
	t := &trip{lab: l, from: from, st: st}
	w, ok = t.connected()
	if !st.Observed.Reason.Positive() {
		w.word, w.mark = render.Long(st.Observed.Reason), render.Short(st.Observed.Reason)
	}
	if len(st.Packets) > 0 && !w.none {
		return t.captured(w, ok)
	}
	return w, ok
}

// A trip works out the path of one step's packets.
type trip struct {
	*lab
	from int // the asker's node
	st   *result.Step
}

// connected works out the path from the lab's connections and from who answered.
func (t *trip) connected() (w way, ok bool) {
	w.out = -1
	reason := t.st.Observed.Reason
	var via []int // the nodes known to be on the path, in order
	switch q := t.st.Asks.Question; {
	case q == nil:
		return t.look(""), false
	case q.Kind().Resolves:
		via = t.askedServers()
	case q.Kind().Sends:
		target := ask.TargetOf(q)
		if t.elsewhere(target.Ref) {
			return w, false
		}
		to, through := t.named(t.from, target), -1
		if at, _ := ask.Through(q); !at.IsZero() {
			through = t.named(t.index[result.HostPeer], at)
		}
		if via, w.end = t.reached(to); via == nil {
			if through >= 0 {
				via = append(via, through)
			}
			via = append(via, to)
		}
		if _, hops := q.(ask.Hops); hops && reason.Positive() {
			via = t.routers(via)
		}
	default:
		return t.look(ask.ThingOf(q)), true
	}
	if !reason.Positive() && w.end == arrived {
		w.end = refused
	}
	w.nodes, ok = t.over(via)
	return w, ok
}

// look returns what a question without packets looked at.
func (t *trip) look(thing string) way {
	w := way{nodes: []int{t.from}, out: -1, none: true, end: looked}
	if thing == ask.PortBridge {
		for _, e := range t.edges {
			if e.a == t.from && !e.cut && t.nodes[e.b].kind == networkNode {
				w.nodes = append(w.nodes, e.b)
				break
			}
		}
	}
	return w
}

// over joins the known nodes by the shortest paths between them.
func (t *trip) over(via []int) ([]int, bool) {
	way := []int{t.from}
	for _, next := range via {
		if next < 0 {
			return nil, false
		}
		path := t.path(way[len(way)-1], next)
		if path == nil {
			return nil, false
		}
		way = append(way, path[1:]...)
	}
	return way, true
}

// elsewhere reports whether a probe names a network that is not drawn: "bob.docker_gwbridge.ipv4".
func (t *trip) elsewhere(r ask.Reference) bool {
	return r.Network != "" && t.index[r.Head] > 0 &&
		!slices.ContainsFunc(t.nodes, func(n node) bool { return n.kind == networkNode && n.name == r.Network })
}

// named returns the node that a scenario's words mean: "bob", "bob.name", "bridge.gateway", "link.host", "localhost".
func (t *trip) named(from int, to ask.Target) int {
	owner, field := to.Ref.Head, to.Ref.Field
	switch {
	case owner == ask.Localhost || strings.HasPrefix(to.Literal, "127."):
		return from
	case to.Literal == "" && (owner == ask.Host && field == "" || field == ask.FieldHost || field == ask.FieldIPv6Host):
		return t.index[result.HostPeer]
	}
	if at, ok := t.index[owner]; ok {
		return at
	}
	if field == ask.FieldGateway || field == ask.FieldIPv6Gateway {
		for _, n := range t.nodes {
			if n.kind == networkNode && n.name == owner {
				return t.owner(n.network.Gateway, from)
			}
		}
	}
	return -1
}

// reached returns where a "no" came from or, if nothing came, the last known place of the packets. It is nil if the
// answer was positive or the record does not tell.
func (t *trip) reached(to int) ([]int, wayEnd) {
	o := t.st.Observed
	sender := -1
	if address := o.From; address != "" {
		sender = t.owner(address, t.from)
	}
	one := func(node int) []int {
		if node < 0 {
			return nil
		}
		return []int{node}
	}
	switch o.Reason {
	case probe.Refused, probe.Reset, probe.Closed:
		return one(sender), refused
	case probe.Timeout:
		if node := t.lost(); node >= 0 {
			return one(node), silent
		}
		// An ARP answer shows that the packet left, not that it arrived.
		return one(t.first(t.from, to)), silent
	case probe.HostUnreachable:
		if sender >= 0 {
			return []int{sender}, refused
		}
		return one(t.first(t.from, to)), silent
	case probe.NetUnreachable:
		if sender >= 0 {
			return []int{sender}, refused
		}
		return []int{t.from}, refused
	case probe.TooBig, probe.AddressNotAvailable, probe.Denied, probe.InUse:
		return []int{t.from}, refused
	}
	return nil, arrived
}

// lost returns the node where the kernel says that it dropped the packets of a question, or -1 if it does not say, or
// if it was the port of a bridge.
func (t *trip) lost() int {
	for _, l := range t.st.Observed.Lost {
		if node, ok := t.index[l.Namespace]; ok && !l.Reply && l.Way == probe.WayIn {
			return node
		}
	}
	return -1
}

// first returns the first place that a node's packets reach: a container's network, the near end of an outside
// computer's link, or, for the host, the network of its target.
func (l *lab) first(from, to int) int {
	switch l.nodes[from].kind {
	case hostNode:
		if to >= 0 && l.nodes[to].kind == peerNode {
			return l.first(to, -1)
		}
	case peerNode:
		for _, e := range l.edges {
			if e.a == from && !e.cut {
				return e.b
			}
		}
	case machineNode:
		for _, e := range l.edges {
			if e.b == from {
				return e.a
			}
		}
	}
	return from
}

// askedServers is the path of a DNS query: to the server that answered, and on to the lab's upstream server if that
// reports the query. Docker's DNS server is in the asker's network namespace.
func (t *trip) askedServers() []int {
	via := []int{t.from}
	if address := t.st.Observed.From; address != "" {
		if node := t.owner(address, t.from); node >= 0 && node != t.from {
			via = []int{node}
		}
	}
	for _, e := range t.st.Observed.Evidence {
		node, ok := t.index[e.Source]
		if ok && e.Did && node != via[len(via)-1] {
			via = append(via, node)
		}
	}
	return via
}

// routers is the path over the routers that answered, up to the target.
func (t *trip) routers(via []int) []int {
	var nodes []int
	for _, address := range strings.Fields(t.st.Observed.Value) {
		if node := t.owner(address, t.from); node >= 0 {
			nodes = append(nodes, node)
		}
	}
	if len(nodes) == 0 {
		return via
	}
	return nodes
}

// asks are the kinds of packets that go from the asker to the target. ARP and NDP are not among them, because every
// port of a bridge sees their requests, which therefore do not show the path.
var asks = []string{result.EchoRequest, result.DNSQuestion, result.TCPSYN, result.UDPData}

// captured is the path of the captured packets. If an answer came and all packets were seen on the path that follows
// from the lab's connections, that path is used: it includes places where nothing can be captured, such as the host's
// own stack between its interfaces. Otherwise the path visits the capture points in the order in which packets first
// passed them.
func (t *trip) captured(expected way, ok bool) (way, bool) {
	expected.captured = true
	var via []int
	last, next := "", "" // the first capture points in the asker and elsewhere
	for _, p := range t.st.Packets {
		if !slices.Contains(asks, p.Kind) {
			continue
		}
		node := t.place(p.Place)
		if node == t.from && last == "" {
			last = p.Place
		}
		if node >= 0 && node != t.from && !slices.Contains(via, node) {
			via, next = append(via, node), cmp.Or(next, p.Place)
		}
	}
	if last == "" && len(via) == 0 { // only searches for a neighbor
		return expected, ok
	}
	w := expected
	if expected.end == silent && len(via) == 0 {
		w.nodes, w.out = []int{t.from}, t.cable(t.from, last)
		return w, true
	}
	if ok && expected.end != silent && !slices.ContainsFunc(via, func(n int) bool {
		return !slices.Contains(expected.nodes, n)
	}) {
		return expected, true
	}
	if w.nodes, ok = t.over(via); !ok && len(via) == 1 { // the interfaces tell which of several networks it was
		a, here := t.stopOf(last)
		b, there := t.stopOf(next)
		if here && there {
			w.nodes = t.across(a, b)
		}
		ok = w.nodes != nil
	}
	if !ok {
		return w, false
	}
	// What a bridge receives for the host itself is not seen again, but it is answered.
	n, m := len(w.nodes), len(expected.nodes)
	if m > 0 && expected.end != silent && t.nodes[expected.nodes[m-1]].kind == hostNode &&
		t.edge(w.nodes[n-1], expected.nodes[m-1]) != nil {
		w.nodes = append(w.nodes, expected.nodes[m-1])
	}
	return w, true
}

// cable returns the edge that ends at a capture point, or -1 if there is none, as for a loopback interface.
func (l *lab) cable(from int, place string) int {
	for _, p := range l.sc.Places {
		if p.Name != place {
			continue
		}
		return slices.IndexFunc(l.edges, func(e edge) bool {
			return !e.cut && (e.a == from && (e.link == p.Link || e.link == "") || e.b == from && p.Link != "lo")
		})
	}
	return -1
}

// place returns the node of a capture point, or -1 if there is none.
func (l *lab) place(name string) int {
	for _, p := range l.sc.Places {
		if p.Name != name {
			continue
		}
		switch p.Kind {
		case fact.PlaceBridge:
			for i, n := range l.nodes {
				if n.kind == networkNode && n.name == l.sc.OwnName(p.Of) {
					return i
				}
			}
		case fact.PlaceWire: // the host's end, which can be a network's parent
			for _, e := range l.edges {
				if m := l.nodes[e.b]; m.kind == machineNode && m.wire.Name == p.Of {
					return e.a
				}
			}
		case fact.PlaceHost:
			return l.index[result.HostPeer]
		default:
			if at, ok := l.index[p.Peer]; ok {
				return at
			}
		}
	}
	return -1
}

// words describes a path: "alice → docker0 → the host → outside".
func (l *lab) words(w way) string {
	var names []string
	for _, n := range w.nodes {
		names = append(names, l.nodes[n].says)
	}
	return strings.Join(names, " → ")
}
