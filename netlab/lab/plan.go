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
		return b.wire(n.Parent).made
	}
	return b.site.seen
}

// needs returns what p needs: its networks and volumes, what its upstream DNS server's address depends on,
// the container whose namespace it shares, the one whose host port it also wants, and the link on which it publishes.
func (b builder) needs(p *peer) gates {
	var needed gates
	for _, a := range p.spec.Networks {
		needed = append(needed, b.network(a.Network).made)
	}
	if b.asksUpstream(p) {
		needed = append(needed, b.upstreamAt()...)
	}
	for _, m := range p.spec.Volumes {
		needed = append(needed, b.volume(m.Volume).made)
	}
	if p.spec.Share != "" {
		needed = append(needed, b.peer(p.spec.Share).made)
	}
	for _, port := range p.spec.Publish {
		if port.As != "" {
			needed = append(needed, b.peer(port.As).made)
		}
		if w := b.wire(port.On); w != nil {
			needed = append(needed, w.made)
		}
	}
	return needed
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
func (b builder) plan() {
	for _, i := range b.scenario.Images {
		b.images = append(b.images, image{spec: i, edits: map[string]int{}})
	}
	for i, w := range b.scenario.Wires {
		if b.isWorlds(w.Name) {
			continue
		}
		p := &peer{
			name: w.Machine, mode: scenario.NoneNetwork, machine: true, spec: scenario.Container{Name: w.Machine},
			serveDNS: w.Name == b.scenario.Upstream, listen: b.listeners(w.Listen), made: newGate(),
		}
		b.wires = append(b.wires, &wire{
			spec: w, name: w.Name, link: fmt.Sprintf("nl%s%d", b.session.ID(), i), machine: p, placed: newGate(),
			made: newGate(),
		})
	}
	for _, n := range b.scenario.Networks {
		if b.isWorlds(n.Name) {
			continue
		}
		b.networks = append(b.networks, network{name: n.Name, driver: n.Driver, own: true, made: newGate()})
	}
	for _, name := range b.scenario.Volumes {
		b.volumes = append(b.volumes, volume{name: name, made: newGate()})
	}
	for _, v := range b.scenario.Services {
		b.services = append(b.services, &service{spec: v, made: newGate()})
	}
	there := newGate()
	there.open(nil)
	if b.site.bridged {
		b.networks = append(b.networks, network{
			name: scenario.DefaultBridge, driver: b.site.bridge.Driver, fact: b.site.bridge, made: there,
		})
	}
	for _, name := range []string{scenario.HostNetwork, scenario.NoneNetwork} {
		b.networks = append(b.networks, network{name: name, fact: fact.Network{Name: name, Driver: name}, made: there})
	}
	for _, c := range b.withUpstream() {
		if b.isWorlds(c.Name) {
			continue
		}
		p := &peer{
			name: c.Name, spec: c, serveDNS: c.Name == ask.Upstream, listen: b.listeners(c.Listen), made: newGate(),
		}
		switch {
		case c.Share != "":
			p.mode = "container:" + c.Share
		default:
			p.mode = mode(*b.network(c.Networks[0].Network))
		}
		b.peers = append(b.peers, p)
	}
	for _, w := range b.wires {
		b.peers = append(b.peers, w.machine)
	}
}

// withUpstream returns the scenario's containers, preceded by the upstream DNS server if it is one.
func (b builder) withUpstream() []scenario.Container {
	if b.scenario.Upstream == "" || b.wire(b.scenario.Upstream) != nil {
		return b.scenario.Containers
	}
	a := scenario.Attachment{Network: b.scenario.Upstream}
	if b.network(a.Network).takesAddress() {
		a.Address = upstreamAddress
	}
	return slices.Concat([]scenario.Container{{
		Name: ask.Upstream, Networks: []scenario.Attachment{a}, DNS: scenario.DNSEngine,
	}}, b.scenario.Containers)
}

func (b builder) listeners(listeners []scenario.Listener) []probe.Listen {
	var open []probe.Listen
	for _, at := range listeners {
		open = append(open, probe.Listen{
			Network: at.Network, Address: at.At, Port: at.Number, Token: b.token(),
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
