package lab

import (
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// A forwarded packet needs the bridge's link-local address, an answer the gateway's: a lab waits for both.
func TestSettled(t *testing.T) {
	l := &Lab{
		networks: []network{
			{name: "web", fact: fact.Network{Interface: "br-1", IPv6Subnet: "fd00::/64", IPv6Gateway: "fd00::1"}},
			{name: "empty", fact: fact.Network{Interface: "br-2", IPv6Subnet: "fd01::/64"}}, // its bridge has no carrier
			{name: "old", fact: fact.Network{Interface: "br-3"}},
		},
		peers: []*peer{
			{spec: scenario.Container{Networks: []scenario.Attachment{{Network: "web"}, {Network: "old"}}}},
			{spec: scenario.Container{Networks: []scenario.Attachment{{Network: "empty"}}, Created: true}},
		},
	}
	for _, tt := range []struct {
		name      string
		addresses []string
		want      bool
	}{
		{"both", []string{"10.0.0.1/28", "fd00::1/64", "fe80::1/64"}, true},
		{"the gateway's is being checked", []string{"10.0.0.1/28", "fe80::1/64"}, false},
		{"the link's own is being checked", []string{"10.0.0.1/28", "fd00::1/64"}, false},
	} {
		host := &fact.Stack{Links: []fact.Link{{Name: "br-1", Addresses: tt.addresses}, {Name: "br-2"}, {Name: "br-3"}}}
		if got := l.settled(host); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}
