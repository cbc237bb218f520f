package scan_test

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/engine"
	"netlab/netlab/glossary"
	"netlab/netlab/scan"
)

// A setup is one thing that is wrong, and what scan finds then: "problem forwarding-off app".
type setup struct {
	name     string
	up       string // a command on the engine's host: {NET} is a network's subnet, {br-NET} its bridge, {half} half of app
	down     string // undoes it
	want     []string
	repaired bool // the printed commands repair it
}

// inLab are the set-ups of TestIntegrationScan, which builds them.
func inLab() []setup {
	return []setup{
		{name: "--add-host with a name of another", want: []string{"problem hosts-entry-wrong client"}},
		{
			name: "--add-host with another's address, and with one that nothing has",
			want: []string{"problem hosts-entry-wrong client2", "warning hosts-entry-wrong client2"},
		},
		{name: "no other can connect", want: []string{"warning listens-on-loopback inner"}},
		{name: "published, though on loopback", want: []string{"problem listens-on-loopback inner2"}},
		{name: "it listens on another port", want: []string{"problem published-nobody-behind moved"}},
		{name: "it listens by TCP", want: []string{"problem published-nobody-behind syslog"}},
		{name: "the parent is gone", want: []string{"problem stale-namespace gone-side"}},
		{name: "the parent restarted", want: []string{"problem stale-namespace vpn-side"}, repaired: true},
		{name: "an alias of two", want: []string{"warning alias-shared api"}},
		{name: "another's name as an alias", want: []string{"warning alias-shared one"}},
		{name: "a network of its name is there", want: []string{"warning network-id-stale again"}, repaired: true},
		{name: "the network is gone", want: []string{"warning network-id-stale lost"}, repaired: true},
		{name: "paused", want: []string{"warning not-running frozen"}, repaired: true},
		{name: "its program ends", want: []string{"warning not-running restarting"}},
		{name: "it calls an address that nothing has", want: []string{"problem stale-address client"}},
		{name: "the address is another's now", want: []string{"problem stale-address caller"}},
		{name: "a program hangs", want: []string{"problem listen-backlog-full stuck"}},
		{name: "a sidecar hangs", want: []string{"problem listen-backlog-full pod"}},
	}
}

// A healthyPeer is a container of TestIntegrationScan that nothing is wrong with.
type healthyPeer struct {
	name   string
	spec   engine.ContainerSpec // without a network: it is on back
	listen []string
}

func healthyPeers() []healthyPeer {
	peer := func(name, peer string, listen ...string) healthyPeer {
		return healthyPeer{name, engine.ContainerSpec{Peer: peer}, listen}
	}
	publish := func(p healthyPeer, ports ...string) healthyPeer {
		for i, port := range ports {
			p.spec.Publish = append(p.spec.Publish, engine.Publish{Port: port, HostIP: "127.0.0.1", HostPort: hostPort5 + i})
		}
		return p
	}
	hosts := peer("on all addresses and on loopback, with names for the host and for machines outside", "hosts",
		"0.0.0.0:80", "127.0.0.1:9000")
	hosts.spec.ExtraHosts = []string{"host.docker.internal:host-gateway", "outside:203.0.113.9"}
	isolated := peer("on no network", "isolated", "127.0.0.1:80")
	isolated.spec.Attachments = []engine.Attachment{{Network: "none"}}
	shared := peer("on the host's network", "shared")
	shared.spec.Attachments = []engine.Attachment{{Network: "host"}}
	standard := peer("on the default bridge, on loopback only", "standard", "127.0.0.1:5432")
	standard.spec.Attachments = []engine.Attachment{{Network: "bridge"}}
	exited := peer("it has ended", "exited")
	exited.spec.StopsInLab = true
	return []healthyPeer{
		publish(peer("five consecutive ports that it opens as it needs them", "media"),
			"7000/udp", "7001/udp", "7002/udp", "7003/udp", "7004/udp"),
		peer("by IPv6, which takes IPv4 too", "dual", "[::]:80"),
		hosts, isolated, shared, standard, exited,
	}
}

// harmless are settings of the host of TestEnginesHost that nothing is wrong with.
func harmless() []setup {
	return []setup{
		{name: "a routing rule for marked packets", up: "ip rule add fwmark 0x1 lookup 100"},
		{name: "a routing rule for another subnet", up: "ip rule add from 198.18.7.0/24 lookup 100"},
		{name: "a route beside the networks", up: "ip route add 10.97.0.0/16 dev up0"},
		{name: "legacy tables without rules", up: "iptables-legacy -P FORWARD ACCEPT"},
		{
			name: "a table that lets pass what it does not drop",
			up: "nft 'add table inet calm; add chain inet calm on { type filter hook forward priority 0; }; " +
				"add rule inet calm on tcp dport 25 drop'",
		},
	}
}

