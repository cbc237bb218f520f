package engine

import (
	"errors"
	"testing"
)

// TestRefusal quotes engines of the versions that netlab supports.
func TestRefusal(t *testing.T) {
	const external = "driver failed programming external connectivity on endpoint p2 (923f44bff8bb): "
	tests := []struct {
		name, text string
		want       error
	}{
		{"overlap, 20.10", "Pool overlaps with other one on this address space", ErrOverlap},
		{"overlap, 28.5", "invalid pool request: Pool overlaps with other one on this address space", ErrOverlap},
		{
			"pools used up, 20.10",
			"could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
			nil,
		},
		{"pools used up, 28.5", "all predefined address pools have been fully subnetted", nil},
		{"a name that is taken", "network with name gt-n1 already exists", nil},

		{
			"published by another container, 20.10 and 26.1",
			external + "Bind for 0.0.0.0:18080 failed: port is already allocated", ErrPortTaken,
		},
		{
			"published by another container, 28.5",
			"failed to set up container networking: " + external + "Bind for 0.0.0.0:18080 failed: port is already allocated",
			ErrPortTaken,
		},
		{
			"a process has the port, 20.10 and 26.1",
			external + "Error starting userland proxy: listen tcp4 127.0.0.1:18081: bind: address already in use",
			ErrPortTaken,
		},
		{
			"a process has the port, 28.5",
			"failed to set up container networking: " + external +
				"failed to bind host port for 0.0.0.0:7001:172.17.0.6:8080/tcp: address already in use",
			ErrPortTaken,
		},
		{
			"a process has the port, 29",
			external + "failed to bind host port 0.0.0.0:7001/tcp: address already in use", ErrPortTaken,
		},
		{
			"no such address on the host, 20.10",
			external + "Error starting userland proxy: listen tcp4 10.9.9.9:18082: bind: cannot assign requested address",
			nil,
		},
		{"the address of another container", "Address already in use", nil},

		{"no ipvlan, 20.10 and 26.1", "failed to create the ipvlan port: operation not supported", ErrNoKernelSupport},
		{
			"no ipvlan, 28.5",
			"failed to set up container networking: failed to create the ipvlan port: operation not supported",
			ErrNoKernelSupport,
		},
		{"no dummy for a macvlan without a parent", "operation not supported", ErrNoKernelSupport},

		{"second macvlan, 20.10 and 26.1", "network dm-2e788d04449f is already using parent interface up0", ErrParentTaken},
		{"second ipvlan, 28.5", "network di-5acfb5730923 is already using parent interface up1", ErrParentTaken},
		{
			"rules flushed, 20.10 and 26.1",
			"Failed to program FILTER chain: iptables failed: iptables --wait -I FORWARD -o br-5035a05ed64e -j DOCKER: " +
				"iptables v1.8.9 (nf_tables): Chain 'DOCKER' does not exist", ErrRulesLost,
		},
		{
			"rules flushed, a published port",
			external + "(iptables failed: iptables --wait -t filter -A DOCKER ! -i docker0 -o docker0 -p tcp -d 172.17.0.4 " +
				"--dport 8080 -j ACCEPT: iptables: No chain/target/match by that name.", ErrRulesLost,
		},
		{
			"rules flushed, 28.5",
			"Failed to Setup IP tables: Unable to enable ACCEPT OUTGOING rule:  (iptables failed: iptables --wait -t filter " +
				"-A DOCKER-FORWARD -i br-af178dffc8c4 -j ACCEPT: iptables: No chain/target/match by that name.", ErrRulesLost,
		},
		{"no parent", "invalid subinterface vlan name nosuch0, example formatting is eth0.10", nil},
	}
	classes := []error{ErrOverlap, ErrPortTaken, ErrNoKernelSupport, ErrParentTaken, ErrRulesLost, ErrNotFound}
	e := &Engine{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := e.failed(errors.New("Error response from daemon: "+tt.text), "starting %q", "alice")
			for _, class := range classes {
				if got, want := errors.Is(err, class), errors.Is(tt.want, class); got != want {
					t.Errorf("is it %q: got %v, want %v", class, got, want)
				}
			}
		})
	}
}
