package scenario_test

import (
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"

	"github.com/google/go-cmp/cmp"
)

// The lab of a file with links, published ports and every driver.
func TestLoadWorld(t *testing.T) {
	got := load(t, "testdata/valid-world.yaml")
	tcp := func(number int) ask.Port { return ask.Port{Network: "tcp", Number: number} }
	on := func(network string, address int) []scenario.Attachment {
		return []scenario.Attachment{{Network: network, Address: address}}
	}
	want := &scenario.Scenario{
		Name: "world",
		Wires: []scenario.Wire{
			{Name: "uplink", Machine: "outside", Listen: []scenario.Listener{{Port: tcp(80)}}},
			{Name: "lan", Machine: "pc", IPv6: true},
		},
		Networks: []scenario.Network{
			{Name: "web", Driver: "bridge", IPv6: true},
			{Name: "home", Driver: "macvlan", Parent: "lan"},
			{Name: "near", Driver: "ipvlan", Parent: "uplink"},
			{Name: "mesh", Driver: "overlay"},
		},
		Services: []scenario.Service{
			{
				Name: "shop", Network: "mesh", Replicas: 2, Endpoint: "vip",
				Listen: []ask.Port{tcp(8080), {Network: "udp", Number: 53}},
			},
			{Name: "ring", Network: "mesh", Replicas: 1, Endpoint: "dnsrr"},
		},
		Containers: []scenario.Container{
			{Name: "tail", Share: "bob", Listen: []scenario.Listener{{Port: tcp(9000), At: "127.0.0.1"}}},
			{Name: "alice", Networks: on("web", 0), Gateway: true},
			{
				Name: "bob", Networks: on("web", 0), Listen: []scenario.Listener{{Port: tcp(8080)}},
				Publish: []scenario.Publish{
					{Port: tcp(8080), On: "127.0.0.1"},
					{Port: ask.Port{Network: "udp", Number: 53}, On: "uplink"},
					{Port: tcp(81), On: "all"},
					{Port: tcp(82), On: "lan", IPv6: true},
				},
				Health: tcp(8080),
			},
			{
				Name: "erin", Networks: on("web", 0), Created: true,
				Publish: []scenario.Publish{{Port: tcp(8080), On: "127.0.0.1", As: "bob"}},
			},
			{Name: "lee", Networks: on("home", 4), Publish: []scenario.Publish{{Port: tcp(80), On: "127.0.0.1"}}},
			{Name: "nell", Networks: on("near", 0)},
			{Name: "mia", Networks: on("mesh", 0)},
			{Name: "hal", Networks: on("host", 0), Publish: []scenario.Publish{{Port: tcp(80), On: "127.0.0.1"}}},
		},
		Source: got.Source,
	}
	steps := got.Steps
	got.Steps = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	probes := map[string]ask.Question{
		"large": ask.Ping{To: peer("bob"), Bytes: 1, Size: ask.Reference{Head: "web", Field: "mtu"}},
		"whole": ask.Ping{To: peer("bob"), Bytes: 1500},
		"by": ask.Connect{
			To: peer("host"), Port: tcp(0),
			At: ask.Target{Ref: ask.Reference{Head: "bridge", Field: "gateway"}},
			By: ask.Target{Literal: "host.docker.internal"},
		},
		"passes": ask.Chains{
			To: peer("bob"), Port: tcp(81), Through: ask.Target{Ref: ask.Reference{Head: "web", Field: "gateway"}},
		},
		"taken": ask.Start{Container: "erin"},
		"vip":   ask.Connect{To: ask.Target{Ref: ask.Reference{Head: "shop", Field: "vip"}}, Port: tcp(8080)},
		"turns": ask.Balance{Service: "shop", Port: tcp(8080)},
	}
	for _, step := range steps {
		want, ok := probes[step.ID()]
		if !ok {
			continue
		}
		delete(probes, step.ID())
		if diff := cmp.Diff(want, step.Check.Asks); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.ID(), diff)
		}
		if got := step.Check.From; step.ID() == "taken" && got != "host" {
			t.Errorf("a start without from is asked from %q, want host", got)
		}
	}
	if len(probes) > 0 {
		t.Errorf("the file has no checks %v", probes)
	}
}

// A probe prints as it is written in its file, so that a report can be traced back.
func TestWorldInWords(t *testing.T) {
	want := map[string]string{
		"way":       "hops uplink.router: contains uplink.host",
		"mac":       "arp lee: equals lee.link.mac",
		"published": "connect bob udp/53 through uplink.host: ok, sees outside",
		"inside":    "connect bob tcp/8080 through 127.0.0.1: closed",
		"passes":    "chains bob tcp/81 through web.gateway: lacks filter/INPUT",
		"whole":     "ping bob bytes 1500: ok",
		"fits":      "ping bob bytes web.mtu: ok",
		"large":     "ping bob bytes web.mtu + 1: too-big",
		"less":      "ping outside bytes outside.link.mtu - 20: ok",
		"by":        "connect host tcp/free at bridge.gateway by host.docker.internal: ok",
		"taken":     "start erin: in-use",
		"service":   "resolve shop.name: equals shop.vip",
		"tasks":     "resolve ring.tasks.name: equals ring.tasks.ipv4",
		"turns":     "balance shop tcp/8080: equals shop.tasks.ipv4",
	}
	got := map[string]string{}
	for _, step := range load(t, "testdata/valid-world.yaml").Steps {
		if _, ok := want[step.ID()]; ok {
			got[step.ID()] = step.Check.Asks.String() + ": " + step.Check.Expect[0].String()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
