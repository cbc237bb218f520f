package scenario_test

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"

	"github.com/google/go-cmp/cmp"
)

const wired = `
version: 1
name: wired
wires:
  uplink: {machine: outside, listen: [tcp/80]}
  lan: {machine: pc}
networks:
  web:
  home: {driver: macvlan, parent: lan}
containers:
  alice: {networks: [web]}
  bob: {networks: [web], publish: [{port: tcp/80, on: uplink}, tcp/81]}
  erin: {networks: [web], publish: [{port: tcp/80, on: uplink, as: bob}], created: true}
  rival: {networks: [web], publish: [{port: tcp/80, as: bob}], created: true}
  lee: {networks: [home]}
  tail: {share: lee}
  carol: {networks: [web]}
steps:
  - {check: base, ask: A?, from: alice, ping: bob, expect: ok}
  - {check: machine, ask: B?, from: alice, ping: outside, expect: ok}
  - {check: wire, ask: C?, from: alice, ping: uplink.host, expect: ok}
  - {check: from, ask: D?, from: pc, ping: host, expect: ok}
  - {check: expected, ask: E?, from: alice, connect: bob tcp/81, expect: {sees: uplink.host}}
  - {check: controlled, ask: F?, from: alice, ping: carol, expect: timeout, control: [base, after]}
  - {check: after, ask: G?, from: alice, ping: bob, expect: [{when: {home.internal: true}, reason: ok}, ok]}
  - {check: on-lan, ask: H?, from: alice, ping: lee, expect: ok}
  - {check: shares, ask: I?, from: tail, read: links, expect: ok}
  - {check: lost-port, ask: J?, from: host, connect: bob tcp/80, through: host, expect: ok}
  - {check: kept-port, ask: K?, from: host, connect: bob tcp/81, through: host, expect: ok}
  - {check: ports, ask: L?, from: bob, read: published, expect: ok}
  - {check: start-less, ask: Z?, start: erin, expect: in-use, control: base}
  - {check: late, ask: M?, start: rival, expect: ok}
  - {check: late-ping, ask: N?, from: rival, ping: bob, expect: ok}
  - {measure: far, from: alice, ping: outside}
  - {measure: near, from: alice, ping: bob}
  - do: stop lee
  - do: stop carol
`

