package why_test

import (
	"net/netip"
	"slices"

	"netlab/netlab/engine"
	"netlab/netlab/result"
)

// A peer is a container of a set-up: its networks, which default to the default bridge, and what it listens on.
type peer struct {
	name     string
	networks []string // "NET" of the set-up, "NET:ALIAS", bridge, none or host
	listen   []string // "tcp 0.0.0.0:80"
	publish  []engine.Publish
	expose   []string
	hosts    []string
	dns      []string // like --dns; %NAME and @NAME as in to
	knows    []string // it is a DNS server, and knows these names: "NAME ADDRESS"
	state    string   // paused, unpaused, restarted or exited; "" for running
	share    string   // the peer whose network namespace it uses

	// What the test starts with docker itself, after a peer that it does not:
	project string   // of Compose; it is the service of its name
	env     []string // "NAME=VALUE"; %NAME as in to
	stuck   bool     // it listens on port 80, but accepts nothing, and its queue is full
}

// byHand reports whether the test starts a peer with docker itself.
func (p peer) byHand() bool { return p.project != "" || p.env != nil || p.stuck }

// A setup is a broken or a healthy set-up. %NAME in to and hosts stands for the name of a container on the engine,
// @NAME for its address.
type setup struct {
	name     string
	networks []engine.NetworkSpec
	peers    []peer
	from, to string
	verdict  string
	causes   []string
	fails    string // the hop that fails; "" for none
	repaired bool   // the printed commands make it work
}

func front() []engine.NetworkSpec { return nets("front") }

func nets(names ...string) []engine.NetworkSpec {
	var specs []engine.NetworkSpec
	for _, n := range names {
		specs = append(specs, engine.NetworkSpec{Name: n, Driver: "bridge"})
	}
	return specs
}

func on(name string, networks ...string) peer { return peer{name: name, networks: networks} }

func (p peer) listens(at ...string) peer {
	p.listen = at
	return p
}

func (p peer) asks(servers ...string) peer {
	p.dns = servers
	return p
}

func (p peer) serves(names ...string) peer {
	p.knows = names
	return p
}

// six is a network with IPv6 as well.
func six(name, subnet string) []engine.NetworkSpec {
	return []engine.NetworkSpec{{Name: name, Driver: "bridge", IPv6: netip.MustParsePrefix(subnet)}}
}

func (p peer) with(env ...string) peer {
	p.env = env
	return p
}

func (p peer) inProject(name string) peer {
	p.project = name
	return p
}

func stuck(name string, networks ...string) peer {
	return peer{name: name, networks: networks, stuck: true}
}

func (p peer) publishes(hostIP string, hostPort int, port string) peer {
	p.publish = append(p.publish, engine.Publish{Port: port, HostIP: hostIP, HostPort: hostPort})
	return p
}

// alone reports whether the set-up needs nothing that another one could need at the same time: a port of the host, the
// counters of its firewall, or the name of a new network.
func (s setup) alone() bool {
	return !s.repaired && s.fails != "filter" && s.verdict != result.Unknown &&
		!slices.ContainsFunc(s.peers, func(p peer) bool {
			return len(p.publish) > 0 || p.listen != nil && slices.Contains(p.networks, "host")
		})
}
