package quiz

import (
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// The possible answers to questions for a value, in the words of a lesson.
const (
	ofHost      = "the host's own"
	hostInstead = "the host's instead"
	gateInstead = "a gateway's instead"
	loopback    = "127.0.0.1"
	embedded    = "Docker's, " + probe.DockerDNS
	otherServer = "others, outside"
)

// whoIsSeen is for the address that a listener saw: the asker's own, or one that replaced it. On the host's own stack
// the host's address is the asker's own.
func whoIsSeen(asker string) kind {
	himself := asker + "'s own address"
	return kind{
		values: []string{himself, hostInstead, gateInstead, loopback},
		value: func(_ *result.Record, sc *result.Scenario, st *result.Step) string {
			if a, err := netip.ParseAddr(st.Observed.Value); err == nil && a.IsLoopback() {
				return loopback
			}
			switch result.SeenAs(sc, st.From, st.Observed.Value) {
			case result.SeenMe:
				return himself
			case result.SeenHost:
				if onHost(sc, st.From) {
					return himself
				}
				return hostInstead
			case result.SeenGateway:
				return gateInstead
			}
			return somethingElse
		},
		reasons: []probe.Reason{probe.Timeout, probe.Refused, probe.NetUnreachable},
	}
}

// onHost reports whether a peer uses the network stack of the engine's host.
func onHost(sc *result.Scenario, name string) bool {
	for range sc.Peers { // a peer that shares may share with one that shares as well
		i := slices.IndexFunc(sc.Peers, func(p fact.Peer) bool { return p.Name == name })
		if i < 0 {
			break
		}
		if sc.Peers[i].Shares == "" {
			return sc.Peers[i].Mode == fact.DriverHost
		}
		name = sc.Peers[i].Shares
	}
	return name == result.HostPeer
}

// routers is for how many routers are on a path that ends at the target itself.
func routers() kind {
	values := []string{"none, it is next", "one router", "two or more"}
	return kind{
		values: values,
		value: func(_ *result.Record, _ *result.Scenario, st *result.Step) string {
			hops := len(strings.Fields(st.Observed.Value))
			return values[max(0, min(hops-1, 2))]
		},
		reasons: []probe.Reason{probe.Timeout, probe.NetUnreachable, probe.HostUnreachable},
	}
}

// reading is for a fact about a network namespace. Whether it is the right one depends on what the question compares
// it with. So only facts that are a yes or a no themselves, and questions that ask for the fact, have choices.
func reading(thing string, which bool) kind {
	switch thing {
	case ask.OwnNetNS, ask.OwnUTSNS, ask.Hypervisor:
		return exactly("yes", "no")
	case ask.UID:
		return exactlyBy([]string{"root", "another user"}, func(_ *result.Record, value string) string {
			if value == "0" {
				return "root"
			}
			return "another user"
		})
	}
	if !which {
		return kind{}
	}
	switch thing {
	case ask.LinkMTU:
		return oneOf("1450", "1500", "9000", "65535")
	case ask.LinkKind:
		return oneOf("veth", "macvlan", "ipvlan", "bridge", ask.None)
	case ask.HealthNow:
		return oneOf(ask.Starting, ask.Healthy, ask.Unhealthy, ask.None)
	case ask.Links:
		return interfaces()
	case ask.PublishedOn:
		return oneOf("0.0.0.0", "127.0.0.1", ask.None)
	case ask.Published, ask.Exposed:
		return noneOr("some")
	case ask.RouteGateway:
		return noneOr("an address")
	case ask.PortBridge:
		return bridges()
	case ask.DNSServers:
		return servers()
	case ask.Hostname:
		return hostnames()
	case ask.LinkIPv4:
		return origins()
	}
	return kind{}
}

// comparing is for whether a fact is the same as another peer's, if the question compares the two. Both answers are
// offered, whichever is expected.
func comparing(thing string, st *result.Step) kind {
	if len(st.Expect) != 1 {
		return kind{}
	}
	e := st.Expect[0]
	field := e.Value.Ref.Field
	if e.Test != ask.Equals && e.Test != ask.Differs || field == "" ||
		thing != field && !strings.HasPrefix(thing, field+".") { // image.now is also an image
		return kind{}
	}
	peer := e.Value.Ref.Head
	if peer == ask.Host {
		peer = "the host"
	}
	same, another := "the same as "+peer+"'s", "not "+peer+"'s"
	k := exactly(same, another)
	k.value = func(_ *result.Record, _ *result.Scenario, st *result.Step) string {
		if (e.Test == ask.Equals) == (st.Verdict == result.AsExpected) {
			return same
		}
		return another
	}
	return k
}

// holds is for "yes" or "no" to whether a value equals the one it is compared with.
func holds(st *result.Step, which bool) kind {
	if _, ok := st.Compares(); !ok || which {
		return kind{}
	}
	k := exactly("yes", "no")
	k.value = func(_ *result.Record, _ *result.Scenario, st *result.Step) string {
		if same, _ := st.Holds(); same {
			return "yes"
		}
		return "no"
	}
	return k
}

// builds is for how much of a build the engine has cached.
func builds() kind {
	values := []string{"all built", "all cached", "the first steps cached"}
	return kind{values: values, value: func(_ *result.Record, _ *result.Scenario, st *result.Step) string {
		words := strings.Fields(st.Observed.Value)
		cached := 0
		for cached < len(words) && words[cached] == ask.Cached {
			cached++
		}
		switch {
		case slices.Contains(words[cached:], ask.Cached):
			return somethingElse
		case cached == 0:
			return values[0]
		case cached == len(words):
			return values[1]
		}
		return values[2]
	}}
}

// exactly is for one of these values and nothing else.
func exactly(values ...string) kind {
	k := oneOf(values...)
	k.closed = true
	return k
}

// oneOf is for a value that is shown as it was read.
func oneOf(values ...string) kind {
	return kind{values: values, value: func(_ *result.Record, _ *result.Scenario, st *result.Step) string {
		return st.Observed.Value
	}}
}

func isNone(value string) bool { return value == "" || value == ask.None }

// noneOr is for a list or an address that may or may not exist.
func noneOr(there string) kind {
	k := exactly(ask.None, there)
	k.value = func(_ *result.Record, _ *result.Scenario, st *result.Step) string {
		if isNone(st.Observed.Value) {
			return ask.None
		}
		return there
	}
	return k
}

// interfaces is for how many interfaces a network namespace has. Each has lo.
func interfaces() kind {
	values := []string{"only lo", "lo and one", "lo and two", "lo and more"}
	return kind{values: values, value: func(_ *result.Record, _ *result.Scenario, st *result.Step) string {
		names := strings.Fields(st.Observed.Value)
		if !slices.Contains(names, "lo") {
			return somethingElse
		}
		return values[min(len(names)-1, 3)]
	}}
}

// bridges is for where the other end of a veth pair is attached.
func bridges() kind {
	values := []string{"docker0", "a bridge of its network", ask.None}
	return kind{values: values, value: func(_ *result.Record, sc *result.Scenario, st *result.Step) string {
		bridge := st.Observed.Value
		if isNone(bridge) {
			return ask.None
		}
		for _, n := range sc.Networks {
			if n.Driver == fact.DriverBridge && n.Interface == bridge {
				if n.Name == "bridge" {
					return values[0]
				}
				return values[1]
			}
		}
		return somethingElse
	}}
}

// servers is for which server a resolver asks.
func servers() kind {
	return exactlyBy([]string{embedded, otherServer, ask.None}, func(_ *result.Record, value string) string {
		switch {
		case isNone(value):
			return ask.None
		case slices.Contains(strings.Fields(value), probe.DockerDNS):
			return embedded
		}
		return otherServer
	})
}

func hostnames() kind {
	return exactlyBy([]string{"the host's", "its own"}, func(r *result.Record, value string) string {
		if len(r.Engines) > 0 && r.Engines[0].Name == value {
			return "the host's"
		}
		return "its own"
	})
}

func exactlyBy(values []string, value func(r *result.Record, measured string) string) kind {
	k := exactly(values...)
	k.value = func(r *result.Record, _ *result.Scenario, st *result.Step) string { return value(r, st.Observed.Value) }
	return k
}

// origins is for the network that an address belongs to.
func origins() kind {
	const bridged, lan, vxlan = "a bridge's subnet", "the LAN", "an overlay's subnet"
	drivers := map[string]string{
		fact.DriverBridge: bridged, fact.DriverMacvlan: lan, fact.DriverIPvlan: lan, fact.DriverOverlay: vxlan,
	}
	return kind{
		values: []string{bridged, lan, vxlan, ofHost, ask.None},
		value: func(_ *result.Record, sc *result.Scenario, st *result.Step) string {
			if isNone(st.Observed.Value) {
				return ask.None
			}
			address, err := netip.ParseAddr(st.Observed.Value)
			if err != nil {
				return somethingElse
			}
			for _, n := range sc.Networks {
				if subnet, err := netip.ParsePrefix(n.Subnet); err == nil && subnet.Contains(address) {
					return drivers[n.Driver]
				}
			}
			if result.SeenAs(sc, "", st.Observed.Value) == result.SeenHost {
				return ofHost
			}
			return somethingElse
		},
	}
}
