package glossary

func portCauses() []Entry {
	const publishing = "docs.docker.com/engine/network/port-publishing/"
	return []Entry{
		{
			Word: "container-port-used-outside",
			Text: `-p 8080:80 forwards port 8080 of the host to port 80 of the container. Outside of Docker only the
				first number is known.`,
			Cause: &Cause{
				Symptom: "Connection refused at the host.",
				Hand:    []string{"docker port web"},
				Fixes:   []string{"Use the host's port, the first number of -p."},
			},
			Live:   "netlab demo publish --only published",
			Source: publishing, See: []string{"published port"},
		},
		{
			Word: "published-on-loopback-only",
			Text: `-p 127.0.0.1:8080:80 binds the port to the host's loopback address. The host itself can use it, other
				computers cannot, and neither can containers: they reach the host at another address.`,
			Cause: &Cause{
				Symptom: "Connection refused at the host's other addresses.",
				Hand:    []string{"docker port web", "ss -ltn"},
				Fixes: []string{
					"From a container: use a shared network and the container's own port.",
					"Publish on the address that is meant.",
				},
				Versions: "Before 28 a neighbor on the LAN could reach such a port by adding a route.",
			},
			Live:   "netlab demo publish --only loopback-only",
			Source: publishing, See: []string{"published port", "loopback"},
		},
		{
			Word: "port-not-published",
			Text: `Containers reach each other's ports without publishing. The host has a port for a container only if -p
				or ports: says so. EXPOSE in a Dockerfile is a note, and publishes nothing.`,
			Cause: &Cause{
				Symptom: "Connection refused at the host, though the container listens.",
				Hand:    []string{"docker port web", "docker ps --filter name=web"},
				Fixes:   []string{"Recreate the container with -p 8080:80.", "Compose: ports: [\"8080:80\"]"},
			},
			Live:   "netlab demo bridge --only expose",
			Source: publishing, See: []string{"published port"},
		},
		{
			Word: "hairpin-missing",
			Text: `Without the userland proxy, a published port that leads back to the asker's own bridge needs two things:
				the bridge must send packets back to where they came from (hairpin mode), and the answers must pass iptables
				(br_netfilter), or they come from another address than the one asked.`,
			Cause: &Cause{
				Symptom: "No answer at the host's address from inside, while it works from outside.",
				Hand:    []string{"bridge -d link show", "sysctl net.bridge.bridge-nf-call-iptables"},
				Fixes: []string{
					"Use the container's name and its own port.", "modprobe br_netfilter", "Start dockerd with --userland-proxy=true.",
				},
			},
			Live:   "netlab demo publish --only peer",
			Source: publishing, See: []string{"hairpin", "userland proxy", "bridge-nf-call-iptables"},
		},
		{
			Word: "published-port-used-inside",
			Text: `Publishing gives a port of the host to a container. Inside Docker networks nothing is published or
				translated: containers use the port on which the server listens.`,
			Cause: &Cause{
				Symptom: "Connection refused at db:15432, while the host's port 15432 works.",
				Hand:    []string{"docker port db", "docker exec db ss -ltn"},
				Fixes:   []string{"Use the container's port, the second number of -p."},
			},
			Live:   "netlab demo publish --only peer",
			Source: publishing, See: []string{"published port"},
		},
		{
			Word: "ip-family-mismatch",
			Text: `A name can have IPv4 and IPv6 addresses (A and AAAA records), and programs try one and perhaps the other.
				The server may listen by one family only, or packets may get through by one only. A socket on :: takes IPv4
				too, unless the program sets IPV6_V6ONLY or the host's bindv6only is 1.`,
			Cause: &Cause{
				Symptom: "Refused or no answer, for some programs only. Others are slow to connect.",
				Hand:    []string{"docker exec web nslookup db", "docker exec db ss -ltn6e"},
				Fixes:   []string{"Listen on 0.0.0.0 and on ::.", "Or remove the addresses that do not work from DNS."},
			},
			Live:   "netlab demo dual-stack --only without-ipv6",
			Source: "man 7 ipv6; RFC 6724", See: []string{"dual-stack", "AAAA"},
		},
		{
			Word: "listens-on-loopback",
			Text: `Many servers listen on 127.0.0.1 by default. In a container that is the container's own loopback
				interface, so the server works for itself and for its health check, and refuses everyone else.`,
			Cause: &Cause{
				Symptom: "Connection refused, though the container is up, and perhaps healthy.",
				Hand:    []string{"docker exec db ss -ltn"},
				Fixes:   []string{"Listen on 0.0.0.0 (postgres: listen_addresses = '*', redis: bind 0.0.0.0)."},
			},
			Live:   "netlab demo publish --only health",
			Source: "man 7 ip", See: []string{"loopback", "HEALTHCHECK"},
		},
		{
			Word: "protocol-mismatch",
			Text: `TCP and UDP have separate ports. A server on 53/udp does not answer on 53/tcp, and -p 53:53 publishes
				TCP only.`,
			Cause: &Cause{
				Symptom: "Connection refused, or no answer over UDP.",
				Hand:    []string{"docker exec db ss -ltun"},
				Fixes:   []string{"Use the right protocol.", "Publish it: -p 53:53/udp"},
			},
			Live:   "netlab demo publish --only published-udp",
			Source: publishing, See: []string{"published port"},
		},
		{
			Word: "published-nobody-behind",
			Text: `The host's port forwards to a port of the container where no program listens. From the host itself, Docker's
				proxy accepts the connection before it knows that, and then closes it, so it looks open. With
				--userland-proxy=false, and from outside, the container refuses.`,
			Cause: &Cause{
				Symptom: "The connection opens and is closed at once, or is reset, or refused.",
				Hand:    []string{"docker port web", "docker exec web ss -ltn"},
				Fixes:   []string{"Publish the port on which the server listens: the second number of -p."},
			},
			Live:   "netlab demo publish",
			Source: publishing, See: []string{"published port", "userland proxy"},
		},
		{
			Word: "wrong-port",
			Text: `The container is there and refuses at once, because no socket listens on that port. netlab lists the
				ports that it does listen on.`,
			Cause: &Cause{
				Symptom: "Connection refused.",
				Hand:    []string{"docker exec db ss -ltn"},
				Fixes:   []string{"Use the port on which the server listens."},
			},
			Live:   "netlab demo bridge --only closed-port",
			Source: "RFC 9293", See: []string{"refused"},
		},
		{
			Word: "nothing-listens",
			Text: `The container runs, but no program in it listens: the server has not started yet, has failed, or is
				configured not to listen. The kernel refuses every connection.`,
			Cause: &Cause{
				Symptom: "Connection refused, often only in the first seconds.",
				Hand:    []string{"docker exec db ss -ltn", "docker logs --tail 20 db"},
				Fixes: []string{
					"Wait for it: a HEALTHCHECK, and in Compose depends_on with service_healthy.",
					"Its log may say why it does not listen.",
				},
			},
			Live:   "netlab demo bridge --only closed-port",
			Source: "RFC 9293", See: []string{"refused", "HEALTHCHECK"},
		},
	}
}
