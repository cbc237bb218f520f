package glossary

import "slices"

// causes are the causes that netlab why and netlab scan name, one page each, in the order in which to fix them.
func causes() []Entry {
	return slices.Concat(endCauses(), nameCauses(), serverCauses(), networkCauses(), routeCauses(), portCauses(),
		staleCauses(), engineCauses(), hostCauses(), boundaryCauses())
}

// endCauses are about one end alone.
func endCauses() []Entry {
	return []Entry{
		{
			Word: "it-works",
			Text: `No cause at all. netlab's SYN reached a listening socket, and the answer came back. If the
				application still fails, the reason is above the network: TLS, a password, a proxy setting, or a different name from
				the one you asked about.`,
			Cause: &Cause{
				Symptom: "The connection opens. For UDP, the datagram arrives at a socket, which need not answer.",
				Hand:    []string{"docker exec web nc -vz db 5432"},
				Fixes:   []string{"Ask again with exactly the name and port of the application's error message."},
			},
			Live:   "netlab demo custom-bridge --only peer-by-name",
			Source: "RFC 9293", See: []string{"published port", "userland proxy"},
		},
		{
			Word: "not-running",
			Text: `A container that is stopped has no network namespace and no name. One that is paused keeps both:
				the kernel still completes connections for it, but no program answers them. One that restarts again and again is
				there only for moments.`,
			Cause: &Cause{
				Symptom: "Unknown name, no answer, or a connection that opens and stays silent.",
				Hand:    []string{"docker ps -a --filter name=db", "docker logs --tail 20 db"},
				Fixes:   []string{"docker start, or docker unpause", "If it ends again, its log says why."},
			},
			Live:   "netlab demo shared --only links-stopped",
			Source: "docs.docker.com/reference/cli/docker/container/ls/", See: []string{"container", "unknown name"},
		},
		{
			Word: "no-network",
			Text: `With --network none a container has only its loopback interface, so its network namespace has no route, and
				the kernel reports that at once. The same is true once it is disconnected from its last network. Docker refuses to
				connect a none container later.`,
			Cause: &Cause{
				Symptom: "Network is unreachable, at once. Names fail too, because no DNS server can be asked.",
				Hand:    []string{"docker inspect -f '{{json .NetworkSettings.Networks}}' web"},
				Fixes:   []string{"docker network connect NETWORK web", "A none container: recreate it with --network NETWORK."},
			},
			Live:   "netlab demo none --only routes",
			Source: "docs.docker.com/engine/network/drivers/none/", See: []string{"none", "no route"},
		},
	}
}

