//go:build linux && engines

package cli

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netlab/netlab/byhand"
	"netlab/netlab/enginetest"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// handEngines is how many engines run scripts at the same time. They need separate engines because the containers of
// all scenarios have the same names.
const handEngines = 4

// TestEnginesByHand runs the commands of show --docker for each built-in scenario in order, with Debian's programs.
// Each question's commands give the answer that the script expects.
func TestEnginesByHand(t *testing.T) {
	t.Parallel()
	lessons, err := load(append(scenarios.Names(), "testdata/cases/one-letter.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// The long ones first.
	slices.SortStableFunc(lessons, func(a, b *scenario.Scenario) int { return len(b.Steps) - len(a.Steps) })
	queue := make(chan *scenario.Scenario, len(lessons))
	for _, sc := range lessons {
		queue <- sc
	}
	close(queue)
	engines := make([]*enginetest.Engine, handEngines)
	for i := range engines {
		engines[i] = enginetest.Start(t, enginetest.Options{
			Version: enginetest.V28, Prepare: "ip address add 192.0.2.1/32 dev lo",
		})
		answerNames(t, engines[i])
	}
	var work sync.WaitGroup
	for _, e := range engines {
		work.Go(func() {
			image := exec.CommandContext(t.Context(), "sh", "testdata/hand.sh")
			image.Env = append(os.Environ(), "DOCKER_HOST="+e.Host)
			if out, err := image.CombinedOutput(); err != nil {
				t.Errorf("making the image: %v: %s", err, out)
				return
			}
			for sc := range queue {
				t.Run(sc.Name, func(t *testing.T) { typeByHand(t, e, sc) })
			}
		})
	}
	work.Wait()
}

// answerNames lets the DNS server of an engine's host answer, although it knows no names.
func answerNames(t *testing.T, e *enginetest.Engine) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "nsenter", "--net=/run/netns/"+e.Namespace, "perl", "testdata/dns.pl")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}

// typeByHand runs a scenario's script on the host of an engine, in its namespaces, and compares the output of each
// question's commands with the expected answer above them.
func typeByHand(t *testing.T, e *enginetest.Engine, sc *scenario.Scenario) {
	t.Helper()
	script, checks := marked(t, sc)
	cmd := exec.CommandContext(t.Context(), "nsenter", "-t", daemonOf(t, e), "-n", "-p", "timeout", "240", "bash")
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+e.Host, "IMAGE=hand")
	cmd.Stdin, cmd.Dir = strings.NewReader(script), t.TempDir()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Run(); err != nil {
		t.Errorf("%v:\n%s", err, out.String())
	}
	t.Logf("%d questions in %.0f s", len(checks), time.Since(start).Seconds())
	parts := strings.Split(out.String(), mark)
	if len(parts) != 2*len(checks)+2 {
		t.Fatalf("%d parts of %d questions:\n%s", len(parts), len(checks), out.String())
	}
	if strings.Contains(parts[0], "failed to create the ipvlan port: operation not supported") {
		t.Skip("this kernel has no ipvlan")
	}
	if strings.Contains(parts[0], "rror") {
		t.Errorf("building it:\n%s", parts[0])
	}
	if left := parts[len(parts)-1]; left != "" {
		t.Errorf("after taking it down there is:\n%s", left)
	}
	_, err := os.Stat("/proc/net/ip_vs")
	hasIPVS := err == nil
	for i, c := range checks {
		right, printed, _ := strings.Cut(parts[2*i+1], "\n")
		if c.Needs == scenario.NeedsIPVS && !hasIPVS {
			continue // the script says so, too
		}
		if why := handDiffers(c, strings.Fields(right), printed); why != "" {
			t.Errorf("%s, expected %s: %s (%s):\n%s", c.ID, c.Expect[len(c.Expect)-1], why, right, printed)
		}
	}
}

// mark comes before the output of a question's commands, with the words that are right after it, and after the output.
const mark = "\n=== "

// printMark is the command that prints it.
const printMark = "printf '\\n=== '\n"

// marked returns a scenario's script with marks around the commands of each check, and the checks.
func marked(t *testing.T, sc *scenario.Scenario) (string, []*scenario.Check) {
	t.Helper()
	script, rest := "", byhand.Docker(sc)
	if sc.HasOverlay() {
		script = "docker swarm init --advertise-addr 127.0.0.1 >/dev/null\n"
	}
	var checks []*scenario.Check
	for _, st := range sc.Steps {
		c := st.Check
		if c == nil {
			continue
		}
		before, after, found := strings.Cut(rest, "\n# "+c.Ask+"\n")
		if !found {
			t.Fatalf("the script does not ask %q", c.Ask)
		}
		commands, after, _ := strings.Cut(after, "\n\n")
		right := handValue(sc, c.Expect[len(c.Expect)-1].Value)
		script += before + "\nprintf '\\n=== '; echo $(" + right + ")\n" + commands + "\n" + printMark + "\n"
		rest = "\n" + after
		checks = append(checks, c)
	}
	script += rest
	if sc.HasOverlay() {
		script += "docker swarm leave --force >/dev/null\n"
	}
	return script + printMark + "docker ps -aq; docker volume ls -q\n" +
		"docker network ls --format '{{.Name}}' --filter type=custom | grep -v docker_gwbridge || true\n", checks
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
	t.Parallel()
	lessons, err := load(scenarios.Names())
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range lessons {
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
