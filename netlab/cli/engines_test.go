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
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

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

// atOnce is how many labs an engine has at the same time. Labs spend most of their time waiting for no answer.
const atOnce = 2

// examine runs the scenarios that a setting can affect and returns the last columns of its row.
func examine(t *testing.T, e *enginetest.Engine, s setting, lessons []*scenario.Scenario) string {
	changed := make([][]string, len(lessons))
	asExpected := make([]int, len(lessons))
	run := func(i int) {
		r, code := demo(t, e, lessons[i].Name)
		skipped := r.Scenarios[0].Skipped
		if code != exitOK && (skipped == "" || code != exitNothingRan) {
			t.Errorf("%s: exit code %d, want %d", lessons[i].Name, code, exitOK)
		}
		if skipped != "" {
			changed[i] = []string{lessons[i].Name + " skipped: " + skipped}
			return
		}
		asExpected[i] = asExpectedAnywhere(lessons[i], r)
		changed[i] = examineSteps(t, lessons[i].Name, r, s)
	}
	var work errgroup.Group
	work.SetLimit(atOnce)
	var alone []int // when an engine leaves a swarm, it forgets the names of all other labs
	for i, sc := range lessons {
		switch {
		case s.only != nil && !s.only(sc):
		case sc.HasOverlay():
			alone = append(alone, i)
		default:
			work.Go(func() error { run(i); return nil })
		}
	}
	_ = work.Wait() // t has any errors
	for _, i := range alone {
		run(i)
	}
	sum := 0
	for _, n := range asExpected {
		sum += n
	}
	return fmt.Sprintf("%d | %s", sum, strings.Join(slices.Concat(changed...), "; "))
}

// asExpectedAnywhere counts the answers as expected to the questions that every kernel supports.
func asExpectedAnywhere(sc *scenario.Scenario, r *result.Record) int {
	n := r.Summary.AsExpected
	for _, st := range sc.Steps {
		if st.Check != nil && st.Check.Needs != "" && slices.ContainsFunc(r.Scenarios[0].Steps, func(got result.Step) bool {
			return got.Check == st.Check.ID && got.Verdict == result.AsExpected
		}) {
			n--
		}
	}
	return n
}

// examineSteps checks a mode's answers under a setting and describes those that a fact changed.
func examineSteps(t *testing.T, mode string, r *result.Record, s setting) (changed []string) {
	t.Helper()
	seen := map[string]result.Step{}
	for _, st := range r.Scenarios[0].Steps {
		seen[st.Check] = st
		if st.Verdict == result.Surprise || st.Verdict == result.Broken {
			t.Errorf("%s: %s is %s: %s", mode, st.Check, st.Verdict, st.Why+st.Difference())
		}
		if len(st.Condition) == 0 {
			continue
		}
		changed = append(changed, fmt.Sprintf("%s %s: %s (%s)", mode, st.Check, answer(st), inWords(st.Condition)))
		if !slices.ContainsFunc(slices.Concat(everywhere(), s.facts), func(fact string) bool {
			return strings.Contains(inWords(st.Condition), fact)
		}) {
			t.Errorf("%s: %s is explained by %q, which is not of this setting", mode, st.Check, inWords(st.Condition))
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
		if !strings.Contains(inWords(st.Condition), w.fact) {
			t.Errorf("%s: %s is explained by %q, want the fact %s", mode, w.check, inWords(st.Condition), w.fact)
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
	examineSteps(t, "image-and-container", r, setting{
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

// demo runs a mode with all its questions and returns its record and exit code.
func demo(t *testing.T, e *enginetest.Engine, mode string) (*result.Record, int) {
	t.Helper()
	var out, words bytes.Buffer
	streams := Streams{In: strings.NewReader(""), Out: &out, Err: &words, Env: func(string) string { return "" }}
	args := []string{"netlab", "-H", e.Host, "demo", mode, "--all", "--init-swarm", "-o", "json"}
	code := Main(context.Background(), streams, args, "test")
	var r result.Record
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Errorf("%s: exit code %d, %v: %s", mode, code, err, words.String())
		return &result.Record{Scenarios: make([]result.Scenario, 1)}, code
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
