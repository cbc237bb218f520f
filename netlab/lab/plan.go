package lab

import (
	"fmt"
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// ground returns what a network needs: the host's routes, to avoid them, or the link it is attached to.
func (l *Lab) ground(n scenario.Network) *gate {
	if n.Parent != "" {
		return l.wire(n.Parent).made
	}
	return l.site.seen
}

// needs returns what p needs: its networks and volumes, the upstream DNS server if the engine chooses its address,
// the container whose namespace it shares, the one whose host port it also wants, and the link on which it publishes.
func (l *Lab) needs(p *peer) all {
	var gates all
	for _, a := range p.spec.Networks {
		gates = append(gates, l.network(a.Network).made)
	}
	if up := l.peer(ask.Upstream); l.asksUpstream(p) {
		n := l.network(l.scenario.Upstream)
		if gates = append(gates, n.made); !n.takesAddress() {
			gates = append(gates, up.made)
		}
	}
	for _, m := range p.spec.Volumes {
		gates = append(gates, l.volume(m.Volume).made)
	}
	if p.spec.Share != "" {
		gates = append(gates, l.peer(p.spec.Share).made)
	}
	for _, b := range p.spec.Publish {
		if b.As != "" {
			gates = append(gates, l.peer(b.As).made)
		}
		if w := l.wire(b.On); w != nil {
			gates = append(gates, w.made)
		}
	}
	return gates
}

// follows reports whether p needs a container whose start is measured and which therefore starts late.
func (l *Lab) follows(p *peer) bool {
	needed := []string{p.spec.Share}
	for _, b := range p.spec.Publish {
		needed = append(needed, b.As)
	}
	return slices.ContainsFunc(needed, func(name string) bool { return name != "" && l.measured(l.peer(name)) })
}

// plan lists what the lab will contain, without making any of it.
func (l *Lab) plan() {
	for _, i := range l.scenario.Images {
		l.images = append(l.images, image{spec: i, edits: map[string]int{}})
	}
	for i, w := range l.scenario.Wires {
		if l.isWorlds(w.Name) {
			continue
		}
		p := &peer{
			name: w.Machine, mode: scenario.NoneNetwork, machine: true, spec: scenario.Container{Name: w.Machine},
			listen: l.listeners(w.Listen), made: newGate(),
		}
		l.wires = append(l.wires, wire{
			spec: w, name: w.Name, link: fmt.Sprintf("nl%s%d", l.session.ID(), i), machine: p, made: newGate(),
		})
	}
	for _, n := range l.scenario.Networks {
		if l.isWorlds(n.Name) {
			continue
		}
		l.networks = append(l.networks, network{name: n.Name, driver: n.Driver, own: true, made: newGate()})
	}
	for _, name := range l.scenario.Volumes {
		l.volumes = append(l.volumes, volume{name: name, made: newGate()})
	}
	for _, v := range l.scenario.Services {
		l.services = append(l.services, &service{spec: v, made: newGate()})
	}
	there := newGate()
	there.open(nil)
	if l.site.bridged {
		l.networks = append(l.networks, network{
			name: scenario.DefaultBridge, driver: l.site.bridge.Driver, fact: l.site.bridge, made: there,
		})
	}
	for _, name := range []string{scenario.HostNetwork, scenario.NoneNetwork} {
		l.networks = append(l.networks, network{name: name, fact: fact.Network{Name: name, Driver: name}, made: there})
	}
	for _, c := range l.withUpstream() {
		if l.isWorlds(c.Name) {
			continue
		}
		p := &peer{
			name: c.Name, spec: c, serveDNS: c.Name == ask.Upstream, listen: l.listeners(c.Listen), made: newGate(),
		}
		switch {
		case c.Share != "":
			p.mode = "container:" + c.Share
		default:
			p.mode = mode(*l.network(c.Networks[0].Network))
		}
		l.peers = append(l.peers, p)
	}
	for i := range l.wires {
		l.peers = append(l.peers, l.wires[i].machine)
	}
}

// withUpstream returns the scenario's containers, preceded by the upstream DNS server if there is one.
func (l *Lab) withUpstream() []scenario.Container {
	if l.scenario.Upstream == "" {
		return l.scenario.Containers
	}
	a := scenario.Attachment{Network: l.scenario.Upstream}
	if l.network(a.Network).takesAddress() {
		a.Address = upstreamAddress
	}
	return slices.Concat([]scenario.Container{{
		Name: ask.Upstream, Networks: []scenario.Attachment{a}, DNS: scenario.DNSEngine,
	}}, l.scenario.Containers)
}

func (l *Lab) listeners(all []scenario.Listener) []probe.Listen {
	var open []probe.Listen
	for _, at := range all {
		open = append(open, probe.Listen{
			Network: at.Network, Address: at.At, Port: at.Number, Token: l.token(),
		})
	}
	return open
}

// takesAddress reports whether the lab may choose addresses on n. On an overlay the engine chooses them.
func (n *network) takesAddress() bool { return n.own && n.driver != scenario.DriverOverlay }

// mode is what people call a network's mode: the three that every engine has go by their names.
func mode(n network) string {
	if n.own {
		return n.driver
	}
	return n.name
}

// measured reports whether p's start is measured, so that it must start alone.
func (l *Lab) measured(p *peer) bool {
	for _, st := range l.scenario.Steps {
		if st.Measure != nil && st.Measure.What == scenario.MeasureStart && st.Measure.From == p.name {
			return true
		}
	}
	return false
}

// stops reports whether a step stops or removes p, so that the engine must not remove it by itself.
func (l *Lab) stops(p *peer) bool {
	stopping := []string{ask.VerbStop, ask.VerbRestart, ask.VerbRecreate}
	for _, st := range l.scenario.Steps {
		if st.Do != nil && st.Do.Peer == p.name && slices.Contains(stopping, st.Do.Verb) {
			return true
		}
	}
	return false
}
