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

// tried is a try of a port with these sockets.
func tried(kind Kind, address string, o probe.Outcome, sockets ...string) Try {
	t := Try{Address: address, Kind: kind, Port: 80, Outcome: o}
	if kind == Elsewhere {
		return t
	}
	t.Stack = &fact.Stack{Links: []fact.Link{{Addresses: []string{address + "/" + bits(address)}}}}
	for _, at := range sockets {
		t.Stack.Sockets = append(t.Stack.Sockets, fact.Socket{Network: "tcp", Address: at})
	}
	if o.Reason == probe.Refused {
		t.Arrived, t.Replied = 1, 1
	}
	return t
}

func bits(address string) string {
	if isSix(address) {
		return "64"
	}
	return "24"
}

// Both families are tried, and each answer counts as programs would take it.
func TestFamilies(t *testing.T) {
	t.Parallel()
	const four, six = "10.0.0.4", "fd00::4"
	path := &probe.Path{Link: "eth0", Sent: 1}
	yes := probe.Outcome{Reason: probe.OK, Path: path}
	no := probe.Outcome{Reason: probe.Refused, Detail: "RST", Path: path}
	silence := probe.Outcome{Reason: probe.Timeout, Detail: "no answer for 1.0 s", Path: path}
	noRoute := probe.Outcome{Reason: probe.NetUnreachable, Detail: "ENETUNREACH"}
	far := probe.Outcome{Reason: probe.NetUnreachable, Detail: "ICMP", From: "fd00::1", Path: path}
	for _, test := range []struct {
		name    string
		tries   []Try
		verdict string
		causes  []string
		fails   string // the address that is said to fail
	}{
		{
			"both work",
			[]Try{tried(InContainer, four, yes, "[::]:80"), tried(InContainer, six, yes, "[::]:80")},
			result.Reachable, nil, "",
		},
		{
			"no IPv6 at the asker",
			[]Try{tried(InContainer, four, yes, "0.0.0.0:80"), tried(Elsewhere, six, noRoute)},
			result.Reachable, nil, "",
		},
		{
			"IPv4 only",
			[]Try{tried(InContainer, four, yes, "0.0.0.0:80"), tried(InContainer, six, no, "0.0.0.0:80")},
			result.Ambiguous,
			[]string{"ip-family-mismatch"},
			six,
		},
		{
			"IPv6 only",
			[]Try{tried(InContainer, four, no, "[::]:80"), tried(InContainer, six, yes, "[::]:80")},
			result.Ambiguous,
			[]string{"ip-family-mismatch"},
			four,
		},
		{
			"silence by IPv6",
			[]Try{tried(Elsewhere, four, yes, "0.0.0.0:80"), tried(Elsewhere, six, silence)},
			result.Ambiguous,
			[]string{"ip-family-mismatch"},
			six,
		},
		{
			"no way for IPv6 behind the gateway",
			[]Try{tried(Elsewhere, four, yes, "0.0.0.0:80"), tried(Elsewhere, six, far)},
			result.Ambiguous,
			[]string{"ip-family-mismatch"},
			six,
		},
		{
			"no IPv6 at the asker, and no other address",
			[]Try{tried(Elsewhere, six, noRoute)},
			result.Unreachable,
			[]string{"ip-family-mismatch"},
			"",
		},
		{
			"silence by both",
			[]Try{tried(Elsewhere, four, silence), tried(Elsewhere, six, silence)},
			result.Unknown, nil, six,
		},
		{
			"nothing listens, and no IPv6 at the asker",
			[]Try{tried(InContainer, four, no), tried(Elsewhere, six, noRoute)},
			result.Unreachable,
			[]string{"nothing-listens"},
			four,
		},
		{"localhost, 127.0.0.1 only", []Try{tried(Itself, "::1", no, "127.0.0.1:80"), tried(Itself, "127.0.0.1", yes,
			"127.0.0.1:80")}, result.Ambiguous, []string{"localhost-is-ipv6"}, "::1"},
		{"localhost, 0.0.0.0 only", []Try{tried(Itself, "::1", no, "0.0.0.0:80"), tried(Itself, "127.0.0.1", yes,
			"0.0.0.0:80")}, result.Ambiguous, []string{"localhost-is-ipv6"}, "::1"},
		{
			"localhost, ::1 only",
			[]Try{tried(Itself, "::1", yes, "[::1]:80"), tried(Itself, "127.0.0.1", no, "[::1]:80")},
			result.Ambiguous,
			[]string{"localhost-is-ipv6"},
			"127.0.0.1",
		},
		{
			"127.0.0.1, ::1 only",
			[]Try{tried(Itself, "127.0.0.1", no, "[::1]:80")},
			result.Unreachable,
			[]string{"localhost-is-ipv6"},
			"",
		},
		{
			"localhost, nothing",
			[]Try{tried(Itself, "::1", no), tried(Itself, "127.0.0.1", no)},
			result.Unreachable,
			[]string{"nothing-listens"},
			"::1",
		},
	} {
		f := resolved()
		f.Target.Port, f.Lookup.Name, f.Tries = 80, "api", test.tries
		for _, o := range test.tries {
			f.Lookup.Addresses = append(f.Lookup.Addresses, o.Address)
		}
		w := Diagnose(f)
		if w.Verdict != test.verdict || !slices.Equal(ids(w), test.causes) {
			t.Errorf("%s: got %s with %+v, want %s with %q", test.name, w.Verdict, w.Causes, test.verdict, test.causes)
		}
		said := slices.ContainsFunc(w.Attempts, func(a result.Attempt) bool {
			return a.Address == test.fails && a.State == result.HopNo && strings.HasPrefix(a.Text, "fails: ")
		})
		if said != (test.fails != "") {
			t.Errorf("%s: the attempts are %+v, want %q to fail", test.name, w.Attempts, test.fails)
		}
	}
}

