package glossary

// routeCauses are about routes, gateways, LANs, and the state of the engine's rules.
func routeCauses() []Entry {
	return []Entry{
		{
			Word: "direct-routing-dropped",
			Text: `A computer on the LAN that has a route to the container's subnet sends straight to the container. From
				28 on, Docker drops that in the table raw, for published ports too. Only the host's address is open.`,
			Cause: &Cause{
				Symptom: "No answer at the container's own address from outside, while the host reaches it.",
				Hand:    []string{"iptables -t raw -vnL PREROUTING"},
				Fixes: []string{
					"docker run -p 8080:80, and use the host's address",
					"A network with gateway_mode_ipv4=nat-unprotected or routed",
				},
				Versions: "Before 28, published ports were open at the container's address too.",
			},
			Live:   "netlab demo publish --only direct",
			Source: "docs.docker.com/engine/network/packet-filtering-firewalls/",
			See:    []string{"direct routing", "published port"},
		},
		{
			Word: "no-route",
			Text: `The container is on a network, but it has no usable route to the address: there is no default route, or
				a route forbids it (blackhole, unreachable, prohibit). An IPv6 address has no route on a network that is
				for IPv4 only.`,
			Cause: &Cause{
				Symptom: "Network is unreachable, at once, though the container has an address.",
				Hand:    []string{"docker exec web ip route get 203.0.113.9", "docker exec web ip -6 route"},
				Fixes: []string{
					"docker restart web sets the routes of its networks again.",
					"For IPv6: a network with docker network create --ipv6.",
				},
				Versions: "Before 27, --ipv6 also needs --subnet.",
			},
			Live:   "netlab demo none --only outside",
			Source: "man 8 ip-route", See: []string{"no route", "default gateway"},
		},
		{
			Word: "macvlan-parent-down",
			Text: `macvlan and ipvlan send every frame through one interface of the host, the parent. If that is down, has
				no carrier or is gone, the containers keep their addresses, and nothing arrives.`,
			Cause: &Cause{
				Symptom: "No answer, host unreachable or network unreachable from all containers on the network.",
				Hand:    []string{"docker network inspect -f '{{.Options.parent}}' lan", "ip link show eth0"},
				Fixes:   []string{"ip link set eth0 up", "If it is gone: create it again, then the network."},
			},
			Live:   "netlab demo macvlan",
			Source: "docs.docker.com/engine/network/drivers/macvlan/", See: []string{"macvlan", "parent interface"},
		},
		{
			Word: "macvlan-host",
			Text: `The kernel gives frames of a macvlan link to the LAN and to other links on the same parent, never to the
				parent itself. So the host and its own macvlan containers cannot reach each other, while other computers on
				the LAN reach both. ipvlan is the same.`,
			Cause: &Cause{
				Symptom: "Host unreachable between the host and the container. From elsewhere it works.",
				Hand:    []string{"ip neigh show 192.168.1.50", "docker network inspect lan"},
				Fixes: []string{
					"ip link add shim-eth0 link eth0 type macvlan mode bridge, and a route to the container through it",
					"Or put the container on a bridge network as well.",
				},
			},
			Live:   "netlab demo macvlan --only host-to-peer",
			Source: "docs.docker.com/engine/network/drivers/macvlan/", See: []string{"macvlan", "parent interface"},
		},
		{
			Word: "subnet-overlap",
			Text: `Docker chose a subnet that the host also reaches another way: a VPN, a LAN, or a route that came later.
				The more specific route wins, so packets for the container go there, or the container takes a machine out
				there for a neighbor. A subnet that overlaps another Docker network's is refused by the engine itself.`,
			Cause: &Cause{
				Symptom: "No answer, or another machine answers, since a VPN came up. Or: Pool overlaps with other one on this " +
					"address space.",
				Hand: []string{"ip route get 172.18.0.2", "docker network inspect -f '{{json .IPAM.Config}}' app"},
				Fixes: []string{
					"docker network create --subnet with addresses that nothing else uses",
					"default-address-pools in daemon.json",
				},
			},
			Live:   "netlab doctor",
			Source: "docs.docker.com/reference/cli/docker/network/create/", See: []string{"IPAM", "route"},
		},
		{
			Word: "policy-route",
			Text: `Rules (ip rule) choose a routing table before the main one. VPN clients add such rules. One of them sends
				the container's packets, or the answers to them, another way than the host's own.`,
			Cause: &Cause{
				Symptom: "No answer from outside, while the host itself reaches it.",
				Hand:    []string{"ip rule", "ip route get 203.0.113.9 from 172.18.0.2 iif br-1234567890ab"},
				Fixes:   []string{"ip rule add priority 99 from 172.18.0.0/16 lookup main", "Or a setting of the VPN client."},
			},
			Live:   "netlab doctor",
			Source: "man 8 ip-rule", See: []string{"route", "router"},
		},
		{
			Word: "rp-filter",
			Text: `With a strict rp_filter the kernel drops a packet if it would answer its sender through an interface other
				than the one it came in on. Two uplinks or a VPN are enough. Nothing is logged, only a counter grows.`,
			Cause: &Cause{
				Symptom: "No answer. tcpdump on the host shows the packets arrive, and no rule drops them.",
				Hand:    []string{"nstat -az TcpExtIPReversePathFilter", "sysctl net.ipv4.conf.all.rp_filter"},
				Fixes:   []string{"sysctl -w net.ipv4.conf.eth1.rp_filter=2", "Or correct the host's route to the sender."},
			},
			Live:   "netlab doctor",
			Source: "Linux Documentation/networking/ip-sysctl.rst", See: []string{"router", "route"},
		},
		{
			Word: "gateway-elected",
			Text: `A container on several networks has one default route. Docker takes the network with the highest gateway
				priority, and among equals the one whose name sorts first. The other network would get there.`,
			Cause: &Cause{
				Symptom: "Outside has failed since the container joined a second network.",
				Hand:    []string{"docker exec web ip route"},
				Fixes: []string{
					"docker network connect --gw-priority 1 wide web", "Compose: gw_priority: 1 under networks of the service",
				},
				Versions: "The priority exists since 28. Before, only the names count.",
			},
			Live:   "netlab demo multi-homed --only gateway",
			Source: "docs.docker.com/engine/network/", See: []string{"default gateway", "multi-homed"},
		},
		{
			Word: "docker-rules-missing",
			Text: `Docker writes its firewall rules when it starts and when a container starts. A script or a firewall that
				loads its own rules with a flush removes them. Then nothing is masqueraded, published or forwarded any more.`,
			Cause: &Cause{
				Symptom: "All published ports or all ways outside are dead at once. docker run: iptables: No chain/target/match " +
					"by that name.",
				Hand:  []string{"iptables -nL FORWARD", "iptables -t nat -nL"},
				Fixes: []string{"systemctl restart docker", "Load firewall rules before Docker starts, or without a flush."},
			},
			Live:   "netlab doctor",
			Source: "docs.docker.com/engine/network/packet-filtering-firewalls/", See: []string{"firewall", "masquerade"},
		},
		{
			Word: "masquerade-missing",
			Text: `Addresses of containers are private. Packets to the outside must leave with the host's address, or no reply
				finds its way back. The network has masquerading switched off, or its rule in the table nat is gone.`,
			Cause: &Cause{
				Symptom: "No answer from outside, while the host itself gets one.",
				Hand:    []string{"iptables -t nat -vnL POSTROUTING", "tcpdump -ni eth0 host 203.0.113.9"},
				Fixes: []string{
					"Recreate the network without enable_ip_masquerade=false.",
					"systemctl restart docker writes its rules again.",
				},
			},
			Live:   "netlab demo bridge --only outside",
			Source: "docs.docker.com/engine/network/drivers/bridge/", See: []string{"masquerade", "router"},
		},
		{
			Word: "overlay-ports-blocked",
			Text: `The nodes of a swarm send each other the packets of overlay networks inside VXLAN, over 4789/udp, and tell
				each other on port 7946, TCP and UDP, which containers are where. Joining a swarm needs neither: port 2377 is
				enough. So a firewall may let a node join and keep its containers from reaching others.`,
			Cause: &Cause{
				Symptom: "A container on another node has a name, and no answer comes. Or its name is unknown, while " +
					"docker node ls shows the node as Ready.",
				Hand: []string{
					"docker network inspect -v NETWORK", "nc -z NODE 7946", "tcpdump -ni eth0 udp port 4789",
				},
				Fixes: []string{
					"On each node: iptables -I INPUT -p udp -m multiport --dports 4789,7946 -j ACCEPT",
					"On each node: iptables -I INPUT -p tcp --dport 7946 -j ACCEPT",
					"The same in the security group of a cloud.",
				},
			},
			Live:   "netlab demo overlay",
			Source: "docs.docker.com/engine/network/drivers/overlay/", See: []string{"VXLAN", "swarm", "firewall"},
		},
	}
}
