//go:build linux

package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/poll"
	"netlab/netlab/probe"
)

// routeKinds maps the kinds of a probe.Route without a gateway.
func routeKinds() map[string]int {
	return map[string]int{"blackhole": unix.RTN_BLACKHOLE, "throw": unix.RTN_THROW}
}

// makeWire answers probe.Wire. If it fails half-way, it removes what it created.
func makeWire(q probe.Wire) probe.Outcome {
	addrs, routes, err := parseWire(q)
	if err != nil {
		return broken("%v", err)
	}
	// Create the peer directly in the other namespace. Entering that would need CAP_SYS_ADMIN, and a link that is
	// created here and moved later would be seen by any program on the host that waits for new links.
	veth := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: q.Name}, PeerName: q.Peer, PeerNamespace: netlink.NsPid(q.PID),
	}
	if err := netlink.LinkAdd(veth); err != nil {
		return linkFailure(fmt.Sprintf("creating the veth pair %s", q.Name), err)
	}
	failed := setUpWire(q.Name, addrs, routes)
	if failed.Reason != probe.OK {
		if err := netlink.LinkDel(veth); err != nil {
			failed.Detail += fmt.Sprintf("; removing %s: %v", q.Name, err)
		}
	}
	return failed
}

// setUpWire configures the addresses and routes of the host's end.
func setUpWire(name string, addrs []*netlink.Addr, routes []netlink.Route) probe.Outcome {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return linkFailure("finding "+name, err)
	}
	for _, addr := range addrs {
		// Without the route that the kernel would add, even next to another one to the same subnet. We add ours
		// below, which fails if another program has chosen the same subnet.
		addr.Flags |= unix.IFA_F_NOPREFIXROUTE
		if err := netlink.AddrAdd(link, addr); err != nil {
			return linkFailure(fmt.Sprintf("adding %s to %s", addr.IPNet, name), err)
		}
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return linkFailure("setting up "+name, err)
	}
	for _, addr := range addrs {
		r := netlink.Route{LinkIndex: link.Attrs().Index, Dst: subnetOf(addr), Scope: netlink.SCOPE_LINK}
		if addr.IP.To4() == nil {
			r.Scope = netlink.SCOPE_UNIVERSE // the only one that IPv6 has
		} else {
			r.Src = addr.IP
		}
		if err := netlink.RouteAdd(&r); err != nil {
			return linkFailure(fmt.Sprintf("adding the route to %s by %s", r.Dst, name), err)
		}
	}
	for _, r := range routes {
		r.LinkIndex = link.Attrs().Index
		// Add, never replace: an existing route of the host stays.
		if err := netlink.RouteAdd(&r); err != nil {
			return linkFailure(fmt.Sprintf("adding the route to %s by %s", r.Dst, r.Gw), err)
		}
	}
	return probe.Outcome{Reason: probe.OK, Value: name}
}

// subnetOf returns the subnet of an address.
func subnetOf(addr *netlink.Addr) *net.IPNet {
	return &net.IPNet{IP: addr.IP.Mask(addr.Mask), Mask: addr.Mask}
}

func parseWire(q probe.Wire) ([]*netlink.Addr, []netlink.Route, error) {
	for _, name := range []string{q.Name, q.Peer} {
		if name == "" || len(name) >= unix.IFNAMSIZ {
			return nil, nil, fmt.Errorf("the name of an interface has 1 to %d bytes, %q has not", unix.IFNAMSIZ-1, name)
		}
	}
	addr, err := parseAddress(q.Address)
	if err != nil {
		return nil, nil, err
	}
	addrs := []*netlink.Addr{addr}
	if q.IPv6 != "" {
		six, err := parseAddress(q.IPv6)
		if err != nil {
			return nil, nil, err
		}
		addrs = append(addrs, six)
	}
	var routes []netlink.Route
	for _, behind := range q.Behind {
		r, err := parseRoute(probe.Route{Destination: behind, Gateway: q.Gateway})
		if err != nil {
			return nil, nil, err
		}
		r.Flags = unix.RTNH_F_ONLINK // the outside computer's end is not up yet
		routes = append(routes, r)
	}
	return addrs, routes, nil
}

