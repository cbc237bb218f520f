package report

// How a lesson's actions change its lab.

import (
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// stopped is the note of a stopped container.
const stopped = "stopped"

// acted is what a step did to the lab: an action, or a question that put a container on a network by starting it. It is
// nil if it did neither.
func acted(st *result.Step) *ask.Action {
	start, ok := st.Asks.Question.(ask.Start)
	if !ok || st.Changed == nil || !slices.ContainsFunc(st.Changed.Network, func(e fact.Endpoint) bool {
		return !e.Nowhere()
	}) {
		return st.Do
	}
	return &ask.Action{Verb: ask.VerbStart, Peer: start.Container}
}

// act applies an action to the lab and reports whether the drawing changes.
func (l *lab) act(st *result.Step) bool {
	done := acted(st)
	if done == nil || st.Do != nil && st.Verdict != "" && st.Verdict != result.AsExpected {
		return false
	}
	a := *done
	if l.leave(a) {
		return true
	}
	at, ok := l.index[a.Peer]
	if !ok || l.nodes[at].kind != peerNode || l.nodes[at].peer.Name != a.Peer {
		return false
	}
	n := &l.nodes[at]
	switch a.Verb {
	case ask.VerbConnect, ask.VerbDisconnect:
		if a.Network == "" {
			return false
		}
		l.plug(at, a.Network, a.Verb == ask.VerbDisconnect)
	case ask.VerbStart, ask.VerbRestart, ask.VerbRecreate:
		n.note = ""
		if st.Changed == nil && !n.peer.Isolated() { // the record is from an older version
			n.note = "addresses not recorded"
		}
		l.restarted(at)
	case ask.VerbStop:
		n.note = stopped
	case ask.VerbPause:
		n.note = "paused"
	case ask.VerbUnpause:
		n.note = ""
	default:
		return false
	}
	if st.Changed != nil && st.Changed.Name == a.Peer {
		l.read(at, st.Changed)
	}
	return true
}

// leave follows what starts and stops do to a shared network namespace: its guests keep the old one until they are
// started again. It reports whether the container is such a guest.
func (l *lab) leave(a ask.Action) bool {
	name := a.Peer
	switch a.Verb {
	case ask.VerbStart, ask.VerbRestart, ask.VerbRecreate, ask.VerbStop:
	default:
		return false
	}
	for _, p := range l.sc.Peers {
		at, ok := l.alone[p.Name]
		if !ok || p.Name != name && p.Shares != name {
			continue
		}
		n := &l.nodes[at]
		switch {
		case p.Name == name && a.Verb == ask.VerbStop:
			n.note = stopped
		case p.Name == name:
			n.note, n.hidden, l.index[name] = "", true, l.index[p.Shares]
			continue
		case n.note != stopped:
			n.note = probe.WordLoopback + ", in " + render.Flat(name) + "'s old namespace"
		}
		n.hidden, l.index[p.Name] = false, at
	}
	_, guest := l.alone[name]
	return guest
}

// plug connects a container to a network or disconnects it.
func (l *lab) plug(peer int, network string, cut bool) {
	to := l.attached(peer, network)
	if to < 0 {
		return
	}
	l.edges[to].cut = cut
	if !cut {
		return
	}
	l.edges[to].name, l.edges[to].link = "", ""
	p := *l.nodes[peer].peer
	p.Network = slices.DeleteFunc(slices.Clone(p.Network), func(e fact.Endpoint) bool {
		return l.sc.OwnName(e.Network) == network
	})
	l.nodes[peer].peer = &p
}

// restarted forgets what a start changes. If the record has the new state, read adds it.
func (l *lab) restarted(peer int) {
	p := *l.nodes[peer].peer
	p.Published = nil
	p.Network = slices.Clone(p.Network)
	for i := range p.Network {
		p.Network[i].IPv4, p.Network[i].IPv6 = "", ""
	}
	l.nodes[peer].peer = &p
	for i := range l.edges {
		if l.edges[i].a == peer {
			l.edges[i].name = ""
		}
	}
}

// read enters what was read from a container after an action.
func (l *lab) read(peer int, now *fact.Peer) {
	p := *l.nodes[peer].peer
	p.Published, p.Network = now.Published, now.Network
	l.nodes[peer].peer = &p
	for i := range l.edges {
		e := &l.edges[i]
		if e.a != peer || l.nodes[e.b].kind != networkNode || l.nodes[e.b].network.Interface == ask.GatewayBridge {
			continue // no endpoint mentions that bridge
		}
		k := slices.IndexFunc(p.Network, func(on fact.Endpoint) bool {
			return l.sc.OwnName(on.Network) == l.nodes[e.b].name
		})
		if e.cut = k < 0; !e.cut {
			e.link = p.Network[k].Link
		}
	}
}
