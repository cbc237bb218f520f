package fact

import "testing"

func TestRoutingRuleAsIPPrintsIt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule RoutingRule
		want string
	}{
		{RoutingRule{Priority: PriorityMain, Table: TableMain}, "32766: from all lookup main"},
		{RoutingRule{Priority: 100, From: "172.18.0.0/16", Table: 100}, "100: from 172.18.0.0/16 lookup 100"},
		{RoutingRule{Priority: 32764, Table: TableMain, AtLeast: 1}, "32764: from all lookup main suppress_prefixlength 0"},
		{
			RoutingRule{Priority: 32765, Not: true, Mark: "0xca6c", Table: 51820},
			"32765: not from all fwmark 0xca6c lookup 51820",
		},
		{
			RoutingRule{Priority: 7, To: "10.0.0.0/8", In: "eth0", Action: "unreachable"},
			"7: from all to 10.0.0.0/8 iif eth0 unreachable",
		},
	} {
		if got := tt.rule.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
