//go:build linux

// Package applet has the commands that a student types inside a kept lab: ping, trace, arp, dns, ip, ss, get, cat,
// write, proc, sh and help; and fill, for the Dockerfiles of a scenario.
//
// They ask the same probes as the agent does, in their own process, and print short aligned text. The package knows the
// probes and nothing of the agent's stream, and neither exits nor touches global state: cmd/netlab-agent does.
package applet

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"text/tabwriter"

	"netlab/netlab/agent"
	"netlab/netlab/agent/server"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// The exit codes of every applet.
const (
	Yes   = 0 // it works
	No    = 1 // it does not, and the reason was printed
	Usage = 2 // it was called wrongly
)

// IO is what an applet reads and writes.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	Prompt   string // of sh, "alice> "; empty where In is no terminal
	Token    string // the lab's password, for get
}

// Ask answers one question about this container; the reply has an outcome.
type Ask func(ctx context.Context, q probe.Question) agent.Reply

// Here asks the probes of package server.
func Here(ctx context.Context, q probe.Question) agent.Reply {
	reply := agent.Reply{Outcome: &probe.Outcome{Reason: probe.Broken, Detail: "interrupted"}}
	server.Run(ctx, q, func(r agent.Reply) {
		if r.Outcome != nil {
			reply = r
		}
	})
	return reply
}

// Run runs the applet called name and returns its exit code.
func Run(ctx context.Context, name string, args []string, streams IO, ask Ask) int {
	a := applets{IO: streams, ask: ask}
	if name == "sh" {
		return a.shell(ctx, args)
	}
	return a.run(ctx, name, args)
}

const helpText = `ping HOST             does it answer?          ping bob, ping 172.17.0.3
trace HOST            by which routers?        trace bob
arp ADDRESS           who has it on my link?   arp 172.17.0.3
dns NAME [@SERVER]    who is it?               dns bob, dns 172.17.0.3
get HOST:PORT         whom does it see?        get bob:8080
ip [addr|route|neigh] my interfaces, my routes, my neighbours
ss                    who listens here?
cat FILE              what does it say?        cat /note
write FILE TEXT       a file with that line    write /note by alice
proc                  my kernel, my processes, my namespaces
fill FILE SIZE        a file of that size      fill /tmp/big 8M
help                  this list
exit                  leaves
`

type applets struct {
	IO
	ask Ask
}

func (a applets) run(ctx context.Context, name string, args []string) int {
	switch {
	case name == "ping" && len(args) == 1:
		return a.ping(ctx, args[0])
	case name == "trace" && len(args) == 1:
		return a.trace(ctx, args[0])
	case name == "arp" && len(args) == 1 && isAddress(args[0]):
		return a.arp(ctx, args[0])
	case name == "dns" && (len(args) == 1 || len(args) == 2 && strings.HasPrefix(args[1], "@")):
		return a.dns(ctx, args)
	case name == "get" && len(args) == 1 && strings.Contains(args[0], ":"):
		return a.get(ctx, args[0])
	case name == "ip" && len(args) <= 1:
		return a.ip(ctx, strings.Join(args, ""))
	case name == "ss" && len(args) == 0:
		return a.sockets(ctx)
	case name == "cat" && len(args) == 1:
		return a.cat(ctx, args[0])
	case name == "write" && len(args) >= 2:
		return a.write(ctx, args[0], strings.Join(args[1:], " "))
	case name == "proc" && len(args) == 0:
		return a.proc(ctx)
	case name == "fill" && len(args) == 2:
		return a.fill(args[0], args[1])
	case name == "help":
		fmt.Fprint(a.Out, helpText)
		return Yes
	default:
		return a.usage(name)
	}
}

func (a applets) outcome(ctx context.Context, q probe.Question) probe.Outcome {
	return *a.ask(ctx, q).Outcome
}

// usage prints how the applet is called, or all that there are.
func (a applets) usage(name string) int {
	for line := range strings.Lines(helpText) {
		if strings.HasPrefix(line, name+" ") {
			fmt.Fprintf(a.Err, "usage: %s", line)
			return Usage
		}
	}
	fmt.Fprintf(a.Err, "%s: no such command\n%s", clean(name), helpText)
	return Usage
}

// shell is a prompt that knows the applets and nothing else.
func (a applets) shell(ctx context.Context, args []string) int {
	if len(args) == 2 && args[0] == "-c" {
		return a.line(ctx, args[1])
	}
	if len(args) > 0 {
		fmt.Fprintln(a.Err, "usage: sh [-c COMMAND]    help lists the commands")
		return Usage
	}
	if a.Prompt != "" {
		fmt.Fprint(a.Out, "A small prompt, not a full shell: help lists what it knows.\n")
	}
	input := bufio.NewScanner(a.In)
	code := Yes
	for {
		fmt.Fprint(a.Out, clean(a.Prompt))
		if !input.Scan() {
			break
		}
		if line := strings.TrimSpace(input.Text()); line == "exit" {
			return code
		}
		code = a.line(ctx, input.Text())
	}
	if a.Prompt != "" {
		fmt.Fprintln(a.Out)
	}
	if err := input.Err(); err != nil {
		fmt.Fprintf(a.Err, "sh: reading: %v\n", err)
		return No
	}
	return code
}

