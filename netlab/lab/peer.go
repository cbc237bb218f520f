package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"netlab/netlab/agent"
	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// agentClient is what a lab needs from an agent.
type agentClient interface {
	Ask(ctx context.Context, q probe.Question) (probe.Outcome, error)
	Look(ctx context.Context) (*fact.Stack, error)
	LookWithSockets(ctx context.Context) (*fact.Stack, error)
	Process(ctx context.Context) (*fact.Process, error)
	Chains(ctx context.Context) ([]fact.Chain, probe.Outcome, error)
	Stream(ctx context.Context, q probe.Question) (<-chan agent.Reply, error)
}

// A peer is a lab container and its agent.
type peer struct {
	name      string
	mode      string // the driver of its first network
	spec      scenario.Container
	container *engine.Container
	listen    []probe.Listen
	serveDNS  bool
	machine   bool  // plays an outside computer, at the far end of a link
	made      *gate // opens once the container is valid
	released  bool  // its container is being removed before the lab

	mu      sync.Mutex // guards everything below, which a restart or a connect changes
	client  agentClient
	stop    context.CancelFunc // ends the current client's listeners
	health  *health            // what the engine reports about its HEALTHCHECK; nil if no step waits for it
	unwatch context.CancelFunc // ends the watching of health
	paused  bool
	now     engine.Inspection
	stack   *fact.Stack
	first   engine.Inspection // as it was when the lab was built
	took    time.Duration     // see engine.Container.StartTime
	port    string            // the host's end of its veth pair, when the lab was built

	asked changing     // guards seen
	seen  []probe.Seen // the questions that the upstream DNS server got
}

// start starts the container, reads its settings and opens its listeners.
func (p *peer) start(ctx context.Context) error {
	client, err := p.container.Start(ctx)
	if err != nil {
		return err
	}
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.mu.Lock()
	if p.stop != nil {
		p.stop()
	}
	p.client, p.stop = client, stop
	p.mu.Unlock()

	var work group
	work.run(func() error { return p.refresh(ctx) })
	work.run(func() error { return p.openListeners(ctx, listening) })
	if p.serveDNS {
		work.run(func() error { return p.open(ctx, listening, probe.Question{ServeDNS: &probe.ServeDNS{}}) })
	}
	return work.wait()
}

// openListeners opens the listeners that p has all the time.
func (p *peer) openListeners(ctx, listening context.Context) error {
	var work group
	for _, l := range p.listen {
		work.run(func() error { return p.open(ctx, listening, probe.Question{Listen: &l}) })
	}
	return work.wait()
}

// reopen opens p's listeners again after closeListeners closed them.
func (p *peer) reopen(ctx context.Context) error {
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.mu.Lock()
	p.stop = stop
	p.mu.Unlock()
	return p.openListeners(ctx, listening)
}

func (p *peer) closeListeners() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		p.stop()
	}
}

// open starts a listener and waits until it is open or ctx ends. What it sees is remembered until listening ends.
func (p *peer) open(ctx, listening context.Context, q probe.Question) error {
	client, err := p.awake()
	if err != nil {
		return err
	}
	s, err := open(ctx, listening, client, q)
	switch {
	case err != nil:
		return fmt.Errorf("%s: opening a listener: %w", p.name, err)
	case s.first.Reason != probe.OK:
		return fmt.Errorf("%s: opening a listener: %s %s", p.name, s.first.Reason, s.first.Detail)
	}
	safely.Go(ctx, func() {
		for r := range s.replies {
			if r.Seen != nil {
				p.note(*r.Seen)
			}
		}
	})
	return nil
}

func (p *peer) note(s probe.Seen) { p.asked.change(func() { p.seen = append(p.seen, s) }) }

