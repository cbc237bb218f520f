package lab

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/scenario"
)

// splitLab is the lab of an overlay network whose bob can run on another host.
const splitLab = `version: 1
name: split
title: t
use: u
wires: {uplink: {machine: outside}}
networks: {mesh: {driver: overlay}}
containers:
  alice: {networks: [mesh]}
  bob: {networks: [mesh], listen: [tcp/8080], publish: [{port: tcp/8080, on: uplink}]}
steps:
  - {check: name, group: names, ask: a, from: alice, resolve: bob.name, expect: {equals: bob.mesh.ipv4}, because: b}
  - {check: reach, group: reach, ask: a, from: alice, ping: bob, expect: ok, because: b}
  - {check: back, group: reach, ask: a, from: bob, ping: alice, expect: ok, because: b}
  - {check: hosted, group: reach, ask: a, from: host, connect: bob.docker_gwbridge.ipv4 tcp/8080, expect: ok}
  - {check: sibling, group: reach, ask: a, from: alice, connect: bob.docker_gwbridge.ipv4 tcp/8080, expect: timeout,
     control: reach, because: b}
  - {check: port, group: reach, ask: a, from: outside, connect: bob tcp/8080, through: uplink.host, expect: ok,
     because: b}
  - {check: his-way-out, group: reach, ask: a, from: bob, read: route.gateway,
     expect: {equals: docker_gwbridge.gateway}}
  - {check: his-bridge, group: identity, ask: a, from: bob, read: port.bridge, expect: {equals: {text: none}}}
  - {check: her-way-out, group: reach, ask: a, from: alice, hops: outside, expect: ok, because: b}
  - {check: controlled, group: reach, ask: a, from: outside, connect: uplink.host tcp/9, expect: refused,
     control: hosted, because: b}
`

func load(t *testing.T, text string) *scenario.Scenario {
	t.Helper()
	sc, err := scenario.Load("split.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// TestSplit removes what would not be true of bob on another host, and nothing else.
func TestSplit(t *testing.T) {
	whole := load(t, splitLab)
	if why := CanSplit(whole); why != "" {
		t.Fatalf("it cannot be split: %s", why)
	}
	sc := split(whole)
	var asked, skipped []string
	for _, st := range sc.Steps {
		asked = append(asked, st.ID())
	}
	for _, s := range sc.Skipped {
		skipped = append(skipped, s.Step.ID())
	}
	if diff := cmp.Diff([]string{"name", "reach", "back", "her-way-out"}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	gone := []string{"hosted", "sibling", "port", "his-way-out", "his-bridge", "controlled"}
	if diff := cmp.Diff(gone, skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if got := sc.Containers[1].Publish; len(got) != 0 {
		t.Errorf("bob publishes %+v, at an address that his host has not", got)
	}
	if len(whole.Containers[1].Publish) != 1 || len(whole.Skipped) != 0 {
		t.Error("the scenario itself was changed")
	}
}

func TestCanSplit(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"no overlay", "driver: overlay", "driver: bridge", "needs an overlay network"},
		{"no bob", "bob", "rob", "a container bob"},
		{"bob on a bridge too", "bob: {networks: [mesh]", "bob: {networks: [mesh, bridge]", "belongs to the first engine"},
		{"bob moves to a bridge", "steps:\n", "steps:\n  - do: connect bob bridge\n", "belongs to the first engine"},
		{"bob's namespace is shared", "containers:\n", "containers:\n  eve: {share: bob}\n", "depends on the host"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.ReplaceAll(splitLab, tt.old, tt.new)
			if tt.name == "no overlay" { // only an overlay has a docker_gwbridge
				head, _, _ := strings.Cut(text, "  - {check: hosted")
				text = head
			}
			if got := CanSplit(load(t, text)); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}
