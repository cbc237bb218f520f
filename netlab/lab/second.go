package lab

import (
	"context"
	"errors"
	"slices"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// secondPeer is the container that runs on the second engine, if a lab has one.
const secondPeer = "bob"

// elsewhere is why a question is skipped that involves both the second peer and the first host, where the peer is
// not.
const elsewhere = secondPeer + " is on another host"

// How long the engines of a swarm may take to tell each other about a container, and how often to check. They use a
// gossip protocol, which takes a few hundred milliseconds.
const (
	gossipLimit = 10 * time.Second
	gossipLook  = 50 * time.Millisecond
)

// CanSplit returns why a scenario's lab cannot run on two engines, or "".
func CanSplit(sc *scenario.Scenario) string {
	i := slices.IndexFunc(sc.Containers, func(c scenario.Container) bool { return c.Name == secondPeer })
	if i < 0 || !sc.HasOverlay() {
		return "--second needs an overlay network and a container " + secondPeer + " on it"
	}
	overlay := func(name string) bool {
		return slices.ContainsFunc(sc.Networks, func(n scenario.Network) bool {
			return n.Name == name && n.Driver == fact.DriverOverlay
		})
	}
	for _, a := range sc.Containers[i].Networks {
		if !overlay(a.Network) {
			return secondPeer + " cannot be on a second engine: " + a.Network + " belongs to the first engine only"
		}
	}
	for _, st := range sc.Steps {
		if st.Do != nil && st.Do.Peer == secondPeer && st.Do.Network != "" && !overlay(st.Do.Network) {
			return secondPeer + " cannot be on a second engine: " + st.Do.Network + " belongs to the first engine only"
		}
	}
	if len(sc.Containers[i].Volumes) > 0 {
		return secondPeer + " cannot be on a second engine, because his volumes belong to the first engine only"
	}
	if sc.Containers[i].Share != "" || sc.Containers[i].Created || slices.ContainsFunc(sc.Containers, tied) {
		return secondPeer + " cannot be on a second engine, because he depends on the host of another container"
	}
	return ""
}

// tied reports whether c uses the second peer's network namespace or the number of his published port.
func tied(c scenario.Container) bool {
	wanted := func(p scenario.Publish) bool { return p.As == secondPeer }
	return c.Share == secondPeer || slices.ContainsFunc(c.Publish, wanted)
}

// split returns the scenario for a second peer on another host: without his published ports. Questions that involve
// both him and this host move to the skipped steps, and so do questions whose control moves there.
func split(sc *scenario.Scenario) *scenario.Scenario {
	rest := *sc
	rest.Containers = slices.Clone(sc.Containers)
	for i := range rest.Containers {
		if rest.Containers[i].Name == secondPeer {
			rest.Containers[i].Publish = nil
		}
	}
	apart := map[string]bool{}
	for before := -1; before != len(apart); { // a control may come after the check it belongs to
		before = len(apart)
		for _, st := range sc.Steps {
			lost := func(id string) bool { return apart[id] }
			if st.Do == nil && (besideHost(sc, st) || st.Check != nil && slices.ContainsFunc(st.Check.Control, lost)) {
				apart[st.ID()] = true
			}
		}
	}
	rest.Steps, rest.Skipped = nil, slices.Clone(sc.Skipped)
	for _, st := range sc.Steps {
		if st.Do == nil && apart[st.ID()] {
			rest.Skipped = append(rest.Skipped, scenario.SkippedStep{Step: st, Why: elsewhere})
			continue
		}
		rest.Steps = append(rest.Steps, st)
	}
	return &rest
}

// besideHost reports whether a step involves both the second peer and the first engine's host, so that with him on
// another host its answer would be different or missing.
func besideHost(sc *scenario.Scenario, st scenario.Step) bool {
	var names []string // the peers that take part, and the references
	var of []ask.Reference
	host := false
	switch {
	case st.Measure != nil:
		names, of = []string{st.Measure.From}, []ask.Reference{st.Measure.Target.Ref}
	case st.Check != nil:
		names, of = []string{st.Check.From}, ask.References(st.Check.Asks)
		for _, e := range st.Check.Expect {
			of = append(of, e.Value.Ref)
		}
		through, _ := ask.Through(st.Check.Asks)
		host = !through.IsZero() || ask.Find(ask.Things(), ask.ThingOf(st.Check.Asks)).OfHost
	}
	for _, r := range of {
		names = append(names, r.Head)
		host = host || r.Head == secondPeer && (r.Network == ask.GatewayBridge || ask.Find(ask.Things(), r.Field).OfHost)
	}
	return slices.Contains(names, secondPeer) && (host || slices.ContainsFunc(names, func(name string) bool {
		return name == ask.Host || name == ask.GatewayBridge || slices.ContainsFunc(sc.Wires,
			func(w scenario.Wire) bool { return name == w.Name || name == w.Machine })
	}))
}

// Alive returns nil while the lab's engines answer.
func (l *Lab) Alive(ctx context.Context) error {
	err := l.site.Alive(ctx)
	if l.second != nil {
		err = errors.Join(err, l.options.Second.Ping(ctx))
	}
	return err
}

// Lost reports whether any container of a lab that was just built is gone.
func (l *Lab) Lost() bool {
	return slices.ContainsFunc(l.peers, func(p *peer) bool { return p.container != nil && p.container.Lost() })
}

// awaitGossip waits until the second peer and the peers that share a network with him can reach each other: an engine
// learns about a container on another engine a moment after it starts. If that takes too long, the lab's questions
// will show it.
func (b builder) awaitGossip(ctx context.Context) error {
	if b.lab.second == nil {
		return nil
	}
	far := b.lab.peer(secondPeer)
	var work group
	for _, near := range b.lab.peers {
		if near == far || near.agent() == nil || !shareNetwork(near, far) {
			continue
		}
		for _, pair := range [][2]*peer{{near, far}, {far, near}} {
			work.run(func() error { b.awaitPeer(ctx, pair[0], pair[1]); return nil })
		}
	}
	return work.wait()
}

func shareNetwork(a, b *peer) bool {
	return slices.ContainsFunc(a.spec.Networks, func(mine scenario.Attachment) bool {
		return slices.ContainsFunc(b.spec.Networks, func(his scenario.Attachment) bool { return mine.Network == his.Network })
	})
}

// awaitPeer blocks until one peer can resolve and ping the other, or the limit passes.
func (b builder) awaitPeer(ctx context.Context, from, to *peer) {
	_, _ = poll.Until(ctx, gossipLimit, gossipLook, func(ctx context.Context) (bool, error) {
		found := query(ctx, from, probe.Question{Resolve: &probe.Resolve{Name: to.name}})
		reached := query(ctx, from, probe.Question{Ping: &probe.Ping{Host: b.lab.addressFor(to, from.name)}})
		return found.Reason == probe.OK && reached.Reason == probe.OK, nil
	})
}
