package lab

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// Options say how a lab is built.
type Options struct {
	Name      string    // a label on its objects, instead of a random session id
	KeepUntil time.Time // for a lab to keep; zero for one that ends with its owner
	InitSwarm bool      // whether an overlay network may make the engine a one-node swarm for the lifetime of the lab

	// Second is another engine of the same swarm, where the container bob runs, or nil.
	Second *engine.Engine

	// World is a lab of the same site that has what the scenario shares with others, or nil.
	World *Lab
}

// Impossible says why an engine cannot run a scenario, if only trying to build it showed that.
type Impossible struct{ Reason string }

func (i Impossible) Error() string { return i.Reason }

// A Lab is a scenario's containers and networks on an engine, or on two of a swarm.
type Lab struct {
	site     *Site
	scenario *scenario.Scenario
	session  *engine.Session
	second   *engine.Session // on the second engine, or nil
	options  Options
	up       time.Duration
	early    engine.Removed // what a failed build removed

	peers    []*peer // the upstream DNS server first, then in the order of the file, outside computers last
	networks []network
	services []*service
	wires    []wire
	volumes  []volume
	images   []image
	host     *fact.Stack // the host after the build; nil before

	firewall firewall // the host's, before the lab's networks existed

	capture *Capture // the running capture, or nil

	sockets sync.RWMutex // write-locked while they are read, read-locked while a question opens some

	swarm   bool // whether the lab made the engine a swarm
	helpers helpers

	releasing sync.WaitGroup // the containers that are being removed before the lab
	released  atomic.Int32   // how many of them are gone
}

// A network is one that the scenario names: either created by the lab, or one that every engine has.
type network struct {
	name   string // in the scenario
	driver string
	own    bool // created by this lab

	made *gate // opens once the fields below are valid
	fact fact.Network
}

// Build makes the scenario's lab. On an error it removes everything it made before it returns.
func (s *Site) Build(ctx context.Context, sc *scenario.Scenario, o Options) (*Lab, error) {
	l, err := s.Plan(ctx, sc, o)
	if err != nil {
		return nil, err
	}
	return l, l.Build(ctx)
}

// Plan lists what the scenario's lab will contain, without making any of it.
func (s *Site) Plan(ctx context.Context, sc *scenario.Scenario, o Options) (*Lab, error) {
	session, err := s.engine.NewSession(ctx, o.Name)
	if err != nil {
		return nil, err
	}
	if !o.KeepUntil.IsZero() {
		session.KeepUntil(o.KeepUntil)
	}
	l := &Lab{site: s, scenario: sc, session: session, options: o}
	if o.Second != nil {
		l.scenario = split(sc)
		if l.second, err = o.Second.NewSessionBeside(ctx, session); err != nil {
			return nil, err
		}
	}
	l.plan()
	return l, nil
}

// Build makes what was planned. On an error it removes everything it made before it returns.
func (l *Lab) Build(ctx context.Context) error {
	start := time.Now()
	if err := l.build(ctx); err != nil {
		removed, cleaning := l.Close(ctx)
		l.early = removed
		l.site.mu.Lock()
		defer l.site.mu.Unlock()
		l.site.unbuilt = append(l.site.unbuilt, l.sessions()...)
		if impossible := l.impossible(err); impossible != nil && cleaning == nil {
			return *impossible
		}
		return errors.Join(fmt.Errorf("building lab %s: %w", l.scenario.Name, err), cleaning)
	}
	l.up = time.Since(start)
	return nil
}

// lacking returns Impossible for an error that says that the kernel lacks a driver's device, if only one of the
// networks can be meant: macvlan shows it when the network is created, ipvlan when the first container starts.
func lacking(err error, networks ...*network) error {
	if !errors.Is(err, engine.ErrNoKernelSupport) {
		return err
	}
	var drivers []string
	for _, n := range networks {
		if n.driver == scenario.DriverMacvlan || n.driver == scenario.DriverIPvlan {
			drivers = append(drivers, n.driver)
		}
	}
	if len(drivers) != 1 {
		return err
	}
	return Impossible{"this kernel has no " + drivers[0]}
}

// impossible separates what this engine cannot do from what went wrong.
func (l *Lab) impossible(err error) *Impossible {
	var known Impossible
	switch {
	case errors.As(err, &known):
		return &known
	case errors.Is(err, engine.ErrRulesLost):
		return &Impossible{rulesLost}
	case errors.Is(err, engine.ErrParentTaken):
		return &Impossible{"another network uses the parent interface"}
	case errors.Is(err, engine.ErrSwarmRefused), errors.Is(err, engine.ErrVolumeRefused),
		errors.Is(err, engine.ErrBuildRefused):
		return &Impossible{err.Error()}
	}
	return nil
}

