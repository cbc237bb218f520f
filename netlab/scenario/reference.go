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
		{"links", "names of its interfaces, in kernel order"},
		{"link.ipv4", "IPv4 address of its first interface other than lo that has one"},
		{"link.ipv6", "global IPv6 address of that interface, or none"},
		{"link.mac", "MAC address of that interface"},
		{"link.mtu", "MTU of that interface, bytes"},
		{"link.kind", "kind of that interface: veth, macvlan, device, …"},
		{"port.bridge", "the host's Linux bridge that the other end of its veth pair is attached to"},
		{"route.gateway", "gateway of its IPv4 default route, or none"},
		{"route.ipv6.gateway", "gateway of its IPv6 default route, or none"},
		{"routes", "destinations of its IPv4 routing table"},
		{"dns.servers", "name servers in its /etc/resolv.conf (for host: those that Docker copies, without loopback ones)"},
		{"hostname", "its hostname"},
		{"hosts", "names in its /etc/hosts"},
		{"own-netns", "yes or no: it has its own network namespace, not the host's"},
		{"netns", "its network namespace, by its kernel number"},
		{"utsns", "its UTS namespace, by its kernel number"},
		{"own-utsns", "yes or no: it has its own UTS namespace (which holds the hostname), not the host's"},
		{"sockets", "addresses with listeners in its network namespace"},
		{"published", "ports that the engine publishes for it on the host"},
		{"published.on", "host addresses of these published ports (0.0.0.0 for all)"},
		{"exposed", "ports that its image or configuration exposes"},
		{"vxlan", "VXLAN ID of its first overlay network, or none"},
		{"health", "what its HEALTHCHECK reports: healthy, unhealthy or none"},
		{"kernel", "release of the kernel that it runs on"},
		{"boot-id", "ID that the kernel chose when it booted"},
		{"hypervisor", "yes or no: the processor reports a virtual machine"},
		{"vm.swappiness", "this kernel setting, which has no namespace"},
		{"timens", "its time namespace, by its kernel number"},
		{"pidns", "its PID namespace, by its kernel number"},
		{"mntns", "its mount namespace, by its kernel number"},
		{"ipcns", "its IPC namespace, by its kernel number"},
		{"pid", "PID of its main process, inside the container"},
		{"processes", "PIDs that it sees"},
		{"host-pid", "PID of its main process on the host"},
		{"host-processes", "PIDs of its processes in the host's process list"},
		{"memory", "bytes of memory that its cgroup uses"},
		{"memory.limit", "memory limit of its cgroup, in bytes"},
		{"image", "image it was created from (first 12 digits of the ID)"},
		{"image.now", "image that its image name refers to now"},
		{"changes", "changes from its image, as docker diff shows them: A /note (A added, C changed, D deleted)"},
		{"size", "bytes in its own layer"},
		{"uid", "user ID of its main process"},
	}
}

// imageThings lists what `inspect:` can ask of an image.
func imageThings() []Field {
	return append(imageFields(), []Field{
		{ImageHolds, "yes or no: the path that follows exists"},
		{ImageShares, "bytes of the layers it shares with the image that follows"},
	}...)
}

func imageFields() []Field {
	return []Field{
		{ImageSize, "bytes of all its layers, including its base images"},
		{ImageLayers, "how many layers it has"},
		{ImageUser, "its USER, or none, which means root"},
		{ImageID, "first 12 digits of its ID"},
	}
}

