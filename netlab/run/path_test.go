package run

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
	"netlab/scenarios"
)

const pathLab = `version: 1
name: paths
networks: {web: {driver: bridge, ipv6: true}, back: {driver: bridge, ipv6: true}}
containers:
  alice: {networks: [web]}
  bob: {networks: [web], listen: [tcp/80], publish: [tcp/80]}
  carol: {networks: [back], listen: [tcp/80]}
steps:
  - {check: control, ask: Does the gateway answer?, from: alice, ping: web.gateway, expect: ok}
  - {check: asked, ask: Does it work?, from: alice, CHECK, control: control, because: The usual reason.}
`

// A question on a path through the host's firewall: where a fact of the host stops its packets, that fact is the
// reason; where it does not, the question's own expectation counts.
func TestPaths(t *testing.T) {
	t.Parallel()
	const (
		peer      = "connect: bob tcp/80, expect: ok, path: bridged"
		peer6     = "connect: bob.web.ipv6 tcp/80, expect: ok, path: bridged"
		name      = "resolve: bob.name, expect: ok, path: bridged"
		other     = "connect: carol tcp/80, expect: {reason: timeout, dropped-by: docker}, path: forwarded"
		other6    = "connect: carol.back.ipv6 tcp/80, expect: ok, path: forwarded"
		host      = "connect: host tcp/free, at: web.gateway, expect: ok, path: to-host"
		published = "connect: bob tcp/80, through: back.gateway, expect: ok, path: published"
		proxied   = "connect: bob tcp/80, through: back.gateway, expect: ok, path: proxied"

		bridged = "Bridged packets pass this host's firewall too, and it drops them."
		off     = "This host does not forward packets between its interfaces."
		closed  = "The host's firewall drops what none of its rules lets in."
		rejects = "The host's firewall rejects what none of its rules lets in."
		open    = "This engine has neither firewall rules nor a proxy for this port. It only accepts connections."
	)
	for _, test := range []struct {
		check, facts string
		got          probe.Reason
		because      string // "" if it is a surprise
	}{
		{peer, "forwarding=open bridge-filter=true", probe.OK, "The usual reason."},
		{peer, "forwarding=dropped bridge-filter=true", probe.Timeout, bridged},
		{peer, "forwarding=dropped bridge-filter=false", probe.OK, "The usual reason."},
		{peer, "forwarding=off bridge-filter=true", probe.OK, "The usual reason."},
		{peer, "forwarding=dropped bridge-filter=true", probe.Refused, ""},
		{peer, "", probe.OK, "The usual reason."}, // the firewall could not be read
		{peer6, "ipv6-forwarding=dropped bridge-filter=true", probe.HostUnreachable, bridged},
		{peer6, "forwarding=dropped bridge-filter=true", probe.OK, "The usual reason."},
		{name, "forwarding=dropped bridge-filter=true", probe.DNSNoAnswer, bridged},
		{other, "forwarding=off", probe.Timeout, off},
		{other, "forwarding=off", probe.OK, ""},
		{other6, "ipv6-forwarding=off", probe.Timeout, off},
		{other6, "forwarding=off ipv6-forwarding=open", probe.OK, "The usual reason."},
		{host, "input-policy=accept", probe.OK, "The usual reason."},
		{host, "input-policy=drop", probe.Timeout, closed},
		{host, "input-policy=reject", probe.Refused, rejects},
		{host, "input-policy=reject", probe.HostUnreachable, rejects},
		{host, "input-policy=reject", probe.Timeout, rejects},
		{published, "forwarding=off iptables=true", probe.Timeout, off},
		{published, "forwarding=off iptables=false", probe.OK, "The usual reason."},
		{published, "input-policy=drop iptables=true", probe.OK, "The usual reason."},
		{published, "input-policy=drop iptables=false", probe.Timeout, closed},
		{published, "userland-proxy=false iptables=false", probe.Accepted, open},
		{published, "userland-proxy=false iptables=true", probe.OK, "The usual reason."},
		{proxied, "input-policy=drop userland-proxy=true iptables=true", probe.Timeout, closed},
		{proxied, "userland-proxy=false iptables=false", probe.Timeout, open},
		{proxied, "input-policy=drop userland-proxy=false iptables=true", probe.OK, "The usual reason."},
	} {
		sc, err := scenario.Load("paths.yaml", []byte(strings.Replace(pathLab, "CHECK", test.check, 1)))
		if err != nil {
			t.Fatalf("%s: %v", test.check, err)
		}
		var facts []fact.Label
		for _, f := range strings.Fields(test.facts) {
			field, value, _ := strings.Cut(f, "=")
			facts = append(facts, fact.Label{Name: "engine." + field, Value: value})
		}
		drop := fact.Drop{Docker: true, Table: "filter", Chain: "DOCKER-ISOLATION-STAGE-2", Rule: 1}
		f := &fakeLab{answers: map[string][]probe.Outcome{"alice": {{Reason: probe.OK}, {Reason: test.got}}}}
		if test.because != off {
			f.drops = map[string]fact.Drop{"alice": drop}
		}
		j := newTestJudge(f, facts, sc.Steps...)
		for i := range sc.Steps { // one after the other, for the order of the answers
			if err := j.carryOut(t.Context(), i, i+1); err != nil {
				t.Fatal(err)
			}
		}
		want := result.AsExpected
		if test.because == "" {
			want = result.Surprise
		}
		got := j.out[1]
		because := said(got, "")
		if got.Verdict != want || test.because != "" && because != test.because {
			t.Errorf("%s\n%s: %s is %s, %q %s; want %s, %q", test.check, test.facts, test.got, got.Verdict, because,
				got.Why, want, test.because)
		}
	}
}