// build makes the lab. Everything starts at once and waits only for what it needs: a network for the link it is
// attached to, a container for its networks and for the containers whose address, namespace or port it depends on. A
// container whose start is measured comes last and starts alone.
func (l *Lab) build(ctx context.Context) error {
	if wantsIPv6(l.scenario) { // only the view of the host shows whether it has IPv6
		if err := l.site.Ready(ctx); err != nil {
			return err
		}
		if why := l.site.lacks(l.scenario); why != "" {
			return Impossible{why}
		}
	}
	if l.second != nil {
		if _, err := l.options.Second.EnsureImage(ctx); err != nil {
			return err
		}
	}
	if err := l.beginSwarm(ctx); err != nil {
		return err
	}
	var work group
	work.run(func() error { return l.site.Ready(ctx) })
	work.run(func() error { return l.readFirewall(ctx) })
	work.run(func() error { return l.tryBuild(ctx) })
	work.run(func() error { return l.awaitDirect(ctx) })
	for i := range l.wires {
		work.run(func() error {
			w := &l.wires[i]
			if err := l.make(ctx, w.made, all{}, func() error { return l.createWire(ctx, w) }); err != nil {
				return err
			}
			return l.site.busy(func() error { return l.finishWire(ctx, w) })
		})
	}
	for _, spec := range l.scenario.Networks {
		if l.isWorlds(spec.Name) {
			continue
		}
		n := l.network(spec.Name)
		work.run(func() error {
			return l.make(ctx, n.made, l.ground(spec), func() error {
				var err error
				n.fact, err = l.createNetwork(ctx, spec)
				return lacking(err, n)
			})
		})
	}
	for i := range l.volumes {
		v := &l.volumes[i]
		work.run(func() error {
			return l.make(ctx, v.made, all{}, func() (err error) {
				v.id, err = l.session.CreateVolume(ctx, v.name)
				return err
			})
		})
	}
	for _, v := range l.services {
		work.run(func() error {
			return l.make(ctx, v.made, l.network(v.spec.Network).made, func() error { return l.startService(ctx, v) })
		})
	}
	start := func(g *group, p *peer) {
		g.run(func() error {
			return l.make(ctx, p.made, l.needs(p), func() error { return l.startPeer(ctx, p) })
		})
	}
	var alone, after []*peer
	for _, p := range l.peers {
		switch {
		case p.machine: // starts with its link
		case l.measured(p):
			alone = append(alone, p)
		case l.follows(p):
			after = append(after, p)
		default:
			start(&work, p)
		}
	}
	if err := work.wait(); err != nil {
		return err
	}
	for _, p := range alone {
		err := l.site.Alone(func() error { return l.startPeer(ctx, p) })
		p.made.open(err)
		if err != nil {
			return err
		}
	}
	var rest group
	for _, p := range after {
		start(&rest, p)
	}
	if err := rest.wait(); err != nil {
		return err
	}
	if err := errors.Join(l.awaitGossip(ctx), l.awaitServices(ctx)); err != nil {
		return err
	}
	return l.lookAtHost(ctx)
}

// A waiter is what something waits for before it is made.
type waiter interface {
	wait(ctx context.Context) error
}

// all waits for each of its gates.
type all []*gate

