package ask

// The things that can be read of a peer. Each is also a field of a PEER reference.
const (
	Links            = "links"
	LinkIPv4         = "link.ipv4"
	LinkIPv6         = "link.ipv6"
	LinkMAC          = "link.mac"
	LinkMTU          = "link.mtu"
	LinkKind         = "link.kind"
	PortBridge       = "port.bridge"
	RouteGateway     = "route.gateway"
	RouteIPv6Gateway = "route.ipv6.gateway"
	Routes           = "routes"
	DNSServers       = "dns.servers"
	Hostname         = "hostname"
	Hosts            = "hosts"
	OwnNetNS         = "own-netns"
	NetNS            = "netns"
	UTSNS            = "utsns"
	OwnUTSNS         = "own-utsns"
	Sockets          = "sockets"
	Published        = "published"
	PublishedOn      = "published.on"
	Exposed          = "exposed"
	VXLAN            = "vxlan"
	HealthNow        = "health"
	Kernel           = "kernel"
	BootID           = "boot-id"
	Hypervisor       = "hypervisor"
	Swappiness       = "vm.swappiness"
	TimeNS           = "timens"
	PIDNS            = "pidns"
	MntNS            = "mntns"
	IPCNS            = "ipcns"
	PID              = "pid"
	Processes        = "processes"
	HostPID          = "host-pid"
	HostProcesses    = "host-processes"
	Memory           = "memory"
	MemoryLimit      = "memory.limit"
	ImageOf          = "image"
	ImageNow         = "image.now"
	Changes          = "changes"
	LayerSize        = "size"
	UID              = "uid"
)

// Where a thing is read.
const (
	InNamespace = iota // by the agent, in its network namespace
	InProcess          // by the agent: what its process sees apart from the network
	InEngine           // by the engine, which knows it even if the container does not run
)

