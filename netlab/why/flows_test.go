package why

import (
	"slices"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// sender is web, where a program sends UDP to a machine outside, from one port all the time. A rule leads the flow
// to an address of its network that nothing has, and what netlab has just sent to cam's.
func sender() *Facts {
	f := lost()
	f.Target.Network = "udp"
	f.From.Stack.Links = []fact.Link{{Name: "eth0", Addresses: []string{"172.18.0.2/16"}}}
	f.Host.Neighbors = []fact.Neighbor{{Address: "172.18.0.9", State: "failed"}}
	return f
}

func flow(from, to, leads string) fact.Flow {
	return fact.Flow{From: from, To: to, Leads: leads, ExpiresS: 30}
}

// A flow of the asker's to the target is only named if new ones go elsewhere, and if packets of it arrive.
func TestConntrackStale(t *testing.T) {
	t.Parallel()
	const to = "203.0.113.9:80"
	old, fresh := flow("172.18.0.2:40000", to, "172.18.0.9:80"), flow("172.18.0.2:50000", to, "192.0.2.50:80")
	idle := old
	idle.ExpiresS -= fact.StraySeconds
	for name, test := range map[string]struct {
		flows, later []fact.Flow
		change       func(*Facts)
		named        bool
	}{
		"all of it":             {[]fact.Flow{old, fresh}, []fact.Flow{old}, nil, true},
		"no packet since":       {[]fact.Flow{old, fresh}, []fact.Flow{idle}, nil, false},
		"the flow is gone":      {[]fact.Flow{old, fresh}, nil, nil, false},
		"new ones go there too": {[]fact.Flow{old, flow(fresh.From, to, old.Leads)}, []fact.Flow{old}, nil, false},
		"another sender": {
			[]fact.Flow{flow("172.18.0.5:40000", to, old.Leads), fresh},
			[]fact.Flow{flow("172.18.0.5:40000", to, old.Leads)},
			nil, false,
		},
		"another port": {
			[]fact.Flow{flow(old.From, "203.0.113.9:81", old.Leads), fresh},
			[]fact.Flow{flow(old.From, "203.0.113.9:81", old.Leads)},
			nil, false,
		},
		"the address may answer": {
			[]fact.Flow{old, fresh}, []fact.Flow{old}, func(f *Facts) { f.Host.Neighbors = nil }, false,
		},
		"what netlab sent arrived": {[]fact.Flow{old, fresh}, []fact.Flow{old}, func(f *Facts) {
			f.Tries[0].Outcome.Reason = probe.OK
		}, true},
	} {
		f := sender()
		if test.change != nil {
			test.change(f)
		}
		f.Astray, f.FlowsLater = f.strays(test.flows, nil), test.later
		w := Diagnose(f)
		want := result.Unknown
		switch {
		case f.works(&f.Tries[0]):
			want = result.Ambiguous
		case test.named:
			want = result.Unreachable
		}
		if named := slices.Equal(ids(w), []string{"conntrack-stale"}); named != test.named || w.Verdict != want {
			t.Errorf("%s: got %q, %s, want named %t, %s", name, ids(w), w.Verdict, test.named, want)
		}
	}
}
