package lab

import (
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// An inventory is what a lab consists of, by the names in its scenario. It finds things, and neither makes nor asks
// anything.
type inventory struct {
	site     *Site
	scenario *scenario.Scenario
	session  *engine.Session
	second   *engine.Session // on the second engine, or nil
	options  Options

	peers    []*peer // an upstream DNS server on a network first, then in the order of the file, outside computers last
	networks []network
	services []*service
	wires    []*wire
	volumes  []volume
	images   []image
	host     *fact.Stack // the host after the build; nil before
}

func (inv *inventory) peer(name string) *peer {
	if name == ask.Host {
		return inv.site.host
	}
	for _, p := range inv.peers {
		if p.name == name {
			return p
		}
	}
	if w := inv.options.World; w != nil && (inv.isWorlds(name) || w.isMachine(name)) {
		return w.peer(name)
	}
	return nil
}

func (inv *inventory) wire(name string) *wire {
	for _, w := range inv.wires {
		if w.name == name {
			return w
		}
	}
	if inv.isWorlds(name) {
		return inv.options.World.wire(name)
	}
	return nil
}

func (inv *inventory) network(name string) *network {
	for i := range inv.networks {
		if inv.networks[i].name == name {
			return &inv.networks[i]
		}
	}
	if inv.isWorlds(name) {
		return inv.options.World.network(name)
	}
	return nil
}

func (inv *inventory) volume(name string) *volume {
	for i := range inv.volumes {
		if inv.volumes[i].name == name {
			return &inv.volumes[i]
		}
	}
	return nil
}

func (inv *inventory) image(name string) *image {
	for i := range inv.images {
		if inv.images[i].spec.Name == name {
			return &inv.images[i]
		}
	}
	return nil
}

func (inv *inventory) service(name string) *service {
	i := slices.IndexFunc(inv.services, func(v *service) bool { return v.spec.Name == name })
	if i < 0 {
		return nil
	}
	return inv.services[i]
}

// isWorlds reports whether the link, network or container of that name belongs to the World, which several labs
// share.
func (inv *inventory) isWorlds(name string) bool {
	return inv.options.World != nil && name != "" && inv.scenario.IsShared(name)
}

// isMachine reports whether the peer of that name is an outside computer, at the far end of a link.
func (inv *inventory) isMachine(name string) bool {
	return slices.ContainsFunc(inv.wires, func(w *wire) bool { return w.machine.name == name })
}

// wireTo is the link to an outside computer, including the World's, or nil for any other peer.
func (inv *inventory) wireTo(p *peer) *wire {
	for _, w := range inv.wires {
		if w.machine == p {
			return w
		}
	}
	if inv.options.World != nil {
		return inv.options.World.wireTo(p)
	}
	return nil
}

// parent returns the link whose host end is the network's parent interface, or nil for other networks.
func (inv *inventory) parent(n *network) *wire {
	i := slices.IndexFunc(inv.scenario.Networks, func(s scenario.Network) bool { return s.Name == n.name })
	if i < 0 {
		return nil
	}
	return inv.wire(inv.scenario.Networks[i].Parent)
}

// onLAN reports whether the network is on a real LAN, where netlab sends nothing without need.
func (inv *inventory) onLAN(network string) bool {
	return slices.ContainsFunc(inv.scenario.Networks, func(n scenario.Network) bool {
		return n.Name == network && n.LAN != nil
	})
}

func (inv *inventory) uses(network string) bool {
	for _, p := range inv.peers {
		for _, a := range p.spec.Networks {
			if a.Network == network {
				return true
			}
		}
	}
	return false
}

// peopled reports whether a running container is on the network.
func (inv *inventory) peopled(network string) bool {
	return slices.ContainsFunc(inv.peers, func(p *peer) bool {
		return p.agent() != nil && slices.ContainsFunc(p.spec.Networks, func(a scenario.Attachment) bool {
			return a.Network == network
		})
	})
}

// worldPeers are the peers of the World that the scenario has.
func (inv *inventory) worldPeers() []*peer {
	var peers []*peer
	if inv.options.World == nil {
		return nil
	}
	for _, p := range inv.options.World.peers {
		if p.name == ask.Upstream && inv.scenario.Upstream == "" {
			continue
		}
		if inv.peer(p.name) == p {
			peers = append(peers, p)
		}
	}
	return peers
}

// worldNetworks are the networks of the World that the scenario has.
func (inv *inventory) worldNetworks() []network {
	var networks []network
	if inv.options.World == nil {
		return nil
	}
	for _, n := range inv.options.World.networks {
		if n.own && inv.isWorlds(n.name) {
			networks = append(networks, n)
		}
	}
	return networks
}

// token is the secret by which the listeners of the lab and its World recognize askers.
func (inv *inventory) token() string {
	if inv.options.World != nil {
		return inv.options.World.token()
	}
	return inv.session.Token()
}

func (inv *inventory) onSecond(p *peer) bool { return inv.second != nil && p.name == secondPeer }

// sessionOf returns the session of the engine that p runs on.
func (inv *inventory) sessionOf(p *peer) *engine.Session {
	if inv.onSecond(p) {
		return inv.second
	}
	return inv.session
}

// sessions returns the lab's sessions in the order of removal: a network can only be removed after everything on it.
func (inv *inventory) sessions() []*engine.Session {
	if inv.second == nil {
		return []*engine.Session{inv.session}
	}
	return []*engine.Session{inv.second, inv.session}
}
