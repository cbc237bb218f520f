//go:build linux

package applet

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"netlab/netlab/poll"
	"netlab/netlab/probe"
)

// The number of echo requests of a ping, and the pause between two.
const (
	usualEchoes = 3
	mostEchoes  = 1000
	pingPause   = 300 * time.Millisecond
)

func (a applets) outcome(ctx context.Context, q probe.Question) probe.Outcome {
	return *a.ask(ctx, q).Outcome
}

// ping sends one echo request after another and prints each reply as it arrives, then the number of replies. Ctrl-C
// ends it.
func (a applets) ping(ctx context.Context, args []string) int {
	flags, hosts := options(args, "cisItMwW")
	count, size := usualEchoes, 0
	var err error
	if text, given := flags["c"]; given {
		if count, err = strconv.Atoi(text); err != nil || count < 1 || count > mostEchoes {
			return Usage
		}
	}
	if text, given := flags["s"]; given {
		if size, err = strconv.Atoi(text); err != nil || size < 1 {
			return Usage
		}
	}
	if len(hosts) != 1 {
		return Usage
	}
	host, came := hosts[0], 0
	var o probe.Outcome
	for came < count {
		q := &probe.Ping{Host: host, Count: 1, Size: size, DontFrag: flags["M"] == "do"}
		if o = a.outcome(ctx, probe.Question{Ping: q}); !o.Reason.Positive() {
			break
		}
		came++
		fmt.Fprintf(a.Out, "     reply from %s: %s ms\n", clean(o.Value), milliseconds(o.TookUS))
		host = o.Value // resolve a name only once
		if came < count && poll.Pause(ctx, pingPause) != nil {
			break
		}
	}
	answered := fmt.Sprintf("%s answered %d of %d", o.Value, came, count)
	if came > 0 && !o.Reason.Positive() && ctx.Err() == nil {
		o.Detail = fmt.Sprintf("after %d of %d replies: %s", came, count, o.Detail)
	}
	return a.verdict(o, answered)
}

func (a applets) trace(ctx context.Context, args []string) int {
	_, hosts := options(args, "fgimNpqsTw")
	if len(hosts) != 1 {
		return Usage
	}
	o := a.outcome(ctx, probe.Question{Hops: &probe.Hops{Host: hosts[0]}})
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

// arp asks for the MAC address of an IPv4 address. Without an address, it shows the known entries, like arp -a.
func (a applets) arp(ctx context.Context, args []string) int {
	_, addresses := options(args, "iH")
	if len(addresses) == 0 {
		return a.table(ctx, probe.Look{}, printNeighbors)
	}
	if len(addresses) > 1 || !isAddress(addresses[0]) {
		return Usage
	}
	o := a.outcome(ctx, probe.Question{ARP: &probe.ARP{Address: addresses[0]}})
	yes := addresses[0] + " is at " + o.Value
	if strings.Contains(o.Value, " ") {
		yes += ": two computers answered"
	}
	o.Evidence = nil // it says the same
	return a.verdict(o, yes)
}

// get connects over TCP and asks a lab listener which source address it sees. It does not speak HTTP.
func (a applets) get(ctx context.Context, args []string) int {
	_, targets := options(args, "AdHmoOTuX")
	if len(targets) != 1 {
		return Usage
	}
	if !strings.Contains(targets[0], "://") && !strings.Contains(targets[0], ":") {
		targets[0] = "http://" + targets[0]
	}
	host, port, ok := hostPort(targets[0])
	if !ok {
		return Usage
	}
	return a.connect(ctx, "tcp", host, port)
}

func (a applets) nc(ctx context.Context, args []string) int {
	flags, operands := options(args, "ipqswX")
	if len(operands) != 2 {
		return Usage
	}
	port, ok := portNumber(operands[1])
	if !ok {
		return Usage
	}
	network := "tcp"
	if _, udp := flags["u"]; udp {
		network = "udp"
	}
	return a.connect(ctx, network, operands[0], port)
}

func (a applets) connect(ctx context.Context, network, host string, port int) int {
	q := &probe.Connect{Network: network, Host: host, Port: port, Token: a.Token}
	o := a.outcome(ctx, probe.Question{Connect: q})
	return a.verdict(o, "it saw "+o.Value)
}

// dns accepts what dig, nslookup and host accept: the server as @SERVER or as a second word, and the type anywhere.
func (a applets) dns(ctx context.Context, args []string) int {
	flags, words := options(args, "tqx")
	q := &probe.Resolve{}
	types := []string{flags["t"], flags["q"], flags["type"], flags["querytype"]}
	if address, reverse := flags["x"]; reverse {
		words = append(words, address)
	}
	for _, word := range words {
		switch {
		case strings.HasPrefix(word, "+"): // dig's +short
		case strings.HasPrefix(word, "@"):
			q.Server = word[1:]
		case isType(word) && q.Name != "":
			types = append(types, word)
		case q.Name == "":
			q.Name = word
		case q.Server == "":
			q.Server = word
		default:
			return Usage
		}
	}
	q.Type = "A"
	if isAddress(q.Name) {
		q.Type = "PTR"
	}
	for _, t := range types {
		if t != "" {
			q.Type = strings.ToUpper(t)
		}
	}
	if q.Name == "" || !isType(q.Type) || q.Server != "" && !isAddress(q.Server) {
		return Usage
	}
	o := a.outcome(ctx, probe.Question{Resolve: q})
	return a.verdict(o, q.Name+" is "+o.Value)
}

func isType(word string) bool {
	return slices.Contains([]string{"A", "AAAA", "PTR"}, strings.ToUpper(word))
}

func (a applets) getent(ctx context.Context, args []string) int {
	if len(args) != 2 || !slices.Contains([]string{"hosts", "ahosts", "ahostsv4"}, args[0]) {
		return Usage
	}
	return a.dns(ctx, args[1:])
}

// verdict prints an outcome: yes and what it means, or NO and why, followed by the evidence.
func (a applets) verdict(o probe.Outcome, yes string) int {
	code, answer, detail := No, "NO ", o.Detail
	if o.Reason.Positive() {
		code, answer, detail = Yes, "yes", yes
	} else {
		answer += "  " + o.Reason.Phrase().Lesson
	}
	fmt.Fprintf(a.Out, "%s  %s\n", answer, clean(detail))
	for _, e := range o.Evidence {
		fmt.Fprintf(a.Out, "     %s: %s\n", clean(e.Source), clean(e.Text))
	}
	return code
}
