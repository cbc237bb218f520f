// Package lab builds a scenario's lab on an engine, gives access to its peers, and removes it.
//
// This is where a scenario meets the engine: which subnet a network gets, what `bob.web.ipv4` is right now, which
// question goes to which agent. Package run decides whether an answer is right, and package engine knows how to
// create a container.
//
// Four types share the work. An inventory is what a lab consists of; it finds things by the names in the scenario. A
// builder makes them. An asking is one container's questions. A Lab is all of this for other packages.
//
//	site.go       an engine and the view of its host, where labs are built
//	setting.go    what the host reveals about the engine's settings
//	subnet.go     which subnets a lab takes
//
//	inventory.go  a lab's peers, networks and other parts, also those that it shares with other labs
//	plan.go       what the lab will contain, and what each part depends on
//	build.go      makes everything at once, and each part when what it needs is there
//	container.go  creates and starts a container
//	network.go    networks, and what conditions can name about them
//	wire.go       outside computers: the links, and the helper that makes them
//	lan.go        networks on one of the host's interfaces, next to the other computers on its LAN
//	volume.go     volumes
//	service.go    swarm services and their tasks
//	second.go     one container of the lab on a second engine of the swarm
//	helper.go     the helpers that may change or read the host's network
//	gate.go       waiting for something that another goroutine makes
//	changing.go   waiting for a change
//	settle.go     waiting for the host's bridges
//	end.go        keeping or removing labs
//
//	peer.go       a lab container and its agent
//	ask.go        turns a scenario's question into one for an agent
//	stream.go     questions that an agent answers more than once
//	connect.go    questions that need a listener
//	silence.go    deciding that a question gets no answer
//	value.go      what a reference is right now
//	read.go       what `read:` reads from a network namespace
//	process.go    what `read:` reads about processes and the machine, and what the engine keeps of a container
//	outcome.go    the outcomes that this package makes itself
//	image.go      images that the steps build, and questions about them
//	health.go     what the engine reports about a HEALTHCHECK, and waiting for it
//	published.go  which port of the host forwards to a container
//	upstream.go   which DNS server a container asks
//	load.go       a load between two peers, to measure the cost of a path
//	action.go     what `do:` does
//	try.go        the command that a student types to ask the same
//	shell.go      a prompt in a container, for a person
//
//	firewall.go   facts about the host's firewall, and which of its chains packets pass
//	direct.go     whether other computers can route to containers
//	kernel.go     hears which packets the kernel drops, and (lost.go) which questions they belong to
//	dropped.go    which rule dropped the packets of a question that got no answer
//	capture.go    the lab's frames at all capture points (capture_place.go), taken question by question (capture_take.go)
//	tell.go       what a lab reports about itself, for the record
package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
)

// removalLimit bounds a cleanup, which runs even if the command was canceled. Thirty labs that end together on two
// processors kept engine 20.10 busy for 40 s, because it removes networks one at a time. If an engine does nothing at
// all, netlab gives up earlier.
const removalLimit = 2 * time.Minute

// A Site is an engine with a view of its host. Several labs can be built on it at the same time.
//
// The view is a helper container in host network mode. It sees the host's links, bridge ports and sysctls, and it can
// listen and connect there. That works on a remote engine and in Docker Desktop's VM as well. It has no capability,
// unless it also makes the labs' links.
type Site struct {
	engine  *engine.Engine
	session *engine.Session // of the helper
	wires   bool            // whether the helper makes links and reads the counters of the host's firewall
	bridge  fact.Network
	bridged bool // whether the engine has a default bridge

	firewall firewall // the host's, if ReadFirewall was called

	created *gate             // opens once the next field is valid
	helper  *engine.Container // not yet started

	seen  *gate       // opens once the three fields below and the host's routes in taken are valid
	host  *peer       // the helper
	stack *fact.Stack // the host's, when the helper started
	proxy *bool       // whether the engine has its userland proxy; set only if it took a container to find out

	// load is read-locked by anything that keeps the engine busy, and write-locked by a measurement, which needs the
	// engine to itself.
	load sync.RWMutex

	counts atomic.Int64 // captures that counted packets, for their names

	witness  witness
	dropping sync.Mutex // held while packets are counted in the host's firewall

	mu      sync.Mutex
	taken   []netip.Prefix    // subnets in use: the host's routes, Docker's networks, labs of this site
	unbuilt []*engine.Session // of labs that failed to build, for the audit
}

