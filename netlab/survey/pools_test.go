package survey

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
)

func bridge(name, link, subnet string) fact.Network {
	return fact.Network{Name: name, Driver: "bridge", Interface: link, Subnet: subnet}
}

func pool(base string, size int) fact.Pool {
	return fact.Pool{Base: netip.MustParsePrefix(base), Size: size}
}

func TestPoolUses(t *testing.T) {
	docker0 := bridge("bridge", "docker0", "172.17.0.0/16")
	own := fact.Route{Destination: "172.17.0.0/16", Link: "docker0"}
	for _, tt := range []struct {
		name string
		v    Inventory
		want []string // free of total in each pool, and the next
	}{
		{
			"the engine's own pools",
			Inventory{Networks: []fact.Network{docker0}},
			[]string{
				"0 of 1 invalid Prefix", "1 of 1 172.18.0.0/16", "1 of 1 172.19.0.0/16", "4 of 4 172.20.0.0/16",
				"4 of 4 172.24.0.0/16", "4 of 4 172.28.0.0/16", "16 of 16 192.168.0.0/20",
			},
		},
		{
			"a pool of four",
			Inventory{
				Pools:    []fact.Pool{pool("10.9.0.0/22", 24)},
				Networks: []fact.Network{bridge("b", "br-b", "10.9.2.0/24"), bridge("a", "br-a", "10.9.0.0/24"), docker0},
			},
			[]string{"2 of 4 10.9.1.0/24"},
		},
		{
			"a subnet of two, a small one, and one that is larger than the pool",
			Inventory{
				Pools: []fact.Pool{pool("10.9.0.0/22", 24), pool("10.10.0.0/22", 24), pool("10.11.0.0/24", 26)},
				Networks: []fact.Network{
					bridge("a", "br-a", "10.9.0.0/23"), bridge("b", "br-b", "10.10.1.16/28"), bridge("c", "br-c", "10.11.0.0/16"),
				},
			},
			[]string{"2 of 4 10.9.2.0/24", "3 of 4 10.10.0.0/24", "0 of 4 invalid Prefix"},
		},
		{
			"routes and nameservers of the host",
			Inventory{
				Engine: fact.Engine{Version: "28.5.2"}, Pools: []fact.Pool{pool("10.9.0.0/21", 24)},
				Networks: []fact.Network{docker0},
				Host: &fact.Stack{
					Routes: []fact.Route{
						own,
						{Destination: "0.0.0.0/0", Gateway: "192.0.2.1", Link: "eth0"},
						{Destination: "10.9.0.0/24", Link: "tun0"},
						{Destination: "10.9.4.0/23", Gateway: "10.9.0.1", Link: "tun0"},
					},
					Nameservers: []string{"10.9.1.53", "::1"},
				},
			},
			[]string{"6 of 8 10.9.2.0/24"},
		},
		{
			"before 23, a route through a gateway counts too",
			Inventory{
				Engine: fact.Engine{Version: "20.10.24"}, Pools: []fact.Pool{pool("10.9.0.0/21", 24)},
				Host: &fact.Stack{Routes: []fact.Route{{Destination: "10.9.0.0/22", Gateway: "192.0.2.1", Link: "eth0"}}},
			},
			[]string{"4 of 8 10.9.4.0/24"},
		},
		{
			"a million subnets",
			Inventory{Pools: []fact.Pool{pool("10.0.0.0/8", 28)}},
			[]string{"1048576 of 1048576 10.0.0.0/28"},
		},
		{
			"IPv6 and nonsense",
			Inventory{Pools: []fact.Pool{
				pool("fd00::/8", 64), pool("10.0.0.0/8", 4), pool("0.0.0.0/0", 32),
			}},
			[]string{"4294967296 of 4294967296 0.0.0.0/32"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, u := range tt.v.PoolUses() {
				got = append(got, fmt.Sprintf("%d of %d %v", u.Free, u.Total, u.Next))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPoolUsers(t *testing.T) {
	v := Inventory{
		Pools:    []fact.Pool{pool("10.9.0.0/21", 24)},
		Networks: []fact.Network{bridge("b", "br-b", "10.9.4.0/23"), bridge("a", "br-a", "10.9.0.0/24")},
		Host: &fact.Stack{Routes: []fact.Route{
			{Destination: "10.9.0.0/24", Link: "br-a"}, {Destination: "10.9.6.0/24", Link: "tun0"},
		}},
	}
	var got []string
	for _, u := range v.PoolUses()[0].Users {
		name := "route"
		if u.Network != nil {
			name = u.Network.Name
		}
		got = append(got, fmt.Sprintf("%s %v takes %d", name, u.Subnet, u.Takes))
	}
	want := []string{"a 10.9.0.0/24 takes 1", "b 10.9.4.0/23 takes 2", "route 10.9.6.0/24 takes 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if free, total := FreeSubnets(v.PoolUses()); free != 4 || total != 8 {
		t.Errorf("got %d of %d free, want 4 of 8", free, total)
	}
}

func TestRouteOverlaps(t *testing.T) {
	v := Inventory{
		Networks: []fact.Network{
			bridge("app", "br-app", "172.18.0.0/16"), bridge("bridge", "docker0", "172.17.0.0/16"),
			{Name: "lan", Driver: "macvlan", Interface: "eth0", Subnet: "192.0.2.0/24"},
			{Name: "six", Driver: "bridge", Interface: "br-six", IPv6Subnet: "fd00:1::/64"},
			{Name: "many", Driver: "bridge", Interface: "br-m", Subnet: "10.1.0.0/24", OtherSubnets: []string{"10.8.0.0/24"}},
		},
		Host: &fact.Stack{Routes: []fact.Route{
			{Destination: "0.0.0.0/0", Gateway: "192.0.2.1", Link: "eth0"},
			{Destination: "0.0.0.0/1", Gateway: "10.8.0.1", Link: "tun0"},
			{Destination: "172.17.0.0/16", Link: "docker0"},
			{Destination: "172.18.0.0/16", Link: "br-app"},
			{Destination: "172.18.3.0/24", Gateway: "10.8.0.1", Link: "tun0"},
			{Destination: "172.16.0.0/12", Gateway: "10.8.0.1", Link: "tun0"},
			{Destination: "192.0.2.0/24", Link: "eth0"},
			{Destination: "10.8.0.0/24", Link: "tun0"},
			{Destination: "fd00::/16", Link: "tun0"},
			{Destination: "fe80::/64", Link: "eth0"},
		}},
	}
	var got []string
	for _, o := range v.RouteOverlaps() {
		got = append(got, fmt.Sprintf("%s %v %s wins=%v", o.Network.Name, o.Subnet, o.Route.Destination, o.Wins()))
	}
	want := []string{
		"app 172.18.0.0/16 172.18.3.0/24 wins=true", "app 172.18.0.0/16 172.16.0.0/12 wins=false",
		"bridge 172.17.0.0/16 172.16.0.0/12 wins=false", "many 10.8.0.0/24 10.8.0.0/24 wins=true",
		"six fd00:1::/64 fd00::/16 wins=false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	v.Host = nil
	if v.RouteOverlaps() != nil {
		t.Error("overlaps are claimed although the host could not be read")
	}
}
