package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// makePeer creates and starts p, each as soon as what it needs is there, and opens its gate.
func (b builder) makePeer(ctx context.Context, p *peer) error {
	return b.make(ctx, p.made,
		step{b.needs(p), func() error { return b.create(ctx, p) }},
		step{b.publishesOn(p), func() error { return b.start(ctx, p) }})
}

func (b builder) createAndStart(ctx context.Context, p *peer) error {
	if err := b.create(ctx, p); err != nil {
		return err
	}
	return b.start(ctx, p)
}

// start starts p, unless a step will.
func (b builder) start(ctx context.Context, p *peer) error {
	if p.spec.Created {
		return nil
	}
	if err := b.launch(ctx, p); err != nil {
		var on []*network
		for _, a := range p.spec.Networks {
			on = append(on, b.lab.network(a.Network))
		}
		return lacking(err, on...)
	}
	p.took = p.container.StartTime()
	return nil
}

// launch starts p. It creates p first if p's image was only just built.
func (b builder) launch(ctx context.Context, p *peer) error {
	if p.container == nil {
		if err := b.create(ctx, p); err != nil {
			return err
		}
	}
	if err := b.watchHealth(ctx, p); err != nil {
		return err
	}
	return p.start(ctx)
}

func (b builder) create(ctx context.Context, p *peer) error {
	spec := engine.ContainerSpec{
		Peer: p.name, StopsInLab: stops(b.lab.scenario, p), Writable: p.spec.Writable,
	}
	for _, m := range p.spec.Volumes {
		spec.Volumes = append(spec.Volumes, engine.Volume{Name: b.lab.volume(m.Volume).id, Path: m.Path})
	}
	if p.serveDNS {
		spec.Role = fact.RoleUpstream
	}
	for _, a := range p.spec.Networks {
		n := b.lab.network(a.Network)
		at := engine.Attachment{Network: n.fact.Name, Aliases: a.Aliases}
		if a.Address != 0 {
			at.IPv4 = chosen(n.fact, a.Address)
		}
		spec.Attachments = append(spec.Attachments, at)
	}
	spec.DNS = b.dnsOf(p)
	for _, port := range p.spec.Expose {
		spec.Expose = append(spec.Expose, port.Docker())
	}
	if err := b.addPorts(ctx, p, &spec); err != nil {
		return err
	}
	if p.spec.Image != "" {
		spec.Image = b.lab.session.ImageName(p.spec.Image)
	}
	c, err := b.lab.sessionOf(p).Create(ctx, spec)
	if err != nil {
		return err
	}
	p.container = c
	return nil
}

// addPorts adds what p shares, publishes and checks.
func (b builder) addPorts(ctx context.Context, p *peer, spec *engine.ContainerSpec) error {
	if other := b.lab.peer(p.spec.Share); other != nil {
		if other.container == nil {
			return Absent{other.name}
		}
		spec.Share = other.container
	}
	if p.spec.Gateway {
		spec.ExtraHosts = []string{"host.docker.internal:host-gateway"}
	}
	if p.spec.Health.Number != 0 {
		ask := []string{"/bin/get", fmt.Sprintf("localhost:%d", p.spec.Health.Number)}
		spec.Health = &engine.Health{Command: ask, Retries: 1}
	}
	for _, port := range p.spec.Publish {
		publish := engine.Publish{Port: port.Port.Docker(), HostIP: port.On}
		switch w := b.lab.wire(port.On); {
		case port.On == scenario.OnAll:
			publish.HostIP = ""
		case w != nil:
			publish.HostIP = w.address(wireHost)
			if port.IPv6 {
				publish.HostIP = w.value(ask.FieldIPv6Host)
			}
		}
		if port.As != "" {
			other := b.lab.peer(port.As)
			number, err := binding(ctx, other, other.spec.Publish[0].Port.Docker())
			if err != nil {
				return err
			}
			publish.HostPort = number
		}
		spec.Publish = append(spec.Publish, publish)
	}
	return nil
}

// Start starts a created container. If the engine refuses because of the port, that is an answer.
func (a asking) Start(ctx context.Context, q ask.Start) probe.Outcome {
	p := a.lab.peer(q.Container)
	if p == nil || p.container == nil && p.spec.Image == "" {
		return broken(fmt.Errorf("unknown container %s", q.Container))
	}
	begin := time.Now()
	err := a.lab.site.busy(func() error { return builder{a.lab}.launch(ctx, p) })
	took := time.Since(begin).Microseconds()
	switch {
	case errors.Is(err, engine.ErrPortTaken):
		return probe.Outcome{Reason: probe.InUse, Detail: "the engine refused to start " + p.name, TookUS: took}
	case err != nil:
		return broken(err)
	}
	return probe.Outcome{Reason: probe.OK, TookUS: took}
}

// StartTime is how long the engine took from create to the first message of the peer's agent, with nothing else
// running. The time between netlab and the engine does not count.
func (l *Lab) StartTime(name string) (time.Duration, bool) {
	p := l.peer(name)
	if p == nil || p.took == 0 {
		return 0, false
	}
	return p.took, true
}

// recreate removes p's container and creates a new one from the same image, as docker rm and docker run do.
func (b builder) recreate(ctx context.Context, p *peer) error {
	p.close()
	if err := p.container.Remove(ctx); err != nil {
		return err
	}
	return b.createAndStart(ctx, p)
}
