//go:build linux

package server

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"

	"netlab/netlab/probe"
)

func TestUpstreamDNS(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	// The first server does not exist, so the second one is asked.
	resolv := "nameserver 10.77.0.1\nnameserver 10.77.0.2\nsearch must-not-be-asked.example\n"
	check(t, os.WriteFile(filepath.Join(alice.etc, "resolv.conf"), []byte(resolv), 0o600))
	names := []probe.Record{{Name: "Bob", Address: "10.77.0.2"}, {Name: "bob.", Address: "fd77::2"}}
	var many []string
	for i := range 60 { // too many for a datagram of 512 bytes
		address := net.IPv4(10, 77, 1, byte(i)).String()
		names = append(names, probe.Record{Name: "many", Address: address})
		many = append(many, address)
	}
	slices.Sort(many)
	asked := bob.stream(t, probe.Question{ServeDNS: &probe.ServeDNS{Names: names}})
	seen := bob.stream(t, probe.Question{Listen: &probe.Listen{Network: "tcp", Port: 8080, Token: token}})

	for _, test := range []struct {
		ask   probe.Question
		want  probe.Reason
		value string
		dns   []string
	}{
		{probe.Question{Resolve: &probe.Resolve{Name: "bob"}}, probe.OK, "10.77.0.2", []string{"A bob."}},
		{probe.Question{Resolve: &probe.Resolve{Name: "BOB."}}, probe.OK, "10.77.0.2", []string{"A BOB."}},
		{probe.Question{Resolve: &probe.Resolve{Name: "bob", Type: "AAAA"}}, probe.OK, "fd77::2", []string{"AAAA bob."}},
		{probe.Question{Resolve: &probe.Resolve{Name: "nobody"}}, probe.NameNotFound, "", []string{"A nobody."}},
		{
			probe.Question{Resolve: &probe.Resolve{Name: "10.77.0.2", Type: "PTR"}},
			probe.NameNotFound, "",
			[]string{"PTR 2.0.77.10.in-addr.arpa."},
		},
		{
			probe.Question{Resolve: &probe.Resolve{Name: "many"}},
			probe.OK, strings.Join(many, " "),
			[]string{"A many.", "A many."}, // over UDP, then TCP
		},
		{probe.Question{Ping: &probe.Ping{Host: "bob"}}, probe.OK, "10.77.0.2", []string{"A bob."}},
		{connectTo("tcp", "bob", 8080), probe.OK, "10.77.0.1", []string{"A bob."}},
		{connectTo("tcp", "nobody", 8080), probe.NameNotFound, "", []string{"A nobody."}},
	} {
		got, err := alice.Ask(t.Context(), test.ask)
		check(t, err)
		if got.Reason != test.want || got.Value != test.value {
			t.Errorf("%+v: got %+v, want %s %q", test.ask, got, test.want, test.value)
		}
		for _, what := range test.dns {
			want := &probe.Seen{From: "10.77.0.1", What: what}
			if diff := cmp.Diff(want, (<-asked).Seen); diff != "" {
				t.Errorf("%+v: what the upstream server saw (-want +got):\n%s", test.ask, diff)
			}
		}
	}
	if diff := cmp.Diff(&probe.Seen{From: "10.77.0.1", What: "tcp"}, (<-seen).Seen); diff != "" {
		t.Errorf("what the listener saw (-want +got):\n%s", diff)
	}

	direct, err := alice.Ask(t.Context(), probe.Question{Resolve: &probe.Resolve{Name: "bob", Server: "10.77.0.2"}})
	check(t, err)
	if direct.Value != "10.77.0.2" || len(direct.Evidence) != 1 || direct.Evidence[0].Source != "10.77.0.2" {
		t.Errorf("asking the server by its address: got %+v", direct)
	}
	second, err := bob.Ask(t.Context(), probe.Question{ServeDNS: &probe.ServeDNS{}})
	check(t, err)
	if second.Reason != probe.InUse {
		t.Errorf("a second DNS server: got %+v, want in-use", second)
	}
}

// A UDP listener on all addresses must reply from the address that was asked, which need not be the nearest.
func TestUDPAnswersFromTheAddressAsked(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	bob.address(t, "lo", "10.80.0.1/32")
	alice.route(t, netlink.Route{Gw: net.IPv4(10, 77, 0, 2)}, "10.80.0.0/24")
	bob.stream(t, probe.Question{Listen: &probe.Listen{Network: "udp", Port: 8080, Token: token}})
	got, err := alice.Ask(t.Context(), connectTo("udp", "10.80.0.1", 8080))
	check(t, err)
	if got.Reason != probe.OK || got.Value != "10.77.0.1" {
		t.Errorf("got %+v, want ok and 10.77.0.1", got)
	}
}
