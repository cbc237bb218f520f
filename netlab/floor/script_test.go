package floor

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"netlab/netlab/engine"
)

// What `netlab demo bridge` may take: a part of the time of a shell script that asks the same questions with docker
// run and docker exec, and a time until its first answer is on the screen. If bare API calls need longer than that for
// the containers alone, the answer may come a little after them: the drawing above it shows all containers.
const (
	scriptLimit = 0.6
	firstLimit  = 700 * time.Millisecond
	upLimit     = 1.25
)

// BenchmarkDemoBesideScript runs the lesson, the script and the lesson's floor in turn.
func BenchmarkDemoBesideScript(b *testing.B) {
	if _, err := exec.LookPath("docker"); err != nil || os.Getuid() != 0 {
		b.Skip("the script needs docker, and root for the link to the outside computer")
	}
	ensureImage(b)
	binary := build(b)
	record := measure(b, binary, "demo", "bridge")
	var demos, firsts, scripts, ups []time.Duration
	for i := 0; b.Loop(); i++ {
		inTurn(i, func() {
			first, all := demo(b, binary)
			demos, firsts = append(demos, all), append(firsts, first)
		}, func() { scripts = append(scripts, script(b)) })
		ups = append(ups, floor(b, record))
	}
	lesson, first, opponent, up := median(demos), median(firsts), median(scripts), median(ups)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(lesson.Milliseconds()), "demo-ms")
	b.ReportMetric(float64(first.Milliseconds()), "first-answer-ms")
	b.ReportMetric(float64(up.Milliseconds()), "bare-up-ms")
	b.ReportMetric(float64(opponent.Milliseconds()), "script-ms")
	ratio := lesson.Seconds() / opponent.Seconds()
	b.ReportMetric(ratio, "x-script")
	if ratio > scriptLimit {
		b.Errorf("the lesson takes %.2f times as long as the script, more than %.1f", ratio, scriptLimit)
	}
	if limit := max(firstLimit, time.Duration(upLimit*float64(up))); first > limit {
		b.Errorf("the first answer is there after %s, more than %s", first, limit)
	}
}

// demo runs the lesson, and returns when its first answer was there and how long all took.
func demo(b *testing.B, binary string) (first, all time.Duration) {
	b.Helper()
	cmd := exec.Command(binary, "demo", "bridge")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	answer := regexp.MustCompile(`^ *1 .*  (yes|NO) `)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if first == 0 && answer.Match(lines.Bytes()) {
			first = time.Since(start)
		}
	}
	_ = cmd.Wait() // a surprise is a result too
	if code := cmd.ProcessState.ExitCode(); code > 1 || first == 0 {
		b.Fatalf("netlab demo bridge: exit status %d, first answer after %s", code, first)
	}
	return first, time.Since(start)
}

// script runs the script, and returns how long it took.
func script(b *testing.B) time.Duration {
	b.Helper()
	cmd := exec.Command("sh", "script.sh")
	name := fmt.Sprintf("NAME=netlab-script-%d", os.Getpid())
	cmd.Env = append(os.Environ(), "IMAGE="+engine.ImageRef(), name, "ON_HOST=")
	if ns := os.Getenv("NETLAB_ENGINE_NETNS"); ns != "" {
		cmd.Env = append(cmd.Env, "ON_HOST=nsenter --net=/run/netns/"+ns)
	}
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if yes, no := bytes.Count(out, []byte("\nyes ")), bytes.Count(out, []byte("NO ")); err != nil || yes != 4 || no != 4 {
		b.Fatalf("the script got %d yes and %d no, want 4 and 4: %v\n%s", yes, no, err, out)
	}
	return time.Since(start)
}

func ensureImage(b *testing.B) {
	b.Helper()
	ctx := context.Background()
	eng, err := engine.Connect(ctx, engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer eng.Close()
	if _, err := eng.EnsureImage(ctx); err != nil {
		b.Fatal(err)
	}
}
