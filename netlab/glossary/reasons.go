package glossary

import (
	"slices"

	"netlab/netlab/probe"
)

// reasons are the answers, in the words of the phrase table. The first sentence of each is the legend.
func reasons() []Entry {
	var entries []Entry
	for _, r := range probe.Reasons() {
		e, p := reason(r), r.Phrase()
		e.Word = p.Lesson
		for _, w := range []string{p.Table, string(r)} {
			if w != e.Word && !slices.Contains(e.Also, w) {
				e.Also = append(e.Also, w)
			}
		}
		e.Text = p.Legend + " " + e.Text
		entries = append(entries, e)
	}
	return append(entries, Entry{
		Word: "skipped",
		Text: `The question was not asked here, and a line below says why: a flag leaves it out, or the engine,
			its kernel or this computer lacks something that it needs. A skipped question proves nothing either way.`,
		Example: "overlay service-vip",
		Source:  "docs/scenario.md of netlab",
		See:     []string{"no result"},
	})
}

// reason is what there is to say about a reason beyond its legend.
func reason(r probe.Reason) Entry {
	switch r {
	case probe.OK:
		return Entry{
			Text: `A reply came back: a ping was answered, a name resolved, a server sent an answer. An open
				connection alone does not count, because Docker's proxy also opens connections to ports where nothing
				listens.`,
			Example: "bridge peer-by-address",
			Source:  "moby cmd/docker-proxy/tcp_proxy_linux.go",
			See:     []string{"accepted, then silent", "accepted, then closed"},
		}
	case probe.Accepted:
		return Entry{
			Text: `Something took the connection, a server or a proxy, and then sent nothing. The port is open.
				Whether the right server is behind it remains unknown.`,
			Live:   "netlab demo dual-stack --only published-ipv6   (with an engine without proxy and IPv6 firewall)",
			Source: "man 2 accept",
			See:    []string{"accepted, then closed", "no answer"},
		}
	case probe.NameNotFound:
		return Entry{
			Also: []string{"NXDOMAIN"},
			Text: `A DNS server replied, so the path to it works. Docker's DNS server knows only names on the
				asker's own networks, and asks an upstream server for all others. NXDOMAIN is that server's word for
				"no such name".`,
			Example: "bridge peer-by-name",
			Source:  "RFC 2308; docs.docker.com/engine/network/",
			See:     []string{"Docker's DNS server", "upstream server"},
		}
	case probe.DNSError:
		return Entry{
			Also: []string{"SERVFAIL"},
			Text: `The server is there, but could not or would not find out. On an internal network, Docker's DNS
				server replies SERVFAIL to names it does not know, because it forwards no queries from there (since
				version 26).`,
			Example: "internal outside-name",
			Source:  "RFC 1035, section 4.1.1",
			See:     []string{"internal", "DNS silent"},
		}
	case probe.DNSNoAnswer:
		return Entry{
			Text: `The query or its reply was dropped, or the server is down. Programs wait for seconds, ask again
				and try the next server, so a dead DNS server looks like a slow network. Before version 26, names
				outside an internal network end this way.`,
			Live:   "netlab demo internal --only outside-name   (with an engine before version 26)",
			Source: "man 5 resolv.conf",
			See:    []string{"DNS error", "no answer"},
		}
	case probe.NetUnreachable:
		return Entry{
			Also: []string{"ENETUNREACH"},
			Text: `Usually the kernel finds no entry in the asker's routing table and sends nothing
				(ENETUNREACH). A router on the way can report the same with an ICMP message. Compare "no answer", where
				a packet left and nothing came back.`,
			Example: "none peer-by-address",
			Source:  "man 2 connect; RFC 792",
			See:     []string{"route", "no answer", "host unreachable"},
		}
	case probe.HostUnreachable:
		return Entry{
			Also: []string{"EHOSTUNREACH"},
			Text: `There is a route, but the last step fails: on Ethernet a packet needs the target's MAC address,
				and nothing answers the ARP requests. The kernel asks three times, so this takes about three seconds.
				The host and its macvlan containers see each other like this.`,
			Example: "macvlan host-service",
			Source:  "man 7 arp; RFC 792",
			See:     []string{"ARP", "no route", "macvlan"},
		}
	case probe.AddressNotAvailable:
		return Entry{
			Also: []string{"EADDRNOTAVAIL"},
			Text: `A program can only send from, and listen on, addresses of its own network namespace. In the
				table of modes, "no addr" says that a container in this mode has no address that others could reach.`,
			Example: "compare/none peer-by-address",
			Live:    "netlab compare --only peer-by-address",
			Source:  "man 2 bind",
			See:     []string{"network namespace", "none"},
		}
	case probe.Refused:
		return Entry{
			Also: []string{"RST", "ECONNREFUSED"},
			Text: `A refusal is good news: the packet reached a kernel, and the answer came back. The kernel sends
				RST because no program listens on that address and port. Often one listens on 127.0.0.1 only. "Seen" names the
				address that refused. It may be the host's.`,
			Example: "bridge closed-port",
			Source:  "RFC 9293, section 3.5.2",
			See:     []string{"no answer", "listen", "loopback"},
		}
	case probe.Reset:
		return Entry{
			Also: []string{"ECONNRESET"},
			Text: `The other end, or something on the way that speaks for it, sent RST. Typical
				causes are a server that crashed, a proxy that lost its back end, and a NAT that forgot the connection.`,
			Source: "RFC 9293, section 3.5",
			See:    []string{"refused", "accepted, then closed"},
		}
	case probe.Closed:
		return Entry{
			Text: `Docker's userland proxy does this. It accepts on the host first, then connects to the container.
				If nothing listens there, it hangs up. So a client sees an open port and an empty reply.`,
			Example: "publish on-localhost",
			Source:  "moby cmd/docker-proxy/tcp_proxy_linux.go",
			See:     []string{"userland proxy", "refused"},
		}
	case probe.Timeout:
		return Entry{
			Also: []string{"silence", "timeout"},
			Text: `A firewall dropped the packet or the reply, the other computer is off, or the reply took another
				path. No message says which, so netlab looks for evidence: packets counted at both ends, ARP that was
				answered, and firewall counters that grew.`,
			Example: "bridge other-network",
			Source:  "man 7 tcp",
			See:     []string{"refused", "no route", "counter", "control"},
		}
	case probe.TooBig:
		return Entry{
			Also: []string{"EMSGSIZE"},
			Text: `A packet may be at most as big as the MTU of each interface on its way. If it must not be
				fragmented, the kernel or a router rejects it and reports the size that would fit.`,
			Example: "overlay too-large",
			Source:  "RFC 1191",
			See:     []string{"MTU", "VXLAN"},
		}
	case probe.Denied:
		return Entry{
			Also: []string{"EACCES", "EPERM", "EROFS"},
			Text: `The kernel refused the operation itself: the user may not, a capability is missing, or the file
				system is read-only (EROFS). It says nothing about the network.`,
			Example: "image-and-container read-only",
			Source:  "man 3 errno; man 7 capabilities",
			See:     []string{"root"},
		}
	case probe.InUse:
		return Entry{
			Also: []string{"EADDRINUSE"},
			Text: `Within one network namespace, each address has each port once per protocol. The second program
				to listen gets EADDRINUSE. Containers in host mode share the host's ports, so they collide. Containers
				with network stacks of their own do not.`,
			Example: "host two-servers",
			Source:  "man 2 bind",
			See:     []string{"network stack", "port"},
		}
	case probe.NotFound:
		return Entry{
			Also: []string{"ENOENT"},
			Text: `The container has no file of that name, neither in its own layer nor in its image nor in a
				volume. What one container writes, others cannot see, even if they come from the same image.`,
			Example: "image-and-container other",
			Source:  "man 2 open",
			See:     []string{"layer", "volume"},
		}
	case probe.Broken:
		return Entry{
			Also: []string{"broken"},
			Text: `Something failed on netlab's side, such as a container that died or an engine that stopped
				answering. It never counts as an expected "no". A line below says what happened.`,
			Source: "docs/scenario.md of netlab",
			See:    []string{"skipped", "surprise"},
		}
	}
	return Entry{}
}
