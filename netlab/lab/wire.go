package lab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// The addresses of a wire's subnet, by number. What comes after is a macvlan network's.
const (
	wireHost    = 1 // the host's end
	wireMachine = 2 // the machine
	wireRouter  = 3 // the machine again, as the router of this LAN
)

// The addresses behind a wire's machine, by number.
const (
	silentAddress  = 1 // dropped by the machine without a word
	nowhereAddress = 2 // the machine has no route to it
)

// behindRange is where the subnets behind machines are taken from: the range for tests of network devices (RFC 2544),
// which no real network uses. It must not lie within Range, which a machine has a route back to.
func behindRange() netip.Prefix { return netip.MustParsePrefix("198.19.0.0/16") }

// A wire is one that was made.
type wire struct {
	name    string // in the scenario
	link    string // the host's end
	subnet  netip.Prefix
	behind  netip.Prefix
	machine *peer
}

// machineLink is the machine's end of its wire.
const machineLink = "eth0"

// createWires makes the scenario's wires: the machine's container, the veth pair, and the machine's addresses and
// routes. The pair is made by a helper that lives for that moment.
func (l *Lab) createWires(ctx context.Context) error {
	l.wires = make([]wire, len(l.scenario.Wires))
	var work group
	for i, spec := range l.scenario.Wires {
		work.run(func() error {
			if err := l.createWire(ctx, &l.wires[i], spec, i); err != nil {
				return fmt.Errorf("making wire %s: %w", spec.Name, err)
			}
			return nil
		})
	}
	return work.wait()
}

func (l *Lab) createWire(ctx context.Context, w *wire, spec scenario.Wire, number int) error {
	subnet, err := l.site.take()
	if err != nil {
		return err
	}
	*w = wire{
		name: spec.Name, link: fmt.Sprintf("nl%s%d", l.session.ID(), number), subnet: subnet,
		behind: l.site.takeBehind(), machine: l.peer(spec.Machine),
	}
	machine, err := l.session.Create(ctx, engine.ContainerSpec{
		Peer: spec.Machine, Role: engine.RoleMachine,
	})
	if err != nil {
		return err
	}
	w.machine.container = machine
	if err := w.machine.start(ctx); err != nil {
		return err
	}
	if err := l.helper(ctx, machine, func(client agentClient) error {
		o, err := client.Ask(ctx, probe.Question{Wire: &probe.Wire{
			Name: w.link, Peer: machineLink, Address: w.cidr(wireHost),
			Behind: []string{w.behind.String()}, Gateway: w.address(wireMachine),
		}})
		if err != nil {
			return err
		}
		l.forward(ctx, client)
		return asError(o)
	}); err != nil {
		return err
	}
	o := ask(ctx, w.machine, probe.Question{Configure: &probe.Configure{
		Link: machineLink, Addresses: []string{w.cidr(wireMachine), w.cidr(wireRouter)}, Routes: l.machineRoutes(w),
	}})
	if err := asError(o); err != nil {
		return err
	}
	return w.machine.refresh(ctx)
}

// machineRoutes lead to the labs' subnets and the default bridge's, through the host, and to nothing else: a computer
// on a LAN knows its own networks, and what has no route shows how a router says so.
func (l *Lab) machineRoutes(w *wire) []probe.Route {
	routes := []probe.Route{
		{Destination: Range().String(), Gateway: w.address(wireHost)},
		{Destination: nth(w.behind, silentAddress).String() + "/32", Kind: "blackhole"},
	}
	if l.site.bridged && l.site.bridge.Subnet != "" {
		routes = append(routes, probe.Route{Destination: l.site.bridge.Subnet, Gateway: w.address(wireHost)})
	}
	return routes
}

// helper runs f with the agent of a helper that may change or read the host's network: NET_ADMIN and nothing else, for
// a moment. With a target it sees that container's processes, so that the other end of a veth pair can be put there.
func (l *Lab) helper(ctx context.Context, target *engine.Container, f func(agentClient) error) error {
	c, err := l.session.Create(ctx, engine.ContainerSpec{
		Peer: fmt.Sprintf("helper%d", l.helpers.Add(1)), Role: engine.RoleWirer, Target: target,
	})
	if err != nil {
		return err
	}
	client, err := c.Start(ctx)
	if err != nil {
		return err
	}
	if err := f(client); err != nil {
		return err
	}
	return c.Stop(ctx)
}

// forward notes the policy of the host's FORWARD chain, by which engines before 28 drop what comes from outside.
func (l *Lab) forward(ctx context.Context, client agentClient) {
	chains, o, err := client.Chains(ctx)
	if err != nil || o.Reason != probe.OK {
		return // then no expectation can name it
	}
	for _, c := range chains {
		// There may be two, of nftables and of legacy iptables: a packet has to pass both.
		if c.Family == "ip" && c.Table == "filter" && c.Name == "FORWARD" && l.forwardPolicy != "drop" {
			l.forwardPolicy = strings.ToLower(c.Policy)
		}
	}
}

func (w *wire) address(number int) string { return nth(w.subnet, number).String() }

func (w *wire) cidr(number int) string {
	return netip.PrefixFrom(nth(w.subnet, number), w.subnet.Bits()).String()
}

// value returns what a reference to the wire is.
func (w *wire) value(field string) string {
	switch field {
	case "subnet":
		return w.subnet.String()
	case "interface":
		return w.link
	case "host":
		return w.address(wireHost)
	case "router":
		return w.address(wireRouter)
	case "silent":
		return nth(w.behind, silentAddress).String()
	case "nowhere":
		return nth(w.behind, nowhereAddress).String()
	}
	return ""
}

// takeBehind reserves a subnet behind a machine. Nothing but the host's routes can be in the way.
func (s *Site) takeBehind() netip.Prefix {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range attempts {
		offset := rand.IntN(1<<16) &^ 0xf //nolint:gosec // not a secret
		base := behindRange().Addr().As4()
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{base[0], base[1], byte(offset >> 8), byte(offset)}), labBits)
		if !overlaps(s.taken, p) {
			s.taken = append(s.taken, p)
			return p
		}
	}
	return behindRange() // all of it is somebody's: then these two addresses of it are as good as any
}

// beginSwarm makes the engine a swarm of one node where the lab has an overlay network and the engine is in none.
func (l *Lab) beginSwarm(ctx context.Context) error {
	if !l.scenario.HasOverlay() || l.site.engine.Fact().Swarm == "active" {
		return nil
	}
	if why := l.site.CanBuild(l.scenario, l.options); why != "" {
		return Impossible{why}
	}
	gateway, err := l.site.take()
	if err != nil {
		return err
	}
	l.swarm = true
	return l.session.InitSwarm(ctx, gateway)
}

// asError makes an outcome that had to be ok an error.
func asError(o probe.Outcome) error {
	if o.Reason == probe.OK {
		return nil
	}
	return fmt.Errorf("%s: %s", o.Reason, o.Detail)
}

// grown names the chains whose counters are higher in after by least at least, "table/chain", in the order of after.
func grown(before, after []fact.Chain, least uint64) []string {
	counted := map[fact.Chain]uint64{}
	key := func(c fact.Chain) fact.Chain {
		return fact.Chain{Family: c.Family, Table: c.Table, Name: c.Name, Legacy: c.Legacy}
	}
	for _, c := range before {
		counted[key(c)] = c.Packets
	}
	var all []string
	for _, c := range after {
		name := c.Table + "/" + c.Name
		if c.Family == "ip" && c.Packets >= counted[key(c)]+least && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
