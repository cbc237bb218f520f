package render

import (
	"slices"
	"strings"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

func engine() []result.Engine {
	return []result.Engine{{
		Engine: fact.Engine{
			ID: "ABCD", Name: "lab-host", Version: "20.10.24", API: "1.41", OS: "Debian GNU/Linux 12 (bookworm)",
			Arch: "x86_64", Kernel: "6.1.0", Kind: fact.KindEngine, CPUs: 2,
		},
		Facts: []fact.Label{{Name: "bridge.mtu", Value: "1400"}},
	}}
}

func on(network, driver, ipv4, gateway string) []fact.Endpoint {
	return []fact.Endpoint{{Network: network, Driver: driver, Link: "eth0", IPv4: ipv4, Gateway: gateway, MTU: 1500}}
}

func peer(name, mode, port string, network []fact.Endpoint) fact.Peer {
	return fact.Peer{
		Name: name, Container: "netlab-3f1c9a2b-" + name, Engine: "ABCD", Mode: mode, Port: port, Network: network,
	}
}

func ok(value string, us int64) *result.Observed {
	return &result.Observed{Reason: probe.OK, Value: value, TookUS: us}
}

func no(reason probe.Reason, us int64, evidence ...probe.Evidence) *result.Observed {
	return &result.Observed{Reason: reason, TookUS: us, Evidence: evidence}
}

// bridgeLab is the lab of the bridge lesson, without steps.
func bridgeLab() result.Scenario {
	return result.Scenario{
		Name: "bridge", Title: "The default network", Command: "docker run IMAGE",
		Use:     "Quick tests. Applications need names, so use custom-bridge for them.",
		Session: "3f1c9a2b", UpUS: 812_000,
		Networks: []fact.Network{
			{
				ID: "n1", Name: "bridge", Driver: "bridge", Interface: "docker0", Subnet: "172.17.0.0/16",
				Gateway: "172.17.0.1", MTU: 1400, ICC: true, Masquerade: true,
			},
			{
				ID: "n2", Name: "back", Driver: "bridge", Interface: "br-9d1e4c07a2b1", Subnet: "10.213.0.0/28",
				Gateway: "10.213.0.1", ICC: true, Masquerade: true,
			},
		},
		Host: &result.Host{Addresses: []string{"192.168.1.20"}},
		Peers: []fact.Peer{
			peer("alice", "bridge", "veth3f1c9a2", on("bridge", "bridge", "172.17.0.2", "172.17.0.1")),
			peer("bob", "bridge", "veth2a2e6b1", on("bridge", "bridge", "172.17.0.3", "172.17.0.1")),
			peer("carol", "bridge", "vethc07d11e", on("back", "bridge", "10.213.0.2", "10.213.0.1")),
			peer("dave", "bridge", "veth77aa01b", on("bridge", "bridge", "172.17.0.4", "172.17.0.1")),
			peer("upstream", "bridge", "veth5b5b5b5", on("bridge", "bridge", "172.17.0.5", "172.17.0.1")),
			peer("host", "host", "", nil),
		},
		Removed: fact.Objects{Containers: 6, Networks: 1},
	}
}

// run puts scenarios into a record like that of a finished command.
func run(kind string, scenarios ...result.Scenario) *result.Record {
	r := &result.Record{
		Schema: result.Schema, Kind: kind, Netlab: "1.0.0", Started: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
		TookUS: 4_120_000, Engines: engine(), Scenarios: scenarios, Leftovers: []result.Leftover{}, Audited: true,
	}
	for _, sc := range r.Scenarios {
		for i := range sc.Steps {
			sc.Steps[i].Wants = wants(sc.Steps[i].Ask)
		}
	}
	r.Count()
	return r
}

// wants is the kind of answer that a question of these tests wants, which begin with "Which", "How" and so on if that
// is a value.
func wants(question string) string {
	if strings.HasPrefix(question, "Wh") || strings.HasPrefix(question, "How") {
		return ask.WantsValue
	}
	return ask.WantsYesNo
}

// lesson is a bridge run with only expected answers: what a class sees.
func lesson() *result.Record {
	sc := bridgeLab()
	check := func(id, group, ask string, asks result.Question, o *result.Observed, because, try string) result.Step {
		return result.Step{
			Check: id, Group: group, Lesson: true, Ask: ask, From: "alice", Asks: asks,
			Observed: o, Verdict: result.AsExpected, Because: because, Try: try,
		}
	}
	sc.Steps = []result.Step{
		check("attached-to", "identity", "Which bridge is alice attached to?", asktest.Read("port.bridge"), ok("docker0", 0),
			"The other end of her veth pair is a port of this Linux bridge on the host.", "ip link"),
		check("peer-by-name", "names", "Can alice find bob by name?", asktest.Resolve("bob.name"),
			no(probe.NameNotFound, 640, probe.Evidence{Source: "upstream", Text: "was asked for bob by 172.17.0.2", Did: true}),
			"No Docker DNS here. The question went to the upstream server, which does not know bob.", "dns bob"),
		check("peer-by-address", "reach", "Can alice reach bob by address?", asktest.Ping("bob"), ok("172.17.0.3", 98),
			"Both veth pairs end in the same Linux bridge, which forwards between its ports.", "ping 172.17.0.3"),
		check("localhost", "reach", "Does localhost:8080 reach bob?", asktest.Connect("localhost", 8080),
			no(probe.Refused, 110), "localhost is alice herself. The server on 8080 runs in bob.", "get localhost:8080"),
		check("closed-port", "reach", "Can alice connect to bob's closed port 9?", asktest.Connect("bob", 9),
			no(probe.Refused, 210), "bob is up but nothing listens there, so he refuses at once. "+
				"Silence would mean that something dropped the packet.",
			"get 172.17.0.3:9"),
		check("host-service", "reach", "Can alice use a service on the host?", asktest.Connect("host", 0),
			ok("172.17.0.2", 300), "The gateway address is the host's own, and nothing is translated on the way.", ""),
		check("other-network", "isolation", "Can alice reach carol on another network?", asktest.Connect("carol", 8080),
			no(probe.Timeout, 1_002_000), "Docker drops packets between its bridges, so nothing answers.",
			"get 10.213.0.2:8080"),
		check("other-gateway", "isolation", "Does carol's gateway answer alice?", asktest.Ping("back.gateway"),
			ok("10.213.0.1", 90), "That gateway is the host too. Isolation applies to containers, not the host.",
			"ping 10.213.0.1"),
		{
			Measure: "round-trip", Group: "cost", Ask: "Round trip to bob", From: "alice", Asks: asktest.Ping("bob"),
			Observed: &result.Observed{Samples: 20, MedianUS: 101, MinUS: 84, MaxUS: 310},
		},
	}
	return run(result.KindRun, sc)
}

// eventful is a run where everything happens that can happen, next to a scenario that could not run.
func eventful() *result.Record {
	sc := bridgeLab()
	sc.Note = "Old courses call this network docker0, after its Linux bridge."
	sc.Steps = []result.Step{
		{
			Check: "links", Group: "identity", Ask: "Which interfaces does alice have?", Asks: asktest.Read("links"),
			Observed: &result.Observed{
				Reason: probe.OK, Value: "lo eth0",
				Evidence: []probe.Evidence{{Source: "netlink in alice", Text: "1: lo, 2: eth0"}},
			},
			Verdict: result.AsExpected, Because: "The loopback, and one end of a veth pair.", Try: "ip link",
		},
		{
			Check: "mtu", Group: "identity", Lesson: true, Ask: "What is the MTU of alice's interface?", From: "alice",
			Asks: asktest.Read("link.mtu"), Expect: asktest.Expect(ask.Equals, "1500"), Condition: mtu1400(),
			Observed: ok("1400", 0), Verdict: result.AsExpected,
			Because: "This engine's default bridge is set to a different MTU. The usual MTU is 1500.",
		},
		{
			Check: "peer-by-name", Group: "names", Lesson: true, Ask: "Can alice find bob by name?", From: "alice",
			Asks: asktest.Resolve("bob.name"), Observed: no(probe.NameNotFound, 640,
				probe.Evidence{Source: "upstream", Text: "was asked for bob by 172.17.0.2", Did: true},
				probe.Evidence{Source: "/etc/resolv.conf in alice", Text: "nameserver 172.17.0.5"},
				probe.Evidence{Source: "bob", Text: "was not asked", Did: true}),
			Verdict: result.AsExpected, Control: []string{"gateway-ping"},
			Because: "No Docker DNS here. The question went to the upstream server, which does not know bob.",
			Try:     "dns bob",
		},
		{
			Check: "other-network", Group: "isolation", Lesson: true, Ask: "Can alice reach carol on another network?",
			From: "alice", Asks: asktest.Connect("carol", 8080), Expected: &ask.Expectation{Reason: probe.Timeout},
			Observed: &result.Observed{
				Reason: probe.OK, Value: "172.17.0.2", TookUS: 310,
				Evidence: []probe.Evidence{{Source: "carol", Text: "172.17.0.2 connected"}},
			},
			Verdict: result.Surprise,
			Because: "Docker drops packets between its bridges, so nothing answers.", Try: "get 10.213.0.2:8080",
		},
		{
			Check: "expose", Group: "isolation", Ask: "Which host ports does carol's EXPOSE open?", From: "carol",
			Asks: asktest.Read("published"), Expected: &asktest.Expect(ask.Equals, "none")[0], Observed: ok("0.0.0.0:8080", 0),
			Verdict: result.Surprise, Because: "EXPOSE only documents the port. Publishing opens it.",
		},
		{
			Check: "host-service", Group: "reach", Lesson: true, Ask: "Can alice use a service on the host?",
			From: "alice", Asks: asktest.Connect("host", 0),
			Observed: &result.Observed{Reason: probe.Broken, Detail: "no listener: address already in use"},
			Verdict:  result.Broken, Why: "netlab could not ask the question: no listener: address already in use",
			Because: "The gateway address belongs to the host.",
		},
		{Do: &ask.Action{Verb: ask.VerbStop, Peer: "bob"}},
		{Do: &ask.Action{Verb: ask.VerbStart, Peer: "bob"}},
		{
			Check: "name-after-restart", Group: "names", Lesson: true, Ask: "Does the name bob still find him?",
			Asks: asktest.Resolve("bob.name"), Observed: ok("172.17.0.3", 400),
			Verdict: result.AsExpected, Because: "The name follows the container.",
		},
		{
			Do:  &ask.Action{Verb: ask.VerbConnect, Peer: "alice", Network: "back"},
			Try: "docker network connect netlab-3f1c9a2b-back netlab-3f1c9a2b-alice",
		},
		{
			Check: "second-network", Group: "reach", Lesson: true, Ask: "On carol's network too, does alice reach her?",
			From: "alice", Asks: asktest.Connect("carol", 8080),
			Verdict: result.Skipped, Why: "the time for the whole command was over",
		},
		{
			Check: "peer-sees", Group: "reach", Lesson: true, Ask: "Which source address does bob see?",
			From: "alice", Asks: asktest.Connect("bob", 8080),
			Observed: ok("172.17.0.2", 330), Verdict: result.AsExpected,
			Because: "Inside one bridge nothing is translated, and no port is blocked.", Try: "get 172.17.0.3:8080",
		},
		{
			Measure: "start", Group: "cost", Ask: "Time from create to ready", From: "alice",
			Observed: &result.Observed{Samples: 1, MedianUS: 251_300, MinUS: 251_300, MaxUS: 251_300},
		},
		{
			Measure: "round-trip", Group: "cost", Lesson: true, Ask: "Round trip to bob", From: "alice",
			Asks: asktest.Ping("bob"), Observed: &result.Observed{Samples: 20, MedianUS: 101, MinUS: 84, MaxUS: 310},
		},
	}
	r := run(result.KindRun, sc, result.Scenario{
		Name: "macvlan", Title: "An address in the LAN", Use: "Software that must be a computer of the LAN.",
		Skipped: "the engine runs rootless, which has no parent interface",
	})
	r.Leftovers = []result.Leftover{{Type: "network", Name: "netlab-3f1c9a2b-back"}}
	return r
}

// mtu1400 is the fact that another MTU than the usual one is set.
func mtu1400() []fact.Label { return []fact.Label{{Name: "bridge.mtu", Value: "1400"}} }

// modes is a comparison of the four basic modes and one that could not run.
func modes() *result.Record {
	type a struct {
		id, group string
		asks      result.Question
		o         *result.Observed
	}
	scenario := func(name, use, note string, answers ...a) result.Scenario {
		sc := result.Scenario{Name: name, Title: name, Use: use, Note: note, Session: "3f1c9a2b"}
		for _, x := range answers {
			sc.Steps = append(sc.Steps, result.Step{
				Check: x.id, Group: x.group, Ask: "Does " + x.id + " hold?", Asks: x.asks,
				Observed: x.o, Verdict: result.AsExpected, Because: "So it is in this mode, " + name + ".",
			})
		}
		sc.Removed = fact.Objects{Containers: 5, Networks: 1}
		return sc
	}
	measure := func(sc result.Scenario, id string, us int64) result.Scenario {
		sc.Steps = append(sc.Steps, result.Step{
			Measure: id, Group: "cost", Ask: "How long?", Observed: &result.Observed{Samples: 20, MedianUS: us},
		})
		return sc
	}
	bridge := scenario("bridge", "Quick tests. Applications need names, so use custom-bridge for them.", "",
		a{"own-stack", "identity", asktest.Read("own-netns"), ok("yes", 0)},
		a{"attached-to", "identity", asktest.Read("port.bridge"), ok("docker0", 0)},
		a{"mtu", "identity", asktest.Read("link.mtu"), ok("1400", 0)},
		a{"peer-by-name", "names", asktest.Resolve("bob.name"), no(probe.NameNotFound, 640)},
		a{"peer-by-address", "reach", asktest.Ping("bob"), ok("172.17.0.3", 98)},
		a{"host-service", "reach", asktest.Connect("host", 0), ok("172.17.0.2", 98)},
		a{"other-network", "isolation", asktest.Connect("carol", 8080), no(probe.Timeout, 1_002_000)},
		a{"two-servers", "isolation", asktest.Listen(), ok("0.0.0.0:4711", 0)},
		a{"expose", "isolation", asktest.Read("published"), ok("none", 0)},
	)
	bridge.Steps[2].Expect, bridge.Steps[2].Condition = asktest.Expect(ask.Equals, "1500"), mtu1400()
	bridge = measure(measure(bridge, "start", 251_300), "round-trip", 101)

	custom := scenario("custom-bridge", "Applications with several containers on one host.",
		"Compose makes one such network for each project, which is why names work there.",
		a{"own-stack", "identity", asktest.Read("own-netns"), ok("yes", 0)},
		a{"attached-to", "identity", asktest.Read("port.bridge"), ok("br-9d1e4c07a2b1", 0)},
		a{"mtu", "identity", asktest.Read("link.mtu"), ok("1500", 0)},
		a{"peer-by-name", "names", asktest.Resolve("bob.name"), ok("10.213.0.2", 400)},
		a{"peer-by-address", "reach", asktest.Ping("bob"), ok("10.213.0.2", 98)},
		a{"host-service", "reach", asktest.Connect("host", 0), no(probe.Broken, 0)},
		a{"other-network", "isolation", asktest.Connect("carol", 8080), ok("10.213.0.3", 310)},
		a{"two-servers", "isolation", asktest.Listen(), ok("0.0.0.0:4711", 0)},
	)
	custom.Steps[5].Verdict, custom.Steps[5].Why = result.Broken, "no listener for the question: address in use"
	custom.Steps[6].Verdict, custom.Steps[6].Expected = result.Surprise, &ask.Expectation{Reason: probe.Timeout}
	custom = measure(measure(custom, "start", 262_000), "round-trip", 103)

	host := scenario("host", "Software that must see the host's network, such as a monitoring agent.",
		`Often recommended for performance. netlab bench measures the difference here.`,
		a{"own-stack", "identity", asktest.Read("own-netns"), ok("no", 0)},
		a{"peer-by-name", "names", asktest.Resolve("bob.name"), no(probe.NameNotFound, 640)},
		a{"peer-by-address", "reach", asktest.Connect("bob", 8080), ok("172.17.0.1", 98)},
		a{"host-service", "reach", asktest.Connect("host", 0), ok("127.0.0.1", 98)},
		a{"other-network", "isolation", asktest.Connect("carol", 8080), ok("10.213.0.1", 120)},
		a{"two-servers", "isolation", asktest.Listen(), no(probe.InUse, 0)},
	)
	host.Steps = slices.Insert(host.Steps, 1, result.Step{
		Check: "links", Group: "identity", Asks: asktest.Read("links"), Verdict: result.AsExpected,
		Observed: ok("lo eth0 docker0 br-9d1e4c07a2b1 veth3f1c9a2 veth2a2e6b1 vethc07d11e veth77aa01b", 0),
	})
	bridge.Steps = slices.Insert(bridge.Steps, 1, result.Step{
		Check: "links", Group: "identity", Asks: asktest.Read("links"), Verdict: result.AsExpected,
		Observed: ok("lo eth0", 0),
	})
	host = measure(measure(host, "start", 81_000), "round-trip", 34)

	none := scenario("none", "Sealed jobs that need no network, such as converting a file.", "",
		a{"own-stack", "identity", asktest.Read("own-netns"), ok("yes", 0)},
		a{"peer-by-name", "names", asktest.Resolve("bob.name"), no(probe.NetUnreachable, 40)},
		a{"peer-by-address", "reach", asktest.Ping("bob"), no(probe.NetUnreachable, 40)},
		a{"host-service", "reach", asktest.Connect("host", 0), no(probe.NetUnreachable, 40)},
		a{"two-servers", "isolation", asktest.Listen(), ok("0.0.0.0:4711", 0)},
	)
	none = measure(none, "start", 172_000)

	return run(result.KindCompare, bridge, custom, host, none, result.Scenario{
		Name: "macvlan", Title: "macvlan", Use: "LANs.", Skipped: "the engine runs rootless",
	})
}

// sixModes is a comparison of six modes that ran, the most that fit into one table.
func sixModes() *result.Record {
	r := modes()
	ran := r.Scenarios[:4]
	for _, name := range []string{"macvlan", "overlay"} {
		sc := ran[1]
		sc.Name, sc.Use, sc.Note = name, "What "+name+" is for.", ""
		sc.Steps = slices.Clone(sc.Steps)
		for i := range sc.Steps {
			sc.Steps[i].Verdict, sc.Steps[i].Why = result.AsExpected, ""
			if sc.Steps[i].Check == "host-service" {
				sc.Steps[i].Observed = no(probe.HostUnreachable, 3_050_000)
			}
		}
		ran = append(ran, sc)
	}
	return run(result.KindCompare, ran...)
}

func builtInModes() []Mode {
	return []Mode{
		{Name: "bridge", Title: "The default network"},
		{Name: "custom-bridge", Title: "Your own bridge network"},
		{
			Name: "macvlan", Title: "An address in the LAN",
			Skipped: "the engine runs rootless, and its network namespace has no parent interface",
		},
	}
}

func groupedModes() []Mode {
	return []Mode{
		{Name: "bridge", Title: "The default network", Group: "THE SIX MODES"},
		{Name: "custom-bridge", Title: "Your own bridge network", Group: "THE SIX MODES"},
		{Name: "publish", Title: "Ports of containers at the host's addresses", Group: "MORE"},
		{Name: "ipvlan", Title: "Addresses in the LAN, one MAC", Group: "MORE", Skipped: "the kernel has no ipvlan"},
	}
}

// class is a class that saw a lesson and the modes side by side, and then lost its engine.
func class() *result.Record {
	r := result.NewClass("Modes", "1.0.0", lesson().Started)
	r.Add(result.Part{Title: "bridge: The network you get"}, lesson())
	r.Add(result.Part{Title: "Side by side"}, modes())
	r.Add(result.Part{Title: "host", Failed: "no Docker Engine answers"}, &result.Record{
		Kind: result.KindRun, Engines: lesson().Engines,
	})
	r.AddAudits(lesson(), modes())
	return r
}
