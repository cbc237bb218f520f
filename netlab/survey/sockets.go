package survey

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// Has reports whether a namespace has an address, or the address is its loopback's.
func Has(s *fact.Stack, address netip.Addr) bool {
	if address.IsLoopback() || address.IsUnspecified() {
		return true
	}
	return s != nil && slices.ContainsFunc(s.Links, func(l fact.Link) bool {
		return slices.ContainsFunc(l.Addresses, func(cidr string) bool {
			p, err := netip.ParsePrefix(cidr)
			return err == nil && p.Addr().Unmap() == address
		})
	})
}

// A Listening is what the sockets of a namespace mean for one port and address.
type Listening struct {
	Here     []string // sockets that accept packets for it: "0.0.0.0:80"
	Loopback []string // sockets on the port that only loopback reaches
	Other    []string // sockets on the port at other addresses
	Crossed  []string // sockets on the port of the other protocol
	Ports    []int    // other ports of the protocol that the address could reach, sorted
}

// Listeners reads the sockets of a namespace. The address is "" for any that is not loopback's.
func Listeners(s *fact.Stack, network, address string, port int) Listening {
	var l Listening
	to, _ := netip.ParseAddr(address)
	if s == nil {
		return l
	}
	for _, socket := range s.Sockets {
		at, err := netip.ParseAddrPort(socket.Address)
		if err != nil || at.Addr().String() == probe.DockerDNS {
			continue // Docker's DNS server
		}
		on := at.Addr().Unmap()
		reached := on.IsUnspecified() && (on.Is6() || !to.Is6()) || on == to || !to.IsValid() && !on.IsLoopback()
		switch {
		case int(at.Port()) != port:
			if socket.Network == network && reached && !slices.Contains(l.Ports, int(at.Port())) {
				l.Ports = append(l.Ports, int(at.Port()))
			}
		case socket.Network != network:
			l.Crossed = append(l.Crossed, socket.Address)
		case reached:
			l.Here = append(l.Here, socket.Address)
		case on.IsLoopback():
			l.Loopback = append(l.Loopback, socket.Address)
		default:
			l.Other = append(l.Other, socket.Address)
		}
	}
	slices.Sort(l.Ports)
	return l
}

// FullQueues returns the sockets of a namespace that take no more connections (sk_acceptq_is_full in the kernel).
func FullQueues(s *fact.Stack) []fact.Socket {
	if s == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Sockets), func(s fact.Socket) bool {
		return s.Limit == 0 || s.Queue <= s.Limit
	})
}

// Parsed returns an address as netip has it, IPv4 unmapped, or the zero Addr.
func Parsed(address string) netip.Addr {
	a, _ := netip.ParseAddr(address)
	return a.Unmap()
}

// Within reports whether a subnet has an address. An empty one has all.
func Within(subnet, address string) bool {
	p, err := netip.ParsePrefix(subnet)
	return subnet == "" || err == nil && p.Contains(Parsed(address))
}

// SplitPort takes a port of Docker apart: "80/tcp".
func SplitPort(port string) (number int, network string) {
	n, network, _ := strings.Cut(port, "/")
	number, _ = strconv.Atoi(n)
	return number, network
}
