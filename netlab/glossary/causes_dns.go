package glossary

// serverCauses are about the DNS servers, address families and proxies that a name leads to.
func serverCauses() []Entry {
	return []Entry{
		{
			Word: "resolver-silent",
			Text: `On networks that you create, containers ask Docker's DNS server at 127.0.0.11. A rule in the
				container's own network namespace redirects port 53 there to the engine. If the rule is gone or the engine
				hangs, no name resolves. netlab asks for the container's own name, which needs no other server.`,
			Cause: &Cause{
				Symptom: "No name resolves, not even the container's own, while addresses work.",
				Hand:    []string{"docker exec web nslookup web 127.0.0.11", "docker exec web ss -lnu"},
				Fixes:   []string{"docker restart web, which sets up its DNS server again", "Restart the engine."},
			},
			Live:   "netlab demo custom-bridge --only dns-sockets",
			Source: "docs.docker.com/engine/network/", See: []string{"Docker's DNS server", "resolv.conf"},
		},
		{
			Word: "dns-upstream",
			Text: `Docker's DNS server answers for containers, and forwards all other names to the servers of --dns, or of the
				host. On the default bridge a container asks these itself. netlab asks each separately. For a container that is on
				internal networks only, no server can be asked.`,
			Cause: &Cause{
				Symptom: "Names outside of Docker fail, or take 4 s. Names of containers work.",
				Hand:    []string{"docker exec web cat /etc/resolv.conf", "docker exec web nslookup example.com SERVER"},
				Fixes: []string{
					"docker run --dns SERVER, or dns: in Compose", "For all containers: dns in /etc/docker/daemon.json",
				},
				Versions: "From 26 on, resolv.conf lists them as ExtServers. host(…) means that the host asks that server.",
			},
			Live:   "netlab demo custom-bridge --only unknown-name",
			Source: "docs.docker.com/engine/network/", See: []string{"upstream server", "DNS silent", "internal"},
		},
		{
			Word: "split-dns-lost",
			Text: `The host may ask another DNS server for the names of a VPN or of the office, as systemd-resolved does for
				each link, or have the name in its own /etc/hosts. Containers get one list of servers for all names, and
				none of the host's entries.`,
			Cause: &Cause{
				Symptom: "A name resolves on the host, and is unknown in containers.",
				Hand:    []string{"resolvectl query NAME", "docker exec web nslookup NAME"},
				Fixes: []string{
					"docker run --dns SERVER --dns-search DOMAIN, with the server that the host asks",
					"A name of the host's /etc/hosts: --add-host NAME:ADDRESS",
				},
			},
			Live:   "netlab demo bridge --only nameservers",
			Source: "man 8 systemd-resolved.service", See: []string{"resolv.conf", "/etc/hosts"},
		},
		{
			Word: "localhost-is-ipv6",
			Text: `/etc/hosts has localhost as 127.0.0.1 and as ::1. Where the loopback interface has ::1, programs try it
				first, and some try nothing else. If the server listens only on 127.0.0.1 or 0.0.0.0, it refuses ::1.`,
			Cause: &Cause{
				Symptom:  "Connection refused on localhost, often from a health check, though 127.0.0.1 works.",
				Hand:     []string{"docker exec web cat /etc/hosts", "docker exec web ss -ltn"},
				Fixes:    []string{"Use 127.0.0.1 instead of localhost.", "Listen on :: as well."},
				Versions: "Before 27, most containers have no ::1, unless their network has IPv6.",
			},
			Live:   "netlab demo dual-stack --only published-ipv4-only",
			Source: "RFC 6724", See: []string{"loopback", "/etc/hosts"},
		},
		{
			Word: "proxy-variables",
			Text: `Many programs send HTTP requests to the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names, except for
				what NO_PROXY lists. The proxy knows no containers. The network is fine, so the verdict is reachable. netlab
				reads the names of these variables and NO_PROXY, and shows no values.`,
			Cause: &Cause{
				Symptom: "An error of a proxy, such as 502, 503 or an unknown name, though the port is open.",
				Hand:    []string{"docker exec web env", "docker inspect -f '{{json .Config.Env}}' web"},
				Fixes: []string{
					"Add the container's name to NO_PROXY and no_proxy.",
					"Docker's CLI sets them for new containers: \"proxies\" in ~/.docker/config.json.",
				},
			},
			Live:   "netlab demo custom-bridge --only peer-by-name",
			Source: "docs.docker.com/engine/cli/proxy/", See: []string{"alias"},
		},
	}
}
