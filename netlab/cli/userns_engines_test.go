//go:build linux && engines

package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
	"netlab/netlab/result"
)

// remapped starts an engine that gives containers a user namespace. Their root must be able to enter the engine's
// folder.
func remapped(t *testing.T, version string) *enginetest.Engine {
	t.Helper()
	return enginetest.Start(t, enginetest.Options{
		Version: version, Flags: []string{"--userns-remap=default"}, Prepare: "chmod 711 /tmp/$(ip netns identify)",
	})
}

// commandOn returns a function that runs docker on an engine, where netlab has left its agent's image, and the image.
func commandOn(t *testing.T, e *enginetest.Engine) (docker func(...string) string, image string) {
	t.Helper()
	folder := t.TempDir()
	docker = func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "docker", args...)
		cmd.Env = append(os.Environ(), "DOCKER_HOST="+e.Host, "DOCKER_CONFIG="+folder)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("docker %q: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if _, words, code := netlab("-H", e.Host, "demo", "none", "--only", "own-stack"); code != exitOK {
		t.Fatal(words)
	}
	return docker, docker("images", "-q")
}

// TestEnginesUserns: where containers have user namespaces, netlab looks into all of them, also into those that keep
// the host's.
func TestEnginesUserns(t *testing.T) {
	t.Parallel()
	for _, version := range []string{enginetest.V26, enginetest.V28} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			e := remapped(t, version)
			docker, image := commandOn(t, e)
			docker("network", "create", "shop")
			docker("run", "-di", "--name", "plain", "--network", "shop", image)
			docker("run", "-di", "--name", "kept", "--network", "shop", "--userns", "host", "--privileged", image)
			docker("run", "-di", "--name", "beside", "--network", "container:kept", "--userns", "host", image)
			docker("run", "-di", "--name", "outer", "--network", "host", "--userns", "host", image)
			before := docker("inspect", "plain", "kept", "beside", "outer")
			for _, ends := range [][2]string{
				{"plain", "kept"}, {"kept", "plain"}, {"beside", "plain"}, {"outer", "172.18.0.3"},
			} {
				out, words, code := netlab("-H", e.Host, "why", ends[0], ends[1]+":9")
				if code != exitSurprise || !strings.Contains(out, "none on 9/tcp") {
					t.Errorf("%s to %s: got exit code %d, %q and %s, want that nothing listens", ends[0], ends[1], code, words, out)
				}
			}
			out, words, _ := netlab("-H", e.Host, "matrix", "-o", "json")
			var m result.Matrix
			if err := json.Unmarshal([]byte(out), &m); err != nil {
				t.Fatal(err, words)
			}
			for _, c := range m.Cells {
				if c.ByAddress.State != result.HopOK {
					t.Errorf("%s cannot reach %s: %+v", c.From, c.To, c.ByAddress)
				}
			}
			out, words, _ = netlab("-H", e.Host, "scan", "-o", "json")
			var s result.Scan
			if err := json.Unmarshal([]byte(out), &s); err != nil {
				t.Fatal(err, words)
			}
			if len(s.Unseen) > 0 {
				t.Errorf("scan did not see %q", s.Unseen)
			}
			if docker("inspect", "plain", "kept", "beside", "outer") != before {
				t.Error("the containers are not as before")
			}
			clean(t, e)
		})
	}
}
