package why

import (
	"context"
	"math/rand/v2"
	"strings"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// followTunnel watches at the host what becomes of packets to a container of another node of the swarm.
func (r *Reader) followTunnel(ctx context.Context, f *Facts, asker *survey.Seat, t *Try, q probe.Reach) {
	p := t.Outcome.Path
	if f.From.OnHost() || t.Kind != Elsewhere || t.Outcome.Reason != probe.Timeout || p == nil || q.Network != "tcp" {
		return
	}
	n := f.networkOf(p.Source)
	if n == nil || n.Driver != fact.DriverOverlay || !survey.Within(n.Subnet, t.Address) {
		return
	}
	overlay, err := r.Overlay(ctx, n.Name)
	host, seatErr := r.Seat(ctx, survey.HostSeat)
	if err != nil || seatErr != nil || overlay.VXLAN == 0 {
		return
	}
	w := &Tunnel{Overlay: overlay}
	if task := overlay.Task(t.Address); task != nil {
		w.Node = task.Node
	}
	q.Sequence, q.Count, q.EveryMS = rand.Uint32(), firstSYNs, firstEvery
	stop, err := host.Client.Watch(ctx, probe.Question{Arrivals: &probe.Arrivals{
		Network: q.Network, Sequence: q.Sequence, Passing: true, VXLAN: overlay.VXLAN,
	}}, func(reply agent.Reply) {
		switch s := reply.Seen; {
		case s == nil:
		case s.What == probe.RequestLeft:
			w.Left++
			w.Node = s.To
		case s.What == probe.ReplyArrived:
			w.Answers++
		}
	})
	if err != nil {
		return
	}
	_, _ = asker.Client.Ask(ctx, probe.Question{Reach: &q}) // what is watched is the result
	stop()
	if w.Node == "" {
		return
	}
	w.Gossip = knock(ctx, host, w.Node)
	if w.Gossip.Reason == probe.Timeout {
		w.Ping = ask(ctx, host, probe.Question{Ping: &probe.Ping{Host: w.Node}})
	}
	t.Tunnel = w
}

// knock asks a node's portGossip with a few SYNs.
func knock(ctx context.Context, host *survey.Seat, node string) probe.Outcome {
	return ask(ctx, host, probe.Question{Reach: &probe.Reach{
		Network: "tcp", Address: node, Port: portGossip, Sequence: rand.Uint32(), Count: firstSYNs, EveryMS: firstEvery,
		WaitMS: waitThere, Reset: true,
	}})
}

func ask(ctx context.Context, at *survey.Seat, q probe.Question) probe.Outcome {
	o, err := at.Client.Ask(ctx, q)
	if err != nil {
		return probe.Outcome{Reason: probe.Broken, Detail: err.Error()}
	}
	return o
}

// findDeaf looks for a node of the swarm that does not answer where nodes tell each other of their containers, if no
// container is known by the name.
func (r *Reader) findDeaf(ctx context.Context, f *Facts) error {
	if !f.Engine.Manager || f.Meant != nil || f.Lookup == nil || f.Lookup.Hidden || len(f.Lookup.Addresses) > 0 ||
		strings.Contains(f.Lookup.Name, ".") {
		return nil
	}
	for _, e := range f.Endpoints(f.From.Container) {
		if n := f.Network(e.Network); n == nil || n.Driver != fact.DriverOverlay {
			continue
		}
		overlay, err := r.Overlay(ctx, e.Network)
		host, seatErr := r.Seat(ctx, survey.HostSeat)
		nodes, nodesErr := r.Nodes(ctx)
		if err != nil || seatErr != nil || nodesErr != nil {
			continue
		}
		for _, node := range nodes {
			if node.ID == f.Engine.Node || !node.Ready || overlay.Has(node.Address) {
				continue
			}
			if o := knock(ctx, host, node.Address); o.Reason == probe.Timeout || o.ICMP {
				f.Deaf = &Deaf{Node: node, Overlay: overlay, Gossip: o}
				return ctx.Err()
			}
		}
	}
	return ctx.Err()
}
