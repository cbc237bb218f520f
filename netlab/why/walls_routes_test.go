//go:build linux

package why_test

import (
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/fact"
)

// far is a machine outside, at 203.0.113.9 behind the host. It knows no way to the subnets of containers.
func far() peer { return on("far", "none").listens("tcp 0.0.0.0:80") }

// beyond connects far to the host.
const beyond = "ip link add wire0 type veth peer name eth0 netns {pid far} && " +
	"ip addr add 203.0.113.1/24 dev wire0 && ip link set wire0 up && " +
	"nsenter -t {pid far} -n sh -c 'ip addr add 203.0.113.9/24 dev eth0 && ip link set eth0 up'"

// noFar removes the link at once. The kernel does so only some time after far has gone.
const noFar = "ip link del wire0"

// The interface of a VPN that leads nowhere, and that needs no ARP.
const (
	vpn = "ip link add vpn0 type veth peer name vpn1 && ip link set vpn0 arp off up && ip link set vpn1 up && " +
		"ip route add default dev vpn0 table 100 && sysctl -qw net.ipv4.conf.all.rp_filter=0 && " +
		"sysctl -qw net.ipv4.conf.{bridge front}.rp_filter=0"
	noVPN = "ip rule del priority 99; ip rule del priority 100; ip link del vpn0"
)

// Answers from far get a mark.
const mark = "-A PREROUTING -i wire0 -j MARK --set-mark 1"

// A second link of far, by which it sends all answers.
const second = "ip link add wire1 type veth peer name eth1 netns {pid far} && ip addr add 192.0.2.5/30 dev wire1 && " +
	"ip link set wire1 up && " +
	"nsenter -t {pid far} -n sh -c 'sysctl -qw net.ipv4.conf.all.rp_filter=0 && " +
	"sysctl -qw net.ipv4.conf.eth0.rp_filter=0 && ip link set eth1 up' && " +
	"nsenter -t {pid far} -n ip neigh replace 203.0.113.1 dev eth1 lladdr " +
	"$(ip -o link show wire1 | sed 's/.*ether //;s/ .*//') nud permanent && " +
	"nsenter -t {pid far} -n ip route add 203.0.113.1/32 dev eth1 && sysctl -qw net.ipv4.conf.all.rp_filter=1"

