package why

import (
	"fmt"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
)

// walk is the chain of hops, in the order in which a packet passes them. It ends at the first one that fails, except
// that what came back of a refusal is shown too.
func walk(f *Facts) []result.Hop {
	chain := []result.Hop{}
	next := func(h result.Hop) (goOn bool) {
		if h.Hop != "" {
			if h.Evidence == nil {
				h.Evidence = []probe.Evidence{}
			}
			if h.Direction == "" {
				h.Direction = result.Request
			}
			chain = append(chain, h)
		}
		return h.State != result.HopNo
	}
	t := f.leading()
	if !next(f.Lookup.hop()) || t == nil || t.Outcome.Reason == "" {
		return chain
	}
	if !next(routeHop(f, t)) || !next(neighborHop(f, t)) || !next(filterHop(f, t)) {
		return chain
	}
	if t.Outcome.Reason == probe.Timeout && t.Arrived == 0 {
		return chain // they did not get any further, as far as netlab could see
	}
	next(listenerHop(f, t))
	next(replyHop(f, t))
	next(sizeHop(t))
	return chain
}

// leading returns the try that the chain is about: the first that fails, or the first that programs use.
func (f *Facts) leading() *Try {
	var first *Try
	for i := range f.Tries {
		t := &f.Tries[i]
		switch {
		case f.unused(t):
		case !f.works(t):
			return t
		case first == nil:
			first = t
		}
	}
	return first
}

// hop: does the name have an address?
func (l *Lookup) hop() result.Hop {
	switch {
	case l == nil:
		return result.Hop{}
	case l.Hidden:
		return result.Hop{Hop: "name", State: result.HopUnknown, Text: "not asked"}
	case len(l.Addresses) == 0:
		return result.Hop{Hop: "name", State: result.HopNo, Text: "no address for " + l.Name, Evidence: l.answers()}
	}
	h := result.Hop{
		Hop: "name", State: result.HopOK, Text: l.Name + " is " + strings.Join(l.Addresses, " and "), Evidence: l.answers(),
	}
	if l.Source == hostsFile {
		h.Evidence = []probe.Evidence{say.Seen(hostsFile, "has the name")}
	}
	if len(h.Evidence) == 0 {
		h.Evidence = []probe.Evidence{say.Seen(l.Source, "%s", strings.Join(l.Addresses, ", "))}
	}
	return h
}

// routeHop: does the asker's kernel have a way there?
func routeHop(f *Facts, t *Try) result.Hop {
	h := result.Hop{Hop: "route"}
	p := t.Outcome.Path
	switch {
	case t.Outcome.Reason == probe.NetUnreachable && t.Outcome.From == "",
		t.Outcome.Reason == probe.Denied && (p == nil || p.Sent == 0) && t.lost() == nil, p == nil:
		h.State, h.Text = result.HopNo, "no route to "+t.Address
		h.Evidence = []probe.Evidence{say.Seen(f.From.Name(), "%s", t.Outcome.Detail)}
		if t.Outcome.Reason != probe.NetUnreachable {
			h.Text = "not sent to " + t.Address
		}
		return h
	}
	h.State, h.Text = result.HopOK, p.Link+", same network"
	switch {
	case t.Kind == Itself:
		h.Text = p.Link + ", " + f.From.Name() + " itself"
	case p.Gateway != "":
		h.Text = p.Link + ", through " + p.Gateway
	}
	h.Evidence = []probe.Evidence{say.Seen(f.From.Name(), "sends from %s", p.Source)}
	return h
}

// neighborHop: does the next machine on the link answer ARP or NDP?
func neighborHop(f *Facts, t *Try) result.Hop {
	p := t.Outcome.Path
	switch {
	case p.Neighbor == "" || p.Neighbor == "noarp" || t.Outcome.Reason == probe.Denied:
		return result.Hop{}
	case unresolved(p):
		asked := "ARP"
		if isSix(t.Address) {
			asked = "NDP"
		}
		h := result.Hop{
			Hop: "neighbor", State: result.HopNo, Text: "no " + asked + " reply",
			Evidence: []probe.Evidence{say.Seen("neighbors of "+f.From.Name(), "%s", p.Neighbor)},
		}
		if t.Drop != nil {
			h.Evidence = append(h.Evidence, t.dropped())
		}
		return h
	}
	return result.Hop{
		Hop: "neighbor", State: result.HopOK, Text: "at " + p.MAC,
		Evidence: []probe.Evidence{say.Seen("neighbors of "+f.From.Name(), "%s", p.Neighbor)},
	}
}

