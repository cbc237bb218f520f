package lab

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

func prefixes(all ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, p := range all {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}

func TestTake(t *testing.T) {
	tests := []struct {
		name  string
		taken []netip.Prefix
		free  int
	}{
		{"nothing taken", nil, 4096},
		{"others' ranges", prefixes("172.17.0.0/16", "10.212.0.0/16", "10.214.0.0/24"), 4096},
		{"one lab", prefixes("10.213.5.16/28"), 4095},
		{"half of a lab's subnet", prefixes("10.213.5.24/29"), 4095},
		{"a host's route through it", prefixes("10.213.128.0/17"), 2048},
		{"all but one", prefixes(
			"10.213.128.0/17", "10.213.64.0/18", "10.213.32.0/19", "10.213.16.0/20", "10.213.8.0/21", "10.213.4.0/22",
			"10.213.2.0/23", "10.213.1.0/24", "10.213.0.128/25", "10.213.0.64/26", "10.213.0.32/27", "10.213.0.16/28",
			"172.16.0.0/12", "192.168.0.0/16",
		), 1},
		{"a route for a whole private range", prefixes("10.0.0.0/8"), 4096},
		{"routes for two", prefixes("10.0.0.0/8", "172.16.0.0/12"), 256},
		{"routes for all", prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Site{taken: tt.taken}
			got, from := s.Free()
			if got != tt.free {
				t.Fatalf("got %d free subnets, want %d", got, tt.free)
			}
			for range min(tt.free, 3) {
				before := append([]netip.Prefix{}, s.taken...)
				p, err := s.take()
				if err != nil {
					t.Fatal(err)
				}
				if p.Bits() != 28 || p != p.Masked() || !from.Overlaps(p) || overlaps(before, p) {
					t.Errorf("took %s, want a free /28 of %s", p, from)
				}
			}
			if tt.free > 1 {
				return
			}
			_, err := s.take()
			if err == nil || !strings.Contains(err.Error(), "netlab clean") {
				t.Errorf("with nothing free: got %v, want an error that says what helps", err)
			}
		})
	}
}

func TestNth(t *testing.T) {
	p := netip.MustParsePrefix("10.213.5.16/28")
	for n, want := range map[int]string{0: "10.213.5.16", 1: "10.213.5.17", 15: "10.213.5.31"} {
		if got := nth(p, n).String(); got != want {
			t.Errorf("address %d: got %s, want %s", n, got, want)
		}
	}
	// The mask counts, not the address next to it.
	if got := nth(netip.MustParsePrefix("10.213.5.30/28"), 2).String(); got != "10.213.5.18" {
		t.Errorf("got %s, want 10.213.5.18", got)
	}
	if got := nth(netip.MustParsePrefix("10.213.5.0/16"), 256).String(); got != "10.213.1.0" {
		t.Errorf("got %s, want 10.213.1.0", got)
	}
}

