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

func TestHops(t *testing.T) {
	t.Parallel()
	alice, one, two, carol := newBox(t), newBox(t), newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", one, "left", "10.77.0.2/24")
	wire(t, one, "right", "10.78.0.1/24", two, "left", "10.78.0.2/24")
	wire(t, two, "right", "10.79.0.1/24", carol, "eth0", "10.79.0.2/24")
	alice.address(t, "eth0", "fd77::1/64")
	one.address(t, "left", "fd77::2/64")
	one.address(t, "right", "fd78::1/64")
	two.address(t, "left", "fd78::2/64")
	for _, router := range []*box{one, two} {
		router.sysctl(t, "ipv4/ip_forward", "1")
		router.sysctl(t, "ipv6/conf/all/forwarding", "1")
		router.sysctl(t, "ipv4/icmp_ratemask", "0") // a rate limit of 0 would use up the budget for routing errors
	}
	alice.route(t, netlink.Route{Gw: net.IPv4(10, 77, 0, 2)}, "0.0.0.0/0")
	alice.route(t, netlink.Route{Gw: net.ParseIP("fd77::2")}, "::/0")
	one.route(t, netlink.Route{Gw: net.IPv4(10, 78, 0, 2)}, "10.79.0.0/24")
	one.route(t, netlink.Route{Gw: net.IPv4(10, 78, 0, 2)}, "10.97.0.0/24")
	one.route(t, netlink.Route{Gw: net.IPv4(10, 78, 0, 2)}, "10.98.0.0/24")
	two.route(t, netlink.Route{Gw: net.IPv4(10, 78, 0, 1)}, "10.77.0.0/24")
	two.route(t, netlink.Route{Gw: net.ParseIP("fd78::1")}, "fd77::/64")
	two.route(t, netlink.Route{Type: unix.RTN_BLACKHOLE}, "10.97.0.0/24")
	carol.route(t, netlink.Route{Gw: net.IPv4(10, 79, 0, 1)}, "0.0.0.0/0")

	type way struct {
		name   string
		ask    probe.Hops
		want   probe.Reason
		value  string
		detail string
	}
	follow := func(t *testing.T, ways ...way) {
		t.Helper()
		t.Run("ask", func(t *testing.T) { // one after another, because a router limits its errors
			for _, w := range ways {
				t.Run(w.name, func(t *testing.T) {
					got, err := alice.Ask(t.Context(), probe.Question{Hops: &w.ask})
					if err != nil {
						t.Fatal(err)
					}
					if got.Reason != w.want || got.Value != w.value || !strings.Contains(got.Detail, w.detail) {
						t.Errorf("got %+v, want %s %q with %q", got, w.want, w.value, w.detail)
					}
				})
			}
		})
	}
	follow(t,
		way{
			"no route at the first",
			probe.Hops{Host: "10.99.0.1"},
			probe.NetUnreachable, "",
			"ICMP net unreachable from 10.77.0.2",
		},
		way{"itself", probe.Hops{Host: "127.0.0.1"}, probe.OK, "127.0.0.1", ""},
		way{"the next router", probe.Hops{Host: "10.77.0.2"}, probe.OK, "10.77.0.2", ""},
		way{"behind two", probe.Hops{Host: "10.79.0.2"}, probe.OK, "10.77.0.2 10.78.0.2 10.79.0.2", ""},
		way{"IPv6", probe.Hops{Host: "fd78::2"}, probe.OK, "fd77::2 fd78::2", ""},
		way{
			"farther than asked",
			probe.Hops{Host: "10.79.0.2", Max: 1},
			probe.HostUnreachable, "10.77.0.2",
			"ICMP time exceeded from 10.77.0.2",
		},
		way{
			"no route at the second",
			probe.Hops{Host: "10.98.0.1"},
			probe.NetUnreachable, "10.77.0.2",
			"ICMP net unreachable from 10.78.0.2",
		},
		way{"dropped by the second", probe.Hops{Host: "10.97.0.1"}, probe.Timeout, "10.77.0.2", "no answer"},
		way{
			"nobody on the last link", probe.Hops{Host: "10.79.0.9"}, probe.Timeout, "10.77.0.2 10.78.0.2", "no answer",
		},
		way{
			"nobody on the own link",
			probe.Hops{Host: "10.77.0.9"},
			probe.HostUnreachable, "",
			"no ARP reply from 10.77.0.9",
		},
		way{"too many", probe.Hops{Host: "10.77.0.2", Max: 65}, probe.Broken, "", "64"},
	)

	// The second router's own messages are dropped, but not what it forwards.
	rule := netlink.NewRule()
	rule.IifName, rule.Table = "lo", 100
	check(t, two.net.RuleAdd(rule))
	two.route(t, netlink.Route{Type: unix.RTN_BLACKHOLE, Table: 100}, "0.0.0.0/0")
	follow(t, way{"a silent router", probe.Hops{Host: "10.79.0.2"}, probe.OK, "10.77.0.2 * 10.79.0.2", ""})
}

// An echo that gets lost on the way to the address itself is no router that does not answer.
func TestHopsWithALoss(t *testing.T) {
	t.Parallel()
	needs(t, "nft")
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	bob.with(t, "nft", `table ip loss { chain in {
		type filter hook input priority 0; icmp type echo-request numgen inc mod 1000 0 counter drop; }; }`)
	got, err := alice.Ask(t.Context(), probe.Question{Hops: &probe.Hops{Host: "10.77.0.2"}})
	check(t, err)
	if got.Reason != probe.OK || got.Value != "10.77.0.2" {
		t.Errorf("got %+v, want ok and the address alone", got)
	}
	if drops := bob.drops(t)["ip in"]; len(drops) != 1 || drops[0].Packets != 1 {
		t.Errorf("bob dropped %+v, want one packet", drops)
	}
}

func TestNoHopsFromAnEmptyNamespace(t *testing.T) {
	t.Parallel()
	alice := newBox(t)
	alice.expect(t, expectation{
		"no route",
		probe.Question{Hops: &probe.Hops{Host: "10.9.9.9"}},
		probe.NetUnreachable,
		"no route in the asker's own routing table",
	})
}
