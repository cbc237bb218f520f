package run

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// A reason that names Docker only applies if one of Docker's rules counted the packets. Otherwise the sentence names
// what did, or says that nothing is known.
func TestWhoDropped(t *testing.T) {
	t.Parallel()
	const textbook = "Docker drops packets between its bridges."
	for _, test := range []struct {
		name    string
		drops   map[string]fact.Drop
		because string
		seen    string
	}{
		{
			"Docker",
			map[string]fact.Drop{"a": {Docker: true, Table: "filter", Chain: "DOCKER-ISOLATION-STAGE-2", Rule: 2}},
			textbook,
			"the host's firewall: rule 2 of DOCKER-ISOLATION-STAGE-2 dropped these packets.",
		},
		{
			"the administrator",
			map[string]fact.Drop{"a": {Table: "filter", Chain: "DOCKER-USER", Rule: 1}},
			"Rule 1 of DOCKER-USER dropped the packets. Docker leaves that chain to you.",
			"the host's firewall: rule 1 of DOCKER-USER dropped these packets.",
		},
		{
			"another rule",
			map[string]fact.Drop{"a": {Table: "filter", Chain: "FORWARD", Rule: 3, Comment: "guests"}},
			"Rule 3 of FORWARD dropped the packets. Docker did not write that rule.",
			"the host's firewall: rule 3 of FORWARD dropped these packets (guests).",
		},
		{
			"a policy",
			map[string]fact.Drop{"a": {Table: "filter", Chain: "FORWARD"}},
			"The policy of FORWARD dropped the packets: no rule accepted them.",
			"the host's firewall: the policy of FORWARD dropped these packets.",
		},
		{
			"nothing that counts",
			map[string]fact.Drop{"a": {Maybe: "forward in table inet guard"}},
			"Something on this host dropped the packets, and no rule of Docker's counted them. Chain forward in table inet " +
				"guard drops whatever its rules do not accept, without counting it.", "",
		},
		{
			"no rule",
			map[string]fact.Drop{},
			"Something on this host dropped the packets, but no rule of Docker's counted them.", "",
		},
		{"a firewall that cannot be read", nil, "Something on this host dropped the packets.", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := &fakeLab{
				answers: map[string][]probe.Outcome{"a": answers(probe.Timeout, ""), "control": answers(probe.OK, "")},
				drops:   test.drops,
			}
			j := newTestJudge(f, nil,
				check(scenario.Check{
					ID: "a", Because: textbook, Control: []string{"control"},
					Expect: []ask.Expectation{{Reason: probe.Timeout, DroppedBy: ask.Docker}},
				}),
				check(scenario.Check{ID: "control", Expect: []ask.Expectation{{Reason: probe.OK}}}))
			if err := j.carryOut(t.Context(), 0, 2); err != nil {
				t.Fatal(err)
			}
			st := j.out[0]
			if got := said(st, ""); st.Verdict != result.AsExpected || got != test.because {
				t.Errorf("%s: %q, want as expected: %q", st.Verdict, got, test.because)
			}
			if got := said(st, "Seen: "); got != test.seen {
				t.Errorf("seen %q, want %q", got, test.seen)
			}
			if diff := cmp.Diff([]string{"a"}, f.silences); diff != "" {
				t.Errorf("silences that were looked into (-want +got):\n%s", diff)
			}
		})
	}
}

// said is what a lesson says about an answer, in the note that begins like that.
func said(st result.Step, lead string, controls ...result.Step) string {
	for _, n := range render.Tell(&result.Scenario{Steps: controls}, &st, render.Options{All: true}).Notes {
		if n.Kind.Lead() == lead {
			return n.Text
		}
	}
	return ""
}

// A silence is looked into if it is a surprise, but not if its reason names nothing.
func TestWhichSilences(t *testing.T) {
	t.Parallel()
	f := &fakeLab{
		answers: map[string][]probe.Outcome{
			"off": answers(probe.Timeout, ""), "peer": answers(probe.Timeout, ""), "control": answers(probe.OK, ""),
		},
		drops: map[string]fact.Drop{"peer": {Table: "filter", Chain: "DOCKER-USER", Rule: 1}},
	}
	ok := []ask.Expectation{{Reason: probe.OK}}
	j := newTestJudge(f, nil,
		check(scenario.Check{
			ID: "off", Because: "Nothing answers.", Control: []string{"control"},
			Expect: []ask.Expectation{{Reason: probe.Timeout}},
		}),
		check(scenario.Check{ID: "peer", Expect: ok}),
		check(scenario.Check{ID: "control", Expect: ok}))
	if err := j.carryOut(t.Context(), 0, 3); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"peer"}, f.silences); diff != "" {
		t.Errorf("silences that were looked into (-want +got):\n%s", diff)
	}
	const want = "the host's firewall: rule 1 of DOCKER-USER dropped these packets."
	if got := said(j.out[1], "Seen: "); got != want || j.out[1].Verdict != result.Surprise {
		t.Errorf("%s, seen %q, want %q", j.out[1].Verdict, got, want)
	}
}

// A failed control says how it differed. If the same fact explains the control, nothing is withdrawn.
func TestControlSaysWhatDiffered(t *testing.T) {
	t.Parallel()
	off := []ask.Condition{{
		Fact: ask.Reference{Head: ask.EngineHead, Field: "forwarding"}, Op: "!=", Value: "open",
	}}
	no := []ask.Expectation{{When: off, Reason: probe.Timeout}, {Reason: probe.OK}}
	for _, test := range []struct {
		name         string
		value        string // of engine.forwarding
		control      probe.Outcome
		verdict, why string
	}{
		{"the same fact", "off", probe.Outcome{Reason: probe.Timeout}, result.AsExpected, ""},
		{
			"a silent control", "open",
			probe.Outcome{Reason: probe.Timeout},
			result.Broken,
			"this no proves nothing: its control, control, did not hold (expected yes, measured no answer)",
		},
	} {
		f := &fakeLab{answers: map[string][]probe.Outcome{
			"a": answers(probe.Timeout, ""), "control": {test.control},
		}}
		expect := []ask.Expectation{{When: off, Reason: probe.Timeout}, {Reason: probe.Timeout}}
		j := newTestJudge(f, []fact.Label{{Name: "engine.forwarding", Value: test.value}},
			check(scenario.Check{ID: "a", Expect: expect, Control: []string{"control"}}),
			check(scenario.Check{ID: "control", Expect: no}))
		if err := j.carryOut(t.Context(), 0, 2); err != nil {
			t.Fatal(err)
		}
		got := j.out[0]
		if why := said(got, "No result: ", j.out...); got.Verdict != test.verdict || why != test.why {
			t.Errorf("%s: %s, %q, want %s, %q", test.name, got.Verdict, why, test.verdict, test.why)
		}
	}
}
