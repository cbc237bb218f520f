package lab

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// firstOf returns what the engine will assign: neither the subnet's own address nor the router's, and nothing outside
// the range.
func TestFirstOf(t *testing.T) {
	tests := []struct {
		name, subnet, gateway, within string
		count                         int
		want                          []string
	}{
		{"a part", "192.168.1.0/24", "192.168.1.1", "192.168.1.240/29", 2, []string{"192.168.1.240", "192.168.1.241"}},
		{"all of it", "192.168.1.0/24", "192.168.1.1", "192.168.1.0/24", 2, []string{"192.168.1.2", "192.168.1.3"}},
		{"a small one", "10.0.0.0/30", "10.0.0.2", "10.0.0.2/31", 2, []string{"10.0.0.3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, a := range firstOf(scenario.LAN{
				Subnet: netip.MustParsePrefix(tt.subnet), Gateway: netip.MustParseAddr(tt.gateway),
				Range: netip.MustParsePrefix(tt.within),
			}, tt.count) {
				got = append(got, a.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCards(t *testing.T) {
	host := &fact.Stack{Links: []fact.Link{
		{Name: "lo", Kind: "loopback"},
		{Name: "eth0", Kind: "device"},
		{Name: "docker0", Kind: "bridge"},
		{Name: "veth1", Kind: "veth", Master: 3},
	}}
	if diff := cmp.Diff([]string{"eth0"}, cards(host)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAddressIn(t *testing.T) {
	p := &peer{stack: &fact.Stack{Links: []fact.Link{
		{Name: "lo", Addresses: []string{"127.0.0.1/8"}},
		{Name: "eth0", Addresses: []string{"10.213.0.2/28"}},
		{Name: "eth1", Addresses: []string{"fe80::1/64", "172.18.0.3/16"}},
	}}}
	for subnet, want := range map[string]string{"172.18.0.0/16": "172.18.0.3", "172.19.0.0/16": "", "": ""} {
		if got := p.addressIn(subnet); got != want {
			t.Errorf("in %q: %q, want %q", subnet, got, want)
		}
	}
}
