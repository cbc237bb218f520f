package lab

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
)

// The facts that expectations can name, from a host's firewall.
func TestFirewallFacts(t *testing.T) {
	t.Parallel()
	policy := []fact.Rule{{Verdict: fact.PolicyDrop, Every: true}}
	docker := fact.Chain{Family: "ip", Table: "filter", Name: "DOCKER"}
	forward := fact.Chain{Family: "ip", Table: "filter", Name: "FORWARD", Hook: fact.HookForward, Drops: policy}
	guard := fact.Chain{Family: "inet", Table: "guard", Name: "on", Hook: fact.HookForward, Drops: policy}
	docker29 := fact.Chain{Family: "ip", Table: "docker-bridges", Name: "filter-FORWARD", Hook: fact.HookForward}
	for _, test := range []struct {
		name                                       string
		known                                      bool
		ipForward, ipv6Forward                     string
		chains                                     fact.Firewall
		forwarding, ipv6Forwarding, iptables, ipv6 string
	}{
		{"unknown", false, "1", "1", nil, "", "", "", ""},
		{"unknown, and off", false, "0", "0", nil, "off", "off", "", ""},
		{"Docker's rules and policy", true, "1", "1", fact.Firewall{docker, forward}, "open", "open", "true", "false"},
		{"no rules", true, "1", "0", nil, "open", "off", "false", "false"},
		{"no rules and a policy", true, "1", "1", fact.Firewall{forward}, "dropped", "open", "false", "false"},
		{
			"a policy beside Docker's rules", true, "1", "1",
			fact.Firewall{docker, guard},
			"dropped", "dropped", "true", "false",
		},
		{"off, whatever the policy", true, "0", "1", fact.Firewall{docker, guard}, "off", "dropped", "true", "false"},
		{"nftables", true, "1", "1", fact.Firewall{docker29}, "open", "open", "true", "false"},
	} {
		f := &firewall{known: test.known, chains: test.chains}
		got := map[string]string{}
		for _, l := range f.facts(&fact.Stack{Sysctls: []fact.Sysctl{
			{Name: "net.ipv4.ip_forward", Value: test.ipForward},
			{Name: "net.ipv6.conf.all.forwarding", Value: test.ipv6Forward},
		}}) {
			got[strings.TrimPrefix(l.Name, "engine.")] = l.Value
		}
		want := []string{test.forwarding, test.ipv6Forwarding, test.iptables, test.ipv6}
		values := []string{got["forwarding"], got["ipv6-forwarding"], got["iptables"], got["ip6tables"]}
		if diff := cmp.Diff(want, values); diff != "" {
			t.Errorf("%s: forwarding, ipv6-forwarding, iptables, ip6tables (-want +got):\n%s", test.name, diff)
		}
	}
}
