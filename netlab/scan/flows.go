package scan

import (
	"fmt"
	"net/netip"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// A stray is a UDP flow that the kernel still leads where it led when the flow began, and not where new ones go.
type stray struct {
	fact.Flow
	port *fact.Binding   // the published port that it is sent to, or nil
	of   *fact.Container // which publishes that port, or nil
	at   *fact.Container // where it leads instead; nil for the host, or if no container has that address
}

// strays returns the flows that lead to the wrong place: to an address of a bridge network that nothing has, or not to
// the container that publishes their port.
func (f *Facts) strays() []stray {
	var all []stray
	for _, flow := range f.Flows {
		from, _ := netip.ParseAddrPort(flow.From)
		to, _ := netip.ParseAddrPort(flow.To)
		leads, _ := netip.ParseAddrPort(flow.Leads)
		s := stray{Flow: flow}
		s.of, s.port = publisher(f.Containers, to)
		switch {
		case s.of != nil && slices.Contains(f.AddressesOf(s.of), leads.Addr().String()):
			continue
		case to == leads: // through Docker's proxy, unless it comes from outside and a rule translates what comes now
			if s.of == nil || f.bridge(from.Addr()) != nil || survey.Has(f.Host, from.Addr()) ||
				!survey.Has(f.Host, to.Addr()) || !translates(f.Firewall, int(to.Port())) {
				continue
			}
		case f.bridge(leads.Addr()) == nil:
			continue
		default:
			s.at, _ = f.Owner(leads.Addr().String(), nil)
			nothing := !f.owned(leads.Addr()) && unanswered(f.Host, leads.Addr())
			if !nothing && (s.at == nil || s.of == nil) {
				continue
			}
		}
		if f.Whole || slices.ContainsFunc(f.Ends, func(e survey.End) bool { return e.Container == s.of }) {
			all = append(all, s)
		}
	}
	return all
}

// publisher returns the running container that publishes a UDP port of the host at an address, and the port, or nil.
func publisher(containers []fact.Container, to netip.AddrPort) (*fact.Container, *fact.Binding) {
	for i := range containers {
		c := &containers[i]
		for k := range c.Ports {
			b, at := &c.Ports[k], survey.Parsed(c.Ports[k].HostIP)
			_, network := survey.SplitPort(b.Port)
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
		return c.Family == ip && c.Docker() && slices.ContainsFunc(c.Passes, func(r fact.Rule) bool {
			has, known := r.HasPort(port)
			return r.Verdict == fact.VerdictDNAT && r.Network == "udp" && r.Ports != "" && has && known
		})
	})
}

// unanswered reports whether the host has asked for an address by ARP, and nothing answered.
func unanswered(host *fact.Stack, a netip.Addr) bool {
	return host != nil && slices.ContainsFunc(host.Neighbors, func(n fact.Neighbor) bool {
		return survey.Parsed(n.Address) == a && (n.State == "failed" || n.State == "incomplete")
	})
}

// conntrackStale: packets of a UDP flow go where the kernel led the first of them, although new flows go elsewhere.
// They keep the kernel's entry, which would expire, alive.
func conntrackStale(f *Facts) []result.Finding {
	var all []result.Finding
	var said []string
	for _, s := range f.strays() {
		i := slices.IndexFunc(f.FlowsLater, s.Same)
		if i < 0 || s.ExpiresS-f.FlowsLater[i].ExpiresS >= flowSeconds || slices.Contains(said, s.To+s.Leads) {
			continue
		}
		said = append(said, s.To+s.Leads)
		leads, _ := netip.ParseAddrPort(s.Leads)
		to, _ := netip.ParseAddrPort(s.To)
		cause := &result.Cause{
			Object: hostName, Direction: result.Request,
			Evidence: []probe.Evidence{
				say.Seen("conntrack on the host", "udp from %s to %s leads to %s", s.From, s.To, s.Leads),
				say.Seen("conntrack on the host", "it expired in %d s, and %d s later in %d s: packets still arrive",
					s.ExpiresS, flowSeconds, f.FlowsLater[i].ExpiresS),
			},
			Fix: []result.Fix{
				say.Run(say.Fix(result.FixHost, "Delete the kernel's entry. The current rules then decide about the next packet."),
					fmt.Sprintf("conntrack -D -p udp --orig-dst %s --orig-port-dst %d", to.Addr(), to.Port())),
				say.Fix(result.FixApplication, "Or restart the sender, so that it sends from another port."),
			},
		}
		what := "an address that no container has"
		switch {
		case s.at != nil:
			what = "the address of " + s.at.Name
			cause.Evidence = append(cause.Evidence, say.Inspected(s.at, "it has %s", leads.Addr()))
		case s.To == s.Leads:
			what = "the host itself"
		default:
			cause.Evidence = append(cause.Evidence,
				say.Seen("docker network inspect "+f.bridge(leads.Addr()).Name, "no container has %s", leads.Addr()),
				say.Seen("neighbors of the host", "%s does not answer ARP", leads.Addr()))
		}
		cause.Title = fmt.Sprintf("UDP packets to %s still go to %s, %s.", s.To, leads.Addr(), what)
		if s.of != nil {
			cause.Object = s.of.Name
			cause.Title = fmt.Sprintf("UDP packets to %s do not reach %s: they still go to %s, %s.", s.To, s.of.Name,
				leads.Addr(), what)
			cause.Evidence = append(cause.Evidence,
				say.Inspected(s.of, "host port %d leads to %s", s.port.HostPort, s.port.Port))
		}
		all = append(all, found(result.Problem, cause))
	}
	return all
}
