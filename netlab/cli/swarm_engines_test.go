//go:build linux && engines

package cli

import (
	"os/exec"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
)

// TestEnginesInitSwarm compares with --init-swarm several times in a row. Each run leaves the engine without a swarm
// and without the swarm's networks and interfaces, as it was before.
func TestEnginesInitSwarm(t *testing.T) {
	t.Parallel()
	for _, version := range []string{enginetest.V20, enginetest.V28} {
		t.Run(version, func(t *testing.T) {
			e := enginetest.Start(t, enginetest.Options{Version: version})
			before := onEngine(t, e)
			for i := range 3 {
				out, words, code := netlab("-H", e.Host, "compare", "custom-bridge", "overlay", "--init-swarm")
				if code != exitOK {
					t.Fatalf("run %d: exit code %d\n%s%s", i+1, code, out, words)
				}
				if after := onEngine(t, e); after != before {
					t.Fatalf("run %d: got %s; want %s as before", i+1, after, before)
				}
			}
		})
	}
}

// onEngine lists the engine's networks, its state in a swarm and its host's interfaces.
func onEngine(t *testing.T, e *enginetest.Engine) string {
	t.Helper()
	var networks []struct{ Name string }
	api(t, e, "GET", "/networks", nil, &networks)
	var info struct {
		Swarm struct{ LocalNodeState string }
	}
	api(t, e, "GET", "/info", nil, &info)
	out, err := exec.CommandContext(t.Context(), "ip", "-n", e.Namespace, "-brief", "link").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"swarm " + info.Swarm.LocalNodeState}
	for _, name := range []string{"docker_gwbridge", "ingress"} {
		for _, n := range networks {
			if n.Name == name {
				names = append(names, name)
			}
		}
	}
	for line := range strings.Lines(string(out)) {
		names = append(names, strings.Fields(line)[0])
	}
	return strings.Join(names, " ")
}
