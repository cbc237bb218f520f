//go:build linux && engines

package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/enginetest"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

var update = flag.Bool("update", false, "write docs/engines.md from what is measured")

const table = "../../docs/engines.md"

// TestEnginesSettings runs every built-in scenario on every version as installed, and on every setting that can affect
// it. No answer is a surprise, and what a setting changes is measured and explained by that setting's fact.
// docs/engines.md has the results.
func TestEnginesSettings(t *testing.T) {
	t.Parallel()
	lessons, err := load(scenarios.Names())
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	t.Run("rows", func(t *testing.T) {
		for _, version := range enginetest.Versions() {
			for _, s := range settings() {
				if s.ends && version == enginetest.V26 {
					continue
				}
				key := fmt.Sprintf("| %s | %s | ", version, s.name)
				i := len(rows)
				rows = append(rows, committed(string(before), key)) // for a setting that -run leaves out
				t.Run(version+" "+s.name, func(t *testing.T) {
					t.Parallel()
					// A host starts without forwarding. A new network namespace copies the current value of its host.
					prepare := "sysctl -qw net.ipv4.ip_forward=0; " + s.prepare
					e := enginetest.Start(t, enginetest.Options{Version: version, Flags: s.flags, Prepare: prepare})
					if s.after != "" {
						inNamespace(t, e, s.after)
					}
					saysInDoctor(t, e, s.doctor)
					row := key + examine(t, e, s, lessons) + " |\n"
					// Drop the distribution's patch level. The table is about the release.
					rows[i] = regexp.MustCompile(regexp.QuoteMeta(version)+`\.[0-9][^,);]*`).ReplaceAllString(row, version)
				})
			}
		}
	})
	got := tableHead + strings.Join(rows, "")
	if *update {
		if err := os.WriteFile(table, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(before), got); diff != "" {
		t.Errorf("docs/engines.md is not what was measured; go test -tags engines -run TestEnginesSettings ./netlab/cli "+
			"-update writes it (-file +measured):\n%s", diff)
	}
}

// committed returns the row of the table that begins with key, or "".
func committed(table, key string) string {
	_, row, _ := strings.Cut(table, "\n"+key)
	if row == "" {
		return ""
	}
	row, _, _ = strings.Cut(row, "\n")
	return key + row + "\n"
}

const tableHead = `# What was measured on which engine

Written by go test -tags engines -run TestEnginesSettings ./netlab/cli -update, which runs every built-in scenario with
all its questions on each engine as it is installed, and under each setting the scenarios that the setting can affect.
What a host's firewall does is measured on the oldest and the newest engine. Nothing was a surprise. The last column
lists the answers that differ from the usual ones, each with the fact behind it.

| engine | setting | answers as expected | answers that another fact changes |
|---|---|---|---|
`

// examine runs the scenarios that a setting can affect and returns the last columns of its row.
func examine(t *testing.T, e *enginetest.Engine, s setting, lessons []*scenario.Scenario) string {
	var apart [][]string // with an overlay: when an engine leaves a swarm, it forgets the names of all other labs
	var together []string
	asked := map[string]*scenario.Scenario{}
	for _, sc := range lessons {
		switch asked[sc.Name] = sc; {
		case s.only != nil && !s.only(sc):
		case sc.HasOverlay():
			apart = append(apart, []string{sc.Name})
		default:
			together = append(together, sc.Name)
		}
	}
	sum, changed := 0, map[string][]string{}
	for _, names := range append(apart, together) {
		if len(names) == 0 {
			continue
		}
		r, code := demo(t, e, names...)
		if code != exitOK && code != exitNothingRan {
			t.Errorf("%s: exit code %d, want %d", names, code, exitOK)
		}
		holdSentences(t, r, s.says)
		for _, sc := range r.Scenarios {
			if sc.Skipped != "" {
				changed[sc.Name] = []string{sc.Name + " skipped: " + sc.Skipped}
				continue
			}
			sum += asExpectedAnywhere(asked[sc.Name], sc)
			changed[sc.Name] = examineSteps(t, sc, s)
		}
	}
	var inOrder []string
	for _, sc := range lessons {
		inOrder = append(inOrder, changed[sc.Name]...)
	}
	return fmt.Sprintf("%d | %s", sum, strings.Join(inOrder, "; "))
}

// asExpectedAnywhere counts the answers as expected to the questions that every kernel supports.
func asExpectedAnywhere(sc *scenario.Scenario, out result.Scenario) (n int) {
	for _, st := range out.Steps {
		needs := slices.ContainsFunc(sc.Steps, func(asked scenario.Step) bool {
			return asked.Check != nil && asked.Check.ID == st.Check && asked.Check.Needs != ""
		})
		if st.Verdict == result.AsExpected && !needs {
			n++
		}
	}
	return n
}

// examineSteps checks a mode's answers under a setting and describes those that a fact changed.
func examineSteps(t *testing.T, sc result.Scenario, s setting) (changed []string) {
	t.Helper()
	seen := map[string]result.Step{}
	for _, st := range sc.Steps {
		seen[st.Check] = st
		if st.Verdict == result.Surprise || st.Verdict == result.Broken {
			t.Errorf("%s: %s is %s: %s; %s", sc.Name, st.Check, st.Verdict, st.Why+st.Difference(), inWords(st.Known))
		}
		if len(st.Condition) == 0 {
			continue
		}
		changed = append(changed, fmt.Sprintf("%s %s: %s (%s)", sc.Name, st.Check, answer(st), inWords(st.Condition)))
		if !slices.ContainsFunc(slices.Concat(everywhere(), s.facts), func(fact string) bool {
			return strings.Contains(inWords(st.Condition), fact)
		}) {
			t.Errorf("%s: %s is explained by %q, which is not of this setting", sc.Name, st.Check, inWords(st.Condition))
		}
	}
	for _, w := range s.want {
		if w.mode != sc.Name {
			continue
		}
		st, ok := seen[w.check]
		if !ok || st.Observed == nil {
			t.Errorf("%s: %s was not asked", sc.Name, w.check)
			continue
		}
		if st.Observed.Reason != w.reason || w.value != "" && st.Observed.Value != w.value {
			t.Errorf("%s: %s is %s %s, want %s %s", sc.Name, w.check, st.Observed.Reason, st.Observed.Value, w.reason, w.value)
		}
		if !strings.Contains(inWords(st.Condition), w.fact) {
			t.Errorf("%s: %s is explained by %q, want the fact %s", sc.Name, w.check, inWords(st.Condition), w.fact)
		}
	}
	return changed
}

// inWords is "web.mtu is 1400, web.icc is false".
func inWords(facts []fact.Label) string {
	var words []string
	for _, f := range facts {
		words = append(words, f.Name+" is "+f.Value)
	}
	return strings.Join(words, ", ")
}

// answer is what was measured if it is the same on every run, unlike addresses.
func answer(st result.Step) string {
	opened := st.Observed.Reason == probe.Accepted || st.Observed.Reason == probe.Timeout
	if opened && strings.Contains(inWords(st.Condition), "tables is false, engine.userland-proxy is false") {
		return "accepted or timeout" // nothing accepts the connections, so it depends on how many came before
	}
	if _, err := strconv.Atoi(st.Observed.Value); err == nil {
		return st.Observed.Value
	}
	return string(st.Observed.Reason)
}

// TestEnginesContainerdStore: if containerd stores the layers, sizes are in blocks, and this fact explains the answer.
func TestEnginesContainerdStore(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t, enginetest.Options{
		Version: enginetest.V28, Flags: []string{"--feature", "containerd-snapshotter=true"},
	})
	r, code := demo(t, e, "image-and-container")
	if code != exitOK {
		t.Errorf("exit code %d, want %d: %+v", code, exitOK, r.Summary)
	}
	examineSteps(t, r.Scenarios[0], setting{
		facts: []string{"engine.containerd-store"},
		want:  []want{{"image-and-container", "other-bytes", probe.OK, "", "engine.containerd-store"}},
	})
}

