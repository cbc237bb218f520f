//go:build linux && engines

package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
	"netlab/netlab/result"
)

// TestEnginesIPv6Only: containers without IPv4 are asked by name, by address and at published ports, and so is the host
// from there.
func TestEnginesIPv6Only(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t, enginetest.Options{Version: enginetest.V28})
	docker, image := commandOn(t, e)
	docker("network", "create", "--ipv6", "--ipv4=false", "--subnet", "fd00:a::/64", "six")
	docker("run", "-di", "--name", "web", "--network", "six", image)
	docker("run", "-di", "--name", "db", "--network", "six", "-p", "18080:80", image)
	for _, tt := range []struct{ from, to, cause, says string }{
		{"web", "db:9", "nothing-listens", "db is fd00:a::3"},
		{"web", "[fd00:a::3]:9", "nothing-listens", "RST from fd00:a::3"},
		{"web", "host:9", "nothing-listens", "RST from fd00:a::1"},
		{"host", "127.0.0.1:18080", "ip-family-mismatch", "[::]:18080 forwards to 80/tcp"},
		{"outside", "db:18080", "ip-family-mismatch", "[::]:18080 forwards to 80/tcp"},
		{"outside", "[fd00:a::1]:18080", "published-nobody-behind", "none on 80/tcp"},
		{"outside", "[fd00:a::3]:9", "direct-routing-dropped", "gateway_mode_ipv6"},
	} {
		out, words, code := netlab("-H", e.Host, "why", tt.from, tt.to)
		if code != exitSurprise || !strings.Contains(out, tt.cause) || !strings.Contains(out, tt.says) {
			t.Errorf("%s to %s: got exit code %d, %q and %s, want %s with %q", tt.from, tt.to, code, words, out, tt.cause,
				tt.says)
		}
	}
	out, words, _ := netlab("-H", e.Host, "matrix", "-o", "json")
	var m result.Matrix
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		t.Fatal(err, words)
	}
	for _, c := range m.Cells {
		if c.ByAddress.State != result.HopOK || c.ByName.State != result.HopOK {
			t.Errorf("%s to %s: got %+v and %+v", c.From, c.To, c.ByAddress, c.ByName)
		}
	}
	clean(t, e)
}

// TestEnginesNeighborsByIPv6: to a firewall that filters bridged frames, the packets with which a container looks for
// its neighbor are packets like any other. netlab names the rule that drops them.
func TestEnginesNeighborsByIPv6(t *testing.T) {
	t.Parallel()
	for _, o := range []enginetest.Options{
		{Version: enginetest.V20, Flags: []string{"--experimental", "--ip6tables"}}, {Version: enginetest.V28},
	} {
		t.Run(o.Version, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, o)
			docker, image := commandOn(t, e)
			docker("network", "create", "--ipv6", "--subnet", "fd00:a::/64", "front")
			docker("network", "create", "--ipv6", "--subnet", "fd00:b::/64", "-o",
				"com.docker.network.bridge.enable_icc=false", "quiet")
			docker("run", "-di", "--name", "web", "--network", "front", image)
			docker("run", "-d", "-e", "NETLAB_TOKEN=x", "--name", "db", "--network", "front", image, "serve-ports", "80/tcp")
			docker("network", "connect", "quiet", "web")
			docker("network", "connect", "quiet", "db")
			why := func(to string) (w result.Why) {
				out, words, _ := netlab("-H", e.Host, "why", "web", to, "-o", "json")
				if err := json.Unmarshal([]byte(out), &w); err != nil {
					t.Fatal(err, words)
				}
				return w
			}
			named := func(w result.Why, cause string) result.Cause {
				if len(w.Causes) != 1 || w.Causes[0].ID != cause || w.Chain[len(w.Chain)-1].Hop != "neighbor" {
					t.Fatalf("got %s with %+v and %q, want %s at the neighbor", w.Verdict, w.Causes, w.Unseen, cause)
				}
				return w.Causes[0]
			}
			if w := why("[fd00:a::3]:80"); w.Verdict != result.Reachable {
				t.Errorf("without a wall: got %s with %+v", w.Verdict, w.Causes)
			}
			named(why("[fd00:b::3]:80"), "icc-disabled")
			inNamespace(t, e, "ip6tables -I FORWARD -s fd00:a::/64 -j DROP")
			docker("restart", "-t", "0", "web") // it has forgotten its neighbors
			inNamespace(t, e, named(why("[fd00:a::3]:80"), "firewall").Fix[0].Run)
			if w := why("[fd00:a::3]:80"); w.Verdict != result.Reachable {
				t.Errorf("after the fix: got %s with %+v", w.Verdict, w.Causes)
			}
		})
	}
}
