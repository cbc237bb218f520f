package fact_test

import (
	"slices"
	"testing"

	"netlab/netlab/fact"

	"github.com/google/go-cmp/cmp"
)

// The output of iptables -L and -t nat -L on an engine, in the order in which the kernel evaluates them for a
// published port.
func TestComparePassage(t *testing.T) {
	want := []fact.Chain{
		{Table: "raw", Name: "PREROUTING", Hook: "prerouting"},
		{Table: "nat", Name: "PREROUTING", Hook: "prerouting"},
		{Table: "nat", Name: "DOCKER"},
		{Table: "filter", Name: "FORWARD", Hook: "forward"},
		{Table: "filter", Name: "DOCKER-USER"},
		{Table: "filter", Name: "DOCKER-ISOLATION-STAGE-1"},
		{Table: "filter", Name: "DOCKER-ISOLATION-STAGE-2"},
		{Table: "filter", Name: "DOCKER"},
		{Table: "nat", Name: "POSTROUTING", Hook: "postrouting"},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, fact.ComparePassage)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
