package lab

import (
	"context"
	"fmt"
	"net/netip"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// The addresses of a link's subnet, by number. The ones after them are a macvlan network's.
const (
	wireHost    = 1 // the host's end of the link
	wireMachine = 2 // the outside computer
	wireRouter  = 3 // the outside computer again, as the router of this LAN
)

// The addresses behind an outside computer, by number.
const (
	silentAddress  = 1 // the outside computer drops packets to it without an error
	nowhereAddress = 2 // the outside computer has no route to it
)

// behindRange is the range of the subnets behind outside computers. It is reserved for tests of network devices (RFC
// 2544), so no real network uses it. It must not overlap with any of Ranges, because an outside computer has routes
// back to those.
func behindRange() netip.Prefix { return netip.MustParsePrefix("198.19.0.0/16") }

// A wire is a simulated link.
type wire struct {
	spec    scenario.Wire
	name    string // in the scenario
	link    string // the host's end
	machine *peer

	placed *gate // opens once the next three fields are valid
	subnet netip.Prefix
	behind netip.Prefix
	ipv6   netip.Prefix // the zero Prefix if the link has no IPv6

	made   *gate // opens once the link exists
	helper agentClient
}

// machineLink is the outside computer's end of its link.
const machineLink = "eth0"

// place chooses the link's subnets, as soon as the host's routes are known. Containers that only need its addresses
// need not wait until it exists.
func (w *wire) place(ctx context.Context, s *Site) error {
	err := s.seen.wait(ctx)
	if err == nil {
		w.subnet, err = s.reserveOnHost(ctx, upperHalves())
	}
	if err == nil {
		w.behind, err = s.reserveOnHost(ctx, []netip.Prefix{behindRange()})
	}
	if err != nil {
		return fmt.Errorf("choosing addresses for the simulated link %s: %w", w.name, err)
	}
	if w.spec.IPv6 {
		w.ipv6 = engine.UniqueLocal()
	}
	return nil
}

// make makes the link: the outside computer's container and, by a helper, the veth pair.
func (w *wire) make(ctx context.Context, s *Site, session *engine.Session, h *helpers) error {
	spec := engine.ContainerSpec{Peer: w.machine.name, Role: fact.RoleMachine, IPv6: w.spec.IPv6}
	if s.wires {
		if err := s.created.wait(ctx); err != nil {
			return w.failed(err)
		}
		spec.Target = s.helper
	}
	machine, err := session.Create(ctx, spec)
	if err != nil {
		return w.failed(err)
	}
	w.machine.container = machine
	w.helper, err = h.in(ctx, machine, func() error { return w.machine.start(ctx) })
	if err != nil {
		return w.failed(err)
	}
	if err := w.placed.wait(ctx); err != nil {
		return w.failed(err)
	}
	return w.failed(w.lay(ctx))
}

// failed adds to an error that the link could not be created.
func (w *wire) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("creating the simulated link %s: %w", w.name, err)
}

// lay has the veth pair created. If the host got a route to its subnet after that was reserved, the lab cannot be
// built: containers may already have the link's addresses.
func (w *wire) lay(ctx context.Context) error {
	process, err := w.machine.client.Process(ctx)
	if err != nil {
		return err
	}
	o, err := w.helper.Ask(ctx, probe.Question{Wire: &probe.Wire{
		Name: w.link, Peer: machineLink, PID: process.PID, Address: w.cidr(wireHost), IPv6: w.cidr6(wireHost),
		Behind: []string{w.behind.String()}, Gateway: w.address(wireMachine),
	}})
	if err != nil {
		return err
	}
	return asError(o)
}

// configure gives the outside computer its addresses and routes. Nothing else is built on that.
func (w *wire) configure(ctx context.Context, s *Site) error {
	addresses := []string{w.cidr(wireMachine), w.cidr(wireRouter)}
	if w.ipv6.IsValid() {
		addresses = append(addresses, w.cidr6(wireMachine))
	}
	o := query(ctx, w.machine, probe.Question{Configure: &probe.Configure{
		Link: machineLink, Addresses: addresses, Routes: append(w.routes(s), w.gatewayRoute(ctx, s)...),
	}})
	if err := asError(o); err != nil {
		return w.failed(err)
	}
	return w.machine.refresh(ctx)
}

// routes returns the outside computer's routes: to the labs' subnets and to the default bridge's, through the
// host, and nowhere else. A computer on a LAN knows its own networks, and an address without a route shows how a
// router reports that.
func (w *wire) routes(s *Site) []probe.Route {
	routes := []probe.Route{{Destination: nth(w.behind, silentAddress).String() + "/32", Kind: "blackhole"}}
	for _, r := range ranges() {
		routes = append(routes, probe.Route{Destination: r.String(), Gateway: w.address(wireHost)})
	}
	if s.bridged && s.bridge.Subnet != "" {
		routes = append(routes, probe.Route{Destination: s.bridge.Subnet, Gateway: w.address(wireHost)})
	}
	if w.ipv6.IsValid() {
		routes = append(routes, probe.Route{Destination: uniqueLocalRange, Gateway: nth(w.ipv6, wireHost).String()})
	}
	return routes
}

// gatewayRoute returns the route to docker_gwbridge if a swarm that is not the lab's has it, with a subnet of its
// own. Without a route to a container, an outside computer could not show whether the host would forward to it.
func (w *wire) gatewayRoute(ctx context.Context, s *Site) []probe.Route {
	if s.engine.Fact().Swarm != fact.SwarmActive {
		return nil
	}
	n, err := s.engine.Network(ctx, ask.GatewayBridge)
	if err != nil {
		return nil
	}
	subnet, err := netip.ParsePrefix(n.Subnet)
	if err != nil || overlaps(ranges(), subnet) {
		return nil
	}
	return []probe.Route{{Destination: n.Subnet, Gateway: w.address(wireHost)}}
}

func (w *wire) address(number int) string { return nth(w.subnet, number).String() }

func (w *wire) cidr(number int) string {
	return netip.PrefixFrom(nth(w.subnet, number), w.subnet.Bits()).String()
}

// cidr6 is cidr for IPv6, or "" if the link has none.
func (w *wire) cidr6(number int) string {
	if !w.ipv6.IsValid() {
		return ""
	}
	return netip.PrefixFrom(nth(w.ipv6, number), w.ipv6.Bits()).String()
}

// value returns what a reference to the link stands for.
func (w *wire) value(field string) string {
	switch field {
	case ask.FieldSubnet:
		return w.subnet.String()
	case ask.FieldInterface:
		return w.link
	case ask.FieldHost:
		return w.address(wireHost)
	case ask.FieldIPv6Host:
		return fact.Bare(w.cidr6(wireHost))
	case ask.FieldRouter:
		return w.address(wireRouter)
	case ask.FieldSilent:
		return nth(w.behind, silentAddress).String()
	case ask.FieldNowhere:
		return nth(w.behind, nowhereAddress).String()
	}
	return ""
}
