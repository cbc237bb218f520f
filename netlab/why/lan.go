package why

import (
	"fmt"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// onLAN returns a network's parent on the host if its driver puts containers on the host's LAN: macvlan and ipvlan.
func onLAN(host *fact.Stack, n *fact.Network) (parent *fact.Link, ok bool) {
	if n == nil || host == nil || !n.OnParent() || n.Interface == "" {
		return nil, false
	}
	return host.Link(n.Interface), true
}

// unresolved reports whether the next machine on the way did not answer ARP or NDP.
func unresolved(p *probe.Path) bool {
	return p != nil && (p.Neighbor == "incomplete" || p.Neighbor == "failed" || p.Neighbor == "none" && p.MAC == "")
}

// macvlanHost: one end is on a macvlan network, and the other is the host that has its parent. They never hear each
// other.
func macvlanHost(f *Facts, t *Try) *result.Cause {
	p := t.Outcome.Path
	if !unresolved(p) || macvlanParentDown(f, t) != nil {
		return nil
	}
	n := f.Network(t.Network)
	child, host := t.Address, p.Source
	if !f.From.OnHost() {
		n = f.networkOf(p.Source)
		child, host = p.Source, t.Address
		if p.Gateway != "" {
			host = p.Gateway
		}
	}
	parent, ok := onLAN(f.Host, n)
	if !ok || parent == nil || f.From.OnHost() && (t.Kind != InContainer || p.Link != parent.Name) ||
		!f.From.OnHost() && !survey.Has(f.Host, survey.Parsed(host)) {
		return nil
	}
	cause := &result.Cause{
		Title: fmt.Sprintf("The %s network %s is on the host's %s, so its containers and this host cannot reach each other.",
			n.Driver, n.Name, parent.Name),
		Object: n.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Seen("docker network inspect "+n.Name, "driver %s, parent %s", n.Driver, parent.Name),
			say.Seen("links of the host", "%s is one of them", parent.Name),
			say.Seen("neighbors of "+f.From.Name(), "no answer on %s", p.Link),
		},
	}
	name := "shim-" + parent.Name
	reach := say.Fix(result.FixHost, "Give the host its own macvlan link, next to the container's. It lasts until the "+
		"host restarts.")
	if n.Driver == fact.DriverMacvlan && len(name) <= 15 && say.Plain(parent.Name) && f.Host.Link(name) == nil {
		reach = say.Run(reach,
			fmt.Sprintf("ip link add %s link %s type macvlan mode bridge", name, parent.Name),
			fmt.Sprintf("ip link set %s up", name),
			fmt.Sprintf("ip route add %s/32 dev %s src %s", child, name, host))
	} else {
		reach = say.Fix(result.FixHost, "Give the host its own %s link on %s, and a route to %s through it.",
			n.Driver, parent.Name, child)
	}
	cause.Fix = []result.Fix{
		reach, say.Fix(result.FixDocker, "Or connect the container to a bridge network as well, and use its address there."),
	}
	return cause
}

// macvlanParentDown: the host's interface below a macvlan or ipvlan network is down, without a cable, or gone.
func macvlanParentDown(f *Facts, t *Try) *result.Cause {
	switch t.Outcome.Reason {
	case probe.Timeout, probe.HostUnreachable, probe.NetUnreachable:
	default:
		return nil
	}
	var n *fact.Network
	for _, c := range []*fact.Container{f.From.Container, t.Server} {
		for _, e := range f.Endpoints(c) {
			if at, ok := f.Network(e.Network), true; ok && uses(f, at, e, t) {
				n = at
			}
		}
	}
	parent, ok := onLAN(f.Host, n)
	if !ok || parent != nil && parent.Up && parent.Running {
		return nil
	}
	state, fix := "is down", say.Run(say.Fix(result.FixHost, "Bring it up."), "ip link set "+n.Interface+" up")
	switch {
	case parent == nil:
		state, fix = "is gone", say.Fix(result.FixHost, "Create it again, then recreate the network.")
	case parent.Up:
		state, fix = "has no carrier", say.Fix(result.FixHost, "Check its cable, or the other end of its link.")
	}
	return &result.Cause{
		Title:  fmt.Sprintf("%s needs the host's interface %s, which %s.", n.Name, n.Interface, state),
		Object: n.Interface, Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Seen("docker network inspect "+n.Name, "driver %s, parent %s", n.Driver, n.Interface),
			say.Seen("links of the host", "%s %s", n.Interface, state),
		},
		Fix: []result.Fix{fix},
	}
}

