package run

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/lab"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// A fakeLab answers each peer's questions in turn, and repeats the last answer.
type fakeLab struct {
	mu      sync.Mutex // guards answers
	answers map[string][]probe.Outcome
	values  map[string]string
	starts  map[string]time.Duration
	failing error // of Do

	drops    map[string]fact.Drop // by asker; nil if the firewall cannot be read
	silences []string             // the askers whose silences were looked into

	slow time.Duration // how long every question takes; 0 for no time
	open atomic.Int32  // slow questions
}

func (f *fakeLab) Ask(ctx context.Context, from string, _ ask.Question) probe.Outcome {
	if f.slow > 0 {
		f.open.Add(1)
		defer f.open.Add(-1)
		select {
		case <-time.After(f.slow):
		case <-ctx.Done():
		}
		return probe.Outcome{Reason: probe.Broken}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	answers := f.answers[from]
	if len(answers) > 1 {
		f.answers[from] = answers[1:]
	}
	return answers[0]
}

func (f *fakeLab) Value(_ context.Context, r ask.Reference, _ string) (string, error) {
	if v, ok := f.values[r.String()]; ok {
		return v, nil
	}
	return "", errors.New("there is no such value")
}

func (f *fakeLab) Dropped(_ context.Context, s lab.Silence) *fact.Drop {
	f.silences = append(f.silences, s.From)
	if f.drops == nil {
		return nil
	}
	drop := f.drops[s.From]
	return &drop
}

func (*fakeLab) Release(context.Context, func(string) bool) {}

func (*fakeLab) Try(context.Context, string, ask.Question) string { return "" }

func (f *fakeLab) RoundTrips(_ context.Context, from string, _ ask.Target, _ int) probe.Outcome {
	return f.answers[from][0]
}

func (f *fakeLab) StartTime(name string) (time.Duration, bool) {
	took, ok := f.starts[name]
	return took, ok
}

func (f *fakeLab) Do(context.Context, ask.Action) error { return f.failing }

func (f *fakeLab) Now(name string) (fact.Peer, bool) { return fact.Peer{Name: name}, name != "" }

func answers(reason probe.Reason, value string) []probe.Outcome {
	return []probe.Outcome{{Reason: reason, Value: value}}
}

func newTestJudge(f *fakeLab, facts []fact.Label, steps ...scenario.Step) *judge {
	j := &judge{lab: f, alive: func(context.Context) error { return nil }, steps: steps, facts: facts}
	for i := range steps {
		j.out = append(j.out, begin(&steps[i]))
	}
	return j
}

func check(c scenario.Check) scenario.Step {
	c.From = c.ID
	if c.Asks == nil {
		c.Asks = ask.Ping{}
	}
	return scenario.Step{Check: &c}
}

func TestVerdicts(t *testing.T) {
	web := ask.Reference{Head: "web", Field: "mtu"}
	tests := []struct {
		name    string
		got     probe.Outcome
		expect  ask.Expectation
		verdict string
		why     string
	}{
		{"yes as expected", probe.Outcome{Reason: probe.OK}, ask.Expectation{Reason: probe.OK}, result.AsExpected, ""},
		{"yes where nothing is said", probe.Outcome{Reason: probe.OK}, ask.Expectation{}, result.AsExpected, ""},
		{
			"another no than expected",
			probe.Outcome{Reason: probe.Timeout},
			ask.Expectation{Reason: probe.Refused},
			result.Surprise, "expected refused, measured no answer",
		},
		{
			"connected is not answered",
			probe.Outcome{Reason: probe.Accepted},
			ask.Expectation{Reason: probe.OK},
			result.Surprise, "expected yes, measured accepted, then silent",
		},
		{
			"not asked",
			probe.Outcome{Reason: probe.Broken, Detail: "the agent is gone"},
			ask.Expectation{Reason: probe.OK},
			result.Broken, "netlab could not ask the question: the agent is gone",
		},
		{
			"not asked satisfies nothing, not even itself",
			probe.Outcome{Reason: probe.Broken, Detail: "no"},
			ask.Expectation{Reason: probe.Broken},
			result.Broken, "netlab could not ask the question: no",
		},
		{
			"the value",
			probe.Outcome{Reason: probe.OK, Value: "1400"},
			ask.Expectation{Test: ask.Equals, Value: ask.Value{Ref: web}},
			result.AsExpected, "",
		},
		{
			"another value",
			probe.Outcome{Reason: probe.OK, Value: "1500"},
			ask.Expectation{Test: ask.Equals, Value: ask.Value{Ref: web}},
			result.Surprise, "expected 1400, measured 1500",
		},
		{
			"a value that cannot be read",
			probe.Outcome{Reason: probe.OK, Value: "1500"},
			ask.Expectation{Test: ask.Equals, Value: ask.Value{Ref: ask.Reference{Head: "bob"}}},
			result.Broken, "netlab could not read the expected value: there is no such value",
		},
		{
			"the right value for the wrong reason",
			probe.Outcome{Reason: probe.Closed, Value: "1400"},
			ask.Expectation{Test: ask.Equals, Value: ask.Value{Literal: "1400"}},
			result.Surprise, "expected yes, measured accepted, then closed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeLab{answers: map[string][]probe.Outcome{"a": {tt.got}}, values: map[string]string{"web.mtu": "1400"}}
			control := check(scenario.Check{ID: "control", Expect: []ask.Expectation{{}}})
			f.answers["control"] = answers(probe.OK, "")
			j := newTestJudge(f, nil, control, check(scenario.Check{
				ID: "a", Expect: []ask.Expectation{tt.expect}, Control: []string{"control"},
			}))
			if err := j.carryOut(t.Context(), 0, 2); err != nil {
				t.Fatal(err)
			}
			got := j.out[1]
			if why := got.Why + got.Difference(); got.Verdict != tt.verdict || why != tt.why {
				t.Errorf("got %s (%s), want %s (%s)", got.Verdict, why, tt.verdict, tt.why)
			}
		})
	}
}