// ::1 counts only where the loopback interface has it, and is first then. Other names have both families.
func TestInHosts(t *testing.T) {
	t.Parallel()
	hosts := []fact.HostEntry{
		{Address: "127.0.0.1", Names: []string{"localhost"}},
		{Address: "::1", Names: []string{"localhost", "ip6-localhost"}},
		{Address: "fd00::1", Names: []string{"db"}},
		{Address: "10.0.0.1", Names: []string{"DB"}},
		{Address: "10.0.0.2", Names: []string{"db"}},
	}
	lo := []fact.Link{{Name: "lo", Addresses: []string{"127.0.0.1/8", "::1/128"}}}
	for _, test := range []struct {
		name  string
		links []fact.Link
		want  []string
	}{
		{"localhost", nil, []string{"127.0.0.1"}},
		{"localhost", lo, []string{"::1", "127.0.0.1"}},
		{"ip6-localhost", nil, []string{"::1"}},
		{"db.", lo, []string{"10.0.0.1", "fd00::1"}},
		{"other", lo, nil},
	} {
		if got := inHosts(&fact.Stack{Hosts: hosts, Links: test.links}, test.name); !slices.Equal(got, test.want) {
			t.Errorf("%s, %d links: got %q, want %q", test.name, len(test.links), got, test.want)
		}
	}
}

// TestOneFamilyPublished: a container without IPv4 is published by IPv6 only, and a port inside Docker is no advice for
// who is not there.
func TestOneFamilyPublished(t *testing.T) {
	t.Parallel()
	for _, outside := range []bool{true, false} {
		f := published("")
		db := f.Container("shop-db-1")
		db.Ports = []fact.Binding{{Port: "5432/tcp", HostIP: "::", HostPort: 8080}}
		f.From = survey.End{Outside: outside, Stack: f.Host}
		sockets := f.Tries[0].Stack
		f.Tries = []Try{
			{
				Address: "192.0.2.1", Kind: OnHost, Port: 8080, Stack: f.Host,
				Outcome: probe.Outcome{Reason: probe.Refused, Detail: "RST from 192.0.2.1", Path: &probe.Path{Sent: 1}},
			},
			{Kind: InContainer, Server: db, Port: 8080, Stack: sockets},
		}
		w := Diagnose(f)
		if w.Verdict != result.Unreachable || !slices.Equal(ids(w), []string{"ip-family-mismatch"}) ||
			w.Causes[0].Title != "shop-db-1 publishes port 8080 for IPv6 only, and 192.0.2.1 is an IPv4 address." {
			t.Errorf("outside %t: got %s with %+v, want ip-family-mismatch alone", outside, w.Verdict, w.Causes)
		}
		db.Ports[0].HostIP = "0.0.0.0"
		if w := Diagnose(f); slices.Contains(ids(w), "ip-family-mismatch") {
			t.Errorf("outside %t, and published by IPv4: got %+v", outside, w.Causes)
		}
	}
}

// TestRefusedByIPv6Only: the listener that refuses is not shown as one that accepts.
func TestRefusedByIPv6Only(t *testing.T) {
	t.Parallel()
	f := resolved("shop-db-1")
	f.Lookup, f.Target = nil, Target{Key: "10.0.0.4", Port: 80, Network: "tcp"}
	f.Tries = []Try{tried(InContainer, "10.0.0.4", probe.Outcome{
		Reason: probe.Refused, Detail: "RST", Path: &probe.Path{Link: "eth0", Sent: 1},
	}, "[::]:80")}
	f.Tries[0].Server, f.Tries[0].Watched = f.Container("shop-db-1"), true
	for _, hop := range Diagnose(f).Chain {
		if hop.Hop == "listener" && (hop.State != result.HopNo || hop.Text != "refused by shop-db-1") {
			t.Errorf("got %+v, want that the listener refuses", hop)
		}
	}
}