// uses reports whether the packets of a try pass a container's endpoint on a network: it has the address that they
// leave from or go to, or there is no other way.
func uses(f *Facts, n *fact.Network, e fact.ContainerEndpoint, t *Try) bool {
	if n == nil || !n.OnParent() {
		return false
	}
	p := t.Outcome.Path
	return e.IPv4 == t.Address || p != nil && e.IPv4 == p.Source ||
		p == nil && (survey.Within(n.Subnet, t.Address) || len(f.Endpoints(f.From.Container)) == 1)
}

// subnetOverlap: the host reaches the address, or the container's own, by a route that covers the network's subnet.
func subnetOverlap(f *Facts, t *Try) *result.Cause {
	p := t.Outcome.Path
	if f.Host == nil || p == nil || t.Outcome.Reason == probe.OK || t.Outcome.Reason == probe.Refused {
		return nil
	}
	var n *fact.Network
	var address, by string
	direction := result.Request
	switch w := t.Way; {
	case f.From.OnHost() && t.Kind == InContainer: // the host has another route to a container
		n, address, by = f.Network(t.Network), t.Address, p.Link
	case !f.From.OnHost() && t.Kind == Elsewhere && p.Gateway == "" && unresolved(p): // no machine of this network
		n, address = f.networkOf(p.Source), t.Address
	case w != nil && w.Answers > 0 && w.Reply != nil && w.Reply.Path != nil: // the answers go another way
		n, address, by = f.networkOf(p.Source), p.Source, w.Reply.Path.Link
		direction = result.Reply
	}
	if n == nil || n.Driver != fact.DriverBridge || by == n.Interface || n.Subnet == "" ||
		!survey.Within(n.Subnet, address) {
		return nil
	}
	route := f.overlapping(n, address)
	if route == nil || by != "" && route.Link != by {
		return nil
	}
	return &result.Cause{
		Title: fmt.Sprintf("The host has a route to %s through %s, and the network %s has the same addresses (%s).",
			route.Destination, route.Link, n.Name, n.Subnet),
		Object: n.Name, Direction: direction,
		Evidence: []probe.Evidence{
			say.Seen("routes of the host", "%s", routeWords(route)),
			say.Seen("docker network inspect "+n.Name, "subnet %s", n.Subnet),
			say.Seen(f.From.Name(), "asked %s: %s", t.Address, t.Outcome.Detail),
		},
		Fix: []result.Fix{
			say.Fix(result.FixDocker, "Recreate %s with --subnet and addresses that nothing else here uses.", n.Name),
			say.Fix(result.FixHost, "For all new networks: default-address-pools in /etc/docker/daemon.json."),
		},
	}
}

// overlapping returns the route of the host to an address of a network's subnet by another interface that is at least
// as specific as the network's own, or nil.
func (f *Facts) overlapping(n *fact.Network, address string) *fact.Route {
	for _, o := range f.RouteOverlaps() {
		if o.Network == n && o.Wins() && o.Route.Kind == "" && survey.Within(o.Route.Destination, address) {
			return &o.Route
		}
	}
	return nil
}

// routeWords writes a route as ip(8) does.
func routeWords(r *fact.Route) string {
	text := r.Destination
	if r.Kind != "" {
		return r.Kind + " " + text
	}
	if r.Gateway != "" {
		text += " via " + r.Gateway
	}
	return text + " dev " + r.Link
}

// hostOnLAN is the host's own address on the LAN that the asker is on by macvlan or ipvlan, where the default gateway
// is a router and not the host; "" if there is none.
func hostOnLAN(f *Facts, asker *fact.Stack) string {
	if f.Host == nil || survey.Has(f.Host, survey.Parsed(asker.DefaultGateway())) {
		return ""
	}
	for _, e := range f.Endpoints(f.From.Container) {
		n := f.Network(e.Network)
		parent, ok := onLAN(f.Host, n)
		if !ok || parent == nil {
			continue
		}
		for _, cidr := range parent.Addresses {
			if address, _, _ := strings.Cut(cidr, "/"); survey.Within(n.Subnet, address) {
				return address
			}
		}
	}
	return ""
}
