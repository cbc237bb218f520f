package lab

import (
	"context"
	"net"
	"strconv"
	"strings"

	"netlab/netlab/scenario"
)

// Try returns the command that asks the same inside the lab, as a student types it in the prompt of the asker's
// container; "" where there is none.
func (l *Lab) Try(ctx context.Context, from string, p scenario.Probe) string {
	if from == scenario.Host {
		return ""
	}
	host, err := l.target(ctx, p.Target, from)
	if err != nil && !p.Target.IsZero() {
		return ""
	}
	switch p.Kind {
	case scenario.Ping:
		return "ping " + host
	case scenario.Connect:
		if p.Port.Number == 0 {
			return "" // the listener was open for its question only
		}
		return "get " + net.JoinHostPort(host, strconv.Itoa(p.Port.Number))
	case scenario.Resolve, scenario.Reverse:
		if server, err := l.target(ctx, p.Server, from); !p.Server.IsZero() && err == nil {
			return "dns " + host + " @" + server
		}
		return "dns " + host
	case scenario.Read:
		return tryRead(p.Thing)
	case scenario.File:
		return "cat " + p.Path
	case scenario.Write:
		if p.Text != "" {
			return "write " + p.Path + " " + p.Text
		}
	}
	return ""
}

// tryRead is the applet that shows a thing.
func tryRead(thing string) string {
	switch {
	case strings.HasPrefix(thing, "route"):
		return "ip route"
	case thing == "links" || thing == "port.bridge" || strings.HasPrefix(thing, "link."):
		return "ip addr"
	case thing == "sockets":
		return "ss"
	case ofProcess(thing) && thing != "hypervisor" && thing != "vm.swappiness":
		return "proc"
	}
	return ""
}
