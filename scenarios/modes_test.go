package scenarios_test

import (
	"slices"
	"testing"

	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// Every question is asked in every mode: the table of the comparison has no hole.
func TestModesAskTheSame(t *testing.T) {
	all, err := scenario.LoadModes("modes.yaml", scenarios.Modes())
	if err != nil {
		t.Fatal(err)
	}
	ids := func(sc *scenario.Scenario) (ids []string) {
		for _, st := range sc.Steps {
			ids = append(ids, st.ID())
		}
		return ids
	}
	for _, sc := range all {
		if got, want := ids(sc), ids(all[0]); !slices.Equal(got, want) {
			t.Errorf("%s asks %q, and %s asks %q", sc.Name, got, all[0].Name, want)
		}
		for _, st := range sc.Steps {
			if st.Check != nil && st.Check.Because == "" {
				t.Errorf("%s: %s has no reason", sc.Name, st.ID())
			}
		}
	}
}

// What a mode is said to be, and to be for, is the same in its lesson and in the comparison.
func TestModesAreThoseOfTheLessons(t *testing.T) {
	all, err := scenario.LoadModes("modes.yaml", scenarios.Modes())
	if err != nil {
		t.Fatal(err)
	}
	said := func(sc *scenario.Scenario) [5]string {
		return [...]string{sc.Name, sc.Title, sc.Command, sc.Use, sc.Note}
	}
	for _, sc := range all {
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
