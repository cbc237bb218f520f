package floor

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A question about one pair takes at most so long, including the removal of netlab's own.
const pairLimit = 1500 * time.Millisecond

// BenchmarkWhy asks what works, what is refused, and what nothing answers, beside many other containers. The last is
// asked by address: for the name, Docker's DNS server may wait for one that does not answer.
func BenchmarkWhy(b *testing.B) {
	binary := build(b)
	names := listening(b)
	neighbor, stranger := names[matrixNetworks], address(b, names[1])
	for _, question := range []struct {
		name, to string
		code     int
	}{{"Works", neighbor + ":80", 0}, {"Refused", neighbor + ":81", 1}, {"Silent", stranger + ":80", 1}} {
		b.Run(question.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				cmd := exec.Command(binary, "why", names[0], question.to)
				out, _ := cmd.CombinedOutput()
				if code := cmd.ProcessState.ExitCode(); code != question.code {
					b.Fatalf("exit status %d, want %d: %s", code, question.code, out)
				}
				took = append(took, time.Since(start))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(took).Seconds()*1000, "command-ms")
			if m := median(took); m > pairLimit {
				b.Errorf("it takes %s, more than %s", m, pairLimit)
			}
		})
	}
}

// address is that of a container on its only network.
func address(b *testing.B, name string) string {
	b.Helper()
	const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
	out, err := exec.Command("docker", "inspect", "-f", format, name).Output()
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
