package bench

import (
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/lab"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// reference is the mode that the others are compared with: its containers use the host's own network.
const reference = "host"

// Modes lists the modes that can be measured, the reference first.
func Modes() []string {
	return []string{"host", "bridge", "custom-bridge", "none", "macvlan", "overlay"}
}

// A mode is a lab and the ways in it that are measured.
type mode struct {
	scenario *scenario.Scenario
	ways     []way
}

type way struct {
	path, via string
	lab.Way
}

// The peers and networks of all labs. The asker on a network is alice, and the server is always bob.
const (
	alice   = "alice"
	bob     = "bob"
	outside = "outside" // the outside computer at the other end of the link
	uplink  = "uplink"  // the link
	own     = "own"     // the lab's network
)

// The numbers of bob's published ports. Each of the host's addresses needs its own number so that they can be told
// apart.
const (
	portLoopback = 5201
	portUplink   = 5202
)

// skipped is a mode without anything to measure.
func skipped(name string) result.Scenario {
	why := "it has no network to measure"
	if name == fact.DriverMacvlan {
		why = "it needs the simulated link, which --no-wire leaves out"
	}
	return result.Scenario{
		Name: name, Skipped: why, Networks: []fact.Network{}, Peers: []fact.Peer{}, Steps: []result.Step{},
	}
}

// modeNamed returns the mode. built is false if there is nothing to build for it.
func modeNamed(name string, noWire bool) (m mode, built bool) {
	switch name {
	case reference:
		m = hostMode()
	case "bridge":
		m = bridged(name, scenario.DefaultBridge, at(bob, "", ""))
	case "custom-bridge":
		m = bridged(name, own, at(bob, "", ""))
		m.scenario.Networks = []scenario.Network{{Name: own, Driver: fact.DriverBridge}}
	case fact.DriverMacvlan:
		m = macvlan()
	case fact.DriverOverlay:
		// The host reaches a container on an overlay by its address on docker_gwbridge, which published ports forward to as
		// well.
		m = bridged(name, own, at(bob, ask.GatewayBridge, ask.FieldIPv4))
		m.scenario.Networks = []scenario.Network{{Name: own, Driver: fact.DriverOverlay}}
	}
	if noWire && len(m.ways) > 0 {
		m = m.withoutWire()
	}
	return m, len(m.ways) > 0
}

// hostMode has no published port: its server listens on the host's port.
func hostMode() mode {
	return mode{
		newLab(reference, scenario.HostNetwork),
		[]way{
			{result.PathPeers, result.ViaDirect, lab.Way{From: alice, To: bob, At: loopback()}},
			{result.PathHost, result.ViaDirect, lab.Way{From: ask.Host, To: bob, At: loopback()}},
			{result.PathOutside, result.ViaDirect, lab.Way{From: outside, To: bob, At: at(uplink, "", ask.FieldHost)}},
		},
	}
}

// bridged is a mode with a published port that forwards to one of bob's addresses.
func bridged(name, network string, inside ask.Target) mode {
	sc := newLab(name, network)
	sc.Containers[1].Publish = []scenario.Publish{
		{Port: tcp(portLoopback), On: scenario.OnLoopback},
		{Port: tcp(portUplink), On: uplink},
	}
	onUplink := at(uplink, "", ask.FieldHost)
	return mode{sc, []way{
		{result.PathPeers, result.ViaDirect, lab.Way{From: alice, To: bob, At: at(bob, "", "")}},
		{
			result.PathHost, result.ViaLoopback,
			lab.Way{From: ask.Host, To: bob, At: inside, Port: portLoopback, Through: loopback()},
		},
		{
			result.PathHost, result.ViaDNAT,
			lab.Way{From: ask.Host, To: bob, At: inside, Port: portUplink, Through: onUplink},
		},
		{
			result.PathOutside, result.ViaDNAT,
			lab.Way{From: outside, To: bob, At: inside, Port: portUplink, Through: onUplink},
		},
	}}
}

// macvlan publishes nothing, and the host cannot reach its containers. They are on the LAN formed by the link.
func macvlan() mode {
	sc := newLab(fact.DriverMacvlan, own)
	sc.Networks = []scenario.Network{{Name: own, Driver: fact.DriverMacvlan, Parent: uplink}}
	return mode{sc, []way{
		{result.PathPeers, result.ViaDirect, lab.Way{From: alice, To: bob, At: at(bob, "", "")}},
		{result.PathOutside, result.ViaDirect, lab.Way{From: outside, To: bob, At: at(bob, "", "")}},
	}}
}

// newLab is alice and bob on a network, and an outside computer.
func newLab(name, network string) *scenario.Scenario {
	on := []scenario.Attachment{{Network: network}}
	return &scenario.Scenario{
		Name:       name,
		Wires:      []scenario.Wire{{Name: uplink, Machine: outside}},
		Containers: []scenario.Container{{Name: alice, Networks: on}, {Name: bob, Networks: on}},
	}
}

// withoutWire removes what needs the link. Nothing remains of a network that is attached to it.
func (m mode) withoutWire() mode {
	for _, n := range m.scenario.Networks {
		if n.Parent != "" {
			return mode{}
		}
	}
	onUplink := at(uplink, "", ask.FieldHost)
	m.scenario.Wires = nil
	for i := range m.scenario.Containers {
		c := &m.scenario.Containers[i]
		c.Publish = slices.DeleteFunc(c.Publish, func(p scenario.Publish) bool { return p.On == uplink })
	}
	m.ways = slices.DeleteFunc(m.ways, func(w way) bool { return w.From == outside || w.Through == onUplink })
	return m
}

func at(head, network, field string) ask.Target {
	return ask.Target{Ref: ask.Reference{Head: head, Network: network, Field: field}}
}

func loopback() ask.Target { return ask.Target{Literal: "127.0.0.1"} }

func tcp(port int) ask.Port { return ask.Port{Network: "tcp", Number: port} }
