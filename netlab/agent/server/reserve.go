//go:build linux

package server

import (
	"errors"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// reserve answers probe.Reserve. An abstract Unix socket belongs to a network namespace, only one can have a name, and
// the kernel closes it when its process ends, even if that is killed (unix(7)).
func reserve(q probe.Reserve) probe.Outcome {
	_, to, err := net.ParseCIDR(q.Subnet)
	if err != nil {
		return broken("%q is not a subnet", q.Subnet)
	}
	there, err := netlink.RouteListFiltered(unix.AF_UNSPEC, &netlink.Route{Dst: to}, netlink.RT_FILTER_DST)
	if settled(err) != nil {
		return broken("looking for a route to %s: %v", to, err)
	}
	if len(there) > 0 {
		return probe.Outcome{Reason: probe.InUse, Detail: "the host has a route to " + to.String()}
	}
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return broken("reserving %s: %v", to, err)
	}
	err = unix.Bind(socket, &unix.SockaddrUnix{Name: "@netlab " + to.String()})
	if err == nil {
		return probe.Outcome{Reason: probe.OK, Value: to.String()}
	}
	_ = unix.Close(socket)
	if errors.Is(err, unix.EADDRINUSE) {
		return probe.Outcome{Reason: probe.InUse, Detail: "another lab has reserved " + to.String()}
	}
	return broken("reserving %s: %v", to, err)
}
