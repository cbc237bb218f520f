package scenario_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/scenario"
	"netlab/scenarios"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"
)

// shelf finds the built-in scenarios, and a file with errors.
func shelf(name string) (*scenario.Scenario, error) {
	if name == "wrong.yaml" {
		return scenario.Load(name, []byte("version: 1\n"))
	}
	data, ok := scenarios.Source(name)
	if !ok {
		return nil, fmt.Errorf("there is no scenario %q", name)
	}
	return scenario.Load(name+".yaml", data)
}

func TestLoadPlan(t *testing.T) {
	const text = `version: 1
title: Two modes
parts:
  - demo: bridge
    note: Ask who has used
      Docker before.
    pause: Why no name?
    minutes: 15
    only: [peer-by-name]
    predict: true
  - demo: host
    title: No network of its own
    all: true
    step: true
  - compare: [bridge, host]
`
	p, err := scenario.LoadPlan("p.yaml", []byte(text), shelf)
	if err != nil {
		t.Fatal(err)
	}
	want := []scenario.Part{
		{
			Note: "Ask who has used Docker before.", Pause: "Why no name?", Only: []string{"peer-by-name"}, Predict: true,
			Minutes: 15,
		},
		{Title: "No network of its own", All: true, Step: true},
		{Compare: true},
	}
	var names, labs []string
	for i := range p.Parts {
		names = append(names, p.Parts[i].Name())
		for _, sc := range p.Parts[i].Scenarios {
			labs = append(labs, sc.Name)
		}
		p.Parts[i].Scenarios = nil
	}
	if diff := cmp.Diff(want, p.Parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	wantNames := []string{"bridge: The default network", "No network of its own", "side by side"}
	if diff := cmp.Diff(wantNames, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"bridge", "host", "bridge", "host"}, labs); diff != "" {
		t.Errorf("scenarios (-want +got):\n%s", diff)
	}
	if p.Title != "Two modes" || string(p.Source) != text {
		t.Errorf("got the title %q and the source %q", p.Title, p.Source)
	}
}

func TestLoadPlanInvalid(t *testing.T) {
	data, err := os.ReadFile("testdata/plan-invalid.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/plan-invalid.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = scenario.LoadPlan("plan-invalid.yaml", data, shelf); err == nil {
		t.Fatal("the file was accepted")
	}
	if diff := cmp.Diff(string(want), err.Error()+"\n"); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPlanSchema(t *testing.T) {
	doc, err := scenario.PlanSchema()
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(doc, &s); err != nil {
		t.Fatal(err)
	}
	schema, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, part string
		ok         bool
	}{
		{"a demo", "demo: bridge, note: Hello, only: [peer-by-name], step: true", true},
		{"a comparison", "compare: [bridge, host], predict: true", true},
		{"both", "demo: bridge, compare: [bridge, host]", false},
		{"neither", "title: Nothing", false},
		{"one alone", "compare: [bridge]", false},
		{"unknown key", "demo: bridge, notes: Hello", false},
		{"wrong type", "demo: bridge, all: please", false},
		{"minutes", "demo: bridge, minutes: 15", true},
		{"no minutes", "demo: bridge, minutes: 0", false},
		{"half a minute", "demo: bridge, minutes: 0.5", false},
	}
	for _, test := range tests {
		var plan any
		if err := yaml.Unmarshal([]byte("{version: 1, title: A class, parts: [{"+test.part+"}]}"), &plan); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(plan); (err == nil) != test.ok {
			t.Errorf("%s: got %v, want acceptance %t", test.name, err, test.ok)
		}
	}
}

// The document for teachers has every key of a plan, and its example is a valid one.
func TestClassDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/class.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"version", "title", "parts", "demo", "compare", "note", "pause", "minutes", "all", "only", "step", "predict",
	} {
		if !strings.Contains(string(text), "| `"+key+"` |") {
			t.Errorf("docs/class.md does not explain `%s`", key)
		}
	}
	_, rest, found := strings.Cut(string(text), "```yaml\n")
	source, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("docs/class.md has no plan")
	}
	if _, err := scenario.LoadPlan("docs/class.md", []byte(source), shelf); err != nil {
		t.Error(err)
	}
}

// The built-in plan says how long each of its sections takes, and fits into an afternoon.
func TestSeminarMinutes(t *testing.T) {
	plan, err := scenario.LoadPlan("seminar", scenarios.Plan(), shelf)
	if err != nil {
		t.Fatal(err)
	}
	sum, timed := scenario.Minutes(plan.Parts)
	if timed != len(plan.Parts) || sum > 240 {
		t.Errorf("%d of %d sections say how long they take, %d minutes in all", timed, len(plan.Parts), sum)
	}
	var names []string
	for _, p := range plan.Parts {
		for _, sc := range p.Scenarios {
			names = append(names, sc.Name)
		}
	}
	for _, name := range append(scenarios.ModeNames(), "publish") {
		if !slices.Contains(names, name) {
			t.Errorf("the seminar has no %s", name)
		}
	}
}

func TestIsPlan(t *testing.T) {
	for text, want := range map[string]bool{
		"version: 1\nparts: []": true, "parts: 3": true, small: false, "": false, "[parts]": false, "parts: [": false,
	} {
		if got := scenario.IsPlan([]byte(text)); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}

func TestTakenForTheOther(t *testing.T) {
	_, err := scenario.LoadPlan("p.yaml", []byte(small), shelf)
	const plan = "p.yaml:1:1: this is a scenario, not a lesson plan. Run it with netlab run\n    version: 1\n    ^"
	if err == nil || err.Error() != plan {
		t.Errorf("a scenario as a plan: got %v", err)
	}
	_, err = scenario.Load("s.yaml", []byte("parts: [{demo: bridge}]"))
	const lab = "s.yaml:1:1: this is a lesson plan, not a scenario. Run it with netlab class\n" +
		"    parts: [{demo: bridge}]\n    ^"
	if err == nil || err.Error() != lab {
		t.Errorf("a plan as a scenario: got %v", err)
	}
}
