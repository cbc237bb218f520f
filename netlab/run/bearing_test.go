package run

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// aloneLab records how many questions were running when each thing was read.
type aloneLab struct {
	fakeLab
	asked atomic.Int32
	seen  atomic.Int32 // others running while sockets were read
}

func (f *aloneLab) Ask(_ context.Context, _ string, p ask.Question) probe.Outcome {
	others := f.asked.Add(1) - 1
	defer f.asked.Add(-1)
	time.Sleep(time.Second)
	if ask.ThingOf(p) == ask.Sockets {
		f.seen.Add(max(others, f.asked.Load()-1))
	}
	return probe.Outcome{Reason: probe.OK}
}

// TestSocketsAreReadAlone: another question's socket in the same namespace would show up as an answer to "Who
// listens?".
func TestSocketsAreReadAlone(t *testing.T) {
	check := func(id string, p ask.Question) scenario.Step {
		return scenario.Step{Check: &scenario.Check{
			ID: id, From: "alice", Asks: p, Expect: []ask.Expectation{{Reason: probe.OK}},
		}}
	}
	synctest.Test(t, func(t *testing.T) {
		f := &aloneLab{}
		j := newTestJudge(&f.fakeLab, nil,
			check("resolve", ask.Resolve{}),
			check("sockets", ask.Read{Thing: "sockets"}),
			check("listen", ask.Listen{}))
		j.lab = f
		if err := j.carryOut(t.Context(), 0, 3); err != nil {
			t.Fatal(err)
		}
		if n := f.seen.Load(); n != 0 {
			t.Errorf("%d other questions were under way while the sockets were read", n)
		}
		for _, st := range j.out {
			if st.Verdict != result.AsExpected {
				t.Errorf("%s is %s", st.Check, st.Verdict)
			}
		}
	})
}

// TestSurpriseNamesFacts: a surprise in a user's own file reports the facts that may explain it, and no others.
func TestSurpriseNamesFacts(t *testing.T) {
	version := fact.Label{Name: "engine.version", Value: "28.5.2"}
	dns := fact.Label{Name: "engine.dns", Value: "192.0.2.53"}
	proxy := fact.Label{Name: "engine.userland-proxy", Value: "false"}
	icc := fact.Label{Name: "web.icc", Value: "false"}
	facts := []fact.Label{
		version, dns, proxy,
		{Name: "engine.rootless", Value: "false"},
		icc,
		{Name: "web.masquerade", Value: "true"},
		{Name: "back.icc", Value: "false"},
	}
	bob := ask.Target{Ref: ask.Reference{Head: "bob"}}
	tests := []struct {
		name  string
		probe ask.Question
		want  []fact.Label
	}{
		{"ping", ask.Ping{To: bob}, []fact.Label{version, icc}},
		{
			"published port",
			ask.Connect{To: bob, Through: ask.Target{Ref: ask.Reference{Head: "host"}}},
			[]fact.Label{version, proxy, icc},
		},
		{
			"name",
			ask.Resolve{Name: bob},
			[]fact.Label{version, dns, icc},
		},
		{"hostname", ask.Read{Thing: "hostname"}, []fact.Label{version}},
	}
	on := func(name, network string) scenario.Container {
		return scenario.Container{Name: name, Networks: []scenario.Attachment{{Network: network}}}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			step := scenario.Step{Check: &scenario.Check{
				ID: "mine", From: "alice", Asks: tt.probe, Expect: []ask.Expectation{{Reason: probe.Refused}},
			}}
			j := newTestJudge(&fakeLab{answers: map[string][]probe.Outcome{"alice": answers(probe.OK, "")}}, facts, step)
			j.scenario = &scenario.Scenario{Containers: []scenario.Container{
				on("alice", "web"), on("bob", "web"), on("carol", "back"),
			}}
			if err := j.carryOut(t.Context(), 0, 1); err != nil {
				t.Fatal(err)
			}
			if got := j.out[0]; got.Verdict != result.Surprise || !slices.Equal(got.Known, tt.want) {
				t.Errorf("got %s, known %v; want %v", got.Verdict, got.Known, tt.want)
			}
		})
	}
}