func TestControls(t *testing.T) {
	tests := []struct {
		name    string
		control probe.Reason // measured
		expect  probe.Reason // of the control
		verdict string
	}{
		{"held", probe.OK, probe.OK, result.AsExpected},
		{"was a surprise", probe.Timeout, probe.OK, result.Broken},
		{"could not be asked", probe.Broken, probe.OK, result.Broken},
		{"is a no itself, as expected", probe.Timeout, probe.Timeout, result.Broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeLab{answers: map[string][]probe.Outcome{
				"no": answers(probe.Refused, ""), "control": answers(tt.control, ""),
			}}
			j := newTestJudge(f, nil,
				check(scenario.Check{ // the control may come after it
					ID: "no", Expect: []ask.Expectation{{Reason: probe.Refused}}, Control: []string{"control"},
				}),
				check(scenario.Check{ID: "control", Expect: []ask.Expectation{{Reason: tt.expect}}}))
			if err := j.carryOut(t.Context(), 0, 2); err != nil {
				t.Fatal(err)
			}
			if got := j.out[0].Verdict; got != tt.verdict {
				t.Errorf("got %s (%s), want %s", got, j.out[0].Why, tt.verdict)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	when := func(op, value string) []ask.Condition {
		return []ask.Condition{{Fact: ask.Reference{Head: "web", Field: "mtu"}, Op: op, Value: value}}
	}
	expect := []ask.Expectation{
		{When: when("=", "1300"), Reason: probe.TooBig, Because: "It is small."},
		{When: when("<", "1400"), Reason: probe.Timeout},
		{Reason: probe.OK},
	}
	tests := []struct {
		mtu     string
		counts  bool // as a condition of what is expected
		because string
		reason  probe.Reason
	}{
		{"1300", true, "It is small.", probe.TooBig},
		{"1350", true, "Textbook.", probe.Timeout},
		{"1500", false, "Textbook.", probe.OK},
		{"", false, "Textbook.", probe.OK}, // an unknown fact makes no condition hold
	}
	for _, tt := range tests {
		t.Run("mtu "+tt.mtu, func(t *testing.T) {
			var facts []fact.Label
			if tt.mtu != "" {
				facts = []fact.Label{{Name: "web.mtu", Value: tt.mtu}}
			}
			f := &fakeLab{answers: map[string][]probe.Outcome{"a": answers(tt.reason, ""), "b": answers(probe.OK, "")}}
			j := newTestJudge(f, facts,
				check(scenario.Check{ID: "a", Expect: expect, Because: "Textbook.", Control: []string{"b"}}),
				check(scenario.Check{ID: "b", Expect: []ask.Expectation{{}}}))
			if err := j.carryOut(t.Context(), 0, 2); err != nil {
				t.Fatal(err)
			}
			st := j.out[0]
			if st.Verdict != result.AsExpected || st.Expected.Reason != tt.reason || st.Because != tt.because {
				t.Errorf("got %s, expected %s, because %s", st.Verdict, st.Expected.Reason, st.Because)
			}
			if !tt.counts {
				facts = nil
			}
			if diff := cmp.Diff(facts, st.Condition); diff != "" {
				t.Errorf("condition (-want +got):\n%s", diff)
			}
		})
	}
}

// A "no" that is a value instead of a reason also needs its control. A check is skipped, with that reason, if the
// kernel lacks what it needs. Otherwise its answer is judged.
func TestNeeds(t *testing.T) {
	const asked = "expected yes, measured no answer"
	for _, tt := range []struct{ needs, fact, value, verdict, why string }{
		{scenario.NeedsIPVS, "engine.ipvs", "false", result.Skipped, "this kernel has no IPVS"},
		{scenario.NeedsIPVS, "engine.ipvs", "true", result.Surprise, asked},
		{scenario.NeedsProxy, "engine.userland-proxy", "false", result.Skipped, "this engine has no userland proxy"},
		{scenario.NeedsProxy, "engine.userland-proxy", "true", result.Surprise, asked},
		{scenario.NeedsProxy, "engine.ipvs", "false", result.Surprise, asked}, // it is unknown whether it has one
	} {
		needy := check(scenario.Check{ID: "vip", Needs: tt.needs, Expect: []ask.Expectation{{Reason: probe.OK}}})
		f := &fakeLab{answers: map[string][]probe.Outcome{"vip": answers(probe.Timeout, "")}}
		j := newTestJudge(f, []fact.Label{{Name: tt.fact, Value: tt.value}}, needy)
		if err := j.carryOut(t.Context(), 0, 1); err != nil {
			t.Fatal(err)
		}
		st := j.out[0]
		if st.Verdict != tt.verdict || st.Why+st.Difference() != tt.why || (st.Observed != nil) != (tt.why == asked) {
			t.Errorf("%s, %s %s: got %+v, want %s: %s", tt.needs, tt.fact, tt.value, st, tt.verdict, tt.why)
		}
	}
}

func TestControlOfAValue(t *testing.T) {
	for control, want := range map[probe.Reason]string{probe.OK: result.AsExpected, probe.Timeout: result.Broken} {
		f := &fakeLab{answers: map[string][]probe.Outcome{"a": answers(probe.OK, "no"), "b": answers(control, "")}}
		j := newTestJudge(f, nil,
			check(scenario.Check{ID: "a", Control: []string{"b"}, Expect: []ask.Expectation{
				{Test: ask.Equals, Value: ask.Value{Literal: "no"}},
			}}),
			check(scenario.Check{ID: "b", Expect: []ask.Expectation{{}}}))
		if err := j.carryOut(t.Context(), 0, 2); err != nil {
			t.Fatal(err)
		}
		if got := j.out[0].Verdict; got != want {
			t.Errorf("with a control that is %s: got %s, want %s", control, got, want)
		}
	}
}

// A panic in netlab makes one answer broken and shows where it happened, and the other questions are still asked.
func TestPanicInQuestion(t *testing.T) {
	check := func(id, from string) scenario.Step {
		return scenario.Step{Check: &scenario.Check{
			ID: id, From: from, Asks: ask.Ping{}, Expect: []ask.Expectation{{Reason: probe.OK}},
		}}
	}
	j := &judge{
		lab:   &fakeLab{answers: map[string][]probe.Outcome{"alice": {}, "bob": {{Reason: probe.OK}}}},
		alive: func(context.Context) error { return nil },
		steps: []scenario.Step{check("one", "alice"), check("two", "bob")},
		out:   make([]result.Step, 2),
	}
	if err := j.carryOut(t.Context(), 0, 2); err != nil {
		t.Fatal(err)
	}
	one, two := j.out[0], j.out[1]
	if one.Verdict != result.Broken || !strings.Contains(one.Why, "index out of range") ||
		!strings.Contains(one.Why, "run.(*fakeLab).Ask, run/judge_test.go:") {
		t.Errorf("the question that panics: %q because %q, want broken, with what happened and where", one.Verdict, one.Why)
	}
	if two.Verdict != result.AsExpected {
		t.Errorf("the question beside it: %q because %q", two.Verdict, two.Why)
	}
}

// carryOut runs the steps with from <= index < to.
func (j *judge) carryOut(ctx context.Context, from, to int) error {
	r := j.start(ctx, from, to)
	for i := from; i < to; i++ {
		if err := r.finish(ctx, i); err != nil {
			return err
		}
	}
	return nil
}
