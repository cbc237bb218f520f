//go:build linux && engines

package cli

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/enginetest"
)

// TestEnginesReadOnly: why, scan and matrix change no container, network or volume of the user's, and no server accepts
// a connection of theirs, also if they are killed half-way. What they leave then, the next command removes.
func TestEnginesReadOnly(t *testing.T) {
	t.Parallel()
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, enginetest.Options{Version: version})
			docker, image := commandOn(t, e)
			docker("network", "create", "shop")
			docker("volume", "create", "data")
			docker("run", "-di", "--name", "web", "--network", "shop", image)
			docker("run", "-d", "-e", "NETLAB_TOKEN=x", "--name", "api", "--network", "shop", "-v", "data:/data",
				"-p", "18080:80", image, "serve-ports", "80/tcp")
			look := func() string {
				return docker("inspect", "web", "api", "shop", "data") +
					accepted(t, docker("exec", "api", "/bin/cat", "/proc/net/snmp"))
			}
			before := look()
			for _, command := range [][]string{{"why", "web", "api:80"}, {"why", "outside", "api:18080"}, {"scan"}, {"matrix"}} {
				args := append([]string{"-H", e.Host}, command...)
				for _, after := range []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond} {
					cmd := exec.CommandContext(t.Context(), Program(t), args...)
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					time.Sleep(after)
					_ = cmd.Process.Kill()
					_ = cmd.Wait() // it was killed
				}
				netlab(args...)
				if diff := cmp.Diff(before, look()); diff != "" {
					t.Errorf("%q changed something (-before +after):\n%s", command, diff)
				}
			}
			if _, words, code := netlab("-H", e.Host, "clean"); code != exitOK {
				t.Errorf("clean: exit code %d, %s", code, words)
			}
			cleanSoon(t, e)
		})
	}
}

// accepted is how many connections the servers of a network namespace have accepted (PassiveOpens in /proc/net/snmp).
func accepted(t *testing.T, snmp string) string {
	t.Helper()
	var names []string
	for line := range strings.Lines(snmp) {
		words := strings.Fields(line)
		if words[0] != "Tcp:" {
			continue
		}
		for i, name := range names {
			if name == "PassiveOpens" {
				return words[i]
			}
		}
		names = words
	}
	t.Fatalf("no PassiveOpens in %q", snmp)
	return ""
}
