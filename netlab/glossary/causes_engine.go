package glossary

// engineCauses are about what the engine itself refuses to do.
func engineCauses() []Entry {
	return []Entry{
		{
			Word: "port-taken",
			Text: `A port of the host, at one address and for one protocol, belongs to one socket. If another container
				publishes it already, or a program on the host listens there, Docker cannot publish it again, and the
				container does not start.`,
			Cause: &Cause{
				Symptom: "docker run: port is already allocated, or: address already in use.",
				Hand:    []string{"docker ps --filter publish=8080", "ss -ltnp 'sport = :8080'"},
				Fixes: []string{
					"Publish another port: -p 8081:80. The second number stays.", "Stop the container or the program that has it.",
					"-p 127.0.0.2:8080:80 shares the number, if the other one is not on all addresses.",
				},
				Versions: "Before 28 a program on the host is reported by the userland proxy, from 28 on by the engine.",
			},
			Live:   "netlab demo publish --only one-port",
			Source: "docs.docker.com/engine/network/port-publishing/", See: []string{"published port", "userland proxy"},
		},
		{
			Word: "pool-exhausted",
			Text: `A network that is created without a subnet gets one from the engine's address pools. Without
				default-address-pools these are 15 /16 subnets in 172.16.0.0/12 and 16 /20 subnets in 192.168.0.0/16, so 31
				networks. Every Compose project takes at least one. Subnets that overlap a route of the host, such as a VPN's, are
				skipped.`,
			Cause: &Cause{
				Symptom: "docker network create, or docker compose up: all predefined address pools have been fully subnetted.",
				Hand: []string{
					"docker network inspect -f '{{.Name}} {{range .IPAM.Config}}{{.Subnet}}{{end}}' $(docker network ls -q)",
					"docker info -f '{{json .DefaultAddressPools}}'", "ip route",
				},
				Fixes: []string{
					"docker network rm NETWORK, for those that no container uses, running or not",
					"docker network create --subnet 10.64.0.0/24 app", "/etc/docker/daemon.json: default-address-pools",
				},
				Versions: "Up to 22, routes through a gateway count too. From 23 on only those of the host's own links.",
			},
			Live:   "netlab doctor",
			Source: "docs.docker.com/engine/network/", See: []string{"IPAM", "bridge"},
		},
		{
			Word: "raw-table-missing",
			Text: `Docker 28 drops packets that other computers send straight to the address of a container, before the
				host translates any address. The rules for that are in iptables' table raw. Small kernels, such as those of
				some NAS and boards, do not have it.`,
			Cause: &Cause{
				Symptom: "After an update to 28: Unable to enable DIRECT ACCESS FILTERING, can't initialize iptables table raw.",
				Hand:    []string{"iptables -t raw -L", "lsmod | grep iptable_raw"},
				Fixes: []string{
					"modprobe iptable_raw, and a file in /etc/modules-load.d",
					"Without the module: DOCKER_INSECURE_NO_IPTABLES_RAW=1 for dockerd. The LAN can then reach containers.",
				},
				Versions: "28 and later. The variable exists since 28.0.2.",
				Untried:  "a kernel without that table",
			},
			Live:   "netlab demo publish --only direct",
			Source: "docs.docker.com/engine/network/packet-filtering-firewalls/", See: []string{"firewall", "chain"},
		},
	}
}
