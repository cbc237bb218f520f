//go:build linux

package server

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// Rules and the tables that they lead to, as a VPN sets them, and where the kernel sends packets because of them.
func TestRoutingRules(t *testing.T) {
	t.Parallel()
	needs(t, "ip")
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "192.0.2.2/24", bob, "eth0", "192.0.2.1/24")
	wire(t, alice, "br0", "172.18.0.1/16", bob, "br0", "172.18.0.2/16")
	alice.sysctl(t, "ipv4/ip_forward", "1")
	alice.sysctl(t, "ipv4/conf/all/rp_filter", "0") // a new namespace may take it from the host
	for _, command := range [][]string{
		{"ip", "route", "add", "default", "via", "192.0.2.1"},
		{"ip", "route", "add", "default", "via", "192.0.2.1", "table", "100"},
		{"ip", "route", "add", "unreachable", "198.51.100.0/24"},
		{"ip", "rule", "add", "priority", "100", "to", "172.18.0.0/16", "lookup", "100"},
		{"ip", "rule", "add", "priority", "101", "from", "172.18.0.9", "prohibit"},
		{"ip", "rule", "add", "priority", "102", "not", "fwmark", "0xca6c", "lookup", "main", "suppress_prefixlength", "0"},
		{"ip", "rule", "add", "priority", "103", "iif", "br0", "ipproto", "tcp", "lookup", "100"},
	} {
		alice.with(t, command...)
	}
	s, err := alice.Look(t.Context())
	check(t, err)
	var rules []string
	for _, r := range s.Rules {
		if r.Family == "ip" {
			rules = append(rules, r.String())
		}
	}
	want := []string{
		"0: from all lookup local", "100: from all to 172.18.0.0/16 lookup 100", "101: from 172.18.0.9/32 prohibit",
		"102: not from all fwmark 0xca6c lookup main suppress_prefixlength 0", "103: from all iif br0 lookup 100",
		"32766: from all lookup main", "32767: from all lookup default",
	}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if !slices.ContainsFunc(s.Rules, func(r fact.RoutingRule) bool { return r.Priority == 103 && r.Narrow }) {
		t.Errorf("the rule for TCP alone is taken for one about every packet: %+v", s.Rules)
	}
	others := []fact.Route{{Destination: "0.0.0.0/0", Gateway: "192.0.2.1", Link: "eth0", Table: 100}}
	if diff := cmp.Diff(others, s.OtherRoutes); diff != "" {
		t.Errorf("other tables (-want +got):\n%s", diff)
	}
	if !slices.Contains(s.Routes, fact.Route{Destination: "198.51.100.0/24", Kind: "unreachable"}) {
		t.Errorf("the routes lack the unreachable one: %+v", s.Routes)
	}
	for _, tt := range []struct {
		q      probe.RouteGet
		reason probe.Reason
		link   string
		table  int
	}{
		{probe.RouteGet{To: "203.0.113.1"}, probe.OK, "eth0", fact.TableMain},
		{probe.RouteGet{To: "172.18.0.2"}, probe.OK, "eth0", 100},
		{probe.RouteGet{To: "203.0.113.1", From: "172.18.0.2", In: "br0"}, probe.OK, "eth0", fact.TableMain},
		{probe.RouteGet{To: "203.0.113.1", From: "172.18.0.9", In: "br0"}, probe.Denied, "", 0},
		{probe.RouteGet{To: "198.51.100.1"}, probe.HostUnreachable, "", 0},
		{probe.RouteGet{To: "nowhere"}, probe.Broken, "", 0},
	} {
		o, err := alice.Ask(t.Context(), probe.Question{RouteGet: &tt.q})
		check(t, err)
		got := probe.Path{}
		if o.Path != nil {
			got = *o.Path
		}
		if o.Reason != tt.reason || got.Link != tt.link || got.Table != tt.table {
			t.Errorf("%+v: got %+v with %+v, want %s, link %q, table %d", tt.q, o, got, tt.reason, tt.link, tt.table)
		}
	}
}

// A route with several gateways has them all, and so has one whose gateway is of the other family. A rule that selects
// by something that is not read says so, whatever it is.
func TestRoutesOfSeveralGateways(t *testing.T) {
	t.Parallel()
	needs(t, "ip")
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "192.0.2.2/24", bob, "eth0", "192.0.2.1/24")
	wire(t, alice, "eth1", "198.51.100.2/24", bob, "eth1", "198.51.100.1/24")
	alice.address(t, "eth0", "fd77::2/64")
	for _, command := range []string{
		"ip route add default nexthop via 192.0.2.1 nexthop via 198.51.100.1",
		"ip route add 203.0.113.0/24 via inet6 fd77::1 dev eth0",
		"ip -6 route add default nexthop via fd77::1 nexthop via fd77::3",
		"ip rule add priority 100 l3mdev",
		"ip rule add priority 101 uidrange 0-99 lookup 100",
		"ip rule add priority 102 from 10.0.0.0/8 lookup 100",
	} {
		alice.with(t, strings.Fields(command)...)
	}
	s, err := alice.Look(t.Context())
	check(t, err)
	for _, want := range []fact.Route{
		{Destination: "0.0.0.0/0", Gateway: "192.0.2.1", Link: "eth0"},
		{Destination: "0.0.0.0/0", Gateway: "198.51.100.1", Link: "eth1"},
		{Destination: "203.0.113.0/24", Gateway: "fd77::1", Link: "eth0"},
		{Destination: "::/0", Gateway: "fd77::1", Link: "eth0"},
		{Destination: "::/0", Gateway: "fd77::3", Link: "eth0"},
	} {
		if !slices.Contains(s.Routes, want) {
			t.Errorf("there is no %+v in %+v", want, s.Routes)
		}
	}
	narrow := map[int]bool{}
	for _, r := range s.Rules {
		narrow[r.Priority] = r.Narrow
	}
	if !narrow[100] || !narrow[101] || narrow[102] {
		t.Errorf("rules: got %+v, want the first two to select by something else", s.Rules)
	}
}
