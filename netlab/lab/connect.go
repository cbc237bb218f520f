package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// Connect opens a connection. With a free port, the target listens for this question only, and does not answer askers
// without the lab's token.
func (a asking) Connect(ctx context.Context, p ask.Connect) probe.Outcome {
	q := probe.Connect{Network: p.Port.Network, Port: p.Port.Number, Token: a.lab.token()}
	if o, has := a.unaddressed(ctx, p.To); has && p.At.IsZero() && p.Through.IsZero() {
		return o
	}
	if p.Port.Number != 0 {
		target, published := p.To, 0
		if !p.Through.IsZero() {
			bound, err := binding(ctx, a.lab.peer(p.To.Ref.Head), p.Port.Docker())
			if errors.Is(err, errNotPublished) {
				return a.connectUnpublished(ctx, p, q)
			}
			if err != nil {
				return broken(err)
			}
			target, published, q.Port = p.Through, p.Port.Number, bound
		}
		host, err := a.target(ctx, target)
		if err != nil {
			return broken(err)
		}
		q.Host = host
		return a.askAcross(ctx, a.lab.peer(p.To.Ref.Head), probe.Question{Connect: &q}, published)
	}
	server := a.lab.peer(p.To.Ref.Head)
	at := p.At
	if at.IsZero() {
		at = p.To
	}
	address, err := a.target(ctx, at)
	if err != nil {
		return broken(err)
	}
	bound, stop, err := a.serve(ctx, server, p.Port.Network, address, 0)
	if err != nil {
		return broken(err)
	}
	defer stop()
	if bound.Reason != probe.OK {
		return broken(fmt.Errorf("%s could not listen on %s: %s", server.name, address, bound.Detail))
	}
	where, err := netip.ParseAddrPort(bound.Value)
	if err != nil {
		return broken(err)
	}
	q.Host, q.Port = address, int(where.Port())
	if a.lab.capture != nil && server.mode == scenario.HostNetwork {
		if err := a.lab.capture.alsoAt(ctx, q.Port); err != nil {
			return broken(err)
		}
	}
	if !p.By.IsZero() {
		if q.Host, err = a.target(ctx, p.By); err != nil {
			return broken(err)
		}
	}
	o := a.askAcross(ctx, server, probe.Question{Connect: &q}, 0)
	o.Evidence = append(o.Evidence, probe.Evidence{
		Source: server.name, Text: "listened on " + net.JoinHostPort(address, strconv.Itoa(q.Port)) + " for this question",
		Did: true,
	})
	return o
}

// unaddressed is the answer for a container that has no address: one on network none.
func (a asking) unaddressed(ctx context.Context, t ask.Target) (o probe.Outcome, has bool) {
	p := a.lab.peer(t.Ref.Head)
	if p == nil || p.machine || p.mode != scenario.NoneNetwork || t.Ref.Network+t.Ref.Field != "" {
		return o, false
	}
	links := asking{a.lab, p}.Read(ctx, ask.Read{Thing: ask.Links})
	if links.Reason != probe.OK {
		return links, true
	}
	return probe.Outcome{
		Reason: probe.AddressNotAvailable, Detail: p.name + " has no address", Evidence: links.Evidence,
	}, true
}

// serve opens a listener at a peer and returns its first outcome. stop closes it.
func (a asking) serve(ctx context.Context, p *peer, network, address string, port int) (
	first probe.Outcome, stop context.CancelFunc, err error,
) {
	if p == nil {
		return first, nil, errors.New("there is no such peer")
	}
	client, err := p.awake()
	if err != nil {
		return first, nil, err
	}
	s, err := open(ctx, ctx, client, probe.Question{Listen: &probe.Listen{
		Network: network, Address: address, Port: port, Token: a.lab.token(),
	}})
	if err != nil {
		return first, nil, fmt.Errorf("asking %s: %w", p.name, err)
	}
	return s.first, s.stop, nil
}

// Listen binds a port. If the scenario says so, another peer holds the same port meanwhile.
func (a asking) Listen(ctx context.Context, p ask.Listen) probe.Outcome {
	const tries = 3 // a port that is free in one stack may be taken in another, by chance
	o := listen(ctx, a, p)
	for n := 1; n < tries && o.Reason == probe.InUse && p.Beside != "" && p.Port.Number == 0; n++ {
		o = listen(ctx, a, p)
	}
	return o
}

func listen(ctx context.Context, a asking, p ask.Listen) probe.Outcome {
	address, port := "", p.Port.Number
	if !p.At.IsZero() {
		var err error
		if address, err = a.target(ctx, p.At); err != nil {
			return broken(err)
		}
	}
	var evidence []probe.Evidence
	if p.Beside != "" {
		held, stop, err := a.serve(ctx, a.lab.peer(p.Beside), p.Port.Network, address, port)
		if err != nil {
			return broken(err)
		}
		defer stop()
		where, err := netip.ParseAddrPort(held.Value)
		if held.Reason != probe.OK || err != nil {
			return broken(fmt.Errorf("%s could not listen first: %s %s", p.Beside, held.Reason, held.Detail))
		}
		port = int(where.Port())
		evidence = []probe.Evidence{{
			Source: p.Beside, Text: "held port " + strconv.Itoa(port) + " at that moment", Did: true,
		}}
	}
	o, stop, err := a.serve(ctx, a.asker, p.Port.Network, address, port)
	if err != nil {
		return broken(err)
	}
	stop()
	o.Evidence = append(o.Evidence, evidence...)
	return o
}
