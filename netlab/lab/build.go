package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
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
	InitSwarm bool      // an overlay network may make the engine a one-node swarm for the time of the lab

	// Second is another engine of the same swarm, on which the container bob stands; nil for none.
	Second *engine.Engine
}

// Impossible says why an engine cannot run a scenario, which only trying to build it has shown.
type Impossible struct{ Reason string }

func (i Impossible) Error() string { return i.Reason }

// A Lab is a scenario's containers and networks on an engine, or on two of a swarm.
type Lab struct {
	site     *Site
	scenario *scenario.Scenario
	session  *engine.Session
	second   *engine.Session // on the second engine; nil where there is none
	options  Options
	up       time.Duration

	peers    []*peer // the upstream DNS server first, then in the order of the file, machines last
	networks []network
	wires    []wire

	forwardPolicy string // of the host's filter/FORWARD chain; "" where no wire let netlab read it
	swarm         bool   // the lab made the engine a swarm
	helpers       atomic.Int32
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
	l := &Lab{site: s, scenario: sc, session: session, options: o}
	if o.Second != nil {
		l.scenario = split(sc)
		if l.second, err = o.Second.NewSessionBeside(session); err != nil {
			return nil, err
		}
	}
	start := time.Now()
	if err := l.build(ctx); err != nil {
		_, cleaning := l.Close(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unbuilt = append(s.unbuilt, l.sessions()...)
		if impossible := l.impossible(err); impossible != nil && cleaning == nil {
			return nil, *impossible
		}
		return nil, errors.Join(fmt.Errorf("building lab %s: %w", sc.Name, err), cleaning)
	}
	l.up = time.Since(start)
	return l, nil
}

// impossible tells what this engine cannot do from what went wrong.
func (l *Lab) impossible(err error) *Impossible {
	var known Impossible
	switch {
	case errors.As(err, &known):
		return &known
	case errors.Is(err, engine.ErrNoKernelSupport):
		for _, n := range l.scenario.Networks {
			if n.Driver != scenario.DriverBridge && n.Driver != scenario.DriverOverlay {
				return &Impossible{"this kernel has no " + n.Driver}
			}
		}
	case errors.Is(err, engine.ErrSwarmRefused):
		return &Impossible{err.Error()}
	}
	return nil
}

// build makes the wires and the networks, then the containers. A container that depends on another one's address,
// namespace or port waits for it; one whose start is measured comes last and alone; all others start at once.
func (l *Lab) build(ctx context.Context) error {
	l.planMachines()
	if l.second != nil {
		if _, err := l.options.Second.EnsureImage(ctx); err != nil {
			return err
		}
	}
	if err := l.beginSwarm(ctx); err != nil {
		return err
	}
	var ground group
	ground.run(func() error { return l.site.busy(func() error { return l.createWires(ctx) }) })
	ground.run(func() error { return l.site.busy(func() error { return l.createNetworks(ctx, false) }) })
	if err := ground.wait(); err != nil {
		return err
	}
	if err := l.createNetworks(ctx, true); err != nil {
		return err
	}
	if err := l.plan(); err != nil {
		return err
	}
	var first, second, last []*peer
	for _, p := range l.peers {
		switch {
		case p.machine: // runs already
		case l.measured(p):
			last = append(last, p)
		case l.waits(p):
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
	if err := l.awaitGossip(ctx); err != nil {
		return err
	}
	return l.lookAtHost(ctx)
}

// waits reports whether p can only be created when others run: the upstream DNS server whose address the engine
// chooses, the container whose namespace it shares, the one whose host port it wants too.
func (l *Lab) waits(p *peer) bool {
	if p.spec.Share != "" || l.asksUpstream(p) && l.upstreamAddress() == "" {
		return true
	}
	return slices.ContainsFunc(p.spec.Publish, func(b scenario.Publish) bool { return b.As != "" })
}

// createNetworks creates the scenario's networks, those that hang on a wire or those that do not, and adds the engine's
// own ones.
func (l *Lab) createNetworks(ctx context.Context, onWires bool) error {
	var wanted []scenario.Network
	for _, n := range l.scenario.Networks {
		if (n.Parent != "") == onWires {
			wanted = append(wanted, n)
		}
	}
	made := make([]network, len(wanted))
	var work group
	for i, n := range wanted {
		work.run(func() error {
			f, err := l.createNetwork(ctx, n)
			made[i] = network{name: n.Name, fact: f, own: true}
			return err
		})
	}
	err := work.wait()
	l.networks = append(l.networks, made...)
	if onWires {
		return err
	}
	if l.site.bridged {
		l.networks = append(l.networks, network{name: scenario.DefaultBridge, fact: l.site.bridge})
	}
	l.networks = append(l.networks,
		network{name: scenario.HostNetwork, fact: fact.Network{Name: scenario.HostNetwork, Driver: scenario.HostNetwork}},
		network{name: scenario.NoneNetwork, fact: fact.Network{Name: scenario.NoneNetwork, Driver: "null"}},
	)
	return err
}

func (l *Lab) createNetwork(ctx context.Context, n scenario.Network) (fact.Network, error) {
	spec := engine.NetworkSpec{Name: n.Name, Driver: n.Driver, Internal: n.Internal, Options: labels(n.Options)}
	if n.IPv6 {
		spec.IPv6 = uniqueLocal()
	}
	if n.Parent == "" {
		return l.site.network(ctx, l.session, spec)
	}
	w := l.wire(n.Parent)
	spec.Parent, spec.Subnet = w.link, w.subnet
	spec.Gateway, spec.Range = nth(w.subnet, wireRouter), upperHalf(w.subnet)
	return l.session.CreateNetwork(ctx, spec)
}

func labels(options []scenario.Option) []fact.Label {
	all := make([]fact.Label, 0, len(options))
	for _, o := range options {
		all = append(all, fact.Label{Name: o.Name, Value: o.Value})
	}
	return all
}

// planMachines lists the machines at the far ends of the wires.
func (l *Lab) planMachines() {
	for _, w := range l.scenario.Wires {
		p := &peer{
			name: w.Machine, mode: scenario.NoneNetwork, machine: true, spec: scenario.Container{Name: w.Machine},
			listen: l.listeners(w.Listen),
		}
		l.peers = append(l.peers, p)
	}
}

func (l *Lab) listeners(all []scenario.Listener) []probe.Listen {
	var open []probe.Listen
	for _, at := range all {
		open = append(open, probe.Listen{
			Network: at.Network, Address: at.At, Port: at.Number, Token: l.session.Token(),
		})
	}
	return open
}

// plan lists the peers, without starting any.
func (l *Lab) plan() error {
	containers := l.scenario.Containers
	if up := l.scenario.Upstream; up != "" {
		a := scenario.Attachment{Network: up}
		if n := l.network(up); n != nil && n.takesAddress() {
			a.Address = upstreamAddress
		}
		containers = slices.Concat([]scenario.Container{{
			Name: scenario.Upstream, Networks: []scenario.Attachment{a}, DNS: scenario.DNSEngine,
		}}, containers)
	}
	var peers []*peer
	for _, c := range containers {
		p := &peer{name: c.Name, spec: c, serveDNS: c.Name == scenario.Upstream, listen: l.listeners(c.Listen)}
		for _, a := range c.Networks {
			n := l.network(a.Network)
			if n == nil {
				return fmt.Errorf("container %s: there is no network %s", c.Name, a.Network)
			}
			if p.mode == "" {
				p.mode = mode(*n)
			}
		}
		peers = append(peers, p)
	}
	l.peers = append(peers, l.peers...)
	for _, p := range peers {
		if p.spec.Share != "" {
			p.mode = "container:" + p.spec.Share
		}
	}
	return nil
}

// takesAddress reports whether the lab may choose an address on n. On an overlay the engine does.
func (n *network) takesAddress() bool { return n.own && n.fact.Driver != scenario.DriverOverlay }

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
	if n := l.network(l.scenario.Upstream); n.takesAddress() {
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
		spec.Expose = append(spec.Expose, portName(port))
	}
	if err := l.addPorts(ctx, p, &spec); err != nil {
		return err
	}
	start := time.Now()
	c, err := l.sessionOf(p).Create(ctx, spec)
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

func portName(p scenario.Port) string { return fmt.Sprintf("%d/%s", p.Number, p.Network) }

// addPorts adds what p shares, publishes and checks.
func (l *Lab) addPorts(ctx context.Context, p *peer, spec *engine.ContainerSpec) error {
	if other := l.peer(p.spec.Share); other != nil {
		spec.Share = other.container
	}
	if p.spec.Gateway {
		spec.ExtraHosts = []string{"host.docker.internal:host-gateway"}
	}
	if p.spec.Health.Number != 0 {
		spec.Health = &engine.Health{Command: []string{"/bin/get", fmt.Sprintf("localhost:%d", p.spec.Health.Number)}, Retries: 1}
	}
	for _, b := range p.spec.Publish {
		publish := engine.Publish{Port: portName(b.Port), HostIP: b.On}
		switch w := l.wire(b.On); {
		case b.On == scenario.OnAll:
			publish.HostIP = ""
		case w != nil:
			publish.HostIP = w.address(wireHost)
		}
		if b.As != "" {
			other := l.peer(b.As)
			number, err := l.binding(ctx, other, portName(other.spec.Publish[0].Port))
			if err != nil {
				return err
			}
			publish.HostPort = number
		}
		spec.Publish = append(spec.Publish, publish)
	}
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
	if l.scenario.HasOverlay() { // with the first container on one, the engine has made it at the latest
		n, err := l.site.engine.Network(ctx, scenario.GatewayBridge)
		if err != nil {
			return fmt.Errorf("looking at %s: %w", scenario.GatewayBridge, err)
		}
		l.networks = append(l.networks, network{name: scenario.GatewayBridge, fact: n})
	}
	stack, err := l.site.host.client.Look(ctx)
	if err != nil {
		return fmt.Errorf("looking at the host: %w", err)
	}
	for i := range l.networks {
		l.networks[i].fact = seenFromHost(l.networks[i].fact, stack)
	}
	for _, p := range l.peers {
		if !l.onSecond(p) { // numbers of interfaces repeat between hosts
			p.setHost(stack)
		}
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

func (l *Lab) wire(name string) *wire {
	for i := range l.wires {
		if l.wires[i].name == name {
			return &l.wires[i]
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
