package scenario

import (
	"slices"
	"testing"

	"netlab/netlab/ask"
)

// TestNeeded: a container is needed as long as a question is asked in it, is about it, or is judged by it.
func TestNeeded(t *testing.T) {
	of := func(name string) ask.Target { return ask.Target{Ref: ask.Reference{Head: name}} }
	for _, tt := range []struct {
		name  string
		check Check
		want  []string
	}{
		{"connect", Check{From: "alice", Asks: ask.Connect{To: of("bob")}}, []string{"alice", "bob"}},
		{"read", Check{From: "alice", Asks: ask.Read{}}, []string{"alice"}},
		{"resolve", Check{From: "alice", Asks: ask.Resolve{Name: of("bob")}}, []string{"alice", "bob", ask.Upstream}},
		{"beside", Check{From: "alice", Asks: ask.Listen{Beside: "bob"}}, []string{"alice", "bob"}},
		{
			"value",
			Check{From: "alice", Asks: ask.Read{}, Expect: []ask.Expectation{{Value: of("carol")}}},
			[]string{"alice", "carol"},
		},
	} {
		got := slices.DeleteFunc(Needed([]Step{{Check: &tt.check}}), func(name string) bool { return name == "" })
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
