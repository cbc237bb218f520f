package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

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
// which no real network uses. It must not lie within one of Ranges, which a machine has a route back to.
func behindRange() netip.Prefix { return netip.MustParsePrefix("198.19.0.0/16") }

// A wire is one that was made.
type wire struct {
	name    string // in the scenario
	link    string // the host's end
	machine *peer

	made   *gate // before what follows
	subnet netip.Prefix
	ipv6   netip.Prefix // the zero Prefix for none
	behind netip.Prefix
}

// machineLink is the machine's end of its wire.
const machineLink = "eth0"

// createWire makes a wire: the machine's container, the veth pair, and the machine's addresses and routes. The pair is
// made by a helper that lives for that moment.
func (l *Lab) createWire(ctx context.Context, w *wire) error {
	for _, spec := range l.scenario.Wires {
		if spec.Name != w.name {
			continue
		}
		if err := l.layWire(ctx, w, spec); err != nil {
			return fmt.Errorf("making wire %s: %w", w.name, err)
		}
	}
	return nil
}

func (l *Lab) layWire(ctx context.Context, w *wire, spec scenario.Wire) error {
	machine, err := l.session.Create(ctx, engine.ContainerSpec{
		Peer: w.machine.name, Role: engine.RoleMachine, IPv6: spec.IPv6,
	})
	if err != nil {
		return err
	}
	w.machine.container = machine
	if err := w.machine.start(ctx); err != nil {
		return err
	}
	if spec.IPv6 {
		w.ipv6 = uniqueLocal()
	}
	err = l.helper(ctx, machine, func(client agentClient) error {
		if err := l.layPair(ctx, w, client); err != nil {
			return err
		}
		l.firewall.read(ctx, client)
		return nil
	})
	if err != nil {
		return err
	}
	addresses := []string{w.cidr(wireMachine), w.cidr(wireRouter)}
	if spec.IPv6 {
		addresses = append(addresses, w.cidr6(wireMachine))
	}
	o := ask(ctx, w.machine, probe.Question{Configure: &probe.Configure{
		Link: machineLink, Addresses: addresses, Routes: append(l.machineRoutes(w), l.gatewayRoute(ctx, w)...),
	}})
	if err := asError(o); err != nil {
		return err
	}
	return w.machine.refresh(ctx)
}

// layPair has the veth pair made on free subnets. Other netlabs choose at the same time, and the kernel refuses the
// second who wants the route to one.
func (l *Lab) layPair(ctx context.Context, w *wire, client agentClient) error {
	for range attempts {
		var err error
		if w.subnet, err = l.site.reserve(upperHalves()); err != nil {
			return err
		}
		if w.behind, err = l.site.reserve([]netip.Prefix{behindRange()}); err != nil {
			return err
		}
		o, err := client.Ask(ctx, probe.Question{Wire: &probe.Wire{
			Name: w.link, Peer: machineLink, Address: w.cidr(wireHost), IPv6: w.cidr6(wireHost),
			Behind: []string{w.behind.String()}, Gateway: w.address(wireMachine),
		}})
		if err != nil {
			return err
		}
		if o.Reason != probe.InUse {
			return asError(o)
		}
	}
	return fmt.Errorf("%d subnets of %s were in use", attempts, inOneLine(upperHalves()))
}

// machineRoutes lead to the labs' subnets and the default bridge's, through the host, and to nothing else: a computer
// on a LAN knows its own networks, and what has no route shows how a router says so.
func (l *Lab) machineRoutes(w *wire) []probe.Route {
	routes := []probe.Route{{Destination: nth(w.behind, silentAddress).String() + "/32", Kind: "blackhole"}}
	for _, r := range Ranges() {
		routes = append(routes, probe.Route{Destination: r.String(), Gateway: w.address(wireHost)})
	}
	if l.site.bridged && l.site.bridge.Subnet != "" {
		routes = append(routes, probe.Route{Destination: l.site.bridge.Subnet, Gateway: w.address(wireHost)})
	}
	if w.ipv6.IsValid() {
		routes = append(routes, probe.Route{Destination: uniqueLocalRange, Gateway: nth(w.ipv6, wireHost).String()})
	}
	return routes
}

// gatewayRoute leads to docker_gwbridge where a swarm that is not the lab's has it, with a subnet of its own. An outside
// computer that has no route to a container could not show whether the host would forward to it.
func (l *Lab) gatewayRoute(ctx context.Context, w *wire) []probe.Route {
	if l.site.engine.Fact().Swarm != "active" {
		return nil
	}
	n, err := l.site.engine.Network(ctx, scenario.GatewayBridge)
	subnet, bad := netip.ParsePrefix(n.Subnet)
	if err != nil || bad != nil || overlaps(Ranges(), subnet) {
		return nil
	}
	return []probe.Route{{Destination: n.Subnet, Gateway: w.address(wireHost)}}
}

func (w *wire) address(number int) string { return nth(w.subnet, number).String() }

func (w *wire) cidr(number int) string {
	return netip.PrefixFrom(nth(w.subnet, number), w.subnet.Bits()).String()
}

// cidr6 is cidr in IPv6, "" where the wire has none.
func (w *wire) cidr6(number int) string {
	if !w.ipv6.IsValid() {
		return ""
	}
	return netip.PrefixFrom(nth(w.ipv6, number), w.ipv6.Bits()).String()
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
	case "ipv6.host":
		return address(w.cidr6(wireHost))
	case "router":
		return w.address(wireRouter)
	case "silent":
		return nth(w.behind, silentAddress).String()
	case "nowhere":
		return nth(w.behind, nowhereAddress).String()
	}
	return ""
}

// beginSwarm makes the engine a swarm of one node where the lab has an overlay network and the engine is in none.
func (l *Lab) beginSwarm(ctx context.Context) error {
	if !l.scenario.HasOverlay() || l.site.engine.Fact().Swarm == "active" {
		return nil
	}
	if why := l.site.CanBuild(l.scenario, l.options); why != "" {
		return Impossible{why}
	}
	if err := l.site.Ready(ctx); err != nil {
		return err
	}
	l.swarm = true
	for range attempts {
		gateway, err := l.site.take()
		if err != nil {
			return err
		}
		if err := l.session.InitSwarm(ctx, gateway); !errors.Is(err, engine.ErrOverlap) {
			return err
		}
	}
	return fmt.Errorf("beginning a swarm: %d subnets of %s were in use", attempts, inOneLine(lowerHalves()))
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
	type place struct {
		family, table, name string
		legacy              bool
	}
	counted := map[place]uint64{}
	key := func(c fact.Chain) place { return place{c.Family, c.Table, c.Name, c.Legacy} }
	for _, c := range before {
		counted[key(c)] = c.Packets
	}
	var all []string
	for _, c := range slices.SortedStableFunc(slices.Values(after), fact.ComparePassage) {
		name := c.Table + "/" + c.Name
		if c.Family == "ip" && c.Packets >= counted[key(c)]+least && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
