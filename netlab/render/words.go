package render

import (
	"cmp"
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

// settingWords has words for each value of a fact. The key "" is for all other values. OWNER stands for the network,
// VALUE for the value.
var settingWords = map[string]map[string]string{
	ask.FactMTU: {"": "network OWNER uses MTU VALUE"},
	ask.FactICC: either("containers on network OWNER can talk to each other",
		"containers on network OWNER cannot talk to each other"),
	ask.FactMasquerade: either("network OWNER masquerades, so outside sees the host's address",
		"network OWNER does not masquerade, so outside sees the containers' addresses"),
	ask.FactInternal: either("network OWNER cannot reach outside", "network OWNER can reach outside"),
	ask.FactBridgeFilter: either("traffic inside a Linux bridge passes the host's firewall, which icc=false needs",
		"traffic inside a Linux bridge bypasses the firewall, so icc=false has no effect"),
	ask.FactRange: unlessNone("network OWNER gives its containers addresses from VALUE",
		"network OWNER gives its containers any address in its subnet"),
	ask.FactDefaultGateway: unlessNone("containers on network OWNER use VALUE as their gateway, not the bridge",
		"containers on network OWNER use the bridge as their gateway"),
	ask.FactGatewayMode: {
		fact.GatewayNAT:            "network OWNER translates addresses, and only published ports are open to outside",
		fact.GatewayNATUnprotected: "network OWNER translates addresses, and every port is open to anyone with a route",
		fact.GatewayRouted:         "network OWNER routes without translation, and -p opens the container's own port",
		fact.GatewayIsolated:       "network OWNER gives the host no address on its bridge",
	},
	ask.FactHostBinding: unlessNone("network OWNER publishes ports on VALUE unless -p names a different address",
		"network OWNER publishes ports on all host addresses"),
	ask.FactDNS: unlessNone("the engine gives its containers the DNS servers VALUE",
		"the engine gives its containers the host's DNS servers"),
	ask.FactDNSOmitted: unlessNone("the engine omits VALUE from the host's DNS servers",
		"the engine omits none of the host's DNS servers"),
	ask.FactHostGateway: unlessNone("host-gateway means VALUE", "host-gateway means the default bridge's own address"),
	ask.FactIPv6:        either("IPv6 is on at the host", "IPv6 is off at the host"),
	ask.FactUsernsRemap: either("root in a container is a different user on the host",
		"root in a container is root on the host"),
	ask.FactLoopbackDNS: either("the host has no DNS server that containers can use, so they get public ones",
		"containers do not need Docker's public DNS servers"),
	ask.FactForwardPolicy: {
		fact.PolicyDrop:   "the host forwards only what a firewall rule allows",
		fact.PolicyAccept: "the host forwards whatever no firewall rule forbids",
	},
	ask.FactIPForward: either("the host forwards packets between its interfaces",
		"the host forwards nothing: net.ipv4.ip_forward is 0"),
	ask.FactForwarding: {
		ask.ForwardingOpen:    "the host forwards packets, except where its firewall stops them",
		ask.ForwardingOff:     "the host forwards nothing: net.ipv4.ip_forward is 0",
		ask.ForwardingDropped: "the host's firewall drops forwarded packets, and no Docker rule changes that",
	},
	ask.FactIPTables: either("Docker has rules in the host's firewall",
		"Docker has no rules in the host's firewall, because it was started with --iptables=false or they were deleted"),
	ask.FactIP6Tables: either("Docker has IPv6 rules in the host's firewall",
		"Docker has no IPv6 rules in the host's firewall"),
	ask.FactFirewallBackend: {"": "the engine's firewall backend is VALUE"},
	ask.FactInputPolicy: {
		fact.PolicyAccept:  "the host lets in whatever no firewall rule forbids",
		fact.PolicyDrop:    "the host lets in only what a firewall rule allows",
		fact.VerdictReject: "the host lets in only what a firewall rule allows",
	},
	ask.FactIPv6InputPolicy: {
		fact.PolicyAccept:  "the host lets in whatever no IPv6 firewall rule forbids",
		fact.PolicyDrop:    "the host lets in only what an IPv6 firewall rule allows",
		fact.VerdictReject: "the host lets in only what an IPv6 firewall rule allows",
	},
	ask.FactIPv6Forwarding: {
		ask.ForwardingOpen:    "the host forwards IPv6 packets, except where its firewall stops them",
		ask.ForwardingOff:     "the host forwards no IPv6 packets: net.ipv6.conf.all.forwarding is 0",
		ask.ForwardingDropped: "the host's firewall drops forwarded IPv6 packets, and no Docker rule changes that",
	},
	ask.FactDirectRouting: either(
		"other computers can use a published port at the container's own address (--allow-direct-routing)",
		"Docker drops packets that other computers send straight to a container's address"),
	ask.FactIPv6ForwardPolicy: {
		fact.PolicyDrop:   "the host forwards only what an IPv6 firewall rule allows",
		fact.PolicyAccept: "the host forwards whatever no IPv6 firewall rule forbids",
	},
	ask.FactUserlandProxy: either("a Docker process listens on each published port",
		"no Docker process serves published ports, so they need firewall rules"),
	ask.FactSwarm: { // "true" and "false" are from early records; the engine also reports what no condition names
		"true":             "the engine is in a swarm, which overlay networks need",
		fact.SwarmActive:   "the engine is in a swarm, which overlay networks need",
		"false":            "the engine is not in a swarm, which overlay networks need",
		fact.SwarmInactive: "the engine is not in a swarm, which overlay networks need",
		"pending":          "the engine's swarm does not work now. It is VALUE",
		"locked":           "the engine's swarm does not work now. It is VALUE",
		"error":            "the engine's swarm does not work now. It is VALUE",
	},
	ask.FactIPVS: either("the kernel has IPVS, so a service's virtual IP works",
		"the kernel has no IPVS, so a service's virtual IP does not work"),
	ask.FactContainerdStore: either(
		"the engine keeps layers in containerd's store, which counts whole disk blocks",
		"the engine keeps layers in its own store, which counts the bytes of files"),
	ask.FactRootless: either("the engine runs without root", "the engine runs as root"),
	ask.FactVersion:  {"": "the engine's version is VALUE"},
	ask.FactKernel:   {"": "the release of the host's kernel is VALUE"},
	ask.FactKind: {
		fact.KindEngine:  "this is Docker Engine on Linux",
		fact.KindDesktop: "this is Docker Desktop, whose containers run in a virtual machine",
		fact.KindPodman:  "this is Podman behind Docker's API",
	},
}

func either(yes, no string) map[string]string { return map[string]string{"true": yes, "false": no} }

func unlessNone(set, none string) map[string]string {
	return map[string]string{"": set, ask.None: none}
}

// setting puts a fact of an engine or a network into words: bridge.mtu = 1400 is "network bridge uses MTU 1400".
// It is "" for facts that it has no words for.
func setting(name, value string) string {
	owner, field, _ := strings.Cut(flat(name), ".")
	value = flat(value)
	words := settingWords[field]
	said := cmp.Or(words[strings.ToLower(value)], words[""]) // early records have policies in capitals
	if field == ask.FactVersion {
		value = release(value)
	}
	return strings.NewReplacer("OWNER", owner, "VALUE", value).Replace(said)
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
