package glossary

// staleCauses are about what was right once: the other container has gone, moved or restarted since.
func staleCauses() []Entry {
	return []Entry{
		{
			Word: "stale-address",
			Text: `A container gets its address when it starts. After it is recreated it often has another one, and its old
				address belongs to nothing, or to another container. Docker's DNS server knows the new one at once, but a
				program that has resolved the name earlier, as nginx does when it starts, keeps calling the old one.`,
			Cause: &Cause{
				Symptom: "502, no route to host or timeouts after another container was recreated, until the client restarts.",
				Hand: []string{
					"docker exec web ss -tn",
					"docker network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}} {{end}}' NETWORK",
				},
				Fixes: []string{
					"docker restart web, or docker exec web nginx -s reload",
					"nginx: resolver 127.0.0.11, and a variable in proxy_pass.", "Java: networkaddress.cache.ttl",
				},
			},
			Live:   "netlab demo custom-bridge --only address-after-restart",
			Source: "docs.docker.com/engine/network/", See: []string{"Docker's DNS server", "ARP"},
		},
		{
			Word: "conntrack-stale",
			Text: `UDP has no connections, but the kernel remembers each flow: which sender and port, to which address, and
				where it was translated to. The rules of table nat apply to the first packet of a flow only. As long as packets come
				from the same port, they go where the first went, even if the container there has gone or the port was
				published later.`,
			Cause: &Cause{
				Symptom: "After a container was recreated, UDP from one sender, such as its logs, is lost. Other senders " +
					"get through.",
				Hand: []string{"conntrack -L -p udp", "docker ps --format '{{.Names}} {{.Ports}}'"},
				Fixes: []string{
					"conntrack -D -p udp --orig-dst 192.0.2.10 --orig-port-dst 514", "Restart the sender, so that its port changes.",
				},
			},
			Live:   "netlab demo publish",
			Source: "man 8 conntrack", See: []string{"publish", "stale-address"},
		},
		{
			Word: "stale-namespace",
			Text: `A container with --network container:vpn, or network_mode: service:vpn, joins the network namespace that
				vpn has at that moment. When vpn restarts, Docker makes a new namespace for it. The sidecar stays in the
				old one, whose interfaces are gone.`,
			Cause: &Cause{
				Symptom: "Network is unreachable, at once, in a sidecar that worked until the other container restarted.",
				Hand: []string{
					"docker exec sidecar readlink /proc/self/ns/net", "docker exec vpn readlink /proc/self/ns/net",
				},
				Fixes: []string{
					"docker restart sidecar, after vpn",
					"If vpn was recreated: docker compose up -d --force-recreate sidecar",
					"Compose: depends_on with restart: true",
				},
			},
			Live:   "netlab demo shared --only links-stopped",
			Source: "docs.docker.com/engine/network/", See: []string{"network namespace", "shared"},
		},
		{
			Word: "network-id-stale",
			Text: `A container remembers its networks by ID. If a network is removed while the container is stopped, it still
				looks for the old ID, even if a network of the same name is created. A name that no network has gives the same
				error.`,
			Cause: &Cause{
				Symptom: "docker start fails: network 4203604e1326… not found.",
				Hand:    []string{"docker inspect -f '{{json .NetworkSettings.Networks}}' web", "docker network ls --no-trunc"},
				Fixes: []string{
					"docker network disconnect -f NETWORK web, then docker network connect NETWORK web",
					"Compose: docker compose up -d recreates the container.",
				},
			},
			Live:   "netlab demo custom-bridge",
			Source: "docs.docker.com/reference/cli/docker/network/connect/", See: []string{"custom-bridge"},
		},
		{
			Word: "listen-backlog-full",
			Text: `The kernel completes connections for a program that listens, and keeps them in a queue until the program
				accepts them. listen() says how long the queue may be. When it is full, the kernel drops what else arrives,
				although the port is open. The program is stuck, or too slow.`,
			Cause: &Cause{
				Symptom: "Timeouts or very slow connections to a port that is open. docker logs is silent.",
				Hand:    []string{"ss -ltn: Recv-Q above Send-Q", "nstat -az TcpExtListenOverflows"},
				Fixes: []string{
					"Look at what the program waits for. Its log or a stack trace may say so.",
					"A longer queue, for short bursts: the backlog of listen(), and net.core.somaxconn",
				},
			},
			Live:   "netlab demo publish",
			Source: "man 2 listen", See: []string{"no answer"},
		},
	}
}
