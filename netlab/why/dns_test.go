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

// dnsSaid is an answer of a DNS server, and how long it took.
func dnsSaid(reason probe.Reason, ms int64) probe.Outcome {
	return probe.Outcome{Reason: reason, Detail: string(reason), TookUS: ms * 1000}
}

// outsideName returns the facts of a question about a name that is no container's.
func outsideName(asked ...Asked) *Facts {
	f := resolved()
	f.Meant, f.Lookup = nil, &Lookup{Name: "example.com", Asked: asked}
	return f
}

func byDocker(o probe.Outcome) Asked {
	return Asked{Name: "example.com", Server: probe.DockerDNS, Outcome: o}
}

func ids(w *result.Why) []string {
	var found []string
	for _, c := range w.Causes {
		found = append(found, c.ID)
	}
	return found
}

func TestDNSUpstream(t *testing.T) {
	t.Parallel()
	up := func(address string, o probe.Outcome) Upstream {
		return Upstream{Upstream: fact.Upstream{Address: address}, Known: "resolv.conf", Outcome: o}
	}
	silent, servfail := byDocker(dnsSaid(probe.DNSNoAnswer, 1000)), byDocker(dnsSaid(probe.DNSError, 1))
	dead, refused := dnsSaid(probe.DNSNoAnswer, 1000), dnsSaid(probe.Refused, 1)
	good := dnsSaid(probe.OK, 12)
	for _, test := range []struct {
		name    string
		asked   Asked
		up      []Upstream
		own     probe.Reason
		verdict string
		cause   string
		title   string
	}{
		{
			"a dead server", silent,
			[]Upstream{up("10.0.0.53", dead)},
			probe.OK, result.Unreachable, "dns-upstream",
			"10.0.0.53, which does not answer",
		},
		{
			"no server there", servfail,
			[]Upstream{up("10.0.0.53", refused)},
			probe.OK, result.Unreachable, "dns-upstream",
			"10.0.0.53, which does not answer",
		},
		{
			"it has an error itself", servfail,
			[]Upstream{up("10.0.0.53", dnsSaid(probe.DNSError, 3))},
			probe.OK,
			result.Unreachable, "dns-upstream", "10.0.0.53, which answers with an error",
		},
		{
			"the first of two", silent,
			[]Upstream{up("10.0.0.53", dead), up("10.0.0.54", good)},
			probe.OK, result.Unreachable,
			"dns-upstream", "10.0.0.53, which does not answer",
		},
		{
			"both", silent,
			[]Upstream{up("10.0.0.53", dead), up("10.0.0.54", refused)},
			probe.OK, result.Unreachable,
			"dns-upstream", "10.0.0.53 and 10.0.0.54, which do not answer",
		},
		{
			"silence of an old engine", silent,
			[]Upstream{up("10.0.0.53", refused)},
			probe.OK, result.Unreachable, "dns-upstream", "10.0.0.53, which does not answer",
		},
		{
			"an error at once, and a server that keeps others waiting", servfail,
			[]Upstream{up("10.0.0.53", dead)},
			probe.OK, result.Unknown, "", "",
		},
		{"all answer", silent, []Upstream{up("10.0.0.53", good)}, probe.OK, result.Unknown, "", ""},
		{
			"Docker's own", silent,
			[]Upstream{up("10.0.0.53", dead)},
			probe.DNSNoAnswer, result.Unreachable, "resolver-silent",
			"not even for its own name, queue",
		},
	} {
		f := outsideName(test.asked)
		f.Lookup.Upstreams = test.up
		f.Lookup.Own = []Asked{{Name: "queue", Outcome: probe.Outcome{Reason: test.own}}}
		w := Diagnose(f)
		got, title := strings.Join(ids(w), " "), ""
		if len(w.Causes) > 0 {
			title = w.Causes[0].Title
		}
		if w.Verdict != test.verdict || got != test.cause || !strings.Contains(title, test.title) {
			t.Errorf("%s: got %s with %q, %q; want %s with %q, %q", test.name, w.Verdict, got, title, test.verdict,
				test.cause, test.title)
		}
	}
}

// On the default bridge a container asks the servers itself.
func TestDNSUpstreamWithoutDocker(t *testing.T) {
	t.Parallel()
	first := Asked{Name: "example.com", Server: "10.0.0.53", Outcome: dnsSaid(probe.DNSNoAnswer, 1000)}
	f := outsideName(first)
	f.From.Stack.Nameservers = []string{"10.0.0.53"}
	if w := Diagnose(f); w.Verdict != result.Unreachable || !slices.Equal(ids(w), []string{"dns-upstream"}) {
		t.Errorf("got %s with %+v", w.Verdict, w.Causes)
	}
	// The second one answers, so programs only have to wait.
	f = resolved("shop-db-1")
	f.From.Stack.Nameservers = []string{"10.0.0.53", "10.0.0.54"}
	f.Lookup.Source = "10.0.0.54"
	f.Lookup.Asked = []Asked{first, {Name: "example.com", Server: "10.0.0.54", Outcome: dnsSaid(probe.OK, 3)}}
	w := Diagnose(f)
	if w.Verdict != result.Reachable || !slices.Equal(ids(w), []string{"dns-upstream"}) || !w.Causes[0].Note {
		t.Errorf("the second answers: got %s with %+v", w.Verdict, w.Causes)
	}
	f.Lookup.Asked[0].Outcome = dnsSaid(probe.Refused, 1)
	if w := Diagnose(f); w.Verdict != result.Reachable || len(w.Causes) > 0 {
		t.Errorf("the first refuses at once: got %s with %+v", w.Verdict, w.Causes)
	}
}

