//go:build linux

package server

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/probe"
)

// withEtc returns a machine with these files in /etc.
func withEtc(t *testing.T, hosts, resolv string) machine {
	t.Helper()
	m := machine{etc: t.TempDir()}
	for name, text := range map[string]string{"hosts": hosts, "resolv.conf": resolv} {
		if err := os.WriteFile(filepath.Join(m.etc, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestHostsComesFirst(t *testing.T) {
	m := withEtc(t, "127.0.0.1 localhost\n"+
		"10.0.0.2\tbob bob.example # a comment\n10.0.0.1 BOB\nfd00::2 bob\nnonsense bob\n", "")
	for _, test := range []struct{ name, kind, want string }{
		{"bob", "", "10.0.0.1 10.0.0.2"},
		{"Bob.", "A", "10.0.0.1 10.0.0.2"},
		{"bob", "AAAA", "fd00::2"},
		{"10.0.0.2", "PTR", "bob. bob.example."},
		{"localhost", "A", "127.0.0.1"},
	} {
		got := ask(t, m, probe.Question{Resolve: &probe.Resolve{Name: test.name, Type: test.kind}})
		if got.Reason != probe.OK || got.Value != test.want ||
			len(got.Evidence) != 1 || got.Evidence[0].Source != "/etc/hosts" {
			t.Errorf("%s %s: got %+v, want %s from /etc/hosts", test.name, test.kind, got, test.want)
		}
	}
	localhost := probe.Question{Resolve: &probe.Resolve{Name: "localhost"}}
	if got := ask(t, withEtc(t, "", ""), localhost); got.Value != "127.0.0.1" {
		t.Errorf("localhost without hosts: got %+v, want 127.0.0.1", got)
	}
}

func TestResolvConf(t *testing.T) {
	m := withEtc(t, "", "; by hand\nnameserver 127.0.0.11\n#nameserver 1.2.3.4\nsearch a b\n"+
		"search c d\noptions ndots:0 edns0\nnameserver ::1\nnameserver\n  nameserver 192.0.2.1\n"+
		"nameserver 192.0.2.2# a comment\n")
	servers, search, options := m.resolvConf()
	got := [][]string{servers, search, options}
	want := [][]string{{"127.0.0.11", "::1", "192.0.2.2"}, {"c", "d"}, {"ndots:0", "edns0"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("nameservers, search, options (-want +got):\n%s", diff)
	}
}

func TestReverseNames(t *testing.T) {
	for address, want := range map[string]string{
		"172.17.0.3":     "3.0.17.172.in-addr.arpa.",
		"::ffff:1.2.3.4": "4.3.2.1.in-addr.arpa.",
		// RFC 3596, 2.5
		"4321:0:1:2:3:4:567:89ab": "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa.",
	} {
		q, err := newQuestion(address, typePTR)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Name.String(); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}
