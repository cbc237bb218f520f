package scenario

// A Reference names one thing in a lab: alice.web.ipv4, web.mtu, engine.version, bob. The list of what can be named
// is closed and is checked when a file is loaded.
//
//	PEER                   the peer's address as the asker reaches it: on a network they share, else its first
//	PEER.FIELD             fields of peerFields
//	PEER.NETWORK.FIELD     fields of endpointFields
//	NETWORK.FIELD          fields of networkFields
//	WIRE.FIELD             fields of wireFields
//	IMAGE.FIELD            fields of imageFields
//	SERVICE.FIELD          fields of serviceFields
//	docker_gwbridge.FIELD  fields of networkFields, if there is an overlay network
//	engine.FIELD           fields of engineFields
//	localhost              the name, resolved by the asker
type Reference struct {
	Head    string // a peer, a network, a link, an image, a service, "engine" or "localhost"
	Network string // of PEER.NETWORK.FIELD
	Field   string
}

// Localhost is the reference that the asker's own resolver answers.
const Localhost = "localhost"

// Docker is the only value of Expectation.DroppedBy.
const Docker = "docker"

// EngineHead is the head of references to the engine's own facts.
const EngineHead = "engine"

// IsZero reports whether r names nothing.
func (r Reference) IsZero() bool { return r == Reference{} }

// String returns r as written in a file.
func (r Reference) String() string {
	s := r.Head
	if r.Network != "" {
		s += "." + r.Network
	}
	if r.Field != "" {
		s += "." + r.Field
	}
	return s
}

// A Field is something that can be named or read, with the sentence that documents it.
type Field struct{ Name, Doc string }

// Things lists what `read:` can ask of a peer. Each is also a field of a PEER reference.
func Things() []Field {
	return []Field{
		{"links", "names of its interfaces, in the kernel's order"},
		{"link.ipv4", "IPv4 address of its first interface beside lo that has one"},
		{"link.ipv6", "global IPv6 address of that interface; none where it has none"},
		{"link.mac", "MAC address of that interface"},
		{"link.mtu", "MTU of that interface, bytes"},
		{"link.kind", "kind of that interface: veth, macvlan, device, …"},
		{"port.bridge", "host's Linux bridge of which the other end of its veth pair is a port"},
		{"route.gateway", "gateway of its IPv4 default route; none where there is no such route"},
		{"route.ipv6.gateway", "gateway of its IPv6 default route; none where there is no such route"},
		{"routes", "destinations of its IPv4 routing table"},
		{"dns.servers", "nameservers in its /etc/resolv.conf; of host those that Docker copies, the loopback ones left out"},
		{"hostname", "its hostname"},
		{"hosts", "names that its /etc/hosts gives"},
		{"own-netns", "yes or no: its network namespace is another than the host's"},
		{"netns", "its network namespace, as the kernel numbers it"},
		{"utsns", "its UTS namespace, as the kernel numbers it"},
		{"own-utsns", "yes or no: its UTS namespace, which holds the hostname, is another than the host's"},
		{"sockets", "addresses on which something listens in its network namespace"},
		{"published", "ports that the engine publishes for it on the host"},
		{"published.on", "addresses of the host on which the engine has bound these, 0.0.0.0 for all"},
		{"exposed", "ports that its image or configuration exposes"},
		{"vxlan", "VXLAN network identifier of its first overlay network; none where it is on none"},
		{"health", "what its HEALTHCHECK says, healthy or unhealthy; none where it has none"},
		{"kernel", "release of the kernel on which it runs"},
		{"boot-id", "identifier that the kernel made up when it booted"},
		{"hypervisor", "yes or no: the machine's processor says that it is a virtual machine's"},
		{"vm.swappiness", "this setting of the kernel's, which no namespace has for itself"},
		{"timens", "its time namespace, as the kernel numbers it"},
		{"pidns", "its PID namespace, as the kernel numbers it"},
		{"mntns", "its mount namespace, as the kernel numbers it"},
		{"ipcns", "its IPC namespace, as the kernel numbers it"},
		{"pid", "number of its main process, as that sees itself"},
		{"processes", "numbers of the processes that it sees"},
		{"host-pid", "number of its main process, as the engine's host counts"},
		{"host-processes", "numbers of its processes in the host's list of processes"},
		{"memory", "bytes of memory that its cgroup is charged for"},
		{"memory.limit", "bytes of memory that its cgroup may have"},
		{"image", "image of which it was made, first 12 digits of its id"},
		{"image.now", "image to which that image's name leads now"},
		{"changes", "what differs from its image, as docker diff says it: A /note, C and D for changed and deleted"},
		{"size", "bytes of its own, beside its image"},
		{"uid", "number of the user as whom its main process runs"},
	}
}

// imageThings lists what `inspect:` can ask of an image.
func imageThings() []Field {
	return append(imageFields(), []Field{
		{ImageHolds, "yes or no: there is something at the path behind it"},
		{ImageShares, "bytes of the layers that it has in common with the image behind it"},
	}...)
}