func routeLabs(version string) []lab {
	const outside = "203.0.113.9:80"
	private := []engine.NetworkSpec{{
		Name: "front", Driver: "bridge",
		Options: []fact.Label{{Name: "com.docker.network.bridge.enable_ip_masquerade", Value: "false"}},
	}}
	prefer := printed
	if version != enginetest.V28 {
		prefer = "" // it has no gateway priority
	}
	stop := func(name, cause, up, repairs, down string) wall {
		return wall{name: name, from: "web", to: outside, cause: cause, up: up, repairs: repairs, down: down}
	}
	reply := func(w wall) wall {
		w.reply = true
		return w
	}
	// The filter would drop ARP requests too, so web knows its gateway.
	const known = "ip neigh replace $(ip -o -4 addr show {bridge front} | awk '{print $4}' | cut -d/ -f1) dev eth0 " +
		"lladdr $(ip -o link show {bridge front} | sed 's/.*ether //;s/ .*//') nud permanent"
	const inWeb = "nsenter -t {pid web} -n "
	return []lab{
		{
			name: "outside", networks: front(), up: beyond, down: noFar,
			peers: []peer{far(), on("web", "front"), on("db", "front").listens("tcp 0.0.0.0:80")},
			walls: []wall{
				stop("no forwarding", "forwarding-off", "sysctl -qw net.ipv4.ip_forward=0", printed, ""),
				stop("no forwarding from the bridge", "forwarding-off",
					"sysctl -qw net.ipv4.conf.{bridge front}.forwarding=0", printed, ""),
				stop("a blackhole", "no-route", inWeb+"ip route add blackhole 203.0.113.0/24",
					inWeb+"ip route del blackhole 203.0.113.0/24", ""),
				reply(stop("a rule for masquerading that is gone", "masquerade-missing",
					"iptables -t nat -D POSTROUTING -s {subnet front} ! -o {bridge front} -j MASQUERADE", printed, "")),
				stop("no rules for forwarding", "docker-rules-missing", "iptables -P FORWARD DROP && iptables -F FORWARD",
					"iptables-restore <{saved}", ""),
				stop("no rules for NAT", "docker-rules-missing", "iptables -t nat -F", "iptables-restore <{saved}", ""),
				stop("a VPN takes the packets", "policy-route",
					vpn+" && ip rule add priority 100 from {subnet front} lookup 100", printed, noVPN),
				reply(stop("a VPN takes the answers", "policy-route",
					vpn+" && ip rule add priority 100 to {subnet front} lookup 100", printed, noVPN)),
				reply(stop("a route takes the answers", "subnet-overlap", vpn+" && ip route add {ip web}/32 dev vpn0",
					"ip route del {ip web}/32", noVPN)),
				{
					name: "a route takes the host's packets", from: "host", to: "@db:80", cause: "subnet-overlap",
					up: vpn + " && ip route add {ip db}/32 dev vpn0", repairs: "ip route del {ip db}/32", down: noVPN,
				},
				stop("a strict filter", "rp-filter", vpn+" && ip route add {ip web}/32 dev vpn0 && "+inWeb+known+
					" && sysctl -qw net.ipv4.conf.all.rp_filter=1", printed, noVPN),
				// The filter looks up the way back without the mark.
				stop("a strict filter, and a rule for what has no mark", "rp-filter",
					vpn+" && ip rule add priority 99 fwmark 1 lookup main && ip rule add priority 100 to {subnet front} lookup 100 "+
						"&& iptables -t mangle "+mark+" && "+inWeb+known+" && sysctl -qw net.ipv4.conf.all.rp_filter=1", printed,
					"iptables -t mangle "+strings.Replace(mark, "-A", "-D", 1)+"; "+noVPN),
				reply(stop("a strict filter, and answers by another link", "rp-filter", second, printed,
					"ip link del wire1")),
				stop("no default route", "no-route", inWeb+"ip route del default", "", ""),
			},
		},
		{
			name: "two networks", networks: append(slices.Clone(private), nets("wide")...), up: beyond, down: noFar,
			peers: []peer{far(), on("web", "front", "wide")},
			walls: []wall{stop("the other network gets there", "gateway-elected", "", prefer, "")},
		},
		{
			name:   "a LAN without a router",
			before: "ip link add lan2 type veth peer name lan3 && ip link set lan2 up && ip link set lan3 up",
			networks: append(nets("wide"), engine.NetworkSpec{
				Name: "lan", Driver: "macvlan", Parent: "lan2", Subnet: netip.MustParsePrefix("198.51.100.0/24"),
				Gateway: netip.MustParseAddr("198.51.100.254"),
			}),
			peers: []peer{far(), on("web", "lan", "wide")}, up: beyond, down: noFar + "; ip link del lan2",
			walls: []wall{stop("the other network gets there", "gateway-elected", "", prefer, "")},
		},
		{
			name: "private", networks: private, peers: []peer{far(), on("web", "front")}, up: beyond, down: noFar,
			walls: []wall{reply(stop("no masquerading", "masquerade-missing", "", printed, ""))},
		},
	}
}

// lanLabs have a LAN of the host, that containers are on by macvlan. (The test's kernel need not have ipvlan.)
func lanLabs() []lab {
	web, db := on("web", "lan"), on("db", "lan").listens("tcp 0.0.0.0:80")
	const host, noShim = "macvlan-host", "ip link del shim-lan0"
	return []lab{{
		name: "LAN",
		// The host must not answer for itself at the other end too.
		before: "ip link add lan0 type veth peer name lan1 && sysctl -qw net.ipv4.conf.lan1.arp_ignore=8 && " +
			"ip link set lan1 up && " +
			"ip addr add 198.51.100.1/24 dev lan0 && ip link set lan0 up",
		networks: []engine.NetworkSpec{{
			Name: "lan", Driver: "macvlan", Parent: "lan0", Subnet: netip.MustParsePrefix("198.51.100.0/24"),
			Range: netip.MustParsePrefix("198.51.100.128/25"), Gateway: netip.MustParseAddr("198.51.100.254"),
		}},
		peers: []peer{web, db, on("server", "host").listens("tcp 0.0.0.0:47815")},
		down:  "ip link del lan0",
		walls: []wall{
			{name: "neighbors on the LAN", from: "web", to: "%db:80", cause: itWorks},
			{name: "the host of macvlan", from: "host", to: "@db:80", cause: host, repairs: printed, down: noShim},
			{name: "to the host of macvlan", from: "web", to: "host:47815", cause: host, repairs: printed, down: noShim},
			{
				name: "a parent that is down", from: "web", to: "@db:80", cause: "macvlan-parent-down",
				up: "ip link set lan0 down", repairs: printed,
			},
			{
				name: "a parent without a cable", from: "web", to: "%db:80", cause: "macvlan-parent-down",
				up: "ip link set lan1 down", repairs: "ip link set lan1 up",
			},
		},
	}}
}
