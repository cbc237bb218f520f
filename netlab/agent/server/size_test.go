//go:build linux

package server

import (
	"net"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// A sizing is a question about a size, and its answer.
type sizing struct {
	name   string
	host   string
	bytes  int
	want   probe.Reason
	value  string
	detail string
	from   string
}

func (b *box) sizes(t *testing.T, all ...sizing) {
	t.Helper()
	for _, s := range all { // one after another, because a router limits its errors
		t.Run(s.name, func(t *testing.T) {
			got, err := b.Ask(t.Context(), probe.Question{Size: &probe.Size{Address: s.host, Bytes: s.bytes}})
			check(t, err)
			if got.Reason != s.want || got.Value != s.value || got.From != s.from ||
				!strings.Contains(got.Detail, s.detail) {
				t.Errorf("got %+v, want %s, %s with %q from %q", got, s.want, s.value, s.detail, s.from)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	alice, router, carol := newBox(t), newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", router, "left", "10.77.0.2/24")
	wire(t, router, "right", "10.78.0.1/24", carol, "eth0", "10.78.0.2/24")
	alice.address(t, "eth0", "fd77::1/64")
	router.address(t, "left", "fd77::2/64")
	router.address(t, "right", "fd78::1/64")
	carol.address(t, "eth0", "fd78::2/64")
	for _, b := range []*box{alice, carol} {
		check(t, b.net.LinkSetMTU(b.link(t, "eth0"), 9000))
	}
	check(t, router.net.LinkSetMTU(router.link(t, "left"), 9000))
	check(t, router.net.LinkSetMTU(router.link(t, "right"), 1300))
	router.sysctl(t, "ipv4/ip_forward", "1")
	router.sysctl(t, "ipv6/conf/all/forwarding", "1")
	router.sysctl(t, "ipv4/icmp_ratemask", "0") // a rate limit of 0 would use up the budget for routing errors
	alice.route(t, netlink.Route{Gw: net.IPv4(10, 77, 0, 2)}, "0.0.0.0/0")
	alice.route(t, netlink.Route{Gw: net.ParseIP("fd77::2")}, "::/0")
	carol.route(t, netlink.Route{Gw: net.IPv4(10, 78, 0, 1)}, "0.0.0.0/0")
	carol.route(t, netlink.Route{Gw: net.ParseIP("fd78::1")}, "::/0")

	const told, told6 = "ICMP fragmentation needed from 10.77.0.2, MTU 1300", "ICMP packet too big from fd77::2, MTU 1300"
	alice.sizes(t,
		sizing{"itself", "127.0.0.1", probe.MostSize, probe.OK, "65507", "", ""},
		sizing{"a neighbor", "10.77.0.2", 9000, probe.OK, "9000", "", ""},
		sizing{"a neighbor, IPv6", "fd77::2", 9000, probe.OK, "9000", "", ""},
		sizing{"more than its interface carries", "10.77.0.2", 20000, probe.TooBig, "9000", "", ""},
		sizing{"more than its interface carries, IPv6", "fd77::2", 20000, probe.TooBig, "9000", "", ""},
		sizing{"through", "10.78.0.2", 1300, probe.OK, "1300", "", ""},
		sizing{"one byte too many", "10.78.0.2", 1301, probe.TooBig, "1300", told, "10.77.0.2"},
		sizing{"after it was told", "10.78.0.2", 9000, probe.TooBig, "1300", told, "10.77.0.2"},
		sizing{"too large", "fd78::2", 1500, probe.TooBig, "1300", told6, "fd77::2"},
		sizing{"no route", "10.77.0.9", 1400, probe.HostUnreachable, "", "no ARP reply from 10.77.0.9", ""},
		sizing{"not asked", "10.77.0.2", 20, probe.Broken, "", "no size", ""},
	)
	// A link takes four bytes more than its MTU from a veth pair, as many as a VLAN tag has (is_skb_forwardable).
	carol.sizes(t, sizing{"the other end is smaller", "10.77.0.1", 1400, probe.Timeout, "1304", "no answer", ""})

	// The router's own messages are dropped, but not what it forwards.
	rule := netlink.NewRule()
	rule.IifName, rule.Table = "lo", 100
	check(t, router.net.RuleAdd(rule))
	router.route(t, netlink.Route{Type: unix.RTN_BLACKHOLE, Table: 100}, "0.0.0.0/0")
	alice.sizes(t,
		sizing{"a black hole", "10.78.0.2", 1500, probe.Timeout, "1300", "no answer", ""},
		sizing{"no answer at all", "10.77.0.2", 1500, probe.Timeout, "", "no answer", ""},
	)
}

// TestSizesBack: replies without DF are cut on a way back that is smaller.
func TestSizesBack(t *testing.T) {
	t.Parallel()
	alice, router, carol := newBox(t), newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", router, "left", "10.77.0.2/24")
	wire(t, router, "right", "10.78.0.1/24", carol, "eth0", "10.78.0.2/24")
	router.sysctl(t, "ipv4/ip_forward", "1")
	alice.route(t, netlink.Route{Gw: net.IPv4(10, 77, 0, 2)}, "0.0.0.0/0")
	carol.route(t, netlink.Route{Gw: net.IPv4(10, 78, 0, 1)}, "0.0.0.0/0")
	back := netlink.Route{LinkIndex: router.link(t, "left").Attrs().Index, MTU: 1300}
	router.route(t, back, "10.77.0.0/25")
	alice.sizes(t, sizing{"there", "10.78.0.2", 1400, probe.OK, "1400", "", ""})
	carol.sizes(t, sizing{
		"back", "10.77.0.1", 1400, probe.TooBig, "1300", "ICMP fragmentation needed from 10.78.0.1, MTU 1300", "10.78.0.1",
	})
}
