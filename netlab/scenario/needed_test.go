package scenario

import (
	"slices"
	"testing"
)

// TestNeeded: a container is needed as long as a question is asked in it, is about it, or is judged by it.
func TestNeeded(t *testing.T) {
	of := func(name string) Target { return Target{Ref: Reference{Head: name}} }
	for _, tt := range []struct {
		name  string
		check Check
		want  []string
	}{
		{"connect", Check{From: "alice", Probe: Probe{Kind: Connect, Target: of("bob")}}, []string{"alice", "bob"}},
		{"read", Check{From: "alice", Probe: Probe{Kind: Read}}, []string{"alice"}},
		{"resolve", Check{From: "alice", Probe: Probe{Kind: Resolve, Target: of("bob")}}, []string{"alice", "bob", Upstream}},
		{"beside", Check{From: "alice", Probe: Probe{Kind: Listen, Beside: "bob"}}, []string{"alice", "bob"}},
		{
			"value",
			Check{From: "alice", Probe: Probe{Kind: Read}, Expect: []Expectation{{Value: Value{Ref: Reference{Head: "carol"}}}}},
			[]string{"alice", "carol"},
		},
	} {
		got := slices.DeleteFunc(Needed([]Step{{Check: &tt.check}}), func(name string) bool { return name == "" })
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
