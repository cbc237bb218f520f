package cli

import (
	"testing"

	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// No lab is up beside one that makes the engine a swarm, so neither is built while the other is shown.
func TestPrepareNextBesideSwarm(t *testing.T) {
	plan, err := (&classOptions{}).load("seminar", scenarios.Plan())
	if err != nil {
		t.Fatal(err)
	}
	c := &class{plan: plan, initSwarm: true, lessons: make([]*lesson, len(plan.Parts))}
	for at, part := range plan.Parts[:len(plan.Parts)-1] {
		next := plan.Parts[at+1]
		overlay := func(p scenario.Part) bool { return p.Compare || p.Scenarios[0].Name == "overlay" }
		if !overlay(part) && !overlay(next) {
			continue
		}
		if c.prepareNext(t.Context(), at); c.ahead != nil {
			t.Fatalf("while %s is shown, %s is built", part.Name(), next.Name())
		}
	}
	c.initSwarm = false
	for at := range plan.Parts {
		if c.alone(at) {
			t.Errorf("%s needs no swarm of its own and is alone", plan.Parts[at].Name())
		}
	}
}