func TestRoutes(t *testing.T) {
	got := routes(&fact.Stack{Routes: []fact.Route{
		{Destination: "0.0.0.0/0"},
		{Destination: "0.0.0.0/1"}, // a VPN's default route
		{Destination: "128.0.0.0/1"},
		{Destination: "::/0"},
		{Destination: "192.0.2.0/24"},
		{Destination: "10.213.0.0/20"},
		{Destination: "nonsense"},
	}})
	want := prefixes("192.0.2.0/24", "10.213.0.0/20")
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNoRoomNamesTheRoute: with a route for every private range, there are no old labs to remove.
func TestNoRoomNamesTheRoute(t *testing.T) {
	host := &fact.Stack{Routes: []fact.Route{
		{Destination: "0.0.0.0/1", Gateway: "198.18.0.1"},
		{Destination: "10.0.0.0/8", Gateway: "198.18.0.1"},
		{Destination: "172.16.0.0/12", Link: "tun0"},
		{Destination: "192.168.0.0/16", Link: "tun0"},
	}}
	s := &Site{stack: host, taken: routes(host)}
	_, err := s.take()
	want := "no subnet is free for a lab, because this host has a route to 10.0.0.0/8 via 198.18.0.1, " +
		"172.16.0.0/12 on tun0, 192.168.0.0/16 on tun0"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestNameservers(t *testing.T) {
	tests := []struct {
		name          string
		host, systemd []string
		helper        []string // the helper's own resolv.conf
		ipv6          bool     // of the default bridge
		want          string   // dns, dns-omitted, loopback-dns
	}{
		{"copied", []string{"192.0.2.1"}, nil, nil, false, "none none false"},
		{"only loopback ones", []string{"127.0.0.1", "::1"}, nil, nil, false, "none 127.0.0.1,::1 true"},
		{"none at all", nil, nil, nil, false, "none none true"},
		{"systemd-resolved", []string{"127.0.0.53"}, []string{"192.0.2.53"}, nil, false, "none none false"},
		{"systemd-resolved without a server", []string{"127.0.0.53"}, nil, nil, false, "none none true"},
		{"one of two is systemd-resolved", []string{"127.0.0.53", "192.0.2.53"}, nil, nil, false, "none 127.0.0.53 false"},
		{"IPv6 beside IPv4", []string{"192.0.2.1", "2001:db8::53"}, nil, nil, false, "none 2001:db8::53 false"},
		{"only IPv6", []string{"2001:db8::53"}, nil, nil, false, "none 2001:db8::53 true"},
		{"only IPv6, for a network with IPv6", []string{"2001:db8::53"}, nil, nil, true, "none none false"},
		{"the engine's own", []string{"127.0.0.1"}, nil, []string{"192.0.2.53"}, false, "192.0.2.53 none false"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Site{engine: &engine.Engine{}}
			if tt.ipv6 {
				s.bridge.IPv6Subnet = "fd00::/64"
			}
			if tt.helper == nil {
				tt.helper = tt.host
			}
			got := map[string]string{}
			for _, f := range s.settings(&fact.Stack{
				Nameservers: tt.helper, HostFiles: &fact.HostFiles{Nameservers: tt.host, Systemd: tt.systemd},
			}, nil) {
				got[strings.TrimPrefix(f.Name, "engine.")] = strings.ReplaceAll(f.Value, " ", ",")
			}
			if all := got["dns"] + " " + got["dns-omitted"] + " " + got["loopback-dns"]; all != tt.want {
				t.Errorf("got %s, want %s", all, tt.want)
			}
		})
	}
}

// TestUserlandProxy: the host's own default for route_localnet says nothing about the engine.
func TestUserlandProxy(t *testing.T) {
	local := func(value string) []fact.Sysctl {
		return []fact.Sysctl{{Name: "net.ipv4.conf.docker0.route_localnet", Value: value}}
	}
	bridge := fact.Link{Index: 1, Name: "docker0"}
	foreign := fact.Link{Index: 2, Name: "virbr0"}
	tests := []struct {
		name  string
		host  fact.Stack
		proxy string
	}{
		{"nothing leaves loopback", fact.Stack{Sysctls: local("0")}, "true"},
		{"it may be the host's default", fact.Stack{Sysctls: local("1")}, ""},
		{"no default bridge", fact.Stack{}, ""},
		{"a port that sends nothing back", fact.Stack{
			Sysctls: local("1"), Links: []fact.Link{bridge, {Index: 3, Master: 1}},
		}, "true"},
		{"a port that does", fact.Stack{
			Sysctls: local("1"), Links: []fact.Link{bridge, {Index: 3, Master: 1, Hairpin: true}},
		}, "false"},
		{"a port of another program's bridge", fact.Stack{
			Sysctls: local("0"), Links: []fact.Link{bridge, foreign, {Index: 3, Master: 2, Hairpin: true}},
		}, "true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Site{engine: &engine.Engine{}}
			got := ""
			for _, f := range s.settings(&tt.host, []string{"docker0"}) {
				if f.Name == "engine.userland-proxy" {
					got = f.Value
				}
			}
			if got != tt.proxy {
				t.Errorf("got %q, want %q", got, tt.proxy)
			}
		})
	}
}