func peerFields() []Field {
	return append([]Field{
		{"name", "its name, for the asker to resolve"},
		{"alias", "first alias"},
		{"short-id", "first 12 digits of the container ID"},
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
		{"fqdn", "container.network. with a final dot, as a reverse lookup returns it"},
		{"chosen", "address that the scenario sets with `address:`"},
	}
}

func networkFields() []Field {
	return []Field{
		{"interface", "the host's Linux bridge"},
		{"subnet", "IPv4 subnet"},
		{"gateway", "IPv4 gateway"},
		{"mtu", "MTU from the network's options (default 1500)"},
		{"icc", "whether its containers can talk to each other"},
		{"masquerade", "whether its traffic to outside is masqueraded"},
		{"internal", "whether it is internal"},
		{"range", "bridge: part of its subnet that addresses come from (--fixed-cidr, --ip-range); none for all of it"},
		{"default-gateway", "bridge: gateway that the engine gives its containers (--default-gateway); none for its own"},
		{"gateway-mode", "bridge: nat, nat-unprotected, routed or isolated"},
		{"host-binding", "bridge: the host's address on which its ports are published; none for all addresses"},
		{"parent", "macvlan and ipvlan: the parent interface, the host's end of a link"},
		{"ipv6.subnet", "IPv6 subnet"},
		{"ipv6.gateway", "IPv6 gateway"},
		{"vxlan", "overlay: its VXLAN ID"},
	}
}

func wireFields() []Field {
	return []Field{
		{"subnet", "IPv4 subnet of this LAN"},
		{"interface", "the host's end of the veth pair"},
		{"host", "host's address on it"},
		{"ipv6.host", "host's IPv6 address on it"},
		{"router", "the LAN's router, another address of the machine"},
		{"silent", "an address behind the router that never answers"},
		{"nowhere", "an address behind the router that it has no route to"},
	}
}

func serviceFields() []Field {
	return []Field{
		{"name", "its name, for the asker to resolve"},
		{"vip", "its virtual IP"},
		{"tasks.name", "name that resolves to its tasks with either endpoint: tasks.NAME"},
		{"tasks.ipv4", "addresses of its tasks, sorted"},
	}
}

func engineFields() []Field {
	return []Field{
		{"version", "version; conditions compare it number by number"},
		{"kind", "engine, desktop or podman"},
		{"kernel", "release of its host's kernel, as the engine reports it"},
		{"rootless", "true or false"},
		{"containerd-store", "whether layers are in containerd's store, not in Docker's own"},
		{
			"loopback-dns",
			"whether the host's resolv.conf has no DNS server that a container can use",
		},
		{"dns", "DNS servers that the engine was started with (--dns); none where it copies the host's"},
		{"dns-omitted", "servers of the host's resolv.conf that the engine omits, loopback ones and IPv6 ones; or none"},
		{"host-gateway", "address for host-gateway (--host-gateway-ip); none where it is the default bridge's own"},
		{"ipv6", "whether IPv6 is on at the engine's host"},
		{"userns-remap", "whether root in a container is a different user on the host"},
		{"bridge-filter", "whether bridged frames pass iptables: net.bridge.bridge-nf-call-iptables"},
		{"ip-forward", "whether the host forwards IPv4 packets: net.ipv4.ip_forward"},
		{"iptables", "whether the engine has rules in the host's firewall, if netlab can read it"},
		{"firewall-backend", "iptables, nftables or iptables+firewalld, if the engine reports it (28 and later)"},
		{"forwarding", "open, off (ip_forward is 0), or dropped by a policy that Docker's rules cannot change"},
		{"direct-routing", "whether other computers can route to containers' addresses (--allow-direct-routing, from 28 on)"},
		{"forward-policy", "drop where the host's firewall forwards only what a rule accepts, else accept"},
		{"input-policy", "drop or reject where it lets in only what a rule accepts, else accept"},
		{"ipv6-forwarding", "forwarding, but for IPv6"},
		{"ipv6-input-policy", "input-policy, but for IPv6"},
		{"ip6tables", "whether the engine has rules for IPv6 in the host's firewall, if netlab can read it"},
		{"ipv6-forward-policy", "accept or drop: policy of that chain for IPv6, if netlab can read it"},
		{"userland-proxy", "whether the engine has its userland proxy for published ports"},
		{"swarm", "inactive or active"},
		{"ipvs", "whether the kernel has IPVS, which swarm's virtual IPs need"},
	}
}
