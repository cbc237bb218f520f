package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/probe"
)

// Read answers `read: thing` with what the agent, the host's helper or the engine reports at this moment.
func (a asking) Read(ctx context.Context, q ask.Read) probe.Outcome {
	p, thing := a.asker, q.Thing
	switch from := ask.Find(ask.Things(), thing).From; {
	case p.container == nil && from == ask.InEngine:
		return broken(Absent{p.name})
	case from == ask.InProcess:
		return readProcess(ctx, p, thing)
	}
	switch thing {
	case ask.Published, ask.PublishedOn, ask.Exposed:
		return readEngine(ctx, p, thing)
	case ask.HealthNow:
		return readHealth(ctx, p)
	case ask.VXLAN:
		return readVXLAN(p, &a.lab.inventory)
	case ask.HostProcesses:
		return readProcesses(ctx, p)
	case ask.Memory, ask.MemoryLimit:
		return readMemory(ctx, p, thing)
	case ask.Changes:
		return readChanges(ctx, p)
	case ask.ImageOf, ask.ImageNow, ask.LayerSize, ask.HostPID:
		return readMade(ctx, p, thing)
	}
	client, err := p.awake()
	if err != nil {
		return broken(err)
	}
	look := client.Look
	if thing == ask.Sockets {
		look = client.LookWithSockets
	}
	stack, err := look(ctx)
	if err != nil {
		return broken(fmt.Errorf("looking into %s: %w", p.name, err))
	}
	switch thing {
	case ask.OwnNetNS:
		return own(p, "network namespace", stack.NetNS, a.lab.site.stack.NetNS)
	case ask.OwnUTSNS:
		return own(p, "UTS namespace", stack.UTSNS, a.lab.site.stack.UTSNS)
	case ask.PortBridge:
		return readPort(ctx, p, stack, a.lab.site.host.agent())
	}
	value, source := readStack(stack, thing)
	if source == "" {
		return unread(thing)
	}
	if p.name == ask.Host && thing == ask.DNSServers {
		if stack.HostFiles == nil {
			return broken(errors.New("this engine does not let netlab read the host's resolv.conf"))
		}
		copied, _ := stack.HostFiles.CopiedNameservers(a.lab.site.bridge.IPv6Subnet != "")
		value = strings.Join(copied, " ")
	}
	return found(source+p.place(), "", value)
}

