package render

import (
	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

func uplink() fact.Wire {
	return fact.Wire{
		Name: "uplink", Machine: "outside", Interface: "nl3f1c9a2b0", Subnet: "10.213.7.0/28", Host: "10.213.7.1",
		Address: "10.213.7.2", Router: "10.213.7.3",
	}
}

func outside() fact.Peer {
	return fact.Peer{
		Name: "outside", Container: "netlab-3f1c9a2b-outside", Engine: "ABCD", Mode: "none", Role: fact.RoleMachine,
	}
}

// wired is a lab with a simulated link to an outside computer.
func wired(name string, networks []fact.Network, peers ...fact.Peer) result.Scenario {
	return result.Scenario{
		Name: name, Title: "The lab " + name, Session: "3f1c9a2b", UpUS: 812_000, Networks: networks,
		Host: &result.Host{Addresses: []string{"192.0.2.2"}}, Wires: []fact.Wire{uplink()},
		Peers:   append(peers, outside(), peer("host", "host", "", nil)),
		Removed: fact.Objects{Containers: len(peers) + 2, Networks: len(networks), Wires: 1},
	}
}

func macvlanLab() result.Scenario {
	return wired("macvlan",
		[]fact.Network{{
			ID: "m1", Name: "netlab-3f1c9a2b-lan", Driver: "macvlan", Interface: "nl3f1c9a2b0", Subnet: "10.213.7.0/28",
			Gateway: "10.213.7.3", Options: []fact.Label{{Name: "parent", Value: "nl3f1c9a2b0"}},
		}},
		peer("alice", "macvlan", "", on("netlab-3f1c9a2b-lan", "macvlan", "10.213.7.4", "10.213.7.3")),
		peer("bob", "macvlan", "", on("netlab-3f1c9a2b-lan", "macvlan", "10.213.7.5", "10.213.7.3")),
	)
}

func overlayLab() result.Scenario {
	overlay := func(name, subnet, gateway, vxlan string) fact.Network {
		return fact.Network{
			ID: name, Name: "netlab-3f1c9a2b-" + name, Driver: "overlay", Subnet: subnet, Gateway: gateway,
			Options: []fact.Label{{Name: "com.docker.network.driver.overlay.vxlanid_list", Value: vxlan}},
		}
	}
	sc := wired("overlay",
		[]fact.Network{
			overlay("web", "10.213.8.0/28", "10.213.8.1", "4097"),
			overlay("back", "10.213.9.0/28", "10.213.9.1", "4098"),
			{ID: "gw", Name: "docker_gwbridge", Driver: "bridge", Interface: "docker_gwbridge", Subnet: "172.18.0.0/16"},
		},
		peer("alice", "overlay", "", on("netlab-3f1c9a2b-web", "overlay", "10.213.8.2", "")),
		peer("bob", "overlay", "", on("netlab-3f1c9a2b-web", "overlay", "10.213.8.3", "")),
		peer("carol", "overlay", "", on("netlab-3f1c9a2b-back", "overlay", "10.213.9.2", "")),
	)
	sc.Services = []fact.Service{
		{
			Name: "shop", Service: "netlab-3f1c9a2b-shop", Network: "netlab-3f1c9a2b-web", Endpoint: "vip",
			VIP: "10.213.8.4", Tasks: []string{"10.213.8.5", "10.213.8.6"},
		},
		{
			Name: "ring", Service: "netlab-3f1c9a2b-ring", Network: "netlab-3f1c9a2b-web", Endpoint: "dnsrr",
			Tasks: []string{"10.213.8.7"},
		},
	}
	sc.Swarm = "temporary one-node swarm"
	sc.Removed = fact.Objects{Containers: 8, Networks: 2, Wires: 1, Services: 2, Swarms: 1}
	return sc
}

// twoEngines is the overlay lab with bob on a second engine.
func twoEngines() *result.Record {
	sc := overlayLab()
	sc.Swarm, sc.Removed.Swarms = "", 0
	for i := range sc.Peers {
		if sc.Peers[i].Name == "bob" {
			sc.Peers[i].Engine = "EFGH"
		}
	}
	r := run(result.KindRun, sc)
	r.Engines[0].Name = "node1"
	second := r.Engines[0]
	second.ID, second.Name, second.Version = "EFGH", "node2", "28.5.2"
	r.Engines = append(r.Engines, second)
	return r
}

// publishLab has published ports, and a container that uses another's network namespace.
func publishLab() result.Scenario {
	sc := bridgeLab()
	sc.Name, sc.Title, sc.Command = "publish", "Published ports", "docker run -p 8080 IMAGE"
	sc.Wires = []fact.Wire{uplink()}
	sc.Peers[1].Published = []string{"127.0.0.1:32768->8080/tcp", "10.213.7.1:32769->8080/tcp"}
	sc.Peers[3] = fact.Peer{Name: "dave", Container: "netlab-3f1c9a2b-dave", Mode: "container", Shares: "alice"}
	sc.Peers = append(sc.Peers, outside())
	sc.Removed.Wires = 1
	return sc
}

// outsideLesson asks how the network around the host matters.
func outsideLesson() *result.Record {
	check := func(ask, from string, asks result.Question, o *result.Observed, because string) result.Step {
		return result.Step{
			Check: "c", Group: "outside", Lesson: true, Ask: ask, From: from, Asks: asks, Observed: o,
			Verdict: result.AsExpected, Because: because,
		}
	}
	sc := publishLab()
	sc.Steps = []result.Step{
		check("Can alice reach the outside computer?", "alice", asktest.Connect("outside", 80), ok("10.213.7.1", 400),
			"The traffic is masqueraded: outside sees the host, never alice."),
		check("Which address does bob see from outside?", "outside", asktest.Connect("bob", 8080, "uplink.host"),
			ok("10.213.7.2", 410), "The host translates only the destination."),
		check("Which address does bob see via the proxy?", "host", asktest.Connect("bob", 8080, "localhost"),
			ok("172.17.0.1", 500), "The userland proxy connects to bob from the bridge's own address."),
		check("Which routers are on the way out?", "alice", asktest.Hops("outside"), ok("172.17.0.1 10.213.7.2", 900),
			"The host is the first router."),
		check("Can alice reach an address beyond outside?", "alice", asktest.Hops("uplink.silent"),
			&result.Observed{Reason: probe.Timeout, Value: "172.17.0.1", TookUS: 1_000_000}, "Nothing answers beyond outside."),
		check("Which chains does outside's packet pass?", "outside", asktest.Chains("bob", "uplink.host"),
			ok("nat/DOCKER filter/FORWARD filter/DOCKER-USER", 700), "INPUT, where ufw has its rules, is not among them."),
		check("Can erin publish the same host port as bob?", "carol", asktest.Start("carol"), no(probe.InUse, 90_000),
			"An address of the host has each port once."),
		{
			Check: "unread", Group: "outside", Lesson: true, Ask: "What is the host's FORWARD policy?",
			From: "host", Verdict: result.Skipped, Why: "this host's firewall could not be read",
		},
	}
	return run(result.KindRun, sc)
}

// world is a comparison of the six modes with every row of the usual course table, and those from outside.
func world() *result.Record {
	ids := []struct {
		id, group, ask string
		asks           result.Question
	}{
		{"own-stack", "identity", "Does alice have her own network stack?", asktest.Read("own-netns")},
		{"address-from", "identity", "Where does alice's address come from?", asktest.Read("link.ipv4")},
		{"mtu", "identity", "What is the MTU of alice's interface?", asktest.Read("link.mtu")},
		{"peer-by-name", "names", "Can alice find bob by name?", asktest.Resolve("bob.name")},
		{"peer-by-address", "reach", "Can alice reach bob by address?", asktest.Ping("bob")},
		{"other-network", "reach", "Can alice reach carol on another network?", asktest.Connect("carol", 8080)},
		{"host-service", "reach", "Can alice use a service on the host?", asktest.Connect("host", 0)},
		{"the-outside", "reach", "Can alice reach the outside computer?", asktest.Connect("outside", 80)},
		{"who-it-sees", "reach", "Which address does outside see?", asktest.Connect("outside", 80)},
		{"first-hop", "reach", "How many hops is it to outside?", asktest.Hops("outside")},
		{"unpublished-port", "outside", "Can outside reach alice's port without -p?", asktest.Connect("alice", 8080)},
		{"published-port", "outside", "Is alice's published port open?", asktest.Connect("alice", 8080, "uplink.host")},
		{"two-servers", "isolation", "Can alice and dave use the same port?", asktest.Listen()},
	}
	yes := func() *result.Observed { return ok("10.213.7.9", 300) }
	no := func(r probe.Reason) *result.Observed { return no(r, 300) }
	column := func(sc result.Scenario, use string, start, trip int64, answers ...*result.Observed) result.Scenario {
		sc.Use, sc.Steps = use, nil
		for i, q := range ids {
			if answers[i] == nil {
				continue
			}
			sc.Steps = append(sc.Steps, result.Step{
				Check: q.id, Group: q.group, Ask: q.ask, From: "alice", Asks: q.asks, Observed: answers[i],
				Verdict: result.AsExpected,
			})
		}
		measure := func(id, ask string, us int64) {
			if us > 0 {
				sc.Steps = append(sc.Steps, result.Step{
					Measure: id, Group: "cost", Ask: ask, Observed: &result.Observed{Samples: 20, MedianUS: us},
				})
			}
		}
		measure("start", "Time from create to ready", start)
		measure("round-trip", "Round trip to bob", trip)
		return sc
	}
	route := no(probe.NetUnreachable)
	bridge := column(wired("bridge", bridgeLab().Networks,
		peer("alice", "bridge", "veth3f1c9a2", on("bridge", "bridge", "172.17.0.2", "172.17.0.1"))),
		"Quick tests.", 251_300, 101,
		ok("yes", 0), ok("172.17.0.2", 0), ok("1400", 0), no(probe.NameNotFound), yes(), no(probe.Timeout), yes(), yes(),
		ok("10.213.7.1", 300), ok("172.17.0.1 10.213.7.2", 600), no(probe.Refused), yes(), yes())
	bridge.Steps[2].Expect, bridge.Steps[2].Condition = asktest.Expect(ask.Equals, "1500"), mtu1400()
	own := []fact.Network{{
		ID: "w", Name: "netlab-3f1c9a2b-web", Driver: "bridge", Interface: "br-9d1e4c07a2b1", Subnet: "10.213.0.0/28",
		Gateway: "10.213.0.1",
	}}
	custom := column(wired("custom-bridge", own,
		peer("alice", "bridge", "veth3f1c9a2", on("netlab-3f1c9a2b-web", "bridge", "10.213.0.2", "10.213.0.1"))),
		"Applications with several containers on one host.", 262_000, 103,
		ok("yes", 0), ok("10.213.0.2", 0), ok("1500", 0), yes(), yes(), no(probe.Timeout), yes(), yes(),
		ok("10.213.7.1", 300), ok("10.213.0.1 10.213.7.2", 600), no(probe.Refused), yes(), yes())
	host := column(wired("host", nil, peer("alice", "host", "", nil)),
		"Software that must see the host's network.", 81_000, 34,
		ok("no", 0), ok("192.0.2.2", 0), ok("1500", 0), no(probe.NameNotFound), yes(), yes(), yes(), yes(),
		ok("10.213.7.1", 300), ok("10.213.7.2", 300), yes(), no(probe.AddressNotAvailable), no(probe.InUse))
	none := column(wired("none", nil, peer("alice", "none", "", nil)),
		"Sealed jobs that need no network.", 172_000, 0,
		ok("yes", 0), ok("none", 0), ok("none", 0), route, route, route, route, route, nil, route, no(probe.Timeout),
		no(probe.Timeout), yes())
	macvlan := column(macvlanLab(), "Software that must be a computer of the LAN.", 242_000, 61,
		ok("yes", 0), ok("10.213.7.4", 0), ok("1500", 0), yes(), yes(), no(probe.NetUnreachable),
		no(probe.HostUnreachable), yes(), ok("10.213.7.4", 300), ok("10.213.7.2", 300), yes(), yes(), yes())
	overlay := column(overlayLab(), "Services on several hosts.", 612_000, 120,
		ok("yes", 0), ok("10.213.8.2", 0), ok("1450", 0), yes(), yes(), no(probe.Timeout), yes(), yes(),
		ok("10.213.7.1", 300), ok("172.18.0.1 10.213.7.2", 700), no(probe.Refused), yes(), yes())
	return run(result.KindCompare, bridge, custom, host, none, macvlan, overlay)
}
