package glossary

// names are the terms of names and DNS.
func names() []Entry {
	return []Entry{
		{
			Word: "DNS", Also: []string{"PTR"},
			Text: `How a name becomes an address: a program asks a DNS server for the name's records, an A record
				for IPv4 and an AAAA record for IPv6. A PTR record goes from an address to a name. /etc/hosts comes
				first, then the servers of /etc/resolv.conf.`,
			Example: "custom-bridge peer-by-name",
			Source:  "RFC 1034; RFC 1035",
			See:     []string{"Docker's DNS server", "resolv.conf", "/etc/hosts"},
		},
		{
			Word: "Docker's DNS server", Also: []string{"embedded DNS", "Docker DNS", "127.0.0.11"},
			Text: `On every network you create, containers ask 127.0.0.11, where the engine itself listens inside
				the container's network namespace. It knows the containers on the asker's networks by name and alias,
				and asks an upstream server for other names. The default bridge, host and none do without it.`,
			Example: "custom-bridge dns-sockets",
			Source:  "docs.docker.com/engine/network/; moby daemon/libnetwork/resolver.go",
			See:     []string{"upstream server", "alias", "unknown name"},
		},
		{
			Word: "upstream server", Also: []string{"upstream", "upstream DNS server"},
			Settings: []string{"engine.dns", "engine.dns-omitted", "engine.loopback-dns"},
			Text: `The DNS server that is asked for names Docker does not know. Usually it is the host's. If a
				container cannot use any of those, Docker gives it public ones. A lab brings its own upstream server, a
				container, so no query leaves your computer.`,
			Example: "custom-bridge unknown-name",
			Source:  "docs.docker.com/engine/network/",
			See:     []string{"Docker's DNS server", "DNS silent"},
		},
		{
			Word: "resolv.conf", Also: []string{"/etc/resolv.conf", "DNS servers"},
			Text: `The file that names a container's DNS servers. On the default bridge and in mode none it is a
				copy of the host's without loopback servers, in host mode a plain copy. On networks you create it names
				only 127.0.0.11.`,
			Example: "bridge nameservers",
			Source:  "man 5 resolv.conf; moby daemon/libnetwork/internal/resolvconf",
			See:     []string{"Docker's DNS server"},
		},
		{
			Word: "/etc/hosts", Also: []string{"hosts file"},
			Text: `A file of names and addresses that programs read before they ask DNS. Docker writes the
				container's own name into it, and what --add-host gives.`,
			Example: "none own-name",
			Source:  "man 5 hosts",
			See:     []string{"DNS", "host.docker.internal"},
		},
		{
			Word: "host.docker.internal", Also: []string{"host-gateway"}, Settings: []string{"engine.host-gateway"},
			Text: `A name for the host. Docker Desktop defines it. On Docker Engine, add it with --add-host
				host.docker.internal:host-gateway. host-gateway is the address of the default bridge on the host,
				unless the engine was started with another.`,
			Example: "host-service name",
			Source:  "docs.docker.com/reference/cli/docker/container/run/",
			See:     []string{"host-service", "/etc/hosts"},
		},
		{
			Word: "alias",
			Text: `An extra name for a container on one network (--network-alias). The first twelve digits of the
				container's ID, its short ID, are another. If several containers share an alias, it resolves to all of
				them.`,
			Example: "custom-bridge alias",
			Source:  "docs.docker.com/reference/cli/docker/network/connect/",
			See:     []string{"Docker's DNS server"},
		},
		{
			Word: "AAAA", Also: []string{"A record", "AAAA record"},
			Text: `The DNS record with a name's IPv6 address. The record with the IPv4 address is called A. One
				name can have both, and many programs try IPv6 first.`,
			Example: "dual-stack name-ipv6",
			Source:  "RFC 3596",
			See:     []string{"DNS", "dual-stack"},
		},
	}
}