func nameCauses() []Entry {
	return []Entry{
		{
			Word: "host-gateway-name-missing",
			Text: `Docker Desktop defines host.docker.internal. Docker Engine on Linux does so only for containers that
				were created with the entry. The value host-gateway stands for the host's address on the default bridge.`,
			Cause: &Cause{
				Symptom: "host.docker.internal is an unknown name, on Linux only.",
				Hand:    []string{"docker exec web cat /etc/hosts"},
				Fixes: []string{
					"docker run --add-host host.docker.internal:host-gateway",
					"Compose: extra_hosts: [\"host.docker.internal:host-gateway\"]",
				},
				Versions: "host-gateway exists since 20.10.",
			},
			Live:   "netlab demo host-service --only name",
			Source: "docs.docker.com/reference/cli/docker/container/run/", See: []string{"host.docker.internal", "/etc/hosts"},
		},
		{
			Word: "name-on-default-bridge",
			Text: `Docker runs no DNS server for the default bridge: its containers ask the host's DNS servers, which do not
				know them. Addresses work. On every network that you create, Docker's DNS server knows the containers.`,
			Cause: &Cause{
				Symptom: "The name is unknown, while the address works.",
				Hand:    []string{"docker exec web cat /etc/resolv.conf", "docker network inspect bridge"},
				Fixes: []string{
					"docker network create app, then docker network connect app web, and the same for db",
					"Compose: remove network_mode: bridge",
				},
			},
			Live:   "netlab demo bridge --only peer-by-name",
			Source: "docs.docker.com/engine/network/drivers/bridge/", See: []string{"Docker's DNS server", "bridge"},
		},
		{
			Word: "name-not-on-shared-network",
			Text: `Names belong to a network. Docker's DNS server answers for the containers and aliases of the networks
				that the asker is on, and sends everything else to the upstream server. The container exists, but not
				under this name on a network of the asker.`,
			Cause: &Cause{
				Symptom: "The name is unknown, or the DNS server stays silent, although docker ps shows the container.",
				Hand:    []string{"docker inspect -f '{{json .NetworkSettings.Networks}}' web db"},
				Fixes: []string{
					"docker network connect NETWORK web", "If they share a network: use a name that db has there.",
					"Compose: list one network under both services.",
				},
				Versions: "Engines before 26 do not resolve generated container names.",
			},
			Live:   "netlab demo custom-bridge --only other-by-name",
			Source: "docs.docker.com/engine/network/", See: []string{"Docker's DNS server", "alias"},
		},
		{
			Word: "name-misspelt",
			Text: `No container is called that, but one on the asker's network differs in one or two letters. netlab
				proposes it only if no container or service on the engine has the name that was asked.`,
			Cause: &Cause{
				Symptom: "The name is unknown.",
				Hand:    []string{"docker network inspect -f '{{range .Containers}}{{.Name}} {{end}}' NETWORK"},
				Fixes:   []string{"Use the right name."},
			},
			Live:   "netlab demo custom-bridge --only unknown-name",
			Source: "docs.docker.com/engine/network/", See: []string{"unknown name", "alias"},
		},
		{
			Word: "hosts-entry-wrong",
			Text: `/etc/hosts comes before DNS. A line from --add-host, extra_hosts or --link is written when the container
				is created, and stays when the other container gets another address.`,
			Cause: &Cause{
				Symptom: "No answer, or another server answers, though the name resolves.",
				Hand:    []string{"docker exec web cat /etc/hosts", "docker inspect -f '{{json .HostConfig.ExtraHosts}}' web"},
				Fixes:   []string{"Recreate web without the entry.", "Compose: remove it from extra_hosts."},
			},
			Live:   "netlab demo host-service --only name",
			Source: "man 5 hosts", See: []string{"/etc/hosts", "DNS"},
		},
		{
			Word: "alias-shared",
			Text: `Containers on one network may have the same alias, and Docker's DNS server then returns all of their
				addresses in changing order. Replicas of one Compose service do that on purpose. Two projects with a
				service of the same name on one network do it by accident.`,
			Cause: &Cause{
				Symptom: "Answers come from one container and then from another, or fail now and then.",
				Hand:    []string{"docker exec web nslookup api"},
				Fixes:   []string{"Give the alias to one container only.", "Compose: give the services different names."},
			},
			Live:   "netlab demo custom-bridge --only alias",
			Source: "docs.docker.com/reference/cli/docker/network/connect/", See: []string{"alias"},
		},
		{
			Word: "localhost-is-this-container",
			Text: `Each container has its own loopback interface, so 127.0.0.1 and localhost are the container itself, not
				the host and not another container. netlab names what does listen on the port.`,
			Cause: &Cause{
				Symptom: "Connection refused on localhost, though the server is up.",
				Hand:    []string{"docker exec web ss -ltn"},
				Fixes: []string{
					"Use the other container's name and its own port: db:5432.",
					"For a server on the host: host.docker.internal with --add-host.",
				},
			},
			Live:   "netlab demo bridge --only localhost",
			Source: "docs.docker.com/engine/network/", See: []string{"loopback", "host.docker.internal"},
		},
	}
}