// onHost are the set-ups that TestEnginesHost builds, at first all of the first, and then all of the second, which the
// printed commands do not repair.
func onHost() (first, second []setup) {
	first = []setup{
		{
			name: "its rule is gone", up: "iptables -t nat -D POSTROUTING -s {app} ! -o {br-app} -j MASQUERADE",
			want: []string{"problem masquerade-missing app"}, repaired: true,
		},
		{
			name: "off for a bridge", up: "sysctl -qw net.ipv4.conf.{br-app}.forwarding=0",
			want: []string{"problem forwarding-off app"}, repaired: true,
		},
		{
			name: "a route to a part of it", up: "ip route add {half} dev up0", down: "ip route del {half} dev up0",
			want: []string{"problem subnet-overlap app"},
		},
		{
			name: "a table of its own for what goes there",
			up: "ip route add default dev up0 table 100; " +
				"ip rule add priority 100 to {back} lookup 100",
			down: "ip rule del priority 100; ip rule del priority 99; ip route flush table 100",
			want: []string{"warning policy-route back"}, repaired: true,
		},
		{
			name: "--icc=false, and bridged packets are not shown to it", up: "sysctl -qw net.bridge.bridge-nf-call-iptables=0",
			want: []string{"warning icc-disabled bridge"}, repaired: true,
		},
		{name: "the same, by a network's option", want: []string{"warning icc-disabled closed"}, repaired: true},
		{
			name: "a link of the host's", up: "ip link set up0 mtu 1400", down: "ip link set up0 mtu 1500",
			want: []string{
				"warning mtu-too-large app", "warning mtu-too-large back", "warning mtu-too-large bridge",
				"warning mtu-too-large closed",
			},
		},
		{
			name: "the parent is down", up: "ip link set par0 down",
			want: []string{"warning macvlan-parent-down lan"}, repaired: true,
		},
		{
			name: "a policy",
			up: "nft 'add table inet guard; " +
				"add chain inet guard on { type filter hook forward priority 0; policy drop; }'",
			down: "nft delete table inet guard", want: []string{"problem firewall the host"},
		},
		{
			name: "its chain in the other backend", up: "iptables-legacy -t nat -N DOCKER",
			down: "iptables-legacy -t nat -X DOCKER", want: []string{"warning firewall-backend-mixed the host"},
		},
		{
			name: "a route covers what is left", up: "ip route add 10.99.3.0/24 dev up0",
			down: "ip route del 10.99.3.0/24", want: []string{"problem pool-exhausted the host"},
		},
		{name: "no server has the port", want: []string{"problem dns-upstream 192.0.2.1"}},
	}
	second = []setup{
		{
			name: "a rule for a part of it", up: "iptables -t nat -R POSTROUTING $(iptables -t nat -S POSTROUTING | " +
				"grep '^-A' | grep -n -e '-s {app} ' | cut -d: -f1) -s {half} -j MASQUERADE",
			want: []string{"problem masquerade-missing app"},
		},
		{
			name: "off for what comes in", up: "sysctl -qw net.ipv4.conf.up0.forwarding=0",
			want: []string{"problem forwarding-off up0"},
		},
		{
			name: "a route that it is a part of", up: "ip route add 10.98.0.0/16 dev up0",
			want: []string{"warning subnet-overlap closed", "warning subnet-overlap jumbo"},
		},
		{
			name: "a rule forbids what comes from there", up: "ip rule add priority 90 from {app} prohibit",
			want: []string{"problem policy-route app"},
		},
		{
			name: "the parent has no carrier", up: "ip link set par1 down",
			want: []string{"warning macvlan-parent-down lan"},
		},
		{
			name: "a rule at the end",
			up: "nft 'add table ip guard; add chain ip guard on { type filter hook forward priority 9; }; " +
				"add rule ip guard on tcp dport 25 drop; add rule ip guard on reject'",
			want: []string{"problem firewall the host"},
		},
		{
			name: "the packets to it get lost", up: "iptables -I INPUT -p udp --dport 53 -j DROP",
			want: []string{"problem dns-upstream 192.0.2.1"},
		},
		{name: "the networks use them up", want: []string{"problem pool-exhausted the host"}},
	}
	return first, second
}

