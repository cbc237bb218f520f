package lab

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"netlab/netlab/ask"
)

// Try returns the command that asks the same question inside the lab, as a student would type it at the prompt of the
// asker's container, or "" if no command does.
func (l *Lab) Try(ctx context.Context, from string, q ask.Question) string {
	asker := l.peer(from)
	if from == ask.Host || asker == nil {
		return ""
	}
	a := asking{l, asker}
	to := ask.TargetOf(q)
	host, err := a.target(ctx, to)
	if err != nil && !to.IsZero() {
		return ""
	}
	switch q := q.(type) {
	case ask.Ping:
		return a.tryPing(ctx, host, q)
	case ask.Connect:
		return a.tryConnect(ctx, host, q)
	case ask.Hops:
		return "trace " + host
	case ask.ARP:
		return "arp " + host
	case ask.Resolve:
		return a.tryResolve(ctx, host, q.Server, q.Type)
	case ask.Reverse:
		return a.tryResolve(ctx, host, q.Server, "")
	case ask.Read:
		return tryRead(q.Thing)
	case ask.File:
		return "cat " + q.Path
	case ask.Write:
		if q.Text != "" {
			return "write " + q.Path + " " + q.Text
		}
		return fmt.Sprintf("fill %s %d", q.Path, q.Bytes)
	}
	return ""
}

func (a asking) tryPing(ctx context.Context, host string, q ask.Ping) string {
	size, err := a.payload(ctx, q)
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
func (a asking) tryConnect(ctx context.Context, host string, q ask.Connect) string {
	port := q.Port.Number
	if port == 0 {
		return ""
	}
	if !q.Through.IsZero() {
		var err error
		if host, err = a.target(ctx, q.Through); err != nil {
			return ""
		}
		if port, err = binding(ctx, a.lab.peer(q.To.Ref.Head), q.Port.Docker()); err != nil {
			return ""
		}
	}
	if q.Port.Network == "udp" {
		return fmt.Sprintf("nc -u %s %d", host, port)
	}
	return "get " + net.JoinHostPort(host, strconv.Itoa(port))
}

func (a asking) tryResolve(ctx context.Context, name string, at ask.Target, kind string) string {
	words := []string{"dns", name}
	if !at.IsZero() {
		server, err := a.target(ctx, at)
		if err != nil {
			return ""
		}
		words = append(words, "@"+server)
	}
	if kind == "AAAA" {
		words = append(words, kind)
	}
	return strings.Join(words, " ")
}

// tryRead returns the applet that shows a thing, or "" if the container has none or the applet would count itself.
func tryRead(thing string) string {
	switch thing {
	case ask.Routes, ask.RouteGateway, ask.RouteIPv6Gateway:
		return "ip route"
	case ask.Links, ask.LinkIPv4, ask.LinkIPv6, ask.LinkMAC, ask.LinkMTU, ask.LinkKind:
		return "ip addr"
	case ask.Sockets:
		return "ss"
	case ask.Hostname:
		return thing
	case ask.DNSServers:
		return "cat /etc/resolv.conf"
	case ask.Hosts:
		return "cat /etc/hosts"
	case ask.Kernel, ask.BootID, ask.NetNS, ask.UTSNS, ask.TimeNS, ask.PIDNS, ask.MntNS, ask.IPCNS:
		return "proc"
	}
	return ""
}
