package scenarios_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
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

// A reason that says what dropped the packets of a silent question is only shown if a counter of the firewall says so
// too. The exceptions are settings that netlab reads before it asks.
func TestReasonsThatNameADropperAreMeasured(t *testing.T) {
	read := []string{
		"engine.forwarding", "engine.ipv6-forwarding", "engine.input-policy", "engine.ipv6-input-policy", "engine.ip6tables",
	}
	lessons, err := scenario.LoadModes("modes.yaml", scenarios.Modes())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Source(name)
		lesson, err := scenario.Load(name+".yaml", data)
		if err != nil {
			t.Fatal(err)
		}
		lessons = append(lessons, lesson)
	}
	measured := 0
	for _, sc := range lessons {
		for _, st := range sc.Steps {
			if st.Check == nil {
				continue
			}
			for _, e := range st.Check.Expect {
				because := cmp.Or(e.Because, st.Check.Because)
				names := strings.Contains(because, "drop") || strings.Contains(because, "does not forward") ||
					strings.Contains(because, "forwards nothing")
				switch {
				case e.Reason != probe.Timeout || !names:
				case e.DroppedBy != "":
					measured++
				case !slices.ContainsFunc(e.When, func(c ask.Condition) bool { return slices.Contains(read, c.Fact.String()) }):
					t.Errorf("%s: %s: %q has no dropped-by", sc.Name, st.ID(), because)
				}
			}
		}
	}
	if measured < 20 {
		t.Errorf("only %d reasons are measured", measured)
	}
}
