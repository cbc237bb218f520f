package scenarios_test

import (
	"slices"
	"testing"

	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// Every question is asked in every mode, so the comparison table has no gaps.
func TestModesAskTheSame(t *testing.T) {
	modes, err := scenario.LoadModes("modes.yaml", scenarios.Modes())
	if err != nil {
		t.Fatal(err)
	}
	ids := func(sc *scenario.Scenario) (ids []string) {
		for _, st := range sc.Steps {
			ids = append(ids, st.ID())
		}
		return ids
	}
	for _, sc := range modes {
		if got, want := ids(sc), ids(modes[0]); !slices.Equal(got, want) {
			t.Errorf("%s asks %q, and %s asks %q", sc.Name, got, modes[0].Name, want)
		}
		for _, st := range sc.Steps {
			if st.Check != nil && st.Check.Because == "" {
				t.Errorf("%s: %s has no reason", sc.Name, st.ID())
			}
		}
	}
}

// The description and the use case of a mode are the same in its lesson and in the comparison.
func TestModesAreThoseOfTheLessons(t *testing.T) {
	modes, err := scenario.LoadModes("modes.yaml", scenarios.Modes())
	if err != nil {
		t.Fatal(err)
	}
	said := func(sc *scenario.Scenario) [5]string {
		return [...]string{sc.Name, sc.Title, sc.Command, sc.Use, sc.Note}
	}
	for _, sc := range modes {
		data, _ := scenarios.Source(sc.Name)
		lesson, err := scenario.Load(sc.Name+".yaml", data)
		if err != nil {
			t.Fatal(err)
		}
		if said(sc) != said(lesson) {
			t.Errorf("the comparison has %q, the lesson %q", said(sc), said(lesson))
		}
	}
}
