package lab

import (
	"slices"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// A Peer is what a lab reports about one of its containers, as it was when the lab was built.
type Peer struct {
	Name      string
	Container string
	Engine    string // the id of the engine it runs on
	Node      string // that engine's id in the swarm
	Mode      string
	Role      string
	Port      string   // the host's end of its veth pair
	Shares    string   // the container whose network namespace it uses
	Volumes   []string // "notes:/notes"
	Published []string // "127.0.0.1:32768->8080/tcp"
	Endpoints []fact.Endpoint
}

// Now is a container as it was read after the last action on it, except for the host's end of its veth pair, which is
// not read again.
func (l *Lab) Now(name string) (Peer, bool) {
	peers := l.Peers()
	i := slices.IndexFunc(peers, func(p Peer) bool { return p.Name == name })
	if i < 0 {
		return Peer{}, false
	}
	now := peers[i]
	read := l.peer(name).inspection()
	now.Published, now.Endpoints, now.Port = read.Published, slices.Clone(read.Endpoints), ""
	return now, true
}

// Peers lists the lab's containers: an upstream DNS server on a network first, then in the order of the file, outside
// computers last.
func (l *Lab) Peers() []Peer {
	var peers []Peer
	for _, p := range append(slices.Clone(l.peers), l.worldPeers()...) {
		if p.container == nil {
			continue
		}
		p.mu.Lock()
		peers = append(peers, Peer{
			Name: p.name, Container: p.container.Name(), Engine: p.container.Engine(), Node: p.container.Node(), Mode: p.mode,
			Port:   p.port,
			Shares: p.spec.Share, Published: p.first.Published, Endpoints: p.first.Endpoints,
		})
		for _, m := range p.spec.Volumes {
			last := &peers[len(peers)-1]
			last.Volumes = append(last.Volumes, m.Volume+":"+m.Path)
		}
		p.mu.Unlock()
		switch last := &peers[len(peers)-1]; {
		case p.machine:
			last.Role = engine.RoleMachine
		case p.serveDNS:
			last.Role = engine.RoleUpstream
		}
	}
	return peers
}

// A Wire is what a lab reports about one of its links.
type Wire struct {
	Name, Machine string
	Interface     string // the host's end
	Subnet        string
	Host          string // the host's address on it
	Address       string // the outside computer's
	Router        string // also the outside computer's, as the router of this LAN
	IPv6Host      string // the host's IPv6 address on it, or ""
}

// OwnWires counts the links that are not shared through the World.
func (inv *inventory) OwnWires() int { return len(inv.wires) }

// Wires lists the lab's links.
func (l *Lab) Wires() []Wire {
	wires := make([]Wire, 0, len(l.wires))
	for _, spec := range l.scenario.Wires {
		w := l.wire(spec.Name)
		wires = append(wires, Wire{
			Name: w.name, Machine: w.machine.name, Interface: w.link, Subnet: w.subnet.String(),
			Host: w.address(wireHost), Address: w.address(wireMachine), Router: w.address(wireRouter),
			IPv6Host: w.value("ipv6.host"),
		})
	}
	return wires
}

// A Service is what a lab reports about a swarm service.
type Service struct {
	Name     string
	Service  string // its name on the engine
	Network  string // the Docker network's name
	Endpoint string // vip or dnsrr
	VIP      string
	Tasks    []string // their addresses
}

// Services lists the lab's services, in the order of the file.
func (l *Lab) Services() []Service {
	var services []Service
	for _, v := range l.services {
		services = append(services, Service{
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