// rulesGone is a set-up of TestEnginesHost for the time between.
func rulesGone() setup {
	return setup{
		name: "the rules for published ports are gone", up: "iptables -F DOCKER",
		want: []string{"problem docker-rules-missing the host"},
	}
}

// always are the set-ups of TestEnginesHost that are there from the beginning, and that of an engine without rules.
func always() []setup {
	return []setup{
		{name: "a network for another LAN", want: []string{"warning mtu-too-large jumbo"}},
		{name: "--iptables=false", want: []string{"note docker-rules-missing the host"}},
	}
}

// inFirewall are the set-ups of TestEnginesExposed.
func inFirewall() []setup {
	const known = "iptables -A INPUT -i lo -j ACCEPT; iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT; "
	return []setup{
		{
			name: "a policy that drops, with the port of one accepted",
			up:   known + "iptables -A INPUT -p tcp --dport 18081 -j ACCEPT; iptables -P INPUT DROP",
			down: "iptables -P INPUT ACCEPT; iptables -F INPUT",
			want: []string{"problem firewall-does-not-cover web"},
		},
		{
			name: "a rule about ports",
			up:   "iptables -A INPUT -p tcp -m multiport --dports 18081,18082 -j DROP", down: "iptables -F INPUT",
			want: []string{"problem firewall-does-not-cover api"},
		},
		{
			name: "a table that rejects what it does not accept",
			up: "nft 'add table inet guard; add chain inet guard in { type filter hook input priority 10; }; " +
				"add rule inet guard in iifname lo accept; add rule inet guard in ct state established accept; " +
				"add rule inet guard in tcp dport 22 accept; add rule inet guard in reject with icmpx admin-prohibited'",
			down: "nft delete table inet guard",
			want: []string{"problem firewall-does-not-cover api", "problem firewall-does-not-cover web"},
		},
	}
}

// inConntrack are the set-ups of TestEnginesFlows: what a flow to a published port still leads to.
func inConntrack() []setup {
	return []setup{
		{name: "nothing there", want: []string{"problem conntrack-stale logs"}},
		{name: "another container", want: []string{"problem conntrack-stale logs"}},
	}
}

// inLegacy are the set-ups of TestEnginesBackends, one after another.
func inLegacy() []setup {
	return []setup{
		{
			name: "DOCKER in both", up: "iptables-legacy -N DOCKER; iptables-legacy -A FORWARD -j DOCKER",
			down: "iptables-legacy -F; iptables-legacy -X", want: []string{"warning firewall-backend-mixed the host"},
		},
		{
			name: "a policy", up: "iptables-legacy -P FORWARD DROP",
			want: []string{"problem firewall-backend-mixed the host"},
		},
		{
			name: "a policy, and a rule that accepts", up: "iptables-legacy -A FORWARD -p tcp -j ACCEPT",
			want: []string{"warning firewall-backend-mixed the host"}, repaired: true,
		},
	}
}

// wants is what scan finds if several things are wrong at once.
func wants(all ...setup) []string {
	var want []string
	for _, s := range all {
		want = append(want, s.want...)
	}
	slices.Sort(want)
	return want
}

// unrepaired returns the set-ups that the printed commands do not repair.
func unrepaired(all []setup) []setup {
	return slices.DeleteFunc(slices.Clone(all), func(s setup) bool { return s.repaired })
}

// TestClosedList: for every cause there are two set-ups of different shape on an engine, or its page says that tests
// only have recorded facts. At least ten healthy ones are there too.
func TestClosedList(t *testing.T) {
	t.Parallel()
	first, second := onHost()
	built := map[string]int{}
	for _, s := range slices.Concat(inLab(), first, second, always(), inFirewall(), inConntrack(), inLegacy(),
		[]setup{rulesGone()}) {
		var ids []string
		for _, w := range s.want {
			ids = append(ids, strings.Fields(w)[1])
		}
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			built[id]++
			if !slices.Contains(scan.Causes(), id) {
				t.Errorf("%s: there is no cause %s", s.name, id)
			}
		}
	}
	for _, id := range scan.Causes() {
		page, _, _ := glossary.Find(id)
		switch untried := page.Cause.Untried; {
		case untried != "" && built[id] > 0:
			t.Errorf("%s has a set-up, and its page says that tests have no %s", id, untried)
		case untried == "" && built[id] < 2:
			t.Errorf("%s has %d set-ups, want two of different shape", id, built[id])
		}
	}
	if healthy := len(healthyPeers()) + len(harmless()); healthy < 10 {
		t.Errorf("%d set-ups are healthy, want ten", healthy)
	}
}
