package scenarios_test

import (
	"testing"

	"netlab/netlab/scenario"
	"netlab/scenarios"

	"github.com/google/go-cmp/cmp"
)

func TestNamesInTeachingOrder(t *testing.T) {
	names := scenarios.Names()
	want := []string{"bridge", "custom-bridge", "host", "none"}
	if len(names) < len(want) {
		t.Fatalf("got %q, want at least %q", names, want)
	}
	if diff := cmp.Diff(want, names[:len(want)]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEveryFileLoads(t *testing.T) {
	for _, name := range scenarios.Names() {
		data, ok := scenarios.Source(name)
		if !ok {
			t.Errorf("%s is listed and has no source", name)
		}
		if _, err := scenario.Load(name+".yaml", data); err != nil {
			t.Errorf("%s", err)
		}
	}
}

// A lesson has at most eight questions, because a class does not take in more.
func TestLessonsAreShort(t *testing.T) {
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Source(name)
		sc, err := scenario.Load(name+".yaml", data)
		if err != nil {
			t.Fatal(err)
		}
		lesson := 0
		for _, st := range sc.Steps {
			if st.Check != nil && st.Check.Lesson || st.Measure != nil && st.Measure.Lesson {
				lesson++
			}
		}
		if lesson == 0 || lesson > 8 {
			t.Errorf("%s has %d questions in its lesson, want 1 to 8", name, lesson)
		}
	}
}

func TestSourceOfNothing(t *testing.T) {
	for _, name := range []string{"", "nothing", "../go", "schema.json"} {
		if _, ok := scenarios.Source(name); ok {
			t.Errorf("%q has a source", name)
		}
	}
}

// The plan is the seminar, as far as there are scenarios for it.
func TestPlan(t *testing.T) {
	var want, got []string
	for _, name := range []string{
		"containers-and-vms", "image-and-container", "layers", "multi-stage",
		"bridge", "custom-bridge", "publish", "host", "none", "macvlan", "overlay",
	} {
		if _, ok := scenarios.Source(name); ok {
			want = append(want, name)
		}
	}
	plan, err := scenario.LoadPlan("seminar.yaml", scenarios.Plan(), func(name string) (*scenario.Scenario, error) {
		data, _ := scenarios.Source(name)
		return scenario.Load(name+".yaml", data)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range plan.Parts {
		if part.Compare != (i == len(plan.Parts)-1) {
			t.Errorf("part %d: compare is %t; the comparison comes at the end", i+1, part.Compare)
		}
		if !part.Compare {
			got = append(got, part.Scenarios[0].Name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
