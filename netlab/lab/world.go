package lab

import (
	"slices"

	"netlab/netlab/ask"
)

// isWorlds reports whether the link, network or container of that name belongs to the World, which several labs
// share.
func (l *Lab) isWorlds(name string) bool {
	return l.options.World != nil && name != "" && l.scenario.IsShared(name)
}

// isMachine reports whether the peer of that name is an outside computer, at the far end of a link.
func (l *Lab) isMachine(name string) bool {
	return slices.ContainsFunc(l.wires, func(w wire) bool { return w.machine.name == name })
}

// wireTo is the link to an outside computer, including the World's, or nil for any other peer.
func (l *Lab) wireTo(p *peer) *wire {
	for i := range l.wires {
		if l.wires[i].machine == p {
			return &l.wires[i]
		}
	}
	if l.options.World != nil {
		return l.options.World.wireTo(p)
	}
	return nil
}

// token is the secret by which the listeners of the lab and its World recognize askers.
func (l *Lab) token() string {
	if l.options.World != nil {
		return l.options.World.token()
	}
	return l.session.Token()
}

// worldPeers are the peers of the World that the scenario has.
func (l *Lab) worldPeers() []*peer {
	var peers []*peer
	if l.options.World == nil {
		return nil
	}
	for _, p := range l.options.World.peers {
		if p.name == ask.Upstream && l.scenario.Upstream == "" {
			continue
		}
		if l.peer(p.name) == p {
			peers = append(peers, p)
		}
	}
	return peers
}

// worldNetworks are the networks of the World that the scenario has.
func (l *Lab) worldNetworks() []network {
	var networks []network
	if l.options.World == nil {
		return nil
	}
	for _, n := range l.options.World.networks {
		if n.own && l.isWorlds(n.name) {
			networks = append(networks, n)
		}
	}
	return networks
}

// readIn is the lab that reads the host's firewall: the one with the link, because its helper may read it.
func (l *Lab) readIn() *Lab {
	if w := l.options.World; w != nil && len(w.wires) > 0 {
		return w
	}
	return l
}
