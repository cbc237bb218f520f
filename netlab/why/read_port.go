package why

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// How a port is asked. A neighbor on this host answers within a millisecond.
const (
	firstSYNs  = 3
	firstEvery = 60  // milliseconds
	waitHere   = 200 // milliseconds, for what is on this host
	waitThere  = 1000

	burstEvery = 3  // milliseconds
	burstWait  = 60 // milliseconds
	apart      = 8  // milliseconds
	burstMore  = 8  // packets that others may send at the same time
	maxMoves   = 3  // how often to begin again because the rules changed: a container came or went
)

// bursts are how many packets are sent to find the rule that drops them. Others use the host too, so a rule must count
// about as many in both bursts, which a steady flow to another rule does not.
func bursts() []int { return []int{8, 24} }

// try asks one address, watches the packets at the server, and looks for what drops them.
func (r *Reader) try(ctx context.Context, f *Facts, asker *survey.Seat, t *Try) error {
	server := r.serverSeat(ctx, f, t)
	if server != nil {
		t.Stack = server.Stack
	}
	q := probe.Reach{
		Network: f.Target.Network, Address: t.Address, Port: f.Target.Port, Sequence: rand.Uint32(),
		Count: firstSYNs, EveryMS: firstEvery, WaitMS: waitHere, Reset: true,
	}
	if t.Kind == Elsewhere {
		q.WaitMS = waitThere
	}
	stop := func() {}
	if server != nil && server != asker {
		stop = t.watch(ctx, server.Client, probe.Arrivals{Network: q.Network, Port: t.Port, Sequence: q.Sequence})
	}
	var err error
	t.Outcome, err = asker.Client.Ask(ctx, probe.Question{Reach: &q})
	stop()
	if err == nil {
		err = broken(t.Outcome)
	}
	if err != nil {
		return err
	}
	if err := r.askBehind(ctx, f, t, q); err != nil {
		return err
	}
	if t.unanswered() && len(survey.FullQueues(t.Stack)) > 0 {
		t.Again, _ = server.Client.LookWithSockets(ctx) // without it, there is no proof
	}
	r.findTranslation(ctx, t)
	r.findMasquerade(ctx, asker, t, q)
	switch p := t.Outcome.Path; {
	case f.withoutNDP(t) != nil:
		r.findDrop(ctx, f, asker, t, q)
	case f.silent(t):
		r.findDrop(ctx, f, asker, t, q)
		r.followOut(ctx, f, asker, t, q)
		r.followTunnel(ctx, f, asker, t, q)
	case t.Kind == Elsewhere && unresolved(p) && p.Gateway != "": // no router is there, so nothing got any further
		t.Way = &Way{Detours: askDetours(ctx, f, asker, p, q)}
	}
	return r.measure(ctx, f, asker, server, t)
}

// askBehind asks the server from the host if the host itself accepted the SYN: Docker's proxy accepts before it
// connects to the container.
func (r *Reader) askBehind(ctx context.Context, f *Facts, t *Try, q probe.Reach) error {
	if t.Through == nil || t.Server == nil || !t.Watched || t.Arrived > 0 || t.Outcome.Reason != probe.OK {
		return nil
	}
	host, err := r.Seat(ctx, survey.HostSeat)
	addresses := f.addressOf(t.Server)
	if err != nil || len(addresses) == 0 {
		return nil
	}
	q.Address, q.Port = addresses[0], t.Port
	o, err := host.Client.Ask(ctx, probe.Question{Reach: &q})
	if err == nil {
		err = broken(o)
	}
	t.Behind = &o
	return err
}

// serverSeat is the seat in the namespace that should answer, or nil.
func (r *Reader) serverSeat(ctx context.Context, f *Facts, t *Try) *survey.Seat {
	key := ""
	switch {
	case t.Server != nil && t.Server.Running():
		key = f.KeyOf(t.Server)
	case t.Kind == Itself:
		key = f.fromKey()
	case t.Kind == OnHost:
		key = survey.RulesSeat
	default:
		return nil
	}
	if s, err := r.Seat(ctx, key); err == nil {
		return s
	}
	return nil
}

// watch counts the packets that arrive at the server, until stop is called.
func (t *Try) watch(ctx context.Context, server *agent.Client, q probe.Arrivals) (stop func()) {
	arrived, replied, source := 0, 0, ""
	end, err := server.Watch(ctx, probe.Question{Arrivals: &q}, func(reply agent.Reply) {
		switch {
		case reply.Seen == nil:
		case reply.Seen.What == probe.RequestArrived:
			arrived++
			source = reply.Seen.From
		case reply.Seen.What == probe.ReplyLeft:
			replied++
		}
	})
	if err != nil {
		return func() {}
	}
	t.Watched = true
	return func() {
		end()
		t.Arrived, t.Replied, t.Source = arrived, replied, source
	}
}

