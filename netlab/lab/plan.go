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
func (b builder) ground(n scenario.Network) *gate {
	if n.Parent != "" {
		return b.lab.wire(n.Parent).made
	}
	return b.lab.site.seen
}

// needs returns what p's creation needs: its networks and volumes, what its upstream DNS server's address depends on,
// the container whose namespace it shares, the one whose host port it also wants, and the address of the link on which
// it publishes.
func (b builder) needs(p *peer) gates {
	var needed gates
	for _, a := range p.spec.Networks {
		needed = append(needed, b.lab.network(a.Network).made)
	}
	if b.lab.asksUpstream(p) {
		needed = append(needed, b.upstreamAt()...)
	}
	for _, m := range p.spec.Volumes {
		needed = append(needed, b.lab.volume(m.Volume).made)
	}
	if p.spec.Share != "" {
		needed = append(needed, b.lab.peer(p.spec.Share).made)
	}
	for _, port := range p.spec.Publish {
		if port.As != "" {
			needed = append(needed, b.lab.peer(port.As).made)
		}
		if w := b.lab.wire(port.On); w != nil {
			needed = append(needed, w.placed)
		}
	}
	return needed
}

// publishesOn returns the links on which p publishes. Their addresses must exist when it starts.
func (b builder) publishesOn(p *peer) gates {
	var links gates
	for _, port := range p.spec.Publish {
		if w := b.lab.wire(port.On); w != nil {
			links = append(links, w.made)
		}
	}
	return links
}

// follows reports whether p needs a container whose start is measured and which therefore starts late.
func (inv *inventory) follows(p *peer) bool {
	needed := []string{p.spec.Share}
	for _, b := range p.spec.Publish {
		needed = append(needed, b.As)
	}
	return slices.ContainsFunc(needed, func(name string) bool {
		return name != "" && startMeasured(inv.scenario, inv.peer(name))
	})
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
			serveDNS: w.Name == l.scenario.Upstream, listen: listeners(w.Listen, l.token()), made: newGate(),
		}
		l.wires = append(l.wires, &wire{
			spec: w, name: w.Name, link: fmt.Sprintf("nl%s%d", l.session.ID(), i), machine: p, placed: newGate(),
			made: newGate(),
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
			name: c.Name, spec: c, serveDNS: c.Name == ask.Upstream, listen: listeners(c.Listen, l.token()), made: newGate(),
		}
		switch {
		case c.Share != "":
			p.mode = "container:" + c.Share
		default:
			p.mode = l.network(c.Networks[0].Network).mode()
		}
		l.peers = append(l.peers, p)
	}
	for _, w := range l.wires {
		l.peers = append(l.peers, w.machine)
	}
}

// withUpstream returns the scenario's containers, preceded by the upstream DNS server if it is one.
func (inv *inventory) withUpstream() []scenario.Container {
	if inv.scenario.Upstream == "" || inv.wire(inv.scenario.Upstream) != nil {
		return inv.scenario.Containers
	}
	a := scenario.Attachment{Network: inv.scenario.Upstream}
	if inv.network(a.Network).takesAddress() {
		a.Address = upstreamAddress
	}
	return slices.Concat([]scenario.Container{{
		Name: ask.Upstream, Networks: []scenario.Attachment{a}, DNS: scenario.DNSEngine,
	}}, inv.scenario.Containers)
}

// listeners are what a scenario's ports need. They recognize askers by the token.
func listeners(ports []scenario.Listener, token string) []probe.Listen {
	var open []probe.Listen
	for _, at := range ports {
		open = append(open, probe.Listen{Network: at.Network, Address: at.At, Port: at.Number, Token: token})
	}
	return open
}

// startMeasured reports whether p's start is measured, so that it must start alone.
func startMeasured(sc *scenario.Scenario, p *peer) bool {
	for _, st := range sc.Steps {
		if st.Measure != nil && st.Measure.What == scenario.MeasureStart && st.Measure.From == p.name {
			return true
		}
	}
	return false
}

// stops reports whether a step stops or removes p, so that the engine must not remove it by itself.
func stops(sc *scenario.Scenario, p *peer) bool {
	stopping := []string{ask.VerbStop, ask.VerbRestart, ask.VerbRecreate}
	for _, st := range sc.Steps {
		if st.Do != nil && st.Do.Peer == p.name && slices.Contains(stopping, st.Do.Verb) {
			return true
		}
	}
	return false
}
