//go:build linux

package server

import (
	"errors"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// reserve answers probe.Reserve with an abstract Unix socket. In a network namespace only one socket can have a given
// name, and the kernel closes it when its process ends, even if that is killed (unix(7), network_namespaces(7)).
func reserve(q probe.Reserve) probe.Outcome {
	_, to, err := net.ParseCIDR(q.Subnet)
	if err != nil {
		return broken("%q is not a subnet", q.Subnet)
	}
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return broken("reserving %s: %v", to, err)
	}
	o := reserveWith(socket, to)
	if o.Reason != probe.OK {
		_ = unix.Close(socket)
	}
	return o // the open socket is the reservation
}

func reserveWith(socket int, to *net.IPNet) probe.Outcome {
	err := unix.Bind(socket, &unix.SockaddrUnix{Name: "@netlab " + to.String()})
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		return probe.Outcome{Reason: probe.InUse, Detail: "another lab has reserved " + to.String()}
	case err != nil:
		return broken("reserving %s: %v", to, err)
	}
	// Afterwards, so that a link whose reservation has just ended is not missed.
	routes, err := netlink.RouteListFiltered(unix.AF_UNSPEC, &netlink.Route{Dst: to}, netlink.RT_FILTER_DST)
	switch {
	case settled(err) != nil:
		return broken("looking for a route to %s: %v", to, err)
	case len(routes) > 0:
		return probe.Outcome{Reason: probe.InUse, Detail: "the host has a route to " + to.String()}
	}
	return probe.Outcome{Reason: probe.OK, Value: to.String()}
}
