package survey

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	"netlab/netlab/agent"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

const (
	// OutsideWord stands for a computer beyond the host.
	OutsideWord = "outside"

	// OutsideSeat is the seat of such a computer: a container that only a simulated link connects to the host.
	OutsideSeat = OutsideWord
)

// The ends of the simulated link.
const (
	outsideLink = "eth0"
	linkBits    = 30
	linkTries   = 8
)

// linkRanges are reserved for tests of network devices (RFC 2544) and for documents (RFC 5737), so no machine has their
// addresses. Some VPN clients use the first.
func linkRanges() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("198.18.0.0/16"), netip.MustParsePrefix("198.51.100.0/24")}
}

// outside starts a container that plays a computer beyond the host, and connects it. The link vanishes with it. It has
// IPv6 if a network of the engine has.
func (r *Reader) outside(ctx context.Context, peer string) (*agent.Client, error) {
	networks, err := r.engine.Networks(ctx)
	if err != nil {
		return nil, err
	}
	six := slices.ContainsFunc(networks, func(n fact.Network) bool { return n.IPv6Subnet != "" })
	machine, err := r.session.Create(ctx, engine.ContainerSpec{Peer: peer, Role: fact.RoleMachine, IPv6: six})
	if err != nil {
		return nil, err
	}
	client, err := machine.Start(ctx)
	if err != nil {
		return nil, err
	}
	wirer, err := r.session.Create(ctx, engine.ContainerSpec{
		Peer: peer + "-wirer", Role: engine.RoleWirer, Target: machine,
	})
	if err != nil {
		return nil, err
	}
	helper, err := wirer.Start(ctx)
	if err != nil {
		return nil, err
	}
	host, err := helper.Look(ctx)
	if err != nil {
		return nil, err
	}
	for range linkTries {
		near, far, ok := linkAddresses(host)
		if !ok {
			break
		}
		wire := probe.Wire{Name: fmt.Sprintf("nl%x", rand.Uint32()), Peer: outsideLink, PID: 1, Address: near.String()}
		addresses, gateways := []string{far.String()}, []netip.Addr{near.Addr()}
		if six && host.HasIPv6() {
			subnet := engine.UniqueLocal()
			near := netip.PrefixFrom(subnet.Addr().Next(), subnet.Bits())
			wire.IPv6, gateways = near.String(), append(gateways, near.Addr())
			addresses = append(addresses, netip.PrefixFrom(near.Addr().Next(), near.Bits()).String())
		}
		o, err := helper.Ask(ctx, probe.Question{Wire: &wire})
		switch {
		case err != nil:
			return nil, err
		case o.Reason == probe.InUse:
			continue
		case o.Reason != probe.OK:
			return nil, fmt.Errorf("creating a simulated link: %s", o.Detail)
		}
		o, err = client.Ask(ctx, probe.Question{Configure: &probe.Configure{
			Link: outsideLink, Addresses: addresses, Routes: waysIn(host, networks, gateways),
		}})
		if err == nil && o.Reason != probe.OK {
			err = fmt.Errorf("configuring the computer outside: %s", o.Detail)
		}
		return client, err
	}
	return nil, errors.New("creating a simulated link: all subnets that were tried are in use")
}

// linkAddresses chooses a subnet that the host has no route to but the default one, and returns both ends.
func linkAddresses(host *fact.Stack) (near, far netip.Prefix, ok bool) {
	for _, r := range linkRanges() {
		first, size := r.Addr().As4(), 1<<(linkBits-r.Bits())
		start := rand.IntN(size) // another netlab chooses too
		for i := range size {
			n := uint16((start + i) % size << (32 - linkBits))
			base := netip.AddrFrom4([4]byte{first[0], first[1], first[2] | byte(n>>8), byte(n)})
			near = netip.PrefixFrom(base.Next(), linkBits)
			far = netip.PrefixFrom(near.Addr().Next(), linkBits)
			if !routed(host, near) {
				return near, far, true
			}
		}
	}
	return near, far, false
}

// routed reports whether the host has a route to addresses of a subnet. The default route does not count, nor the two
// halves by which a VPN replaces it.
func routed(host *fact.Stack, subnet netip.Prefix) bool {
	return slices.ContainsFunc(slices.Concat(host.Routes, host.OtherRoutes), func(r fact.Route) bool {
		p, err := netip.ParsePrefix(r.Destination)
		return err == nil && p.Bits() > 1 && p.Overlaps(subnet)
	})
}

// waysIn returns the routes by which a computer outside sends to the host and, straight, to containers. It has a
// gateway for IPv4 and perhaps one for IPv6.
func waysIn(host *fact.Stack, networks []fact.Network, gateways []netip.Addr) []probe.Route {
	var routes []probe.Route
	add := func(to netip.Prefix) {
		for _, g := range gateways {
			route := probe.Route{Destination: to.Masked().String(), Gateway: g.String()}
			if to.Addr().Is4() == g.Is4() && !slices.Contains(routes, route) {
				routes = append(routes, route)
			}
		}
	}
	for _, n := range networks {
		for _, p := range n.Subnets() {
			if n.Driver == fact.DriverBridge {
				add(p)
			}
		}
	}
	for _, l := range host.Links {
		for _, cidr := range l.Addresses {
			p, err := netip.ParsePrefix(cidr)
			if err == nil && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
				add(netip.PrefixFrom(p.Addr(), p.Addr().BitLen()))
			}
		}
	}
	return routes
}

// OutsideGateway is the host's end of the link of a computer outside, by which it reaches everything else: its IPv4 or
// its IPv6 address, or "".
func OutsideGateway(s *fact.Stack, six bool) string {
	for _, r := range s.Routes {
		if g := Parsed(r.Gateway); g.IsValid() && g.Is6() == six {
			return r.Gateway
		}
	}
	return ""
}

// HasRoute reports whether a network namespace has a route to an address.
func HasRoute(s *fact.Stack, address netip.Addr) bool {
	return slices.ContainsFunc(s.Routes, func(r fact.Route) bool {
		p, err := netip.ParsePrefix(r.Destination)
		return err == nil && p.Contains(address) && r.Kind == ""
	})
}
