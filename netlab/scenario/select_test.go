package scenario_test

import (
	"slices"
	"testing"

	"netlab/netlab/scenario"

	"github.com/google/go-cmp/cmp"
)

const selectable = `
version: 1
name: lab
upstream: up
networks: {up: , web: , back: , spare: , third: }
containers:
  alice: {networks: [web]}
  bob: {networks: [web, third]}
  carol: {networks: [back]}
  dave: {networks: [web], dns: engine}
steps:
  - {check: base, ask: A?, from: alice, ping: web.gateway, expect: ok}
  - {check: middle, ask: B?, from: alice, ping: alice, expect: ok, control: base}
  - {check: top, ask: C?, from: alice, connect: carol tcp/80, expect: timeout, control: [middle]}
  - {check: by-name, ask: D?, from: alice, ping: bob.name, expect: ok}
  - {check: servers, ask: E?, from: dave, read: dns.servers, expect: ok}
  - {check: value, ask: F?, from: alice, read: links, expect: [{when: {spare.icc: true}, equals: bob.ipv4}, ok]}
  - {check: beside, ask: G?, from: alice, listen: tcp/free, beside: dave, at: back.gateway, expect: ok}
  - {measure: start, from: carol, time: start}
  - {measure: far, from: alice, ping: bob}
  - do: stop carol
  - {check: later, ask: H?, from: alice, ping: alice, expect: ok}
  - do: start carol
`

func TestSelect(t *testing.T) {
	s, err := scenario.Load("lab.yaml", []byte(selectable))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		keep []string
		want lab
	}{
		{"nothing", nil, lab{}},
		{
			"one",
			[]string{"base"},
			lab{
				Networks:   []string{"web"},
				Containers: []string{"alice"}, Steps: []string{"base"},
			},
		},
		{
			"controls of controls",
			[]string{"top"},
			lab{
				Networks:   []string{"web", "back"},
				Containers: []string{"alice", "carol"}, Steps: []string{"base", "middle", "top"},
			},
		},
		{
			"a name needs the upstream server, and a container all its networks",
			[]string{"by-name"},
			lab{
				Upstream: "up", Networks: []string{"up", "web", "third"},
				Containers: []string{"alice", "bob"}, Steps: []string{"by-name"},
			},
		},
		{
			"servers",
			[]string{"servers"},
			lab{
				Upstream: "up", Networks: []string{"up", "web"},
				Containers: []string{"dave"}, Steps: []string{"servers"},
			},
		},
		{
			"expectations and their conditions",
			[]string{"value"},
			lab{
				Networks:   []string{"web", "spare", "third"},
				Containers: []string{"alice", "bob"}, Steps: []string{"value"},
			},
		},
		{
			"beside and at",
			[]string{"beside"},
			lab{
				Networks:   []string{"web", "back"},
				Containers: []string{"alice", "dave"}, Steps: []string{"beside"},
			},
		},
		{
			"a start",
			[]string{"start"},
			lab{
				Networks:   []string{"back"},
				Containers: []string{"carol"}, Steps: []string{"start"},
			},
		},
		{
			"a round trip",
			[]string{"far"},
			lab{
				Networks:   []string{"web", "third"},
				Containers: []string{"alice", "bob"}, Steps: []string{"far"},
			},
		},
		{
			"actions before, not after",
			[]string{"later"},
			lab{
				Networks:   []string{"web", "back"},
				Containers: []string{"alice", "carol"}, Steps: []string{"stop carol", "later"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(s.Steps)
			selected := s.Select(func(step scenario.Step) bool { return slices.Contains(tt.keep, step.ID()) })
			got := labOf(selected)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(s.Steps) != before || s.Upstream != "up" || len(s.Containers) != 4 {
				t.Error("Select changed the scenario itself")
			}
		})
	}
}

func TestWords(t *testing.T) {
	s := load(t, "testdata/valid-everything.yaml")
	want := []string{
		"ping alice: timeout | ok",
		"connect alice tcp/8080: ok, sees 127.0.0.1",
		"connect carol udp/free at 127.0.0.1: ok",
		"connect example.org tcp/80: ok",
		"resolve alice.name type AAAA server upstream: ok",
		"reverse 10.0.0.1: differs from 1.5",
		"read link.mtu: at least 68",
		"listen tcp/80 at ::1 beside carol: ok",
	}
	var got []string
	for _, step := range s.Steps {
		if step.Check == nil {
			continue
		}
		line := step.Check.Asks.String() + ": "
		for i, e := range step.Check.Expect {
			if i > 0 {
				line += " | "
			}
			line += e.String()
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i, want := range []string{"web.icc = false", "engine.version >= 28.0"} {
		if got := s.Steps[0].Check.Expect[0].When[i].String(); got != want {
			t.Errorf("condition %d: got %q, want %q", i, got, want)
		}
	}
}