func (a all) wait(ctx context.Context) error {
	for _, g := range a {
		if err := g.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// make waits for what a thing needs, makes it while holding the engine busy, and opens its gate.
func (l *Lab) make(ctx context.Context, made *gate, needs waiter, f func() error) error {
	err := needs.wait(ctx)
	if err == nil {
		err = l.site.busy(f)
	}
	made.open(err)
	return err
}

func (l *Lab) createNetwork(ctx context.Context, n scenario.Network) (fact.Network, error) {
	spec := engine.NetworkSpec{Name: n.Name, Driver: n.Driver, Internal: n.Internal, Options: labels(n.Options)}
	if n.IPv6 {
		spec.IPv6 = uniqueLocal()
	}
	if n.LAN != nil {
		return l.createOnLAN(ctx, n, spec)
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
	named := make([]fact.Label, 0, len(options))
	for _, o := range options {
		named = append(named, fact.Label{Name: o.Name, Value: o.Value})
	}
	return named
}

// startPeer creates p and, unless a step will start it, starts it.
func (l *Lab) startPeer(ctx context.Context, p *peer) error {
	if p.spec.Image != "" {
		return nil // its image is not built yet
	}
	if err := l.createPeer(ctx, p); err != nil || p.spec.Created {
		return err
	}
	if err := l.launch(ctx, p); err != nil {
		var on []*network
		for _, a := range p.spec.Networks {
			on = append(on, l.network(a.Network))
		}
		return lacking(err, on...)
	}
	p.took = p.container.StartTime()
	return nil
}

// launch starts p. It creates p first if p's image was only just built.
func (l *Lab) launch(ctx context.Context, p *peer) error {
	if p.container == nil {
		if err := l.createPeer(ctx, p); err != nil {
			return err
		}
	}
	if err := l.watchHealth(ctx, p); err != nil {
		return err
	}
	return p.start(ctx)
}

func (l *Lab) createPeer(ctx context.Context, p *peer) error {
	spec := engine.ContainerSpec{
		Peer: p.name, StopsInLab: l.stops(p), Writable: p.spec.Writable, Volumes: l.mounts(p),
	}
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
	spec.DNS = l.dnsOf(p)
	for _, port := range p.spec.Expose {
		spec.Expose = append(spec.Expose, portName(port))
	}
	if err := l.addPorts(ctx, p, &spec); err != nil {
		return err
	}
	if p.spec.Image != "" {
		spec.Image = l.session.ImageName(p.spec.Image)
	}
	c, err := l.sessionOf(p).Create(ctx, spec)
	if err != nil {
		return err
	}
	p.container = c
	return nil
}

func portName(p ask.Port) string { return fmt.Sprintf("%d/%s", p.Number, p.Network) }

// addPorts adds what p shares, publishes and checks.
func (l *Lab) addPorts(ctx context.Context, p *peer, spec *engine.ContainerSpec) error {
	if other := l.peer(p.spec.Share); other != nil {
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
	for _, b := range p.spec.Publish {
		publish := engine.Publish{Port: portName(b.Port), HostIP: b.On}
		switch w := l.wire(b.On); {
		case b.On == scenario.OnAll:
			publish.HostIP = ""
		case w != nil:
			publish.HostIP = w.address(wireHost)
			if b.IPv6 {
				publish.HostIP = w.value("ipv6.host")
			}
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

// lookAtHost reads the host again, now that the lab's veth pairs and bridges exist.
func (l *Lab) lookAtHost(ctx context.Context) error {
	if l.scenario.HasOverlay() { // the engine creates it with the first container on an overlay at the latest
		n, err := l.site.engine.Network(ctx, ask.GatewayBridge)
		if err != nil {
			return fmt.Errorf("looking at %s: %w", ask.GatewayBridge, err)
		}
		l.networks = append(l.networks, network{name: ask.GatewayBridge, fact: n})
	}
	stack, err := l.lookSettled(ctx)
	if err != nil {
		return fmt.Errorf("looking at the host: %w", err)
	}
	l.host = stack
	for i := range l.networks {
		l.networks[i].fact = seenFromHost(l.networks[i].fact, stack)
	}
	l.seeDefaultGateway()
	for _, p := range l.peers {
		if !l.onSecond(p) { // interface indexes repeat between hosts
			p.setHost(stack)
		}
	}
	return nil
}

// Session is the lab's name on the engine.
func (l *Lab) Session() string { return l.session.Lab() }

// Up is how long the build took.
func (l *Lab) Up() time.Duration { return l.up }

// Scenario is the scenario that was built.
func (l *Lab) Scenario() *scenario.Scenario { return l.scenario }

// Site is the site where the lab was built.
func (l *Lab) Site() *Site { return l.site }

func (l *Lab) peer(name string) *peer {
	if name == ask.Host {
		return l.site.host
	}
	for _, p := range l.peers {
		if p.name == name {
			return p
		}
	}
	if w := l.options.World; w != nil && (l.isWorlds(name) || w.isMachine(name)) {
		return w.peer(name)
	}
	return nil
}

func (l *Lab) wire(name string) *wire {
	for i := range l.wires {
		if l.wires[i].name == name {
			return &l.wires[i]
		}
	}
	if l.isWorlds(name) {
		return l.options.World.wire(name)
	}
	return nil
}

func (l *Lab) network(name string) *network {
	for i := range l.networks {
		if l.networks[i].name == name {
			return &l.networks[i]
		}
	}
	if l.isWorlds(name) {
		return l.options.World.network(name)
	}
	return nil
}
