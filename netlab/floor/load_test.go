package floor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/docker/docker/client"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/lab"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// How much the results of `netlab bench` may differ from those of the usual tools.
const (
	leastThroughput = 0.95                  // compared with iperf3
	roundTripApart  = 20 * time.Microsecond // compared with ping
)

// rounds where netlab and the other tool measure in turn, so that a machine whose speed drifts favors neither.
const loadRounds = 9

// BenchmarkThroughput compares the throughput between two containers with iperf3's between their network namespaces.
func BenchmarkThroughput(b *testing.B) {
	needs(b, "iperf3")
	p := buildPair(b)
	for b.Loop() {
		var own, others []float64
		for round := range loadRounds {
			theirs := func() { others = append(others, p.iperf3(b)) }
			ours := func() { own = append(own, p.throughput(b)) }
			inTurn(round, ours, theirs)
		}
		ratio := middle(own) / middle(others)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(middle(own)/1e9, "Gbit/s")
		b.ReportMetric(middle(others)/1e9, "iperf3-Gbit/s")
		b.ReportMetric(ratio, "x-iperf3")
		if ratio < leastThroughput {
			b.Errorf("netlab's throughput is %.2f of iperf3's, less than %.2f\nnetlab %.1f\niperf3 %.1f (Gbit/s)",
				ratio, leastThroughput, gigabits(own), gigabits(others))
		}
	}
}

// BenchmarkRoundTrip compares the round trip between two containers with ping's between their network namespaces.
func BenchmarkRoundTrip(b *testing.B) {
	needs(b, "ping")
	p := buildPair(b)
	for b.Loop() {
		var own, others []float64
		for round := range loadRounds {
			theirs := func() { others = append(others, p.ping(b)) }
			ours := func() { own = append(own, p.roundTrip(b)) }
			inTurn(round, ours, theirs)
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(middle(own), "us")
		b.ReportMetric(middle(others), "ping-us")
		apart := time.Duration((middle(own) - middle(others)) * float64(time.Microsecond)).Abs()
		if apart > roundTripApart {
			b.Errorf("netlab's round trip and ping's are %s apart, more than %s\nnetlab %.1f\nping   %.1f (us)",
				apart, roundTripApart, own, others)
		}
	}
}

// inTurn runs both, and swaps their order every other round.
func inTurn(round int, one, other func()) {
	if round%2 == 1 {
		one, other = other, one
	}
	one()
	other()
}

// needs skips the benchmark if a tool, or the right to enter a network namespace, is missing. make bench says what to
// install.
func needs(b *testing.B, tool string) {
	b.Helper()
	for _, t := range []string{tool, "nsenter"} {
		if _, err := exec.LookPath(t); err != nil {
			b.Skipf("%s is not installed (Debian: iperf3, iputils-ping, util-linux)", t)
		}
	}
	if os.Getuid() != 0 {
		b.Skip("only root may enter a container's network namespace")
	}
}

// A pair is two containers on a network, alice and bob.
type pair struct {
	lab        *lab.Lab
	alice, bob int    // their process ids
	address    string // bob's
}

func buildPair(b *testing.B) *pair {
	b.Helper()
	ctx := context.Background()
	eng, err := engine.Connect(ctx, engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { eng.Close() })
	site, err := lab.Open(ctx, eng, false)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if _, err := site.Close(ctx); err != nil {
			b.Error(err)
		}
	})
	on := []scenario.Attachment{{Network: "own"}}
	l, err := site.Build(ctx, &scenario.Scenario{
		Name:       "pair",
		Networks:   []scenario.Network{{Name: "own", Driver: fact.DriverBridge}},
		Containers: []scenario.Container{{Name: "alice", Networks: on}, {Name: "bob", Networks: on}},
	}, lab.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if _, err := l.Close(ctx); err != nil {
			b.Error(err)
		}
	})
	p := &pair{lab: l}
	for _, peer := range l.Peers() {
		switch peer.Name {
		case "alice":
			p.alice = process(b, peer.Container)
		case "bob":
			p.bob, p.address = process(b, peer.Container), peer.Network[0].IPv4
		}
	}
	return p
}

