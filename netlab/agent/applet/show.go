//go:build linux

package applet

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// ip accepts the forms of ip(8) that only show something: ip a, ip -4 addr show eth0, ip r.
func (a applets) ip(ctx context.Context, args []string) int {
	_, words := options(args, "f")
	if len(words) == 0 {
		return a.table(ctx, probe.Look{}, printAddresses)
	}
	for what, write := range map[string]func(io.Writer, *fact.Stack){
		"address": printAddresses, "link": printAddresses, "route": printRoutes, "neighbor": printNeighbors,
		"neighbour": printNeighbors,
	} {
		if strings.HasPrefix(what, words[0]) {
			if len(words) > 1 && !strings.HasPrefix("show", words[1]) && !strings.HasPrefix("list", words[1]) {
				break // it would change something
			}
			return a.table(ctx, probe.Look{}, write)
		}
	}
	return Usage
}

func (a applets) ifconfig(ctx context.Context, _ []string) int {
	return a.table(ctx, probe.Look{}, printAddresses)
}

func (a applets) route(ctx context.Context, _ []string) int {
	return a.table(ctx, probe.Look{}, printRoutes)
}

func (a applets) netstat(ctx context.Context, args []string) int {
	flags, _ := options(args, "")
	if _, routes := flags["r"]; routes {
		return a.table(ctx, probe.Look{}, printRoutes)
	}
	return a.sockets(ctx, nil)
}

func (a applets) sockets(ctx context.Context, _ []string) int {
	return a.table(ctx, probe.Look{Sockets: true}, printSockets)
}

// table prints part of the container's stack in aligned columns.
func (a applets) table(ctx context.Context, q probe.Look, write func(io.Writer, *fact.Stack)) int {
	r := a.ask(ctx, probe.Question{Look: &q})
	if r.Stack == nil {
		return a.verdict(*r.Outcome, "")
	}
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	write(w, r.Stack)
	if err := w.Flush(); err != nil {
		return No
	}
	return Yes
}

func printAddresses(w io.Writer, s *fact.Stack) {
	for _, l := range s.Links {
		state := "down"
		if l.Up {
			state = "up"
		}
		mac := l.MAC
		if mac == "" {
			mac = "-"
		}
		addresses := strings.Join(l.Addresses, " ")
		if addresses == "" {
			addresses = "no address"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\tmtu %d\t%s\t%s\n", l.Index, clean(l.Name), l.Kind, state, l.MTU, mac, addresses)
	}
}

func printRoutes(w io.Writer, s *fact.Stack) {
	for _, r := range s.Routes {
		via := "direct"
		if r.Gateway != "" {
			via = "via " + r.Gateway
		}
		fmt.Fprintf(w, "%s\t%s\tdev %s\n", r.Destination, via, clean(r.Link))
	}
	if len(s.Routes) == 0 {
		fmt.Fprintln(w, "no routes")
	}
}

func printNeighbors(w io.Writer, s *fact.Stack) {
	for _, n := range s.Neighbors {
		mac := n.MAC
		if mac == "" {
			mac = "-"
		}
		fmt.Fprintf(w, "%s\t%s\tdev %s\t%s\n", n.Address, mac, clean(n.Link), n.State)
	}
	if len(s.Neighbors) == 0 {
		fmt.Fprintln(w, "no neighbors yet")
	}
}

func printSockets(w io.Writer, s *fact.Stack) {
	for _, socket := range s.Sockets {
		fmt.Fprintf(w, "%s\t%s\n", socket.Network, socket.Address)
	}
	if len(s.Sockets) == 0 {
		fmt.Fprintln(w, "nothing listens here")
	}
}

// proc prints what a process in this container sees of the kernel, of other processes and of its namespaces.
func (a applets) proc(ctx context.Context, _ []string) int {
	r := a.ask(ctx, probe.Question{Process: &probe.Process{}})
	p := r.Process
	if p == nil {
		return a.verdict(*r.Outcome, "")
	}
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "kernel\t%s\n", clean(p.Kernel))
	fmt.Fprintf(w, "boot ID\t%s\n", clean(p.BootID))
	fmt.Fprintf(w, "processes\t%d\n", p.Processes)
	for _, n := range p.Namespaces {
		fmt.Fprintf(w, "%s namespace\t%s\n", n.Name, n.Value)
	}
	if err := w.Flush(); err != nil {
		return No
	}
	return Yes
}

func (a applets) hostname(context.Context, []string) int {
	name, err := os.Hostname()
	if err != nil {
		fmt.Fprintf(a.Err, "hostname: %v\n", err)
		return No
	}
	fmt.Fprintln(a.Out, clean(name))
	return Yes
}

// clear clears the screen and moves the cursor to the top (ECMA-48, ED and CUP).
func (a applets) clear(context.Context, []string) int {
	if a.Terminal != nil {
		fmt.Fprint(a.Out, "\x1b[H\x1b[2J")
	}
	return Yes
}
