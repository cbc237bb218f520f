package scenario_test

import (
	"net/netip"
	"slices"
	"testing"

	"netlab/netlab/scenario"
)

// On a real LAN the network exists without a link, and steps that need the outside computer are skipped with the
// reason.
func TestOnLAN(t *testing.T) {
	sc, err := scenario.Load("lan.yaml", []byte(`version: 1
name: lan
wires:
  uplink: {machine: pc, listen: [tcp/80]}
networks:
  home: {driver: macvlan, parent: uplink}
containers:
  alice: {networks: [home]}
steps:
  - {check: kind, ask: Which kind?, from: alice, read: link.kind, expect: {equals: {text: macvlan}}}
  - {check: outside, ask: Does pc answer?, from: alice, connect: pc tcp/80, expect: ok}
`))
	if err != nil {
		t.Fatal(err)
	}
	lan := scenario.LAN{Interface: "eth0", Subnet: netip.MustParsePrefix("192.168.1.0/24")}
	got := sc.OnLAN(lan)
	if len(got.Wires) != 0 || len(got.Networks) != 1 || got.Networks[0].LAN == nil || *got.Networks[0].LAN != lan {
		t.Errorf("wires %v, networks %+v, want only home, on the LAN", got.Wires, got.Networks)
	}
	if len(got.Steps) != 1 || got.Steps[0].ID() != "kind" {
		t.Errorf("asked are %v, want only kind", got.Steps)
	}
	if len(got.Skipped) != 1 || got.Skipped[0].Step.ID() != "outside" || got.Skipped[0].Why != "--parent" {
		t.Errorf("skipped are %+v, want outside because of --parent", got.Skipped)
	}
	if sc.Networks[0].Parent != "uplink" || slices.ContainsFunc(sc.Networks, func(n scenario.Network) bool {
		return n.LAN != nil
	}) {
		t.Errorf("the scenario itself was changed: %+v", sc.Networks)
	}
}
