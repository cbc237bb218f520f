package render

import (
	"bytes"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

func TestSeenAs(t *testing.T) {
	lab := wired("web",
		[]fact.Network{{
			Name: "web", Driver: "bridge", Subnet: "10.213.0.0/28", Gateway: "10.213.0.1", IPv6Gateway: "fd00:db8::1",
		}},
		peer("alice", "bridge", "", on("web", "bridge", "10.213.0.2", "10.213.0.1")),
		peer("bob", "bridge", "", on("web", "bridge", "10.213.0.3", "10.213.0.1")),
		fact.Peer{Name: "dave", Mode: "container", Shares: "alice"},
	)
	lab.Wires[0].IPv6Host = "fd00:db8:7::1"
	tests := []struct {
		name, asker, address, want string
	}{
		{"the host's end of a wire, in IPv6", "alice", "fd00:db8:7::1", result.SeenHost},
		{"the host's address", "alice", "192.0.2.2", result.SeenHost},
		{"the host's end of a wire", "alice", "10.213.7.1", result.SeenHost},
		{"her own", "alice", "10.213.0.2", result.SeenMe},
		{"that of the peer whose namespace he uses", "dave", "10.213.0.2", result.SeenMe},
		{"another peer's", "bob", "10.213.0.2", ""},
		{"a gateway", "alice", "10.213.0.1", result.SeenGateway},
		{"an IPv6 gateway in another notation", "alice", "fd00:db8:0::1", result.SeenGateway},
		{"IPv4 as an IPv6 socket sees it", "alice", "::ffff:192.0.2.2", result.SeenHost},
		{"the machine's own", "outside", "10.213.7.2", result.SeenMe},
		{"the machine's, and it is not asking", "alice", "10.213.7.2", ""},
		{"the machine's second, as the router", "outside", "10.213.7.3", result.SeenMe},
		{"unknown owner", "alice", "198.51.100.1", ""},
		{"loopback", "alice", "127.0.0.1", ""},
		{"no address", "alice", "unknown", ""},
		{"nothing", "alice", "", ""},
		{"an unknown asker", "mallory", "10.213.0.2", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := result.SeenAs(&lab, tt.asker, tt.address); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAnswersOfTheWorldOutside(t *testing.T) {
	lab := macvlanLab()
	tests := []struct {
		name, ask, from string
		asks            result.Question
		observed        *result.Observed
		want            string
	}{
		{
			"masqueraded", "Can alice reach outside?", "alice", asktest.Connect("outside", 80), ok("10.213.7.1", 300),
			"yes, it saw 10.213.7.1, the host, 0.30 ms",
		},
		{
			"kept", "Which address does outside see?", "alice", asktest.Connect("outside", 80), ok("10.213.7.4", 300),
			"10.213.7.4, alice, 0.30 ms",
		},
		{
			"router", "Can bob be reached?", "host", asktest.Connect("bob", 80), ok("10.213.7.3", 300),
			"yes, it saw 10.213.7.3, the gateway, 0.30 ms",
		},
		{
			"hops", "Who is on the way?", "alice", asktest.Hops("outside"), ok("172.17.0.1 10.213.7.2", 600),
			"2 hops: 172.17.0.1 10.213.7.2, 0.60 ms",
		},
		{
			"one hop", "Who is on the way?", "alice", asktest.Hops("outside"), ok("10.213.7.2", 600),
			"1 hop: 10.213.7.2, 0.60 ms",
		},
		{
			"no end of the way", "Who is on the way?", "alice", asktest.Hops("lan.silent"),
			&result.Observed{Reason: probe.Timeout, Value: "172.17.0.1", TookUS: 1_000_000},
			"NO, no answer, after 1 hop: 172.17.0.1, 1.0 s",
		},
		{
			"chains", "Does it pass DOCKER-USER?", "outside", asktest.Chains("bob", ""),
			ok("nat/DOCKER filter/FORWARD filter/DOCKER-USER", 700),
			"yes, through nat/DOCKER, filter/FORWARD, filter/DOCKER-USER, 0.70 ms",
		},
		{"start", "May a second start?", "carol", asktest.Start("carol"), no(probe.InUse, 90_000), "NO, port in use, 90 ms"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := result.Step{
				Check: "c", Ask: tt.ask, Wants: wants(tt.ask), From: tt.from, Asks: tt.asks, Observed: tt.observed,
			}
			if got := answerOf(&lab, &st).String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestKnownValues(t *testing.T) {
	bridge := bridgeLab()
	lan, overlay := macvlanLab(), overlayLab()
	tests := []struct {
		name  string
		lab   *result.Scenario
		asks  result.Question
		value string
		want  string
	}{
		{"gateway of a bridge", &bridge, asktest.Read("route.gateway"), "172.17.0.1", "host"},
		{"router of the LAN", &lan, asktest.Read("route.gateway"), "10.213.7.3", "router"},
		{"unknown gateway", &bridge, asktest.Read("route.gateway"), "198.51.100.1", "198.51.100.1"},
		{"no gateway", &bridge, asktest.Read("route.gateway"), "none", "no route"},
		{"embedded DNS server", &bridge, asktest.Read("dns.servers"), "127.0.0.11", "Docker's"},
		{"another DNS server", &bridge, asktest.Read("dns.servers"), "9.9.9.9", "9.9.9.9"},
		{"address on docker0", &bridge, asktest.Read("link.ipv4"), "172.17.0.2", "docker0"},
		{"address on the LAN", &lan, asktest.Read("link.ipv4"), "10.213.7.4", "LAN"},
		{"address on an overlay", &overlay, asktest.Read("link.ipv4"), "10.213.8.2", "VXLAN"},
		{"the host's address", &lan, asktest.Read("link.ipv4"), "192.0.2.2", "host"},
		{"unknown address", &lan, asktest.Read("link.ipv4"), "198.51.100.1", "198.51.100.1"},
		{"seen by a listener", &lan, asktest.Connect("outside", 80), "10.213.7.4", "me"},
		{"hops", &lan, asktest.Hops("outside"), "172.17.0.1 10.213.7.2", "2 hops"},
		{"anything else", &lan, asktest.Read("link.mtu"), "1500", "1500"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := result.Step{Check: "c", From: "alice", Asks: tt.asks, Observed: ok(tt.value, 0)}
			if got := known(tt.lab, &st); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// The usual course table must fit without being split.
func TestSixModesStandSideBySide(t *testing.T) {
	var b bytes.Buffer
	if err := Compare(&b, world(), Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	found := false
	for line := range strings.Lines(b.String()) {
		all := strings.Fields(line)
		found = found || strings.Join(all, " ") == "bridge custom host none macvlan overlay"
	}
	if !found {
		t.Errorf("no line has all six modes:\n%s", b.String())
	}
}

func TestCompareTellsWhyQuestionsWereSkipped(t *testing.T) {
	const why = "no wire was wanted"
	lab := func(name string, skipped ...string) result.Scenario {
		sc := result.Scenario{Name: name}
		for _, id := range []string{"alpha", "beta", "gamma", "delta", "epsilon", "zeta"} {
			st := result.Step{
				Check: id, Group: "reach", Ask: "Does it?", Asks: asktest.Ping("bob"), Observed: ok("", 1),
				Verdict: result.AsExpected,
			}
			for _, s := range skipped {
				if s == id {
					st.Observed, st.Verdict, st.Why = nil, result.Skipped, why
				}
			}
			sc.Steps = append(sc.Steps, st)
		}
		return sc
	}
	tests := []struct {
		name string
		r    *result.Record
		want string
	}{
		{
			"a few of both modes", run(result.KindCompare, lab("one", "alpha", "beta"), lab("two", "alpha", "beta")),
			"skipped: no wire was wanted: alpha, beta of one, two\n",
		},
		{
			"others of each mode", run(result.KindCompare, lab("one", "alpha"), lab("two", "beta")),
			"skipped: no wire was wanted: alpha of one; beta of two\n",
		},
		{
			"many", run(result.KindCompare, lab("one", "alpha", "beta", "gamma", "delta", "epsilon"), lab("two")),
			"skipped: no wire was wanted: 5 questions of one\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Compare(&b, tt.r, Options{Width: 80}); err != nil {
				t.Fatal(err)
			}
			if got := b.String(); !strings.Contains(got, tt.want) {
				t.Errorf("%q is not in:\n%s", tt.want, got)
			}
			if got := strings.Count(b.String(), why); got != 1 {
				t.Errorf("the reason is told %d times, want once:\n%s", got, b.String())
			}
		})
	}
}

// A record that does not say why there is no result may still say what went wrong.
func TestDetailOfNoResult(t *testing.T) {
	for _, tt := range []struct{ why, want string }{
		{"", "No result: agent died"},
		{"netlab could not ask: agent died", "No result: netlab could not ask: agent died"},
	} {
		st := &result.Step{
			Verdict: result.Broken, Why: tt.why,
			Observed: &result.Observed{Reason: probe.Broken, Detail: "agent died"},
		}
		if got := Tell(&result.Scenario{}, st, Options{}).Notes; len(got) != 1 || got[0].String() != tt.want {
			t.Errorf("why %q: got %v, want %q", tt.why, got, tt.want)
		}
	}
}