// sawQuestion returns which of the addresses that mine accepts asked the upstream DNS server for what. It waits up to
// limit: the server's report and the asker's outcome arrive on two streams, in either order.
func (p *peer) sawQuestion(
	ctx context.Context, what string, mine func(address string) bool, limit time.Duration,
) (from string, ok bool) {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	_ = p.asked.wait(ctx, func() bool {
		i := slices.IndexFunc(p.seen, func(s probe.Seen) bool { return s.What == what && mine(s.From) })
		if ok = i >= 0; ok {
			from = p.seen[i].From
		}
		return ok
	})
	return from, ok
}

// refresh reads what the engine knows about the peer right now, and also what its agent knows if the agent can
// answer.
func (p *peer) refresh(ctx context.Context) error {
	var (
		work  group
		now   engine.Inspection
		stack *fact.Stack
	)
	work.run(func() (err error) { now, err = p.container.Inspect(ctx); return err })
	if client, err := p.awake(); err == nil {
		work.run(func() (err error) { stack, err = client.Look(ctx); return err })
	}
	if err := work.wait(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if stack == nil {
		stack = p.stack
	}
	for i := range now.Endpoints {
		complete(&now.Endpoints[i], stack)
	}
	p.now, p.stack = now, stack
	if p.first.Endpoints == nil {
		p.first = now
	}
	return nil
}

// complete adds what the agent sees of an endpoint. It identifies interfaces by address, because their numbers change
// when a container restarts.
func complete(e *fact.Endpoint, stack *fact.Stack) {
	if stack == nil {
		return // never started
	}
	for _, l := range stack.Links {
		for _, a := range l.Addresses {
			if e.IPv4 != "" && fact.Bare(a) == e.IPv4 {
				e.Link, e.MTU = l.Name, l.MTU
				if e.MAC == "" {
					e.MAC = l.MAC
				}
			}
		}
	}
}

// place says where something was read: "in alice", "on the host".
func (p *peer) place() string {
	if p.name == ask.Host {
		return " on the host"
	}
	return " in " + p.name
}

// addressIn returns the address that the agent sees within the subnet, or "". The engine does not report a
// container's endpoint on docker_gwbridge.
func (p *peer) addressIn(subnet string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	within, err := netip.ParsePrefix(subnet)
	if err != nil || p.stack == nil {
		return ""
	}
	for _, l := range p.stack.Links {
		for _, a := range l.Addresses {
			if own, err := netip.ParsePrefix(a); err == nil && within.Contains(own.Addr()) {
				return own.Addr().String()
			}
		}
	}
	return ""
}

// hasAddress reports whether the agent sees the address in p's network namespace.
func (p *peer) hasAddress(a string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stack != nil && slices.ContainsFunc(p.stack.Links, func(l fact.Link) bool {
		return slices.ContainsFunc(l.Addresses, func(cidr string) bool { return fact.Bare(cidr) == a })
	})
}

// awake returns the peer's agent, or an error if it cannot be asked anything.
func (p *peer) awake() (agentClient, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.client == nil:
		return nil, fmt.Errorf("%s is not running", p.name)
	case p.paused:
		return nil, fmt.Errorf("%s is paused", p.name) // its agent would never answer
	}
	return p.client, nil
}

func (p *peer) setPaused(paused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = paused
}

// isRoot reports whether p's agent runs as root. All do, except in images with a USER.
func (p *peer) isRoot() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stack == nil || p.stack.UID == 0
}

func (p *peer) agent() agentClient {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.client
}

func (p *peer) inspection() engine.Inspection {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// close ends the peer's listeners, and the peer can no longer be asked anything. It also forgets the peer's health,
// which says nothing about a container that comes later. The session removes the container.
func (p *peer) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		p.stop()
	}
	if p.unwatch != nil {
		p.unwatch()
	}
	p.client, p.health, p.unwatch = nil, nil, nil
}

// setHost remembers which port of the host's bridge is the other end of the peer's veth pair.
func (p *peer) setHost(host *fact.Stack) {
	if port := p.portAt(host); port != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.port = port.Name
	}
}

// portAt is the host's end of the peer's first veth pair, or nil.
func (p *peer) portAt(host *fact.Stack) *fact.Link {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stack == nil {
		return nil
	}
	return portOf(p.stack, host)
}
