package render

import (
	"testing"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// TestWants: what is asked decides whether a yes or a value is shown, not how the question is worded. Only records that
// do not say what is asked go by the words.
func TestWants(t *testing.T) {
	const address = "172.18.0.2"
	for _, c := range []struct{ ask, wants, answer string }{
		{"While she waits, can alice reach bob?", result.WantsYesNo, "yes"},
		{"Kann Alice Bob erreichen?", result.WantsYesNo, "yes"},
		{"Wen sieht Bob?", result.WantsValue, address},
		{"Is it this address that bob sees?", result.WantsValue, address},
		{"Which address does bob see?", "", address},
		{"alice is back. Can she reach bob?", "", "yes"},
	} {
		st := &result.Step{
			Check: "c", Ask: c.ask, Wants: c.wants, From: "alice", Probe: "connect bob tcp/80", Expect: []string{"ok"},
			Verdict: result.AsExpected, Observed: &result.Observed{Reason: probe.OK, Value: address},
		}
		if got := answerOf(&result.Scenario{}, st).word; got != c.answer {
			t.Errorf("%q, which wants %q, is answered by %q, want %q", c.ask, c.wants, got, c.answer)
		}
	}
}
