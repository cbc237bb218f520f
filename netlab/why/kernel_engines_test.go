//go:build linux && engines

package why_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/docker/docker/client"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/result"
)

// TestEnginesKernel stops packets with rules that count nothing. The kernel names the drop, on engines that know the
// capabilities for asking it; on others netlab says that it goes without.
func TestEnginesKernel(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, enginetest.Options{Version: version})
			on := func(command string) {
				cmd := exec.CommandContext(t.Context(), "ip", "netns", "exec", e.Namespace, "sh", "-c", command)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%s: %v: %s", command, err, out)
				}
			}
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
			s := build(t, eng, api, setup{networks: front(), peers: []peer{
				{name: "web", networks: []string{"front"}},
				peer{name: "db", networks: []string{"front"}}.listens("tcp 0.0.0.0:80"),
			}})
			for port, direction := range map[string]string{"dport": result.Request, "sport": result.Reply} {
				on("nft 'table bridge walls { chain c { type filter hook forward priority 0; tcp " + port + " 80 drop; }; }'")
				got := s.ask(s.peers["web"].Name(), s.fill("%db:80"))
				on("nft delete table bridge walls")
				said := strings.Join(got.Unseen, " ")
				for _, h := range got.Chain {
					for _, evidence := range h.Evidence {
						said += " " + evidence.Source + ": " + evidence.Text
					}
				}
				if version == "20.10" {
					if got.Verdict != result.Unknown || !strings.Contains(said, "does not know the capabilities BPF and PERFMON") {
						t.Errorf("%s: got %s and %q, want unknown, and why the kernel was not asked", port, got.Verdict, said)
					}
					continue
				}
				if len(got.Causes) != 1 || got.Causes[0].ID != "firewall" || got.Causes[0].Direction != direction {
					t.Errorf("%s: got %s with %+v, want firewall, %s", port, got.Verdict, got.Causes, direction)
				}
				if !strings.Contains(said, "the kernel: NETFILTER_DROP, at veth") || !strings.Contains(said, " of the host (") {
					t.Errorf("%s: got %q, want the kernel's reason and where it was", port, said)
				}
			}
		})
	}
}
