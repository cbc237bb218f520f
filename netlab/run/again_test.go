package run

import (
	"testing"
	"testing/synctest"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// An answer through a gap in the engine's isolation is asked for again and reported. If it repeats, it is a surprise.
func TestAnswerWhereSilenceWasExpected(t *testing.T) {
	tests := []struct {
		name    string
		answers []probe.Outcome
		verdict string
		tells   int // pieces of evidence
	}{
		{"silence", answers(probe.Timeout, ""), result.AsExpected, 0},
		{"once", []probe.Outcome{{Reason: probe.OK}, {Reason: probe.Timeout}}, result.AsExpected, 1},
		{"three times", []probe.Outcome{
			{Reason: probe.OK}, {Reason: probe.OK}, {Reason: probe.OK}, {Reason: probe.Timeout},
		}, result.AsExpected, 1},
		{"accepted once", []probe.Outcome{{Reason: probe.Accepted}, {Reason: probe.Timeout}}, result.AsExpected, 1},
		{"always", answers(probe.OK, ""), result.Surprise, 0},
		{"every second time", []probe.Outcome{
			{Reason: probe.OK},
			{Reason: probe.Timeout},
			{Reason: probe.OK},
			{Reason: probe.Timeout},
			{Reason: probe.OK},
			{Reason: probe.Timeout},
			{Reason: probe.OK},
		}, result.Surprise, 0},
		{"another no", []probe.Outcome{{Reason: probe.Refused}, {Reason: probe.Timeout}}, result.Surprise, 0},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) { // it pauses between tries
			f := &fakeLab{answers: map[string][]probe.Outcome{"a": tt.answers, "control": answers(probe.OK, "")}}
			j := newTestJudge(f, nil,
				check(scenario.Check{
					ID: "a", Expect: []ask.Expectation{{Reason: probe.Timeout}}, Control: []string{"control"},
				}),
				check(scenario.Check{ID: "control", Expect: []ask.Expectation{{}}}))
			if err := j.carryOut(t.Context(), 0, 2); err != nil {
				t.Fatal(err)
			}
			if st := j.out[0]; st.Verdict != tt.verdict || len(st.Observed.Evidence) != tt.tells {
				t.Errorf("%s: got %s with evidence %v, want %s with %d",
					tt.name, st.Verdict, st.Observed.Evidence, tt.verdict, tt.tells)
			}
		})
	}
}

// A question that got no answer is asked once more where one was expected: a packet may have been lost.
func TestSilenceWhereAnAnswerWasExpected(t *testing.T) {
	tests := []struct {
		name    string
		answers []probe.Outcome
		verdict string
		reason  probe.Reason
		tells   int // pieces of evidence
	}{
		{"a lost packet", []probe.Outcome{{Reason: probe.Timeout}, {Reason: probe.OK}}, result.AsExpected, probe.OK, 1},
		{"a lost name", []probe.Outcome{{Reason: probe.DNSNoAnswer}, {Reason: probe.OK}}, result.AsExpected, probe.OK, 1},
		{"a lost reply", []probe.Outcome{{Reason: probe.Accepted}, {Reason: probe.OK}}, result.AsExpected, probe.OK, 1},
		{"silence", answers(probe.Timeout, ""), result.Surprise, probe.Timeout, 0},
		{
			"lost, then accepted",
			[]probe.Outcome{{Reason: probe.Timeout}, {Reason: probe.Accepted}},
			result.Surprise, probe.Accepted, 1,
		},
		{"accepted by another", answers(probe.Accepted, ""), result.Surprise, probe.Accepted, 0},
		{"another no", []probe.Outcome{{Reason: probe.Timeout}, {Reason: probe.Refused}}, result.Surprise, probe.Refused, 1},
		{"a no at once", []probe.Outcome{{Reason: probe.Refused}, {Reason: probe.OK}}, result.Surprise, probe.Refused, 0},
	}
	for _, tt := range tests {
		f := &fakeLab{answers: map[string][]probe.Outcome{"a": tt.answers}}
		j := newTestJudge(f, nil, check(scenario.Check{ID: "a", Expect: []ask.Expectation{{Reason: probe.OK}}}))
		if err := j.carryOut(t.Context(), 0, 1); err != nil {
			t.Fatal(err)
		}
		st := j.out[0]
		if st.Verdict != tt.verdict || st.Observed.Reason != tt.reason || len(st.Observed.Evidence) != tt.tells {
			t.Errorf("%s: got %s, %s with evidence %v, want %s, %s with %d",
				tt.name, st.Verdict, st.Observed.Reason, st.Observed.Evidence, tt.verdict, tt.reason, tt.tells)
		}
	}
}
