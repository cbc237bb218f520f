//go:build linux && engines

package cli

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// TestEnginesDemoKernel: a lesson shows what the kernel dropped, on engines that know the capabilities for asking it.
// On others it says that it goes without. A replay shows the same.
func TestEnginesDemoKernel(t *testing.T) {
	t.Parallel()
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, enginetest.Options{Version: version})
			saved := filepath.Join(t.TempDir(), "record.json")
			r := heard(t, saved, "-H", e.Host, "demo", "bridge", "--kernel", "--only",
				"other-network,localhost,closed-port,outside,peer-by-address")
			unheard := r.Scenarios[0].Kernel
			if unheard == nil {
				t.Fatal("the record does not say whether the kernel was heard")
			}
			if version == enginetest.V20 {
				if !strings.Contains(unheard.Unheard, "does not know the capabilities BPF and PERFMON") {
					t.Errorf("got %q, want why the kernel was not heard", unheard.Unheard)
				}
				replayed(t, saved, "Reasons from the kernel are missing: engine 20.10")
				return
			}
			if unheard.Unheard != "" {
				t.Errorf("the kernel was not heard: %s", unheard.Unheard)
			}
			for check, want := range map[string]probe.Loss{
				"other-network": {
					Reason: "NETFILTER_DROP", Packet: probe.PacketSYN, Namespace: ask.Host, Interface: "docker0", Way: probe.WayIn,
				},
				"localhost": {
					Reason: "NO_SOCKET", Packet: probe.PacketSYN, Namespace: "alice", Interface: "lo", Way: probe.WayIn,
				},
				"closed-port": {
					Reason: "NO_SOCKET", Packet: probe.PacketSYN, Namespace: "bob", Interface: "eth0", Way: probe.WayIn,
				},
				"outside":         {},
				"peer-by-address": {},
			} {
				got := lossOf(t, r, check)
				if got.Packets == 0 && want.Reason != "" {
					t.Errorf("%s: the kernel said nothing, want %+v", check, want)
				}
				if got.Packets = 0; got != want {
					t.Errorf("%s: got %+v, want %+v", check, got, want)
				}
			}
			captured := heard(t, "", "-H", e.Host, "demo", "bridge", "--kernel", "--packets", "--only", "closed-port")
			if got := lossOf(t, captured, "closed-port"); got.Reason != "NO_SOCKET" {
				t.Errorf("with --packets: got %+v, want no more than NO_SOCKET", got)
			}
			replayed(t, saved, "NETFILTER_DROP, in from docker0 on the host", "NO_SOCKET, in from eth0 in bob",
				"netlab explain N")
		})
	}
}

// TestEnginesDemoKernelBridged: with icc off, the packet is dropped between two ports of the bridge, and nowhere else.
func TestEnginesDemoKernelBridged(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t, enginetest.Options{Version: enginetest.V28, Flags: []string{"--icc=false"}})
	r := heard(t, "", "-H", e.Host, "demo", "bridge", "--kernel", "--only", "peer-by-address")
	got := lossOf(t, r, "peer-by-address")
	if got.Reason != "NETFILTER_DROP" || got.Namespace != ask.Host || !strings.HasPrefix(got.Interface, "veth") {
		t.Errorf("got %+v, want NETFILTER_DROP at a port of the bridge on the host", got)
	}
}

// TestEnginesDemoKernelEnds: the helper can do nothing but ask the kernel, and it goes with netlab however that ends.
func TestEnginesDemoKernelEnds(t *testing.T) {
	t.Parallel()
	e, program := enginetest.Start(t, enginetest.Options{Version: enginetest.V28}), Program(t)
	demo := []string{"-H", e.Host, "demo", "bridge", "--only", "other-network", "--kernel"}
	for _, signal := range []os.Signal{os.Kill, os.Interrupt} {
		cmd := exec.CommandContext(t.Context(), program, append(demo, "--stay")...)
		if _, err := cmd.StdinPipe(); err != nil { // stays open, so that Enter is never pressed
			t.Fatal(err)
		}
		words, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(words)
		for up := false; !up; up = strings.Contains(lines.Text(), "The lab is up") {
			if !lines.Scan() {
				t.Fatalf("netlab ended before the lab was up: %v", cmd.Wait())
			}
		}
		var helper struct {
			HostConfig struct {
				NetworkMode     string
				CapAdd, CapDrop []string
				ReadonlyRootfs  bool
			}
		}
		api(t, e, "GET", "/containers/"+witnessOn(t, e)+"/json", nil, &helper)
		got := helper.HostConfig
		for i, c := range got.CapAdd {
			got.CapAdd[i] = strings.TrimPrefix(c, "CAP_")
		}
		if got.NetworkMode != "none" || !slices.Equal(got.CapAdd, []string{"BPF", "PERFMON"}) ||
			!slices.Equal(got.CapDrop, []string{"ALL"}) || !got.ReadonlyRootfs {
			t.Errorf("the helper has %+v, want no network, no capability but BPF and PERFMON, and nothing to write to", got)
		}
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait() // it was killed or interrupted
		for range 100 {
			if witnessOn(t, e) == "" {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if left := witnessOn(t, e); left != "" {
			t.Errorf("after %v there is still %s", signal, left)
		}
	}
	if out, words, code := netlab(demo...); code != exitOK { // it removes what the killed one left behind
		t.Errorf("the next command: exit code %d, %s %s", code, out, words)
	}
	cleanSoon(t, e)
}

// witnessOn is the container that asks the engine's kernel, or "".
func witnessOn(t *testing.T, e *enginetest.Engine) string {
	t.Helper()
	for _, name := range withLabel(t, e) {
		if strings.HasSuffix(name, "-witness") {
			return strings.TrimPrefix(name, "/")
		}
	}
	return ""
}

// heard runs a command that asks the kernel, and returns its record. Nothing may be left on the engine.
func heard(t *testing.T, saved string, args ...string) *result.Record {
	t.Helper()
	if saved != "" {
		args = append(args, "--save", saved)
	}
	out, said, code := netlab(append(args, "-o", "json")...)
	var r result.Record
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitOK {
		t.Fatalf("exit code %d, %v: %s", code, err, said)
	}
	if len(r.Leftovers) > 0 || !r.Audited || r.Summary.Surprise+r.Summary.Broken > 0 {
		t.Errorf("left: %v, audited: %v, %+v: %s", r.Leftovers, r.Audited, r.Summary, said)
	}
	return &r
}

// lossOf is the first thing that the kernel said about a check, or nothing.
func lossOf(t *testing.T, r *result.Record, check string) probe.Loss {
	t.Helper()
	for _, st := range r.Scenarios[0].Steps {
		if st.Check == check && st.Observed != nil {
			if len(st.Observed.Lost) == 0 {
				return probe.Loss{}
			}
			return st.Observed.Lost[0]
		}
	}
	t.Errorf("%s was not asked", check)
	return probe.Loss{}
}

// replayed draws a saved record again.
func replayed(t *testing.T, saved string, want ...string) {
	t.Helper()
	out, said, code := netlab("replay", saved, "--all")
	if code != exitOK {
		t.Errorf("replay: exit code %d: %s", code, said)
	}
	out = strings.Join(strings.Fields(out), " ")
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("the replay has no %q:\n%s", w, out)
		}
	}
}