// TestEnginesWithoutBridge: an engine without its default bridge cannot run three of the modes, and says why.
func TestEnginesWithoutBridge(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t, enginetest.Options{Version: enginetest.V20, Flags: []string{"--bridge=none"}})
	r, code := demo(t, e, "bridge")
	if got := r.Scenarios[0].Skipped; code != exitNothingRan || !strings.Contains(got, "no default bridge") {
		t.Errorf("exit code %d, skipped: %q; want %d and the reason", code, got, exitNothingRan)
	}
	if r, code := demo(t, e, "custom-bridge"); code != exitOK {
		t.Errorf("custom-bridge: exit code %d, want 0: %+v", code, r.Summary)
	}
}

// demo runs modes or files with all their questions, and returns the record and the exit code. Nothing is left.
func demo(t *testing.T, e *enginetest.Engine, modes ...string) (*result.Record, int) {
	t.Helper()
	args := append([]string{"-H", e.Host, "run", "--init-swarm", "--timeout", "15m", "-o", "json"}, modes...)
	out, words, code := netlab(args...)
	var r result.Record
	if err := json.Unmarshal([]byte(out), &r); err != nil || len(r.Scenarios) != len(modes) {
		t.Fatalf("%s: exit code %d, %v: %s", modes, code, err, words)
	}
	if len(r.Leftovers) > 0 || !r.Audited {
		t.Errorf("%s: left on the engine: %v, audited: %v", modes, r.Leftovers, r.Audited)
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
