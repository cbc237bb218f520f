//go:build linux && engines

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

var update = flag.Bool("update", false, "write docs/engines.md from what is measured")

const table = "../../docs/engines.md"

// A setting is a way to run an engine, and what netlab must then measure. What is not named must be as on an engine
// without it.
type setting struct {
	name  string
	flags []string
	after string // a shell command in the engine's network namespace once it is up
	want  []want
}

// want is an answer that a setting changes, by the fact that explains it.
type want struct {
	mode, check string
	reason      probe.Reason
	value       string // "" for any
	fact        string // names the fact; "" for an answer that a setting changes without another expectation
}

func settings() []setting {
	return []setting{
		{name: "as installed"},
		{name: "--icc=false", flags: []string{"--icc=false"}, want: []want{
			{"bridge", "peer-by-address", probe.Timeout, "", "bridge.icc"},
			{"bridge", "peer-sees", probe.Timeout, "", "bridge.icc"},
			{"bridge", "closed-port", probe.Timeout, "", "bridge.icc"},
			{"bridge", "peer-by-name", probe.DNSNoAnswer, "", "bridge.icc"},
		}},
		{
			name: "--icc=false, bridged frames not filtered", flags: []string{"--icc=false"},
			after: "sysctl -qw net.bridge.bridge-nf-call-iptables=0",
		},
		{name: "--bip 10.99.0.1/24", flags: []string{"--bip", "10.99.0.1/24"}, want: []want{
			{"bridge", "gateway", probe.OK, "10.99.0.1", ""},
			{"bridge", "host-to-peer", probe.OK, "10.99.0.1", ""},
		}},
		{name: "--mtu 1300", flags: []string{"--mtu", "1300"}, want: []want{
			{"bridge", "mtu", probe.OK, "1300", "bridge.mtu"},
		}},
		{name: "--ip-masq=false", flags: []string{"--ip-masq=false"}},
		{
			name:  "--default-address-pool 10.98.0.0/16",
			flags: []string{"--default-address-pool", "base=10.98.0.0/16,size=24"},
		},
		{name: "--userland-proxy=false", flags: []string{"--userland-proxy=false"}},
	}
}

