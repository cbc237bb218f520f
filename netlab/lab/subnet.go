package lab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// Labs take their subnets from one private range, so that a class of thirty does not exhaust Docker's default pools
// (about thirty networks) and an administrator knows whom an address belongs to.
const (
	labBits   = 28 // the bridge, the upstream DNS server, five addresses to choose, seven for the engine
	rangeBits = 29 // the engine hands out the upper half, so that an address chosen in the lower one is free
	attempts  = 64 // other netlabs choose at the same time; the engine refuses the second
)

// Range is where labs take their subnets from.
func Range() netip.Prefix { return netip.MustParsePrefix("10.213.0.0/16") }

// The addresses of a lab's subnet, by number. From scenario.FirstAddress to LastAddress the scenario may choose.
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

// The two halves of Range. The engine refuses a network that overlaps with another one, and the kernel a wire; neither
// knows of the other's, so they do not meet.
func networkRange() netip.Prefix { return netip.MustParsePrefix("10.213.0.0/17") }
func wireRange() netip.Prefix    { return netip.MustParsePrefix("10.213.128.0/17") }

// take reserves a subnet for a network.
func (s *Site) take() (netip.Prefix, error) { return s.reserve(networkRange()) }

// reserve reserves a small subnet of a range that overlaps with nothing that is known: the host's routes, Docker's
// networks, other labs of this site.
func (s *Site) reserve(from netip.Prefix) (netip.Prefix, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := subnets(from)
	start := rand.IntN(count) //nolint:gosec // a collision is refused and tried elsewhere
	for i := range count {
		p := subnet(from, (start+i)%count)
		if !overlaps(s.taken, p) {
			s.taken = append(s.taken, p)
			return p, nil
		}
	}
	return netip.Prefix{}, fmt.Errorf("no free subnet is left in %s; netlab clean removes old labs", from)
}

// upperHalf is the part of a lab's subnet from which the engine hands out addresses.
func upperHalf(subnet netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(nth(subnet, 1<<(32-rangeBits)), rangeBits)
}

// uniqueLocalRange holds all that uniqueLocal returns.
const uniqueLocalRange = "fd00::/8"

// uniqueLocal returns a random IPv6 subnet for local use (RFC 4193).
func uniqueLocal() netip.Prefix {
	a := [16]byte{0: 0xfd}
	for i := 1; i < 8; i++ {
		a[i] = byte(rand.IntN(256)) //nolint:gosec // unlikely to be another's is enough
	}
	return netip.PrefixFrom(netip.AddrFrom16(a), 64)
}

// Free counts the subnets that labs can still take.
func (s *Site) Free() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	free := 0
	for i := range subnets(Range()) {
		if !overlaps(s.taken, subnet(Range(), i)) {
			free++
		}
	}
	return free
}

// subnets counts the small subnets of a range, and subnet returns the i-th.
func subnets(from netip.Prefix) int { return 1 << (labBits - from.Bits()) }

func subnet(from netip.Prefix, i int) netip.Prefix {
	a := from.Addr().As4()
	base := binary.BigEndian.Uint32(a[:])
	binary.BigEndian.PutUint32(a[:], base+uint32(i)<<(32-labBits)) //nolint:gosec // i counts the subnets of the range
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

// routes lists the host's own subnets. The default route overlaps with everything and says nothing.
func routes(host *fact.Stack) []netip.Prefix {
	var all []netip.Prefix
	for _, r := range host.Routes {
		if p, err := netip.ParsePrefix(r.Destination); err == nil && p.Bits() > 0 {
			all = append(all, p)
		}
	}
	return all
}

// network creates a lab network on a free subnet.
func (s *Site) network(ctx context.Context, session *engine.Session, spec engine.NetworkSpec) (fact.Network, error) {
	for range attempts {
		subnet, err := s.take()
		if err != nil {
			return fact.Network{}, err
		}
		spec.Subnet = subnet
		spec.Gateway = nth(subnet, gatewayAddress)
		if spec.Driver != scenario.DriverOverlay { // on which nobody chooses an address
			spec.Range = upperHalf(subnet)
		}
		n, err := session.CreateNetwork(ctx, spec)
		if errors.Is(err, engine.ErrOverlap) {
			continue
		}
		return n, err
	}
	return fact.Network{}, fmt.Errorf("creating network %q: %d subnets of %s were in use",
		spec.Name, attempts, Range())
}
