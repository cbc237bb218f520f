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
	Kernel    bool      // whether to ask the kernel which packets of the lab's questions it drops
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
	inventory
	up    time.Duration
	early fact.Objects // what a failed build removed

	firewall firewall // the host's, before the lab's networks existed

	capture *Capture // the running capture, or nil

	sockets sync.RWMutex // write-locked while they are read, read-locked while a question opens some

	kernel *kernel // nil if it is not asked

	swarm   bool // whether the lab made the engine a swarm
	helpers helpers

	releasing sync.WaitGroup // the containers that are being removed before the lab
	released  atomic.Int32   // how many of them are gone
}

// A builder makes what its lab's inventory lists.
type builder struct{ lab *Lab }

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
	l := &Lab{
		inventory: inventory{site: s, scenario: sc, session: session, options: o},
		helpers:   helpers{site: s, session: session},
	}
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
	if err := (builder{l}).build(ctx); err != nil {
		removed, cleaning := l.Close(ctx)
		l.early = removed
		l.site.mu.Lock()
		defer l.site.mu.Unlock()
		l.site.unbuilt = append(l.site.unbuilt, l.sessions()...)
		if impossible := impossible(err); impossible != nil && cleaning == nil {
			return *impossible
		}
		return errors.Join(fmt.Errorf("building lab %s: %w", l.scenario.Name, err), cleaning)
	}
	l.up = time.Since(start)
	return nil
}

// impossible separates what this engine cannot do from what went wrong.
func impossible(err error) *Impossible {
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
func (b builder) build(ctx context.Context) error {
	l := b.lab
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
	if err := b.beginSwarm(ctx); err != nil {
		return err
	}
	var work group
	work.run(func() error { return l.site.Ready(ctx) })
	work.run(func() error { return b.readFirewall(ctx) })
	work.run(func() error { return b.tryBuild(ctx) })
	work.run(func() error { return b.awaitDirect(ctx) })
	if l.options.Kernel {
		work.run(func() error { _, _ = l.site.witnessed(ctx); return nil }) // hear says why it cannot
	}
	for _, w := range l.wires {
		work.run(func() error {
			err := w.place(ctx, l.site)
			w.placed.open(err)
			return err
		})
		work.run(func() error {
			laid := step{gates{}, func() error { return w.make(ctx, l.site, l.session, &l.helpers) }}
			if err := b.make(ctx, w.made, laid); err != nil {
				return err
			}
			return l.site.busy(func() error { return w.configure(ctx, l.site) })
		})
	}
	for _, spec := range l.scenario.Networks {
		if l.isWorlds(spec.Name) {
			continue
		}
		n := l.network(spec.Name)
		work.run(func() error {
			return b.make(ctx, n.made, step{b.ground(spec), func() error {
				var err error
				n.fact, err = b.createNetwork(ctx, spec)
				return lacking(err, n)
			}})
		})
	}
	for i := range l.volumes {
		v := &l.volumes[i]
		work.run(func() error {
			return b.make(ctx, v.made, step{gates{}, func() error { return v.make(ctx, l.session) }})
		})
	}
	for _, v := range l.services {
		work.run(func() error {
			on := l.network(v.spec.Network)
			return b.make(ctx, v.made, step{on.made, func() error { return v.make(ctx, l.session, on) }})
		})
	}
	var alone, after []*peer
	for _, p := range l.peers {
		switch {
		case p.machine: // starts with its link
		case p.spec.Image != "": // created by the step that starts it, once another has built its image
			p.made.open(nil)
		case startMeasured(l.scenario, p):
			alone = append(alone, p)
		case l.follows(p):
			after = append(after, p)
		default:
			work.run(func() error { return b.makePeer(ctx, p) })
		}
	}
	if err := work.wait(); err != nil {
		return err
	}
	for _, p := range alone {
		err := l.site.Alone(func() error { return b.createAndStart(ctx, p) })
		p.made.open(err)
		if err != nil {
			return err
		}
	}
	var rest group
	for _, p := range after {
		rest.run(func() error { return b.makePeer(ctx, p) })
	}
	if err := rest.wait(); err != nil {
		return err
	}
	if err := errors.Join(b.awaitGossip(ctx), b.awaitServices(ctx)); err != nil {
		return err
	}
	if err := b.lookAtHost(ctx); err != nil {
		return err
	}
	return b.hear(ctx)
}

// A waiter is what something waits for before it is made.
type waiter interface {
	wait(ctx context.Context) error
}

// gates are waited for one after the other.
type gates []*gate

func (needed gates) wait(ctx context.Context) error {
	for _, g := range needed {
		if err := g.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// A step is a part of making a thing, and what that needs.
type step struct {
	needs waiter
	do    func() error
}

// make makes a thing step by step, each when what it needs is there and while holding the engine busy, and opens the
// thing's gate.
func (b builder) make(ctx context.Context, made *gate, steps ...step) (err error) {
	for _, s := range steps {
		if err = s.needs.wait(ctx); err == nil {
			err = b.lab.site.busy(s.do)
		}
		if err != nil {
			break
		}
	}
	made.open(err)
	return err
}

// lookAtHost reads the host again, now that the lab's veth pairs and bridges exist.
func (b builder) lookAtHost(ctx context.Context) error {
	l := b.lab
	if l.scenario.HasOverlay() { // the engine creates it with the first container on an overlay at the latest
		n, err := l.site.engine.Network(ctx, ask.GatewayBridge)
		if err != nil {
			return fmt.Errorf("looking at %s: %w", ask.GatewayBridge, err)
		}
		l.networks = append(l.networks, network{name: ask.GatewayBridge, fact: n})
	}
	stack, err := b.lookSettled(ctx)
	if err != nil {
		return fmt.Errorf("looking at the host: %w", err)
	}
	l.host = stack
	for i := range l.networks {
		l.networks[i].fact = seenFromHost(l.networks[i].fact, stack)
	}
	b.seeDefaultGateway()
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
