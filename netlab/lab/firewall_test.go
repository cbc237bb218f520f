package lab

import (
	"testing"

	"netlab/netlab/fact"
)

// The facts that expectations can name, from a host's firewall.
func TestFirewallFacts(t *testing.T) {
	t.Parallel()
	policy := []fact.Rule{{Verdict: fact.PolicyDrop, Every: true}}
	docker := fact.Chain{Family: "ip", Table: "filter", Name: "DOCKER"}
	forward := fact.Chain{Family: "ip", Table: "filter", Name: "FORWARD", Hook: fact.HookForward, Drops: policy}
	guard := fact.Chain{Family: "inet", Table: "guard", Name: "on", Hook: fact.HookForward, Drops: policy}
	nftables := fact.Chain{Family: "ip", Table: "docker-bridges", Name: "filter-FORWARD", Hook: fact.HookForward}
	for _, test := range []struct {
		name                 string
		known, forwards      bool
		chains               fact.Firewall
		forwarding, iptables string
	}{
		{"unknown", false, true, nil, "", ""},
		{"unknown, and off", false, false, nil, "off", ""},
		{"Docker's rules and policy", true, true, fact.Firewall{docker, forward}, "open", "true"},
		{"no rules", true, true, nil, "open", "false"},
		{"no rules and a policy", true, true, fact.Firewall{forward}, "dropped", "false"},
		{"a policy beside Docker's rules", true, true, fact.Firewall{docker, guard}, "dropped", "true"},
		{"off, whatever the policy", true, false, fact.Firewall{docker, guard}, "off", "true"},
		{"nftables", true, true, fact.Firewall{nftables}, "open", "true"},
	} {
		f := &firewall{known: test.known, chains: test.chains}
		got := map[string]string{}
		for _, l := range f.facts(test.forwards) {
			got[l.Name] = l.Value
		}
		if got["engine.forwarding"] != test.forwarding || got["engine.iptables"] != test.iptables {
			t.Errorf("%s: forwarding %q, iptables %q, want %q, %q", test.name,
				got["engine.forwarding"], got["engine.iptables"], test.forwarding, test.iptables)
		}
	}
}
