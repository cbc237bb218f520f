package glossary

// interfaces are the terms of links, addresses and routes.
func interfaces() []Entry {
	return []Entry{
		{
			Word: "network namespace", Also: []string{"netns"},
			Text: `A separate copy of the kernel's network: interfaces, addresses, routes, ports, firewall rules.
				Docker creates one for each container. In host mode a container uses the host's. The kernel numbers
				them, so two processes with the same number share one: net:[4026531840].`,
			Example: "shared same-stack",
			Source:  "man 7 network_namespaces",
			See:     []string{"network stack", "shared"},
		},
		{
			Word: "network stack", Also: []string{"own stack"},
			Text: `What a network namespace holds: the interfaces, addresses, routes and ports that its programs
				use. Two containers with separate stacks can listen on the same port and each has its own localhost.`,
			Example: "bridge two-servers",
			Source:  "man 7 network_namespaces",
			See:     []string{"network namespace"},
		},
		{
			Word: "interface", Also: []string{"link", "eth0"},
			Text: `What a computer or a container sends packets through: a network card, one end of a veth pair, a
				bridge. In most modes a container has lo and eth0. Docker may number further ones differently after a
				restart, so recognize them by address.`,
			Example: "bridge links",
			Source:  "man 8 ip-link",
			See:     []string{"veth pair", "loopback"},
		},
		{
			Word: "loopback", Also: []string{"lo", "localhost", "127.0.0.1", "::1"},
			Text: `The interface through which a network namespace talks to itself. Its address is 127.0.0.1 (::1
				for IPv6), its name localhost. Each container has its own, so localhost in a container is that
				container: neither the host nor another container.`,
			Example: "bridge localhost",
			Source:  "RFC 1122, section 3.2.1.3",
			See:     []string{"network namespace", "refused", "host-service"},
		},
		{
			Word: "veth pair", Also: []string{"veth"},
			Text: `Two interfaces that are connected inside the kernel: what goes in at one end comes out at the
				other. Docker puts one end into the container, as eth0, and attaches the other to a bridge on the host.`,
			Example: "bridge attached-to",
			Source:  "man 4 veth; Linux drivers/net/veth.c",
			See:     []string{"bridge port", "simulated link"},
		},
		{
			Word: "Linux bridge", Also: []string{"br-"},
			Text: `A switch inside the kernel. It forwards Ethernet frames between its ports, and learns which MAC
				address is behind which. Each Docker bridge network is one: docker0, or br- and the start of the
				network's ID. The host has an address on it, which is the containers' gateway.`,
			Example: "bridge peer-by-address",
			Source:  "Linux Documentation/networking/bridge.rst",
			See:     []string{"bridge port", "bridge", "default gateway"},
		},
		{
			Word: "bridge port", Also: []string{"attached"},
			Text: `An interface that is attached to a Linux bridge, as a cable is plugged into a switch. It needs
				no address of its own. The host's end of each container's veth pair is one.`,
			Example: "custom-bridge attached-to",
			Source:  "man 8 bridge",
			See:     []string{"Linux bridge", "veth pair"},
		},
		{
			Word: "parent interface", Also: []string{"parent"},
			Text: `The host's interface that macvlan and ipvlan containers send through. It passes frames between
				them and the LAN, and among them, but none between them and the host itself.`,
			Example: "macvlan host-service",
			Source:  "docs.docker.com/engine/network/drivers/macvlan/",
			See:     []string{"macvlan", "ipvlan"},
		},
		{
			Word: "MAC address", Also: []string{"MAC"},
			Text: `The address of an interface on Ethernet, six bytes long. It is used only as far as the next
				router. Docker picks a random one each time a container starts (since version 28, except on overlay
				networks).`,
			Example: "shared mac",
			Source:  "docs.docker.com/engine/release-notes/28/",
			See:     []string{"ARP", "macvlan"},
		},
		{
			Word: "ARP",
			Text: `The question "who has this IPv4 address?", sent to the whole LAN. The owner replies with its MAC
				address. An answer proves that the neighbor is there, even if a firewall drops everything else.`,
			Example: "macvlan arp",
			Source:  "RFC 826",
			See:     []string{"MAC address", "host unreachable", "NDP"},
		},
		{
			Word: "NDP", Also: []string{"neighbor"},
			Text: `What ARP is for IPv4, NDP is for IPv6: neighbors ask for each other's MAC addresses, and check
				that a new address is not taken. During that check, for two or three seconds, the gateway address of a new IPv6
				bridge does not work yet.`,
			Example: "dual-stack peer-ipv6",
			Source:  "RFC 4861",
			See:     []string{"ARP", "dual-stack"},
		},
		{
			Word: "MTU", Also: []string{"DF"}, Settings: []string{"bridge.mtu"},
			Text: `The largest packet that an interface sends, in bytes. Docker's default is 1500, whatever the
				host's network card has. If a link on the way takes less, such as a VPN, small packets pass and large
				ones may vanish. A packet with the flag DF (don't fragment) may not be cut into smaller ones, and TCP sets it.`,
			Example: "bridge mtu",
			Source:  "docs.docker.com/engine/network/drivers/bridge/; RFC 1191",
			See:     []string{"too big", "VXLAN"},
		},
		{
			Word: "IPAM", Also: []string{"subnet", "address range"}, Settings: []string{"bridge.range"},
			Text: `IP address management: Docker gives each network a subnet, and each container the lowest free
				address in it, or in the part that --ip-range names. A container that stops gives its address back, so
				use names instead of addresses.`,
			Example: "bridge address",
			Source:  "docs.docker.com/engine/network/",
			See:     []string{"DHCP", "default gateway"},
		},
		{
			Word: "DHCP",
			Text: `How computers get an address from a server on their LAN. Docker does not use it. It picks
				addresses itself, even on a macvlan network, so keep its --ip-range apart from the LAN's DHCP range.`,
			Example: "macvlan address",
			Source:  "RFC 2131; docs.docker.com/engine/network/drivers/macvlan/",
			See:     []string{"IPAM", "macvlan"},
		},
		{
			Word: "LAN",
			Text: `The network that the host itself is on: at home, at work, at school. In a lab, a simulated link
				plays it, so nothing reaches your real one. With --parent, macvlan and ipvlan use the real one.`,
			Example: "macvlan direct",
			Source:  "docs/scenario.md of netlab",
			See:     []string{"simulated link", "outside computer"},
		},
		{
			Word: "route", Also: []string{"routing table", "routes"},
			Text: `An entry of the routing table: which interface, and which router, packets to some addresses go
				through. If no entry matches, the kernel reports "no route" at once. ip route shows them.`,
			Example: "none routes",
			Source:  "man 8 ip-route",
			See:     []string{"default gateway", "no route"},
		},
		{
			Word: "default gateway", Also: []string{"gateway", "default route", "gateway priority"},
			Settings: []string{"bridge.default-gateway"},
			Text: `The router for all addresses without a route of their own. On a bridge network it is the
				bridge's own address, which belongs to the host. On macvlan it is the LAN's router.`,
			Example: "bridge gateway",
			Source:  "docs.docker.com/engine/network/",
			See:     []string{"route", "router", "multi-homed"},
		},
		{
			Word: "router", Also: []string{"hop"},
			Text: `A computer that forwards packets between networks. The host is the router of its containers. A
				hop is one router on a packet's way, or its destination. Each router lowers a counter in the packet
				(TTL), and reports when it reaches zero. That is how traceroute finds them.`,
			Example: "bridge hops",
			Source:  "RFC 1812; RFC 792",
			See:     []string{"IP forwarding", "ICMP"},
		},
	}
}