// filterHop: did the packets arrive, as far as that can be seen?
func filterHop(f *Facts, t *Try) result.Hop {
	if t.Kind == Itself && t.Drop == nil && t.Through == nil && t.Outcome.Reason != probe.Timeout {
		return result.Hop{} // nothing leaves the namespace
	}
	h := result.Hop{Hop: "filter", State: result.HopOK, Text: "nothing dropped"}
	sent := 0
	if t.Outcome.Path != nil {
		sent = t.Outcome.Path.Sent
	}
	what := "SYN"
	if f.Target.Network == "udp" {
		what = "datagram"
	}
	switch {
	case t.Behind != nil:
		h.Evidence = append(h.Evidence, say.Seen("the host", "accepted on port %d itself", f.Target.Port))
	case t.Watched:
		h.Evidence = append(h.Evidence, say.Seen(f.where(t), "%s, %d arrived", count(sent, what)+" sent", t.Arrived))
	}
	switch {
	case t.Drop != nil:
		h.State, h.Text, h.Direction = result.HopNo, "dropped on the host", t.direction()
		h.Evidence = append(h.Evidence, t.dropped())
	case t.lost() != nil:
		d := t.lost()
		h.State, h.Text, h.Direction = result.HopNo, "dropped"+d.place(), d.Direction
		for i := range t.Kernel {
			h.Evidence = append(h.Evidence, t.Kernel[i].heard())
		}
	case t.Outcome.Reason == probe.Timeout && t.Arrived > 0 && t.Replied == 0 && f.Target.Network == "tcp":
		h.State, h.Text = result.HopUnknown, "arrived, but no reply left"
	case t.Outcome.Reason == probe.Timeout && t.Arrived == 0:
		h.State, h.Text = result.HopUnknown, "no answer"
		if len(h.Evidence) == 0 {
			h.Evidence = []probe.Evidence{say.Seen(f.From.Name(), "%s", t.Outcome.Detail)}
		}
	case t.Outcome.Reason == probe.NetUnreachable || t.Outcome.Reason == probe.HostUnreachable,
		t.Outcome.Reason == probe.Refused && t.Outcome.ICMP && f.Target.Network == "tcp":
		h.State, h.Text = result.HopNo, "rejected"
		h.Evidence = append(h.Evidence, say.Seen(f.From.Name(), "%s", t.Outcome.Detail))
	}
	return h
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// listenerHop: does a socket accept these packets?
func listenerHop(f *Facts, t *Try) result.Hop {
	h := result.Hop{Hop: "listener", State: result.HopOK}
	l := t.listening(f.Target.Network)
	switch {
	case t.Stack == nil && t.Outcome.Reason == probe.OK:
		h.Text = "open"
		return h
	case t.Stack == nil:
		h.State, h.Text = result.HopUnknown, "netlab cannot see the sockets there"
		return h
	case len(l.Here) == 0:
		h.State, h.Text = result.HopNo, "none for "+fmt.Sprintf("%d/%s", t.Port, f.Target.Network)
		if t.Outcome.Reason == probe.Refused {
			h.Text = "refused by " + f.where(t)
		}
		on := append(append([]string{}, l.Loopback...), l.Other...)
		if len(on) > 0 {
			h.Evidence = []probe.Evidence{say.Sockets(f.where(t), "%s", strings.Join(on, ", "))}
		} else {
			h.Evidence = []probe.Evidence{say.Sockets(f.where(t), "none on %d/%s", t.Port, f.Target.Network)}
		}
		return h
	}
	h.Text = f.where(t) + " listens"
	h.Evidence = []probe.Evidence{say.Sockets(f.where(t), "%s", strings.Join(l.Here, ", "))}
	if t.Outcome.Reason == probe.Refused && t.Replied > 0 && t.Through == nil { // a socket on :: may not take IPv4
		h.State, h.Text = result.HopNo, "refused by "+f.where(t)
	}
	if t.Behind != nil {
		said := "the SYN-ACK came back"
		if t.Behind.Reason != probe.OK {
			h.State, h.Text, said = result.HopNo, "no answer for the host", t.Behind.Detail
		}
		h.Evidence = append(h.Evidence, say.Seen("the host", "asked %s on port %d: %s", t.Server.Name, t.Port, said))
	}
	if t.Server != nil && t.Server.State != fact.StateRunning {
		h.State, h.Text = result.HopNo, t.Server.Name+" is "+t.Server.State
		h.Evidence = []probe.Evidence{say.Inspected(t.Server, "State.Status is %s", t.Server.State)}
	}
	return h
}

// replyHop: did the answer come back?
func replyHop(f *Facts, t *Try) result.Hop {
	h := result.Hop{Hop: "reply", Direction: result.Reply, State: result.HopOK}
	took := fmt.Sprintf("%.1f ms", float64(t.Outcome.TookUS)/1000)
	switch {
	case t.Outcome.Reason == probe.OK && f.Target.Network == "tcp":
		h.Text, h.Evidence = "the SYN-ACK came back", []probe.Evidence{say.Seen(f.From.Name(), "%s", took)}
	case t.Outcome.Reason == probe.OK:
		h.Text, h.Evidence = "an answer came back", []probe.Evidence{say.Seen(f.From.Name(), "%s", took)}
	case t.Outcome.Reason == probe.Refused:
		h.Text = "the refusal came back"
		h.Evidence = []probe.Evidence{say.Seen(f.From.Name(), "%s, %s", t.Outcome.Detail, took)}
	case f.Target.Network == "udp" && t.Outcome.Reason == probe.Timeout:
		h.State, h.Text = result.HopUnknown, "none, as UDP servers need not answer"
	case t.Replied > 0:
		h.State, h.Text = result.HopNo, "replies left, but none came back"
		h.Evidence = []probe.Evidence{say.Seen(f.where(t), "%d replies left", t.Replied)}
	default:
		h.State, h.Text = result.HopUnknown, "none seen"
	}
	return h
}
