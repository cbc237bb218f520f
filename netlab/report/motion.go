package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A move is one step of a question's packets through the drawing: to one capture point, or to several that a bridge
// sends the same packet to.
type move struct {
	Packet   int    // counted from 0 in the order in which they appear
	What     string // what it says: "SYN"
	From, To string // its addresses there
	Changed  string // which of them changed on the way: "from", "to", "from to"
	Tracks   string // where it moves: indexes of the drawing's tracks, or "" if it is seen nowhere else
	First    bool   // its first capture point
	Stopped  bool   // it has not reached its target, and no later capture point saw it
	Text     string // all of it in words

	us         int64    // since the question's first packet
	time, says string   // as in render.Glimpse
	at         []string // the capture points
	behind     string   // the capture point before a gap
	target     string   // of a packet that stopped: who has the address that it goes to
	undrawn    bool     // the capture point is not in the drawing
}

// A stop is where a capture point is drawn.
type stop struct {
	node  int
	edge  int  // of a container's interface, or of the host's end of a link; otherwise -1
	local bool // a loopback interface
}

// A visit is a packet at a stop.
type visit struct {
	stop

	in int // the edge that it came by, or -1
}

// A track is what a packet moves along from one capture point to the next, or the place where it is seen first.
type track struct {
	from  visit
	to    stop
	nodes [maxTrack]int // on the way, both ends included, then -1
	gap   bool          // there is no capture point in a network on the way, so nothing was measured there
	out   bool          // leaves a container or an outside computer and ends on its cable, because it is seen nowhere else
}

// maxTrack is the maximum number of nodes on a track. A longer one has no line.
const maxTrack = 6

// stopOf is where a capture point is drawn. ok is false if it is not in the drawing.
func (l *lab) stopOf(name string) (s stop, ok bool) {
	i := slices.IndexFunc(l.sc.Places, func(p fact.Place) bool { return p.Name == name })
	if i < 0 {
		return s, false
	}
	s = stop{node: l.place(name), edge: -1, local: l.sc.Places[i].Link == "lo"}
	if s.node < 0 || s.local {
		return s, s.node >= 0
	}
	switch l.sc.Places[i].Kind {
	case fact.PlaceContainer, fact.PlaceMachine:
		s.edge = l.cable(s.node, name)
		return s, s.edge >= 0
	case fact.PlaceWire:
		s.edge = slices.IndexFunc(l.edges, func(e edge) bool {
			m := l.nodes[e.b]
			return m.kind == machineNode && m.wire != nil && m.wire.Name == l.sc.Places[i].Of
		})
	}
	return s, true
}

// motion follows a step's packets through the lab, in the order of time. It adds the tracks that they need to those of
// the drawing.
func (l *lab) motion(st *result.Step, tracks *[]track) []move {
	journeys, more := render.Journeys(l.sc, st)
	whole := st.Unlisted == 0 && !slices.ContainsFunc(l.sc.Places, func(p fact.Place) bool { return p.Dropped > 0 })
	var moves []move
	w := walker{lab: l, origins: l.origins(journeys), whole: whole, tracks: tracks}
	for i, j := range journeys {
		for _, m := range w.follow(j) {
			m.Packet = i
			m.tell()
			moves = append(moves, m)
		}
	}
	slices.SortStableFunc(moves, func(a, b move) int { return cmp.Compare(a.us, b.us) })
	if n := len(moves); n > 0 && more > 0 {
		moves[n-1].Text += fmt.Sprintf(" Packets that are not played: %d.", more)
	}
	return moves
}

// A walker follows packets, one at a time.
type walker struct {
	*lab
	origins map[string]int // who sent from an address that the record does not have otherwise
	whole   bool           // no packet is missing in the record; otherwise it cannot tell where one stopped
	tracks  *[]track
}

// origins are the addresses from which the lab's containers, outside computers and host sent packets. Where a packet
// was captured first, its sender is.
func (l *lab) origins(journeys []render.Journey) map[string]int {
	origins := map[string]int{}
	for _, j := range journeys {
		at, ok := l.stopOf(j.Seen[0].Place)
		if !ok || l.owner(j.Seen[0].Source, at.node) >= 0 {
			continue
		}
		origins[j.Seen[0].Source] = at.node
		for i, n := range l.nodes {
			if n.kind == hostNode && l.nodes[at.node].kind == networkNode && l.edge(at.node, i) != nil {
				origins[j.Seen[0].Source] = i // its bridge is the host's own interface
			}
		}
	}
	return origins
}

