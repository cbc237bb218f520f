package glossary

// hostCauses are about the Docker host: its routes, its firewall and its settings. netlab scan and netlab doctor look
// for them.
func hostCauses() []Entry {
	return []Entry{
		{
			Word: "firewall-backend-mixed",
			Text: `The kernel has two sets of tables for iptables: legacy, and those of nftables, which iptables-nft writes. A
				packet passes both. If Docker's chains are in both, an engine or a host was switched from one to the other, and
				the old rules still decide about packets, although they are never updated.`,
			Cause: &Cause{
				Symptom: "Rules look right, yet their counters stay at zero, or ports of containers long gone still answer.",
				Hand:    []string{"iptables-legacy -S", "iptables-nft -S", "update-alternatives --display iptables"},
				Fixes: []string{
					"Choose one: update-alternatives --config iptables. Then restart the host.",
					"A leftover policy: iptables-legacy -P FORWARD ACCEPT, if nothing else needs it.",
				},
				Versions: "Since 29 the engine can write nftables rules itself (firewall-backend).",
			},
			Live:   "netlab doctor",
			Source: "docs.docker.com/engine/network/firewall-nftables/", See: []string{"firewall", "FORWARD"},
		},
		{
			Word: "firewall-does-not-cover",
			Text: `ufw, firewalld and rules in INPUT are about packets to the host itself. Docker translates the address of a
				packet to a published port as soon as it arrives, so the packet is forwarded to the container, and passes
				FORWARD and DOCKER-USER instead. The port is open, whatever INPUT says.`,
			Cause: &Cause{
				Symptom: "ufw status or iptables -L INPUT shows a port as closed, yet other computers can connect to it.",
				Hand: []string{
					"docker ps --format '{{.Names}} {{.Ports}}'", "iptables -vnL INPUT", "iptables -vnL DOCKER-USER",
				},
				Fixes: []string{
					"If only the host needs the port: -p 127.0.0.1:8080:80.",
					"iptables -I DOCKER-USER -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP",
					"The same with ip6tables for IPv6.",
				},
				Versions: "The engine's own nftables rules (since 29) have no DOCKER-USER. A table of your own takes its place.",
			},
			Live:   "netlab demo publish",
			Source: "docs.docker.com/engine/network/packet-filtering-firewalls/", See: []string{"firewall", "publish"},
		},
		{
			Word: "mtu-too-large",
			Text: `Docker's networks have an MTU of 1500 by default. Behind a VPN, a tunnel or a cloud network, the
				way out may carry less. The router that cannot forward a packet says so with an ICMP error, and TCP then sends
				smaller ones. Where that error gets lost, small packets work and large ones vanish. A bridge or a veth pair sends
				no such error. netlab why --size finds the largest size that passes.`,
			Cause: &Cause{
				Symptom: "Connections open, but large transfers or TLS handshakes hang.",
				Hand: []string{
					"netlab why web db:5432 --size 1500", "ip link", "docker exec web ping -M do -s 1472 198.51.100.1",
				},
				Fixes: []string{
					"docker network create -o com.docker.network.driver.mtu=1400",
					"Compose: driver_opts of the network. Default bridge: \"mtu\" in /etc/docker/daemon.json.",
				},
			},
			Live:   "netlab demo overlay --only mtu",
			Source: "docs.docker.com/engine/network/drivers/bridge/", See: []string{"MTU", "overlay"},
		},
	}
}