func networkCauses() []Entry {
	return []Entry{
		{
			Word: "different-networks",
			Text: `Docker isolates its bridges from each other, in the host's firewall. Two containers reach each other
				by address only if they share a network. netlab names this cause if one of Docker's rules counted the
				packets, or if the asker has no route.`,
			Cause: &Cause{
				Symptom: "No answer at the other container's address.",
				Hand: []string{
					"docker inspect -f '{{json .NetworkSettings.Networks}}' web db",
					"iptables -t raw -vnL PREROUTING",
				},
				Fixes:    []string{"docker network connect NETWORK web", "Compose: list one network under both services."},
				Versions: "Before 28 the chain DOCKER-ISOLATION-STAGE-2 drops them, from 28 on the table raw.",
			},
			Live:   "netlab demo bridge --only other-network",
			Source: "docs.docker.com/engine/network/packet-filtering-firewalls/", See: []string{"isolation", "no answer"},
		},
		{
			Word: "internal-network",
			Text: `A network created with --internal has no way out. Containers that are on no other network cannot reach
				the internet, the host's LAN, or other networks.`,
			Cause: &Cause{
				Symptom:  "Network is unreachable, at once. On old engines no answer.",
				Hand:     []string{"docker network inspect -f '{{.Internal}}' NETWORK", "docker exec web ip route"},
				Fixes:    []string{"docker network connect OTHER web", "Compose: add a second network without internal: true."},
				Versions: "From 25 on there is no default route. Before 25, firewall rules drop the packets instead.",
			},
			Live:   "netlab demo internal --only outside",
			Source: "docs.docker.com/reference/cli/docker/network/create/", See: []string{"internal", "default gateway"},
		},
		{
			Word: "icc-disabled",
			Text: `The option com.docker.network.bridge.enable_icc=false makes Docker drop packets between containers of
				one bridge. Names still resolve, and published ports still work. The engine's flag --icc=false does so
				for the default bridge. The rule only has an effect while packets on a bridge pass iptables: if
				net.bridge.bridge-nf-call-iptables is not 1, the containers reach each other after all.`,
			Cause: &Cause{
				Symptom: "No answer from a container on the same network. Over IPv6 no route to host, as not even neighbor " +
					"discovery gets through.",
				Hand: []string{"docker network inspect -f '{{json .Options}}' NETWORK", "iptables -vnL | grep DROP"},
				Fixes: []string{
					"Use a network without the option.", "Or publish the port, and go through the host.",
					"To enforce it: modprobe br_netfilter && sysctl -w net.bridge.bridge-nf-call-iptables=1",
				},
			},
			Live:   "netlab demo icc-off --only peer-by-address",
			Source: "docs.docker.com/engine/network/drivers/bridge/", See: []string{"icc-off", "FORWARD"},
		},
		{
			Word: "forwarding-off",
			Text: `The host is the router of its containers. If net.ipv4.ip_forward is 0, the kernel drops every packet
				that it would have to forward, without an error. Docker sets it to 1 when it starts, but a script or a
				file in /etc/sysctl.d can set it back.`,
			Cause: &Cause{
				Symptom: "No answer from outside, while neighbors on the same network answer.",
				Hand:    []string{"sysctl net.ipv4.ip_forward"},
				Fixes:   []string{"sysctl -w net.ipv4.ip_forward=1", "Make it last with a file in /etc/sysctl.d."},
			},
			Live:   "netlab doctor",
			Source: "Linux Documentation/networking/ip-sysctl.rst", See: []string{"router", "FORWARD"},
		},
		{
			Word: "firewall", Also: []string{"iptables", "nftables", "ufw"},
			Settings: []string{"engine.iptables", "engine.ip6tables", "engine.firewall-backend"},
			Text: `The host's kernel filters and changes packets by rules (netfilter). Docker writes its rules with
				iptables, or from version 29 with nftables if you choose it. ufw and firewalld write rules too, and
				they do not see each other's.`,
			Cause: &Cause{
				Symptom: "No answer, or administratively prohibited. netlab names the rule that counted its packets. " +
					"If none did, the kernel may say NETFILTER_DROP, and name the network namespace.",
				Hand: []string{"iptables -vnL --line-numbers", "nft list ruleset"},
				Fixes: []string{
					"Remove the rule, or accept these packets before it.",
					"Rules for containers belong in DOCKER-USER, where Docker leaves them alone.",
				},
			},
			Live:   "netlab demo publish --only user-rules",
			Source: "docs.docker.com/engine/network/packet-filtering-firewalls/",
			See:    []string{"chain", "INPUT", "DOCKER-USER"},
		},
	}
}
