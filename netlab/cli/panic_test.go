package cli_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"netlab/netlab/engine"
	"netlab/netlab/lab"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/safely"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// A clumsy watcher panics when it hears of a certain phase.
type clumsy struct{ when string }

func (c clumsy) at(phase string) error {
	if c.when == phase {
		panic("in " + phase)
	}
	return nil
}

func (c clumsy) Phase(string)                              {}
func (c clumsy) Up(*result.Record, *result.Scenario) error { return c.at("Up") }
func (c clumsy) Question(context.Context, *result.Scenario, *result.Step) error {
	return c.at("Question")
}
func (c clumsy) Answer(*result.Scenario, *result.Step) error { return c.at("Answer") }
func (c clumsy) Done(context.Context, *result.Record, *result.Scenario) error {
	return c.at("Done")
}

// TestIntegrationPanic: wherever netlab has a bug, it removes its lab, and the error says where the bug is.
func TestIntegrationPanic(t *testing.T) {
	d := newDocker(t)
	eng, err := engine.Connect(t.Context(), engine.Options{Host: d.api.DaemonHost()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { eng.Close() })
	text, _ := scenarios.Source("none")
	sc, err := scenario.Load("none", text)
	if err != nil {
		t.Fatal(err)
	}
	use := func(context.Context, *result.Record, []*lab.Lab) error { panic("in Use") }
	for _, tt := range []struct {
		when    string
		options run.Options
	}{
		{"Up", run.Options{Kind: result.KindRun}},
		{"Answer", run.Options{Kind: result.KindRun}},
		{"Done", run.Options{Kind: result.KindRun}},
		{"Use", run.Options{Kind: result.KindBench, Use: use}},
	} {
		r, err := run.Run(t.Context(), eng, []*scenario.Scenario{sc}, tt.options, clumsy{tt.when})
		var bug *safely.Panic
		if !errors.As(err, &bug) || bug.Value != "in "+tt.when || !strings.Contains(bug.Place, "cli/panic_test.go:") {
			t.Errorf("a panic in %s: got the error %v", tt.when, err)
		}
		if n := r.Scenarios[0].Removed.Containers; n < len(sc.Containers) || !r.Audited || len(r.Leftovers) > 0 {
			t.Errorf("after a panic in %s: removed %d of %d containers, left %v (asked the engine: %t)",
				tt.when, n, len(sc.Containers), r.Leftovers, r.Audited)
		}
	}
}
