package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// Options say how a lab is built.
type Options struct {
	Name      string    // on its objects, instead of a random session
	KeepUntil time.Time // for a lab that is to be kept; zero for one that dies with its owner
}

// A Lab is a scenario's containers and networks on an engine.
type Lab struct {
	site     *Site
	scenario *scenario.Scenario
	session  *engine.Session
	up       time.Duration

	peers    []*peer // the upstream DNS server first, then in the order of the file
	networks []network
}

// A network is one that the scenario names: one that the lab created, or one that every engine has.
type network struct {
	name string // in the scenario
	fact fact.Network
	own  bool // created by this lab
}

// Build makes the scenario's lab. On an error it removes what it had made before it returns.
func (s *Site) Build(ctx context.Context, sc *scenario.Scenario, o Options) (*Lab, error) {
	session, err := s.engine.NewSession(o.Name)
	if err != nil {
		return nil, err
	}
	if !o.KeepUntil.IsZero() {
		session.KeepUntil(o.KeepUntil)
	}
	l := &Lab{site: s, scenario: sc, session: session}
	start := time.Now()
	if err := l.build(ctx); err != nil {
		_, cleaning := l.Close(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unbuilt = append(s.unbuilt, session)
		return nil, errors.Join(fmt.Errorf("building lab %s: %w", sc.Name, err), cleaning)
	}
	l.up = time.Since(start)
	return l, nil
}

// build creates the networks, then the containers. A container that asks the upstream DNS server by an address that
// the engine chooses must wait for that; one whose start is measured comes last and alone; all others start at once.
func (l *Lab) build(ctx context.Context) error {
	if err := l.site.busy(func() error { return l.createNetworks(ctx) }); err != nil {
		return err
	}
	if err := l.plan(); err != nil {
		return err
	}
	var first, second, last []*peer
	for _, p := range l.peers {
		switch {
		case l.measured(p):
			last = append(last, p)
		case l.asksUpstream(p) && l.upstreamAddress() == "":
			second = append(second, p)
		default:
			first = append(first, p)
		}
	}
	for _, peers := range [][]*peer{first, second} {
		var work group
		for _, p := range peers {
			work.run(func() error { return l.site.busy(func() error { return l.startPeer(ctx, p) }) })
		}
		if err := work.wait(); err != nil {
			return err
		}
	}
	for _, p := range last {
		if err := l.site.Alone(func() error { return l.startPeer(ctx, p) }); err != nil {
			return err
		}
	}
	return l.lookAtHost(ctx)
}

// createNetworks creates the scenario's networks and adds the engine's own ones that it uses.
func (l *Lab) createNetworks(ctx context.Context) error {
	made := make([]network, len(l.scenario.Networks))
	var work group
	for i, n := range l.scenario.Networks {
		work.run(func() error {
			f, err := l.site.network(ctx, l.session, engine.NetworkSpec{
				Name: n.Name, Driver: n.Driver, Internal: n.Internal, Options: labels(n.Options),
			})
			made[i] = network{name: n.Name, fact: f, own: true}
			return err
		})
	}
	err := work.wait()
	l.networks = made
	if l.site.bridged {
		l.networks = append(l.networks, network{name: scenario.DefaultBridge, fact: l.site.bridge})
	}
	l.networks = append(l.networks,
		network{name: scenario.HostNetwork, fact: fact.Network{Name: scenario.HostNetwork, Driver: scenario.HostNetwork}},
		network{name: scenario.NoneNetwork, fact: fact.Network{Name: scenario.NoneNetwork, Driver: "null"}},
	)
	return err
}

func labels(options []scenario.Option) []fact.Label {
	all := make([]fact.Label, 0, len(options))
	for _, o := range options {
		all = append(all, fact.Label{Name: o.Name, Value: o.Value})
	}
	return all
}

// plan lists the peers, without starting any.
func (l *Lab) plan() error {
	containers := l.scenario.Containers
	if up := l.scenario.Upstream; up != "" {
		a := scenario.Attachment{Network: up}
		if n := l.network(up); n != nil && n.own {
			a.Address = upstreamAddress
		}
		containers = slices.Concat([]scenario.Container{{
			Name: scenario.Upstream, Networks: []scenario.Attachment{a}, DNS: scenario.DNSEngine,
		}}, containers)
	}
	for _, c := range containers {
		p := &peer{name: c.Name, spec: c, serveDNS: c.Name == scenario.Upstream}
		for _, a := range c.Networks {
			n := l.network(a.Network)
			if n == nil {
				return fmt.Errorf("container %s: there is no network %s", c.Name, a.Network)
			}
			if p.mode == "" {
				p.mode = mode(*n)
			}
		}
		for _, port := range c.Listen {
			p.listen = append(p.listen, probe.Listen{Network: port.Network, Port: port.Number, Token: l.session.Token()})
		}
		l.peers = append(l.peers, p)
	}
	return nil
}

// mode is what people call a network's way of attaching: the three that every engine has by their names.
func mode(n network) string {
	if n.own {
		return n.fact.Driver
	}
	return n.name
}

// measured reports whether p's start is measured, so that it must be alone.
func (l *Lab) measured(p *peer) bool {
	for _, st := range l.scenario.Steps {
		if st.Measure != nil && st.Measure.What == scenario.MeasureStart && st.Measure.From == p.name {
			return true
		}
	}
	return false
}

// asksUpstream reports whether p's resolv.conf is to name the lab's upstream DNS server.
func (l *Lab) asksUpstream(p *peer) bool {
	return l.scenario.Upstream != "" && p.spec.DNS == "" && p.mode != scenario.NoneNetwork && l.asksNames(p)
}

// asksNames reports whether any step has p's resolver asked. The others keep what the engine gives them, and need not
// wait for the upstream server.
func (l *Lab) asksNames(p *peer) bool {
	for _, st := range l.scenario.Steps {
		if c := st.Check; c != nil && c.From == p.name && c.Probe.AsksName() {
			return true
		}
	}
	return false
}

// upstreamAddress is the upstream server's address: known beforehand on a network of the lab's own, else once it runs.
func (l *Lab) upstreamAddress() string {
	p := l.peer(scenario.Upstream)
	if p == nil {
		return ""
	}
	if n := l.network(l.scenario.Upstream); n.own {
		return chosen(n.fact, upstreamAddress)
	}
	for _, e := range p.inspection().Endpoints {
		return e.IPv4
	}
	return ""
}

// startPeer creates p and, unless a step does that, starts it.
func (l *Lab) startPeer(ctx context.Context, p *peer) error {
	spec := engine.ContainerSpec{Peer: p.name, StopsInLab: l.stops(p)}
	if p.serveDNS {
		spec.Role = engine.RoleUpstream
	}
	for _, a := range p.spec.Networks {
		n := l.network(a.Network)
		at := engine.Attachment{Network: n.fact.Name, Aliases: a.Aliases}
		if a.Address != 0 {
			at.IPv4 = chosen(n.fact, a.Address)
		}
		spec.Attachments = append(spec.Attachments, at)
	}
	if l.asksUpstream(p) {
		spec.DNS = []string{l.upstreamAddress()}
	}
	for _, port := range p.spec.Expose {
		spec.Expose = append(spec.Expose, fmt.Sprintf("%d/%s", port.Number, port.Network))
	}
	start := time.Now()
	c, err := l.session.Create(ctx, spec)
	if err != nil {
		return err
	}
	p.container = c
	if p.spec.Created {
		return nil
	}
	if err := p.start(ctx); err != nil {
		return err
	}
	p.took = time.Since(start)
	return nil
}

// stops reports whether a step stops p, so that it must outlive its process.
func (l *Lab) stops(p *peer) bool {
	for _, st := range l.scenario.Steps {
		if st.Do != nil && st.Do.Peer == p.name && (st.Do.Verb == scenario.VerbStop || st.Do.Verb == scenario.VerbRestart) {
			return true
		}
	}
	return false
}

// lookAtHost reads the host again, now that the lab's veth pairs and bridges are there.
func (l *Lab) lookAtHost(ctx context.Context) error {
	stack, err := l.site.host.client.Look(ctx)
	if err != nil {
		return fmt.Errorf("looking at the host: %w", err)
	}
	for i := range l.networks {
		l.networks[i].fact = seenFromHost(l.networks[i].fact, stack)
	}
	for _, p := range l.peers {
		p.setHost(stack)
	}
	return nil
}

// Session is the lab's name on the engine.
func (l *Lab) Session() string { return l.session.Lab() }

// Up is how long it took to build.
func (l *Lab) Up() time.Duration { return l.up }

// Scenario is what was built.
func (l *Lab) Scenario() *scenario.Scenario { return l.scenario }

// Site is where it was built.
func (l *Lab) Site() *Site { return l.site }

// Keep lets the lab live on after its owner.
func (l *Lab) Keep(ctx context.Context) error { return l.session.Keep(ctx) }

// Close takes the lab down. It runs to its end even when ctx is cancelled.
func (l *Lab) Close(ctx context.Context) (engine.Removed, error) {
	for _, p := range l.peers {
		p.close()
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), removalLimit)
	defer stop()
	return l.session.Remove(ctx)
}

// Leftovers asks the engine what is left of the lab.
func (l *Lab) Leftovers(ctx context.Context) ([]engine.Object, error) {
	return l.session.Leftovers(ctx)
}

func (l *Lab) peer(name string) *peer {
	if name == scenario.Host {
		return l.site.host
	}
	for _, p := range l.peers {
		if p.name == name {
			return p
		}
	}
	return nil
}

func (l *Lab) network(name string) *network {
	for i := range l.networks {
		if l.networks[i].name == name {
			return &l.networks[i]
		}
	}
	return nil
}
