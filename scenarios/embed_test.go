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

func TestSourceOfNothing(t *testing.T) {
	for _, name := range []string{"", "nothing", "../go", "schema.json"} {
		if _, ok := scenarios.Source(name); ok {
			t.Errorf("%q has a source", name)
		}
	}
}
