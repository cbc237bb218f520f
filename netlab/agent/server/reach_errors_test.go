//go:build linux

package server

import (
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// What a firewall says in an ICMP message is not what the port says, whenever it arrives; and its own firewall is not a
// neighbor that does not answer.
func TestReachFirewall(t *testing.T) {
	t.Parallel()
	needs(t, "iptables-nft")
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	bob.sysctl(t, "ipv4/icmp_ratemask", "0")
	bob.with(t, "iptables-nft", "-A", "INPUT", "-p", "tcp", "--dport", "80", "-j", "REJECT")
	alice.with(t, "iptables-nft", "-A", "INPUT", "-p", "tcp", "--dport", "81", "-j", "REJECT",
		"--reject-with", "icmp-host-prohibited")
	alice.with(t, "iptables-nft", "-A", "INPUT", "-p", "tcp", "--dport", "82", "-j", "REJECT",
		"--reject-with", "icmp-host-unreachable")
	atOnce := reachOf("tcp", "10.77.0.2", 80)
	atOnce.Reach.Count, atOnce.Reach.EveryMS = 2, 0 // so that sending reports the error, and not receiving
	const prohibited, noHost = "ICMP administratively prohibited from 10.77.0.1", "ICMP host unreachable from 10.77.0.1"
	alice.expect(t,
		expectation{"rejects", reachOf("tcp", "10.77.0.2", 80), probe.Refused, "ICMP port unreachable from 10.77.0.2"},
		expectation{"rejects at once", atOnce, probe.Refused, "ICMP port unreachable from 10.77.0.2"},
		expectation{"prohibits", reachOf("tcp", "10.77.0.1", 81), probe.HostUnreachable, prohibited},
		expectation{"says no host", reachOf("tcp", "10.77.0.1", 82), probe.HostUnreachable, noHost},
	)
}

// A firewall that prohibits is the same for IPv6, for which the kernel has another errno.
func TestReachFirewallIPv6(t *testing.T) {
	t.Parallel()
	needs(t, "ip6tables-nft")
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	alice.address(t, "eth0", "fd77::1/64")
	bob.address(t, "eth0", "fd77::2/64")
	alice.route(t, netlink.Route{Type: unix.RTN_PROHIBIT}, "fd02::/16")
	for port, with := range map[string]string{
		"80": "icmp6-adm-prohibited", "81": "icmp6-no-route", "82": "icmp6-policy-fail",
	} {
		bob.with(t, "ip6tables-nft", "-A", "INPUT", "-p", "tcp", "--dport", port, "-j", "REJECT", "--reject-with", with)
	}
	const prohibited = "ICMP administratively prohibited from fd77::2"
	alice.expect(t,
		expectation{"prohibits", reachOf("tcp", "fd77::2", 80), probe.HostUnreachable, prohibited},
		expectation{"has no route", reachOf("tcp", "fd77::2", 81), probe.NetUnreachable, "ICMP no route from fd77::2"},
		expectation{"fails by its policy", reachOf("tcp", "fd77::2", 82), probe.HostUnreachable, prohibited},
		expectation{"connects", connectTo("tcp", "fd77::2", 80), probe.HostUnreachable, prohibited},
		expectation{"its own route prohibits", reachOf("tcp", "fd02::1", 80), probe.Denied, "prohibit route"},
	)
}

// The errno of an error about another socket's packet can come after its report.
func TestOthersErrors(t *testing.T) {
	var others othersErrors
	refused := fmt.Errorf("reading: %w", unix.ECONNREFUSED)
	two := []report{{packet: []byte{0, 1}}, {packet: []byte{0, 2}}}
	for i, step := range []struct {
		err      error
		all, own []report
		want     bool
	}{
		{refused, two, nil, false},        // of two others, and the errno of one
		{refused, nil, nil, false},        // the errno of the other
		{refused, nil, nil, true},         // without a report
		{refused, two, two[:1], true},     // one is ours
		{os.ErrClosed, nil, nil, true},    // no errno
		{refused, two[:1], nil, false},    // of one other
		{refused, two[:1], two[:1], true}, // ours
	} {
		if got := others.ours(step.err, step.all, step.own); got != step.want {
			t.Errorf("step %d: got %t", i, got)
		}
	}
}

// A link-local address belongs to an interface.
func TestReachLinkLocal(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth1", "10.78.0.1/24", newBox(t), "eth0", "10.78.0.2/24") // the first interface is another
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	bob.address(t, "eth0", "fe80::77/64")
	bob.serve(t, "tcp", "[fe80::77%eth0]:80")
	alice.expect(t,
		expectation{"open", reachOf("tcp", "fe80::77%eth0", 80), probe.OK, ""},
		expectation{"closed", reachOf("tcp", "fe80::77%eth0", 9), probe.Refused, "RST from fe80::77%eth0"},
		expectation{"closed udp", reachOf("udp", "fe80::77%eth0", 9), probe.Refused, "ICMP port unreachable"},
		expectation{"nobody", reachOf("tcp", "fe80::99%eth0", 80), probe.HostUnreachable, "no NDP reply from fe80::99"},
	)
	o, err := alice.Ask(t.Context(), reachOf("tcp", "fe80::77%eth0", 80))
	check(t, err)
	if o.Path == nil || o.Path.Link != "eth0" || o.Path.MAC != bob.link(t, "eth0").Attrs().HardwareAddr.String() {
		t.Errorf("the path is %+v", o.Path)
	}
}

// A server whose answer was lost forgets the connection, whatever way the SYN took.
func TestReachReset(t *testing.T) {
	t.Parallel()
	needs(t, "iptables-nft")
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	alice.route(t, netlink.Route{Gw: net.IPv4(10, 77, 0, 2)}, "0.0.0.0/0")
	addresses := []string{"10.99.0.1", "10.99.0.2", "10.99.0.3", "10.99.0.4"}
	for _, a := range addresses {
		bob.address(t, "lo", a+"/32")
		bob.serve(t, "tcp", a+":80")
	}
	bob.with(t, "iptables-nft", "-A", "OUTPUT", "-p", "tcp", "--tcp-flags", "SYN,ACK", "SYN,ACK", "-j", "DROP")
	for _, via := range []*probe.Via{nil, {Link: "eth0", Gateway: "10.77.0.2"}} {
		for _, reset := range []bool{false, true} {
			q := reachOf("tcp", addresses[0], 80)
			q.Reach.Via, q.Reach.Reset = via, reset
			o, err := alice.Ask(t.Context(), q)
			check(t, err)
			if open := bob.halfOpen(t, addresses[0]); o.Reason != probe.Timeout || open > 0 == reset {
				t.Errorf("%+v, with a reset %t: %s, and %d connections are half open", via, reset, o.Reason, open)
			}
			addresses = addresses[1:]
		}
	}
}

// halfOpen counts the connections to an address that the kernel of the box has answered and that are not confirmed.
func (b *box) halfOpen(t *testing.T, address string) int {
	t.Helper()
	const received = 3 // TCP_SYN_RECV
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", b.pid))
	check(t, err)
	n := 0
	for _, r := range parseSockets(string(table)) {
		if r.state == received && r.local.Addr().String() == address {
			n++
		}
	}
	return n
}

// What a router says is the same failure for both families.
func TestReasonsOfICMP(t *testing.T) {
	for _, test := range []struct {
		six        bool
		kind, code byte
		want       probe.Reason
	}{
		{false, icmp4Unreachable, 0, probe.NetUnreachable},
		{false, icmp4Unreachable, 1, probe.HostUnreachable},
		{false, icmp4Unreachable, 3, probe.Refused},
		{false, icmp4Unreachable, 4, ""}, // too large, and sent again in smaller parts
		{false, icmp4Unreachable, 13, probe.HostUnreachable},
		{true, icmp6Unreachable, 0, probe.NetUnreachable},
		{true, icmp6Unreachable, 1, probe.HostUnreachable},
		{true, icmp6Unreachable, 3, probe.HostUnreachable},
		{true, icmp6Unreachable, 4, probe.Refused},
		{true, icmp6TooBig, 0, ""},
	} {
		if got := icmpReason(test.six, test.kind, test.code); got != test.want {
			t.Errorf("IPv6 %t, type %d, code %d: got %q, want %q", test.six, test.kind, test.code, got, test.want)
		}
	}
}
