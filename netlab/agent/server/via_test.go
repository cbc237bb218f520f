//go:build linux

package server

import (
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"

	"netlab/netlab/probe"
)

// A SYN to a MAC address gets there without NDP or ARP, and is answered.
func TestReachByMAC(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	alice.address(t, "eth0", "fd77::1/64")
	bob.address(t, "eth0", "fd77::2/64")
	bob.serve(t, "tcp", "[::]:80")
	to := func(address string, port int, mac string) probe.Question {
		q := reachOf("tcp", address, port)
		q.Reach.Via = &probe.Via{Link: "eth0", MAC: mac}
		return q
	}
	mac := bob.link(t, "eth0").Attrs().HardwareAddr.String()
	alice.expect(t,
		expectation{"IPv6", to("fd77::2", 80, mac), probe.OK, ""},
		expectation{"IPv6, closed", to("fd77::2", 9, mac), probe.Refused, "RST from fd77::2"},
		expectation{"IPv4", to("10.77.0.2", 80, mac), probe.OK, ""},
		expectation{"another machine", to("fd77::2", 80, "02:00:00:00:00:99"), probe.Timeout, "no answer"},
		expectation{"another subnet", to("fd99::2", 80, mac), probe.NetUnreachable, "eth0 has no address"},
		expectation{"no MAC address", to("fd77::2", 80, "bob"), probe.Broken, "bob"},
	)
}

// A SYN through a gateway that the routing table does not choose, and what a router sees of it.
func TestReachVia(t *testing.T) {
	t.Parallel()
	alice, bob, carol, dave := newBox(t), newBox(t), newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	wire(t, alice, "eth1", "10.78.0.1/24", carol, "eth0", "10.78.0.2/24")
	wire(t, carol, "eth1", "10.99.0.2/24", dave, "eth0", "10.99.0.1/24")
	alice.route(t, netlink.Route{Gw: net.IPv4(10, 77, 0, 2)}, "0.0.0.0/0")
	dave.route(t, netlink.Route{Gw: net.IPv4(10, 99, 0, 2)}, "0.0.0.0/0")
	bob.sysctl(t, "ipv4/ip_forward", "0") // bob drops what is not for him
	carol.sysctl(t, "ipv4/ip_forward", "1")
	served := dave.serve(t, "tcp", ":80")
	via := func(link, gateway string, port int) probe.Question {
		q := reachOf("tcp", "10.99.0.1", port)
		q.Reach.Via = &probe.Via{Link: link, Gateway: gateway}
		return q
	}
	alice.expect(t,
		expectation{"the usual way", reachOf("tcp", "10.99.0.1", 80), probe.Timeout, ""},
		expectation{"the usual way, in frames", via("eth0", "10.77.0.2", 80), probe.Timeout, "no answer"},
		expectation{"through carol", via("eth1", "10.78.0.2", 80), probe.OK, ""},
		expectation{"through carol, closed", via("eth1", "10.78.0.2", 9), probe.Refused, "RST from 10.99.0.1"},
		expectation{"through nobody", via("eth1", "10.78.0.9", 80), probe.HostUnreachable, "no ARP reply from 10.78.0.9"},
		expectation{"another subnet", via("eth1", "10.77.0.2", 80), probe.NetUnreachable, "eth1 has no address"},
		expectation{"no such interface", via("eth7", "10.77.0.2", 80), probe.Broken, "eth7"},
	)
	q := via("eth1", "10.78.0.2", 80)
	seen := carol.stream(t, probe.Question{Arrivals: &probe.Arrivals{
		Network: "tcp", Sequence: q.Reach.Sequence, Passing: true,
	}})
	_, err := alice.Ask(t.Context(), q)
	check(t, err)
	for _, want := range []probe.Seen{
		{From: "10.78.0.1", What: probe.RequestArrived, Link: "eth0"},
		{From: "10.78.0.1", What: probe.RequestLeft, Link: "eth1"},
		{From: "10.99.0.1", What: probe.ReplyArrived, Link: "eth1"},
		{From: "10.99.0.1", What: probe.ReplyLeft, Link: "eth0"},
	} {
		if diff := cmp.Diff(want, nextSeen(t, seen)); diff != "" {
			t.Errorf("the router (-want +got):\n%s", diff)
		}
	}
	select {
	case from := <-served:
		t.Errorf("the server accepted a connection from %s", from)
	default:
	}
}
