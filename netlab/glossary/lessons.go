package glossary

// modes are the network modes, one lesson each.
func modes() []Entry {
	return []Entry{
		{
			Word: "bridge", Also: []string{"default bridge", "default network", "docker0"},
			Text: `The network that docker run uses without --network. Each container gets a network stack of its own, and
				a veth pair to docker0, a Linux bridge on the host. Containers reach each other by address but not by
				name, traffic to outside is masqueraded, and from outside only published ports are open.`,
			Example: "bridge peer-by-address", Live: "netlab demo bridge",
			Source: "docs.docker.com/engine/network/drivers/bridge/",
			See:    []string{"custom-bridge", "veth pair", "masquerade"},
		},
		{
			Word: "custom-bridge", Also: []string{"custom network", "user-defined bridge", "own net"},
			Text: `A bridge network that you create with docker network create. It works like the default bridge,
				but Docker's DNS server resolves the names of its containers. Docker drops packets between bridge
				networks, so give each application its own. Compose does that for each project.`,
			Example: "custom-bridge peer-by-name", Live: "netlab demo custom-bridge",
			Source: "docs.docker.com/engine/network/drivers/bridge/",
			See:    []string{"bridge", "Docker's DNS server", "isolation"},
		},
		{
			Word: "host", Also: []string{"host mode", "Docker host", "host network"},
			Text: `With --network host a container uses the network namespace of the Docker host, the computer that
				the engine runs on. It has the host's interfaces, addresses and ports, so -p does nothing, and two
				servers cannot use the same port. With Docker Desktop, the host is a virtual machine.`,
			Example: "host own-stack", Live: "netlab demo host",
			Source: "docs.docker.com/engine/network/drivers/host/",
			See:    []string{"network namespace", "port in use"},
		},
		{
			Word: "none", Also: []string{"lo only"},
			Text: `With --network none a container has a network stack with nothing in it but the loopback. It has
				no route, so every attempt to reach something fails at once, and nothing reaches it.`,
			Example: "none links", Live: "netlab demo none",
			Source: "docs.docker.com/engine/network/drivers/none/",
			See:    []string{"no route", "loopback"},
		},
		{
			Word: "macvlan",
			Text: `Each container gets a second MAC address on an interface of the host, the parent, and an address
				of the LAN. To the LAN it is one more computer: no masquerading, no published ports, no firewall of the
				host. The host itself is the only computer that cannot reach it. Wi-Fi and most clouds refuse second MAC
				addresses.`,
			Example: "macvlan kind", Live: "netlab demo macvlan",
			Source: "docs.docker.com/engine/network/drivers/macvlan/; Linux drivers/net/macvlan.c",
			See:    []string{"parent interface", "MAC address", "ipvlan"},
		},
		{
			Word: "overlay",
			Text: `One network across several hosts of a swarm. Each packet between hosts travels inside another
				one (VXLAN), which takes 50 bytes, so the MTU is 1450. Traffic to outside does not use the overlay: it
				leaves through a second interface, on docker_gwbridge.`,
			Example: "overlay links", Live: "netlab demo overlay --init-swarm",
			Source: "docs.docker.com/engine/network/drivers/overlay/",
			See:    []string{"VXLAN", "swarm", "docker_gwbridge"},
		},
	}
}

