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
		{"host", "127.0.0.1:18080", "ip-family-mismatch", "[::]:18080 leads to 80/tcp"},
		{"outside", "db:18080", "ip-family-mismatch", "[::]:18080 leads to 80/tcp"},
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
