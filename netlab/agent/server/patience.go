//go:build linux

package server

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// A patience decides how much longer to wait. It is called whenever the wait so far brought nothing, and returns an
// error to give up.
type patience func(waited time.Duration) (more time.Duration, err error)

// A silence is the error when a probe gave up waiting.
type silence struct {
	waited time.Duration
	about  string // what is known about the next hop; may be empty
}

func (s *silence) Error() string {
	text := fmt.Sprintf("no answer for %.1f s", s.waited.Seconds())
	if s.about != "" {
		text += "; " + s.about
	}
	return text
}

// waitFor waits for d, whatever the next hop does.
func waitFor(d time.Duration) patience {
	return func(waited time.Duration) (time.Duration, error) {
		if waited < d {
			return d - waited, nil
		}
		return 0, &silence{waited: d}
	}
}

// waitForHost waits for an answer from the host with address to: probe.SilenceResolved after the next hop's
// link-layer address became known, but at most probe.SilenceUnresolved, by which time the kernel gives up on ARP.
func waitForHost(to netip.Addr) patience {
	const look = 100 * time.Millisecond // how often the neighbor table is read while ARP is running
	var unresolvedAt time.Duration      // when the next hop was last seen unresolved; 0 for never
	return func(waited time.Duration) (time.Duration, error) {
		if waited < probe.SilenceResolved {
			return probe.SilenceResolved - waited, nil
		}
		next := nextHop(to)
		if next.resolved() {
			until := min(unresolvedAt+probe.SilenceResolved, probe.SilenceUnresolved)
			if unresolvedAt > 0 && waited < until {
				return until - waited, nil
			}
			return 0, &silence{waited, next.about()}
		}
		if waited >= probe.SilenceUnresolved {
			return 0, &silence{waited, next.about()}
		}
		unresolvedAt = waited
		return min(look, probe.SilenceUnresolved-waited), nil
	}
}

// A hop is the neighbor that packets for an address are sent to first.
type hop struct {
	addr  netip.Addr // the zero address if no neighbor is needed: loopback, no route
	state int        // of its neighbor table entry, unix.NUD_…
	mac   string     // "" if it is not known
}

// nextHop asks the kernel for the route to an address, and looks up the next hop in the neighbor table.
func nextHop(to netip.Addr) hop {
	routes, err := routeTo(to)
	if err != nil || len(routes) == 0 || routes[0].Type != unix.RTN_UNICAST {
		return hop{}
	}
	link, err := netlink.LinkByIndex(routes[0].LinkIndex)
	if err != nil || link.Attrs().Flags&net.FlagLoopback != 0 {
		return hop{}
	}
	next := hop{addr: to.WithZone("")}
	if gateway, err := netip.ParseAddr(gatewayOf(routes[0].Gw, routes[0].Via)); err == nil {
		next.addr = gateway
	}
	family := unix.AF_INET
	if next.addr.Is6() {
		family = unix.AF_INET6
	}
	neighbors, err := netlink.NeighList(link.Attrs().Index, family)
	if err != nil {
		return next
	}
	for _, n := range neighbors {
		if addr, ok := netip.AddrFromSlice(n.IP); ok && addr.Unmap() == next.addr {
			next.state, next.mac = n.State, n.HardwareAddr.String()
		}
	}
	return next
}

// routeTo asks the kernel for the route to an address, by its zone's interface if it has one.
func routeTo(to netip.Addr) ([]netlink.Route, error) {
	return netlink.RouteGetWithOptions(net.IP(to.AsSlice()), &netlink.RouteGetOptions{Oif: to.Zone()})
}

// resolved reports whether packets are sent to the hop. The kernel will not report "host unreachable" then.
func (h hop) resolved() bool {
	const known = unix.NUD_REACHABLE | unix.NUD_STALE | unix.NUD_DELAY | unix.NUD_PROBE |
		unix.NUD_PERMANENT | unix.NUD_NOARP
	return !h.addr.IsValid() || h.state&known != 0
}

func (h hop) about() string {
	switch {
	case !h.addr.IsValid() || h.state&unix.NUD_NOARP != 0:
		return ""
	case h.state&unix.NUD_PERMANENT != 0:
		return fmt.Sprintf("the MAC address of %s is set by hand, so the packet left", h.addr)
	case h.resolved():
		return fmt.Sprintf("%s answered %s, so the packet left", h.addr, h.protocol())
	default:
		return fmt.Sprintf("%s has not answered %s", h.addr, h.protocol())
	}
}

// protocol returns the name of the protocol that resolves the link-layer address of h.
func (h hop) protocol() string {
	if h.addr.Is6() {
		return "NDP"
	}
	return "ARP"
}

// isOwn reports whether addr is an address of this network namespace.
func isOwn(addr netip.Addr) bool {
	addrs, err := netlink.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if own, ok := netip.AddrFromSlice(a.IP); ok && own.Unmap() == addr {
			return true
		}
	}
	return false
}
