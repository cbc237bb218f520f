package lab

import (
	"net/netip"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// Forwarding a packet needs the link-local address of the bridge or the link, and answering needs the gateway's
// address. A lab waits for all of them.
func TestSettled(t *testing.T) {
	l := &Lab{inventory: inventory{
		networks: []network{
			{name: "web", fact: fact.Network{Interface: "br-1", IPv6Subnet: "fd00::/64", IPv6Gateway: "fd00::1"}},
			{name: "empty", fact: fact.Network{Interface: "br-2", IPv6Subnet: "fd01::/64"}}, // its bridge has no carrier
			{name: "old", fact: fact.Network{Interface: "br-3"}},
		},
		wires: []wire{
			{link: "nl0", ipv6: netip.MustParsePrefix("fd02::/64")},
			{link: "nl1"},
		},
		peers: []*peer{
			{spec: scenario.Container{Networks: []scenario.Attachment{{Network: "web"}, {Network: "old"}}}},
			{spec: scenario.Container{Networks: []scenario.Attachment{{Network: "empty"}}, Created: true}},
		},
	}}
	for _, tt := range []struct {
		name         string
		bridge, wire []string
		want         bool
	}{
		{"all", []string{"10.0.0.1/28", "fd00::1/64", "fe80::1/64"}, []string{"fd02::1/64", "fe80::2/64"}, true},
		{"the gateway's is being checked", []string{"10.0.0.1/28", "fe80::1/64"}, []string{"fe80::2/64"}, false},
		{"the bridge's own is being checked", []string{"10.0.0.1/28", "fd00::1/64"}, []string{"fe80::2/64"}, false},
		{"the wire's own is being checked", []string{"fd00::1/64", "fe80::1/64"}, []string{"fd02::1/64"}, false},
	} {
		host := &fact.Stack{Links: []fact.Link{
			{Name: "br-1", Addresses: tt.bridge},
			{Name: "br-2"},
			{Name: "br-3"},
			{Name: "nl0", Addresses: tt.wire},
			{Name: "nl1"},
		}}
		if got := (builder{l}).settled(host); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}