// For a container on internal networks only, Docker's DNS server asks no other one.
func TestDNSOfInternalNetwork(t *testing.T) {
	t.Parallel()
	f := outsideName(byDocker(dnsSaid(probe.DNSError, 1)))
	f.Networks = []fact.Network{{Name: "net", Driver: "bridge", Internal: true}}
	w := Diagnose(f)
	if !slices.Equal(ids(w), []string{"dns-upstream"}) || !strings.Contains(w.Causes[0].Title, "internal") {
		t.Errorf("got %s with %+v", w.Verdict, w.Causes)
	}
}

func TestResolverSilent(t *testing.T) {
	t.Parallel()
	f := resolved()
	f.Meant = f.Container("shop-db-1")
	f.Lookup.Asked = []Asked{byDocker(dnsSaid(probe.DNSNoAnswer, 1000))}
	f.Lookup.Own = []Asked{byDocker(dnsSaid(probe.OK, 1)), byDocker(dnsSaid(probe.DNSNoAnswer, 1000))}
	w := Diagnose(f)
	if !slices.Equal(ids(w), []string{"resolver-silent"}) || !strings.Contains(w.Causes[0].Title, "not always") {
		t.Errorf("got %s with %+v", w.Verdict, w.Causes)
	}
	if run := w.Causes[0].Fix[0].Run; run != "docker restart shop-queue-1" {
		t.Errorf("the fix is %q", run)
	}
}

func TestSplitDNSLost(t *testing.T) {
	t.Parallel()
	unknown := byDocker(dnsSaid(probe.NameNotFound, 5))
	for _, test := range []struct {
		name   string
		atHost *Lookup
		want   string // in the first fix; "" for no cause
	}{
		{"a server", &Lookup{
			Name: "example.com", Source: "10.8.0.1", Addresses: []string{"10.9.0.7"}, Asked: []Asked{{Name: "example.com"}},
		}, "--dns 10.8.0.1"},
		{"a search domain", &Lookup{
			Name: "example.com", Source: "10.8.0.1", Addresses: []string{"10.9.0.7"},
			Asked: []Asked{{Name: "example.com.corp.test"}},
		}, "--dns 10.8.0.1 --dns-search corp.test"},
		{"systemd-resolved", &Lookup{
			Name: "example.com", Source: "127.0.0.53", Addresses: []string{"10.9.0.7"}, Asked: []Asked{{Name: "example.com"}},
		}, "--dns SERVER"},
		{
			"the host's file", &Lookup{Name: "example.com", Source: hostsFile, Addresses: []string{"10.9.0.7"}},
			"--add-host example.com:10.9.0.7",
		},
		{"the host knows nothing either", &Lookup{Name: "example.com"}, ""},
	} {
		f := outsideName(unknown)
		f.Lookup.AtHost = test.atHost
		w := Diagnose(f)
		if test.want == "" {
			if w.Verdict != result.Unknown || len(w.Causes) > 0 {
				t.Errorf("%s: got %s with %+v", test.name, w.Verdict, w.Causes)
			}
			continue
		}
		if !slices.Equal(ids(w), []string{"split-dns-lost"}) || !strings.Contains(w.Causes[0].Fix[0].Say, test.want) {
			t.Errorf("%s: got %s with %+v, want the fix %q", test.name, w.Verdict, w.Causes, test.want)
		}
	}
}

// Which servers Docker's own one forwards to, and from where it asks them.
func TestUpstreams(t *testing.T) {
	t.Parallel()
	host := &survey.Seat{Stack: &fact.Stack{HostFiles: &fact.HostFiles{
		Nameservers: []string{"127.0.0.1", "10.0.0.1", "fd00::1"},
	}}}
	resolve := &survey.Seat{Stack: &fact.Stack{HostFiles: &fact.HostFiles{
		Nameservers: []string{"127.0.0.53"}, Systemd: []string{"10.0.0.2"},
	}}}
	for _, test := range []struct {
		name     string
		forwards *fact.Forwards
		dns      []string
		host     *survey.Seat
		want     []fact.Upstream
	}{
		{
			"from 26 on", &fact.Forwards{Servers: []fact.Upstream{{Address: "10.0.0.9", OnHost: true}}},
			[]string{"10.0.0.8"},
			host,
			[]fact.Upstream{{Address: "10.0.0.9", OnHost: true}},
		},
		{"none from 26 on", &fact.Forwards{}, nil, host, nil},
		{"--dns before", nil, []string{"127.0.0.1"}, host, []fact.Upstream{{Address: "127.0.0.1"}}},
		{"the host's before", nil, nil, host, []fact.Upstream{{Address: "127.0.0.1", OnHost: true}, {Address: "10.0.0.1"}}},
		{"systemd-resolved before", nil, nil, resolve, []fact.Upstream{{Address: "10.0.0.2"}}},
		{"a host that cannot be seen", nil, nil, nil, nil},
	} {
		f := outsideName()
		f.From.Stack.Forwards, f.From.Container.DNS = test.forwards, test.dns
		var got []fact.Upstream
		for _, u := range upstreams(f, test.host) {
			got = append(got, u.Upstream)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}
