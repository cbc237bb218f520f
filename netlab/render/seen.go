package render

import (
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// Whose address a listener saw, as SeenAs says it.
const (
	SeenHost    = probe.WordHost
	SeenMe      = probe.WordMe
	SeenGateway = probe.WordGateway
)

// SeenAs says whose address a listener saw when asker, a peer of the lab, connected to it, or "" if it belongs to none
// of these.
func SeenAs(sc *result.Scenario, asker, address string) string {
	if sc.Host != nil {
		for _, a := range sc.Host.Addresses {
			if same(a, address) {
				return SeenHost
			}
		}
	}
	for _, w := range sc.Wires {
		if same(w.Host, address) || same(w.IPv6Host, address) {
			return SeenHost
		}
		if w.Machine == asker && (same(w.Address, address) || same(w.Router, address)) {
			return SeenMe
		}
	}
	me := peerNamed(sc, asker)
	if me != nil && me.Shares != "" {
		me = peerNamed(sc, me.Shares)
	}
	if me != nil {
		for _, e := range me.Network {
			if same(e.IPv4, address) || same(e.IPv6, address) {
				return SeenMe
			}
		}
	}
	for _, n := range sc.Networks {
		if same(n.Gateway, address) || same(n.IPv6Gateway, address) {
			return SeenGateway
		}
	}
	return ""
}

func peerNamed(sc *result.Scenario, name string) *result.Peer {
	for i := range sc.Peers {
		if sc.Peers[i].Name == name {
			return &sc.Peers[i]
		}
	}
	return nil
}

// same reports whether two texts are the same address, ignoring prefix lengths.
func same(a, b string) bool {
	x, errX := netip.ParseAddr(bare(a))
	y, errY := netip.ParseAddr(bare(b))
	return errX == nil && errY == nil && x.Unmap() == y.Unmap()
}

// bare returns an address without its prefix length.
func bare(cidr string) string {
	a, _, _ := strings.Cut(cidr, "/")
	return a
}

// saw is "it saw 10.213.7.1, the host", or for narrow columns "it saw host 10.213.7.1" or the address alone.
func saw(sc *result.Scenario, asker, address string) (whole string, tight []string) {
	plain := "it saw " + flat(address)
	who := whose(sc, asker, address)
	if who == "" {
		return plain, nil
	}
	return plain + ", " + who, []string{"it saw " + strings.TrimPrefix(who, "the ") + " " + flat(address), plain}
}

// whose is SeenAs in the words of a lesson, which call the asker by name.
func whose(sc *result.Scenario, asker, address string) string {
	switch who := SeenAs(sc, asker, address); who {
	case "":
		return ""
	case SeenMe:
		return flat(asker)
	default:
		return "the " + who
	}
}

// embeddedDNS is where Docker's DNS server listens in each network namespace that has one.
const embeddedDNS = "127.0.0.11"

// known is a check's value as a word for a table: whose address was seen, where an address comes from, how many hops it
// took, whose router or DNS server it is. Other values stay as they are.
func known(sc *result.Scenario, st *result.Step) string {
	value := flat(st.Observed.Value)
	kind, thing, _ := strings.Cut(st.Probe, " ")
	switch {
	case kind == "read" && value == "none" && without(thing) != "":
		return without(thing)
	case kind == "read" && st.From != result.HostPeer && slices.Contains(likeness(st, thing), "as the host"):
		return hostsOwn(thing, value)
	case kind == "read" && thing == "route.gateway" && likeGatewayBridge(st):
		return SeenHost
	case kind == "connect":
		return orElse(SeenAs(sc, st.From, value), value)
	case kind == "hops":
		return hopCount(value)
	case kind == "read" && thing == "link.ipv4":
		return orElse(origin(sc, value), value)
	case kind == "read" && thing == "route.gateway":
		return orElse(router(sc, value), value)
	case kind == "read" && inBytes(thing):
		return size(value)
	case kind == "read" && thing == "dns.servers" && value == embeddedDNS:
		return probe.WordDockers
	default:
		return value
	}
}

// without is the table's word for a container that does not have a thing. A comparison asks for published ports only of
// containers with -p, so none means that -p was ignored.
func without(thing string) string {
	switch thing {
	case "link.ipv4", "link.ipv6":
		return Short(probe.AddressNotAvailable)
	case "link.mtu", "link.mac", "link.kind":
		return probe.WordLoopback
	case "route.gateway", "route.ipv6.gateway":
		return Short(probe.NetUnreachable)
	case "published":
		return probe.WordUnheeded
	}
	return ""
}

// hostsOwn is the table's word where a container shares the host's value. Sizes stay as they are.
func hostsOwn(thing, value string) string {
	switch thing {
	case "link.ipv4", "link.ipv6":
		return SeenHost
	case "route.gateway", "route.ipv6.gateway":
		return probe.WordHosts
	}
	return value
}

// likeGatewayBridge reports whether a step's answer is, as expected, the host's address on docker_gwbridge.
func likeGatewayBridge(st *result.Step) bool {
	return st.Verdict == result.AsExpected && len(st.Expect) > 0 &&
		strings.HasSuffix(st.Expect[len(st.Expect)-1], " docker_gwbridge.gateway")
}

// origin says where an address comes from: a network of the lab, or the host whose namespace is used. It is "" for
// neither.
func origin(sc *result.Scenario, address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	for _, n := range sc.Networks {
		subnet, err := netip.ParsePrefix(n.Subnet)
		if err != nil || !subnet.Contains(a) {
			continue
		}
		switch {
		case onParent(n):
			return probe.WordLAN
		case n.Driver == "overlay":
			return probe.WordVXLAN
		case n.Driver == "bridge" && builtIn(n.Name):
			return flat(n.Interface)
		case n.Driver == "bridge":
			return probe.WordOwnNet
		}
	}
	if SeenAs(sc, "", address) == SeenHost {
		return SeenHost
	}
	return ""
}

// router says what a gateway is: the host, which has that address on a bridge, or a router of the LAN. It is "" for
// neither.
func router(sc *result.Scenario, gateway string) string {
	for _, w := range sc.Wires {
		if same(w.Router, gateway) {
			return probe.WordRouter
		}
	}
	for _, n := range sc.Networks {
		if n.Driver == "bridge" && same(n.Gateway, gateway) {
			return SeenHost
		}
	}
	return ""
}

// onParent reports whether a network's containers use an interface of the host directly, without a Docker bridge.
func onParent(n fact.Network) bool { return n.Driver == "macvlan" || n.Driver == "ipvlan" }

// hopCount counts the routers and the target that answered: "2 hops".
func hopCount(value string) string { return plural(len(strings.Fields(value)), "hop") }
