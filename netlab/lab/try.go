package lab

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/scenario"
)

// Try returns the command that asks the same question inside the lab, as a student would type it at the prompt of the
// asker's container, or "" if no command does.
func (l *Lab) Try(ctx context.Context, from string, p scenario.Probe) string {
	asker := l.peer(from)
	if from == scenario.Host || asker == nil {
		return ""
	}
	host, err := l.target(ctx, p.Target, from)
	if err != nil && !p.Target.IsZero() {
		return ""
	}
	switch p.Kind {
	case scenario.Ping:
		return l.tryPing(ctx, asker, host, p)
	case scenario.Connect:
		return l.tryConnect(ctx, from, host, p)
	case scenario.Hops:
		return "trace " + host
	case scenario.ARP:
		return "arp " + host
	case scenario.Resolve, scenario.Reverse:
		return l.tryResolve(ctx, from, host, p)
	case scenario.Read:
		return tryRead(p.Thing)
	case scenario.File:
		return "cat " + p.Path
	case scenario.Write:
		if p.Text != "" {
			return "write " + p.Path + " " + p.Text
		}
		return fmt.Sprintf("fill %s %d", p.Path, p.Bytes)
	}
	return ""
}

func (l *Lab) tryPing(ctx context.Context, asker *peer, host string, p scenario.Probe) string {
	size, err := l.payload(ctx, asker, p)
	switch {
	case err != nil:
		return ""
	case size == 0:
		return "ping " + host
	}
	return fmt.Sprintf("ping -M do -s %d %s", size, host)
}

// tryConnect takes the same path as the question: through the published port if that was asked. A listener that was
// open only for its question is gone by then.
func (l *Lab) tryConnect(ctx context.Context, from, host string, p scenario.Probe) string {
	port := p.Port.Number
	if port == 0 {
		return ""
	}
	if !p.Through.IsZero() {
		var err error
		if host, err = l.target(ctx, p.Through, from); err != nil {
			return ""
		}
		if port, err = l.binding(ctx, l.peer(p.Target.Ref.Head), portName(p.Port)); err != nil {
			return ""
		}
	}
	if p.Port.Network == "udp" {
		return fmt.Sprintf("nc -u %s %d", host, port)
	}
	return "get " + net.JoinHostPort(host, strconv.Itoa(port))
}

func (l *Lab) tryResolve(ctx context.Context, from, name string, p scenario.Probe) string {
	words := []string{"dns", name}
	if !p.Server.IsZero() {
		server, err := l.target(ctx, p.Server, from)
		if err != nil {
			return ""
		}
		words = append(words, "@"+server)
	}
	if p.Kind == scenario.Resolve && p.Type != "" && p.Type != "A" {
		words = append(words, p.Type)
	}
	return strings.Join(words, " ")
}

// tryRead returns the applet that shows a thing, or "" if the container has none or the applet would count itself.
func tryRead(thing string) string {
	switch {
	case strings.HasPrefix(thing, "route"):
		return "ip route"
	case thing == "links" || strings.HasPrefix(thing, "link."):
		return "ip addr"
	case thing == "sockets":
		return "ss"
	case thing == "hostname":
		return thing
	case thing == "dns.servers":
		return "cat /etc/resolv.conf"
	case thing == "hosts":
		return "cat /etc/hosts"
	case slices.Contains([]string{"kernel", "boot-id", "netns", "utsns", "timens", "pidns", "mntns", "ipcns"}, thing):
		return "proc"
	}
	return ""
}