func imageFields() []Field {
	return []Field{
		{ImageSize, "bytes of its layers, with those of the images below it"},
		{ImageLayers, "how many layers it has"},
		{ImageUser, "its USER; none where it has none, which means root"},
		{ImageID, "the first 12 digits of its id"},
	}
}

func peerFields() []Field {
	return append([]Field{
		{"name", "name, for its asker's resolver"},
		{"alias", "first alias"},
		{"short-id", "first 12 digits of the container's id"},
		{"container", "container's full name on the engine"},
		{"gateway", "gateway of its first network"},
		{"ipv4", "IPv4 address on its first network, now"},
		{"first.ipv4", "IPv4 address on its first network when the lab came up"},
		{"ipv6", "IPv6 address on its first network, now"},
	}, Things()...)
}

func endpointFields() []Field {
	return []Field{
		{"ipv4", "IPv4 address on that network"},
		{"ipv6", "IPv6 address on that network"},
		{"mac", "MAC address on that network"},
		{"gateway", "gateway on that network"},
		{"fqdn", "container.network. with a final dot, as a reverse lookup gives it"},
		{"chosen", "address that the scenario chose by `address:`"},
	}
}

func networkFields() []Field {
	return []Field{
		{"interface", "the host's Linux bridge"},
		{"subnet", "IPv4 subnet"},
		{"gateway", "IPv4 gateway"},
		{"mtu", "MTU that the network's options ask for; 1500 where they do not"},
		{"icc", "whether its containers may talk to each other"},
		{"masquerade", "whether its traffic to the outside is masqueraded"},
		{"internal", "whether it is internal"},
		{"range", "of bridge: part of its subnet that addresses come from (--fixed-cidr, --ip-range); none for all of it"},
		{"default-gateway", "of bridge: gateway that the engine gives its containers (--default-gateway); none for its own"},
		{"gateway-mode", "of bridge: nat, nat-unprotected, routed or isolated"},
		{"host-binding", "of bridge: the host's address on which its ports are published; none for all addresses"},
		{"parent", "of macvlan and ipvlan: the parent interface, which is the host's end of a wire"},
		{"ipv6.subnet", "IPv6 subnet"},
		{"ipv6.gateway", "IPv6 gateway"},
		{"vxlan", "of overlay: its VXLAN network identifier"},
	}
}

func wireFields() []Field {
	return []Field{
		{"subnet", "IPv4 subnet of this LAN"},
		{"interface", "the host's end of the veth pair"},
		{"host", "host's address on it"},
		{"ipv6.host", "host's IPv6 address on it"},
		{"router", "the LAN's router, one more address of the machine"},
		{"silent", "an address behind the router that never answers"},
		{"nowhere", "an address behind the router that it has no way to"},
	}
}

func serviceFields() []Field {
	return []Field{
		{"name", "name, for its asker's resolver"},
		{"vip", "its virtual IP"},
		{"tasks.name", "name that leads to its tasks, whatever its endpoint: tasks, a dot, and its name"},
		{"tasks.ipv4", "addresses of its tasks, sorted"},
	}
}

func engineFields() []Field {
	return []Field{
		{"version", "version; conditions compare it number by number"},
		{"kind", "engine, desktop or podman"},
		{"kernel", "release of its host's kernel, as the engine says it"},
		{"rootless", "true or false"},
		{"containerd-store", "whether images and containers' layers are in containerd's store, not in Docker's own"},
		{
			"loopback-dns",
			"whether the host's resolv.conf names no server that a container can use, only loopback ones or none",
		},
		{"dns", "DNS servers that the engine was started with (--dns); none where it copies the host's"},
		{"dns-omitted", "servers of the host's resolv.conf that the engine omits, loopback ones and IPv6 ones; or none"},
		{"host-gateway", "address for host-gateway (--host-gateway-ip); none where it is the default bridge's own"},
		{"ipv6", "whether IPv6 is on at the engine's host"},
		{"userns-remap", "whether root in a container is another user on the host"},
		{"bridge-filter", "whether bridged frames pass iptables: net.bridge.bridge-nf-call-iptables"},
		{"ip-forward", "whether the host forwards IPv4 packets: net.ipv4.ip_forward"},
		{"iptables", "whether the engine has rules in the host's firewall, where netlab can read it"},
		{"firewall-backend", "iptables, nftables or iptables+firewalld, where the engine says it (28 and later)"},
		{"forwarding", "open, off (ip_forward is 0), or dropped by a policy that Docker's rules cannot change"},
		{"forward-policy", "drop where the host's firewall forwards only what a rule accepts, else accept"},
		{"input-policy", "drop or reject where it lets in only what a rule accepts, else accept"},
		{"ip6tables", "whether the engine has rules for IPv6 in the host's firewall, where netlab can read it"},
		{"ipv6-forward-policy", "accept or drop: policy of that chain for IPv6, where netlab can read it"},
		{"userland-proxy", "whether the engine has its userland proxy for published ports"},
		{"swarm", "inactive or active"},
		{"ipvs", "whether the kernel has IPVS, which swarm's virtual IPs need"},
	}
}
