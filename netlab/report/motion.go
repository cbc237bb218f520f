package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
	i := slices.IndexFunc(l.sc.Places, func(p result.Place) bool { return p.Name == name })
	if i < 0 {
		return s, false
	}
	s = stop{node: l.place(name), edge: -1, local: l.sc.Places[i].Link == "lo"}
	if s.node < 0 || s.local {
		return s, s.node >= 0
	}
	switch l.sc.Places[i].Kind {
	case result.PlaceContainer, result.PlaceMachine:
		s.edge = l.cable(s.node, name)
		return s, s.edge >= 0
	case result.PlaceWire:
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
	whole := st.Unlisted == 0 && !slices.ContainsFunc(l.sc.Places, func(p result.Place) bool { return p.Dropped > 0 })
	var moves []move
	for i, j := range journeys {
		for _, m := range l.follow(j, whole, tracks) {
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

// follow follows one packet. If the record is not whole, it cannot tell where the packet stopped.
func (l *lab) follow(j render.Journey, whole bool, tracks *[]track) []move {
	var (
		moves   []move
		visits  []visit
		names   []string // of the visits
		source  = -1     // the visit that the last move started from
		arrived bool
	)
	for k, g := range j.Seen {
		at, ok := l.stopOf(g.Place)
		if !ok {
			continue
		}
		t, from := l.trackTo(visits, at)
		index := indexOf(t, tracks)
		visits, names = append(visits, visit{at, l.lastEdge(t)}), append(names, g.At)
		arrived = arrived || at.local || l.arrives(g.Target, at.node)
		if n := len(moves) - 1; n >= 0 && from == source && from >= 0 && !t.gap { // a bridge sends it to several
			moves[n].Tracks += " " + index
			moves[n].at = append(moves[n].at, g.At)
			continue
		}
		m := move{
			What: j.What, From: g.From, To: g.To, Tracks: index, First: len(moves) == 0,
			us: g.US, time: g.Time, says: g.Text, at: []string{g.At},
		}
		if t.gap {
			m.behind = names[from]
		}
		if k > 0 {
			m.Changed = changed(j.Seen[k-1], g)
		}
		moves, source = append(moves, m), from
		if t.gap {
			source = -1
		}
	}
	if n := len(moves) - 1; n >= 0 && !arrived {
		end := moves[n]
		end.Tracks, end.Changed, end.says, end.First = "", "", "", false
		last := visits[len(visits)-1]
		if end.Stopped = whole && l.stopsAt(last.stop, j.Seen[len(j.Seen)-1].Target); end.Stopped && len(visits) == 1 &&
			last.edge >= 0 && l.nodes[last.node].kind != networkNode {
			end.Tracks = indexOf(track{from: last, to: last.stop, nodes: noNodes, out: true}, tracks)
		}
		moves = append(moves, end)
	}
	return moves
}

// arrives reports whether an address belongs to a node, or to the host that the node is an interface of.
func (l *lab) arrives(target string, node int) bool {
	owner := l.owner(target, node)
	return owner == node || owner >= 0 && l.nodes[owner].kind == hostNode && l.edge(owner, node) != nil
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
	at := list(m.at)
	switch {
	case m.Stopped:
		m.Text = "No capture point saw it after " + m.at[len(m.at)-1] + "."
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

// sentence ends a text with a period unless it is a question.
func sentence(s string) string {
	if strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// stopsAt reports whether a packet that was last seen at a stop went no further: its target has a capture point too, or
// the stop is in the network namespace of an outside computer, where all interfaces have one.
func (l *lab) stopsAt(last stop, target string) bool {
	to := l.owner(target, last.node)
	switch {
	case to < 0:
		return l.nodes[last.node].kind == machineNode
	case l.nodes[to].kind == hostNode: // its own stack has no capture point
		return false
	}
	return slices.ContainsFunc(l.sc.Places, func(p result.Place) bool { return p.Link != "lo" && l.place(p.Name) == to })
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
