//go:build linux

package why_test

import "netlab/netlab/enginetest"

// outsideLabs are asked about from a computer beyond the host.
func outsideLabs(version string) []lab {
	ask := func(name, to, cause string) wall { return wall{name: name, from: "outside", to: to, cause: cause} }
	filtered := ask("a rule in DOCKER-USER", "%db:47816", "firewall")
	filtered.up, filtered.repairs = "iptables -I DOCKER-USER -p tcp --dport 80 -j DROP", printed
	l := lab{
		name: "from outside", networks: front(),
		peers: []peer{
			on("db", "front").listens("tcp 0.0.0.0:80", "tcp 0.0.0.0:81", "tcp 0.0.0.0:82").
				publishes("", 47816, "80/tcp").publishes("127.0.0.1", 47817, "81/tcp"),
		},
		walls: []wall{
			ask("a published port", "%db:47816", itWorks),
			{
				name: "everything is masqueraded", from: "outside", to: "%db:47816", cause: "client-address-hidden", note: true,
				up: "iptables -t nat -A POSTROUTING -o {bridge front} -j MASQUERADE",
			},
			filtered,
			ask("published for the host only", "host:47817", "published-on-loopback-only"),
			ask("the container's port", "%db:80", "container-port-used-outside"),
			ask("not published", "%db:82", "port-not-published"),
		},
	}
	if version == enginetest.V28 { // before, a published port was open there
		l.walls = append(l.walls,
			ask("the container's address", "@db:80", "direct-routing-dropped"),
			ask("the container's address, without a published port", "@db:82", "direct-routing-dropped"))
	}
	return []lab{l}
}