// Open makes sure that the agent image exists, reads the engine's networks and starts the helper. It does not wait
// for the helper's view of the host. Labs wait for it when they need it. With wires, the helper also makes the links of
// labs, which end with it. Without, each link has a helper of its own.
func Open(ctx context.Context, eng *engine.Engine, wires bool) (*Site, error) {
	session, err := eng.NewSession(ctx, "")
	if err != nil {
		return nil, err
	}
	s := &Site{engine: eng, session: session, wires: wires, created: newGate(), seen: newGate()}
	var work group
	work.run(func() error {
		_, err := eng.EnsureImage(ctx)
		return err
	})
	work.run(func() (err error) {
		s.taken, err = eng.Subnets(ctx)
		return err
	})
	work.run(func() (err error) {
		s.bridge, err = eng.Network(ctx, scenario.DefaultBridge)
		if s.bridged = err == nil; errors.Is(err, engine.ErrNotFound) { // an engine started with --bridge=none
			return nil
		}
		return err
	})
	if err := work.wait(); err != nil {
		return nil, err
	}
	safely.Go(ctx, func() {
		err := safely.Do(func() error { return s.createHelper(ctx) })
		s.created.open(err)
		if err == nil {
			err = safely.Do(func() error { return s.lookAround(ctx) })
		}
		s.seen.open(err)
	})
	return s, nil
}

func (s *Site) createHelper(ctx context.Context) (err error) {
	s.helper, err = s.session.Create(ctx, engine.ContainerSpec{
		Peer: ask.Host, Role: engine.RoleHost, Attachments: []engine.Attachment{{Network: scenario.HostNetwork}},
		ExtraHosts: s.helperHosts(), Wires: s.wires,
	})
	return err
}

// lookAround starts the helper and reads the host.
func (s *Site) lookAround(ctx context.Context) error {
	client, err := s.helper.Start(ctx)
	if err != nil {
		return err
	}
	stack, err := client.Look(ctx)
	if err != nil {
		return err
	}
	s.host = &peer{name: ask.Host, container: s.helper, client: client, mode: scenario.HostNetwork}
	if err := s.tryProxy(ctx, s.host, stack); err != nil {
		return err
	}
	s.stack = stack
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, routes(stack)...)
	return nil
}

// Ready waits for the view of the host, which Facts, Host and Free need. Build has already waited for it.
func (s *Site) Ready(ctx context.Context) error {
	err := s.seen.wait(ctx)
	if errors.Is(err, errWithheld) {
		return fmt.Errorf("looking at the host: %w", s.seen.err)
	}
	return err
}

// Close removes the helper and what is left of labs that could not be built. That may include a swarm that other labs
// were using at the time. Close finishes even if ctx is canceled.
func (s *Site) Close(ctx context.Context) (fact.Objects, error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), removalLimit)
	defer stop()
	removed, err := s.session.Remove(ctx)
	for _, session := range s.unbuilt {
		_, removeErr := session.Remove(ctx)
		err = errors.Join(err, removeErr)
	}
	return removed, err
}

// Leftovers returns what the engine still has of the helper and of labs that could not be built.
func (s *Site) Leftovers(ctx context.Context) ([]engine.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	objects, err := s.session.Leftovers(ctx)
	for _, session := range s.unbuilt {
		more, listErr := session.Leftovers(ctx)
		objects, err = append(objects, more...), errors.Join(err, listErr)
	}
	return objects, err
}

// Host is the host's network namespace as it was when the site was opened.
func (s *Site) Host() *fact.Stack { return s.stack }

// Alive returns nil while the engine answers.
func (s *Site) Alive(ctx context.Context) error { return s.engine.Ping(ctx) }

// CanBuild returns why this engine cannot run the scenario, or "". If only building shows that, Build returns
// Impossible.
func (s *Site) CanBuild(sc *scenario.Scenario, o Options) string {
	if sc.HasOverlay() {
		if why := cannotOverlay(s.engine.Fact(), o); why != "" {
			return why
		}
	}
	if o.Second != nil {
		if why := CanSplit(sc); why != "" {
			return why
		}
	}
	if why := s.lacks(sc); why != "" {
		return why
	}
	if s.lostRules() && needsRules(sc) {
		return rulesLost
	}
	if s.bridged {
		return ""
	}
	for _, c := range sc.Containers {
		for _, a := range c.Networks {
			if a.Network == scenario.DefaultBridge {
				return noBridge
			}
		}
	}
	if sc.Upstream == scenario.DefaultBridge {
		return noBridge
	}
	return ""
}