// The control of a "no" that failed for the same reason does not weaken it, even if its condition names more.
func TestControlWithTheSameCause(t *testing.T) {
	t.Parallel()
	off := fact.Label{Name: "engine.forwarding", Value: "off"}
	dropped := fact.Label{Name: "engine.forwarding", Value: "dropped"}
	filter := fact.Label{Name: "engine.bridge-filter", Value: "true"}
	policy := fact.Label{Name: "engine.input-policy", Value: "drop"}
	version, icc := fact.Label{Name: "engine.version", Value: "20.10"}, fact.Label{Name: "web.icc", Value: "true"}
	for _, test := range []struct {
		control, check []fact.Label
		want           bool
	}{
		{[]fact.Label{off}, []fact.Label{off}, true},
		{[]fact.Label{dropped, filter}, []fact.Label{dropped}, true},
		{[]fact.Label{off}, []fact.Label{policy, off}, true},
		{[]fact.Label{off}, []fact.Label{policy}, false},
		{[]fact.Label{off}, []fact.Label{dropped}, false},
		{[]fact.Label{version, icc}, []fact.Label{version}, false},
		{nil, []fact.Label{off}, false},
		{[]fact.Label{off}, nil, false},
	} {
		if got := sameCause(test.control, test.check); got != test.want {
			t.Errorf("%v, %v: got %t, want %t", test.control, test.check, got, test.want)
		}
	}
}

// On an engine with the nftables backend the reasons of built-in scenarios speak of nftables.
func TestNftablesReasons(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		mode, check string
		got         probe.Outcome
		because     string
	}{
		{
			"publish", "user-rules",
			probe.Outcome{Reason: probe.OK, Value: "docker-bridges/filter-FORWARD"},
			"nftables backend does not use DOCKER-USER",
		},
		{"icc-off", "neighbour", probe.Outcome{Reason: probe.OK, Value: "02:42:ac:11:00:02"}, "The rule is an nftables rule"},
	} {
		data, ok := scenarios.Source(test.mode)
		if !ok {
			t.Fatalf("there is no %s", test.mode)
		}
		sc, err := scenario.Load(test.mode, data)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(sc.Steps, func(s scenario.Step) bool { return s.Check != nil && s.Check.ID == test.check })
		f := &fakeLab{
			answers: map[string][]probe.Outcome{sc.Steps[i].Check.From: {test.got}},
			values:  map[string]string{"bob.web.mac": "02:42:ac:11:00:02"},
		}
		sc.Steps[i].Check.Control = nil
		j := newTestJudge(f, []fact.Label{{Name: "engine.firewall-backend", Value: "nftables"}}, sc.Steps[i])
		if err := j.carryOut(t.Context(), 0, 1); err != nil {
			t.Fatal(err)
		}
		if got := j.out[0]; got.Verdict != result.AsExpected || !strings.Contains(got.Because, test.because) {
			t.Errorf("%s: %s is %s: %s %s; want as expected, with %q", test.mode, test.check, got.Verdict, got.Because, got.Why,
				test.because)
		}
	}
}
