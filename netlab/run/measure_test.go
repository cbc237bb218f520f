package run

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

func TestMeasures(t *testing.T) {
	ping := scenario.Measure{ID: "m", From: "a", What: scenario.MeasurePing}
	tests := []struct {
		name    string
		measure scenario.Measure
		answer  probe.Outcome
		want    result.Step
	}{
		{
			"the median counts, not the mean", ping,
			probe.Outcome{Reason: probe.OK, SamplesUS: []int64{900, 10, 30}},
			result.Step{Observed: &result.Observed{Reason: probe.OK, Samples: 3, MedianUS: 30, MinUS: 10, MaxUS: 900}},
		},
		{
			"no reply", ping,
			probe.Outcome{Reason: probe.Timeout},
			result.Step{
				Observed: &result.Observed{Reason: probe.Timeout},
				Verdict:  result.Skipped, Why: "no reply came: timeout",
			},
		},
		{
			"not asked", ping,
			probe.Outcome{Reason: probe.Broken, Detail: "gone"},
			result.Step{
				Observed: &result.Observed{Reason: probe.Broken, Detail: "gone"},
				Verdict:  result.Broken, Why: "netlab could not ask the question: gone",
			},
		},
		{
			"start",
			scenario.Measure{ID: "m", From: "a", What: scenario.MeasureStart},
			probe.Outcome{},
			result.Step{Observed: &result.Observed{
				Reason: probe.OK, Samples: 1, MedianUS: 250_000, MinUS: 250_000, MaxUS: 250_000,
			}},
		},
		{
			"a start that was not measured",
			scenario.Measure{ID: "m", From: "b", What: scenario.MeasureStart},
			probe.Outcome{},
			result.Step{Verdict: result.Broken, Why: "netlab did not measure the start of b"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeLab{
				answers: map[string][]probe.Outcome{"a": {tt.answer}},
				starts:  map[string]time.Duration{"a": 250 * time.Millisecond},
			}
			j := newTestJudge(f, nil, scenario.Step{Measure: &tt.measure})
			if err := j.carryOut(t.Context(), 0, 1); err != nil {
				t.Fatal(err)
			}
			got := result.Step{Observed: j.out[0].Observed, Verdict: j.out[0].Verdict, Why: j.out[0].Why}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An action that gives a container other networks or addresses records it as it is then. A stopped container has none.
func TestActionRecordsTheContainer(t *testing.T) {
	for verb, want := range map[string]bool{
		ask.VerbStart: true, ask.VerbRestart: true, ask.VerbRecreate: true, ask.VerbConnect: true,
		ask.VerbDisconnect: true, ask.VerbStop: false, ask.VerbPause: false,
	} {
		f := &fakeLab{}
		j := newTestJudge(f, nil, scenario.Step{Do: &ask.Action{Verb: verb, Peer: "bob", Network: "web"}})
		if err := j.carryOut(t.Context(), 0, 1); err != nil {
			t.Fatal(err)
		}
		if got := j.out[0].Changed; (got != nil) != want || got != nil && got.Name != "bob" {
			t.Errorf("%s: the record has %+v, want a container: %t", verb, got, want)
		}
	}
}

// It is an error if the engine fails, and never if a lab answers.
func TestCarryOutErrors(t *testing.T) {
	gone := errors.New("no engine answers")
	asks := check(scenario.Check{ID: "a", Expect: []ask.Expectation{{}}})
	do := scenario.Step{Do: &ask.Action{Verb: ask.VerbStop, Peer: "a"}}
	tests := []struct {
		name   string
		step   scenario.Step
		answer probe.Reason
		engine error
		do     error
		want   error
	}{
		{"a surprise", asks, probe.Timeout, gone, nil, nil},
		{"broken on an engine that lives", asks, probe.Broken, nil, nil, nil},
		{"broken on an engine that is gone", asks, probe.Broken, gone, nil, gone},
		{"an action", do, "", nil, nil, nil},
		{"an action that failed", do, "", nil, gone, gone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := newTestJudge(&fakeLab{
				answers: map[string][]probe.Outcome{"a": answers(tt.answer, "")}, failing: tt.do,
			}, nil, tt.step)
			j.alive = func(context.Context) error { return tt.engine }
			if err := j.carryOut(t.Context(), 0, 1); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	j := newTestJudge(&fakeLab{answers: map[string][]probe.Outcome{"a": answers(probe.OK, "")}}, nil, asks)
	if err := j.carryOut(ctx, 0, 1); !errors.Is(err, gone) {
		t.Errorf("cancelled: got %v, want its cause", err)
	}
}

// A leaver leaves at its first question.
type leaver struct{ Watcher }

var errLeft = errors.New("left")

func (leaver) Question(context.Context, *result.Scenario, *result.Step) error { return errLeft }

// Leaving at a question leaves no other question running: what comes next closes what the questions use.
func TestLeavingEndsQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeLab{slow: time.Hour}
		j := newTestJudge(f, nil, check(scenario.Check{ID: "first"}), check(scenario.Check{ID: "second"}))
		if err := block(t.Context(), j, &result.Scenario{Steps: j.out}, 0, 2, leaver{}); !errors.Is(err, errLeft) {
			t.Errorf("got %v, want %v", err, errLeft)
		}
		synctest.Wait() // the questions that could be left running have started
		if n := f.open.Load(); n != 0 {
			t.Errorf("%d questions are under way", n)
		}
	})
}
