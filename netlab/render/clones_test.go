package render

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// A container on a cloned engine is drawn on the clone's host, although both engines have the same id.
func TestDrawingOfClones(t *testing.T) {
	on := func(name, node string) result.Peer {
		return result.Peer{
			Name: name, Engine: "a", Node: node, Mode: "overlay",
			Network: []fact.Endpoint{{Network: "mesh", Driver: "overlay", IPv4: "10.0.0.2"}},
		}
	}
	r := &result.Record{
		Engines: []result.Engine{
			{Engine: fact.Engine{ID: "a", Node: "n1", Name: "vm"}},
			{Engine: fact.Engine{ID: "a", Node: "n2", Name: "clone"}},
		},
		Scenarios: []result.Scenario{{Peers: []result.Peer{on("alice", "n1"), on("bob", "n2")}}},
	}
	segments, _, _, _ := survey(r, &r.Scenarios[0])
	for _, c := range segments[0].cells {
		far := strings.HasPrefix(c.heads[0], "bob")
		if slices.Contains(c.heads, "  | on host clone") != far {
			t.Errorf("got %q, want bob and only bob on host clone", c.heads)
		}
	}
}
