package lab

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
)

func TestGrown(t *testing.T) {
	before := []fact.Chain{
		{Family: "ip", Table: "filter", Name: "INPUT", Packets: 100},
		{Family: "ip", Table: "filter", Name: "FORWARD", Packets: 50},
		{Family: "ip", Table: "filter", Name: "FORWARD", Packets: 7, Legacy: true},
		{Family: "ip6", Table: "filter", Name: "FORWARD", Packets: 0},
		{Family: "ip", Table: "nat", Name: "DOCKER", Packets: 3},
	}
	after := []fact.Chain{
		{Family: "ip", Table: "filter", Name: "INPUT", Packets: 109}, // other traffic
		{Family: "ip", Table: "filter", Name: "FORWARD", Packets: 110},
		{Family: "ip", Table: "filter", Name: "FORWARD", Packets: 67, Legacy: true},
		{Family: "ip6", Table: "filter", Name: "FORWARD", Packets: 60},
		{Family: "ip", Table: "nat", Name: "DOCKER", Packets: 13},
		{Family: "ip", Table: "raw", Name: "PREROUTING", Packets: 40}, // did not exist before
	}
	want := []string{"raw/PREROUTING", "nat/DOCKER", "filter/FORWARD"} // in the order in which a packet passes them
	if diff := cmp.Diff(want, grown(before, after, 10)); diff != "" {
		t.Errorf("chains that ten connections passed (-want +got):\n%s", diff)
	}
}
