package lab

import (
	"net/netip"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// Forwarding a packet needs the link-local address of the bridge or the link, answering needs the gateway's address,
// and both need a bridge that runs. A lab waits for all of them.
func TestSettled(t *testing.T) {
	l := &Lab{inventory: inventory{
		networks: []network{
			{name: "web", fact: fact.Network{Interface: "br-1", IPv6Subnet: "fd00::/64", IPv6Gateway: "fd00::1"}},
			{name: "empty", fact: fact.Network{Interface: "br-2", IPv6Subnet: "fd01::/64"}}, // its bridge has no carrier
			{name: "old", fact: fact.Network{Interface: "br-3"}},
		},
		wires: []*wire{
			{link: "nl0", ipv6: netip.MustParsePrefix("fd02::/64")},
			{link: "nl1"},
		},
		peers: []*peer{
			{
				spec:   scenario.Container{Networks: []scenario.Attachment{{Network: "web"}, {Network: "old"}}},
				client: frozen{},
				stack: &fact.Stack{
					NetNS: "net:[2]", Links: []fact.Link{{Name: "eth0", Kind: "veth", Index: 4, Peer: 5}},
				},
			},
			{spec: scenario.Container{Networks: []scenario.Attachment{{Network: "empty"}}}},
		},
	}}
	all, wire := []string{"10.0.0.1/28", "fd00::1/64", "fe80::1/64"}, []string{"fd02::1/64", "fe80::2/64"}
	for _, tt := range []struct {
		name         string
		bridge, wire []string
		asleep       string // the interface that does not run yet
		want         bool
	}{
		{"all", all, wire, "", true},
		{"the gateway's is being checked", []string{"10.0.0.1/28", "fe80::1/64"}, []string{"fe80::2/64"}, "", false},
		{"the bridge's own is being checked", []string{"10.0.0.1/28", "fd00::1/64"}, []string{"fe80::2/64"}, "", false},
		{"the wire's own is being checked", []string{"fd00::1/64", "fe80::1/64"}, []string{"fd02::1/64"}, "", false},
		{"a bridge does not run", all, wire, "br-3", false},
		{"a bridge's port does not run", all, wire, "veth1", false},
	} {
		host := &fact.Stack{NetNS: "net:[1]", Links: []fact.Link{
			{Name: "br-1", Kind: "bridge", Addresses: tt.bridge, Running: true},
			{Name: "br-2", Kind: "bridge"},
			{Name: "br-3", Kind: "bridge", Running: tt.asleep != "br-3"},
			{Name: "veth1", Kind: "veth", Index: 5, Peer: 4, Running: tt.asleep != "veth1"},
			{Name: "nl0", Addresses: tt.wire},
			{Name: "nl1"},
		}}
		if got := (builder{l}).settled(host); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}