// Things lists what `read:` can ask of a peer.
func Things() []Field {
	return []Field{
		{Name: Links, Doc: "names of its interfaces, in kernel order"},
		{
			Name: LinkIPv4, Doc: "IPv4 address of its first interface other than lo that has one",
			Answer: Addresses, IsAddress: true,
		},
		{Name: LinkIPv6, Doc: "global IPv6 address of that interface, or none", Answer: Addresses, IsAddress: true},
		{Name: LinkMAC, Doc: "MAC address of that interface"},
		{Name: LinkMTU, Doc: "MTU of that interface, bytes", Answer: Numbers},
		{Name: LinkKind, Doc: "kind of that interface: veth, macvlan, device, …"},
		{
			Name: PortBridge, Doc: "the host's Linux bridge that the other end of its veth pair is attached to",
			Container: true, OfHost: true,
		},
		{Name: RouteGateway, Doc: "gateway of its IPv4 default route, or none", Answer: Addresses, IsAddress: true},
		{Name: RouteIPv6Gateway, Doc: "gateway of its IPv6 default route, or none", Answer: Addresses, IsAddress: true},
		{Name: Routes, Doc: "destinations of its IPv4 routing table"},
		{
			Name: DNSServers, Doc: "name servers in its /etc/resolv.conf (for host: those that Docker copies, without" +
				" loopback ones)",
			Answer: Addresses,
		},
		{Name: Hostname, Doc: "its hostname", IsName: true},
		{Name: Hosts, Doc: "names in its /etc/hosts"},
		{
			Name: OwnNetNS, Doc: "yes or no: it has its own network namespace, not the host's",
			Answer: YesOrNo, OfHost: true,
		},
		{Name: NetNS, Doc: "its network namespace, by its kernel number"},
		{Name: UTSNS, Doc: "its UTS namespace, by its kernel number"},
		{
			Name: OwnUTSNS, Doc: "yes or no: it has its own UTS namespace (which holds the hostname), not the host's",
			Answer: YesOrNo, OfHost: true,
		},
		{Name: Sockets, Doc: "addresses with listeners in its network namespace", Answer: Addresses, Others: true},
		{
			Name: Published, Doc: "ports that the engine publishes for it on the host",
			From: InEngine, Container: true, OfHost: true,
		},
		{
			Name: PublishedOn, Doc: "host addresses of these published ports (0.0.0.0 for all)",
			From: InEngine, Answer: Addresses, Container: true, OfHost: true,
		},
		{Name: Exposed, Doc: "ports that its image or configuration exposes", From: InEngine, Container: true},
		{
			Name: VXLAN, Doc: "VXLAN ID of its first overlay network, or none",
			From: InEngine, Answer: Numbers, Container: true,
		},
		{
			Name: HealthNow, Doc: "what its HEALTHCHECK reports: healthy, unhealthy or none",
			From: InEngine, Answer: HealthStates, Container: true,
		},
		{Name: Kernel, Doc: "release of the kernel that it runs on", From: InProcess},
		{Name: BootID, Doc: "ID that the kernel chose when it booted", From: InProcess},
		{
			Name: Hypervisor, Doc: "yes or no: the processor reports a virtual machine",
			From: InProcess, Answer: YesOrNo,
		},
		{Name: Swappiness, Doc: "this kernel setting, which has no namespace", From: InProcess, Answer: Numbers},
		{Name: TimeNS, Doc: "its time namespace, by its kernel number", From: InProcess},
		{Name: PIDNS, Doc: "its PID namespace, by its kernel number", From: InProcess, Container: true},
		{Name: MntNS, Doc: "its mount namespace, by its kernel number", From: InProcess, Container: true},
		{Name: IPCNS, Doc: "its IPC namespace, by its kernel number", From: InProcess, Container: true},
		{
			Name: PID, Doc: "PID of its main process, inside the container",
			From: InProcess, Answer: Numbers, Container: true,
		},
		{
			Name: Processes, Doc: "PIDs that it sees",
			From: InProcess, Answer: Numbers, Container: true, Others: true,
		},
		{
			Name: HostPID, Doc: "PID of its main process on the host",
			From: InEngine, Answer: Numbers, Container: true,
		},
		{
			Name: HostProcesses, Doc: "PIDs of its processes in the host's process list",
			From: InEngine, Answer: Numbers, Container: true, Others: true,
		},
		{
			Name: Memory, Doc: "bytes of memory that its cgroup uses",
			From: InEngine, Answer: Numbers, Container: true, Bytes: true,
		},
		{
			Name: MemoryLimit, Doc: "memory limit of its cgroup, in bytes",
			From: InEngine, Answer: Numbers, Container: true, Bytes: true,
		},
		{
			Name: ImageOf, Doc: "image it was created from (first 12 digits of the ID)",
			From: InEngine, Container: true,
		},
		{
			Name: ImageNow, Doc: "image that its image name refers to now",
			From: InEngine, Container: true, Written: true,
		},
		{
			Name: Changes, Doc: "changes from its image, as docker diff shows them: A /note (A added, C changed, D deleted)",
			From: InEngine, Container: true, Written: true,
		},
		{
			Name: LayerSize, Doc: "bytes in its own layer",
			From: InEngine, Answer: Numbers, Container: true, Written: true, Bytes: true,
		},
		{Name: UID, Doc: "user ID of its main process", Answer: Numbers},
	}
}

// The things that can be read of an image.
const (
	ImageSize   = "size"   // bytes, including all layers
	ImageLayers = "layers" // how many
	ImageUser   = "user"   // from its USER instruction; none without one
	ImageID     = "id"     // the first 12 digits
	ImageHolds  = "holds"  // yes or no: whether it contains a path
	ImageShares = "shares" // bytes of the layers that it shares with another image
)

// ImageThings lists what `inspect:` can ask of an image.
func ImageThings() []Field {
	return append(ImageFields(), []Field{
		{Name: ImageHolds, Doc: "yes or no: the path that follows exists", Answer: YesOrNo},
		{Name: ImageShares, Doc: "bytes of the layers it shares with the image that follows", Answer: Numbers, Bytes: true},
	}...)
}

// ImageFields lists the things of an image that can be named.
func ImageFields() []Field {
	return []Field{
		{Name: ImageSize, Doc: "bytes of all its layers, including its base images", Answer: Numbers, Bytes: true},
		{Name: ImageLayers, Doc: "how many layers it has", Answer: Numbers},
		{Name: ImageUser, Doc: "its USER, or none, which means root"},
		{Name: ImageID, Doc: "first 12 digits of its ID"},
	}
}
