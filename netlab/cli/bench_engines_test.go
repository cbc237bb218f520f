//go:build linux && engines

package cli

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
	"netlab/netlab/result"
)

// TestEnginesBench measures all modes on an engine without a userland proxy: every path in every mode works, and none
// is reported as going through a proxy.
func TestEnginesBench(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t, enginetest.Options{Version: "26.1", Flags: []string{"--userland-proxy=false"}})
	var out, words bytes.Buffer
	streams := Streams{In: strings.NewReader(""), Out: &out, Err: &words, Env: os.Getenv}
	args := []string{"netlab", "bench", "-H", e.Host, "--init-swarm", "--rounds", "1", "--duration", "10ms", "-o", "json"}
	if code := Main(context.Background(), streams, args, "test"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, words.String())
	}
	r, err := result.ReadJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	measured := map[string]bool{}
	for _, f := range r.Bench.Figures {
		switch what := strings.Join([]string{f.Mode, f.Path, f.Via, f.Measure}, " "); {
		case f.Verdict != "":
			t.Errorf("%s: %s: %s", what, f.Verdict, f.Why)
		case len(f.Values) != 1 || f.Values[0] <= 0:
			t.Errorf("%s: measured %v, want one value above 0", what, f.Values)
		case f.Via == result.ViaProxy:
			t.Errorf("%s: this engine has no proxy", what)
		default:
			measured[strings.Join([]string{f.Mode, f.Path, f.Via}, " ")] = true
		}
	}
	for _, way := range []string{
		"host peers direct", "host host direct", "host outside direct",
		"bridge peers direct", "bridge host loopback", "bridge host dnat", "bridge outside dnat",
		"custom-bridge peers direct", "custom-bridge host loopback", "custom-bridge host dnat", "custom-bridge outside dnat",
		"macvlan peers direct", "macvlan outside direct",
		"overlay peers direct", "overlay host loopback", "overlay host dnat", "overlay outside dnat",
	} {
		if !measured[way] {
			t.Errorf("%s was not measured", way)
		}
	}
	if len(r.Leftovers) > 0 || !r.Audited {
		t.Errorf("left on the engine: %v, audited %t", r.Leftovers, r.Audited)
	}
}
