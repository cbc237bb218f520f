package report

import (
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// twoBridges is alice and bob on web, carol on back, and an outside computer.
func twoBridges() *result.Record {
	on := func(network, address string) []fact.Endpoint {
		return []fact.Endpoint{{Network: "netlab-s-" + network, Driver: "bridge", Link: "eth0", IPv4: address}}
	}
	return &result.Record{Engines: []result.Engine{{}}, Scenarios: []result.Scenario{{
		Session: "s",
		Networks: []fact.Network{
			{Name: "netlab-s-web", Driver: "bridge", Interface: "br-web", Subnet: "10.1.0.0/28", Gateway: "10.1.0.1"},
			{Name: "netlab-s-back", Driver: "bridge", Interface: "br-back", Subnet: "10.2.0.0/28", Gateway: "10.2.0.1"},
		},
		Wires: []fact.Wire{{
			Name: "uplink", Machine: "outside", Interface: "nl0", Subnet: "10.3.0.0/28", Host: "10.3.0.1",
			Address: "10.3.0.2", Router: "10.3.0.3",
		}},
		Peers: []fact.Peer{
			{Name: "alice", Port: "veth1", Network: on("web", "10.1.0.2")},
			{Name: "bob", Port: "veth2", Network: on("web", "10.1.0.3")},
			{Name: "carol", Port: "veth3", Network: on("back", "10.2.0.2")},
			{Name: "upstream", Role: fact.RoleUpstream, Network: on("web", "10.1.0.4")},
			{Name: "outside", Role: fact.RoleMachine, Mode: "none"},
			{Name: "guest", Mode: "host"},
		},
		Places: []fact.Place{
			{Name: "alice eth0", Kind: fact.PlaceContainer, Peer: "alice", Link: "eth0"},
			{Name: "alice lo", Kind: fact.PlaceContainer, Peer: "alice", Link: "lo"},
			{Name: "bob eth0", Kind: fact.PlaceContainer, Peer: "bob", Link: "eth0"},
			{Name: "host br-web", Kind: fact.PlaceBridge, Link: "br-web", Of: "web"},
			{Name: "host nl0", Kind: fact.PlaceWire, Link: "nl0", Of: "uplink"},
			{Name: "outside eth0", Kind: fact.PlaceMachine, Peer: "outside", Link: "eth0"},
		},
	}}}
}

// seen returns packets of one kind, at capture points in the given order.
func seen(kind string, places ...string) []result.Packet {
	var all []result.Packet
	for _, p := range places {
		all = append(all, result.Packet{Number: 1, Place: p, Kind: kind})
	}
	return all
}

func TestWays(t *testing.T) {
	asked := func(from string, asks result.Question, reason probe.Reason, sender string) result.Step {
		return result.Step{
			Check: "c", From: from, Asks: asks, Verdict: result.AsExpected,
			Observed: &result.Observed{Reason: reason, From: sender},
		}
	}
	packets := func(st result.Step, kind string, places ...string) result.Step {
		st.Packets = seen(kind, places...)
		return st
	}
	lost := func(st result.Step, l probe.Loss) result.Step {
		st.Observed.Lost = []probe.Loss{l}
		return st
	}
	name := asked("alice", asktest.Resolve("bob.name"), probe.NameNotFound, "127.0.0.11")
	name.Observed.Evidence = []probe.Evidence{{Source: "upstream", Text: "was asked for bob by 10.1.0.2", Did: true}}
	named := asked("alice", asktest.Resolve("bob.name"), probe.NameNotFound, "10.3.0.2")
	named.Observed.Evidence = []probe.Evidence{{Source: "outside", Text: "was asked for bob by 10.3.0.1", Did: true}}
	tests := []struct {
		name     string
		internal bool // the network web
		joins    bool // alice has joined the network back
		st       result.Step
		want     string // "" if the record does not say
		end      wayEnd
	}{
		{name: "on one bridge", st: asked("alice", asktest.Ping("bob"), probe.OK, ""), want: "alice → br-web → bob"},
		{
			name: "a closed port", st: asked("alice", asktest.Connect("bob", 9), probe.Refused, "10.1.0.3"),
			want: "alice → br-web → bob", end: refused,
		},
		{
			name: "to the host", st: asked("alice", asktest.Ping("web.gateway"), probe.OK, ""),
			want: "alice → br-web → the host",
		},
		{
			name: "outside", st: asked("alice", asktest.Connect("outside", 80), probe.OK, ""),
			want: "alice → br-web → the host → outside",
		},
		{
			name: "a published port", st: asked("outside", asktest.Connect("bob", 80, "uplink.host"), probe.OK, ""),
			want: "outside → the host → br-web → bob",
		},
		{
			name: "a neighbor's published port", st: asked("alice", asktest.Connect("bob", 80, "uplink.host"), probe.OK, ""),
			want: "alice → br-web → the host → br-web → bob",
		},
		{
			name: "a router says no", end: refused, want: "alice → br-web → the host → outside",
			st: asked("alice", asktest.Connect("uplink.nowhere", 80), probe.NetUnreachable, "10.3.0.2"),
		},
		{
			name: "no route", st: asked("alice", asktest.Ping("bob"), probe.NetUnreachable, ""),
			want: "alice", end: refused,
		},
		{
			// An ARP answer from the gateway does not show that the packet reached it.
			name: "no answer", want: "alice → br-web", end: silent,
			st: asked("alice", asktest.Connect("carol", 80), probe.Timeout, ""),
		},
		{
			name: "no answer, dropped on the host", want: "alice → br-web → the host", end: silent,
			st: lost(asked("alice", asktest.Connect("carol", 80), probe.Timeout, ""),
				probe.Loss{Namespace: "host", Interface: "br-web", Way: probe.WayIn}),
		},
		{
			name: "no answer, dropped in the container", want: "alice → br-web → bob", end: silent,
			st: lost(asked("alice", asktest.Connect("bob", 80), probe.Timeout, ""),
				probe.Loss{Namespace: "bob", Interface: "eth0", Way: probe.WayIn}),
		},
		{
			name: "no answer, dropped between two ports of the bridge", want: "alice → br-web", end: silent,
			st: lost(asked("alice", asktest.Connect("bob", 80), probe.Timeout, ""),
				probe.Loss{Namespace: "host", Interface: "veth2"}),
		},
		{
			name: "no answer to the host", st: asked("host", asktest.Connect("carol", 80), probe.Timeout, ""),
			want: "the host → br-back", end: silent,
		},
		{
			name: "in the host's namespace", st: asked("guest", asktest.Ping("carol"), probe.OK, ""),
			want: "the host → br-back → carol",
		},
		{name: "a name", st: name, want: "alice → br-web → upstream", end: refused},
		{name: "a name, outside", st: named, want: "alice → br-web → the host → outside", end: refused},
		{name: "loopback", st: asked("alice", asktest.Connect("localhost", 80), probe.OK, ""), want: "alice"},
		{
			name: "before an action", st: asked("alice", asktest.Ping("carol"), probe.OK, ""),
			want: "alice → br-web → the host → br-back → carol",
		},
		{
			name: "after an action", joins: true, st: asked("alice", asktest.Ping("carol"), probe.OK, ""),
			want: "alice → br-back → carol",
		},
		{
			// Which of them has the default route is not in the record.
			name: "outside from two networks", joins: true,
			st: asked("alice", asktest.Connect("outside", 80), probe.OK, ""),
		},
		{
			name: "outside from an internal network and another", internal: true, joins: true,
			st: asked("alice", asktest.Connect("outside", 80), probe.OK, ""), want: "alice → br-back → the host → outside",
		},
		{
			name: "the host's address on an internal network", internal: true,
			st: asked("alice", asktest.Ping("web.gateway"), probe.OK, ""), want: "alice → br-web → the host",
		},
		{name: "a network that is not drawn", st: asked("alice", asktest.Ping("bob.docker_gwbridge.ipv4"), probe.OK, "")},
		{name: "nobody", st: asked("nobody", asktest.Ping("bob"), probe.OK, "")},
		{name: "broken", st: asked("alice", asktest.Ping("bob"), probe.Broken, "")},
		{
			name: "captured, dropped on the bridge", want: "alice", end: silent,
			st: packets(asked("alice", asktest.Connect("carol", 80), probe.Timeout, ""), result.TCPSYN, "alice eth0"),
		},
		{
			name: "captured, dropped outside", want: "alice → br-web → the host → outside", end: silent,
			st: packets(asked("alice", asktest.Connect("carol", 80), probe.Timeout, ""), result.TCPSYN,
				"alice eth0", "host br-web", "host nl0", "outside eth0"),
		},
		{
			name: "captured, the host answers", want: "alice → br-web → the host",
			st: packets(asked("alice", asktest.Ping("web.gateway"), probe.OK, ""), result.EchoRequest, "alice eth0",
				"host br-web"),
		},
		{
			name: "captured, refused behind a published port", want: "outside → the host → br-web → bob", end: refused,
			st: packets(asked("outside", asktest.Connect("bob", 9, "uplink.host"), probe.Refused, "10.3.0.1"),
				result.TCPSYN, "outside eth0", "host nl0", "host br-web", "bob eth0"),
		},
		{
			name: "captured on loopback", want: "alice",
			st: packets(asked("alice", asktest.Resolve("bob.name"), probe.OK, ""), result.DNSQuestion, "alice lo"),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := twoBridges()
			r.Scenarios[0].Networks[0].Internal = tt.internal
			var joins result.Step
			if tt.joins {
				joins.Do = &ask.Action{Verb: ask.VerbConnect, Peer: "alice", Network: "back"}
				r.Scenarios[0].Steps = []result.Step{joins}
			}
			l := newLab(r, &r.Scenarios[0])
			l.act(&joins)
			w, ok := l.wayOf(&tt.st)
			if ok != (tt.want != "") {
				t.Fatalf("the record tells: got %v with %q", ok, l.words(w))
			}
			if !ok {
				return
			}
			if got := l.words(w); got != tt.want || w.end != tt.end {
				t.Errorf("got %q ending %d, want %q ending %d", got, w.end, tt.want, tt.end)
			}
			if w.captured != (len(tt.st.Packets) > 0) {
				t.Errorf("captured: got %v", w.captured)
			}
		})
	}
}

// A packet captured only on the asker's own interface left through it.
func TestWayThatLeaves(t *testing.T) {
	r := twoBridges()
	l := newLab(r, &r.Scenarios[0])
	st := result.Step{
		Check: "c", From: "alice", Asks: asktest.Connect("carol", 80), Observed: &result.Observed{Reason: probe.Timeout},
	}
	for place, leaves := range map[string]bool{"alice eth0": true, "alice lo": false} {
		st.Packets = seen(result.TCPSYN, place)
		if w, _ := l.wayOf(&st); w.out >= 0 != leaves {
			t.Errorf("seen on %s: it left: got %v, want %v", place, w.out >= 0, leaves)
		}
	}
}
