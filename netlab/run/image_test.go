package run

import (
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/lab"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// An engine that does not run health checks must not teach something wrong.
func TestNoHealthCheck(t *testing.T) {
	j := &judge{
		lab: &fakeLab{answers: map[string][]probe.Outcome{
			"bob": {{Reason: probe.Denied, Detail: "this engine ran no health check"}},
		}},
		steps: []scenario.Step{{Check: &scenario.Check{
			ID: "healthy", From: "bob", Asks: ask.Await{Status: ask.Healthy},
			Expect: []ask.Expectation{{Reason: probe.OK}},
		}}},
		out: make([]result.Step, 1),
	}
	if err := j.carryOut(t.Context(), 0, 1); err != nil {
		t.Fatal(err)
	}
	if got := j.out[0]; got.Verdict != result.Skipped || got.Why != "this engine ran no health check" {
		t.Errorf("got %q because %q, want that it is skipped", got.Verdict, got.Why)
	}
}

// An action on a container that never started is reported, and everything else is still asked.
func TestActionOnAbsent(t *testing.T) {
	j := &judge{
		lab:   &fakeLab{failing: lab.Absent{Name: "bob"}},
		steps: []scenario.Step{{Do: &ask.Action{Verb: ask.VerbClose, Peer: "bob"}}},
		out:   make([]result.Step, 1),
	}
	if err := j.carryOut(t.Context(), 0, 1); err != nil {
		t.Fatal(err)
	}
	if got := j.out[0]; got.Verdict != result.Broken || got.Why != "bob was never started" {
		t.Errorf("got %q because %q, want broken, as it was never started", got.Verdict, got.Why)
	}
}