const noBridge = "this engine has no default bridge (it was started with --bridge=none)"

// cannotOverlay returns why this engine cannot have an overlay network, or "".
func cannotOverlay(e fact.Engine, o Options) string {
	switch {
	case e.FirewallBackend == fact.BackendNFTables:
		return "the nftables firewall backend of this engine has no overlay networks"
	case e.Swarm == fact.SwarmActive && !e.Manager:
		return "this engine is a worker of its swarm, and only a manager can create an overlay network"
	case e.Swarm == fact.SwarmActive, e.Swarm == fact.SwarmInactive && o.InitSwarm:
		return ""
	case e.Swarm == fact.SwarmInactive:
		return "this engine is not in a swarm. --init-swarm makes it one while the lab is up"
	default:
		return "the swarm of this engine is " + e.Swarm
	}
}

// Facts lists what an expectation can name about this engine, sorted by name.
func (s *Site) Facts() []fact.Label {
	facts := append(s.facts(s.stack), s.firewall.facts(s.stack)...)
	sort.Slice(facts, func(i, j int) bool { return facts[i].Name < facts[j].Name })
	return facts
}

// forwards reports whether the host forwards IPv4 packets between its interfaces.
func forwards(host *fact.Stack) bool { return host.Sysctl("net.ipv4.ip_forward") != "0" }

// facts lists the facts according to a later view of the host: an engine that creates a bridge with icc=false turns
// on bridge filtering. The bridges are those of a lab.
func (s *Site) facts(stack *fact.Stack, bridges ...string) []fact.Label {
	reported := reportedFacts(s.engine.Fact())
	facts := slices.Concat(s.settings(stack, append(bridges, s.bridge.Interface)), reported, []fact.Label{
		ofEngine(ask.FactIPVS, stack.Sysctl("net.ipv4.vs.expire_nodest_conn") != ""),
		ofEngine(ask.FactIPForward, forwards(stack)),
		ofEngine(ask.FactIPv6, stack.HasIPv6()),
		ofEngine(ask.FactBridgeFilter, bridgeFilter(stack)),
	})
	facts = slices.DeleteFunc(facts, func(f fact.Label) bool { return f.Value == "" }) // unknown
	if s.bridged {
		facts = append(facts, networkFacts(scenario.DefaultBridge, s.bridge)...)
	}
	sort.Slice(facts, func(i, j int) bool { return facts[i].Name < facts[j].Name })
	return facts
}

// reportedFacts are the facts that the engine reports itself.
func reportedFacts(e fact.Engine) []fact.Label {
	return []fact.Label{
		ofEngine(ask.FactVersion, e.Version),
		ofEngine(ask.FactKind, e.Kind),
		ofEngine(ask.FactKernel, e.Kernel),
		ofEngine(ask.FactContainerdStore, e.ContainerdStore),
		ofEngine(ask.FactRootless, e.Rootless),
		ofEngine(ask.FactUsernsRemap, e.UsernsRemap),
		ofEngine(ask.FactSwarm, orNone(e.Swarm)),
		ofEngine(ask.FactFirewallBackend, e.FirewallBackend),
	}
}

func ofEngine(field string, value any) fact.Label {
	return fact.Label{Name: ask.EngineFact(field), Value: fmt.Sprint(value)}
}

// bridgeFilter reports whether frames between the ports of one bridge pass the host's iptables. Otherwise icc=false
// has no effect.
func bridgeFilter(host *fact.Stack) bool {
	return host.Sysctl("net.bridge.bridge-nf-call-iptables") == "1"
}

// Alone waits until nothing on this site keeps the engine busy, and runs f while nothing else can.
func (s *Site) Alone(f func() error) error {
	s.load.Lock()
	defer s.load.Unlock()
	return f()
}

// busy runs f as something that keeps the engine busy.
func (s *Site) busy(f func() error) error {
	s.load.RLock()
	defer s.load.RUnlock()
	return f()
}
