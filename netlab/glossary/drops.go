package glossary

// drops are the reasons for which the kernel drops packets, by its own names, as --kernel and netlab why show them.
func drops() []Entry {
	const reasons = "Linux include/net/dropreason-core.h"
	return []Entry{
		{
			Word: "drop reason", Also: []string{"kfree_skb"},
			Text: `Why the kernel dropped a packet, by the name that Linux has for it since 5.17. netlab demo --kernel
				and netlab why read it at the tracepoint skb:kfree_skb, with the interface and the network namespace. This kernel
				cannot say what happens to a packet that has left this computer.`,
			Live:   "netlab demo bridge --kernel",
			Source: reasons + "; docs/why.md of netlab",
			See:    []string{"NETFILTER_DROP", "NO_SOCKET", "no answer"},
		},
		{
			Word: "NETFILTER_DROP",
			Text: `A netfilter hook dropped the packet: nearly always a rule or a policy of a firewall, Docker's or
				yours. DROP is silent. REJECT drops too, after an error to the sender. "In from docker0" means that the
				packet came from a container on that bridge. Only the counters tell which rule it was.`,
			Live:   "netlab demo bridge --kernel --only other-network",
			Source: reasons + "; Linux net/netfilter/core.c",
			See:    []string{"firewall", "FORWARD", "no answer"},
		},
		{
			Word: "NO_SOCKET",
			Text: `The packet arrived, and no program has a socket for it in that network namespace: nothing listens
				on the port, or not on that address. The kernel answers with RST, for UDP with ICMP port unreachable, so
				the asker is refused. The network is fine, the server is not.`,
			Live:   "netlab demo bridge --kernel --only closed-port",
			Source: reasons + "; Linux net/ipv4/tcp_ipv4.c",
			See:    []string{"refused", "listen", "nothing-listens"},
		},
		{
			Word: "NEIGH_FAILED", Also: []string{"NEIGH_CREATEFAIL", "NEIGH_DEAD"},
			Text: `The next hop did not answer ARP, or NDP for IPv6: no computer on this network has that address,
				or it cannot be reached there. Packets wait for the answer for about 3 s and are then dropped, and the
				asker gets host unreachable.`,
			Live:   "netlab demo macvlan --kernel --only host-service",
			Source: reasons + "; Linux net/ipv4/arp.c",
			See:    []string{"host unreachable", "ARP", "NDP"},
		},
		{
			Word: "NEIGH_QUEUEFULL",
			Text: `While ARP is asked for the next hop, packets wait in a short queue. This one was the oldest when
				the queue was full, and made room. ARP has no answer yet, and NEIGH_FAILED usually follows.`,
			Source: reasons + "; man 7 arp",
			See:    []string{"NEIGH_FAILED", "ARP"},
		},
		{
			Word: "IP_RPFILTER",
			Text: `The kernel would answer this sender through an interface other than the one it came in on, so it takes the
				address for a forged one (sysctl rp_filter). A second network card, a VPN or a container with two networks is
				enough.`,
			Source: reasons + "; Linux Documentation/networking/ip-sysctl.rst",
			See:    []string{"rp-filter", "route"},
		},
		{
			Word: "IP_INNOROUTES",
			Text: `The packet came in, and this network namespace has no route to its destination. A router answers
				with ICMP net unreachable, and the asker gets no route from its address.`,
			Live:   "netlab demo bridge --kernel --only outside-nowhere",
			Source: reasons + "; Linux net/ipv4/route.c",
			See:    []string{"no route", "router", "route"},
		},
		{
			Word: "IP_OUTNOROUTES",
			Text: `The packet was made in this network namespace, and its route was gone when it had to leave: a network
				was disconnected under an open connection, for example. If there is no route from the start, the program
				gets the error at once and no packet is made.`,
			Source: reasons + "; Linux net/ipv4/ip_output.c",
			See:    []string{"no route", "route"},
		},
		{
			Word: "IP_INADDRERRORS",
			Text: `The packet came in for another computer, and this network namespace does not forward, so it is
				dropped without an error. On the host of containers it means that net.ipv4.ip_forward is 0.`,
			Source: reasons + "; Linux net/ipv4/route.c",
			See:    []string{"forwarding-off", "router"},
		},
		{
			Word: "IP_LOCALNET", Also: []string{"IP_LOCAL_SOURCE", "IP_INVALID_SOURCE", "IP_INVALID_DEST"},
			Text: `An address that cannot be there (the log calls it martian): 127.0.0.0/8 from or to another computer,
				which only the sysctl route_localnet permits, a sender that is this computer itself, or one that is
				multicast or 0.0.0.0. Names of Linux 6.13 and later.`,
			Source: reasons + "; Linux net/ipv4/route.c",
			See:    []string{"loopback", "published-on-loopback-only"},
		},
		{
			Word: "PKT_TOO_BIG",
			Text: `The packet is larger than the MTU of the way on, and must not be fragmented. The sender gets ICMP
				fragmentation needed with the right size. If a firewall drops that, small packets pass and large ones
				vanish.`,
			Source: reasons + "; Linux net/ipv4/ip_forward.c",
			See:    []string{"MTU", "too big", "mtu-too-large"},
		},
		{
			Word: "TCP_CSUM", Also: []string{"UDP_CSUM", "IP_CSUM", "ICMP_CSUM"},
			Text: `A wrong checksum, so the packet changed on its way. Real damage is rare. Usually a network card or its driver
				should have computed the checksum and did not, often below VXLAN on a virtual machine: ethtool -K INTERFACE tx off
				shows whether it is that.`,
			Source: reasons + "; Linux net/ipv4/tcp_ipv4.c",
			See:    []string{"VXLAN", "TCP"},
		},
		{
			Word: "TCP_LISTEN_OVERFLOW",
			Text: `The handshake was complete, but the queue of connections that the program has not accepted yet is
				full. The client believes it is connected, and then nothing happens. A SYN that comes now is dropped too, and Linux
				gives no drop reason for it. A name of Linux 6.15 and later.`,
			Source: reasons + "; Linux net/ipv4/tcp_minisocks.c",
			See:    []string{"listen-backlog-full", "accepted, then silent"},
		},
		{
			Word: "SOCKET_RCVBUFF", Also: []string{"SOCKET_BACKLOG", "PROTO_MEM"},
			Text: `The packet reached a socket whose buffer is full: its program reads too slowly, or not at all
				because it is paused. With UDP the packet is lost. TCP sends it again.`,
			Source: reasons + "; man 7 udp",
			See:    []string{"UDP", "TCP"},
		},
		{
			Word: "SOCKET_FILTER", Also: []string{"PACKET_SOCK_ERROR"},
			Text: `A program with a filter on its socket, such as tcpdump, did not want its copy of the packet. The
				packet itself goes on. netlab leaves these out, but other tools that watch kfree_skb show them.`,
			Source: reasons + "; man 7 packet",
			See:    []string{"capture point"},
		},
		{
			Word: "UNHANDLED_PROTO", Also: []string{"IP_NOPROTO", "IPV6DISABLED"},
			Text: `Nothing in this network namespace handles the packet's protocol. The usual one is IPv6 where it is
				disabled (IPV6DISABLED), as in a container on a network without --ipv6.`,
			Source: reasons + "; Linux net/core/dev.c",
			See:    []string{"dual-stack"},
		},
		{
			Word: "OTHERHOST",
			Text: `The frame is addressed to a different MAC address. A promiscuous interface gets copies of what is
				for others, which netlab leaves out. Where the packet should have arrived, it means that the sender has an
				outdated MAC address, or that two computers have the same IP address.`,
			Source: reasons + "; Linux net/ipv4/ip_input.c",
			See:    []string{"MAC address", "ARP"},
		},
		{
			Word: "TC_INGRESS", Also: []string{"TC_EGRESS", "XDP", "BPF_CGROUP_EGRESS"},
			Text: `An eBPF program or a tc filter dropped the packet. No firewall rule counts it. Security agents and
				Cilium work that way: tc filter show dev INTERFACE ingress and bpftool net list them.`,
			Source: reasons + "; man 8 tc-bpf",
			See:    []string{"firewall"},
		},
		{
			Word: "QDISC_DROP", Also: []string{"QDISC_OVERLIMIT", "CPU_BACKLOG", "FULL_RING"},
			Text: `A queue was full: that of an interface, or that of a processor for packets that come in. More
				comes in than goes out, or tc limits the rate. Now and then it is normal, and TCP slows down.`,
			Source: reasons + "; man 8 tc",
			See:    []string{"throughput"},
		},
		{
			Word: "XFRM_POLICY",
			Text: `A policy of IPsec does not permit the packet as it is, for example unencrypted. VPN software sets
				such policies, and so does Docker for an overlay network with --opt encrypted. ip xfrm policy lists them.`,
			Source: reasons + "; man 8 ip-xfrm",
			See:    []string{"overlay"},
		},
		{
			Word: "DEV_READY", Also: []string{"DEV_HDR"},
			Text: `The interface is not up or not ready: see ip link. With containers, the other end of a veth pair or
				the parent interface of a macvlan network may be down.`,
			Source: reasons + "; Linux drivers/net/veth.c",
			See:    []string{"veth pair", "parent interface"},
		},
		{
			Word: "NOT_SPECIFIED",
			Text: `The kernel dropped the packet at a place in its code that gives no reason. A blackhole route is one,
				and newer kernels have fewer such places. The interface and the network namespace still say where.`,
			Live:   "netlab demo bridge --kernel --only outside-silent",
			Source: reasons,
			See:    []string{"no answer", "route"},
		},
	}
}
