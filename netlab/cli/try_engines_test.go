//go:build linux && engines

package cli

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// TestEnginesTry types the command next to each question of each built-in scenario, in the asker's container and with
// the lab in the same state. It gives the answer that netlab prints.
func TestEnginesTry(t *testing.T) {
	t.Parallel()
	lessons, err := load(scenarios.Names())
	if err != nil {
		t.Fatal(err)
	}
	e := enginetest.Start(t, enginetest.Options{Version: enginetest.V28})
	eng, err := engine.Connect(t.Context(), engine.Options{Host: e.Host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = eng.Close() })
	typist := &typist{t: t, host: e.Host}
	var together []*scenario.Scenario
	show := func(lessons ...*scenario.Scenario) {
		options := run.Options{Kind: result.KindRun, Version: "test", InitSwarm: true}
		if _, err := run.Run(t.Context(), eng, lessons, options, typist); err != nil {
			t.Error(err)
		}
	}
	for _, sc := range lessons {
		if sc.HasOverlay() { // when an engine leaves a swarm, it forgets the names of all other labs
			show(sc)
			continue
		}
		together = append(together, sc)
	}
	show(together...)
	if n := typist.typed.Load(); n < 100 {
		t.Errorf("only %d commands were typed", n)
	}
}

// A typist watches a run and types each question's command as soon as its answer is there.
type typist struct {
	t     *testing.T
	host  string
	typed atomic.Int32
}

func (*typist) Phase(string) {}

func (*typist) Up(*result.Record, *result.Scenario) error { return nil }

func (*typist) Question(context.Context, *result.Scenario, *result.Step) error { return nil }

func (*typist) Done(context.Context, *result.Record, *result.Scenario) error { return nil }

func (y *typist) Answer(sc *result.Scenario, st *result.Step) error {
	if st.Try == "" || st.Observed == nil || st.Verdict == result.Broken {
		return nil
	}
	container := ""
	for _, p := range sc.Peers {
		if p.Name == st.From {
			container = p.Container
		}
	}
	y.typed.Add(1)
	cmd := exec.CommandContext(y.t.Context(), "docker", "-H", y.host, "exec", container, "sh", "-c", st.Try)
	out, _ := cmd.CombinedOutput() // a "no" has exit code 1
	if why := differs(st, string(out)); why != "" {
		y.t.Errorf("%s: %s: %q: %s; measured %s %q:\n%s",
			sc.Name, st.Check, st.Try, why, st.Observed.Reason, st.Observed.Value, out)
	}
	return nil
}

// differs says how a command's output differs from the measured answer, or returns "" if it does not.
func differs(st *result.Step, out string) string {
	first, _, _ := strings.Cut(out, "\n")
	word, _, _ := strings.Cut(st.Try, " ")
	if st.Observed.Reason != probe.OK {
		if !strings.HasPrefix(first, "NO   "+st.Observed.Reason.Phrase().Lesson) {
			return "it does not say " + st.Observed.Reason.Phrase().Lesson
		}
		return ""
	}
	switch word {
	case "ping", "get", "nc", "dns", "trace", "arp", "write":
		if !strings.HasPrefix(first, "yes") && !strings.Contains(out, "\nyes") {
			return "it does not say yes"
		}
	}
	switch word {
	case "ping", "write", "fill":
		return ""
	case "ip", "ss":
		if st.Observed.Value == "none" {
			return ""
		}
	}
	for _, value := range strings.Fields(st.Observed.Value) {
		if strings.HasPrefix(value, "br-") || strings.HasPrefix(value, "veth") || strings.HasPrefix(value, "nl") {
			continue // on the host, where the interfaces of other labs come and go
		}
		if value != "*" && !regexp.MustCompile(`(^|[^0-9a-z])`+regexp.QuoteMeta(value)+`($|[^0-9a-z])`).MatchString(out) {
			return "it does not show " + value
		}
	}
	return ""
}
