//go:build linux

package why_test

import (
	"slices"
	"testing"

	"netlab/netlab/enginetest"
	"netlab/netlab/glossary"
	"netlab/netlab/result"
	"netlab/netlab/why"
)

// elsewhere are the set-ups that are no rows of a table.
func elsewhere() map[string][]string {
	return map[string][]string{
		// TestEnginesNames
		"split-dns-lost":  {"Docker's DNS server in between", "on the default bridge"},
		"resolver-silent": {"its rules of the table nat are gone", "a rule drops what is sent there"},
		"hairpin-missing": {"a neighbor's answers come from another address", "no hairpin mode"},
		"pool-exhausted":  {"networks use up the pools", "a route covers what is left"},
		// TestEnginesOverlay
		"overlay-ports-blocked": {
			"the other node drops VXLAN", "this host drops VXLAN", "the other node drops what nodes tell each other",
		},
		// TestIntegrationLines
		"port-taken":       {"a program has the port", "a container has the port"},
		"network-id-stale": {"no such network", "the network is gone"},
	}
}

// TestClosedList: for every cause there are two broken set-ups of different shape, or its page says that tests only
// have recorded facts. At least ten healthy set-ups are in the tests too.
func TestClosedList(t *testing.T) {
	built, healthy := map[string]int{}, 0
	for _, s := range allSetups() {
		for _, id := range s.causes {
			built[id]++
		}
		if s.verdict == result.Reachable && s.causes == nil {
			healthy++
		}
	}
	for _, l := range labs(enginetest.V28) {
		for _, w := range l.walls {
			built[w.cause]++
			if w.cause == itWorks {
				healthy++
			}
		}
	}
	for id, setups := range elsewhere() {
		built[id] += len(setups)
		if !slices.Contains(why.Causes(), id) {
			t.Errorf("there is no cause %s", id)
		}
	}
	for _, id := range why.Causes() {
		page, _, _ := glossary.Find(id)
		switch untried := page.Cause.Untried; {
		case id == itWorks:
		case untried != "" && built[id] > 0:
			t.Errorf("%s has a set-up, and its page says that tests have no %s", id, untried)
		case untried == "" && built[id] < 2:
			t.Errorf("%s has %d set-ups, want two of different shape", id, built[id])
		}
	}
	if healthy < 10 {
		t.Errorf("%d set-ups are healthy, want ten", healthy)
	}
}
