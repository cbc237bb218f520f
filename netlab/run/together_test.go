package run

import (
	"slices"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// A phases records what a watcher is asked to show.
type phases struct {
	Watcher
	told []string
}

func (p *phases) Phase(text string) { p.told = append(p.told, text) }

// A comparison counts its labs and its answers, and does not wait for a lab that cannot be built.
func TestProgressCounts(t *testing.T) {
	asks := scenario.Step{Check: &scenario.Check{ID: "a", Asks: ask.Ping{}}}
	measure := scenario.Step{Measure: &scenario.Measure{ID: "m"}}
	scenarios := []*scenario.Scenario{
		{Name: "one", Steps: []scenario.Step{asks, measure}},
		{Name: "two", Steps: []scenario.Step{asks}},
		{Name: "three", Steps: []scenario.Step{asks}},
	}
	var w phases
	p := newProgress(&w, scenarios, []result.Scenario{{}, {}, {Skipped: "no swarm"}})
	p.up(0, true)
	p.answered()
	p.up(1, false)
	p.answered()
	want := []string{
		"0 of 2 labs up, 0 of 3 answers", "1 of 2 labs up, 0 of 3 answers", "1 of 2 labs up, 1 of 3 answers",
		"1 of 1 labs up, 1 of 2 answers", "1 of 1 labs up, 2 of 2 answers",
	}
	if !slices.Equal(w.told, want) {
		t.Errorf("told %q, want %q", w.told, want)
	}
}
