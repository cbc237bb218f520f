package quiz_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/quiz"
	"netlab/netlab/result"
	"netlab/scenarios"
)

func recordings(t *testing.T) []*result.Record {
	t.Helper()
	var records []*result.Record
	for _, name := range scenarios.Recordings() {
		text, _ := scenarios.Recording(name)
		r, err := result.ReadJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

// TestChoices: whatever is measured is among the choices. There are at most as many choices as digit keys, and they
// are the same before anything was measured.
func TestChoices(t *testing.T) {
	posed := 0
	for _, r := range recordings(t) {
		before := map[*result.Step][]string{}
		for i := range r.Scenarios {
			for j := range r.Scenarios[i].Steps {
				st := &r.Scenarios[i].Steps[j]
				blank := result.Step{
					Check: st.Check, Ask: st.Ask, From: st.From, To: st.To, Probe: st.Probe, Expect: st.Expect,
				}
				before[st] = quiz.Choices(&blank)
			}
		}
		quiz.Pose(r)
		for st, choices := range before {
			if st.Predicted == nil {
				if choices != nil {
					t.Errorf("%s had choices and has none", st.Check)
				}
				continue
			}
			posed++
			if diff := cmp.Diff(choices, st.Predicted.Choices); diff != "" {
				t.Errorf("%s (-before +after):\n%s", st.Check, diff)
			}
			if st.Verdict == result.AsExpected && !slices.Contains(choices, st.Predicted.Answer) {
				t.Errorf("%s: %q was measured, which is not among %q", st.Check, st.Predicted.Answer, choices)
			}
			different := slices.Compact(slices.Sorted(slices.Values(choices)))
			if len(choices) < 2 || len(choices) > 9 || len(different) != len(choices) {
				t.Errorf("%s has the choices %q", st.Check, choices)
			}
		}
	}
	if posed == 0 {
		t.Error("no question was posed")
	}
}

func TestMeasured(t *testing.T) {
	sc := &result.Scenario{
		Host: &result.Host{Addresses: []string{"192.0.2.7"}},
		Networks: []fact.Network{
			{Name: "bridge", Driver: "bridge", Interface: "docker0", Subnet: "172.17.0.0/16", Gateway: "172.17.0.1"},
			{Name: "netlab-web", Driver: "bridge", Interface: "br-1", Subnet: "10.0.0.0/28", Gateway: "10.0.0.1"},
			{Name: "netlab-lan", Driver: "macvlan", Subnet: "10.0.1.0/28"},
		},
		Peers: []result.Peer{
			{Name: "alice", Mode: "bridge", Network: []fact.Endpoint{{IPv4: "172.17.0.2"}}},
			{Name: "hal", Mode: "host"},
			{Name: "sue", Mode: "container", Shares: "hal"},
		},
	}
	r := &result.Record{Engines: []result.Engine{{Engine: fact.Engine{Name: "desk"}}}}
	for _, tt := range []struct {
		probe, ask, from string
		reason           probe.Reason
		value            string
		want             string
	}{
		{"ping bob", "Can alice reach bob?", "alice", probe.OK, "10.0.0.3", "yes"},
		{"ping bob", "Can alice reach bob?", "alice", probe.HostUnreachable, "", "host unreachable"},
		{"ping bob", "Can alice reach bob?", "alice", probe.Denied, "", quiz.Another},
		{"connect bob tcp/80", "Can she?", "alice", probe.Closed, "", "accepted, then closed"},
		{"connect out tcp/80", "Which address does it see?", "alice", probe.OK, "172.17.0.2", "alice's own address"},
		{"connect out tcp/80", "Which address does it see?", "alice", probe.OK, "192.0.2.7", "the host's instead"},
		{"connect out tcp/80", "Which address does it see?", "hal", probe.OK, "192.0.2.7", "hal's own address"},
		{"connect out tcp/80", "Which address does it see?", "sue", probe.OK, "192.0.2.7", "sue's own address"},
		{"connect out tcp/80", "Which address does it see?", "alice", probe.OK, "10.0.0.1", "a gateway's instead"},
		{"connect out tcp/80", "Which address does it see?", "hal", probe.OK, "127.0.0.1", "127.0.0.1"},
		{"connect out tcp/80", "Which address does it see?", "alice", probe.OK, "198.51.100.1", quiz.Another},
		{"connect out tcp/80", "Which address does it see?", "alice", probe.Timeout, "", "no answer"},
		{"resolve bob.name", "Can she find bob?", "alice", probe.NameNotFound, "", "unknown name"},
		{"resolve bob.name", "Which address has bob?", "alice", probe.OK, "10.0.0.3", "an answer"},
		{"hops out", "Who is on the way?", "alice", probe.OK, "172.17.0.1 10.9.9.9", "one router"},
		{"hops out", "Who is on the way?", "alice", probe.OK, "10.9.9.9", "none, it is next"},
		{"read own-netns", "Has she?", "alice", probe.OK, "no", "no"},
		{"read link.mtu", "How large?", "alice", probe.OK, "1400", quiz.Another},
		{"read link.mtu", "How large?", "alice", probe.OK, "1500", "1500"},
		{"read links", "Which?", "alice", probe.OK, "lo eth0 eth1", "lo and two"},
		{"read links", "Which?", "alice", probe.OK, "lo", "lo alone"},
		{"read published", "Which?", "alice", probe.OK, "none", "none"},
		{"read route.gateway", "Where to?", "alice", probe.OK, "172.17.0.1", "an address"},
		{"read port.bridge", "Where does it end?", "alice", probe.OK, "docker0", "docker0"},
		{"read port.bridge", "Where does it end?", "alice", probe.OK, "br-1", "a bridge of its network"},
		{"read port.bridge", "Where does it end?", "alice", probe.OK, "none", "none"},
		{"read dns.servers", "Which?", "alice", probe.OK, "127.0.0.11", "Docker's, 127.0.0.11"},
		{"read dns.servers", "Which?", "alice", probe.OK, "9.9.9.9 8.8.8.8", "others, outside"},
		{"read hostname", "What is it?", "alice", probe.OK, "desk", "the host's"},
		{"read link.ipv4", "Where from?", "alice", probe.OK, "10.0.1.4", "the LAN"},
		{"read link.ipv4", "Where from?", "alice", probe.OK, "192.0.2.7", "the host's own"},
		{"read link.ipv4", "Is it the chosen one?", "alice", probe.OK, "10.0.1.4", ""},
		{"write /note", "Can she?", "alice", probe.OK, "", "yes"},
		{"file /note", "Is it there?", "alice", probe.NotFound, "", "no such file"},
		{"file /note", "What does it say?", "alice", probe.OK, "hello", ""},
		{"read pid", "Which?", "alice", probe.OK, "1", "1"},
		{"read host-pid", "Which?", "alice", probe.OK, "4711", "a larger one"},
		{"read processes", "Which?", "alice", probe.OK, "1 17", "others' too"},
		{"read changes", "Which?", "alice", probe.OK, "A /note", "one path"},
		{"read changes", "Which?", "alice", probe.OK, "none", "none"},
		{"read size", "How many?", "alice", probe.OK, "99999", "less than 100 kB"},
		{"read memory", "How much?", "alice", probe.OK, "2500000", "less than 10 MB"},
		{"read memory", "How much?", "alice", probe.OK, "64000000000", "more"},
		{"chains bob tcp/80", "Which?", "alice", probe.OK, "filter/FORWARD", ""},
	} {
		st := &result.Step{
			Check: "c", Probe: tt.probe, Ask: tt.ask, From: tt.from, Verdict: result.AsExpected,
			Observed: &result.Observed{Reason: tt.reason, Value: tt.value},
		}
		got := ""
		if p := quiz.Judge(r, sc, st, ""); p != nil {
			got = p.Answer
		}
		if got != tt.want {
			t.Errorf("%s, %s: %s %s is %q, want %q", tt.probe, tt.ask, tt.reason, tt.value, got, tt.want)
		}
	}
}

func TestComparing(t *testing.T) {
	const which, whether = "Which is it?", "Is it?"
	for _, tt := range []struct {
		ask     string
		thing   string
		expect  []string
		verdict string
		want    string
	}{
		{which, "kernel", []string{"equals host.kernel"}, result.AsExpected, "the same as the host's"},
		{which, "kernel", []string{"equals host.kernel"}, result.Surprise, "not the host's"},
		{which, "netns", []string{"differs from alice.netns"}, result.AsExpected, "not alice's"},
		{which, "netns", []string{"differs from alice.netns"}, result.Surprise, "the same as alice's"},
		{which, "pidns", []string{"differs from bob.pidns"}, result.AsExpected, "not bob's"},
		{which, "image.now", []string{"equals alice.image"}, result.AsExpected, "the same as alice's"},
		{which, "routes", []string{"lacks other.subnet"}, result.AsExpected, ""},
		{which, "netns", []string{"equals alice.netns", "differs from alice.netns"}, result.AsExpected, ""},
		{whether, "link.ipv4", []string{"differs from bob.first.ipv4"}, result.AsExpected, "no"},
		{whether, "link.ipv4", []string{"differs from bob.first.ipv4"}, result.Surprise, "yes"},
		{whether, "link.ipv4", []string{"equals alice.web.chosen"}, result.AsExpected, "yes"},
		{whether, "routes", []string{"lacks other.subnet"}, result.Surprise, "yes"},
	} {
		st := &result.Step{
			Check: "c", Probe: "read " + tt.thing, Ask: tt.ask, Expect: tt.expect, Verdict: tt.verdict,
			Observed: &result.Observed{Reason: probe.OK, Value: "x"},
		}
		got := ""
		if p := quiz.Judge(&result.Record{}, &result.Scenario{}, st, ""); p != nil {
			got = p.Answer
		}
		if got != tt.want {
			t.Errorf("%s %s, %s, %s: got %q, want %q", tt.ask, tt.thing, tt.expect, tt.verdict, got, tt.want)
		}
	}
}

// TestJudge: what was measured is right, whatever was expected, and what could not be asked does not count.
func TestJudge(t *testing.T) {
	step := func(verdict string, reason probe.Reason) *result.Step {
		return &result.Step{Check: "c", Probe: "ping bob", Verdict: verdict, Observed: &result.Observed{Reason: reason}}
	}
	for _, tt := range []struct {
		st     *result.Step
		choice string
		right  bool
		counts bool
	}{
		{step(result.AsExpected, probe.OK), "yes", true, true},
		{step(result.AsExpected, probe.OK), "no answer", false, true},
		{step(result.Surprise, probe.Timeout), "no answer", true, true},
		{step(result.Surprise, probe.Denied), quiz.Another, true, true},
		{step(result.AsExpected, probe.OK), "", false, false},
		{step(result.Broken, probe.Timeout), "no answer", false, false},
		{step(result.Skipped, ""), "yes", false, false},
	} {
		p := quiz.Judge(&result.Record{}, &result.Scenario{}, tt.st, tt.choice)
		if p.Right != tt.right || p.Counts() != tt.counts {
			t.Errorf("%s, %q: got right %t and counts %t", tt.st.Verdict, tt.choice, p.Right, p.Counts())
		}
	}
}
