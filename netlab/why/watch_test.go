package why

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// at is an attempt: a name at one server, and a SYN to its address.
func at(address string, took int64, reason probe.Reason) *attempt {
	return &attempt{
		names:     []Asked{{Name: "db", Server: "127.0.0.11", Outcome: probe.Outcome{Reason: probe.OK, TookUS: 400}}},
		addresses: []string{address},
		tries: []Try{{
			Address: address, Outcome: probe.Outcome{Reason: reason, Detail: "RST from " + address, TookUS: took},
		}},
	}
}

// A diary tells what changes and nothing else, and counts all.
func TestDiary(t *testing.T) {
	t.Parallel()
	var d diary
	unknown := Asked{Name: "db", Server: "127.0.0.11"}
	unknown.Outcome = probe.Outcome{Reason: probe.NameNotFound, Detail: "NXDOMAIN"}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	var got []string
	for _, a := range []*attempt{
		at("10.0.0.2", 100, probe.OK), at("10.0.0.2", 300, probe.OK), at("10.0.0.2", 0, probe.Refused),
		{why: "web is paused"},
		at("10.0.0.3", 200, probe.OK),
		{names: []Asked{unknown}},
	} {
		for _, m := range d.add(now, a) {
			got = append(got, m.Kind+": "+m.Text)
		}
		now = now.Add(time.Second)
	}
	want := []string{
		"works: answered by 10.0.0.2", "fails: 10.0.0.2: RST from 10.0.0.2",
		"moved: the address is 10.0.0.3 now, and was 10.0.0.2",
		"works: answered again by 10.0.0.3, after 2 failures in 2s", "fails: db: NXDOMAIN",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("moments (-want +got):\n%s", diff)
	}
	series := []result.Series{
		{What: "name", Source: "127.0.0.11", Asked: 5, Failed: 1, P50US: 400, P95US: 400, MaxUS: 400},
		{What: "port", Source: "10.0.0.2", Asked: 3, Failed: 1, P50US: 300, P95US: 300, MaxUS: 300},
		{What: "port", Source: "10.0.0.3", Asked: 1, P50US: 200, P95US: 200, MaxUS: 200},
	}
	watch := d.result()
	if diff := cmp.Diff(series, watch.Series); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	w := result.Why{Schema: result.Schema, Kind: result.KindWhy, Verdict: result.Ambiguous, Watch: watch}
	w.Chain, w.Causes = []result.Hop{}, []result.Cause{}
	if err := asktest.Follows(result.KindWhy, w); err != nil {
		t.Error(err)
	}
}

// The kernel of a paused container still answers, and Docker's proxy accepts for a port without a listener.
func TestAttemptFails(t *testing.T) {
	t.Parallel()
	ok := probe.Outcome{Reason: probe.OK}
	refused := probe.Outcome{Reason: probe.Refused, Detail: "RST"}
	paused := &fact.Container{Name: "db", State: "paused"}
	running := &fact.Container{Name: "db", State: "running"}
	for _, test := range []struct {
		name string
		try  Try
		want string
	}{
		{"answers", Try{Server: running, Outcome: ok}, ""},
		{"paused", Try{Server: paused, Outcome: ok}, "db is paused"},
		{"behind the proxy", Try{Server: running, Outcome: ok, Behind: &refused}, "the host accepts, but db does not: RST"},
		{"refused", Try{Address: "10.0.0.2", Server: running, Outcome: refused}, "10.0.0.2: RST"},
	} {
		a := &attempt{tries: []Try{test.try}}
		if got := a.fails(); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