// TestEnginesSettings holds every built-in mode on every version against every setting: nothing is a surprise, and
// what a setting changes is measured and explained by the fact of that setting. What was seen is kept in
// docs/engines.md.
func TestEnginesSettings(t *testing.T) {
	var rows []string
	for _, version := range enginetest.Versions() {
		for _, s := range settings() {
			t.Run(version+" "+s.name, func(t *testing.T) {
				e := enginetest.Start(t, enginetest.Options{Version: version, Flags: s.flags})
				if s.after != "" {
					inNamespace(t, e, s.after)
				}
				var all result.Summary
				var changed []string
				for _, mode := range modes() {
					r, code := demo(t, e, mode)
					if code != exitOK {
						t.Errorf("%s: exit code %d, want 0", mode, code)
					}
					all.AsExpected += r.Summary.AsExpected
					changed = append(changed, examineSteps(t, mode, r, s)...)
				}
				rows = append(rows, fmt.Sprintf("| %s | %s | %d | %s |",
					version, s.name, all.AsExpected, strings.Join(changed, "; ")))
			})
		}
	}
	got := tableHead + strings.Join(rows, "\n") + "\n"
	if *update {
		if err := os.WriteFile(table, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	committed, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(committed), got); diff != "" {
		t.Errorf("docs/engines.md is not what was measured; go test -tags engines -run TestEnginesSettings ./netlab/cli "+
			"-update writes it (-file +measured):\n%s", diff)
	}
}

const tableHead = `# What was measured on which engine

Written by a test (make test-engines), which runs every built-in mode with all its questions on each of these engines.
Nothing on any of them was a surprise. The last column has the answers that differ from the textbook's, each explained
by the fact behind it.

| engine | setting | answers as expected | answers that the setting changes |
|---|---|---|---|
`

// examineSteps checks a mode's answers under a setting, and returns in words those that a fact changed.
func examineSteps(t *testing.T, mode string, r *result.Record, s setting) (changed []string) {
	t.Helper()
	seen := map[string]result.Step{}
	for _, st := range r.Scenarios[0].Steps {
		seen[st.Check] = st
		if st.Verdict == result.Surprise || st.Verdict == result.Broken {
			t.Errorf("%s: %s is %s: %s", mode, st.Check, st.Verdict, st.Why)
		}
		if st.Condition != "" {
			answer := string(st.Observed.Reason)
			if st.Observed.Reason == probe.OK {
				answer = st.Observed.Value
			}
			changed = append(changed, fmt.Sprintf("%s %s: %s (%s)", mode, st.Check, answer, st.Condition))
		}
	}
	for _, w := range s.want {
		if w.mode != mode {
			continue
		}
		st, ok := seen[w.check]
		if !ok || st.Observed == nil {
			t.Errorf("%s: %s was not asked", mode, w.check)
			continue
		}
		if st.Observed.Reason != w.reason || w.value != "" && st.Observed.Value != w.value {
			t.Errorf("%s: %s is %s %s, want %s %s", mode, w.check, st.Observed.Reason, st.Observed.Value, w.reason, w.value)
		}
		if !strings.Contains(st.Condition, w.fact) {
			t.Errorf("%s: %s is explained by %q, want the fact %s", mode, w.check, st.Condition, w.fact)
		}
	}
	expected := 0
	for _, w := range s.want {
		if w.mode == mode && w.fact != "" {
			expected++
		}
	}
	if len(changed) != expected {
		t.Errorf("%s: the facts changed %d answers (%s), want %d", mode, len(changed), strings.Join(changed, "; "), expected)
	}
	return changed
}

// TestEnginesSurprise: what no readable fact explains is a surprise. An engine does not tell which DNS servers its
// --dns gives to containers.
func TestEnginesSurprise(t *testing.T) {
	e := enginetest.Start(t, enginetest.Options{Version: enginetest.V28, Flags: []string{"--dns", "10.99.0.53"}})
	r, code := demo(t, e, "bridge")
	if code != exitSurprise {
		t.Errorf("exit code %d, want %d", code, exitSurprise)
	}
	for _, st := range r.Scenarios[0].Steps {
		if got, want := st.Verdict == result.Surprise, st.Check == "nameservers"; got != want && st.Check != "" {
			t.Errorf("%s is %s: %s", st.Check, st.Verdict, st.Why)
		}
		if st.Check == "nameservers" && st.Observed.Value != "10.99.0.53" {
			t.Errorf("dave's nameserver is %s, want what the engine was given", st.Observed.Value)
		}
	}
}

// TestEnginesWithoutBridge: an engine without its default bridge cannot run three of the modes, and says why.
func TestEnginesWithoutBridge(t *testing.T) {
	e := enginetest.Start(t, enginetest.Options{Version: enginetest.V20, Flags: []string{"--bridge=none"}})
	r, code := demo(t, e, "bridge")
	if got := r.Scenarios[0].Skipped; code != exitNothingRan || !strings.Contains(got, "no default bridge") {
		t.Errorf("exit code %d, skipped: %q; want %d and the reason", code, got, exitNothingRan)
	}
	if r, code := demo(t, e, "custom-bridge"); code != exitOK {
		t.Errorf("custom-bridge: exit code %d, want 0: %+v", code, r.Summary)
	}
}

// demo runs a mode with all its questions and returns its record and exit code.
func demo(t *testing.T, e *enginetest.Engine, mode string) (*result.Record, int) {
	t.Helper()
	var out, words bytes.Buffer
	streams := Streams{In: strings.NewReader(""), Out: &out, Err: &words, Env: func(string) string { return "" }}
	args := []string{"netlab", "-H", e.Host, "demo", mode, "--all", "-o", "json"}
	code := Main(context.Background(), streams, args, "test")
	var r result.Record
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%s: exit code %d, %v: %s", mode, code, err, words.String())
	}
	if len(r.Leftovers) > 0 || !r.Audited {
		t.Errorf("%s: left on the engine: %v, audited: %v", mode, r.Leftovers, r.Audited)
	}
	return &r, code
}

func inNamespace(t *testing.T, e *enginetest.Engine, command string) {
	t.Helper()
	out, err := exec.Command("nsenter", "--net=/run/netns/"+e.Namespace, "sh", "-c", command).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", command, err, out)
	}
}
