package quiz_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/quiz"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
	"netlab/scenarios"
)

// somethingElse is the last choice of all.
const somethingElse = "something else"

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
		before := map[*result.Step][]result.Choice{}
		for i := range r.Scenarios {
			for j := range r.Scenarios[i].Steps {
				st := &r.Scenarios[i].Steps[j]
				blank := result.Step{
					Check: st.Check, Ask: st.Ask, From: st.From, Asks: st.Asks, Wants: st.Wants, Expect: st.Expect,
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
			different := map[string]bool{}
			for _, c := range choices {
				different[c.Text] = true
			}
			if st.Verdict == result.AsExpected && !different[st.Predicted.Answer] {
				t.Errorf("%s: %q was measured, which is not among %q", st.Check, st.Predicted.Answer, choices)
			}
			if len(choices) < 2 || len(choices) > 9 || len(different) != len(choices) {
				t.Errorf("%s has the choices %q", st.Check, choices)
			}
		}
	}
	if posed == 0 {
		t.Error("no question was posed")
	}
}

const value, yesNo = ask.WantsValue, ask.WantsYesNo

func TestMeasured(t *testing.T) {
	sc := &result.Scenario{
		Host: &result.Host{Addresses: []string{"192.0.2.7"}},
		Networks: []fact.Network{
			{Name: "bridge", Driver: "bridge", Interface: "docker0", Subnet: "172.17.0.0/16", Gateway: "172.17.0.1"},
			{Name: "netlab-web", Driver: "bridge", Interface: "br-1", Subnet: "10.0.0.0/28", Gateway: "10.0.0.1"},
			{Name: "netlab-lan", Driver: "macvlan", Subnet: "10.0.1.0/28"},
		},
		Peers: []fact.Peer{
			{Name: "alice", Mode: "bridge", Network: []fact.Endpoint{{IPv4: "172.17.0.2"}}},
			{Name: "hal", Mode: "host"},
			{Name: "sue", Mode: "container", Shares: "hal"},
		},
	}
	r := &result.Record{Engines: []result.Engine{{Engine: fact.Engine{Name: "desk"}}}}
	for _, tt := range []struct {
		asks   result.Question
		wants  string
		from   string
		reason probe.Reason
		value  string
		want   string
	}{
		{asktest.Ping("bob"), yesNo, "alice", probe.OK, "10.0.0.3", "yes"},
		{asktest.Ping("bob"), yesNo, "alice", probe.HostUnreachable, "", "host unreachable"},
		{asktest.Ping("bob"), yesNo, "alice", probe.Denied, "", somethingElse},
		{asktest.Connect("bob", 80), yesNo, "alice", probe.Closed, "", "accepted, then closed"},
		{asktest.Connect("out", 80), value, "alice", probe.OK, "172.17.0.2", "alice's own address"},
		{asktest.Connect("out", 80), value, "alice", probe.OK, "192.0.2.7", "the host's instead"},
		{asktest.Connect("out", 80), value, "hal", probe.OK, "192.0.2.7", "hal's own address"},
		{asktest.Connect("out", 80), value, "sue", probe.OK, "192.0.2.7", "sue's own address"},
		{asktest.Connect("out", 80), value, "alice", probe.OK, "10.0.0.1", "a gateway's instead"},
		{asktest.Connect("out", 80), value, "hal", probe.OK, "127.0.0.1", "127.0.0.1"},
		{asktest.Connect("out", 80), value, "alice", probe.OK, "198.51.100.1", somethingElse},
		{asktest.Connect("out", 80), value, "alice", probe.Timeout, "", "no answer"},
		{asktest.Resolve("bob.name"), yesNo, "alice", probe.NameNotFound, "", "unknown name"},
		{asktest.Resolve("bob.name"), value, "alice", probe.OK, "10.0.0.3", "an answer"},
		{asktest.Hops("out"), value, "alice", probe.OK, "172.17.0.1 10.9.9.9", "one router"},
		{asktest.Hops("out"), value, "alice", probe.OK, "10.9.9.9", "none, it is next"},
		{asktest.Read("own-netns"), yesNo, "alice", probe.OK, "no", "no"},
		{asktest.Read("link.mtu"), value, "alice", probe.OK, "1400", somethingElse},
		{asktest.Read("link.mtu"), value, "alice", probe.OK, "1500", "1500"},
		{asktest.Read("links"), value, "alice", probe.OK, "lo eth0 eth1", "lo and two"},
		{asktest.Read("links"), value, "alice", probe.OK, "lo", "only lo"},
		{asktest.Read("published"), value, "alice", probe.OK, "none", "none"},
		{asktest.Read("route.gateway"), value, "alice", probe.OK, "172.17.0.1", "an address"},
		{asktest.Read("port.bridge"), value, "alice", probe.OK, "docker0", "docker0"},
		{asktest.Read("port.bridge"), value, "alice", probe.OK, "br-1", "a bridge of its network"},
		{asktest.Read("port.bridge"), value, "alice", probe.OK, "none", "none"},
		{asktest.Read("dns.servers"), value, "alice", probe.OK, "127.0.0.11", "Docker's, 127.0.0.11"},
		{asktest.Read("dns.servers"), value, "alice", probe.OK, "9.9.9.9 8.8.8.8", "others, outside"},
		{asktest.Read("hostname"), value, "alice", probe.OK, "desk", "the host's"},
		{asktest.Read("link.ipv4"), value, "alice", probe.OK, "10.0.1.4", "the LAN"},
		{asktest.Read("link.ipv4"), value, "alice", probe.OK, "192.0.2.7", "the host's own"},
		{asktest.Read("link.ipv4"), yesNo, "alice", probe.OK, "10.0.1.4", ""},
		{asktest.Asks(ask.Write{Path: "/note"}), yesNo, "alice", probe.OK, "", "yes"},
		{asktest.Asks(ask.File{Path: "/note"}), yesNo, "alice", probe.NotFound, "", "no such file"},
		{asktest.Asks(ask.File{Path: "/note"}), value, "alice", probe.OK, "hello", ""},
		{asktest.Read("pid"), value, "alice", probe.OK, "1", "1"},
		{asktest.Read("host-pid"), value, "alice", probe.OK, "4711", "a larger one"},
		{asktest.Read("processes"), value, "alice", probe.OK, "1 17", "others' too"},
		{asktest.Read("changes"), value, "alice", probe.OK, "A /note", "one path"},
		{asktest.Read("changes"), value, "alice", probe.OK, "none", "none"},
		{asktest.Read("size"), value, "alice", probe.OK, "99999", "less than 100 kB"},
		{asktest.Read("memory"), value, "alice", probe.OK, "2500000", "less than 10 MB"},
		{asktest.Read("memory"), value, "alice", probe.OK, "64000000000", "more"},
		{asktest.Chains("bob", ""), value, "alice", probe.OK, "filter/FORWARD", ""},
	} {
		st := &result.Step{
			Check: "c", Asks: tt.asks, Wants: tt.wants, From: tt.from, Verdict: result.AsExpected,
			Observed: &result.Observed{Reason: tt.reason, Value: tt.value},
		}
		got := ""
		if p := quiz.Judge(r, sc, st, ""); p != nil {
			got = p.Answer
		}
		if got != tt.want {
			t.Errorf("%s, %s: %s %s is %q, want %q", tt.asks.Question, tt.wants, tt.reason, tt.value, got, tt.want)
		}
	}
}

