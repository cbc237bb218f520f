package render

import (
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

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
	switch who := result.SeenAs(sc, asker, address); who {
	case "":
		return ""
	case result.SeenMe:
		return flat(asker)
	default:
		return "the " + who
	}
}

// known is a check's value as a word for a table: whose address was seen, where an address comes from, how many hops it
// took, whose router or DNS server it is. Other values stay as they are.
func known(sc *result.Scenario, st *result.Step) string {
	value := flat(st.Observed.Value)
	switch q := st.Asks.Question.(type) {
	case ask.Connect:
		return orElse(result.SeenAs(sc, st.From, value), value)
	case ask.Hops:
		return hopCount(value)
	case ask.Read:
		return knownReading(sc, st, q, value)
	}
	return value
}

func knownReading(sc *result.Scenario, st *result.Step, q ask.Read, value string) string {
	switch {
	case value == "none" && without(q.Thing) != "":
		return without(q.Thing)
	case st.From != result.HostPeer && likeHost(st, q.Thing):
		return hostsOwn(q.Thing, value)
	case q.Thing == ask.RouteGateway && likeGatewayBridge(st):
		return result.SeenHost
	case q.Thing == ask.LinkIPv4:
		return orElse(origin(sc, value), value)
	case q.Thing == ask.RouteGateway:
		return orElse(router(sc, value), value)
	case field(q).Bytes:
		return size(value)
	case q.Thing == ask.DNSServers && value == probe.DockerDNS:
		return probe.WordDockers
	}
	return value
}

// without is the table's word for a container that does not have a thing. A comparison asks for published ports only of
// containers with -p, so none means that -p was ignored.
func without(thing string) string {
	switch thing {
	case ask.LinkIPv4, ask.LinkIPv6:
		return Short(probe.AddressNotAvailable)
	case ask.LinkMTU, ask.LinkMAC, ask.LinkKind:
		return probe.WordLoopback
	case ask.RouteGateway, ask.RouteIPv6Gateway:
		return Short(probe.NetUnreachable)
	case ask.Published:
		return probe.WordUnheeded
	}
	return ""
}

// hostsOwn is the table's word where a container shares the host's value. Sizes stay as they are.
func hostsOwn(thing, value string) string {
	switch thing {
	case ask.LinkIPv4, ask.LinkIPv6:
		return result.SeenHost
	case ask.RouteGateway, ask.RouteIPv6Gateway:
		return probe.WordHosts
	}
	return value
}

// likeHost reports whether a step's answer is, as usually expected, the host's. An engine describes its host.
func likeHost(st *result.Step, thing string) bool {
	e := st.Usual()
	return st.Verdict == result.AsExpected && len(st.Condition) == 0 && e.Test == ask.Equals &&
		slices.Contains([]ask.Reference{
			{Head: result.HostPeer, Field: thing}, {Head: ask.EngineHead, Field: thing},
		}, e.Value.Ref)
}

// likeGatewayBridge reports whether a step's answer is, as expected, the host's address on docker_gwbridge.
func likeGatewayBridge(st *result.Step) bool {
	return st.Verdict == result.AsExpected && len(st.Expect) > 0 &&
		st.Usual().Value.Ref == ask.Reference{Head: ask.GatewayBridge, Field: ask.FieldGateway}
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
		case n.OnParent():
			return probe.WordLAN
		case n.Driver == fact.DriverOverlay:
			return probe.WordVXLAN
		case n.Driver == fact.DriverBridge && builtIn(n.Name):
			return flat(n.Interface)
		case n.Driver == fact.DriverBridge:
			return probe.WordOwnNet
		}
	}
	if result.SeenAs(sc, "", address) == result.SeenHost {
		return result.SeenHost
	}
	return ""
}

// router says what a gateway is: the host, which has that address on a bridge, or a router of the LAN. It is "" for
// neither.
func router(sc *result.Scenario, gateway string) string {
	for _, w := range sc.Wires {
		if result.SameAddress(w.Router, gateway) {
			return probe.WordRouter
		}
	}
	for _, n := range sc.Networks {
		if n.Driver == fact.DriverBridge && result.SameAddress(n.Gateway, gateway) {
			return result.SeenHost
		}
	}
	return ""
}

// hopCount counts the routers and the target that answered: "2 hops".
func hopCount(value string) string { return plural(len(strings.Fields(value)), "hop") }
