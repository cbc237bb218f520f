package ask_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
	"netlab/netlab/byhand"
	"netlab/netlab/probe"
	"netlab/netlab/quiz"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// everything has what the examples of all kinds of question name.
const everything = `version: 1
name: everything
upstream: web
images:
  shop:
    dockerfile: |
      FROM netlab
networks: {web: {}, mesh: {driver: overlay}}
services: {store: {network: mesh, listen: [tcp/8080]}}
containers:
  alice: {networks: [web], health: tcp/8080, listen: [tcp/8080], writable: true}
  bob: {networks: [web], listen: [tcp/8080], publish: [tcp/8080]}
  later: {networks: [web], created: true}
steps:
  - {check: first, ask: "?", build: shop, expect: ok}
  - {check: c, ask: "?", from: alice, %s, expect: ok}
`

// onlyShown are the kinds whose examples have as many possible answers as there are addresses, sizes or rules.
var onlyShown = []string{"balance", "chains", "inspect", "read"}

// also are the other keys that a question needs, and examples that name another container than bob.
func also(kind ask.Kind) string {
	switch kind.Name {
	case "start":
		return "start: later"
	case "balance":
		return "balance: store tcp/8080"
	case "chains":
		return "chains: bob tcp/8080, through: web.gateway"
	case "write":
		return "write: /note, text: hello"
	}
	return kind.Name + ": " + kind.Example
}

// TestEverywhere: the loader, the schema, the commands by hand, the record, the views and the quiz know every kind of
// question. That a lab does is what the compiler checks.
func TestEverywhere(t *testing.T) {
	schema := schemaOf(t)
	for _, kind := range ask.Kinds() {
		k := kind.Kind()
		t.Run(k.Name, func(t *testing.T) {
			file := fmt.Sprintf(everything, also(k))
			sc, err := scenario.Load("everything.yaml", []byte(file))
			if err != nil {
				t.Fatal(err)
			}
			var document any
			if err := yaml.Unmarshal([]byte(file), &document); err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(document); err != nil {
				t.Errorf("the schema refuses it: %v", err)
			}
			asked := sc.Steps[1].Check.Asks
			if got := asked.Kind().Name; got != k.Name {
				t.Errorf("it is read as %s", got)
			}
			if commands := byHand(sc); commands == "" {
				t.Error("no command by hand")
			}
			st := result.Step{
				Check: "c", Ask: "?", From: "alice", Asks: result.Question{Question: asked}, Wants: sc.Steps[1].Check.Wants,
				Verdict: result.AsExpected, Observed: &result.Observed{Reason: probe.OK, Value: "1"},
			}
			saved, err := json.Marshal(st)
			if err != nil {
				t.Fatal(err)
			}
			var read result.Step
			if err := json.Unmarshal(saved, &read); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(asked, read.Asks.Question); diff != "" {
				t.Errorf("the record has another question (-want +got):\n%s", diff)
			}
			if word := render.Tell(&result.Scenario{}, &st, render.Options{}).Word; word == "" {
				t.Error("its answer has no word")
			}
			if len(quiz.Choices(&st)) == 0 && !slices.Contains(onlyShown, k.Name) {
				t.Error("nothing can be guessed")
			}
		})
	}
}

// TestThingsEverywhere: a thing that can be read has commands by hand.
func TestThingsEverywhere(t *testing.T) {
	for _, thing := range ask.Things() {
		sc, err := scenario.Load("everything.yaml", []byte(fmt.Sprintf(everything, "read: "+thing.Name)))
		if err != nil {
			t.Errorf("%s: %v", thing.Name, err)
			continue
		}
		if thing.Name != ask.VXLAN && byHand(sc) == "" { // alice is on no overlay network
			t.Errorf("%s has no command by hand", thing.Name)
		}
	}
}

func schemaOf(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	text, ok := scenarios.SchemaJSON("scenario")
	if !ok {
		t.Fatal("scenarios have no schema")
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// byHand returns the commands for the last step.
func byHand(sc *scenario.Scenario) string {
	_, last, _ := strings.Cut(byhand.Docker(sc), "# ?\n")
	_, last, _ = strings.Cut(last, "# ?\n")
	last, _, _ = strings.Cut(last, "\n\n")
	_, last, _ = strings.Cut(last, "\n") // what is expected
	return last
}
