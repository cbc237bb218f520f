package why

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// followOut looks at the host for what becomes of packets of a container that nothing on the way outside answered.
func (r *Reader) followOut(ctx context.Context, f *Facts, asker *survey.Seat, t *Try, q probe.Reach) {
	p := t.Outcome.Path
	turned := (t.Outcome.Reason == probe.HostUnreachable || t.Outcome.Reason == probe.NetUnreachable) &&
		t.Outcome.From != ""
	if f.From.OnHost() || t.Kind != Elsewhere || t.Outcome.Reason != probe.Timeout && !turned || p == nil ||
		t.Drop != nil ||
		f.Target.Network != "tcp" || strings.Contains(t.Address, ":") {
		return
	}
	host, err := r.Seat(ctx, survey.HostSeat)
	if err != nil {
		return
	}
	w := &Way{}
	if n := f.networkOf(p.Source); n != nil {
		w.In = n.Interface
	}
	q.Sequence, q.Count, q.EveryMS = rand.Uint32(), bursts()[0], burstEvery
	stop := w.watch(ctx, host.Client, q)
	before, read := spoofed(ctx, host.Client)
	if o, err := asker.Client.Ask(ctx, probe.Question{Reach: &q}); err == nil && o.Path != nil {
		w.Sent = o.Path.Sent
	}
	if after, again := spoofed(ctx, host.Client); read && again {
		w.Spoofed = after - before
	}
	stop()
	q.Sequence, q.Count, q.EveryMS = rand.Uint32(), firstSYNs, firstEvery
	if o, err := host.Client.Ask(ctx, probe.Question{Reach: &q}); err == nil && o.Reason != probe.Broken {
		w.Host = &o
	}
	w.Request = routeGet(ctx, host.Client, probe.RouteGet{To: t.Address, From: p.Source, In: w.In})
	if back := cmp.Or(w.AnswerIn, w.Left); back != "" {
		w.Reply = routeGet(ctx, host.Client, probe.RouteGet{To: p.Source, From: t.Address, In: back})
	}
	w.Detours = askDetours(ctx, f, asker, p, q)
	t.Way = w
}

// askDetours sends the same through the other networks of the asker.
func askDetours(ctx context.Context, f *Facts, asker *survey.Seat, p *probe.Path, q probe.Reach) []Detour {
	var found []Detour
	for _, via := range detours(f, p) {
		q.Sequence, q.Via = rand.Uint32(), &probe.Via{Link: via.link, Gateway: via.gateway}
		if o, err := asker.Client.Ask(ctx, probe.Question{Reach: &q}); err == nil && o.Reason != probe.Broken {
			found = append(found, Detour{via.network, o})
		}
	}
	return found
}

// routeGet asks the host's kernel, or returns nil if it could not be asked.
func routeGet(ctx context.Context, host *agent.Client, q probe.RouteGet) *probe.Outcome {
	if q.In == "" {
		return nil
	}
	o, err := host.Ask(ctx, probe.Question{RouteGet: &q})
	if err != nil || o.Reason == probe.Broken {
		return nil
	}
	return &o
}

// watch notes what passes the host, until stop is called.
func (w *Way) watch(ctx context.Context, host *agent.Client, q probe.Reach) (stop func()) {
	stop, err := host.Watch(ctx, probe.Question{Arrivals: &probe.Arrivals{
		Network: q.Network, Sequence: q.Sequence, Passing: true,
	}}, func(reply agent.Reply) {
		switch s := reply.Seen; {
		case s == nil:
		case s.What == probe.RequestLeft: // the last interface counts: a bridge comes before its port
			w.Left, w.As = s.Link, s.From
		case s.What == probe.ReplyArrived:
			w.Answers++
			w.AnswerIn = s.Link
		}
	})
	if err != nil {
		return func() {}
	}
	return stop
}

// spoofed is how many packets rp_filter has dropped in a network namespace (TcpExt IPReversePathFilter).
func spoofed(ctx context.Context, at *agent.Client) (count int, ok bool) {
	o, err := at.Ask(ctx, probe.Question{Read: &probe.Read{Path: "/proc/net/netstat"}})
	if err != nil || o.Reason != probe.OK {
		return 0, false
	}
	words := strings.Fields(o.Value) // "TcpExt: NAME NAME … TcpExt: 1 2 …"
	i := slices.Index(words, "IPReversePathFilter")
	next := slices.Index(words[1:], "TcpExt:") + 1
	if i < 0 || next == 0 || next+i >= len(words) {
		return 0, false
	}
	count, err = strconv.Atoi(words[next+i])
	return count, err == nil
}

// networkOf returns the network in whose subnet an address of the asker is.
func (f *Facts) networkOf(address string) *fact.Network {
	return f.networkWith(f.From.Container, address)
}

// networkWith returns the network on which a container has an address, or nil.
func (f *Facts) networkWith(c *fact.Container, address string) *fact.Network {
	for _, e := range f.Endpoints(c) {
		if e.IPv4 == address || e.IPv6 == address {
			return f.Network(e.Network)
		}
	}
	return nil
}

// A gate is a gateway of a container that its routing table does not use.
type gate struct{ network, link, gateway string }

// detours returns the gateways of the asker's networks, but for the one on the path.
func detours(f *Facts, p *probe.Path) []gate {
	var gates []gate
	for _, e := range f.Endpoints(f.From.Container) {
		n := f.Network(e.Network)
		link := linkWith(f.From.Stack, e.IPv4)
		if n == nil || n.Internal || n.Gateway == "" || link == nil || link.Name == p.Link {
			continue
		}
		gates = append(gates, gate{n.Name, link.Name, n.Gateway})
	}
	return gates
}

// linkWith returns the link that has an address, or nil.
func linkWith(s *fact.Stack, address string) *fact.Link {
	if s == nil || address == "" {
		return nil
	}
	i := slices.IndexFunc(s.Links, func(l fact.Link) bool {
		return slices.ContainsFunc(l.Addresses, func(cidr string) bool { return strings.HasPrefix(cidr, address+"/") })
	})
	if i < 0 {
		return nil
	}
	return &s.Links[i]
}
