package floor

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"netlab/netlab/result"
)

// How many times its floor's duration a command may take. A lesson's floor starts all containers at once, which no lab
// can: one needs another's address.
const (
	lessonLimit  = 1.5
	compareLimit = 1.15
)

func BenchmarkDemoBridge(b *testing.B) { besideFloor(b, lessonLimit, "demo", "bridge") }

func BenchmarkCompare(b *testing.B) { besideFloor(b, compareLimit, "compare") }

// BenchmarkSixModes makes the engine a swarm and ends the swarm again, so it needs an engine that no one else uses.
// .ci/engine starts one in a network namespace.
func BenchmarkSixModes(b *testing.B) {
	if os.Getenv("NETLAB_ENGINE_NETNS") == "" {
		b.Skip("this engine may be somebody's; make bench runs it on one of its own")
	}
	besideFloor(b, compareLimit, "compare", "--init-swarm")
}

// besideFloor runs the command and its floor in turn, so that a machine whose speed drifts favors neither, and
// reports the medians and their ratio.
func besideFloor(b *testing.B, limit float64, args ...string) {
	binary := build(b)
	record := measure(b, binary, args...) // also warms the image
	var commands, floors []time.Duration
	for b.Loop() {
		start := time.Now()
		measure(b, binary, args...)
		commands = append(commands, time.Since(start))
		start = time.Now()
		floor(b, record)
		floors = append(floors, time.Since(start))
	}
	command, bare := median(commands), median(floors)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(command.Seconds()*1000, "command-ms")
	b.ReportMetric(bare.Seconds()*1000, "floor-ms")
	ratio := command.Seconds() / bare.Seconds()
	b.ReportMetric(ratio, "x-floor")
	if ratio > limit {
		b.Errorf("the command takes %.2f times its floor, more than %.2f", ratio, limit)
	}
}

// BenchmarkHelp measures a command that needs no engine.
func BenchmarkHelp(b *testing.B) {
	binary := build(b)
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := exec.Command(binary, "--help").Run(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	if m := median(took); m > 30*time.Millisecond {
		b.Errorf("the help takes %s, more than 30 ms", m)
	}
}

func build(b *testing.B) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "netlab")
	out, err := exec.Command("go", "build", "-o", binary, "netlab/cmd/netlab").CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return binary
}

// measure runs the command and returns its record. A surprise also counts as a result here.
func measure(b *testing.B, binary string, args ...string) *result.Record {
	b.Helper()
	cmd := exec.Command(binary, append(args, "-o", "json")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code > 1 {
		b.Fatalf("netlab %v: %v", args, err)
	}
	var r result.Record
	if err := json.Unmarshal(out, &r); err != nil {
		b.Fatal(err)
	}
	return &r
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// longestWait is the longest single answer in a record: no command can be faster than the timeout it has to wait for.
func longestWait(r *result.Record) time.Duration {
	var longest int64
	for _, sc := range r.Scenarios {
		for _, st := range sc.Steps {
			if st.Observed != nil && st.Check != "" {
				longest = max(longest, st.Observed.TookUS)
			}
		}
	}
	return time.Duration(longest) * time.Microsecond
}

func name(i int) string { return fmt.Sprintf("netlab-floor-%d-%d", os.Getpid(), i) }
