package fact

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func policy(counted uint64) Rule {
	return Rule{Verdict: PolicyDrop, Every: true, Counts: true, Packets: counted}
}

func filter(name, hook string, drops ...Rule) Chain {
	return Chain{Family: "ip", Table: "filter", Name: name, Hook: hook, Drops: drops}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	docker := filter("DOCKER", "")
	guard := Chain{
		Family: "inet", Table: "guard", Name: "on", Hook: HookForward, Drops: []Rule{{Verdict: PolicyDrop, Every: true}},
	}
	for _, test := range []struct {
		name                    string
		firewall                Firewall
		rules                   bool
		forward, foreign, input string
	}{
		{"nothing", nil, false, PolicyAccept, PolicyAccept, PolicyAccept},
		{"Docker", Firewall{docker, filter("FORWARD", HookForward, policy(3))}, true, PolicyDrop, PolicyAccept, PolicyAccept},
		{"DOCKER-USER only", Firewall{filter("DOCKER-USER", "")}, false, PolicyAccept, PolicyAccept, PolicyAccept},
		{"a table of somebody else", Firewall{docker, guard}, true, PolicyDrop, PolicyDrop, PolicyAccept},
		{"ufw", Firewall{filter("INPUT", HookInput, policy(0))}, false, PolicyAccept, PolicyAccept, PolicyDrop},
		{
			"firewalld",
			Firewall{filter("INPUT", HookInput, Rule{Number: 4, Verdict: VerdictReject, Every: true})},
			false, PolicyAccept, PolicyAccept, VerdictReject,
		},
		{
			"a rule before the policy",
			Firewall{filter("INPUT", HookInput, policy(0), Rule{Number: 4, Verdict: VerdictReject, Every: true})},
			false, PolicyAccept, PolicyAccept, VerdictReject,
		},
		{
			"a rule about some packets",
			Firewall{filter("INPUT", HookInput, Rule{Number: 1, Verdict: PolicyDrop})},
			false, PolicyAccept, PolicyAccept, PolicyAccept,
		},
		{
			"nftables of Docker",
			Firewall{{Family: "ip", Table: "docker-bridges", Name: "filter-FORWARD", Hook: HookForward}},
			true, PolicyAccept, PolicyAccept, PolicyAccept,
		},
	} {
		f := test.firewall
		got := []any{f.HasDocker("ip"), f.ForwardPolicy("ip"), f.ForeignForwardPolicy("ip"), f.InputPolicy("ip")}
		want := []any{test.rules, test.forward, test.foreign, test.input}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: rules, forward, foreign forward and input (-want +got):\n%s", test.name, diff)
		}
	}
}

// Reloading a firewall removes the chains of the filter table, and leaves those of the nat table.
func TestLostRules(t *testing.T) {
	t.Parallel()
	nat := Chain{Family: "ip", Table: "nat", Name: "DOCKER"}
	for _, test := range []struct {
		firewall Firewall
		want     bool
	}{
		{nil, false},
		{Firewall{nat, filter("DOCKER", "")}, false},
		{Firewall{nat, filter("FORWARD", HookForward)}, true},
		{Firewall{{Family: "ip", Table: "docker-bridges", Name: "nat-OUTPUT"}}, false},
	} {
		if got := test.firewall.LostRules(); got != test.want {
			t.Errorf("%+v: lost is %t, want %t", test.firewall, got, test.want)
		}
	}
}

