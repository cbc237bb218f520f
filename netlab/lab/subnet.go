package lab

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// Labs take their subnets from a private range of their own, so that a class of thirty does not exhaust Docker's
// default pools (about thirty networks) and an administrator can tell who uses an address. If the host has a route
// for that range, as with some VPNs, labs take another range.
const (
	labBits   = 28 // the bridge, the upstream DNS server, five addresses to choose, seven for the engine
	rangeBits = 29 // the engine assigns from the upper half, so that addresses chosen in the lower half are free
	attempts  = 64 // other netlabs choose at the same time; the second is refused
)

// ranges are where labs take their subnets from: the first one with room.
func ranges() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("10.213.0.0/16"),
		netip.MustParsePrefix("172.29.0.0/16"),
		netip.MustParsePrefix("192.168.208.0/20"),
	}
}

// The addresses of a lab's subnet, by number. The scenario may choose from scenario.FirstAddress to LastAddress.
const (
	gatewayAddress  = 1
	upstreamAddress = 2
)

// nth returns the n-th address of p.
func nth(p netip.Prefix, n int) netip.Addr {
	a := p.Masked().Addr()
	for range n {
		a = a.Next()
	}
	return a
}

// lowerHalves and upperHalves are the two halves of each of Ranges. The engine refuses a network that overlaps with
// another network, and no subnet is reserved for two links. Neither knows about the other's subnets, so networks and
// links use separate halves.
func lowerHalves() []netip.Prefix { return halves(false) }
func upperHalves() []netip.Prefix { return halves(true) }

func halves(upper bool) []netip.Prefix {
	var halved []netip.Prefix
	for _, r := range ranges() {
		half := netip.PrefixFrom(r.Addr(), r.Bits()+1)
		if upper {
			half = netip.PrefixFrom(nth(r, 1<<(32-half.Bits())), half.Bits())
		}
		halved = append(halved, half)
	}
	return halved
}

// take reserves a subnet for a network.
func (s *Site) take() (netip.Prefix, error) { return s.reserve(lowerHalves()) }

// reserve reserves a small subnet in the first range that has a free one. A subnet is free if it overlaps with
// nothing known: the host's routes, Docker's networks, and other labs of this site.
func (s *Site) reserve(ranges []netip.Prefix) (netip.Prefix, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, from := range ranges {
		count := subnets(from)
		start := rand.IntN(count) // a collision is refused and tried elsewhere
		for i := range count {
			p := subnet(from, (start+i)%count)
			if !overlaps(s.taken, p) {
				s.taken = append(s.taken, p)
				return p, nil
			}
		}
	}
	return netip.Prefix{}, Impossible{s.noRoom(ranges)}
}

// reserveOnHost reserves a small subnet that other netlabs on this host do not take either.
func (s *Site) reserveOnHost(ctx context.Context, ranges []netip.Prefix) (netip.Prefix, error) {
	for range attempts {
		p, err := s.reserve(ranges)
		if err != nil {
			return p, err
		}
		o, err := s.host.client.Ask(ctx, probe.Question{Reserve: &probe.Reserve{Subnet: p.String()}})
		if err != nil {
			return p, err
		}
		if o.Reason != probe.InUse {
			return p, asError(o)
		}
	}
	return netip.Prefix{}, fmt.Errorf("%d subnets of %s were in use", attempts, inOneLine(ranges))
}

// noRoom explains why the ranges have no free subnet, and names the routes that cover them.
func (s *Site) noRoom(ranges []netip.Prefix) string {
	var routed []string
	for _, from := range ranges {
		r := covering(s.stack, from)
		if r == nil {
			return fmt.Sprintf("no subnet is free in %s. netlab clean removes old labs", inOneLine(ranges))
		}
		routed = append(routed, r.Destination+way(*r))
	}
	return "no subnet is free for a lab, because this host has a route to " + strings.Join(slices.Compact(routed), ", ")
}

// inOneLine lists prefixes for use in a sentence.
func inOneLine(prefixes []netip.Prefix) string {
	words := make([]string, 0, len(prefixes))
	for _, p := range prefixes {
		words = append(words, p.String())
	}
	return strings.Join(words, ", ")
}

// covering returns the host's route that covers the whole range, or nil. A default route does not count.
func covering(host *fact.Stack, whole netip.Prefix) *fact.Route {
	if host == nil {
		return nil
	}
	for i, r := range host.Routes {
		p, err := netip.ParsePrefix(r.Destination)
		if err == nil && !isDefault(p) && p.Bits() <= whole.Bits() && p.Contains(whole.Addr()) {
			return &host.Routes[i]
		}
	}
	return nil
}

// way returns where a route goes: " via 198.18.0.1" or " on tun0".
func way(r fact.Route) string {
	if r.Gateway != "" {
		return " via " + r.Gateway
	}
	return " on " + r.Link
}

// isDefault reports whether a route is a default route or part of one: a VPN sets 0.0.0.0/1 and 128.0.0.0/1, which
// together cover everything and take precedence over 0.0.0.0/0. No private range is as large as these.
func isDefault(p netip.Prefix) bool { return p.Bits() < 8 }

// upperHalf is the part of a lab's subnet that the engine assigns addresses from.
func upperHalf(subnet netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(nth(subnet, 1<<(32-rangeBits)), rangeBits)
}

// uniqueLocalRange contains every subnet that engine.UniqueLocal returns.
const uniqueLocalRange = "fd00::/8"

// Free counts the subnets that labs can still take, and returns the range: the first of Ranges with a free one.
func (s *Site) Free() (int, netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, from := range ranges() {
		free := 0
		for i := range subnets(from) {
			if !overlaps(s.taken, subnet(from, i)) {
				free++
			}
		}
		if free > 0 {
			return free, from
		}
	}
	return 0, netip.Prefix{}
}

// NoRoom returns why labs cannot take a subnet, or "".
func (s *Site) NoRoom() string {
	if free, _ := s.Free(); free > 0 {
		return ""
	}
	return s.noRoom(ranges())
}

// subnets counts the small subnets of a range, and subnet returns the i-th.
func subnets(from netip.Prefix) int { return 1 << (labBits - from.Bits()) }

func subnet(from netip.Prefix, i int) netip.Prefix {
	a := from.Addr().As4()
	base := binary.BigEndian.Uint32(a[:])
	binary.BigEndian.PutUint32(a[:], base+uint32(i)<<(32-labBits)) // i counts the subnets of the range
	return netip.PrefixFrom(netip.AddrFrom4(a), labBits)
}

func overlaps(taken []netip.Prefix, p netip.Prefix) bool {
	for _, t := range taken {
		if t.Overlaps(p) {
			return true
		}
	}
	return false
}

// routes lists the subnets for which the host has a route, other than a default route.
func routes(host *fact.Stack) []netip.Prefix {
	var subnets []netip.Prefix
	for _, r := range host.Routes {
		if p, err := netip.ParsePrefix(r.Destination); err == nil && !isDefault(p) {
			subnets = append(subnets, p)
		}
	}
	return subnets
}