func TestComparing(t *testing.T) {
	for _, tt := range []struct {
		wants   string
		thing   string
		expect  []ask.Expectation
		verdict string
		want    string
	}{
		{value, "kernel", asktest.Expect(ask.Equals, "host.kernel"), result.AsExpected, "the same as the host's"},
		{value, "kernel", asktest.Expect(ask.Equals, "host.kernel"), result.Surprise, "not the host's"},
		{value, "netns", asktest.Expect(ask.Differs, "alice.netns"), result.AsExpected, "not alice's"},
		{value, "netns", asktest.Expect(ask.Differs, "alice.netns"), result.Surprise, "the same as alice's"},
		{value, "pidns", asktest.Expect(ask.Differs, "bob.pidns"), result.AsExpected, "not bob's"},
		{value, "image.now", asktest.Expect(ask.Equals, "alice.image"), result.AsExpected, "the same as alice's"},
		{value, "routes", asktest.Expect(ask.Lacks, "other.subnet"), result.AsExpected, ""},
		{
			value, "netns",
			slices.Concat(asktest.Expect(ask.Equals, "alice.netns"), asktest.Expect(ask.Differs, "alice.netns")),
			result.AsExpected, "",
		},
		{yesNo, "link.ipv4", asktest.Expect(ask.Differs, "bob.first.ipv4"), result.AsExpected, "no"},
		{yesNo, "link.ipv4", asktest.Expect(ask.Differs, "bob.first.ipv4"), result.Surprise, "yes"},
		{yesNo, "link.ipv4", asktest.Expect(ask.Equals, "alice.web.chosen"), result.AsExpected, "yes"},
		{yesNo, "routes", asktest.Expect(ask.Lacks, "other.subnet"), result.Surprise, "yes"},
	} {
		st := &result.Step{
			Check: "c", Asks: asktest.Read(tt.thing), Wants: tt.wants, Expect: tt.expect, Verdict: tt.verdict,
			Observed: &result.Observed{Reason: probe.OK, Value: "x"},
		}
		got := ""
		if p := quiz.Judge(&result.Record{}, &result.Scenario{}, st, ""); p != nil {
			got = p.Answer
		}
		if got != tt.want {
			t.Errorf("%s %s, %v, %s: got %q, want %q", tt.wants, tt.thing, tt.expect, tt.verdict, got, tt.want)
		}
	}
}

// TestJudge: what was measured is right, whatever was expected, and what could not be asked does not count.
func TestJudge(t *testing.T) {
	step := func(verdict string, reason probe.Reason) *result.Step {
		return &result.Step{
			Check: "c", Asks: asktest.Ping("bob"), Verdict: verdict, Observed: &result.Observed{Reason: reason},
		}
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
		{step(result.Surprise, probe.Denied), somethingElse, true, true},
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
