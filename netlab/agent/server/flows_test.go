//go:build linux

package server

import (
	"testing"

	"netlab/netlab/probe"
)

// Of what is sent by UDP, an answer has what was asked for, with where the kernel's translation leads it.
func TestFlows(t *testing.T) {
	t.Parallel()
	needs(t, "iptables-nft")
	alice := newBox(t)
	for _, address := range []string{"192.0.2.10/32", "192.0.2.20/32"} {
		alice.address(t, "lo", address)
	}
	alice.with(t, "iptables-nft", "-t", "nat", "-A", "OUTPUT", "-p", "udp", "-d", "192.0.2.10", "--dport", "514",
		"-j", "DNAT", "--to-destination", "192.0.2.20:5140")
	alice.serve(t, "udp", "192.0.2.20:5140")
	for _, port := range []int{514, 53, 9} {
		_, err := alice.Ask(t.Context(), reachOf("udp", "192.0.2.10", port))
		check(t, err)
	}
	for name, test := range map[string]struct {
		q    probe.Flows
		want string // where the only flow is sent, and where that leads
	}{
		"a subnet":     {probe.Flows{Subnets: []string{"192.0.2.16/28"}}, "192.0.2.10:514 192.0.2.20:5140"},
		"a port":       {probe.Flows{Ports: []int{53}}, "192.0.2.10:53 192.0.2.10:53"},
		"nothing else": {probe.Flows{Ports: []int{5140}, Subnets: []string{"198.51.100.0/24"}}, ""},
	} {
		flows, o, err := alice.Flows(t.Context(), test.q)
		check(t, err)
		got := ""
		for _, f := range flows {
			got += f.To + " " + f.Leads
			if f.ExpiresS <= 0 || f.From == "" {
				t.Errorf("%s: got %+v", name, f)
			}
		}
		if got != test.want || o.Reason != probe.OK {
			t.Errorf("%s: got %q, %s %s, want %q", name, got, o.Reason, o.Detail, test.want)
		}
	}
	_, o, err := alice.Flows(t.Context(), probe.Flows{Subnets: []string{"all"}})
	if check(t, err); o.Reason != probe.Broken {
		t.Errorf("no subnet: got %+v", o)
	}
}
