package run

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

// On a rootless engine the questions about ports that are published on a link are skipped with the reason, and no
// other question is. An engine that runs as root is asked everything.
func TestRootlessSkipsPortsOnLinks(t *testing.T) {
	source, _ := scenarios.Source("publish")
	publish, err := scenario.Load("publish.yaml", source)
	if err != nil {
		t.Fatal(err)
	}
	ids := func(sc *scenario.Scenario) (asked, skipped []string) {
		for _, st := range sc.Steps {
			asked = append(asked, st.ID())
		}
		for _, st := range sc.Skipped {
			skipped = append(skipped, st.Step.ID())
			if !strings.Contains(st.Why, "rootless engine cannot publish on the simulated link") {
				t.Errorf("%s is skipped because %q", st.Step.ID(), st.Why)
			}
		}
		return asked, skipped
	}
	asked, skipped := ids(askable([]*scenario.Scenario{publish}, fact.Engine{Rootless: true})[0])
	for _, id := range []string{"published", "published-udp", "input-rules", "lan-address"} { // on the link
		if slices.Contains(asked, id) || !slices.Contains(skipped, id) {
			t.Errorf("%s asks about a port on a link, and is asked", id)
		}
	}
	for _, id := range []string{"loopback", "on-localhost", "health", "all-addresses", "expose"} { // not on the link
		if !slices.Contains(asked, id) {
			t.Errorf("%s is not about a port on a link, and is skipped", id)
		}
	}
	asRoot, none := ids(askable([]*scenario.Scenario{publish}, fact.Engine{})[0])
	if len(none) > 0 || len(asRoot) != len(publish.Steps) {
		t.Errorf("as root, %q are skipped", none)
	}
}
