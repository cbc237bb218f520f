package render

import (
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// shortWidth is the most columns that Short takes.
const shortWidth = 9

// skippedWord is the word for a check that was skipped.
const skippedWord = "skipped"

// Short is a reason in a table, at most nine columns wide.
func Short(r probe.Reason) string { return cut(Plain(r.Phrase().Table), shortWidth) }

// Long is a reason in a lesson.
func Long(r probe.Reason) string { return Plain(r.Phrase().Lesson) }

// heading is the heading of a group.
func heading(group string) string {
	if group == "" {
		return "OTHER QUESTIONS"
	}
	for _, g := range ask.Groups() {
		if g.Name == group {
			return g.Heading
		}
	}
	return strings.ToUpper(Plain(group))
}

// setting puts a fact of an engine or a network into words: bridge.mtu = 1400 is "network bridge uses MTU 1400".
// It is "" for facts that it has no words for.
func setting(name, value string) string {
	owner, field, _ := strings.Cut(flat(name), ".")
	value = flat(value)
	either := func(yes, no string) string {
		switch value {
		case "true":
			return yes
		case "false":
			return no
		default:
			return ""
		}
	}
	unlessNone := func(set, none string) string {
		if value == ask.None {
			return none
		}
		return set
	}
	switch field {
	case ask.FactMTU:
		return "network " + owner + " uses MTU " + value
	case ask.FactICC:
		return either("containers on network "+owner+" can talk to each other",
			"containers on network "+owner+" cannot talk to each other")
	case ask.FactMasquerade:
		return either("network "+owner+" masquerades, so outside sees the host's address",
			"network "+owner+" does not masquerade, so outside sees the containers' addresses")
	case ask.FactInternal:
		return either("network "+owner+" cannot reach outside", "network "+owner+" can reach outside")
	case ask.FactBridgeFilter:
		return either("traffic inside a Linux bridge passes the host's firewall, which icc=false needs",
			"traffic inside a Linux bridge bypasses the firewall, so icc=false has no effect")
	case ask.FactRange:
		return unlessNone("network "+owner+" gives its containers addresses from "+value,
			"network "+owner+" gives its containers any address in its subnet")
	case ask.FactDefaultGateway:
		return unlessNone("containers on network "+owner+" use "+value+" as their gateway, not the bridge",
			"containers on network "+owner+" use the bridge as their gateway")
	case ask.FactGatewayMode:
		return gatewayMode(owner, value)
	case ask.FactHostBinding:
		return unlessNone("network "+owner+" publishes ports on "+value+" unless -p names a different address",
			"network "+owner+" publishes ports on all host addresses")
	case ask.FactDNS:
		return unlessNone("the engine gives its containers the DNS servers "+value,
			"the engine gives its containers the host's DNS servers")
	case ask.FactDNSOmitted:
		return unlessNone("the engine omits "+value+" from the host's DNS servers",
			"the engine omits none of the host's DNS servers")
	case ask.FactHostGateway:
		return unlessNone("host-gateway means "+value, "host-gateway means the default bridge's own address")
	case ask.FactIPv6:
		return either("IPv6 is on at the host", "IPv6 is off at the host")
	case ask.FactUsernsRemap:
		return either("root in a container is a different user on the host", "root in a container is root on the host")
	case ask.FactLoopbackDNS:
		return either("the host has no DNS server that containers can use, so they get public ones",
			"containers do not need Docker's public DNS servers")
	case ask.FactForwardPolicy:
		switch strings.ToLower(value) {
		case fact.PolicyDrop:
			return "the host forwards only what a firewall rule allows"
		case fact.PolicyAccept:
			return "the host forwards whatever no firewall rule forbids"
		}
	case ask.FactIPForward:
		return either("the host forwards packets between its interfaces",
			"the host forwards nothing: net.ipv4.ip_forward is 0")
	case ask.FactForwarding:
		switch value {
		case ask.ForwardingOpen:
			return "the host forwards packets, except where its firewall stops them"
		case ask.ForwardingOff:
			return "the host forwards nothing: net.ipv4.ip_forward is 0"
		case ask.ForwardingDropped:
			return "the host's firewall drops forwarded packets, and no Docker rule changes that"
		}
	case ask.FactIPTables:
		return either("Docker has rules in the host's firewall",
			"Docker has no rules in the host's firewall, because it was started with --iptables=false or they were deleted")
	case ask.FactIP6Tables:
		return either("Docker has IPv6 rules in the host's firewall",
			"Docker has no IPv6 rules in the host's firewall")
	case ask.FactFirewallBackend:
		return "the engine's firewall backend is " + value
	case ask.FactInputPolicy:
		switch value {
		case fact.PolicyAccept:
			return "the host lets in whatever no firewall rule forbids"
		case fact.PolicyDrop, fact.VerdictReject:
			return "the host lets in only what a firewall rule allows"
		}
	case ask.FactIPv6InputPolicy:
		switch value {
		case fact.PolicyAccept:
			return "the host lets in whatever no IPv6 firewall rule forbids"
		case fact.PolicyDrop, fact.VerdictReject:
			return "the host lets in only what an IPv6 firewall rule allows"
		}
	case ask.FactIPv6Forwarding:
		switch value {
		case ask.ForwardingOpen:
			return "the host forwards IPv6 packets, except where its firewall stops them"
		case ask.ForwardingOff:
			return "the host forwards no IPv6 packets: net.ipv6.conf.all.forwarding is 0"
		case ask.ForwardingDropped:
			return "the host's firewall drops forwarded IPv6 packets, and no Docker rule changes that"
		}
	case ask.FactDirectRouting:
		return either("other computers can use a published port at the container's own address (--allow-direct-routing)",
			"Docker drops packets that other computers send straight to a container's address")
	case ask.FactIPv6ForwardPolicy:
		switch value {
		case fact.PolicyDrop:
			return "the host forwards only what an IPv6 firewall rule allows"
		case fact.PolicyAccept:
			return "the host forwards whatever no IPv6 firewall rule forbids"
		}
	case ask.FactUserlandProxy:
		return either("a Docker process listens on each published port",
			"no Docker process serves published ports, so they need firewall rules")
	case ask.FactSwarm:
		switch value {
		case "true", fact.SwarmActive:
			return "the engine is in a swarm, which overlay networks need"
		case "false", fact.SwarmInactive:
			return "the engine is not in a swarm, which overlay networks need"
		case "pending", "locked", "error":
			return "the engine's swarm does not work now. It is " + value
		}
	case ask.FactIPVS:
		return either("the kernel has IPVS, so a service's virtual IP works",
			"the kernel has no IPVS, so a service's virtual IP does not work")
	case ask.FactContainerdStore:
		return either("the engine keeps layers in containerd's store, which counts whole disk blocks",
			"the engine keeps layers in its own store, which counts the bytes of files")
	case ask.FactRootless:
		return either("the engine runs without root", "the engine runs as root")
	case ask.FactVersion:
		return "the engine's version is " + release(value)
	case ask.FactKind:
		switch value {
		case fact.KindEngine:
			return "this is Docker Engine on Linux"
		case fact.KindDesktop:
			return "this is Docker Desktop, whose containers run in a virtual machine"
		case fact.KindPodman:
			return "this is Podman behind Docker's API"
		}
	}
	return ""
}

// gatewayMode says what a bridge network's gateway mode means for its ports.
func gatewayMode(network, mode string) string {
	switch mode {
	case fact.GatewayNAT:
		return "network " + network + " translates addresses, and only published ports are open to outside"
	case fact.GatewayNATUnprotected:
		return "network " + network + " translates addresses, and every port is open to anyone with a route"
	case fact.GatewayRouted:
		return "network " + network + " routes without translation, and -p opens the container's own port"
	case fact.GatewayIsolated:
		return "network " + network + " gives the host no address on its bridge"
	}
	return ""
}

// settings puts facts into words, followed by their names: "network bridge uses MTU 1400 (bridge.mtu)". If one
// of them has no words, it is "bridge.mtu is 1400".
func settings(facts []fact.Label) string {
	var said, names, plain []string
	for _, f := range facts {
		if words := setting(f.Name, f.Value); words != "" {
			said = append(said, words)
		}
		names, plain = append(names, flat(f.Name)), append(plain, flat(f.Name+" is "+f.Value))
	}
	if len(said) < len(facts) {
		return strings.Join(plain, ", ")
	}
	return strings.Join(said, ", and ") + " (" + strings.Join(names, ", ") + ")"
}

// usually returns the expectation that applies if no setting says otherwise: "no answer", "yes, sees 10.0.0.1", "1400".
func usually(st *result.Step) string {
	e := st.Usual()
	switch e.Test {
	case "":
		return orElse(Long(e.Reason), "another answer")
	case ask.Sees:
		return Long(e.Reason) + ", sees " + flat(e.Value.String())
	case ask.Equals:
		return flat(e.Value.String())
	}
	return flat(e.String())
}

// action puts a `do` step into words: "alice joins network back".
func action(st *result.Step) string { return flat(st.Do.Says()) }
