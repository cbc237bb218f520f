package why

import (
	"fmt"
	"strconv"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// A Sized is what became of echo requests with DF, which may not be fragmented, on the way in one direction.
type Sized struct {
	Direction string     // of the packets: result.Request or result.Reply
	From      survey.End // who sent them
	To        string     // the address
	Bytes     int        // of each: Facts.Size, or as many as the sender's own interface carries
	Capped    string     // that interface, if it carries less than Facts.Size
	MTU       int        // of that interface
	Outcome   probe.Outcome
	Links     []Passed // what netlab sees on the way beyond the sender's interface
}

// A Passed is a link that packets pass.
type Passed struct {
	fact.Link
	Of  string // "the host" or a container's name
	Own bool   // Docker made it: the interface of a container, its other end, or a bridge
}

// vlanTag is how many bytes more than its MTU a bridge or a veth pair lets pass (net/core/dev.c, __is_skb_forwardable).
const vlanTag = 4

// largest is the largest size that was answered, or 0.
func (s *Sized) largest() int {
	n, _ := strconv.Atoi(s.Outcome.Value)
	return n
}

// narrow is the link on the way that carries what gets through, and no more.
func (s *Sized) narrow() *Passed {
	for i := range s.Links {
		if l := &s.Links[i]; l.MTU < s.Bytes && l.MTU <= s.largest() && s.largest() <= l.MTU+vlanTag {
			return l
		}
	}
	return nil
}

// evidence is what was sent, and what came back.
func (s *Sized) evidence() []probe.Evidence {
	sent := fmt.Sprintf("an echo of %d bytes with DF to %s", s.Bytes, s.To)
	switch most := s.largest(); {
	case most >= s.Bytes:
		return []probe.Evidence{say.Seen(s.From.Name(), "%s: answered", sent)}
	case most == 0:
		return []probe.Evidence{say.Seen(s.From.Name(), "a small echo to %s: %s", s.To, s.Outcome.Detail)}
	default:
		return []probe.Evidence{
			say.Seen(s.From.Name(), "%s: %s", sent, s.Outcome.Detail),
			say.Seen(s.From.Name(), "an echo of %d bytes: answered", most),
		}
	}
}

// told reports whether the host or a router said that a packet is too large.
func (s *Sized) told() bool { return s.Outcome.Reason == probe.TooBig }

// said puts what became of the packets into words.
func (s *Sized) said() string {
	what := "get lost"
	if s.told() {
		what = "are rejected"
	}
	return fmt.Sprintf("%d bytes %s", s.Bytes, what)
}

// wouldTell says what would tell why packets get lost.
func (s *Sized) wouldTell() string {
	if s.largest() == 0 {
		return s.To + " answers no echo requests, so netlab cannot tell whether larger packets get there."
	}
	return fmt.Sprintf("Packets of %d bytes from %s get lost on the way to %s, and those of up to %d get there. netlab "+
		"saw no link that carries so little: a router beyond this host may, or a firewall drops them. A network with the "+
		"option %s=%d avoids it.", s.Bytes, s.From.Name(), s.To, s.largest(), fact.OptionMTU, s.largest())
}

// lostSize returns the first of the larger packets that did not get through, or nil.
func (t *Try) lostSize() *Sized {
	for i := range t.Sized {
		if s := &t.Sized[i]; s.largest() < s.Bytes {
			return s
		}
	}
	return nil
}

// sizeHop: do larger packets get through?
func sizeHop(t *Try) result.Hop {
	if len(t.Sized) == 0 {
		return result.Hop{}
	}
	h := result.Hop{Hop: "size", State: result.HopOK, Text: fmt.Sprintf("%d bytes pass", t.Sized[0].Bytes)}
	for i := range t.Sized {
		s := &t.Sized[i]
		if s.Capped != "" {
			h.Evidence = append(h.Evidence, say.Seen(s.From.Name(), "%s has mtu %d, so no larger packet leaves it", s.Capped,
				s.Bytes))
		}
		h.Evidence = append(h.Evidence, s.evidence()...)
	}
	if lost := t.lostSize(); lost != nil {
		h.State, h.Text, h.Direction, h.Evidence = result.HopNo, lost.said(), lost.Direction, lost.evidence()
		if lost.largest() == 0 {
			h.State, h.Text = result.HopUnknown, "no echo replies"
		}
	}
	return h
}

// mtuTooLarge: small packets get through and larger ones do not, and a router says so by ICMP, or a link on the way
// carries just what gets through. If none were sent, it is a note that a container's packets may be larger than the
// interface carries that they leave the host by.
func mtuTooLarge(f *Facts) *result.Cause {
	for i := range f.Tries {
		t := &f.Tries[i]
		s := t.lostSize()
		switch {
		case s == nil && len(t.Sized) == 0 && t.Outcome.Reason == probe.OK:
			if note := mayBeTooLarge(f, t); note != nil {
				return note
			}
		case s != nil && s.largest() > 0 && (s.told() && s.Outcome.ICMP || s.narrow() != nil):
			return tooLarge(f, t, s)
		}
	}
	return nil
}

// tooLarge is the cause of packets that got lost.
func tooLarge(f *Facts, t *Try, s *Sized) *result.Cause {
	cause := &result.Cause{Object: s.To, Direction: s.Direction, Evidence: s.evidence()}
	reason := fmt.Sprintf("only up to %d get through", s.largest())
	l := s.narrow()
	if l != nil {
		cause.Object = l.Name
		reason = fmt.Sprintf("%s of %s carries only %d", l.Name, l.Of, l.MTU)
		cause.Evidence = append(cause.Evidence, say.Seen("links of "+l.Of, "%s, on the way, has mtu %d", l.Name, l.MTU))
	}
	cause.Title = fmt.Sprintf("Packets of %d bytes from %s do not get to %s: %s.", s.Bytes, s.From.Name(), s.To, reason)
	switch {
	case s.Outcome.ICMP:
		cause.Title += " An ICMP error says so, and TCP then sends smaller ones."
	case !s.told():
		cause.Title += " No error says so, so TCP does not send smaller ones."
	}
	switch c := s.From.Container; {
	case l != nil && l.Own && l.Of != hostName:
		cause.Fix = []result.Fix{say.Run(say.Fix(result.FixDocker,
			"Restart %s. Docker then sets up its interfaces again, with the MTU of their networks.", l.Of),
			"docker restart "+f.StackOwner(f.Container(l.Of)).Name)}
	case l != nil && l.Own && say.Plain(l.Name):
		cause.Fix = []result.Fix{say.Run(say.Fix(result.FixHost, "Give it the MTU of the containers."),
			fmt.Sprintf("ip link set %s mtu %d", l.Name, max(s.MTU, s.Bytes)))}
	case c == nil || s.From.OnHost():
		cause.Fix = []result.Fix{say.Fix(result.FixHost, "Set an MTU of %d on %s's route to %s, or on its interface.",
			s.largest(), s.From.Name(), s.To)}
	default:
		other := t.Server
		if s.Direction == result.Reply {
			other = f.From.Container
		}
		var n *fact.Network
		if p := s.Outcome.Path; p != nil {
			n = f.networkWith(c, p.Source)
		}
		cause.Fix = smaller(f, c, other, n, s.largest())
	}
	return cause
}

// smaller gives a container, and the one it talks to if it does so on that network, a network with a smaller MTU.
func smaller(f *Facts, c, other *fact.Container, n *fact.Network, mtu int) []result.Fix {
	if n == nil {
		return nil
	}
	if n.Driver != fact.DriverBridge {
		return say.SmallerMTU(n, mtu)
	}
	name := f.newNetwork()
	commands := []string{fmt.Sprintf("docker network create -o %s=%d %s", fact.OptionMTU, mtu, name)}
	var leave []string
	for _, moved := range []*fact.Container{c, other} {
		if moved != nil && f.IsOn(moved, n.Name) {
			commands = append(commands, f.connect(name, moved))
			leave = append(leave, "docker network disconnect "+f.word(n.Name)+" "+f.StackOwner(moved).Name)
		}
	}
	move := say.Run(say.Fix(result.FixDocker,
		"Move to a network with a smaller MTU, with the others that it talks to on %s.", n.Name),
		append(commands, leave...)...)
	return append([]result.Fix{move}, say.SmallerMTU(n, mtu)...)
}

// mayBeTooLarge is the note about packets that leave the host by an interface with a smaller MTU.
func mayBeTooLarge(f *Facts, t *Try) *result.Cause {
	if t.Out == "" || f.Host == nil || t.Outcome.Path == nil {
		return nil
	}
	own, out := f.From.Stack.Link(t.Outcome.Path.Link), f.Host.Link(t.Out)
	if own == nil || out == nil || own.MTU <= out.MTU {
		return nil
	}
	from := f.From.Container
	cause := &result.Cause{
		Title: fmt.Sprintf("Packets of %s may have %d bytes, and %s, through which they leave the host, carries only %d. "+
			"If the error about that gets lost, large transfers hang.", from.Name, own.MTU, out.Name, out.MTU),
		Object: out.Name, Direction: result.Request, Note: true,
		Evidence: []probe.Evidence{
			say.Seen("links of "+from.Name, "%s has mtu %d", own.Name, own.MTU),
			say.Seen("links of the host", "%s has mtu %d", out.Name, out.MTU),
		},
		Fix: smaller(f, from, nil, f.networkOf(t.Outcome.Path.Source), out.MTU),
	}
	if to := f.Target.String(); say.Plain(to) {
		find := say.Run(say.Fix(result.FixDocker, "First find out whether it gets lost."),
			fmt.Sprintf("netlab why %s %s --size %d", from.Name, to, own.MTU))
		cause.Fix = append([]result.Fix{find}, cause.Fix...)
	}
	return cause
}
