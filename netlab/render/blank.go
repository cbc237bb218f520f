package render

import (
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// Blank is where an address is to be written into a drawing.
const Blank = "________________"

// blank is a lab before it was built: its containers, networks and links, with blanks for their addresses. It is the
// same whether the lab has run or not.
func blank(sc *result.Scenario) *result.Scenario {
	out := &result.Scenario{Name: sc.Name, Session: sc.Session, Host: &result.Host{Addresses: []string{Blank}}}
	for _, p := range sc.Peers {
		if p.Role == fact.RoleUpstream { // the lesson does not name it
			continue
		}
		b := fact.Peer{Name: p.Name, Role: p.Role, Shares: p.Shares, Mode: p.Mode, Engine: p.Engine, Node: p.Node}
		for _, e := range p.Network {
			if !e.Nowhere() && e.Network != result.HostPeer {
				b.Network = append(b.Network, fact.Endpoint{Network: e.Network, Driver: e.Driver, IPv4: Blank})
			}
		}
		out.Peers = append(out.Peers, b)
	}
	for _, n := range sc.Networks {
		b := fact.Network{Name: n.Name, Driver: n.Driver, Internal: n.Internal, Gateway: Blank, Subnet: Blank + "/__"}
		if n.OnParent() { // its parent is the host's end of a link
			b.Gateway = ""
			if i := slices.IndexFunc(sc.Wires, func(w fact.Wire) bool { return w.Interface == n.Interface }); i >= 0 {
				b.Interface = sc.Wires[i].Name
			}
		}
		out.Networks = append(out.Networks, b)
	}
	for _, w := range sc.Wires {
		b := fact.Wire{Name: w.Name, Machine: w.Machine, Address: Blank}
		if slices.ContainsFunc(out.Networks, func(n fact.Network) bool { return n.Interface == w.Name }) {
			b.Interface = w.Name
		}
		out.Wires = append(out.Wires, b)
	}
	return out
}