// configure answers probe.Configure. Repeating it gives ok again.
func configure(ctx context.Context, q probe.Configure) probe.Outcome {
	link, err := netlink.LinkByName(q.Link)
	if err != nil {
		return linkFailure(fmt.Sprintf("finding the interface %q", q.Link), err)
	}
	for _, cidr := range q.Addresses {
		addr, err := parseAddress(cidr)
		if err != nil {
			return broken("%v", err)
		}
		if err := netlink.AddrReplace(link, addr); err != nil {
			return linkFailure(fmt.Sprintf("adding %s to %s", cidr, q.Link), err)
		}
	}
	for _, name := range []string{"lo", q.Link} {
		if up, err := netlink.LinkByName(name); err != nil {
			return linkFailure("finding "+name, err)
		} else if err := netlink.LinkSetUp(up); err != nil {
			return linkFailure("setting up "+name, err)
		}
	}
	for _, asked := range q.Routes {
		r, err := parseRoute(asked)
		if err != nil {
			return broken("%v", err)
		}
		if r.Type == unix.RTN_UNSPEC { // the others do not belong to an interface
			r.LinkIndex = link.Attrs().Index
		}
		if err := netlink.RouteReplace(&r); err != nil {
			return linkFailure(fmt.Sprintf("adding the route to %s by %s", r.Dst, cmp.Or(asked.Gateway, asked.Kind)), err)
		}
	}
	awaitCarrier(ctx, link)
	return probe.Outcome{Reason: probe.OK, Value: q.Link}
}

// awaitCarrier waits until the kernel sends on a veth pair that has just been completed: earlier packets are dropped
// silently. It is not an error if the other end stays down.
func awaitCarrier(ctx context.Context, link netlink.Link) {
	const long, look = time.Second, 5 * time.Millisecond
	_, _ = poll.Until(ctx, long, look, func(context.Context) (bool, error) {
		now, err := netlink.LinkByIndex(link.Attrs().Index)
		return err != nil || now.Type() != "veth" || now.Attrs().OperState == netlink.OperUp, nil
	})
}

func parseAddress(cidr string) (*netlink.Addr, error) {
	addr, err := netlink.ParseAddr(cidr)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address with a prefix length", cidr)
	}
	if addr.IP.To4() == nil {
		addr.Flags = unix.IFA_F_NODAD // otherwise it cannot be used for a second or two
	}
	return addr, nil
}

func parseRoute(r probe.Route) (netlink.Route, error) {
	_, to, err := net.ParseCIDR(r.Destination)
	if err != nil {
		return netlink.Route{}, fmt.Errorf("the route's destination %q is not a subnet", r.Destination)
	}
	kind := routeKinds()[r.Kind]
	switch gateway, err := netip.ParseAddr(r.Gateway); {
	case kind != 0 && r.Gateway == "":
		return netlink.Route{Dst: to, Type: kind}, nil
	case r.Kind != "":
		return netlink.Route{}, fmt.Errorf("a route has a gateway or is of the kind blackhole or throw, not %q", r.Kind)
	case err != nil:
		return netlink.Route{}, fmt.Errorf("the gateway %q to %s is not an address", r.Gateway, to)
	default:
		return netlink.Route{Dst: to, Gw: net.IP(gateway.AsSlice())}, nil
	}
}

// linkFailure returns the outcome for a change to links, addresses or routes that the kernel refused.
func linkFailure(doing string, err error) probe.Outcome {
	o := broken("%s: %v", doing, err)
	var errno syscall.Errno
	switch {
	case !errors.As(err, &errno):
	case errno == unix.EPERM || errno == unix.EACCES:
		o.Reason = probe.Denied
	case errno == unix.EEXIST:
		o.Reason = probe.InUse
	}
	return o
}