func bobsStack() *fact.Stack {
	return &fact.Stack{
		Hostname: "bob", NetNS: "net:[2]", UTSNS: "uts:[3]", Nameservers: []string{"127.0.0.11", "192.0.2.53"},
		Links: []fact.Link{
			{Index: 1, Name: "lo", Kind: "loopback", MTU: 65536, Addresses: []string{"127.0.0.1/8"}},
			{
				Index: 7, Name: "eth0", Kind: "veth", MAC: "02:42:0a:d5:05:03", MTU: 1400, Peer: 8,
				Addresses: []string{"fe80::1/64", "10.213.5.3/28"},
			},
		},
		Routes: []fact.Route{
			{Destination: "0.0.0.0/0", Gateway: "10.213.5.1"},
			{Destination: "10.213.5.0/28"},
			{Destination: "fe80::/64"},
			{Destination: "::/0", Gateway: "fd00::1"},
		},
		Hosts: []fact.HostEntry{
			{Address: "127.0.0.1", Names: []string{"localhost"}}, {Address: "10.213.5.3", Names: []string{"bob"}},
		},
		Sockets: []fact.Socket{
			{Network: "tcp", Address: "[::]:8080"},
			{Network: "udp", Address: "127.0.0.11:40000"},
			{Network: "tcp", Address: "127.0.0.11:40001"},
		},
	}
}

func TestReadStack(t *testing.T) {
	sealed := &fact.Stack{Links: []fact.Link{{Index: 1, Name: "lo", Kind: "loopback", MTU: 65536}}}
	tests := []struct{ thing, bob, sealed string }{
		{"links", "lo eth0", "lo"},
		{"link.ipv4", "10.213.5.3", ""},
		{"link.mac", "02:42:0a:d5:05:03", ""},
		{"link.mtu", "1400", ""}, // never the loopback interface's
		{"link.kind", "veth", ""},
		{"route.gateway", "10.213.5.1", ""},
		{"routes", "0.0.0.0/0 10.213.5.0/28", ""},
		{"dns.servers", "127.0.0.11 192.0.2.53", ""},
		{"route.ipv6.gateway", "fd00::1", ""},
		{"netns", "net:[2]", ""},
		{"utsns", "uts:[3]", ""},
		{"hostname", "bob", ""},
		{"hosts", "localhost bob", ""},
		{"sockets", "127.0.0.11 ::", ""},
	}
	for _, tt := range tests {
		if got, _ := readStack(bobsStack(), tt.thing); got != tt.bob {
			t.Errorf("%s of bob: got %q, want %q", tt.thing, got, tt.bob)
		}
		if got, _ := readStack(sealed, tt.thing); got != tt.sealed {
			t.Errorf("%s of a sealed container: got %q, want %q", tt.thing, got, tt.sealed)
		}
	}
}

