package engine

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// macvlan returns a network on the parent, with a subnet that no other test and no lab uses.
func macvlan(driver, name, parent string, third int) NetworkSpec {
	return NetworkSpec{
		Name: name, Driver: driver, Parent: parent,
		Subnet: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 215, 251, byte(third)}), 28),
	}
}

// testMacvlan removes the parent, as happens with the network namespace of a link's outside computer: before the
// containers are removed, and after them but before the network.
func testMacvlan(t *testing.T, w world) {
	for i, order := range []string{"parent last", "parent first", "parent before the network"} {
		t.Run(order, func(t *testing.T) {
			s, parent := newSession(t, w.engine, ""), w.parent(t)
			lan := newNetwork(t, s, macvlan("macvlan", "lan", parent, i*16))
			if lan.Interface != parent || lan.Driver != "macvlan" {
				t.Errorf("got %+v, want a macvlan on %s", lan, parent)
			}
			c, client := up(t, s, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: lan.Name}}})
			if l := look(t, client).Link("eth0"); l == nil || l.Kind != "macvlan" {
				t.Errorf("got eth0 %+v, want a macvlan", l)
			}
			if order == "parent before the network" {
				if err := c.Stop(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if order != "parent last" {
				if err := w.ip("link", "del", parent); err != nil {
					t.Fatal(err)
				}
			}
			removeAll(t, s)
		})
	}
	t.Run("parent taken", func(t *testing.T) {
		s, parent := newSession(t, w.engine, ""), w.parent(t)
		newNetwork(t, s, macvlan("macvlan", "lan", parent, 48))
		_, err := s.CreateNetwork(t.Context(), macvlan("macvlan", "again", parent, 64))
		old := strings.HasPrefix(w.engine.Fact().Version, "2") && w.engine.Fact().Version < "27"
		if old && !errors.Is(err, ErrParentTaken) || !old && err != nil {
			t.Errorf("a second network on one parent, on engine %s: got %v", w.engine.Fact().Version, err)
		}
		removeAll(t, s)
	})
}

// testWire combines roles, probes and networks: an outside computer on a simulated link is the LAN of a macvlan
// container, and everything disappears with it.
func testWire(t *testing.T, w world) {
	ctx, s := t.Context(), newSession(t, w.engine, "")
	machine, outside := up(t, s, ContainerSpec{Peer: "outside", Role: fact.RoleMachine})
	_, wirer := up(t, s, ContainerSpec{Peer: "wirer", Role: RoleWirer, Target: machine})
	_, hal := up(t, s, ContainerSpec{Peer: "hal", Attachments: []Attachment{{Network: "host"}}})
	wire := "nl" + s.ID() + "0"
	ask := func(client *agent.Client, q probe.Question) {
		t.Helper()
		got, err := client.Ask(ctx, q)
		if err != nil || got.Reason != probe.OK {
			t.Fatalf("%+v: got %+v, %v", q, got, err)
		}
	}
	ask(wirer, probe.Question{Wire: &probe.Wire{Name: wire, Peer: "eth0", PID: 1, Address: "10.215.251.113/28"}})
	ask(outside, probe.Question{Configure: &probe.Configure{Link: "eth0", Addresses: []string{"10.215.251.114/28"}}})
	ask(wirer, probe.Question{Chains: &probe.Chains{}})
	ask(hal, probe.Question{Ping: &probe.Ping{Host: "10.215.251.114"}})

	lan := macvlan("macvlan", "lan", wire, 112)
	lan.Gateway, lan.Range = netip.MustParseAddr("10.215.251.114"), netip.MustParsePrefix("10.215.251.120/29")
	n := newNetwork(t, s, lan)
	_, alice := up(t, s, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: n.Name}}})
	ask(alice, probe.Question{Ping: &probe.Ping{Host: "10.215.251.114"}})

	if look(t, hal).Link(wire) == nil {
		t.Fatalf("the host has no link %s: the test would see nothing vanish", wire)
	}
	if err := machine.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, "the wire is gone", func() bool { return look(t, hal).Link(wire) == nil })
	if look(t, alice).Link("eth0") != nil {
		t.Error("the macvlan child outlived its parent")
	}
	removeAll(t, s)
}

// testIPvlan runs on kernels with and without ipvlan.
func testIPvlan(t *testing.T, w world) {
	s, parent := newSession(t, w.engine, ""), w.parent(t)
	n := newNetwork(t, s, macvlan("ipvlan", "lan", parent, 80))
	c := newContainer(t, s, ContainerSpec{Peer: "alice", Attachments: []Attachment{{Network: n.Name}}})
	client, err := c.Start(t.Context())
	switch {
	case err != nil && !errors.Is(err, ErrNoKernelSupport):
		t.Errorf("got %v, want ErrNoKernelSupport or an ipvlan", err)
	case err == nil:
		if l := look(t, client).Link("eth0"); l == nil || l.Kind != "ipvlan" {
			t.Errorf("got eth0 %+v, want an ipvlan", l)
		}
	}
	if _, err := s.CreateNetwork(t.Context(), macvlan("ipvlan", "again", parent, 96)); !errors.Is(err, ErrParentTaken) {
		t.Errorf("a second ipvlan on one parent: got %v, want ErrParentTaken", err)
	}
	removeAll(t, s)
}
