package ask

import "slices"

// A Field is something that can be named, read or compared, with the sentence that documents it.
type Field struct {
	Name, Doc string

	Answer    Answer // which words it can be
	From      int    // where a thing is read: InNamespace, InProcess or InEngine
	Container bool   // only a container has it, neither the engine's host nor an outside computer
	Others    bool   // it shows what netlab's other questions do at the same time
	Written   bool   // it depends on the files that were written before
	Bytes     bool   // a number of bytes
	OfHost    bool   // it is only valid on the peer's own host
}

// wants is the kind of answer that a question for the field wants.
func (f Field) wants() string {
	if f.Answer == YesOrNo {
		return WantsYesNo
	}
	return WantsValue
}

// Find returns the field of that name, or a Field without one.
func Find(fields []Field, name string) Field {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return Field{}
}

// FieldNames lists the names of fields.
func FieldNames(fields []Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// Has reports whether one of the fields has that name.
func Has(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name })
}

// NameFields are the fields that a resolver can look up.
func NameFields() []string {
	return []string{"name", "alias", "short-id", "container", "fqdn", Hostname, "tasks.name"}
}

// AddressFields are the fields that are one address. "" is the peer's own address, as the asker reaches it.
func AddressFields() []string {
	return []string{
		"", "ipv4", "first.ipv4", "ipv6", LinkIPv4, LinkIPv6, "gateway", RouteGateway, "ipv6.gateway",
		RouteIPv6Gateway, "chosen", "host", "ipv6.host", "router", "silent", "nowhere", "vip",
	}
}

// PeerFields lists the fields of a peer.
func PeerFields() []Field {
	return append([]Field{
		{Name: "name", Doc: "its name, for the asker to resolve", Container: true},
		{Name: "alias", Doc: "first alias", Container: true},
		{Name: "short-id", Doc: "first 12 digits of the container ID", Container: true},
		{Name: "container", Doc: "container's full name on the engine", Container: true},
		{Name: "gateway", Doc: "gateway of its first network", Container: true},
		{Name: "ipv4", Doc: "IPv4 address on its first network, now", Container: true},
		{Name: "first.ipv4", Doc: "IPv4 address on its first network when the lab came up", Container: true},
		{Name: "ipv6", Doc: "IPv6 address on its first network, now", Container: true},
	}, Things()...)
}

// EndpointFields lists the fields of a peer on a network.
func EndpointFields() []Field {
	return []Field{
		{Name: "ipv4", Doc: "IPv4 address on that network"},
		{Name: "ipv6", Doc: "IPv6 address on that network"},
		{Name: "mac", Doc: "MAC address on that network"},
		{Name: "gateway", Doc: "gateway on that network"},
		{Name: "fqdn", Doc: "container.network. with a final dot, as a reverse lookup returns it", Container: true},
		{Name: "chosen", Doc: "address that the scenario sets with `address:`"},
	}
}

// NetworkFields lists the fields of a network.
func NetworkFields() []Field {
	return []Field{
		{Name: "interface", Doc: "the host's Linux bridge"},
		{Name: "subnet", Doc: "IPv4 subnet"},
		{Name: "gateway", Doc: "IPv4 gateway"},
		{Name: "mtu", Doc: "MTU from the network's options (default 1500)", Answer: Numbers},
		{Name: "icc", Doc: "whether its containers can talk to each other"},
		{Name: "masquerade", Doc: "whether its traffic to outside is masqueraded"},
		{Name: "internal", Doc: "whether it is internal"},
		{
			Name: "range",
			Doc:  "bridge: part of its subnet that addresses come from (--fixed-cidr, --ip-range); none for all of it",
		},
		{
			Name: "default-gateway",
			Doc:  "bridge: gateway that the engine gives its containers (--default-gateway); none for its own",
		},
		{Name: "gateway-mode", Doc: "bridge: nat, nat-unprotected, routed or isolated"},
		{Name: "host-binding", Doc: "bridge: the host's address on which its ports are published; none for all addresses"},
		{Name: "parent", Doc: "macvlan and ipvlan: the parent interface, the host's end of a link"},
		{Name: "ipv6.subnet", Doc: "IPv6 subnet"},
		{Name: "ipv6.gateway", Doc: "IPv6 gateway"},
		{Name: "vxlan", Doc: "overlay: its VXLAN ID", Answer: Numbers},
	}
}

