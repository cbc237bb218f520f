package lab

import (
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
)

// What an engine with the nftables backend cannot do, and what it can.
func TestNftablesBackend(t *testing.T) {
	t.Parallel()
	host := func(forwarding string) *fact.Stack {
		return &fact.Stack{Sysctls: []fact.Sysctl{
			{Name: "net.ipv6.conf.all.disable_ipv6", Value: "0"}, {Name: "net.ipv6.conf.all.forwarding", Value: forwarding},
		}}
	}
	for _, test := range []struct{ backend, forwarding, ipv6, overlay string }{
		{"nftables", "0", "leaves that to you", "has no overlay networks"},
		{"nftables", "1", "", "has no overlay networks"},
		{"iptables", "0", "", ""},
		{"", "0", "", ""}, // before 28 the engine does not say
	} {
		e := fact.Engine{FirewallBackend: test.backend, Swarm: "active", Manager: true}
		ipv6, overlay := cannotIPv6(e, host(test.forwarding)), cannotOverlay(e, Options{})
		if !strings.Contains(ipv6, test.ipv6) || (ipv6 == "") != (test.ipv6 == "") {
			t.Errorf("%+v: IPv6: got %q, want %q", test, ipv6, test.ipv6)
		}
		if !strings.Contains(overlay, test.overlay) || (overlay == "") != (test.overlay == "") {
			t.Errorf("%+v: overlay: got %q, want %q", test, overlay, test.overlay)
		}
	}
}

// TestNetworkValues: a lab has a value for every field of a network.
func TestNetworkValues(t *testing.T) {
	values := networkValues(fact.Network{})
	for _, f := range ask.NetworkFields() {
		if _, ok := values[f.Name]; !ok {
			t.Errorf("%s has no value", f.Name)
		}
	}
}