// readStack reads a thing from a network namespace. The source is where the agent read it, or "" for an unknown thing.
func readStack(s *fact.Stack, thing string) (value, source string) {
	first := firstLink(s)
	switch thing {
	case ask.Links:
		names := make([]string, 0, len(s.Links))
		for _, l := range s.Links {
			names = append(names, l.Name)
		}
		return strings.Join(names, " "), "ip link"
	case ask.LinkIPv4:
		for _, a := range first.Addresses {
			if p, err := netip.ParsePrefix(a); err == nil && p.Addr().Is4() {
				return p.Addr().String(), "ip address"
			}
		}
		return "", "ip address"
	case ask.LinkIPv6:
		for _, a := range first.Addresses {
			if p, err := netip.ParsePrefix(a); err == nil && p.Addr().Is6() && p.Addr().IsGlobalUnicast() {
				return p.Addr().String(), "ip address"
			}
		}
		return "", "ip address"
	case ask.LinkMAC:
		return first.MAC, "ip link"
	case ask.LinkMTU:
		if first.MTU == 0 {
			return "", "ip link"
		}
		return strconv.Itoa(first.MTU), "ip link"
	case ask.LinkKind:
		return first.Kind, "ip link"
	case ask.RouteGateway:
		return s.DefaultGateway(), "ip route"
	case ask.RouteIPv6Gateway:
		return s.IPv6DefaultGateway(), "ip -6 route"
	case ask.Routes:
		var to []string
		for _, r := range s.Routes {
			if p, err := netip.ParsePrefix(r.Destination); err == nil && p.Addr().Is4() {
				to = append(to, r.Destination)
			}
		}
		return strings.Join(to, " "), "ip route"
	case ask.DNSServers:
		return strings.Join(s.Nameservers, " "), "resolv.conf"
	case ask.Hostname:
		return s.Hostname, "hostname"
	case ask.NetNS:
		return s.NetNS, "/proc/self/ns/net"
	case ask.UID:
		return strconv.Itoa(s.UID), "getuid"
	case ask.UTSNS:
		return s.UTSNS, "/proc/self/ns/uts"
	case ask.Hosts:
		var names []string
		for _, h := range s.Hosts {
			for _, name := range h.Names { // localhost has an IPv4 and an IPv6 line
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		return strings.Join(names, " "), "/etc/hosts"
	case ask.Sockets:
		var at []string
		for _, k := range s.Sockets {
			if a, err := netip.ParseAddrPort(k.Address); err == nil {
				at = append(at, a.Addr().String())
			}
		}
		slices.Sort(at)
		return strings.Join(slices.Compact(at), " "), "/proc/net"
	}
	return "", ""
}

// firstLink is the interface with the lowest number, other than lo, that has an IPv4 address: a host may have unused
// ones. If none has an address, it is the first one other than lo, or the zero Link.
func firstLink(s *fact.Stack) fact.Link {
	var first fact.Link
	for _, l := range s.Links {
		switch {
		case l.Name == "lo":
		case l.Up && slices.ContainsFunc(l.Addresses, isIPv4):
			return l
		case first.Name == "":
			first = l
		}
	}
	return first
}

func isIPv4(cidr string) bool {
	p, err := netip.ParsePrefix(cidr)
	return err == nil && p.Addr().Is4()
}

// own answers whether p's namespace is different from the host's.
func own(p *peer, what, inode, host string) probe.Outcome {
	value := "yes"
	if inode == host {
		value = "no"
	}
	if inode == "" || host == "" {
		return broken(fmt.Errorf("netlab could not read the %s of %s or of the host", what, p.name))
	}
	return found(what, fmt.Sprintf("%s has %s, the host %s", p.name, inode, host), value)
}

// readPort finds the host's bridge that the other end of p's veth pair is attached to.
func readPort(ctx context.Context, p *peer, stack *fact.Stack, onHost agentClient) probe.Outcome {
	host, err := onHost.Look(ctx)
	if err != nil {
		return broken(err)
	}
	port := portOf(stack, host)
	if port == nil || host.LinkByIndex(port.Master) == nil {
		return found("ip link on the host", "no bridge port is the other end of an interface in "+p.name, ask.None)
	}
	bridge := host.LinkByIndex(port.Master).Name
	return found("ip link on the host", fmt.Sprintf("%s of %s is the other end of %s, a port of %s",
		firstLink(stack).Name, p.name, port.Name, bridge), bridge)
}

// portOf returns the host's end of the veth pair that begins in stack, or nil. The two ends refer to each other by
// index. Both are checked, because indexes repeat between namespaces.
func portOf(stack, host *fact.Stack) *fact.Link {
	inside := firstLink(stack)
	if inside.Kind != "veth" || stack.NetNS == host.NetNS {
		return nil
	}
	outside := host.LinkByIndex(inside.Peer)
	if outside == nil || outside.Kind != "veth" || outside.Peer != inside.Index {
		return nil
	}
	return outside
}

// readEngine answers what only the engine knows about a container.
func readEngine(ctx context.Context, p *peer, thing string) probe.Outcome {
	now, err := p.container.Inspect(ctx)
	if err != nil {
		return broken(err)
	}
	what, values := "published ports of ", portWords(now.Published)
	switch thing {
	case ask.Exposed:
		what, values = "exposed ports of ", now.Exposed
	case ask.PublishedOn:
		what, values = "host addresses with ports of ", boundOn(now.Published)
	}
	value := orNone(strings.Join(values, " "))
	return found("docker inspect", what+p.name+": "+value, value)
}

// portWords lists published ports in words, sorted.
func portWords(bindings []fact.Binding) []string {
	words := make([]string, 0, len(bindings))
	for _, b := range bindings {
		words = append(words, b.String())
	}
	slices.Sort(words)
	return words
}

// boundOn lists the host's addresses that ports are published on, sorted.
func boundOn(bindings []fact.Binding) []string {
	addresses := make([]string, 0, len(bindings))
	for _, b := range bindings {
		addresses = append(addresses, b.HostIP)
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}

// readVXLAN reads the VXLAN identifier from what the engine reports about p's networks.
func readVXLAN(p *peer, inv *inventory) probe.Outcome {
	for _, on := range p.spec.Networks {
		if n := inv.network(on.Network); n != nil && n.fact.VXLAN() != "" {
			text := "vxlanid_list of " + n.fact.Name + ": " + n.fact.VXLAN()
			return found("docker network inspect", text, n.fact.VXLAN())
		}
	}
	return probe.Outcome{Reason: probe.OK, Value: ask.None}
}

// How long a health check may take to reach its first status, and how often to look.
const (
	healthLimit = 5 * time.Second
	healthLook  = 100 * time.Millisecond
)

// readHealth waits until the container's health check has reported a status.
func readHealth(ctx context.Context, p *peer) probe.Outcome {
	var now engine.Inspection
	_, err := poll.Until(ctx, healthLimit, healthLook, func(ctx context.Context) (_ bool, err error) {
		now, err = p.container.Inspect(ctx)
		return now.Health != ask.Starting, err
	})
	if err != nil {
		return broken(err)
	}
	health := orNone(now.Health)
	return found("docker inspect", "health of "+p.name+": "+health, health)
}