// WireFields lists the fields of a link.
func WireFields() []Field {
	return []Field{
		{Name: "subnet", Doc: "IPv4 subnet of this LAN"},
		{Name: "interface", Doc: "the host's end of the veth pair"},
		{Name: "host", Doc: "host's address on it"},
		{Name: "ipv6.host", Doc: "host's IPv6 address on it"},
		{Name: "router", Doc: "the LAN's router, another address of the machine"},
		{Name: "silent", Doc: "an address behind the router that never answers"},
		{Name: "nowhere", Doc: "an address behind the router that it has no route to"},
	}
}

// ServiceFields lists the fields of a swarm service.
func ServiceFields() []Field {
	return []Field{
		{Name: "name", Doc: "its name, for the asker to resolve"},
		{Name: "vip", Doc: "its virtual IP"},
		{Name: "tasks.name", Doc: "name that resolves to its tasks with either endpoint: tasks.NAME"},
		{Name: "tasks.ipv4", Doc: "addresses of its tasks, sorted"},
	}
}

// EngineFields lists the facts about the engine.
func EngineFields() []Field {
	return []Field{
		{Name: "version", Doc: "version; conditions compare it number by number"},
		{Name: "kind", Doc: "engine, desktop or podman"},
		{Name: "kernel", Doc: "release of its host's kernel, as the engine reports it"},
		{Name: "rootless", Doc: "true or false"},
		{Name: "containerd-store", Doc: "whether layers are in containerd's store, not in Docker's own"},
		{Name: "loopback-dns", Doc: "whether the host's resolv.conf has no DNS server that a container can use"},
		{Name: "dns", Doc: "DNS servers that the engine was started with (--dns); none where it copies the host's"},
		{
			Name: "dns-omitted",
			Doc:  "servers of the host's resolv.conf that the engine omits, loopback ones and IPv6 ones; or none",
		},
		{
			Name: "host-gateway", Doc: "address for host-gateway (--host-gateway-ip); none where it is the default bridge's own",
		},
		{Name: "ipv6", Doc: "whether IPv6 is on at the engine's host"},
		{Name: "userns-remap", Doc: "whether root in a container is a different user on the host"},
		{Name: "bridge-filter", Doc: "whether bridged frames pass iptables: net.bridge.bridge-nf-call-iptables"},
		{Name: "ip-forward", Doc: "whether the host forwards IPv4 packets: net.ipv4.ip_forward"},
		{Name: "iptables", Doc: "whether the engine has rules in the host's firewall, if netlab can read it"},
		{Name: "firewall-backend", Doc: "iptables, nftables or iptables+firewalld, if the engine reports it (28 and later)"},
		{Name: "forwarding", Doc: "open, off (ip_forward is 0), or dropped by a policy that Docker's rules cannot change"},
		{
			Name: "direct-routing",
			Doc:  "whether other computers can route to containers' addresses (--allow-direct-routing, from 28 on)",
		},
		{Name: "forward-policy", Doc: "drop where the host's firewall forwards only what a rule accepts, else accept"},
		{Name: "input-policy", Doc: "drop or reject where it lets in only what a rule accepts, else accept"},
		{Name: "ipv6-forwarding", Doc: "forwarding, but for IPv6"},
		{Name: "ipv6-input-policy", Doc: "input-policy, but for IPv6"},
		{Name: "ip6tables", Doc: "whether the engine has rules for IPv6 in the host's firewall, if netlab can read it"},
		{Name: "ipv6-forward-policy", Doc: "accept or drop: policy of that chain for IPv6, if netlab can read it"},
		{Name: "userland-proxy", Doc: "whether the engine has its userland proxy for published ports"},
		{Name: "swarm", Doc: "inactive or active"},
		{Name: "ipvs", Doc: "whether the kernel has IPVS, which swarm's virtual IPs need"},
	}
}

// ContainerOnly reports whether neither the engine's host nor an outside computer has a field.
func ContainerOnly(name string) bool {
	return Find(PeerFields(), name).Container || Find(EndpointFields(), name).Container
}

// IsNumber reports whether a field is a number, whatever it is a field of.
func IsNumber(name string) bool {
	return Find(AllFields(), name).Answer == Numbers
}

// AllFields lists the fields of everything that has a name of its own.
func AllFields() []Field {
	return slices.Concat(PeerFields(), NetworkFields(), WireFields(), ImageThings(), ServiceFields(), EngineFields())
}
