package say

import (
	"fmt"
	"net/netip"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// ConntrackStale is the cause conntrack-stale: packets of a UDP flow go where the kernel led the first of them. again
// is the same flow, read [fact.StraySeconds] later.
func ConntrackStale(s *fact.Stray, again fact.Flow) *result.Cause {
	leads, _ := netip.ParseAddrPort(s.Leads)
	to, _ := netip.ParseAddrPort(s.To)
	cause := &result.Cause{
		Object: "the host", Direction: result.Request,
		Evidence: []probe.Evidence{
			Seen("conntrack on the host", "udp from %s to %s goes to %s", s.From, s.To, s.Leads),
			Seen("conntrack on the host", "it had %d s left, and %d s later %d s: packets still arrive",
				s.ExpiresS, fact.StraySeconds, again.ExpiresS),
		},
		Fix: []result.Fix{
			Run(Fix(result.FixHost, "Delete the kernel's entry. The current rules then apply to the next packet."),
				fmt.Sprintf("conntrack -D -p udp --orig-dst %s --orig-port-dst %d", to.Addr(), to.Port())),
			Fix(result.FixApplication, "Or restart the sender, so that it sends from another port."),
		},
	}
	what := "an address that no container has"
	switch {
	case s.At != nil:
		what = "the address of " + s.At.Name
		cause.Evidence = append(cause.Evidence, Inspected(s.At, "it has %s", leads.Addr()))
	case s.Network == "":
		what = "the host itself"
	default:
		cause.Evidence = append(cause.Evidence,
			Seen("docker network inspect "+s.Network, "no container has %s", leads.Addr()),
			Seen("neighbors of the host", "%s does not answer ARP", leads.Addr()))
	}
	cause.Title = fmt.Sprintf("UDP packets to %s still go to %s, %s.", s.To, leads.Addr(), what)
	if s.Of != nil {
		cause.Object = s.Of.Name
		cause.Title = fmt.Sprintf("UDP packets to %s do not reach %s: they still go to %s, %s.", s.To, s.Of.Name,
			leads.Addr(), what)
		cause.Evidence = append(cause.Evidence,
			Inspected(s.Of, "host port %d forwards to %s", s.Port.HostPort, s.Port.Port))
	}
	return cause
}