// process is a container's process id on this machine. The engine's own number is different if the engine runs in a
// PID namespace, as with .ci/engine. The control group has the container's id everywhere.
func process(b *testing.B, name string) int {
	b.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		b.Fatal(err)
	}
	defer api.Close()
	c, err := api.ContainerInspect(context.Background(), name)
	if err != nil {
		b.Fatal(err)
	}
	groups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range groups {
		group, err := os.ReadFile(file) // a process may have ended
		if err != nil || !bytes.Contains(group, []byte(c.ID)) {
			continue
		}
		number, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			b.Fatal(err)
		}
		return number
	}
	b.Skip("the engine's processes are not this machine's")
	return 0
}

func (p *pair) load(b *testing.B, q probe.Load) probe.Measured {
	b.Helper()
	way := lab.Way{From: "alice", To: "bob", At: ask.Target{Ref: ask.Reference{Head: "bob"}}}
	o := p.lab.Load(context.Background(), way, q)
	if o.Reason != probe.OK {
		b.Fatalf("%+v", o)
	}
	return *o.Load
}

// throughput is netlab's measurement, in bits per second.
func (p *pair) throughput(b *testing.B) float64 {
	m := p.load(b, probe.Load{What: probe.LoadStream, ForUS: time.Second.Microseconds()})
	return float64(m.Bytes) * 8 / (float64(m.TookNS) / 1e9)
}

// roundTrip is netlab's measurement, in microseconds.
func (p *pair) roundTrip(b *testing.B) float64 {
	m := p.load(b, probe.Load{What: probe.LoadPing, Count: 1000, ForUS: time.Second.Microseconds()})
	return float64(m.MedianNS) / 1000
}

// iperf3 is the throughput that its receiver saw within a second, in bits per second.
func (p *pair) iperf3(b *testing.B) float64 {
	b.Helper()
	server := inNamespace(p.bob, "iperf3", "--server", "--one-off", "--bind", p.address)
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = server.Process.Kill() // it has already ended if all went well
		_ = server.Wait()
	}()
	p.awaitListener(b, 5201)
	out, err := inNamespace(p.alice, "iperf3", "--client", p.address, "--time", "1", "--json").Output()
	if err != nil {
		b.Fatalf("iperf3: %v\n%s\n%s", err, out, said.String())
	}
	var r struct {
		End struct {
			Received struct {
				Rate float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		} `json:"end"`
	}
	if err := json.Unmarshal(out, &r); err != nil || r.End.Received.Rate == 0 {
		b.Fatalf("iperf3 said no rate: %v\n%s", err, out)
	}
	return r.End.Received.Rate
}

// awaitListener waits until something listens on a port in bob's network namespace.
func (p *pair) awaitListener(b *testing.B, port int) {
	b.Helper()
	listens := fmt.Sprintf(":%04X 00000000:0000 0A ", port) // proc(5): state 0A is LISTEN
	for range 500 {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", p.bob))
		if err == nil && bytes.Contains(table, []byte(listens)) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatalf("nothing listens on port %d", port)
}

// ping is the median of its round trips, in microseconds. Each ping is sent when the previous one has returned.
func (p *pair) ping(b *testing.B) float64 {
	b.Helper()
	out, err := inNamespace(p.alice, "ping", "-n", "-A", "-c", "1000", p.address).CombinedOutput()
	if err != nil {
		b.Fatalf("ping: %v\n%s", err, out)
	}
	var times []float64
	for _, m := range regexp.MustCompile(`time=([0-9.]+) ms`).FindAllStringSubmatch(string(out), -1) {
		ms, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, ms*1000)
	}
	if len(times) == 0 {
		b.Fatalf("ping said no time:\n%s", out)
	}
	return middle(times)
}

func inNamespace(process int, command ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{fmt.Sprintf("--net=/proc/%d/ns/net", process)}, command...)...)
}

func middle(values []float64) float64 { return slices.Sorted(slices.Values(values))[len(values)/2] }

// gigabits converts bits to billions of bits.
func gigabits(bits []float64) []float64 {
	converted := slices.Clone(bits)
	for i := range converted {
		converted[i] /= 1e9
	}
	return converted
}