func TestWithoutWires(t *testing.T) {
	s, err := scenario.Load("wired.yaml", []byte(wired))
	if err != nil {
		t.Fatal(err)
	}
	before := len(s.Steps)
	got := labOf(s.WithoutWires())
	want := lab{
		Networks:   []string{"web"},
		Containers: []string{"alice", "bob", "erin", "rival", "carol"},
		Steps:      []string{"base", "kept-port", "late", "late-ping", "near", "stop carol"},
		Skipped: []string{
			"machine", "wire", "from", "expected", "controlled", "after", "on-lan", "shares", "lost-port", "ports",
			"start-less", "far",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, skipped := range s.WithoutWires().Skipped {
		if skipped.Why != "--no-wire" {
			t.Errorf("%s is skipped because of %q", skipped.Step.ID(), skipped.Why)
		}
	}
	bob := s.WithoutWires().Containers[1]
	publish := []scenario.Publish{{Port: ask.Port{Network: "tcp", Number: 81}, On: "127.0.0.1"}}
	if diff := cmp.Diff(publish, bob.Publish); diff != "" {
		t.Errorf("what bob publishes (-want +got):\n%s", diff)
	}
	if len(s.Steps) != before || len(s.Wires) != 2 || len(s.Containers[1].Publish) != 2 {
		t.Error("WithoutWires changed the scenario itself")
	}
}

// An outside computer that was the upstream DNS server is replaced by a container, on the first network that can have
// one. Without such a network, what needs the server is skipped.
func TestWithoutWiresMovesUpstream(t *testing.T) {
	const text = `
version: 1
name: asks
upstream: uplink
wires: {uplink: {machine: outside}}
networks:
  lan: {driver: macvlan, parent: uplink}
  web:
containers:
  lee: {networks: [lan]}
  alice: {networks: [PLACE]}
steps:
  - {check: name, ask: A?, from: alice, resolve: {name: nobody}, expect: name-not-found, control: self}
  - {check: self, ask: B?, from: alice, ping: localhost, expect: ok}
`
	left := lab{Networks: []string{"web"}, Containers: []string{"alice"}}
	moved, skipped := left, left
	moved.Upstream, moved.Steps = "web", []string{"name", "self"}
	skipped.Steps, skipped.Skipped = []string{"self"}, []string{"name"}
	for place, want := range map[string]lab{"web": moved, "none": skipped} {
		s, err := scenario.Load("asks.yaml", []byte(strings.Replace(text, "PLACE", place, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, labOf(s.WithoutWires())); diff != "" {
			t.Errorf("alice on %s (-want +got):\n%s", place, diff)
		}
	}
}

// Where an engine cannot publish on a link, the link and everything else that uses it stays.
func TestWithoutPortsOnWires(t *testing.T) {
	whole, err := scenario.Load("wired.yaml", []byte(wired))
	if err != nil {
		t.Fatal(err)
	}
	sc := whole.WithoutPortsOnWires("no port there")
	var skipped []string
	for _, s := range sc.Skipped {
		if s.Why != "no port there" {
			t.Errorf("%s is skipped because of %q", s.Step.ID(), s.Why)
		}
		skipped = append(skipped, s.Step.ID())
	}
	if diff := cmp.Diff([]string{"lost-port", "ports", "start-less"}, skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	for _, c := range sc.Containers {
		for _, p := range c.Publish {
			if p.On == "uplink" {
				t.Errorf("%s still publishes on %s", c.Name, p.On)
			}
		}
	}
	if len(sc.Wires) != 2 || len(sc.Containers) != 7 || len(sc.Networks) != 2 {
		t.Errorf("got %d links, %d containers and %d networks; want all", len(sc.Wires), len(sc.Containers), len(sc.Networks))
	}
}

// Nothing is skipped if nothing depends on a link.
func TestWithoutWiresOfNone(t *testing.T) {
	s, err := scenario.Load("lab.yaml", []byte(selectable))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(labOf(s), labOf(s.WithoutWires())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSelectOfWires(t *testing.T) {
	s, err := scenario.Load("wired.yaml", []byte(wired))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		keep []string
		want lab
	}{
		{
			"a published port keeps its wire",
			[]string{"base"},
			lab{
				Wires: []string{"uplink"}, Networks: []string{"web"}, Containers: []string{"alice", "bob"},
				Steps: []string{"base"},
			},
		},
		{"the host and a machine", []string{"from"}, lab{Wires: []string{"lan"}, Steps: []string{"from"}}},
		{
			"a shared namespace keeps its owner, its network and the parent",
			[]string{"shares"},
			lab{
				Wires: []string{"lan"}, Networks: []string{"home"}, Containers: []string{"lee", "tail"},
				Steps: []string{"shares"},
			},
		},
		{
			"who runs later is started before, with the number that it asks for",
			[]string{"late-ping"},
			lab{
				Wires: []string{"uplink"}, Networks: []string{"web"}, Containers: []string{"bob", "rival"},
				Steps: []string{"late", "late-ping"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			keep := func(step scenario.Step) bool { return slices.Contains(tt.keep, step.ID()) }
			if diff := cmp.Diff(tt.want, labOf(s.Select(keep))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	// What is skipped stays skipped after Select.
	keep := func(step scenario.Step) bool { return step.ID() == "machine" || step.ID() == "near" }
	want := lab{
		Networks: []string{"web"}, Containers: []string{"alice", "bob"},
		Steps: []string{"near"}, Skipped: []string{"machine"},
	}
	if diff := cmp.Diff(want, labOf(s.WithoutWires().Select(keep))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A lab lists what is left of a scenario, by name.
type lab struct {
	Upstream                           string
	Wires, Networks, Containers, Steps []string
	Skipped                            []string
}

func labOf(s *scenario.Scenario) lab {
	l := lab{Upstream: s.Upstream}
	for _, w := range s.Wires {
		l.Wires = append(l.Wires, w.Name)
	}
	for _, n := range s.Networks {
		l.Networks = append(l.Networks, n.Name)
	}
	for _, c := range s.Containers {
		l.Containers = append(l.Containers, c.Name)
	}
	for _, step := range s.Steps {
		name := step.ID()
		if step.Do != nil {
			name = step.Do.String()
		}
		l.Steps = append(l.Steps, name)
	}
	for _, skipped := range s.Skipped {
		l.Skipped = append(l.Skipped, skipped.Step.ID())
	}
	return l
}