// What dropped a packet: the rule whose counter grew, and whether the engine wrote it.
func TestDropped(t *testing.T) {
	t.Parallel()
	bridges := []string{"docker0", "br-1", ""} // a network like host has no bridge
	rule := func(number int, in, out string) Rule {
		return Rule{Number: number, Verdict: PolicyDrop, In: in, Out: out, Counts: true, Packets: 5}
	}
	commented := rule(3, "", "")
	commented.Comment = "DROP DIRECT ACCESS"
	raw := Chain{Family: "ip", Table: "raw", Name: "PREROUTING", Hook: "prerouting"}
	for _, test := range []struct {
		name  string
		chain Chain
		rule  Rule
		want  Drop
	}{
		{"isolation", filter("DOCKER-ISOLATION-STAGE-2", ""), rule(2, "", "br-1"), Drop{
			Docker: true, Table: "filter", Chain: "DOCKER-ISOLATION-STAGE-2", Rule: 2,
		}},
		{
			"icc=false", filter("FORWARD", HookForward), rule(9, "br-1", "br-1"),
			Drop{Docker: true, Table: "filter", Chain: "FORWARD", Rule: 9},
		},
		{"direct access", raw, rule(1, "! br-1", ""), Drop{Docker: true, Table: "raw", Chain: "PREROUTING", Rule: 1}},
		{"a raw rule of an administrator", raw, rule(1, "eth0", ""), Drop{Table: "raw", Chain: "PREROUTING", Rule: 1}},
		{
			"another bridge", filter("FORWARD", HookForward), rule(1, "br-2", "br-2"),
			Drop{Table: "filter", Chain: "FORWARD", Rule: 1},
		},
		{
			"the administrator's chain", filter("DOCKER-USER", ""), rule(1, "", ""),
			Drop{Table: "filter", Chain: "DOCKER-USER", Rule: 1},
		},
		{"a policy", filter("FORWARD", HookForward), policy(5), Drop{Table: "filter", Chain: "FORWARD"}},
		{
			"nftables",
			Chain{Family: "ip", Table: "docker-bridges", Name: "raw-PREROUTING"},
			commented,
			Drop{Docker: true, Table: "docker-bridges", Chain: "raw-PREROUTING", Rule: 3, Comment: "DROP DIRECT ACCESS"},
		},
	} {
		before, after := test.chain, test.chain
		before.Drops = []Rule{test.rule, {Number: 99, Verdict: PolicyDrop, Counts: true, Packets: 7}}
		grown := test.rule
		grown.Packets += 8
		after.Drops = []Rule{grown, {Number: 99, Verdict: PolicyDrop, Counts: true, Packets: 8}}
		got := Dropped(Firewall{before}, Firewall{after}, 8, bridges)
		test.want.Family, test.want.Match = test.chain.Family, test.rule
		test.want.Match.Packets = 0
		if diff := cmp.Diff([]Drop{test.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if got := Dropped(Firewall{before}, Firewall{after}, 9, bridges); len(got) > 0 {
			t.Errorf("%s: 8 packets are taken for 9: %+v", test.name, got)
		}
	}
}

// Readings are compared only if no rule came or went between them. Counters grow without that.
func TestSameRules(t *testing.T) {
	t.Parallel()
	raw := func(rules ...Rule) Firewall {
		return Firewall{{Family: "ip", Table: "raw", Name: "PREROUTING", Drops: rules}}
	}
	rule := func(number int, in string, packets uint64) Rule {
		return Rule{Number: number, Verdict: PolicyDrop, In: in, Counts: true, Packets: packets}
	}
	before := raw(rule(1, "! br-a", 0), rule(2, "! br-b", 3))
	for _, tt := range []struct {
		name  string
		after Firewall
		want  bool
	}{
		{"counters grew", raw(rule(1, "! br-a", 8), rule(2, "! br-b", 4)), true},
		{"a rule went, and the next one has its number", raw(rule(1, "! br-b", 11)), false},
		{"a rule came", raw(rule(1, "! br-c", 0), rule(2, "! br-a", 8), rule(3, "! br-b", 3)), false},
		{"the table went", nil, false},
	} {
		if got := before.SameRules(tt.after); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

// A rule as iptables takes it, and none if it could be another one.
func TestArguments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule Rule
		want string
	}{
		{Rule{Network: "tcp", Ports: "80"}, "-p tcp --dport 80 -j DROP"},
		{Rule{In: "! br-1", To: "172.18.0.2/32"}, "-d 172.18.0.2/32 ! -i br-1 -j DROP"},
		{
			Rule{From: "10.0.0.0/8", Out: "eth0", Network: "udp", Ports: "! 8000:8010"},
			"-s 10.0.0.0/8 -o eth0 -p udp ! --dport 8000:8010 -j DROP",
		},
		{Rule{}, "-j DROP"},
		{Rule{Network: "tcp", Ports: "80,443"}, ""},
		{Rule{Ports: "80"}, ""},
		{Rule{Network: "tcp", Ports: "80", More: true}, ""},
		{Rule{Network: "tcp", Comment: "closed"}, ""},
		{Rule{Network: "tcp", Verdict: VerdictReject}, ""}, // it may reject in several ways
	} {
		tt.rule.Number = 3
		if tt.rule.Verdict == "" {
			tt.rule.Verdict = PolicyDrop
		}
		if got := tt.rule.Arguments(); got != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.rule, got, tt.want)
		}
	}
	policy := Rule{Verdict: PolicyDrop, Every: true}
	if got := policy.Arguments(); got != "" {
		t.Errorf("a policy: got %q, want none", got)
	}
}

func TestRuleHasPort(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		ports      string
		has, known bool // for port 80
	}{
		{"", true, true},
		{"80", true, true},
		{"8080", false, true},
		{"22,80:90", true, true},
		{"! 22,443", true, true},
		{"! 80", false, true},
		{"?", false, false},
		{"http", false, false},
	} {
		if has, known := (Rule{Ports: tt.ports}).HasPort(80); has != tt.has || known != tt.known {
			t.Errorf("%q: got %t, %t, want %t, %t", tt.ports, has, known, tt.has, tt.known)
		}
	}
}
