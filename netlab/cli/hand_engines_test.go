//go:build linux && engines

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netlab/netlab/byhand"
	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// TestEnginesByHand types the commands of show --docker in order, with Debian's nc: a connection ends as is printed
// above it, and the server names its caller.
func TestEnginesByHand(t *testing.T) {
	all, err := load([]string{"internal", "host", "testdata/cases/one-letter.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	e := enginetest.Start(t, enginetest.Options{Version: enginetest.V28})
	image := exec.CommandContext(t.Context(), "sh", "testdata/hand.sh")
	image.Env = append(os.Environ(), "DOCKER_HOST="+e.Host)
	if out, err := image.CombinedOutput(); err != nil {
		t.Fatalf("making the image: %v: %s", err, out)
	}
	for _, sc := range all {
		t.Run(sc.Name, func(t *testing.T) {
			out := typeByHand(t, e, byhand.Docker(sc))
			for _, st := range sc.Steps {
				if c := st.Check; c != nil && c.Probe.Kind == scenario.Connect && len(c.Expect) == 1 {
					_, block, _ := strings.Cut(out, "# "+c.Ask+"\n")
					block, _, _ = strings.Cut(block, "\n# ")
					_, after, _ := strings.Cut(out, "# "+c.Ask+"\n# Expected")
					after, _, _ = strings.Cut(after, "\n\n")
					checkByHand(t, c, block+after)
				}
			}
		})
	}
}

func checkByHand(t *testing.T, c *scenario.Check, out string) {
	t.Helper()
	want := map[probe.Reason]string{
		probe.OK: "succeeded", probe.Refused: "refused", probe.Timeout: "timed out", probe.NetUnreachable: "unreachable",
	}[c.Expect[0].Reason]
	if !strings.Contains(out, want) {
		t.Errorf("%s does not say %q:\n%s", c.ID, want, out)
	}
	if c.Expect[0].Test == scenario.Sees && !strings.Contains(out, "Connection received on") {
		t.Errorf("%s does not say who called:\n%s", c.ID, out)
	}
}

// typeByHand types a script on the host of an engine, in its namespaces, and returns what is on the screen then.
func typeByHand(t *testing.T, e *enginetest.Engine, script string) string {
	t.Helper()
	inside := daemonOf(t, e)
	cmd := exec.CommandContext(t.Context(), "nsenter", "-t", inside, "-n", "-p", "timeout", "240", "bash", "-v")
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+e.Host, "IMAGE=hand")
	cmd.Stdin, cmd.Dir = strings.NewReader(script), t.TempDir()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%v:\n%s", err, out.String())
	}
	return out.String()
}

// daemonOf returns the process of an engine: the dockerd in its network namespace.
func daemonOf(t *testing.T, e *enginetest.Engine) string {
	t.Helper()
	space, err := os.Stat("/run/netns/" + e.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		name, _ := os.ReadFile(folder + "/comm")
		own, err := os.Stat(folder + "/ns/net")
		if err == nil && strings.TrimSpace(string(name)) == "dockerd" && os.SameFile(space, own) {
			return filepath.Base(folder)
		}
	}
	t.Fatal("the engine has no process")
	return ""
}

// TestEnginesCompose has Debian's Compose read the Compose file of each built-in scenario that has containers.
func TestEnginesCompose(t *testing.T) {
	all, err := load(scenarios.Names())
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range all {
		if len(sc.Containers) == 0 {
			continue
		}
		file := filepath.Join(t.TempDir(), "compose.yaml")
		if err := os.WriteFile(file, []byte(byhand.Compose(sc)), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "docker-compose", "-f", file, "config", "-q")
		cmd.Env = append(os.Environ(), "IMAGE=hand")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", sc.Name, err, out)
		}
	}
}
