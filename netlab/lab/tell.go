package lab

import (
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// Now is a container as it was read after the last action on it, except for the host's end of its veth pair, which is
// not read again.
func (l *Lab) Now(name string) (fact.Peer, bool) {
	peers := l.Peers()
	i := slices.IndexFunc(peers, func(p fact.Peer) bool { return p.Name == name })
	if i < 0 {
		return fact.Peer{}, false
	}
	now := peers[i]
	read := l.peer(name).inspection()
	now.Published, now.Network, now.Port = portWords(read.Published), append([]fact.Endpoint{}, read.Endpoints...), ""
	return now, true
}

// Peers lists the lab's containers: an upstream DNS server on a network first, then in the order of the file, outside
// computers last.
func (l *Lab) Peers() []fact.Peer {
	var peers []fact.Peer
	for _, p := range append(slices.Clone(l.peers), l.worldPeers()...) {
		if p.container == nil {
			continue
		}
		p.mu.Lock()
		told := fact.Peer{
			Name: p.name, Container: p.container.Name(), Engine: p.container.Engine(), Node: p.container.Node(), Mode: p.mode,
			Port: p.port, Shares: p.spec.Share, Published: portWords(p.first.Published),
			Network: append([]fact.Endpoint{}, p.first.Endpoints...),
		}
		p.mu.Unlock()
		for _, m := range p.spec.Volumes {
			told.Volumes = append(told.Volumes, m.Volume+":"+m.Path)
		}
		switch {
		case p.machine:
			told.Role = fact.RoleMachine
		case p.serveDNS:
			told.Role = fact.RoleUpstream
		}
		peers = append(peers, told)
	}
	return peers
}

// OwnWires counts the links that were created and are not shared through the World.
func (inv *inventory) OwnWires() int {
	count := 0
	for _, w := range inv.wires {
		if w.made.isOpen() {
			count++
		}
	}
	return count
}

// Wires lists the lab's links.
func (l *Lab) Wires() []fact.Wire {
	wires := make([]fact.Wire, 0, len(l.wires))
	for _, spec := range l.scenario.Wires {
		w := l.wire(spec.Name)
		wires = append(wires, fact.Wire{
			Name: w.name, Machine: w.machine.name, Interface: w.link, Subnet: w.subnet.String(),
			Host: w.address(wireHost), Address: w.address(wireMachine), Router: w.address(wireRouter),
			IPv6Host: w.value(ask.FieldIPv6Host),
		})
	}
	return wires
}

// Services lists the lab's services, in the order of the file.
func (l *Lab) Services() []fact.Service {
	var services []fact.Service
	for _, v := range l.services {
		services = append(services, fact.Service{
			Name: v.spec.Name, Service: v.on.Name(), Network: l.network(v.spec.Network).fact.Name,
			Endpoint: v.spec.Endpoint, VIP: v.at.VIP, Tasks: v.at.Tasks,
		})
	}
	return services
}

// Swarm reports whether the lab made the engine a swarm.
func (l *Lab) Swarm() bool { return l.swarm }

// Networks lists the lab's own networks, and the default bridge if a peer is on it.
func (l *Lab) Networks() []fact.Network {
	var networks []fact.Network
	for _, n := range append(slices.Clone(l.networks), l.worldNetworks()...) {
		if n.own || l.uses(n.name) && n.name == scenario.DefaultBridge {
			networks = append(networks, n.fact)
		}
	}
	return networks
}
