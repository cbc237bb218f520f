package glossary

// packets are the terms of ports, protocols and address translation.
func packets() []Entry {
	return []Entry{
		{
			Word: "TCP", Also: []string{"SYN", "SYN-ACK", "ACK", "FIN"},
			Text: `The protocol of most services. A client opens a connection to a port with a SYN packet, the
				server answers with SYN-ACK, and both acknowledge what they receive (ACK). FIN ends the connection. A
				port where nothing listens answers with RST.`,
			Example: "bridge peer-sees",
			Source:  "RFC 9293",
			See:     []string{"refused", "port", "UDP"},
		},
		{
			Word: "UDP",
			Text: `Packets without a connection. Nothing acknowledges them, so only the service's own reply proves
				that one arrived. -p publishes TCP unless you add /udp.`,
			Example: "publish published-udp",
			Source:  "RFC 768",
			See:     []string{"TCP", "published port"},
		},
		{
			Word: "ICMP", Also: []string{"ping"},
			Text: `The messages by which computers and routers report trouble, such as "no route", and answer a
				ping. A ping needs no port: it asks the other computer's kernel for an echo.`,
			Example: "bridge outside-nowhere",
			Source:  "RFC 792",
			See:     []string{"no route", "router"},
		},
		{
			Word: "port", Also: []string{"closed port"},
			Text: `A number from 1 to 65535 by which one address serves many programs. Each network stack has its
				own ports. A closed port is one where nothing listens.`,
			Example: "bridge closed-port",
			Source:  "RFC 9293; RFC 6335",
			See:     []string{"listen", "published port", "bridge port"},
		},
		{
			Word: "listen", Also: []string{"listener"},
			Text: `A server listens on an address and a port. On 0.0.0.0 it serves all IPv4 addresses of its
				network namespace, on :: all IPv6 ones and usually IPv4 too. On 127.0.0.1 it serves only the container itself, and
				publishing its port does not help.`,
			Example: "publish on-localhost",
			Source:  "man 2 listen; man 7 ip",
			See:     []string{"loopback", "refused"},
		},
		{
			Word: "published port", Also: []string{"-p", "published", "publishing"}, Settings: []string{"bridge.host-binding"},
			Text: `A port of the host that Docker forwards to a container: -p 8080:80 forwards the host's 8080 to
				the container's 80, on all host addresses unless you name one. On one network, containers need no
				published ports. Internal, macvlan and ipvlan networks, and the modes host and none, ignore -p.`,
			Example: "bridge published",
			Source:  "docs.docker.com/engine/network/port-publishing/",
			See:     []string{"publish", "DNAT", "userland proxy", "EXPOSE"},
		},
		{
			Word: "unpublished port", Also: []string{"unpublished"},
			Text: `A port that a container listens on and that no -p names. Other containers on its network can use
				it, and so can the host. From outside it is closed at the host's address, and dropped at the
				container's own (before version 28 only if the policy of the chain FORWARD says so).`,
			Example: "bridge unpublished",
			Source:  "docs.docker.com/engine/network/port-publishing/; docs.docker.com/engine/release-notes/28/",
			See:     []string{"published port", "FORWARD"},
		},
		{
			Word: "direct routing", Also: []string{"direct"}, Settings: []string{"engine.direct-routing"},
			Text: `A computer on the LAN that has a route to a container network through the host sends packets
				straight to a container's address. From version 28 on, Docker drops them, unless the engine was started
				with --allow-direct-routing. Before, they reached published ports, even those published on 127.0.0.1
				only.`,
			Example: "publish direct",
			Source:  "docs.docker.com/engine/network/port-publishing/; docs.docker.com/engine/release-notes/28/",
			See:     []string{"published port", "unpublished port", "route"},
		},
		{
			Word: "EXPOSE", Also: []string{"exposed port"},
			Text: `An instruction of a Dockerfile that documents which ports a program uses. It opens nothing. Only -p publishes
				a port, or -P, which publishes all exposed ones.`,
			Example: "bridge expose",
			Source:  "docs.docker.com/reference/dockerfile/",
			See:     []string{"published port"},
		},
		{
			Word: "masquerade", Also: []string{"masquerading", "masqueraded", "SNAT"},
			Settings: []string{"bridge.masquerade"},
			Text: `The host replaces the source address of packets that leave a bridge network with its own, and
				undoes that for the replies. So an outside computer sees the host, never the container.`,
			Example: "bridge outside",
			Source:  "RFC 3022; docs.docker.com/engine/network/drivers/bridge/",
			See:     []string{"DNAT", "default gateway"},
		},
		{
			Word: "DNAT", Also: []string{"translation", "translated"},
			Text: `Destination NAT: the kernel replaces the destination address of a packet. For a published port,
				Docker adds a rule that puts the container's address and port there. The source stays, so the server
				sees the real client.`,
			Example: "publish published",
			Source:  "docs.docker.com/engine/network/port-publishing/; man 8 iptables-extensions",
			See:     []string{"masquerade", "userland proxy"},
		},
		{
			Word: "userland proxy", Also: []string{"proxy", "docker-proxy"}, Settings: []string{"engine.userland-proxy"},
			Text: `A small program, docker-proxy, that Docker starts on the host for each published port. It serves
				what the rule in the kernel does not: the host's 127.0.0.1, other containers, and IPv6 for containers
				without it. The server then sees the bridge's address instead of the client's.`,
			Example: "publish loopback",
			Source:  "moby cmd/docker-proxy; docs.docker.com/engine/network/port-publishing/",
			See:     []string{"DNAT", "accepted, then closed"},
		},
		{
			Word: "hairpin",
			Text: `A packet turns back to where it came from: a container uses its own published port, at the
				host's address. With the userland proxy this always works. Without it, the bridge must send frames back
				through the port they came from (hairpin mode).`,
			Example: "publish itself",
			Source:  "RFC 4787, section 6; man 8 bridge",
			See:     []string{"published port", "userland proxy"},
		},
		{
			Word: "gateway mode", Settings: []string{"bridge.gateway-mode"},
			Text: `An option of bridge networks since version 27. nat is the default. routed does not translate,
				and opens published ports at the container's own address. nat-unprotected opens unpublished ports too,
				to anyone with a route, and isolated gives the host no address on the bridge (both since version 28).`,
			Live:   "netlab doctor",
			Source: "docs.docker.com/engine/network/port-publishing/",
			See:    []string{"masquerade", "published port"},
		},
		{
			Word: "IP forwarding", Also: []string{"forwards"},
			Settings: []string{
				"engine.ip-forward", "engine.forwarding", "engine.forward-policy", "engine.ipv6-forwarding",
				"engine.ipv6-forward-policy",
			},
			Text: `Whether a computer passes on packets that are for others (net.ipv4.ip_forward). With iptables,
				Docker turns it on, because the host is the router of its containers. What the policy of the chain
				FORWARD then does with packets that no rule names depends on who turned it on, and when.`,
			Example: "bridge direct",
			Source:  "Linux Documentation/networking/ip-sysctl.rst; docs.docker.com/engine/network/packet-filtering-firewalls/",
			See:     []string{"router", "FORWARD", "policy"},
		},
	}
}

