package run

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// A waitingLab answers its second question, the slow one, only once the first answer has been told.
type waitingLab struct {
	*fakeLab
	told   chan struct{}
	needed []bool // whether quick and slow were, whenever something could be removed
}

func (l *waitingLab) Release(_ context.Context, needed func(name string) bool) {
	l.needed = append(l.needed, needed("quick"), needed("slow"))
}

func (l *waitingLab) Ask(_ context.Context, from string, _ ask.Question) probe.Outcome {
	if from == "slow" {
		<-l.told
	}
	return probe.Outcome{Reason: probe.OK}
}

// A teller records the answers it is told.
type teller struct {
	Watcher
	lab  *waitingLab
	told []string
}

func (*teller) Question(context.Context, *result.Scenario, *result.Step) error { return nil }

func (t *teller) Answer(_ *result.Scenario, st *result.Step) error {
	if t.told = append(t.told, st.Check); len(t.told) == 1 {
		close(t.lab.told)
	}
	return nil
}

// TestAnswersAsTheyCome: an answer is told while a later question still waits for its own, and what only earlier ones
// needed is removed, unless something may use the lab afterwards.
func TestAnswersAsTheyCome(t *testing.T) {
	for _, brief := range []bool{true, false} {
		answersAsTheyCome(t, brief)
	}
}

func answersAsTheyCome(t *testing.T, brief bool) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &waitingLab{fakeLab: &fakeLab{}, told: make(chan struct{})}
		out := &result.Scenario{}
		var steps []scenario.Step
		for _, name := range []string{"quick", "slow"} {
			steps = append(steps, check(scenario.Check{
				ID: name, From: name, Asks: ask.Connect{},
				Expect: []ask.Expectation{{Reason: probe.OK}},
			}))
			out.Steps = append(out.Steps, result.Step{Check: name})
		}
		w := &teller{lab: l}
		j := &judge{lab: l, steps: steps, out: out.Steps, brief: brief}
		if err := block(t.Context(), j, out, 0, len(steps), w); err != nil { // a deadlock if they come together
			t.Fatal(err)
		}
		if len(w.told) != 2 || w.told[0] != "quick" || w.told[1] != "slow" {
			t.Errorf("told %q, want quick, then slow", w.told)
		}
		if want := map[bool][]bool{true: {false, true}}[brief]; !slices.Equal(l.needed, want) {
			t.Errorf("brief %v: quick and slow needed %v, want %v", brief, l.needed, want)
		}
	})
}
