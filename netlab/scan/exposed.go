package scan

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// An Exposure is a published port that the host's firewall seems to close, and what a computer outside got from it.
type Exposure struct {
	Container *fact.Container
	Published fact.Binding
	family    string    // ip or ip6
	Closed    fact.Drop // the rule or policy that seems to close it
	Counted   bool      // that counted a packet meanwhile, or its counter could not be read

	Address string        // of the host, that was asked
	Answer  probe.Outcome // of the port
	Unused  int           // a port that nothing uses and no rule is about; 0 if Closed is about this port alone
	Silent  probe.Outcome // its answer
	Dropped []fact.Drop   // what counted the packets to it
}

// exposures lists the TCP ports that chosen containers publish on addresses that others can reach, and that the host's
// firewall seems to close: it drops what reaches its chain for packets to the host, and accepts none to that port. A
// container without IPv6 is left out there: only Docker's proxy answers for it, and packets to that pass that chain.
func (f *Facts) exposures() []Exposure {
	if f.Host == nil || f.Firewall == nil {
		return nil
	}
	var all []Exposure
	unused := map[string]int{ip: f.unusedPort(ip), ip6: f.unusedPort(ip6)}
	for _, e := range f.Ends {
		six := slices.ContainsFunc(e.Container.Endpoints, func(p fact.ContainerEndpoint) bool { return p.IPv6 != "" })
		for _, b := range e.Container.Ports {
			at, family := survey.Parsed(b.HostIP), ip
			if at.Is6() {
				family = ip6
			}
			_, network := survey.SplitPort(b.Port)
			if !e.Container.Running() || network != "tcp" || b.HostPort == 0 || at.IsLoopback() ||
				family == ip6 && (!six || !f.Host.HasIPv6()) {
				continue
			}
			x := Exposure{Container: e.Container, Published: b, family: family, Address: hostAddress(f.Host, family)}
			if at.IsValid() && !at.IsUnspecified() {
				x.Address = at.String()
			}
			var named, closed bool
			x.Closed, named, closed = closes(*f.Firewall, family, egress(f.Host), b.HostPort)
			if !named {
				x.Unused = unused[family]
			}
			if closed && (named || x.Unused > 0) {
				all = append(all, x)
			}
		}
	}
	return all
}

// hostAddress is the host's address of a family on the link of its IPv4 default route, or "".
func hostAddress(host *fact.Stack, family string) string {
	if link := host.Link(egress(host)); link != nil {
		for _, cidr := range link.Addresses {
			p, err := netip.ParsePrefix(cidr)
			if err == nil && p.Addr().Is6() == (family == ip6) && !p.Addr().IsLinkLocalUnicast() {
				return p.Addr().String()
			}
		}
	}
	return ""
}

// unusedPort is a TCP port of the host that nothing listens on, that is not published, and that the host's firewall
// seems to close with all others. Ports for clients are below it. It is 0 if there is none.
func (f *Facts) unusedPort(family string) int {
	const first, tries = 61001, 1000
	for port := first; port < first+tries; port++ {
		_, named, closed := closes(*f.Firewall, family, egress(f.Host), port)
		if closed && !named && !slices.ContainsFunc(f.Host.Sockets, func(s fact.Socket) bool {
			return strings.HasSuffix(s.Address, ":"+strconv.Itoa(port))
		}) && !slices.ContainsFunc(f.Containers, func(c fact.Container) bool {
			return slices.ContainsFunc(c.Ports, func(b fact.Binding) bool { return b.HostPort == port })
		}) {
			return port
		}
	}
	return 0
}

// closes returns what in a firewall seems to close a TCP port of the host to computers that send by a link: named if it
// is a rule about this port, or else a policy or a rule about all packets. A rule that may accept them opens the port,
// and so does one whose ports could not be read.
func closes(fw fact.Firewall, family, link string, port int) (drop fact.Drop, named, closed bool) {
	about := func(r fact.Rule) bool {
		in, other := strings.CutPrefix(r.In, "! ")
		from, err := netip.ParsePrefix(r.From)
		return (r.Network == "" || r.Network == "tcp") && (r.From == "" || err == nil && from.Bits() == 0) &&
			(r.In == "" || (in == link) != other)
	}
	for _, c := range input(fw, family) {
		for _, r := range c.Passes {
			has, known := r.HasPort(port)
			if r.Verdict == fact.PolicyAccept && about(r) && (!known || has && (r.Ports != "" || !r.More)) {
				return fact.Drop{}, false, false
			}
		}
		for _, r := range c.Drops {
			has, known := r.HasPort(port)
			only := r.Ports != "" && about(r) && r.To == "" && !r.More && known && has
			if (only || r.Every && c.Hook != "") && (!closed || only && !named) {
				drop = fact.Drop{
					Table: c.Table, Chain: c.Name, Rule: r.Number, Family: c.Family, Legacy: c.Legacy, Match: r,
				}
				named, closed = only, true
			}
		}
	}
	return drop, named, closed
}

