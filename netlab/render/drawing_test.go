package render

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// A container on a cloned engine is drawn on the clone's host, although both engines have the same id.
func TestDrawingOfClones(t *testing.T) {
	on := func(name, node string) fact.Peer {
		return fact.Peer{
			Name: name, Engine: "a", Node: node, Mode: "overlay",
			Network: []fact.Endpoint{{Network: "mesh", Driver: "overlay", IPv4: "10.0.0.2"}},
		}
	}
	r := &result.Record{
		Engines: []result.Engine{
			{Engine: fact.Engine{ID: "a", Node: "n1", Name: "vm"}},
			{Engine: fact.Engine{ID: "a", Node: "n2", Name: "clone"}},
		},
		Scenarios: []result.Scenario{{Peers: []fact.Peer{on("alice", "n1"), on("bob", "n2")}}},
	}
	segments, _, _, _ := survey(r, &r.Scenarios[0])
	for _, c := range segments[0].cells {
		far := strings.HasPrefix(c.heads[0], "bob")
		if slices.Contains(c.heads, "  | on host clone") != far {
			t.Errorf("got %q, want bob and only bob on host clone", c.heads)
		}
	}
}

// A container with an IPv4 and an IPv6 address is drawn with both, the second below the first. One with a single
// address, of either kind, has it next to its name.
func TestDrawingHasBothAddresses(t *testing.T) {
	sc := &result.Scenario{}
	for _, p := range []struct{ name, ipv4, ipv6 string }{
		{"alice", "10.0.0.2", "fd00::2"}, {"dave", "10.0.0.3", ""}, {"erin", "", "fd00::4"},
	} {
		sc.Peers = append(sc.Peers, fact.Peer{
			Name: p.name, Mode: "bridge", Published: []string{"[fd00::1]:80->80/tcp"},
			Network: []fact.Endpoint{{Network: "web", Driver: "bridge", IPv4: p.ipv4, IPv6: p.ipv6}},
		})
	}
	segments, _, _, _ := survey(&result.Record{}, sc)
	var got [][]string
	for _, c := range segments[0].cells {
		got = append(got, c.heads)
	}
	const port = "  | [fd00::1]:80->80/tcp"
	want := [][]string{{"alice 10.0.0.2", "  | fd00::2", port}, {"dave 10.0.0.3", port}, {"erin fd00::4", port}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
