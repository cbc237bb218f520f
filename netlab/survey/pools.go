package survey

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/fact"
)

// A PoolUse is an address pool of the engine, and what uses up its subnets.
type PoolUse struct {
	Pool  fact.Pool
	Total int          // how many subnets it has
	Free  int          // how many of them the engine can still give to a network
	Next  netip.Prefix // the first free one; not valid if there is none
	Users []PoolUser   // sorted by subnet
}

// A PoolUser overlaps subnets of a pool, so the engine gives these to no other network. It is a network, a route of the
// host, or a nameserver of the host.
type PoolUser struct {
	Network *fact.Network // nil for the host's own
	Route   *fact.Route   // nil for a network and for a nameserver
	Subnet  netip.Prefix  // the user's own
	Takes   int           // how many subnets of the pool
}

// PoolUses returns what is left of the engine's IPv4 address pools. The routes of the host count only if they could be
// read: Host is set.
func (v *Inventory) PoolUses() []PoolUse {
	pools := v.Pools
	if len(pools) == 0 {
		pools = fact.BuiltinPools()
	}
	users := v.poolUsers()
	var uses []PoolUse
	for _, p := range pools {
		if p.Base.Addr().Is4() && p.Size >= p.Base.Bits() && p.Size <= 32 {
			uses = append(uses, poolUse(p, users))
		}
	}
	return uses
}

// FreeSubnets is how many subnets all pools have together, and how many are free.
func FreeSubnets(uses []PoolUse) (free, total int) {
	for _, u := range uses {
		free, total = free+u.Free, total+u.Total
	}
	return free, total
}

// poolUse counts subnets as numbers from 0, because a pool may have a million of them.
func poolUse(p fact.Pool, users []PoolUser) PoolUse {
	u := PoolUse{Pool: p, Total: 1 << (p.Size - p.Base.Bits())}
	first := number(p.Base.Addr()) >> (32 - p.Size)
	unused := 0 // every subnet before it has been counted
	for _, user := range users {
		if !user.Subnet.Overlaps(p.Base) {
			continue
		}
		from, to := 0, u.Total
		if user.Subnet.Bits() > p.Base.Bits() {
			from = number(user.Subnet.Addr())>>(32-p.Size) - first
			to = from + max(1, 1<<max(0, p.Size-user.Subnet.Bits()))
		}
		user.Takes = to - from
		u.Users = append(u.Users, user)
		if from > unused {
			u.free(from-unused, first+unused)
		}
		unused = max(unused, to)
	}
	if unused < u.Total {
		u.free(u.Total-unused, first+unused)
	}
	return u
}

// free adds count free subnets to u, starting at subnet number first.
func (u *PoolUse) free(count, first int) {
	if u.Free == 0 {
		n := uint32(first << (32 - u.Pool.Size))
		address := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		u.Next = netip.PrefixFrom(address, u.Pool.Size)
	}
	u.Free += count
}

// number returns an IPv4 address as a number.
func number(a netip.Addr) int {
	n := 0
	for _, b := range a.As4() {
		n = n<<8 | int(b)
	}
	return n
}

// poolUsers returns what keeps an engine from giving a subnet to a network, sorted by subnet: other networks, routes of
// the host, and the host's nameservers. Since version 23 only routes without a gateway count. (moby,
// libnetwork/netutils: InferReservedNetworks.)
func (v *Inventory) poolUsers() []PoolUser {
	var users []PoolUser
	for i := range v.Networks {
		for _, s := range v.Networks[i].Subnets() {
			users = append(users, PoolUser{Network: &v.Networks[i], Subnet: s})
		}
	}
	if v.Host != nil {
		for i, r := range v.Host.Routes {
			p, err := netip.ParsePrefix(r.Destination)
			counts := err == nil && p.Bits() > 0 && (r.Gateway == "" || v.major() < 23)
			if counts && !slices.ContainsFunc(users, func(u PoolUser) bool { return u.Subnet == p }) {
				users = append(users, PoolUser{Route: &v.Host.Routes[i], Subnet: p})
			}
		}
		for _, s := range v.Host.Nameservers {
			if a := Parsed(s); a.IsValid() {
				users = append(users, PoolUser{Subnet: netip.PrefixFrom(a, a.BitLen())})
			}
		}
	}
	users = slices.DeleteFunc(users, func(u PoolUser) bool { return !u.Subnet.Addr().Is4() })
	slices.SortStableFunc(users, func(a, b PoolUser) int { return a.Subnet.Compare(b.Subnet) })
	return users
}

// major is the first number of the engine's version. An unknown one counts as new.
func (v *Inventory) major() int {
	word, _, _ := strings.Cut(v.Engine.Version, ".")
	if n, err := strconv.Atoi(word); err == nil {
		return n
	}
	return 1 << 10
}

// An Overlap is a Docker network whose subnet a route of the host also covers, through another link.
type Overlap struct {
	Network *fact.Network
	Subnet  netip.Prefix // of the network
	Route   fact.Route
}

// Wins reports whether the host sends packets for all or some addresses of the network along the route, and not to the
// network: the kernel takes the most specific route, and of two equal ones it cannot be said which.
func (o Overlap) Wins() bool {
	p, err := netip.ParsePrefix(o.Route.Destination)
	return err == nil && p.Bits() >= o.Subnet.Bits()
}

// RouteOverlaps returns the bridge networks that overlap a route of the host, such as that of its LAN or of a VPN. The
// default route does not count, nor the two halves by which a VPN replaces it. There are none if Host could not be
// read.
func (v *Inventory) RouteOverlaps() []Overlap {
	if v.Host == nil {
		return nil
	}
	var found []Overlap
	for i := range v.Networks {
		n := &v.Networks[i]
		if n.Driver != fact.DriverBridge {
			continue // macvlan and ipvlan share the subnet of the LAN on purpose
		}
		for _, s := range n.Subnets() {
			for _, r := range v.Host.Routes {
				p, err := netip.ParsePrefix(r.Destination)
				if err == nil && p.Bits() > 1 && p.Overlaps(s) && r.Link != n.Interface && !p.Addr().IsLinkLocalUnicast() {
					found = append(found, Overlap{n, s, r})
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Overlap) int { return cmp.Compare(a.Network.Name, b.Network.Name) })
	return found
}
