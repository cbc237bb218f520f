package scan

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// guarded is machine with chains for packets to the host.
func guarded(chains ...fact.Chain) *Facts {
	f := machine()
	f.Host.Link("eth0").Addresses = []string{"192.0.2.10/24"}
	*f.Firewall = append(*f.Firewall, chains...)
	return f
}

// shutting is the chain INPUT with a policy that drops, and what it accepts or jumps to.
func shutting(passes ...fact.Rule) fact.Chain {
	c := chain("filter", "INPUT", fact.HookInput, passes...)
	c.Drops = []fact.Rule{{Verdict: fact.PolicyDrop, Every: true, Counts: true}}
	return c
}

// dropping is the chain INPUT with a policy that accepts, and a rule that drops.
func dropping(r fact.Rule) fact.Chain {
	c := chain("filter", "INPUT", fact.HookInput)
	r.Number, r.Verdict, r.Counts = 3, fact.PolicyDrop, true
	c.Drops = []fact.Rule{r}
	return c
}

// Only ports that the host's firewall seems to close are asked from outside: each costs packets, and a container.
func TestExposures(t *testing.T) {
	t.Parallel()
	opened := fact.Rule{Verdict: fact.PolicyAccept, Network: "tcp", Ports: "22,8080"}
	from := func(subnet string) fact.Rule {
		r := opened
		r.From = subnet
		return r
	}
	firewalld := fact.Chain{
		Family: "inet", Table: "firewalld", Name: "filter_INPUT", Hook: fact.HookInput,
		Drops:  []fact.Rule{{Number: 5, Verdict: fact.VerdictReject, Every: true}},
		Passes: []fact.Rule{jump("filter_IN_public")},
	}
	zone := func(ports string) fact.Chain {
		return fact.Chain{
			Family: "inet", Table: "firewalld", Name: "filter_IN_public",
			Passes: []fact.Rule{{Verdict: fact.PolicyAccept, Network: "tcp", Ports: ports}},
		}
	}
	for name, test := range map[string]struct {
		facts *Facts
		want  string // what closes the port; "" if it is not asked
	}{
		"no rules about the host":  {machine(), ""},
		"a policy that accepts":    {guarded(chain("filter", "INPUT", fact.HookInput)), ""},
		"a policy that drops":      {guarded(shutting()), "the policy of INPUT"},
		"the port is accepted":     {guarded(shutting(opened)), ""},
		"accepted from everywhere": {guarded(shutting(from("0.0.0.0/0"))), ""},
		"accepted from an office":  {guarded(shutting(from("203.0.113.0/24"))), "the policy of INPUT"},
		"known connections and loopback are accepted": {
			guarded(shutting(
				fact.Rule{Verdict: fact.PolicyAccept, More: true}, fact.Rule{Verdict: fact.PolicyAccept, In: "lo"})),
			"the policy of INPUT",
		},
		"all from the LAN's link is accepted": {
			guarded(shutting(fact.Rule{Verdict: fact.PolicyAccept, In: "eth0"})), "",
		},
		"ports that could not be read": {
			guarded(shutting(fact.Rule{Verdict: fact.PolicyAccept, Network: "tcp", Ports: "?", More: true})), "",
		},
		"an accepted port in a zone":      {guarded(firewalld, zone("8080")), ""},
		"another accepted port in a zone": {guarded(firewalld, zone("22")), "rule 5 of filter_INPUT in table firewalld"},
		"a rule about the port":           {guarded(dropping(fact.Rule{Network: "tcp", Ports: "8080"})), "rule 3 of INPUT"},
		"a rule about another port":       {guarded(dropping(fact.Rule{Network: "tcp", Ports: "8081"})), ""},
		"a rule about UDP":                {guarded(dropping(fact.Rule{Network: "udp", Ports: "8080"})), ""},
		"a rule about one sender": {
			guarded(dropping(fact.Rule{Network: "tcp", Ports: "8080", From: "203.0.113.9/32"})), "",
		},
		"a rule about another link": {guarded(dropping(fact.Rule{Network: "tcp", Ports: "8080", In: "wlan0"})), ""},
		"a rule about all links but lo": {
			guarded(dropping(fact.Rule{Network: "tcp", Ports: "8080", In: "! lo"})), "rule 3 of INPUT",
		},
	} {
		got := ""
		for _, x := range test.facts.exposures() {
			got += x.Closed.String()
			if x.Address != "192.0.2.10" || x.Published.HostPort != 8080 {
				t.Errorf("%s: asked %s, %+v", name, x.Address, x.Published)
			}
			if named := x.Closed.Match.Ports != ""; named != (x.Unused == 0) {
				t.Errorf("%s: the unused port is %d", name, x.Unused)
			}
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	f := guarded(shutting())
	f.Containers[0].Ports = []fact.Binding{
		{Port: "80/tcp", HostIP: "127.0.0.1", HostPort: 8080},
		{Port: "53/udp", HostIP: "0.0.0.0", HostPort: 53},
		{Port: "80/tcp", HostIP: "::", HostPort: 8080}, // for Docker's proxy
		{Port: "90/tcp", HostIP: "192.0.2.11", HostPort: 61001},
	}
	if got := f.exposures(); len(got) != 1 || got[0].Address != "192.0.2.11" || got[0].Unused != 61002 {
		t.Errorf("an address, loopback, Docker's proxy and UDP: got %+v", got)
	}
}

// Chains for IPv6 say nothing about IPv4, and the other way round.
func TestExposuresIPv6(t *testing.T) {
	t.Parallel()
	six := func(c fact.Chain) fact.Chain {
		c.Family = "ip6"
		return c
	}
	both := shutting()
	both.Family = "inet"
	for name, test := range map[string]struct {
		by       fact.Chain
		off      bool // IPv6 on the host
		four, is bool // whether the port is asked by IPv4, and by IPv6
	}{
		"a chain for IPv4":           {by: shutting(), four: true},
		"a chain for IPv6":           {by: six(shutting()), is: true},
		"a chain for both":           {by: both, four: true, is: true},
		"both, and IPv6 is off":      {by: both, four: true, off: true},
		"IPv6, a rule about a port":  {by: six(dropping(fact.Rule{Network: "tcp", Ports: "8080"})), is: true},
		"IPv6, and it is accepted":   {by: six(shutting(fact.Rule{Verdict: fact.PolicyAccept, Ports: "8080"}))},
		"IPv6, accepted from anyone": {by: six(shutting(fact.Rule{Verdict: fact.PolicyAccept, From: "::/0"}))},
	} {
		f := guarded(test.by)
		f.Host.Link("eth0").Addresses = []string{"192.0.2.10/24", "fe80::1/64", "2001:db8::10/64"}
		if !test.off {
			f.Host.Sysctls = append(f.Host.Sysctls, fact.Sysctl{Name: "net.ipv6.conf.all.disable_ipv6", Value: "0"})
		}
		f.Containers[0].Endpoints[0].IPv6 = "fd00:1::2"
		f.Containers[0].Ports = []fact.Binding{
			{Port: "80/tcp", HostIP: "0.0.0.0", HostPort: 8080}, {Port: "80/tcp", HostIP: "::", HostPort: 8080},
		}
		var got, want []string
		for _, x := range f.exposures() {
			got = append(got, x.Address)
		}
		if test.four {
			want = append(want, "192.0.2.10")
		}
		if test.is {
			want = append(want, "2001:db8::10")
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: asked %v, want %v", name, got, want)
		}
	}
}

// A port is only called open in spite of the firewall if it answered, and if something shows that the firewall closes
// ports.
func TestFirewallDoesNotCover(t *testing.T) {
	t.Parallel()
	open, silent := probe.Outcome{Reason: probe.OK}, probe.Outcome{Reason: probe.Timeout}
	refused := probe.Outcome{Reason: probe.Refused}
	user := func(f *Facts) { *f.Firewall = append(*f.Firewall, chain("filter", "DOCKER-USER", "")) }
	const command = "iptables -I DOCKER-USER -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP"
	named := dropping(fact.Rule{Network: "tcp", Ports: "8080"})
	for name, test := range map[string]struct {
		by      fact.Chain
		answer  probe.Outcome
		unused  probe.Outcome
		dropped []fact.Drop
		counted bool
		want    string // in the evidence; "" if nothing is found
	}{
		"open":            {by: shutting(), answer: open, unused: silent, want: "port 61001, which nothing uses, did not"},
		"open, and busy":  {by: shutting(), answer: open, unused: silent, counted: true, want: "INPUT would drop it"},
		"silent":          {by: shutting(), answer: silent, unused: silent},
		"nothing there":   {by: shutting(), answer: refused, unused: silent},
		"all ports alike": {by: shutting(), answer: open, unused: refused},
		"all ports open":  {by: shutting(), answer: open, unused: open},
		"rejected with a RST": {
			by: shutting(), answer: open, unused: refused,
			dropped: []fact.Drop{{Family: "ip", Table: "filter", Chain: "INPUT"}}, want: "no rule accepts it",
		},
		"a counter of FORWARD": {
			by: shutting(), answer: open, unused: refused,
			dropped: []fact.Drop{{Family: "ip", Table: "filter", Chain: "FORWARD"}},
		},
		"a rule":               {by: named, answer: open, want: "rule 3 of INPUT counted no packet"},
		"a rule that may have": {by: named, answer: open, counted: true},
	} {
		f := guarded(test.by)
		user(f)
		f.Exposed = f.exposures()
		x := &f.Exposed[0]
		x.Answer, x.Silent, x.Dropped, x.Counted = test.answer, test.unused, test.dropped, test.counted
		got := Diagnose(f).Findings
		if test.want == "" {
			if len(got) > 0 {
				t.Errorf("%s: got %+v", name, got)
			}
			continue
		}
		if len(got) != 1 || got[0].ID != "firewall-does-not-cover" || got[0].Object != "web" {
			t.Errorf("%s: got %+v", name, got)
			continue
		}
		if !slices.ContainsFunc(got[0].Evidence, func(e probe.Evidence) bool { return strings.Contains(e.Text, test.want) }) {
			t.Errorf("%s: the evidence is %+v, want %q", name, got[0].Evidence, test.want)
		}
		if run := got[0].Fix[2].Run; run != command {
			t.Errorf("%s: got %q, want %q", name, run, command)
		}
	}
}