// line runs one line of the shell; Ctrl-C ends the command, not the shell.
func (a applets) line(ctx context.Context, line string) int {
	words := strings.Fields(line)
	if len(words) == 0 {
		return Yes
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	return a.run(ctx, words[0], words[1:])
}

func (a applets) ping(ctx context.Context, host string) int {
	const echoes = 3
	o := a.outcome(ctx, probe.Question{Ping: &probe.Ping{Host: host, Count: echoes}})
	var times []string
	for _, us := range o.SamplesUS {
		times = append(times, milliseconds(us))
	}
	return a.verdict(o, fmt.Sprintf("%s answered %d of %d: %s ms", o.Value, len(times), echoes, strings.Join(times, " ")))
}

func (a applets) trace(ctx context.Context, host string) int {
	o := a.outcome(ctx, probe.Question{Hops: &probe.Hops{Host: host}})
	way := strings.Fields(o.Value)
	yes := fmt.Sprintf("%d hops", len(way))
	if len(way) == 1 {
		yes = "directly"
	}
	code := a.verdict(o, yes)
	for i, hop := range way {
		if hop == "*" {
			hop = "*  no answer"
		}
		fmt.Fprintf(a.Out, "%3d  %s\n", i+1, clean(hop))
	}
	return code
}

func (a applets) arp(ctx context.Context, address string) int {
	o := a.outcome(ctx, probe.Question{ARP: &probe.ARP{Address: address}})
	yes := address + " is at " + o.Value
	if strings.Contains(o.Value, " ") {
		yes += ": it is taken twice"
	}
	o.Evidence = nil // it says the same
	return a.verdict(o, yes)
}

func (a applets) get(ctx context.Context, target string) int {
	i := strings.LastIndexByte(target, ':')
	port, err := strconv.ParseUint(target[i+1:], 10, 16)
	if err != nil || port == 0 || i == 0 {
		return a.usage("get")
	}
	host := strings.Trim(target[:i], "[]")
	q := &probe.Connect{Network: "tcp", Host: host, Port: int(port), Token: a.Token}
	o := a.outcome(ctx, probe.Question{Connect: q})
	return a.verdict(o, "it saw "+o.Value)
}

func (a applets) dns(ctx context.Context, args []string) int {
	q := &probe.Resolve{Name: args[0], Type: "A"}
	if isAddress(args[0]) {
		q.Type = "PTR"
	}
	if len(args) == 2 {
		if q.Server = args[1][1:]; !isAddress(q.Server) {
			return a.usage("dns")
		}
	}
	o := a.outcome(ctx, probe.Question{Resolve: q})
	return a.verdict(o, args[0]+" is "+o.Value)
}

// verdict prints an outcome: yes and what it means, or NO and why, then what was seen on the way.
func (a applets) verdict(o probe.Outcome, yes string) int {
	code, answer, detail := No, "NO ", o.Detail
	if o.Reason.Positive() {
		code, answer, detail = Yes, "yes", yes
	} else {
		answer += "  " + o.Reason.Short()
	}
	fmt.Fprintf(a.Out, "%s  %s\n", answer, clean(detail))
	for _, e := range o.Evidence {
		fmt.Fprintf(a.Out, "     %s: %s\n", clean(e.Source), clean(e.Text))
	}
	return code
}

func (a applets) ip(ctx context.Context, what string) int {
	write := map[string]func(io.Writer, *fact.Stack){
		"": printAddresses, "addr": printAddresses, "a": printAddresses,
		"route": printRoutes, "r": printRoutes, "neigh": printNeighbours, "n": printNeighbours,
	}[what]
	if write == nil {
		return a.usage("ip")
	}
	return a.table(ctx, write)
}

func (a applets) sockets(ctx context.Context) int {
	return a.table(ctx, func(w io.Writer, s *fact.Stack) {
		for _, socket := range s.Sockets {
			fmt.Fprintf(w, "%s\t%s\n", socket.Network, socket.Address)
		}
		if len(s.Sockets) == 0 {
			fmt.Fprintln(w, "nobody listens here")
		}
	})
}

// table prints a part of the container's stack in aligned columns.
func (a applets) table(ctx context.Context, write func(io.Writer, *fact.Stack)) int {
	r := a.ask(ctx, probe.Question{Look: &probe.Look{}})
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

func printNeighbours(w io.Writer, s *fact.Stack) {
	for _, n := range s.Neighbours {
		mac := n.MAC
		if mac == "" {
			mac = "-"
		}
		fmt.Fprintf(w, "%s\t%s\tdev %s\t%s\n", n.Address, mac, clean(n.Link), n.State)
	}
	if len(s.Neighbours) == 0 {
		fmt.Fprintln(w, "no neighbours yet")
	}
}