// holder returns the node that has an address, or -1 if the record does not tell.
func (w walker) holder(address string, asker int) int {
	if n := w.owner(address, asker); n >= 0 {
		return n
	}
	if n, ok := w.origins[address]; ok {
		return n
	}
	return -1
}

// arrives reports whether an address belongs to a node, or to the host that the node is an interface of.
func (w walker) arrives(target string, node int) bool {
	holder := w.holder(target, node)
	return holder == node || holder >= 0 && w.nodes[holder].kind == hostNode && w.edge(holder, node) != nil
}

// follow follows one packet.
func (w walker) follow(j render.Journey) []move {
	var (
		moves   []move
		visits  []visit
		names   []string // of the visits
		source  = -1     // the visit that the last move started from
		arrived bool
		before  render.Glimpse
		latest  int64
	)
	for k, g := range w.inOrder(j.Seen) {
		latest = max(latest, g.US)
		m := move{
			What: j.What, From: g.From, To: g.To, First: len(moves) == 0,
			us: latest, time: g.Time, says: g.Text, at: []string{g.At},
		}
		if k > 0 {
			m.Changed = changed(before, g)
		}
		before = g
		at, ok := w.stopOf(g.Place)
		if !ok {
			m.undrawn, arrived, source = true, true, -1 // perhaps
			moves = append(moves, m)
			continue
		}
		t, from := w.trackTo(visits, at)
		index := indexOf(t, w.tracks)
		visits, names = append(visits, visit{at, w.lastEdge(t)}), append(names, g.At)
		arrived = arrived || at.local || w.arrives(g.Target, at.node)
		if n := len(moves) - 1; n >= 0 && from == source && from >= 0 && !t.gap { // a bridge sends it to several
			moves[n].Tracks += " " + index
			moves[n].at = append(moves[n].at, g.At)
			continue
		}
		m.Tracks, source = index, from
		if t.gap {
			m.behind, source = names[from], -1
		}
		moves = append(moves, m)
	}
	if n := len(moves) - 1; n >= 0 && !arrived {
		moves = append(moves, w.end(moves[n], visits[len(visits)-1], len(visits) == 1, before.Target))
	}
	return moves
}

// end is the last move of a packet that did not arrive.
func (w walker) end(m move, last visit, only bool, target string) move {
	m.Tracks, m.Changed, m.says, m.behind, m.First = "", "", "", "", false
	to := w.holder(target, last.node)
	m.Stopped = w.whole && w.stopsAt(last.stop, to)
	if m.Stopped && to >= 0 {
		m.target = w.nodes[to].says
	}
	if m.Stopped && only && last.edge >= 0 && w.nodes[last.node].kind != networkNode {
		m.Tracks = indexOf(track{from: last, to: last.stop, nodes: noNodes, out: true}, w.tracks)
	}
	return m
}

// atOnce is how long one kernel takes at most to pass a packet on, in microseconds. Its interfaces need not see the
// packet in the order of the path: a parent interface is captured after its containers.
const atOnce = 100

// inOrder puts a capture point before the next one on the path, if both saw the packet at once.
func (w walker) inOrder(seen []render.Glimpse) []render.Glimpse {
	seen = slices.Clone(seen)
	node := func(i int) int {
		at, ok := w.stopOf(seen[i].Place)
		if !ok {
			return -1
		}
		return at.node
	}
	for i := 1; i+1 < len(seen); i++ {
		a, b, c := node(i-1), node(i), node(i+1)
		if a < 0 || b < 0 || c < 0 || seen[i+1].US-seen[i].US > atOnce || changed(seen[i], seen[i+1]) != "" {
			continue
		}
		if w.direct(a, b) == nil && w.direct(a, c) != nil && w.direct(c, b) != nil {
			seen[i], seen[i+1] = seen[i+1], seen[i]
		}
	}
	return seen
}

// indexOf returns the index of a track, as text. It adds the track if it is new.
func indexOf(t track, tracks *[]track) string {
	i := slices.Index(*tracks, t)
	if i < 0 {
		i, *tracks = len(*tracks), append(*tracks, t)
	}
	return strconv.Itoa(i)
}

// changed says which addresses of a packet changed between two capture points.
func changed(before, now render.Glimpse) string {
	var ends []string
	if before.From != now.From {
		ends = append(ends, "from")
	}
	if before.To != now.To {
		ends = append(ends, "to")
	}
	return strings.Join(ends, " ")
}

