//go:build linux && engines

package why_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/docker/docker/client"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/result"
)

// TestEnginesNames is about what a test can only break on a host of its own: the host's resolver, a container's way to
// Docker's DNS server, and published ports without the userland proxy.
func TestEnginesNames(t *testing.T) {
	e := enginetest.Start(t, enginetest.Options{
		Version: enginetest.V28,
		Flags:   []string{"--userland-proxy=false", "--default-address-pool", "base=10.199.0.0/22,size=24"},
		// The host's resolv.conf names this address, where the host itself then answers.
		Prepare: "ip addr add 192.0.2.1/32 dev lo; sysctl -qw net.ipv4.ip_unprivileged_port_start=0",
	})
	eng, err := engine.Connect(t.Context(), engine.Options{Host: e.Host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = eng.Close() })
	api, err := client.NewClientWithOpts(client.WithHost(e.Host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close() })
	on := func(t *testing.T, words ...string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), words[0], words[1:]...).CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v: %s", words, err, out)
		}
	}
	host := func(t *testing.T, command string) {
		t.Helper()
		on(t, "ip", "netns", "exec", e.Namespace, "sh", "-c", command)
	}
	want := func(t *testing.T, got *result.Why, id, direction string) {
		t.Helper()
		if got.Verdict != result.Unreachable || len(got.Causes) != 1 || got.Causes[0].ID != id ||
			got.Causes[0].Direction != direction {
			t.Fatalf("got %s with %+v, want %s (%s); chain %+v", got.Verdict, got.Causes, id, direction, got.Chain)
		}
	}
	all := build(t, eng, api, setup{networks: front(), peers: []peer{
		{name: "resolver", networks: []string{"host"}, knows: []string{"vpn.example 10.9.0.7"}},
		{name: "ignorant", networks: []string{"front"}, knows: []string{"other.example 10.9.0.8"}},
		{name: "plain", knows: []string{"other.example 10.9.0.8"}},
		peer{name: "web", networks: []string{"front"}}.asks("@ignorant"),
		peer{name: "lone"}.asks("@plain"),
		peer{name: "db", networks: []string{"front"}}.listens("tcp 0.0.0.0:80").publishes("", hostPort1, "80/tcp"),
	}})
	ask := func(from, to string) *result.Why { return all.ask(all.peers[from].Name(), all.fill(to)) }

	t.Run("the host's resolver knows more", func(t *testing.T) {
		for _, from := range []string{"web", "lone"} {
			want(t, ask(from, "vpn.example:80"), "split-dns-lost", result.Request)
		}
		if got := ask("plain", "nowhere.example:80"); got.Verdict != result.Unknown {
			t.Errorf("a name that nobody knows: got %s with %+v", got.Verdict, got.Causes)
		}
	})
	port := "host:" + strconv.Itoa(hostPort1)
	t.Run("a neighbor's answers come from another address", func(t *testing.T) {
		host(t, "sysctl -qw net.bridge.bridge-nf-call-iptables=0")
		got := ask("web", port)
		want(t, got, "hairpin-missing", result.Reply)
		host(t, strings.TrimPrefix(got.Causes[0].Fix[1].Run, "modprobe br_netfilter; "))
		if again := ask("web", port); again.Verdict != result.Reachable {
			t.Errorf("after the printed command: %s with %+v", again.Verdict, again.Causes)
		}
	})
	t.Run("no hairpin mode", func(t *testing.T) {
		host(t, `for l in $(bridge link show | grep -o "veth[0-9a-f]*"); do bridge link set dev $l hairpin off; done`)
		got := ask("db", port)
		want(t, got, "hairpin-missing", result.Request)
		host(t, got.Causes[0].Fix[1].Run)
		if again := ask("db", port); again.Verdict != result.Reachable {
			t.Errorf("after the printed command: %s with %+v", again.Verdict, again.Causes)
		}
	})
	pools(t, all, host)
	t.Run("Docker's DNS server cannot be asked", func(t *testing.T) {
		stack, err := all.agents["web"].Look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		inside := "--net=" + namespaceFile(t, stack.NetNS)
		on(t, "nsenter", inside, "iptables", "-t", "nat", "-F")
		want(t, ask("web", "%db:80"), "resolver-silent", result.Request)
		on(t, "nsenter", inside, "iptables", "-I", "INPUT", "-d", "127.0.0.11", "-j", "DROP")
		want(t, ask("web", "vpn.example:80"), "resolver-silent", result.Request)
	})
}

// namespaceFile finds a process in a network namespace, "net:[4026531840]".
func namespaceFile(t *testing.T, name string) string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(files, func(file string) bool {
		link, err := os.Readlink(file)
		return err == nil && link == name
	})
	if i < 0 {
		t.Fatalf("no process is in %s", name)
	}
	return files[i]
}
