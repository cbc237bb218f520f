package why

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// published returns the facts of a question to a published port of shop-db-1, which a socket of the host has too.
func published(seen string) *Facts {
	f := resolved()
	f.Lookup = nil
	f.Target = Target{Key: survey.HostWord, Port: 8080, Network: "tcp"}
	f.Host = &fact.Stack{Sockets: []fact.Socket{{Network: "tcp", Address: "0.0.0.0:8080"}}}
	f.Tries = []Try{{
		Address: "10.0.0.1", Kind: OnHost, Server: f.Container("shop-db-1"), Port: 5432,
		Through: &fact.Binding{Port: "5432/tcp", HostPort: 8080}, Watched: true, Arrived: 1, Replied: 1, Source: seen,
		Stack:   &fact.Stack{Sockets: []fact.Socket{{Network: "tcp", Address: "0.0.0.0:5432"}}},
		Outcome: probe.Outcome{Reason: probe.OK, Path: &probe.Path{Link: "eth0", Source: "10.0.0.6", Sent: 1}},
	}}
	return f
}

// A published port hides the client if a second connection or another source address is measured, and only then.
func TestClientAddressHidden(t *testing.T) {
	t.Parallel()
	proxy := func(f *Facts) {
		try := &f.Tries[0]
		try.Arrived, try.Replied, try.Source = 0, 0, ""
		try.Behind = &probe.Outcome{Reason: probe.OK, Path: &probe.Path{Source: "10.0.0.1"}}
	}
	for _, test := range []struct {
		name   string
		seen   string
		change func(*Facts)
		title  string // a part; "" for no note
	}{
		{"its own address", "10.0.0.6", nil, ""},
		{"masqueraded", "10.0.0.1", nil, "another source address, so shop-db-1 sees 10.0.0.1 instead of 10.0.0.6"},
		{"proxied", "", proxy, "userland proxy connects for shop-queue-1, so shop-db-1 sees 10.0.0.1 instead of 10.0.0.6"},
		{"proxied for a computer outside", "", func(f *Facts) {
			proxy(f)
			f.From = survey.End{Outside: true, Stack: &fact.Stack{}}
		}, "userland proxy connects for a computer outside"},
		{"no socket of the host", "", func(f *Facts) {
			proxy(f)
			f.Host.Sockets = nil
		}, ""},
		{"from the host", "10.0.0.1", func(f *Facts) { f.From = survey.End{Stack: f.Host} }, ""},
		{"itself", "10.0.0.1", func(f *Facts) { f.From.Container = f.Container("shop-db-1") }, ""},
		{"not by a published port", "10.0.0.1", func(f *Facts) { f.Tries[0].Through = nil }, ""},
	} {
		f := published(test.seen)
		if test.change != nil {
			test.change(f)
		}
		w := Diagnose(f)
		if w.Verdict != result.Reachable {
			t.Errorf("%s: a note changed the verdict to %s: %+v", test.name, w.Verdict, w.Causes)
		}
		switch {
		case test.title == "":
			if len(w.Causes) > 0 {
				t.Errorf("%s: got %+v, want none", test.name, w.Causes)
			}
		case !slices.Equal(ids(w), []string{"client-address-hidden"}) || !strings.Contains(w.Causes[0].Title, test.title):
			t.Errorf("%s: got %+v, want %q", test.name, w.Causes, test.title)
		case f.From.Container != nil && w.Causes[0].Fix[0].Class == result.FixHost:
			t.Errorf("%s: got %+v, want a fix that leaves Docker's rules alone", test.name, w.Causes[0].Fix)
		}
	}
}

// By IPv6, Docker's proxy answers for a container that has no address there. The rules are not what is missing.
func TestProxyByIPv6(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ address, at, want string }{
		{"10.0.0.1", "", `"iptables": true`},
		{"fd00::1", "", "Use an IPv4 address of the host."},
		{"fd00::1", "fd00:1::2", `"ip6tables": true`},
	} {
		f := published("")
		f.From = survey.End{Outside: true, Stack: &fact.Stack{}}
		f.Host.Sockets = append(f.Host.Sockets, fact.Socket{Network: "tcp", Address: "[::]:8080"})
		try := &f.Tries[0]
		try.Address, try.Arrived, try.Replied = test.address, 0, 0
		try.Behind = &probe.Outcome{Reason: probe.OK, Path: &probe.Path{Source: "10.0.0.1"}}
		try.Server.Endpoints[0].IPv6 = test.at
		w := Diagnose(f)
		if len(w.Causes) != 1 || !strings.Contains(w.Causes[0].Fix[0].Say, test.want) {
			t.Errorf("%s, and the server has %q: got %+v, want %q", test.address, test.at, w.Causes, test.want)
		}
	}
}