// tell puts a move into words.
func (m *move) tell() {
	at := render.Enumerate(m.at)
	switch {
	case m.Stopped && m.target != "":
		m.Text = "It did not reach " + m.target + ". No capture point saw it after " + m.at[len(m.at)-1] + "."
	case m.Stopped:
		m.Text = "No capture point saw it after " + m.at[len(m.at)-1] + "."
	case m.undrawn:
		m.Text = m.time + " ms: " + opening(m.says) + "seen at " + at + ", whose interface is not in the drawing."
		return
	case m.Tracks == "": // and it may have gone on
		m.Text = "It was last seen at " + m.at[len(m.at)-1] + "."
	case m.First:
		m.Text = m.time + " ms: " + sentence(m.says) + " First seen at " + at + "."
	case m.behind != "":
		m.Text = m.time + " ms: seen next at " + at + ". Nothing was captured on the way from " + m.behind + "."
	default:
		m.Text = m.time + " ms: seen at " + at + "."
	}
	if !m.First && m.Tracks != "" && m.says != "" {
		m.Text += " " + strings.ToUpper(m.says[:1]) + m.says[1:] + "."
	}
}

// opening is a text with a colon, or "".
func opening(s string) string {
	if s == "" {
		return ""
	}
	return s + ": "
}

// sentence ends a text with a period unless it is a question.
func sentence(s string) string {
	if strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// stopsAt reports whether a packet that was last seen at a stop went no further: its target has a capture point too, or
// the target is unknown and the stop is in an outside computer, where all interfaces have one.
func (l *lab) stopsAt(last stop, target int) bool {
	switch {
	case target < 0:
		return l.nodes[last.node].kind == machineNode
	case l.nodes[target].kind == hostNode: // its own stack has no capture point
		return false
	}
	return slices.ContainsFunc(l.sc.Places, func(p fact.Place) bool {
		return p.Link != "lo" && l.place(p.Name) == target
	})
}

// noNodes is a track that stays where it is.
var noNodes = [maxTrack]int{-1, -1, -1, -1, -1, -1}

// trackTo finds the track to a stop: from the latest visit that it is connected with, or else from the last one, across
// a gap. It returns the index of that visit, or -1 for the first stop. What a container received does not come from
// there, unless it forwards the packet.
func (l *lab) trackTo(visits []visit, to stop) (t track, from int) {
	t = track{from: visit{to, -1}, to: to, nodes: noNodes}
	from = -1
	for i := len(visits) - 1; i >= 0; i-- {
		v := visits[i]
		forwards := i == 0 || l.nodes[v.node].passesOn() ||
			slices.ContainsFunc(visits, func(o visit) bool { return o.node == v.node && o.edge != v.edge })
		if !forwards && v.node != to.node {
			continue
		}
		if nodes := l.direct(v.node, to.node); nodes != nil {
			t.from = v
			copy(t.nodes[:], nodes)
			return t, i
		}
		if from < 0 {
			from = i
		}
	}
	if from < 0 {
		t.nodes[0] = to.node
		return t, -1
	}
	t.from, t.gap = visits[from], true
	nodes := l.across(t.from.stop, to)
	if nodes == nil {
		nodes = l.path(t.from.node, to.node)
	}
	if len(nodes) <= maxTrack {
		copy(t.nodes[:], nodes)
	}
	return t, from
}

// across lists the nodes between two interfaces on one network, or nil if they are not on one.
func (l *lab) across(from, to stop) []int {
	if from.edge < 0 || to.edge < 0 || from.node == to.node {
		return nil
	}
	network := l.edges[from.edge].b
	if l.edges[to.edge].b != network || l.nodes[network].kind != networkNode {
		return nil
	}
	return []int{from.node, network, to.node}
}

// direct lists the nodes from one capture point to the next if they are connected with no network between them that
// could be captured too: by one edge, or through the host, which has both. It is nil if they are not.
func (l *lab) direct(from, to int) []int {
	joined := func(a, b int) bool { e := l.edge(a, b); return e != nil && !e.cut }
	if from != to && joined(from, to) {
		return []int{from, to}
	}
	for i, n := range l.nodes {
		if n.kind == hostNode && joined(from, i) && joined(i, to) && l.nodes[from].kind == networkNode {
			return []int{from, i, to}
		}
	}
	if from == to {
		return []int{from}
	}
	return nil
}

// lastEdge is the edge by which a track reaches its end, or -1.
func (l *lab) lastEdge(t track) int {
	n := slices.Index(t.nodes[:], -1)
	if n < 0 {
		n = maxTrack
	}
	if n < 2 {
		return -1
	}
	a, b := t.nodes[n-2], t.nodes[n-1]
	return slices.IndexFunc(l.edges, func(e edge) bool { return e.a == a && e.b == b || e.a == b && e.b == a })
}
