package survey

import (
	"net/netip"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// UDPFlows asks for what is sent to published ports, and into bridge networks.
func (v *Inventory) UDPFlows() probe.Flows {
	q := probe.Flows{}
	for i := range v.Containers {
		for _, b := range v.Containers[i].Ports {
			if _, network := SplitPort(b.Port); network == "udp" && b.HostPort > 0 {
				q.Ports = append(q.Ports, b.HostPort)
			}
		}
	}
	for i := range v.Networks {
		if n := &v.Networks[i]; n.Driver == fact.DriverBridge {
			for _, p := range n.Subnets() {
				q.Subnets = append(q.Subnets, p.String())
			}
		}
	}
	return q
}

// Strays returns the flows that lead to the wrong place: to an address of a bridge network that nothing has, or not to
// the container that publishes their port. The firewall is the host's, or nil.
func (v *Inventory) Strays(flows []fact.Flow, fw *fact.Firewall) []fact.Stray {
	var all []fact.Stray
	for _, flow := range flows {
		from, _ := netip.ParseAddrPort(flow.From)
		to, _ := netip.ParseAddrPort(flow.To)
		leads, _ := netip.ParseAddrPort(flow.Leads)
		s := fact.Stray{Flow: flow}
		s.Of, s.Port = publisher(v.Containers, to)
		n := v.Bridge(leads.Addr())
		switch {
		case s.Of != nil && slices.Contains(v.AddressesOf(s.Of), leads.Addr().String()):
			continue
		case to == leads: // through Docker's proxy, unless it comes from outside and a rule translates what comes now
			if s.Of == nil || v.Bridge(from.Addr()) != nil || v.Host == nil || Has(v.Host, from.Addr()) ||
				!Has(v.Host, to.Addr()) || !translates(fw, int(to.Port())) {
				continue
			}
		case n == nil:
			continue
		default:
			s.Network = n.Name
			s.At, _ = v.Owner(leads.Addr().String(), nil)
			nothing := !v.Known(leads.Addr()) && unanswered(v.Host, leads.Addr())
			if !nothing && (s.At == nil || s.Of == nil) {
				continue
			}
		}
		all = append(all, s)
	}
	return all
}

// publisher returns the running container that publishes a UDP port of the host at an address, and the port, or nil.
func publisher(containers []fact.Container, to netip.AddrPort) (*fact.Container, *fact.Binding) {
	for i := range containers {
		c := &containers[i]
		for k := range c.Ports {
			b, at := &c.Ports[k], Parsed(c.Ports[k].HostIP)
			_, network := SplitPort(b.Port)
			if c.Running() && network == "udp" && b.HostPort == int(to.Port()) &&
				(at == to.Addr() || !at.IsValid() || at.IsUnspecified() && at.Is4()) {
				return c, b
			}
		}
	}
	return nil, nil
}

// translates reports whether a rule of Docker's translates what is sent to a UDP port of the host.
func translates(fw *fact.Firewall, port int) bool {
	return fw != nil && slices.ContainsFunc(*fw, func(c fact.Chain) bool {
		return c.Family == "ip" && c.Docker() && slices.ContainsFunc(c.Passes, func(r fact.Rule) bool {
			has, known := r.HasPort(port)
			return r.Verdict == fact.VerdictDNAT && r.Network == "udp" && r.Ports != "" && has && known
		})
	})
}

// unanswered reports whether the host has asked for an address by ARP, and nothing answered.
func unanswered(host *fact.Stack, a netip.Addr) bool {
	return host != nil && slices.ContainsFunc(host.Neighbors, func(n fact.Neighbor) bool {
		return Parsed(n.Address) == a && (n.State == "failed" || n.State == "incomplete")
	})
}