// input returns the chains that a family's packets to the host may pass, each base chain before those that it leads to.
func input(fw fact.Firewall, family string) []fact.Chain {
	var chains []fact.Chain
	for _, c := range fw {
		if c.Hook == fact.HookInput && (c.Family == family || c.Family == "inet") {
			chains = append(chains, c)
		}
	}
	for i := 0; i < len(chains); i++ { // it grows meanwhile
		for _, to := range fw {
			from := chains[i]
			if to.Family == from.Family && to.Table == from.Table && to.Legacy == from.Legacy &&
				slices.ContainsFunc(from.Passes, func(r fact.Rule) bool { return r.Chain == to.Name }) &&
				!slices.ContainsFunc(chains, func(c fact.Chain) bool {
					return c.Family == to.Family && c.Table == to.Table && c.Name == to.Name && c.Legacy == to.Legacy
				}) {
				chains = append(chains, to)
			}
		}
	}
	return chains
}

// firewallDoesNotCover: a published port answers from outside, although the host's firewall seems to close it. Docker
// translates the address before a packet is routed, so that it is forwarded, and passes no chain for packets to the
// host.
func firewallDoesNotCover(f *Facts) []result.Finding {
	var all []result.Finding
	for i := range f.Exposed {
		x := &f.Exposed[i]
		if x.Answer.Reason != probe.OK || x.Unused > 0 && !x.kept(*f.Firewall) || x.Unused == 0 && x.Counted {
			continue
		}
		c, port := x.Container, x.Published.HostPort
		what := fmt.Sprintf("%s would %s it", x.Closed, x.Closed.Match.Verdict)
		at := net.JoinHostPort(x.Address, strconv.Itoa(port)) + " answered (SYN-ACK)"
		by, tables := "", "iptables"
		if x.family == ip6 {
			by, tables = " over IPv6", "ip6tables"
		}
		if x.Unused > 0 {
			what += ", and no rule accepts it"
			at += fmt.Sprintf("; port %d, which nothing uses, did not", x.Unused)
		}
		evidence := []probe.Evidence{
			say.Inspected(c, "host port %d forwards to %s", port, x.Published.Port),
			say.Seen(firewallWord, "%s", what), say.Seen("asked from a simulated computer outside", "%s", at),
		}
		if !x.Counted {
			evidence = append(evidence, say.Seen(firewallWord, "meanwhile, %s counted no packet", x.Closed))
		}
		all = append(all, found(result.Problem, &result.Cause{
			Title: fmt.Sprintf("Host port %d (%s) is open to other computers%s, although the host's firewall seems to close "+
				"it: packets to a published port do not pass %s.", port, c.Name, by, x.Closed.Chain),
			Object: c.Name, Direction: result.Request, Evidence: evidence, Fix: cover(*f.Firewall, x, tables),
		}))
	}
	return all
}

// kept reports whether the unused port shows that the host's firewall closes ports: without one, the kernel would have
// answered with a RST. A rule that rejects may send one too, but counts.
func (x *Exposure) kept(fw fact.Firewall) bool {
	switch x.Silent.Reason {
	case probe.Timeout, probe.HostUnreachable, probe.NetUnreachable, probe.Denied:
		return true
	case probe.Refused:
		return slices.ContainsFunc(x.Dropped, func(d fact.Drop) bool {
			return slices.ContainsFunc(input(fw, x.family), func(c fact.Chain) bool {
				return c.Family == d.Family && c.Table == d.Table && c.Name == d.Chain && c.Legacy == d.Legacy
			})
		})
	}
	return false
}

// cover is how to close a published port to other computers.
func cover(fw fact.Firewall, x *Exposure, tables string) []result.Fix {
	port := x.Published.HostPort
	inside, _ := survey.SplitPort(x.Published.Port)
	local := fmt.Sprintf("127.0.0.1:%d:%d", port, inside)
	user := say.Fix(result.FixHost,
		"Or drop it in a chain at the hook forward that comes before Docker's: ct original proto-dst %d.", port)
	if slices.ContainsFunc(fw, func(c fact.Chain) bool { return c.Name == "DOCKER-USER" && c.Family == x.family }) {
		user = say.Run(say.Fix(result.FixHost,
			"Or drop it in DOCKER-USER, which these packets do pass. Then only the host itself can use the port."),
			fmt.Sprintf("%s -I DOCKER-USER -p tcp -m conntrack --ctorigdstport %d --ctdir ORIGINAL -j DROP", tables, port))
	}
	return []result.Fix{
		say.Fix(result.FixDocker, "If only the host needs the port, recreate %s with -p %s.", x.Container.Name, local),
		say.Fix(result.FixCompose, "Under ports of the service: \"%s\".", local), user,
	}
}