// lessons are the other lessons.
func lessons() []Entry {
	return []Entry{
		{
			Word: "publish",
			Text: `What docker run -p opens, seen from outside, from the host and from other containers. -p
				8080:8080 opens the port on all host addresses. -p 127.0.0.1:8080:8080 opens it for the host alone.
				Rules in the chain INPUT, where ufw puts its own, do not protect it.`,
			Example: "publish all-addresses", Live: "netlab demo publish",
			Source: "docs.docker.com/engine/network/port-publishing/",
			See:    []string{"published port", "userland proxy", "DNAT", "INPUT"},
		},
		{
			Word: "host-service",
			Text: `How a container reaches a service that runs on the host. localhost is the container itself. The
				container's gateway is the host, so a service that listens on it, or on all addresses, can be used.`,
			Example: "host-service localhost", Live: "netlab demo host-service",
			Source: "docs.docker.com/engine/network/port-publishing/",
			See:    []string{"host.docker.internal", "default gateway", "loopback"},
		},
		{
			Word: "internal", Settings: []string{"bridge.internal"},
			Text: `A network created with --internal has no way out: no default route (since version 25) and
				firewall rules that drop the rest. -p does nothing. Containers on it still reach each other, and the
				host at the bridge's address.`,
			Example: "internal outside", Live: "netlab demo internal",
			Source: "docs.docker.com/reference/cli/docker/network/create/",
			See:    []string{"default gateway", "isolation"},
		},
		{
			Word: "multi-homed",
			Text: `One container on several networks: it has an interface and an address on each, but only one
				default route. Docker picks the network for it, by gateway priority (since version 28) and then by
				name. A name resolves to the address on the network that asker and target share.`,
			Example: "multi-homed gateway-joined", Live: "netlab demo multi-homed",
			Source: "docs.docker.com/engine/network/; moby daemon/libnetwork/sandbox.go",
			See:    []string{"default gateway", "Docker's DNS server"},
		},
		{
			Word: "shared", Also: []string{"--network container:"},
			Text: `With --network container:alice, a second container uses alice's network namespace. Both have the
				same addresses, ports and localhost. If alice restarts, she gets a new namespace, and the other one is
				left behind in the old one. Kubernetes pods share a network in the same way.`,
			Example: "shared same-stack", Live: "netlab demo shared",
			Source: "docs.docker.com/engine/network/",
			See:    []string{"network namespace", "port in use"},
		},
		{
			Word: "icc-off", Also: []string{"icc", "enable_icc"}, Settings: []string{"bridge.icc"},
			Text: `Inter-container communication: with enable_icc=false, Docker drops packets between containers of
				one bridge. Names still resolve, ARP still works, and published ports stay open. It needs a kernel
				setting that passes bridged packets to the firewall.`,
			Example: "icc-off peer-by-address", Live: "netlab demo icc-off",
			Source: "docs.docker.com/engine/network/drivers/bridge/",
			See:    []string{"bridge-nf-call-iptables", "Linux bridge"},
		},
		{
			Word: "dual-stack", Also: []string{"IPv6"}, Settings: []string{"engine.ipv6"},
			Text: `A network with --ipv6 gives each container an IPv6 address in addition to its IPv4 address, a second default
				route, and a second DNS record (AAAA). Published ports, masquerading and isolation work for both since
				version 27. Without --ipv6 a container has no route to any IPv6 address.`,
			Example: "dual-stack address-ipv6", Live: "netlab demo dual-stack",
			Source: "RFC 8200; docs.docker.com/engine/daemon/ipv6/",
			See:    []string{"AAAA", "NDP"},
		},
		{
			Word: "ipvlan",
			Text: `Like macvlan, but all containers share the MAC address of the parent, and the kernel tells them
				apart by IP address. This works where a switch or a cloud allows only one MAC address per port. Not every
				kernel has it.`,
			Live:   "netlab demo ipvlan",
			Source: "docs.docker.com/engine/network/drivers/ipvlan/; Linux Documentation/networking/ipvlan.rst",
			See:    []string{"macvlan", "parent interface"},
		},
		{
			Word: "containers-and-vms", Also: []string{"virtual machine", "VM", "hypervisor"},
			Text: `A container is a group of processes on the host's kernel, which shows them less (namespaces) and
				lets them use less (cgroups). A virtual machine boots a kernel of its own, on a computer that a
				hypervisor imitates. That takes more time and memory, and separates more strictly.`,
			Example: "containers-and-vms kernel", Live: "netlab demo containers-and-vms",
			Source: "man 7 namespaces; man 7 cgroups",
			See:    []string{"container", "kernel", "cgroup"},
		},
		{
			Word: "image-and-container",
			Text: `An image is a stack of read-only layers. Each container adds a writable layer of its own, which
				is removed with it. What must stay belongs in a volume.`,
			Example: "image-and-container after-remove", Live: "netlab demo image-and-container",
			Source: "docs.docker.com/engine/storage/",
			See:    []string{"image", "layer", "volume"},
		},
		{
			Word: "layers",
			Text: `Each RUN and COPY of a Dockerfile adds a layer to the image. Docker takes a step from its cache
				if the step, its files and all layers below are unchanged. Put what changes often last.`,
			Example: "layers late", Live: "netlab demo layers",
			Source: "docs.docker.com/build/cache/",
			See:    []string{"layer", "build cache", "Dockerfile"},
		},
		{
			Word: "multi-stage",
			Text: `A Dockerfile with several FROM lines builds in stages. The last stage copies only what it needs
				from the others, so compiler and source stay out of the image that ships.`,
			Example: "multi-stage small", Live: "netlab demo multi-stage",
			Source: "docs.docker.com/build/building/multi-stage/",
			See:    []string{"stage", "HEALTHCHECK"},
		},
	}
}
