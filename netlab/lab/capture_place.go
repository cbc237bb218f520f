package lab

import (
	"net/netip"
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

func placeOf(p *peer, link string) fact.Place {
	kind := fact.PlaceContainer
	if p.machine {
		kind = fact.PlaceMachine
	}
	return fact.Place{Name: p.name + " " + link, Kind: kind, Peer: p.name, Link: link, Engine: p.container.Engine()}
}

func (inv *inventory) hostPlace(kind, link, of string) fact.Place {
	return fact.Place{Name: ask.Host + " " + link, Kind: kind, Link: link, Of: of, Engine: inv.site.engine.Fact().ID}
}

// ownLinks lists p's interfaces that are up. Loopback is not among them: it only becomes a capture point once a frame
// is seen there.
func (p *peer) ownLinks() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	if p.stack == nil {
		return nil
	}
	for _, link := range p.stack.Links {
		if link.Up && link.Kind != "loopback" {
			names = append(names, link.Name)
		}
	}
	return names
}

// hostLinks lists the host's interfaces that belong to the lab or that a part of the lab is attached to: bridges and
// the host's ends of links. A network card that is the parent of a network on a LAN is not included.
func (inv *inventory) hostLinks() []fact.Place {
	var places []fact.Place
	add := func(kind, link, of string) {
		places = append(places, inv.hostPlace(kind, link, of))
	}
	for i := range inv.networks {
		n := &inv.networks[i]
		link := inv.host.Link(n.fact.Interface)
		if link != nil && link.Kind == "bridge" && (n.own || n.name == ask.GatewayBridge || inv.uses(n.name)) {
			add(fact.PlaceBridge, link.Name, n.name)
		}
	}
	for _, w := range inv.wires {
		add(fact.PlaceWire, w.link, w.name)
	}
	return places
}

// addresses returns the addresses of the lab's containers, which identify their frames on interfaces that others use
// too.
func (inv *inventory) addresses() *probe.Keep {
	keep := &probe.Keep{}
	for _, p := range inv.peers {
		if p.mode == scenario.HostNetwork || inv.onSecond(p) {
			continue // the host's own addresses are not the lab's
		}
		addresses, macs := p.stackAddresses()
		for _, a := range addresses {
			keep.Subnets = append(keep.Subnets, netip.PrefixFrom(a, a.BitLen()).String())
		}
		keep.MACs = append(keep.MACs, macs...)
	}
	return keep
}

// stackAddresses returns the IP and MAC addresses that p's agent saw on its interfaces, without loopback.
func (p *peer) stackAddresses() (addresses []netip.Addr, macs []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stack == nil {
		return nil, nil
	}
	for _, link := range p.stack.Links {
		if link.Kind == "loopback" {
			continue
		}
		if m := link.MAC; m != "" {
			macs = append(macs, m)
		}
		for _, a := range link.Addresses {
			if own, err := netip.ParsePrefix(a); err == nil {
				addresses = append(addresses, own.Addr())
			}
		}
	}
	return addresses, macs
}

// hostPorts lists the host's ports that belong to the lab: published ones, and those of listeners in host mode.
func (inv *inventory) hostPorts() []int {
	var ports []int
	for _, p := range inv.peers {
		if inv.onSecond(p) {
			continue
		}
		for _, b := range p.inspection().Published {
			ports = append(ports, b.HostPort)
		}
		for _, at := range p.listen {
			if p.mode == scenario.HostNetwork && at.Port != 0 {
				ports = append(ports, at.Port)
			}
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}
