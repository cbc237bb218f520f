package ask

import (
	"regexp"
	"slices"
	"strings"

	"netlab/netlab/fact"
)

// The facts about the engine. Conditions can name them.
const (
	FactVersion           = "version"
	FactKind              = "kind"
	FactKernel            = "kernel"
	FactRootless          = "rootless"
	FactContainerdStore   = "containerd-store"
	FactLoopbackDNS       = "loopback-dns"
	FactDNS               = "dns"
	FactDNSOmitted        = "dns-omitted"
	FactHostGateway       = "host-gateway"
	FactIPv6              = "ipv6"
	FactUsernsRemap       = "userns-remap"
	FactBridgeFilter      = "bridge-filter"
	FactIPForward         = "ip-forward"
	FactIPTables          = "iptables"
	FactFirewallBackend   = "firewall-backend"
	FactForwarding        = "forwarding"
	FactDirectRouting     = "direct-routing"
	FactForwardPolicy     = "forward-policy"
	FactInputPolicy       = "input-policy"
	FactIPv6Forwarding    = "ipv6-forwarding"
	FactIPv6InputPolicy   = "ipv6-input-policy"
	FactIP6Tables         = "ip6tables"
	FactIPv6ForwardPolicy = "ipv6-forward-policy"
	FactUserlandProxy     = "userland-proxy"
	FactSwarm             = "swarm"
	FactIPVS              = "ipvs"
)

// The facts about a network that explain different behavior. Conditions can name them.
const (
	FactMTU            = "mtu"
	FactICC            = "icc"
	FactMasquerade     = "masquerade"
	FactInternal       = "internal"
	FactRange          = "range"
	FactDefaultGateway = "default-gateway"
	FactGatewayMode    = "gateway-mode"
	FactHostBinding    = "host-binding"
)

// The values of FactForwarding.
const (
	ForwardingOpen    = "open"
	ForwardingOff     = "off"     // net.ipv4.ip_forward is 0
	ForwardingDropped = "dropped" // by a policy that the engine's rules cannot override
)

// Values are those that a fact can have.
type Values struct {
	Says    string // "true or false"
	Ordered bool   // conditions can also compare them with < and >
	Can     func(value string) bool
	Words   []string // all of them, where they are words
}

var (
	flags    = only("true", "false")
	policies = only(fact.PolicyAccept, fact.PolicyDrop)
	inputs   = only(fact.PolicyAccept, fact.PolicyDrop, fact.VerdictReject)
	numbers  = Values{Says: "a number", Ordered: true, Can: number.MatchString}

	versions = Values{
		Says: "a version, such as 28.0", Ordered: true,
		Can: regexp.MustCompile(`^[0-9]{1,6}(\.[0-9]{1,6}){0,3}$`).MatchString,
	}
	releases  = Values{Says: "a kernel's release", Can: func(s string) bool { return s != "" }}
	addresses = Values{
		Says: "an address, or none", Can: regexp.MustCompile(`^(none|[0-9a-f.:]+(/[0-9]+)?( [0-9a-f.:]+)*)$`).MatchString,
	}
)

// only are these words and no others.
func only(words ...string) Values {
	says := Either(words)
	if len(words) > 3 {
		says = "one of " + strings.Join(words, ", ")
	}
	return Values{Says: says, Words: words, Can: func(s string) bool { return slices.Contains(words, s) }}
}

// ofAny is a fact about the engine or a network, with its usual value or "" if both are.
func ofAny(name, doc string, values Values, usual string) Field {
	return Field{Name: name, Doc: doc, Values: values, Usual: usual}
}

// ofBridge is a fact that only bridge networks have.
func ofBridge(name, doc string, values Values, usual string) Field {
	return Field{Name: name, Doc: doc, Values: values, Usual: usual, Drivers: []string{fact.DriverBridge}}
}

// ofFirewall is a fact that is read from the host's firewall.
func ofFirewall(name, doc string, values Values, usual string) Field {
	return Field{Name: name, Doc: doc, Values: values, Usual: usual, Firewall: true}
}

// EngineFact is the name of a fact about the engine, as conditions and records have it: "engine.version".
func EngineFact(field string) string { return EngineHead + "." + field }

// Fact returns the field of the engine or of a network.
func Fact(name string) Field { return Find(slices.Concat(EngineFields(), NetworkFields()), name) }

// NetworkFacts lists the fields of a network that explain different behavior, which a condition can name.
func NetworkFacts() []Field {
	return slices.DeleteFunc(NetworkFields(), func(f Field) bool { return f.Values.Can == nil })
}