// silent reports whether the host's firewall may have kept the packets or their answers from arriving.
func (f *Facts) silent(t *Try) bool {
	if t.Outcome.Path == nil || t.Outcome.Path.Link == "lo" && !f.From.OnHost() {
		return false
	}
	switch t.Outcome.Reason {
	case probe.Timeout:
		return f.Target.Network == "tcp" || t.Arrived == 0
	case probe.NetUnreachable, probe.HostUnreachable:
		return t.Outcome.From != "" // an ICMP error, which a rule may have sent
	case probe.Refused:
		return t.Stack != nil && len(t.listening(f.Target.Network).Here) > 0 // something refuses in the server's place
	}
	return false
}

// withoutNDP returns how a container that did not answer a neighbor solicitation is reached without one, or nil for one
// that did. To the host's firewall, solicitations are packets like any other (which ARP is not).
func (f *Facts) withoutNDP(t *Try) *probe.Via {
	n := f.Network(t.Network)
	if t.Kind != InContainer || t.Server == nil || n == nil || n.Driver != fact.DriverBridge || !isSix(t.Address) ||
		!unresolved(t.Outcome.Path) || t.Outcome.Path.Gateway != "" || t.Stack == nil {
		return nil
	}
	for _, link := range t.Stack.Links {
		if slices.ContainsFunc(link.Addresses, func(a string) bool { return strings.HasPrefix(a, t.Address+"/") }) {
			return &probe.Via{Link: t.Outcome.Path.Link, MAC: link.MAC}
		}
	}
	return nil
}

// findDrop sends bursts of packets and looks which rule of the host's firewall counts them.
func (r *Reader) findDrop(ctx context.Context, f *Facts, asker *survey.Seat, t *Try, q probe.Reach) {
	rules, err := r.Seat(ctx, survey.RulesSeat)
	if err != nil {
		return
	}
	var bridges []string
	for _, n := range f.Networks {
		if n.Driver == fact.DriverBridge {
			bridges = append(bridges, n.Interface)
		}
	}
	q.EveryMS, q.WaitMS, q.Via = burstEvery, burstWait, f.withoutNDP(t)
	// Otherwise the rule that drops the SYNs would count the RSTs too. A detour sends only one in a burst.
	q.Reset = t.Replied > 0 || q.Via != nil
	var found []fact.Drop
	var last fact.Firewall
	for i, moves := 0, 0; i < len(bursts()); i++ {
		burst := bursts()[i]
		sends := 1
		if q.Count = burst; q.Via == nil && t.Outcome.Reason != probe.Timeout || t.Replied > 0 {
			// The first packet is answered, which ends a burst. And if only the answers are lost, a server answers a
			// repeated SYN once in half a second (net.ipv4.tcp_invalid_ratelimit), so each has a port of its own.
			q.Count, q.WaitMS, sends = 1, apart, burst
		}
		before, after, ok := around(ctx, rules, func() error {
			for range sends {
				if _, err := asker.Client.Ask(ctx, probe.Question{Reach: &q}); err != nil {
					return err
				}
			}
			return nil
		})
		if !ok {
			return
		}
		if !before.SameRules(after) || i > 0 && !last.SameRules(after) {
			if moves++; moves > maxMoves {
				return
			}
			i, found = -1, nil // begin again
			continue
		}
		busy := fact.Dropped(before, after, uint64(burst+burstMore), bridges)
		now := fact.Dropped(before, after, uint64(burst), bridges)
		now = slices.DeleteFunc(now, func(d fact.Drop) bool {
			return slices.Contains(busy, d) || i > 0 && !slices.Contains(found, d)
		})
		found, last = now, after
	}
	t.Counted, t.Maybe = true, last.Uncounted()
	if all, o, err := rules.Client.Firewall(ctx); err == nil && o.Reason == probe.OK {
		f.Firewall = all
	}
	if len(found) == 1 { // a packet is only dropped once
		t.Drop = &found[0]
		if q.Via != nil {
			t.Proof = fmt.Sprintf("%s counted SYNs to %s, twice", t.Drop, q.Via.MAC)
		}
	}
}

// around reads the host's firewall before and after sending.
func around(ctx context.Context, rules *survey.Seat, send func() error) (before, after fact.Firewall, ok bool) {
	read := func(into *fact.Firewall) bool {
		chains, o, err := rules.Client.Chains(ctx)
		*into = chains
		return err == nil && o.Reason == probe.OK
	}
	ok = read(&before) && send() == nil && read(&after)
	return before, after, ok
}
