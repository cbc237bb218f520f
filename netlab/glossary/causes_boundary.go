package glossary

// boundaryCauses are about what stands between a client and a server that reach each other: both are right, and yet the
// answer is not what one expects.
func boundaryCauses() []Entry {
	return []Entry{
		{
			Word: "client-address-hidden",
			Text: `A server sees who opened the connection to it. Behind a published port that may be the host: Docker's
				userland proxy accepts and opens a second connection, or a rule masquerades. The usual cases are a container that
				asks its own host, a client that uses IPv6 for a container with IPv4 only, a rootless engine, Docker Desktop and a
				swarm's ingress network.`,
			Cause: &Cause{
				Symptom: "The log of the server shows 172.17.0.1 or another gateway for every client.",
				Hand:    []string{"docker exec db ss -tn", "iptables -t nat -vnL POSTROUTING", "pgrep -a docker-proxy"},
				Fixes: []string{
					"From a container: its name and port on a common network, and not the host's port",
					"A reverse proxy on the host that passes the address on (X-Forwarded-For, PROXY protocol)",
					"Masquerade only what leaves the host.", "Swarm: publish with mode=host",
				},
			},
			Live:   "netlab demo publish",
			Source: "docs.docker.com/engine/network/packet-filtering-firewalls/",
			See:    []string{"userland proxy", "masquerade", "published port"},
		},
		{
			Word: "desktop-vm",
			Text: `Docker Desktop runs the engine in a virtual machine. What netlab calls the host is that machine, with its
				addresses, its firewall and its ports. Your own computer reaches published ports at localhost, and has no
				route to the addresses of containers. Servers see a gateway instead of the client's address.`,
			Cause: &Cause{
				Symptom: "netlab says yes from the host, and a program on your computer fails; or the other way around.",
				Hand:    []string{"docker info -f '{{.OperatingSystem}}'", "docker run --rm --network host alpine ip address"},
				Fixes: []string{
					"Publish the port, and use localhost on your computer.",
					"From a container, your computer is host.docker.internal.",
				},
				Untried: "Docker Desktop",
			},
			Live:   "netlab doctor",
			Source: "docs.docker.com/desktop/features/networking/", See: []string{"containers-and-vms", "published port"},
		},
		{
			Word: "rootless-boundary",
			Text: `A rootless engine lives in a network namespace of its own, which RootlessKit connects to the computer. What
				netlab calls the host is that namespace. Published ports are opened on the computer too. Everything else of
				it is out of reach from there, and servers see a gateway instead of the client's address.`,
			Cause: &Cause{
				Symptom: "The addresses of containers work from netlab's host, but not from a shell on the computer.",
				Hand: []string{
					"docker info -f '{{.SecurityOptions}}'",
					"nsenter -U --preserve-credentials -n -t $(cat $XDG_RUNTIME_DIR/docker.pid) ip address",
				},
				Fixes: []string{
					"Publish the port.",
					"For localhost of the computer: DOCKERD_ROOTLESS_ROOTLESSKIT_DISABLE_HOST_LOOPBACK=false, and 10.0.2.2",
				},
				Untried: "a rootless engine",
			},
			Live:   "netlab doctor",
			Source: "docs.docker.com/engine/security/rootless/troubleshoot/", See: []string{"rootless", "published port"},
		},
		{
			Word: "wsl-mirrored",
			Text: `With networkingMode=mirrored, WSL has the interfaces and addresses of Windows, and both share one set of
				ports. Packets from Windows arrive on the link loopback0. Engines before 27.3 translate their
				address as if they came from outside, and the connection fails.`,
			Cause: &Cause{
				Symptom: "Other computers reach the published port, but Windows does not at localhost. Or: address already in " +
					"use, though nothing in WSL has the port.",
				Hand: []string{"wslinfo --networking-mode", "ip link show loopback0", "In Windows: netstat -ano"},
				Fixes: []string{
					"Docker Engine 27.3 or later", "In Windows: allow the ports in the Hyper-V firewall.",
					"%USERPROFILE%\\.wslconfig: ignoredPorts under [experimental], or networkingMode=NAT",
				},
				Versions: "Fixed in the engine since 27.3.",
				Untried:  "WSL",
			},
			Live:   "netlab doctor",
			Source: "moby daemon/libnetwork/drivers/bridge/wsl2_linux.go", See: []string{"published port", "loopback"},
		},
	}
}
