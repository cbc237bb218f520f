//go:build linux

package server

import (
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"

	"netlab/netlab/probe"
)

func arpOf(address, link string) probe.Question {
	return probe.Question{ARP: &probe.ARP{Address: address, Link: link}}
}

func TestARP(t *testing.T) {
	t.Parallel()
	lan, alice := newBox(t), newBox(t)
	check(t, lan.net.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "br0"}}))
	lan.up(t, "br0")
	join := func(b *box, port, address string) {
		wire(t, lan, port, "169.254.0.1/32", b, "eth0", address)
		check(t, lan.net.LinkSetMaster(lan.link(t, port), lan.link(t, "br0")))
	}
	bob, twin, other := newBox(t), newBox(t), newBox(t)
	join(alice, "p1", "10.77.0.1/24")
	join(bob, "p2", "10.77.0.2/24")
	join(twin, "p3", "10.77.0.3/24")
	join(other, "p4", "10.77.0.3/24")
	mac := func(b *box) string { return b.link(t, "eth0").Attrs().HardwareAddr.String() }
	twins := []string{mac(twin), mac(other)}
	slices.Sort(twins)

	for _, test := range []struct{ address, link, want string }{
		{"10.77.0.2", "", mac(bob)},
		{"10.77.0.2", "eth0", mac(bob)},
		{"10.77.0.3", "eth0", strings.Join(twins, " ")},
	} {
		got, err := alice.Ask(t.Context(), arpOf(test.address, test.link))
		check(t, err)
		if got.Reason != probe.OK || got.Value != test.want {
			t.Errorf("%+v: got %+v, want %s", test, got, test.want)
		}
	}
	// From a link without an address, like before an address is assigned.
	addr, err := netlink.ParseAddr("10.77.0.1/24")
	check(t, err)
	check(t, alice.net.AddrDel(alice.link(t, "eth0"), addr))
	got, err := alice.Ask(t.Context(), arpOf("10.77.0.2", "eth0"))
	check(t, err)
	if got.Reason != probe.OK || got.Value != mac(bob) {
		t.Errorf("without an own address: got %+v, want %s", got, mac(bob))
	}
	alice.expect(t,
		expectation{"nobody", arpOf("10.77.0.9", "eth0"), probe.Timeout, "no ARP reply on eth0 for 10.77.0.9"},
		expectation{"no route", arpOf("10.77.0.2", ""), probe.NetUnreachable, "no interface to ask on"},
		expectation{"no such interface", arpOf("10.77.0.2", "eth7"), probe.Broken, "eth7"},
		expectation{"no ARP there", arpOf("127.0.0.2", "lo"), probe.Broken, "has no ARP"},
		expectation{"IPv6", arpOf("fd77::2", "eth0"), probe.Broken, "IPv4"},
		expectation{"a name", arpOf("bob", "eth0"), probe.Broken, "bob"},
	)
	check(t, alice.net.LinkSetDown(alice.link(t, "eth0")))
	alice.expect(t, expectation{"down", arpOf("10.77.0.2", "eth0"), probe.NetUnreachable, "ENETDOWN"})
}