func TestPortOf(t *testing.T) {
	host := func(links ...fact.Link) *fact.Stack { return &fact.Stack{NetNS: "net:[1]", Links: links} }
	tests := []struct {
		name string
		host *fact.Stack
		want string
	}{
		{"the other end", host(fact.Link{Index: 8, Name: "veth1", Kind: "veth", Peer: 7, Master: 3}), "veth1"},
		{"the number of another pair", host(fact.Link{Index: 8, Name: "veth1", Kind: "veth", Peer: 9}), ""},
		{"the number of a card", host(fact.Link{Index: 8, Name: "eth0", Kind: "device", Peer: 7}), ""},
		{"no such number", host(), ""},
		{"the host itself", &fact.Stack{
			NetNS: "net:[2]", Links: []fact.Link{{Index: 8, Name: "veth1", Kind: "veth", Peer: 7}},
		}, ""},
	}
	for _, tt := range tests {
		got := ""
		if port := portOf(bobsStack(), tt.host); port != nil {
			got = port.Name
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestComplete(t *testing.T) {
	e := fact.Endpoint{Network: "web", IPv4: "10.213.5.3"}
	complete(&e, bobsStack())
	want := fact.Endpoint{Network: "web", IPv4: "10.213.5.3", Link: "eth0", MTU: 1400, MAC: "02:42:0a:d5:05:03"}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	other := fact.Endpoint{Network: "back", IPv4: "10.213.5.30"} // has bob's address as a prefix
	complete(&other, bobsStack())
	complete(&other, nil) // of a container that never ran
	if diff := cmp.Diff(fact.Endpoint{Network: "back", IPv4: "10.213.5.30"}, other); diff != "" {
		t.Errorf("an address that is not there (-want +got):\n%s", diff)
	}
}

func TestSeenFromHost(t *testing.T) {
	host := &fact.Stack{Links: []fact.Link{
		{Name: "docker0", Addresses: []string{"fe80::1/64", "172.17.0.1/16"}}, {Name: "br-1"},
	}}
	six := &fact.Stack{Links: []fact.Link{{Name: "br-6", Addresses: []string{"10.0.0.1/28", "fe80::1/64", "fd00::1/64"}}}}
	if got := seenFromHost(fact.Network{Interface: "br-6", IPv6Subnet: "fd00::/64"}, six).IPv6Gateway; got != "fd00::1" {
		t.Errorf("IPv6 gateway: got %q, want fd00::1", got)
	}
	if got := seenFromHost(fact.Network{Interface: "br-6"}, six).IPv6Gateway; got != "" {
		t.Errorf("IPv6 gateway of a network without IPv6: got %q", got)
	}
	tests := []struct{ network, gateway, want string }{
		{"docker0", "", "172.17.0.1"},
		{"docker0", "172.17.0.9", "172.17.0.9"}, // the engine's answer counts
		{"br-1", "", ""},
		{"br-2", "", ""},
	}
	for _, tt := range tests {
		n := seenFromHost(fact.Network{Interface: tt.network, Gateway: tt.gateway}, host)
		if n.Gateway != tt.want {
			t.Errorf("%s with gateway %q: got %q, want %q", tt.network, tt.gateway, n.Gateway, tt.want)
		}
	}
}

func TestSawQuestion(t *testing.T) {
	p := &peer{name: "upstream"}
	p.note(probe.Seen{From: "10.213.5.3", What: "A other."})
	go p.note(probe.Seen{From: "10.213.5.4", What: "A bob."})
	anybody := func(string) bool { return true }
	if from, ok := p.sawQuestion(t.Context(), "A bob.", anybody, time.Minute); !ok || from != "10.213.5.4" {
		t.Errorf("got %q, %v; want who asked", from, ok)
	}
	if from, ok := p.sawQuestion(t.Context(), "A nobody.", anybody, time.Millisecond); ok {
		t.Errorf("a question that nobody asked: got %q", from)
	}
}

// An error about something the kernel lacks is attributed to the driver that needs it, and never to a network that
// failed for a different reason.
func TestLacking(t *testing.T) {
	refused := fmt.Errorf("creating network: %w", engine.ErrNoKernelSupport)
	web, lan, near := &network{driver: "bridge"}, &network{driver: "macvlan"}, &network{driver: "ipvlan"}
	for _, tt := range []struct {
		name string
		err  error
		on   []*network
		want string
	}{
		{"macvlan", refused, []*network{lan}, "this kernel has no macvlan"},
		{"ipvlan beside a bridge", refused, []*network{web, near}, "this kernel has no ipvlan"},
		{"a bridge alone", refused, []*network{web}, refused.Error()},
		{"one of two", refused, []*network{lan, near}, refused.Error()},
		{"something else", context.Canceled, []*network{lan}, context.Canceled.Error()},
	} {
		if got := lacking(tt.err, tt.on...); got.Error() != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