// A rule that accepts must go to where the packets pass, and Docker leaves only DOCKER-USER to the user.
func TestPolicyFix(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ table, chain, want string }{
		{"filter", "FORWARD", "Add a rule to DOCKER-USER that accepts these packets."},
		{"filter", "INPUT", "Add a rule to INPUT that accepts these packets."},
		{"guard", "forward", "Add a rule to forward in table guard that accepts these packets."},
	} {
		c := firewall(&Facts{}, &Try{Drop: &fact.Drop{Family: "ip", Table: test.table, Chain: test.chain}})
		if c == nil || c.Fix[0].Say != test.want {
			t.Errorf("%s in %s: got %+v, want %q", test.chain, test.table, c, test.want)
		}
	}
}

// The masquerading rule must have counted the connections. A busy one is not it.
func TestMasquerades(t *testing.T) {
	t.Parallel()
	nat := func(counts ...uint64) fact.Firewall {
		c := fact.Chain{Family: "ip", Table: "nat", Name: "POSTROUTING"}
		for i, n := range counts {
			c.Passes = append(c.Passes, fact.Rule{Number: i + 1, Verdict: fact.VerdictMasquerade, Counts: true, Packets: n})
		}
		return fact.Firewall{c}
	}
	if got := masquerades(nat(7, 7, 7), nat(7, 7+sourceAsks, 900)); !slices.Equal(got,
		[]string{"rule 2 of POSTROUTING in table nat"}) {
		t.Errorf("got %q", got)
	}
	// As engine 29 writes it with the nftables backend.
	docker29 := func(count uint64) fact.Firewall {
		return fact.Firewall{{
			Family: "ip", Table: "docker-bridges", Name: "nat-postrouting-out__docker0", Passes: []fact.Rule{{
				Number: 1, Verdict: fact.VerdictMasquerade, Out: "! docker0", From: "172.17.0.0/16", Comment: "MASQUERADE",
				Counts: true, Packets: count,
			}},
		}}
	}
	if got := masquerades(docker29(1), docker29(1+sourceAsks)); !slices.Equal(got,
		[]string{`rule 1 of nat-postrouting-out__docker0 in table docker-bridges ("MASQUERADE")`}) {
		t.Errorf("got %q", got)
	}
}

// Where the host is not the computer that the user sees, a note says so if the question is about the host.
func TestBoundaries(t *testing.T) {
	t.Parallel()
	desktop := func(f *Facts) { f.Engine.Kind, f.Engine.OS = fact.KindDesktop, "Docker Desktop" }
	for _, test := range []struct {
		name   string
		engine func(*Facts)
		want   string
	}{
		{"Docker Desktop", desktop, "desktop-vm"},
		{"rootless", func(f *Facts) { f.Engine.Rootless = true }, "rootless-boundary"},
		{"WSL with the network of Windows", func(f *Facts) {
			f.Engine.Kernel = "6.6.87.2-microsoft-standard-WSL2"
			f.Host.Links = []fact.Link{{Name: "loopback0"}}
		}, "wsl-mirrored"},
		{"WSL behind its own NAT", func(f *Facts) { f.Engine.Kernel = "6.6.87.2-microsoft-standard-WSL2" }, ""},
		{"Linux", func(*Facts) {}, ""},
	} {
		f := published("10.0.0.6")
		test.engine(f)
		w := Diagnose(f)
		if got := strings.Join(ids(w), " "); got != test.want || w.Verdict != result.Reachable {
			t.Errorf("%s: got %s with %q, want reachable with %q", test.name, w.Verdict, got, test.want)
		}
	}
	f := resolved("shop-db-1")
	desktop(f)
	if w := Diagnose(f); len(w.Causes) > 0 {
		t.Errorf("two containers on one network: got %+v", w.Causes)
	}
	f = published("10.0.0.6")
	desktop(f)
	f.Tries[0].Outcome.Reason, f.Tries[0].Stack = probe.Refused, &fact.Stack{}
	if w := Diagnose(f); w.Verdict != result.Unreachable || w.Obstacle().ID != "published-nobody-behind" {
		t.Errorf("a note hides the cause: %s with %+v", w.Verdict, w.Causes)
	}
}

// TestPublishedWithoutForwarding: a published port needs forwarding, also from a computer that is next to the host.
func TestPublishedWithoutForwarding(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"0", "1"} {
		f := published("")
		f.From = survey.End{Outside: true, Stack: &fact.Stack{}}
		f.Host.Sysctls = []fact.Sysctl{{Name: "net.ipv4.ip_forward", Value: value}}
		try := &f.Tries[0]
		try.Arrived, try.Replied = 0, 0
		try.Outcome = probe.Outcome{Reason: probe.Timeout, Detail: "no answer", Path: &probe.Path{Link: "eth0", Sent: 3}}
		if got := slices.Contains(ids(Diagnose(f)), "forwarding-off"); got != (value == "0") {
			t.Errorf("net.ipv4.ip_forward is %s: got %+v", value, Diagnose(f).Causes)
		}
	}
}