// NetworkFields lists the fields of a network.
func NetworkFields() []Field {
	return []Field{
		{Name: FieldInterface, Doc: "the host's Linux bridge", Drivers: []string{fact.DriverBridge}},
		{Name: FieldSubnet, Doc: "IPv4 subnet"},
		{Name: FieldGateway, Doc: "IPv4 gateway", IsAddress: true},
		{
			Name: FactMTU, Doc: "MTU from the network's options (default 1500)",
			Answer: Numbers, Values: numbers, Usual: "1500",
		},
		ofBridge(FactICC, "whether its containers can talk to each other", flags, "true"),
		ofBridge(FactMasquerade, "whether its traffic to outside is masqueraded", flags, "true"),
		ofAny(FactInternal, "whether it is internal", flags, "false"),
		ofBridge(FactRange,
			"bridge: part of its subnet that addresses come from (--fixed-cidr, --ip-range); none for all of it",
			addresses, None),
		ofBridge(FactDefaultGateway,
			"bridge: gateway that the engine gives its containers (--default-gateway); none for its own", addresses, None),
		ofBridge(FactGatewayMode, "bridge: nat, nat-unprotected, routed or isolated",
			only(fact.GatewayNAT, fact.GatewayNATUnprotected, fact.GatewayRouted, fact.GatewayIsolated), fact.GatewayNAT),
		ofBridge(FactHostBinding, "bridge: the host's address on which its ports are published; none for all addresses",
			addresses, None),
		{
			Name: FieldParent, Doc: "macvlan and ipvlan: the parent interface, the host's end of a link",
			Drivers: []string{fact.DriverMacvlan, fact.DriverIPvlan},
		},
		{Name: FieldIPv6Subnet, Doc: "IPv6 subnet"},
		{Name: FieldIPv6Gateway, Doc: "IPv6 gateway", IsAddress: true},
		{Name: VXLAN, Doc: "overlay: its VXLAN ID", Answer: Numbers, Drivers: []string{fact.DriverOverlay}},
	}
}

// EngineFields lists the facts about the engine.
func EngineFields() []Field {
	return []Field{
		ofAny(FactVersion, "version; conditions compare it number by number", versions, ""),
		ofAny(FactKind, "engine, desktop or podman",
			only(fact.KindEngine, fact.KindDesktop, fact.KindPodman), fact.KindEngine),
		ofAny(FactKernel, "release of its host's kernel, as the engine reports it", releases, ""),
		ofAny(FactRootless, "true or false", flags, "false"),
		ofAny(FactContainerdStore, "whether layers are in containerd's store, not in Docker's own", flags, ""),
		ofAny(FactLoopbackDNS, "whether the host's resolv.conf has no DNS server that a container can use", flags, "false"),
		ofAny(FactDNS, "DNS servers that the engine was started with (--dns); none where it copies the host's",
			addresses, None),
		ofAny(FactDNSOmitted, "servers of the host's resolv.conf that the engine omits, loopback ones and IPv6 ones; or none",
			addresses, None),
		ofAny(FactHostGateway, "address for host-gateway (--host-gateway-ip); none where it is the default bridge's own",
			addresses, None),
		ofAny(FactIPv6, "whether IPv6 is on at the engine's host", flags, "true"),
		ofAny(FactUsernsRemap, "whether root in a container is a different user on the host", flags, "false"),
		ofAny(FactBridgeFilter, "whether bridged frames pass iptables: net.bridge.bridge-nf-call-iptables", flags, "true"),
		ofAny(FactIPForward, "whether the host forwards IPv4 packets: net.ipv4.ip_forward", flags, "true"),
		ofFirewall(FactIPTables, "whether the engine has rules in the host's firewall, if netlab can read it", flags, "true"),
		ofAny(FactFirewallBackend, "iptables, nftables or iptables+firewalld, if the engine reports it (28 and later)",
			only(fact.BackendIPTables, fact.BackendNFTables, fact.BackendFirewalld), fact.BackendIPTables),
		ofFirewall(FactForwarding, "open, off (ip_forward is 0), or dropped by a policy that Docker's rules cannot change",
			only(ForwardingOpen, ForwardingOff, ForwardingDropped), ForwardingOpen),
		ofAny(FactDirectRouting,
			"whether other computers can route to containers' addresses (--allow-direct-routing, from 28 on)", flags, "false"),
		ofFirewall(FactForwardPolicy, "drop where the host's firewall forwards only what a rule accepts, else accept",
			policies, fact.PolicyDrop),
		ofFirewall(FactInputPolicy, "drop or reject where it lets in only what a rule accepts, else accept",
			inputs, fact.PolicyAccept),
		ofFirewall(FactIPv6Forwarding, "forwarding, but for IPv6",
			only(ForwardingOpen, ForwardingOff, ForwardingDropped), ForwardingOpen),
		ofFirewall(FactIPv6InputPolicy, "input-policy, but for IPv6", inputs, fact.PolicyAccept),
		ofFirewall(FactIP6Tables, "whether the engine has rules for IPv6 in the host's firewall, if netlab can read it",
			flags, "true"),
		ofFirewall(FactIPv6ForwardPolicy, "accept or drop: policy of that chain for IPv6, if netlab can read it",
			policies, fact.PolicyDrop),
		ofAny(FactUserlandProxy, "whether the engine has its userland proxy for published ports", flags, "true"),
		ofAny(FactSwarm, "inactive or active", only(fact.SwarmInactive, fact.SwarmActive), ""),
		ofAny(FactIPVS, "whether the kernel has IPVS, which swarm's virtual IPs need", flags, ""),
	}
}