// firewall are the terms of the host's firewall. The word itself is one of the causes.
func firewall() []Entry {
	return []Entry{
		{
			Word: "chain", Also: []string{"rule", "table raw", "raw", "nat", "filter"},
			Text: `A list of firewall rules that a packet passes in order, until one decides. Chains belong to
				tables: raw comes first, nat changes addresses, filter accepts or drops. filter/FORWARD is the chain
				FORWARD of the table filter.`,
			Example: "publish input-rules",
			Source:  "man 8 iptables",
			See:     []string{"PREROUTING", "FORWARD", "INPUT", "policy"},
		},
		{
			Word: "counter", Also: []string{"counters", "counted"},
			Text: `The kernel counts the packets that each firewall rule matched. If the counter of a rule that
				drops packets grows while a question gets no answer, netlab names that rule.`,
			Example: "bridge other-network",
			Source:  "man 8 iptables",
			See:     []string{"chain", "no answer"},
		},
		{
			Word: "policy", Also: []string{"ACCEPT", "DROP"},
			Settings: []string{"engine.input-policy", "engine.ipv6-input-policy"},
			Text: `What a chain does with packets that no rule decides: ACCEPT or DROP. It is ACCEPT unless
				something, such as ufw, firewalld or Docker, sets it to DROP.`,
			Live:   "netlab doctor",
			Source: "man 8 iptables",
			See:    []string{"chain", "INPUT", "FORWARD"},
		},
		{
			Word: "PREROUTING", Also: []string{"POSTROUTING"},
			Text: `The chains at a packet's arrival, before the kernel decides where it goes, and at its departure.
				In nat/PREROUTING, packets to published ports get the container's address. In nat/POSTROUTING, outgoing packets
				are masqueraded. From version 28, rules in raw/PREROUTING keep outsiders from container addresses.`,
			Example: "publish input-rules",
			Source:  "man 8 iptables; docs.docker.com/engine/network/packet-filtering-firewalls/",
			See:     []string{"DNAT", "masquerade", "isolation"},
		},
		{
			Word: "FORWARD", Also: []string{"DOCKER-FORWARD", "DOCKER-CT", "DOCKER-BRIDGE"},
			Text: `The chain for packets that the host passes on, such as those between a container and outside.
				Docker puts its own chains into it: DOCKER-USER first, then DOCKER-FORWARD, which leads to DOCKER-CT
				(packets of open connections), DOCKER-BRIDGE and DOCKER (published ports).`,
			Example: "publish user-rules",
			Source:  "docs.docker.com/engine/network/firewall-iptables/",
			See:     []string{"IP forwarding", "DOCKER-USER", "INPUT"},
		},
		{
			Word: "INPUT",
			Text: `The chain for packets to the host itself. Packets to a published port are forwarded to a
				container, so they do not pass it. That is why a rule of ufw, which works in INPUT, does not protect a
				published port.`,
			Example: "publish input-rules",
			Source:  "docs.docker.com/engine/network/packet-filtering-firewalls/",
			See:     []string{"FORWARD", "DOCKER-USER", "publish"},
		},
		{
			Word: "DOCKER-USER",
			Text: `With iptables, the chain for your own rules about containers. Docker passes every forwarded packet through it
				first, and never changes it. The destination is already translated there: match the published port with
				conntrack (--ctorigdstport).`,
			Example: "publish user-rules",
			Source:  "docs.docker.com/engine/network/packet-filtering-firewalls/",
			See:     []string{"FORWARD", "published port"},
		},
		{
			Word: "isolation", Also: []string{"DOCKER-ISOLATION-STAGE", "DOCKER-ISOLATION"},
			Text: `Docker drops packets between its bridge networks, so a container on another one gets no answer.
				Up to version 27, rules in the chains DOCKER-ISOLATION-STAGE do that, from 28 on rules in
				raw/PREROUTING. The host, and so every gateway and published port, stays reachable.`,
			Example: "bridge other-network",
			Source:  "docs.docker.com/engine/network/packet-filtering-firewalls/",
			See:     []string{"PREROUTING", "no answer"},
		},
		{
			Word: "bridge-nf-call-iptables", Also: []string{"bridge filter", "br_netfilter"},
			Settings: []string{"engine.bridge-filter"},
			Text: `A kernel setting: whether packets between two ports of one Linux bridge pass iptables. Docker
				needs it to block traffic between containers of one network. Without it, icc=false has no effect.`,
			Example: "icc-off peer-by-address",
			Source:  "Linux net/bridge/br_netfilter_hooks.c; Linux Documentation/networking/bridge.rst",
			See:     []string{"icc-off", "Linux bridge"},
		},
	}
}
