package result

import (
	"net/netip"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// Whose address a listener saw, as SeenAs says it.
const (
	SeenHost    = probe.WordHost
	SeenMe      = probe.WordMe
	SeenGateway = probe.WordGateway
)

// SeenAs says whose address a listener saw when asker, a peer of the lab, connected to it, or "" if it belongs to none
// of these.
func SeenAs(sc *Scenario, asker, address string) string {
	if sc.Host != nil {
		for _, a := range sc.Host.Addresses {
			if SameAddress(a, address) {
				return SeenHost
			}
		}
	}
	for _, w := range sc.Wires {
		if SameAddress(w.Host, address) || SameAddress(w.IPv6Host, address) {
			return SeenHost
		}
		if w.Machine == asker && (SameAddress(w.Address, address) || SameAddress(w.Router, address)) {
			return SeenMe
		}
	}
	me := sc.Peer(asker)
	if me != nil && me.Shares != "" {
		me = sc.Peer(me.Shares)
	}
	if me != nil {
		for _, e := range me.Network {
			if SameAddress(e.IPv4, address) || SameAddress(e.IPv6, address) {
				return SeenMe
			}
		}
	}
	for _, n := range sc.Networks {
		if SameAddress(n.Gateway, address) || SameAddress(n.IPv6Gateway, address) {
			return SeenGateway
		}
	}
	return ""
}

// Door returns the container where a student begins, the first one that the scenario names, or nil.
func (s *Scenario) Door() *fact.Peer {
	for i := range s.Peers {
		if p := &s.Peers[i]; p.Role == "" && p.Name != HostPeer {
			return p
		}
	}
	return nil
}

// Peer returns the peer of that name, or nil.
func (s *Scenario) Peer(name string) *fact.Peer {
	for i := range s.Peers {
		if s.Peers[i].Name == name {
			return &s.Peers[i]
		}
	}
	return nil
}

// SameAddress reports whether two texts are the same address, ignoring prefix lengths.
func SameAddress(a, b string) bool {
	x, errX := netip.ParseAddr(fact.Bare(a))
	y, errY := netip.ParseAddr(fact.Bare(b))
	return errX == nil && errY == nil && x.Unmap() == y.Unmap()
}
