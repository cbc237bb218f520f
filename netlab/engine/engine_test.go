package engine

import (
	"fmt"
	"testing"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/system"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
)

func TestNetworkFact(t *testing.T) {
	const id = "e76259769946aabbccddeeff"
	ipam := func(subnet, gateway string) network.IPAM {
		return network.IPAM{Config: []network.IPAMConfig{
			{Subnet: "fd00::/64", Gateway: "fd00::1"}, {Subnet: subnet, Gateway: gateway},
		}}
	}
	tests := []struct {
		name string
		in   network.Inspect
		want fact.Network
	}{
		{
			"a user-defined bridge says nothing, and the defaults hold",
			network.Inspect{ID: id, Name: "web", Driver: "bridge", IPAM: ipam("172.18.0.0/16", "172.18.0.1")},
			fact.Network{
				ID: id, Name: "web", Driver: "bridge", Interface: "br-e76259769946", Subnet: "172.18.0.0/16",
				Gateway: "172.18.0.1", IPv6Subnet: "fd00::/64", IPv6Gateway: "fd00::1", ICC: true, Masquerade: true,
			},
		},
		{
			"options",
			network.Inspect{ID: id, Name: "bridge", Driver: "bridge", Internal: true, Options: map[string]string{
				"com.docker.network.bridge.name": "docker0", "com.docker.network.bridge.enable_icc": "false",
				"com.docker.network.bridge.enable_ip_masquerade": "false", "com.docker.network.driver.mtu": "1400",
			}},
			fact.Network{
				ID: id, Name: "bridge", Driver: "bridge", Interface: "docker0", MTU: 1400, Internal: true,
				Options: []fact.Label{
					{Name: "com.docker.network.bridge.enable_icc", Value: "false"},
					{Name: "com.docker.network.bridge.enable_ip_masquerade", Value: "false"},
					{Name: "com.docker.network.bridge.name", Value: "docker0"},
					{Name: "com.docker.network.driver.mtu", Value: "1400"},
				},
			},
		},
		{
			"a macvlan's parent",
			network.Inspect{ID: id, Name: "lan", Driver: "macvlan", Options: map[string]string{"parent": "eth0"}},
			fact.Network{
				ID: id, Name: "lan", Driver: "macvlan", Interface: "eth0", ICC: true, Masquerade: true,
				Options: []fact.Label{{Name: "parent", Value: "eth0"}},
			},
		},
		{
			"host has no interface of its own",
			network.Inspect{ID: id, Name: "host", Driver: "host"},
			fact.Network{ID: id, Name: "host", Driver: "host", ICC: true, Masquerade: true},
		},
		{
			"several subnets",
			network.Inspect{ID: id, Name: "lan", Driver: "macvlan", IPAM: network.IPAM{Config: []network.IPAMConfig{
				{Subnet: "192.0.2.0/24"}, {Subnet: "198.51.100.0/24"},
			}}},
			fact.Network{
				ID: id, Name: "lan", Driver: "macvlan", ICC: true, Masquerade: true,
				Subnet: "192.0.2.0/24", OtherSubnets: []string{"198.51.100.0/24"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, networkFact(tt.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEngineKind(t *testing.T) {
	version := func(component string) types.Version {
		return types.Version{Components: []types.ComponentVersion{{Name: component}}}
	}
	tests := []struct {
		name     string
		version  types.Version
		info     system.Info
		kind     string
		rootless bool
	}{
		{"dockerd", version("Engine"), system.Info{}, "engine", false},
		{"podman", version("Podman Engine"), system.Info{}, "podman", false},
		{"Docker Desktop", types.Version{}, system.Info{OperatingSystem: "Docker Desktop"}, "desktop", false},
		{
			"rootless",
			types.Version{},
			system.Info{SecurityOptions: []string{"name=seccomp,profile=builtin", "name=rootless"}},
			"engine", true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := engineFact(tt.version, tt.info)
			if got.Kind != tt.kind || got.Rootless != tt.rootless {
				t.Errorf("got %q, rootless %v; want %q, %v", got.Kind, got.Rootless, tt.kind, tt.rootless)
			}
		})
	}
}

func TestPools(t *testing.T) {
	info := system.Info{DefaultAddressPools: []system.NetworkAddressPool{
		{Base: "10.9.0.1/16", Size: 24}, {Base: "nonsense"},
	}}
	want := "[{10.9.0.0/16 24}]"
	if got := fmt.Sprint(poolFacts(info)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPodmanMountsNothingOfTheHost: if the source of a mount does not exist, Podman creates a directory there. A
// directory in place of the host's resolv.conf would stop Docker from starting containers.
func TestPodmanMountsNothingOfTheHost(t *testing.T) {
	for kind, want := range map[string]int{fact.KindPodman: 0, fact.KindEngine: 2} {
		s := &Session{engine: &Engine{fact: fact.Engine{Kind: kind}}}
		c := &Container{session: s, spec: ContainerSpec{
			Peer: "host", Role: RoleHost, Attachments: []Attachment{{Network: "host"}},
		}}
		_, host := c.configs("agent")
		if len(host.Mounts) != want || len(host.Binds) != 0 {
			t.Errorf("%s: got mounts %+v and binds %q, want %d mounts and no bind", kind, host.Mounts, host.Binds, want)
		}
	}
}

// TestUsernsRemap: on an engine that remaps users, only netlab's helpers keep the host's user namespace.
func TestUsernsRemap(t *testing.T) {
	s := &Session{engine: &Engine{fact: fact.Engine{UsernsRemap: true}}}
	for _, tt := range []struct {
		spec ContainerSpec
		want string
	}{
		{ContainerSpec{Peer: "host", Role: RoleHost, Attachments: []Attachment{{Network: "host"}}}, "host"},
		{ContainerSpec{Peer: "helper1", Role: RoleWirer}, "host"},
		{ContainerSpec{Peer: "witness", Role: RoleWitness}, "host"},
		{ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: "bridge"}}}, ""},
	} {
		c := &Container{session: s, spec: tt.spec}
		if _, host := c.configs("agent"); string(host.UsernsMode) != tt.want {
			t.Errorf("%s: got user namespace %q, want %q", tt.spec.Peer, host.UsernsMode, tt.want)
		}
	}
}
