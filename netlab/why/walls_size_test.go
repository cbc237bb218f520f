//go:build linux

package why_test

// sizeLabs have a link on the way that carries less than the containers' interfaces.
func sizeLabs() []lab {
	const inDB = "nsenter -t {pid db} -n "
	small := func(name, from, to, up, repairs, down string) wall {
		return wall{
			name: name, from: from, to: to, size: 1400, cause: "mtu-too-large", up: up, repairs: repairs, down: down,
		}
	}
	const outer = "ip link set wire0 mtu 1300"
	const dbPort = "$(ip -o link | sed -n \"s/^$(" + inDB + "ip -o link show eth0 | " +
		"sed 's/.*@if\\([0-9]*\\):.*/\\1/'): \\([^@]*\\)@.*/\\1/p\")"
	return []lab{
		{
			name: "sizes between neighbors", networks: front(),
			peers: []peer{on("web", "front"), on("db", "front").listens("tcp 0.0.0.0:80").publishes("", 47818, "80/tcp")},
			walls: []wall{
				small("the server's interface", "web", "%db:80", inDB+"ip link set eth0 mtu 1300", inDB+"ip link set eth0 mtu 1500",
					""),
				small("a port of the bridge", "web", "%db:80", "ip link set dev "+dbPort+" mtu 1300", printed, ""),
				{name: "as large as its interface", from: "web", to: "%db:80", size: 1500, cause: itWorks},
				small("behind a published port", "outside", "%db:47818", "ip link set dev "+dbPort+" mtu 1300", printed, ""),
			},
		},
		{
			name: "sizes outside", networks: front(), up: beyond, down: noFar, peers: []peer{far(), on("web", "front")},
			walls: []wall{
				{
					name: "not asked", from: "web", to: "203.0.113.9:80", cause: "mtu-too-large", note: true, up: outer,
					down: "ip link set wire0 mtu 1500",
				},
				small("the error comes back", "web", "203.0.113.9:80", outer, "ip link set wire0 mtu 1500", ""),
				small("the error gets lost", "web", "203.0.113.9:80",
					outer+" && iptables -I OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP", printed,
					"docker network disconnect -f app {name web}; docker network rm app"),
			},
		},
	}
}
